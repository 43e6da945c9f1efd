/** Finds columns of a table by any of their usual names. @module */
import { UnsupportedSourceError } from '../../core/errors.js';
import type { DelimitedTable } from './delimited.js';

/** Index of the first name that the header has; -1 when there is none. */
export function findColumn(table: DelimitedTable, names: readonly string[]): number {
  for (const name of names) {
    const at = table.header?.indexOf(name) ?? -1;
    if (at >= 0) return at;
  }
  return -1;
}

/** The same, throwing UnsupportedSourceError that names what is missing. */
export function needColumn(table: DelimitedTable, names: readonly string[]): number {
  const at = findColumn(table, names);
  if (at >= 0) return at;
  throw new UnsupportedSourceError({
    source: table.path,
    reason: `no column ${names.join(', ')}${table.header ? ` among ${table.header.join(', ')}` : ': it has no header line'}`,
    remedy: `name the column ${names[0] as string} in the first line`,
  });
}
