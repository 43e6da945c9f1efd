/**
 * What format readers see of an open HDF5 file.
 * @module
 */
import type { SampleArray } from '../das/recording.js';
import type { DatasetHeader } from './dataset-header.js';
import type { DatasetStorage } from './storage.js';

/** An attribute as stored: text, numbers, or lists of them; null for an empty one. */
export type AttributeValue =
  string | number | bigint | boolean | null | readonly (string | number | bigint)[] | NumericArray;

export type NumericArray = SampleArray;

type Ranges = readonly (readonly [number, number])[];

/** An open HDF5 file, valid only inside `withHdf5`. All calls but `read` are synchronous. */
export interface Hdf5Reader {
  readonly source: string;
  /** Names directly below a group, sorted by HDF5; empty when there is no such group. */
  children(groupPath: string): readonly string[];
  /**
   * Attributes of a group or dataset; throws CorruptSourceError when the object is missing or an
   * attribute is larger than 16 MiB.
   */
  attributes(objectPath: string): Readonly<Record<string, AttributeValue>>;
  /** Header of a numeric dataset; null when there is no dataset of that name. */
  dataset(path: string): DatasetHeader | null;
  /**
   * Whole value of a small dataset (a scalar, a text, a short list) as an attribute would hold it;
   * null when there is no such dataset. Throws CorruptSourceError above 65,536 values.
   */
  value(path: string): AttributeValue;
  /** Values of the half-open ranges, row-major, now; for small datasets. */
  slice(path: string, ranges: Ranges): NumericArray;
  /** Like `slice`, by the fastest way there is: for samples. */
  read(path: string, ranges: Ranges): Promise<NumericArray>;
  /** Fields of a compound dataset with one value, as they lie in its bytes; null when it is none. */
  record(path: string): Hdf5Record | null;
  /** Objects that have no name; null when the file's addresses cannot be followed. */
  readonly byAddress: Hdf5ByAddress | null;
}

/** One value of a compound type. */
export interface Hdf5Record {
  readonly fields: ReadonlyMap<string, DataView>;
}

/** Objects by the address that an object reference holds. */
export interface Hdf5ByAddress {
  /** Where the values lie; null when it is no numeric dataset of a common layout. */
  storage(address: number): DatasetStorage | null;
  /** Values of the half-open ranges. Throws CorruptSourceError. */
  read(address: number, ranges: Ranges): Promise<NumericArray>;
  /** First bytes of a small dataset of any type; null when there are none. */
  bytes(address: number, length: number): DataView | null;
  /** Bytes of a member of a scalar compound dataset; null when there is none. */
  member(address: number, name: string, length: number): DataView | null;
}
