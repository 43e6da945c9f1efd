/**
 * The shape of every file reader: a constant object with three verbs. Adding a format is one file
 * and one line in `connectors/registry.ts`.
 * @module
 */
import type { Table } from 'apache-arrow';
import type { SourceKind } from './evidence.js';
import type { TimeWindow } from './time.js';

/** A local file handed to a connector; remote sources are brought here first. */
export interface SourceFile {
  /** Absolute path. */
  readonly path: string;
  /** First bytes, at most 4096, for `probe`. */
  readonly head: Uint8Array;
  readonly bytes: number;
}

/** What a header says, without reading data. */
export interface Scan {
  readonly format: string;
  readonly source: SourceKind;
  /** Time covered; null for products without times of their own. */
  readonly window: TimeWindow | null;
  /** Shape, rate, units and whatever else a person asks about the file. */
  readonly facts: Readonly<Record<string, unknown>>;
  /** Disagreements inside the file, each with the value used and why. */
  readonly audit: readonly string[];
}

export interface ReadRequest {
  readonly file: SourceFile;
  /** Only this time is read where the format allows it; null reads everything. */
  readonly window: TimeWindow | null;
  readonly options: Readonly<Record<string, string | number | boolean>>;
}

export interface Connector {
  /** For example `das/prodml`. */
  readonly format: string;
  readonly source: SourceKind;
  readonly title: string;
  /** 0 = not mine, 1 = certain. Decides on content, never on the name alone. Must not throw. */
  probe(file: SourceFile): Promise<number>;
  /** Headers only. Throws CorruptSourceError or UnsupportedSourceError. */
  scan(file: SourceFile, options: ReadRequest['options']): Promise<Scan>;
  /**
   * Data as an Arrow table of the source's schema (`core/tables`). Items that break their contract
   * (a line, a cell) are left out, and named in the schema metadata `quakeloom.rejected` as JSON
   * `[{at, reason}]` (the first 100; `quakeloom.rejectedCount` has the number of all), see
   * `core/tables/rejected.ts`. A file that is damaged as a whole throws CorruptSourceError.
   */
  read(request: ReadRequest): Promise<Table>;
}
