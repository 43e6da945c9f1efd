/**
 * How a dataset's values lie in the file: its object header in, address or chunk index and filters
 * out (HDF5 File Format Specification 3.0, IV.A.2). Only the layouts that vendors write are
 * understood; anything else is null and left to the HDF5 library.
 * @module
 */
import { safeUint64, UNDEFINED_ADDRESS, type Hdf5Bytes } from './file-bytes.js';
import { headerMessages, MESSAGE, type HeaderMessage } from './object-header.js';
import type { SampleType } from '../das/recording.js';

/** Where the chunks of a dataset are listed. */
export type ChunkIndexPlace =
  | { readonly kind: 'btree-v1'; readonly address: number }
  | { readonly kind: 'fixed-array'; readonly address: number }
  | { readonly kind: 'implicit'; readonly address: number }
  | {
      readonly kind: 'single';
      readonly address: number;
      /** Stored bytes; null: as many as the chunk has. */
      readonly bytes: number | null;
      readonly filterMask: number;
    };

export interface DatasetStorage {
  readonly shape: readonly number[];
  /** The shape may still grow; array indexes then number the chunks of the largest shape. */
  readonly isGrowing: boolean;
  readonly type: SampleType;
  readonly isBigEndian: boolean;
  readonly layout:
    | { readonly kind: 'contiguous'; readonly address: number | null; readonly bytes: number }
    | {
        readonly kind: 'chunked';
        readonly chunk: readonly number[];
        /** Null: no chunk was ever written. */
        readonly index: ChunkIndexPlace | null;
      };
  /** Filter numbers in the order in which they were applied on writing. */
  readonly filters: readonly number[];
}

/** What stands in the header of the dataset at `address`; null: not understood. */
export function datasetStorage(file: Hdf5Bytes, address: number): DatasetStorage | null {
  const messages = headerMessages(file, address);
  if (messages === null) return null;
  if (messages.some((message) => message.type === MESSAGE.externalFiles)) return null;
  const space = parsed(messages, MESSAGE.dataspace, dataspace);
  const type = parsed(messages, MESSAGE.datatype, datatype);
  if (space === null || type === null) return null;
  const filters = messages.some((message) => message.type === MESSAGE.filters)
    ? parsed(messages, MESSAGE.filters, filterNumbers)
    : [];
  const layout = parsed(messages, MESSAGE.layout, (body) => layoutOf(body, space.shape.length));
  if (filters === null || layout === null) return null;
  const isByNumber = layout.kind === 'chunked' && /array|implicit/.test(layout.index?.kind ?? '');
  return isByNumber && space.isGrowing ? null : { ...space, ...type, layout, filters };
}

/**
 * Where the one chunk of a dataset of any type lies, and its filters; null: none, or another layout.
 */
export function singleChunk(
  file: Hdf5Bytes,
  address: number,
): { readonly address: number; readonly bytes: number | null; readonly filters: number[] } | null {
  const messages = headerMessages(file, address) ?? [];
  const space = parsed(messages, MESSAGE.dataspace, dataspace);
  if (space === null) return null;
  const layout = parsed(messages, MESSAGE.layout, (body) => layoutOf(body, space.shape.length));
  const filters = parsed(messages, MESSAGE.filters, filterNumbers) ?? [];
  if (layout?.kind !== 'chunked' || layout.index?.kind !== 'single') return null;
  const { index } = layout;
  return index.filterMask === 0 ? { address: index.address, bytes: index.bytes, filters } : null;
}

/** True when the dataset's values lie in other, external files (message 0x0007). */
export function hasExternalFiles(file: Hdf5Bytes, address: number): boolean {
  const messages = headerMessages(file, address) ?? [];
  return messages.some((message) => message.type === MESSAGE.externalFiles);
}

function parsed<T>(
  messages: readonly HeaderMessage[],
  type: number,
  parse: (body: DataView) => T | null,
): T | null {
  const found = messages.filter((message) => message.type === type);
  const [message] = found;
  if (message === undefined || found.length !== 1 || message.isShared) return null;
  try {
    return parse(message.body);
  } catch (error) {
    // A message shorter than its own fields.
    if (error instanceof RangeError) return null;
    throw error;
  }
}

function dataspace(body: DataView): Pick<DatasetStorage, 'shape' | 'isGrowing'> | null {
  const version = body.getUint8(0);
  const rank = body.getUint8(1);
  const hasMaximum = (body.getUint8(2) & 1) === 1;
  const at = version === 1 ? 8 : version === 2 && body.getUint8(3) === 1 ? 4 : null;
  if (at === null || rank === 0 || rank > 32) return null;
  const shape: number[] = [];
  let isGrowing = false;
  for (let i = 0; i < rank; i++) {
    const length = safeUint64(body, at + 8 * i);
    if (length === null) return null;
    if (hasMaximum) isGrowing ||= safeUint64(body, at + 8 * (rank + i)) !== length;
    shape.push(length);
  }
  return { shape, isGrowing };
}

