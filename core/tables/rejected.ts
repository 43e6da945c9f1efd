/**
 * Items a reader refused, carried in the metadata of the table it returns, so that whoever stores
 * the table can put them into the quarantine.
 * @module
 */
import type { Table } from 'apache-arrow';

/** One refused item: a line, feature or field of the file, and why. */
export interface Rejected {
  /** For example `line 12` or `features[3].properties.cdi`. */
  readonly at: string;
  readonly reason: string;
}

/** Schema metadata key of the first 100 refused items, JSON `[{at, reason}]`. */
export const REJECTED_KEY = 'quakeloom.rejected';
/** Schema metadata key of the number of all refused items, decimal. */
export const REJECTED_COUNT_KEY = 'quakeloom.rejectedCount';
/** How many refused items are kept word for word. */
export const REJECTED_KEPT = 100;

/** Refused items as schema metadata; no entry when nothing was refused. */
export function rejectedMetadata(input: {
  readonly first: readonly Rejected[];
  readonly count: number;
}): Map<string, string> {
  if (input.count === 0) return new Map();
  return new Map([
    [REJECTED_KEY, JSON.stringify(input.first.slice(0, REJECTED_KEPT))],
    [REJECTED_COUNT_KEY, String(input.count)],
  ]);
}

/** The refused items (at most 100) of a table; empty when there are none. */
export function rejectedOf(table: Table): Rejected[] {
  const text = table.schema.metadata.get(REJECTED_KEY);
  return text === undefined ? [] : (JSON.parse(text) as Rejected[]);
}

/** Number of all refused items of a table, also of those beyond the first 100. */
export function rejectedCountOf(table: Table): number {
  const count = table.schema.metadata.get(REJECTED_COUNT_KEY);
  return count === undefined ? rejectedOf(table).length : Number(count);
}