/** Integers without padding bits and IEEE floats of 4 and 8 bytes. */
function datatype(body: DataView): Pick<DatasetStorage, 'type' | 'isBigEndian'> | null {
  const typeClass = body.getUint8(0) & 0x0f;
  const flags = body.getUint8(1);
  const size = body.getUint32(4, true);
  const offset = body.getUint16(8, true);
  const precision = body.getUint16(10, true);
  if (offset !== 0 || precision !== size * 8) return null;
  const isBigEndian = (flags & 1) === 1;
  if (typeClass === 0 && [1, 2, 4, 8].includes(size)) {
    const sign = (flags & 0x08) === 0 ? 'uint' : 'int';
    return { type: `${sign}${size * 8}` as SampleType, isBigEndian };
  }
  // VAX order has bit 6 set; IEEE has exponent and mantissa at these places.
  if (typeClass !== 1 || (flags & 0x40) !== 0) return null;
  const fields = [12, 13, 14, 15].map((at) => body.getUint8(at)).join();
  const bias = body.getUint32(16, true);
  if (size === 4 && fields === '23,8,0,23' && bias === 127) return { type: 'float32', isBigEndian };
  if (size === 8 && fields === '52,11,0,52' && bias === 1023)
    return { type: 'float64', isBigEndian };
  return null;
}

function filterNumbers(body: DataView): number[] | null {
  const version = body.getUint8(0);
  const count = body.getUint8(1);
  if ((version !== 1 && version !== 2) || count > 32) return null;
  let at = version === 1 ? 8 : 2;
  const filters: number[] = [];
  for (let i = 0; i < count; i++) {
    const id = body.getUint16(at, true);
    const isNamed = version === 1 || id >= 256;
    const nameBytes = isNamed ? body.getUint16(at + 2, true) : 0;
    at += isNamed ? 4 : 2;
    const values = body.getUint16(at + 2, true);
    at += 4 + (version === 1 ? Math.ceil(nameBytes / 8) * 8 : nameBytes) + 4 * values;
    if (version === 1 && values % 2 === 1) at += 4;
    filters.push(id);
  }
  return filters;
}

function layoutOf(body: DataView, rank: number): DatasetStorage['layout'] | null {
  const version = body.getUint8(0);
  const kind = body.getUint8(1);
  if (version !== 3 && version !== 4) return null;
  if (kind === 1) {
    const bytes = safeUint64(body, 10);
    return bytes === null ? null : { kind: 'contiguous', address: addressAt(body, 2), bytes };
  }
  if (kind !== 2) return null;
  return version === 3 ? chunkedThree(body, rank) : chunkedFour(body, rank);
}

function chunkedThree(body: DataView, rank: number): DatasetStorage['layout'] | null {
  if (body.getUint8(2) !== rank + 1) return null;
  const address = addressAt(body, 3);
  const chunk = Array.from({ length: rank }, (_, i) => body.getUint32(11 + 4 * i, true));
  if (chunk.includes(0)) return null;
  return { kind: 'chunked', chunk, index: address === null ? null : { kind: 'btree-v1', address } };
}

/** Flag of layout version 4: chunks at the edge are stored without filters. */
const EDGES_UNFILTERED = 0x01;
const SINGLE_FILTERED = 0x02;

function chunkedFour(body: DataView, rank: number): DatasetStorage['layout'] | null {
  const flags = body.getUint8(2);
  const width = body.getUint8(4);
  if (body.getUint8(3) !== rank + 1 || (flags & EDGES_UNFILTERED) !== 0 || width > 8) return null;
  const chunk = Array.from({ length: rank }, (_, i) => littleEndian(body, 5 + width * i, width));
  if (chunk.some((length) => length === 0 || !Number.isSafeInteger(length))) return null;
  let at = 5 + width * (rank + 1);
  const type = body.getUint8(at);
  at += 1;
  if (type === 1) {
    const isFiltered = (flags & SINGLE_FILTERED) !== 0;
    const bytes = isFiltered ? safeUint64(body, at) : null;
    if (isFiltered && bytes === null) return null;
    const filterMask = isFiltered ? body.getUint32(at + 8, true) : 0;
    const address = addressAt(body, at + (isFiltered ? 12 : 0));
    const index =
      address === null ? null : ({ kind: 'single', address, bytes, filterMask } as const);
    return { kind: 'chunked', chunk, index };
  }
  // Extensible arrays (4) and version 2 B-trees (5) of growing datasets are left to the library.
  if (type !== 2 && type !== 3) return null;
  const address = addressAt(body, at + (type === 3 ? 1 : 0));
  const kind = type === 2 ? 'implicit' : 'fixed-array';
  return { kind: 'chunked', chunk, index: address === null ? null : { kind, address } };
}

/** Null for the undefined address; an address no file can have becomes one beyond every end. */
function addressAt(body: DataView, at: number): number | null {
  if (body.getBigUint64(at, true) === UNDEFINED_ADDRESS) return null;
  return safeUint64(body, at) ?? Number.MAX_SAFE_INTEGER;
}

/** Little-endian unsigned number of `width` bytes. */
export function littleEndian(view: DataView, at: number, width: number): number {
  let value = 0;
  for (let i = width - 1; i >= 0; i--) value = value * 256 + view.getUint8(at + i);
  return value;
}
