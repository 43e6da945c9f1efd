/**
 * Reading named columns and metadata of an Arrow table, with errors that name them.
 * @module
 */
import type { Table, Vector } from 'apache-arrow';
import { CorruptSourceError } from '../errors.js';

/** Returns a getter of columns that throws CorruptSourceError for one that is missing. */
export function columnReader(table: Table, name: string): (column: string) => Vector {
  const known = new Map<string, Vector>();
  return (column) => {
    const vector = known.get(column) ?? table.getChild(column);
    if (!vector) {
      throw new CorruptSourceError({
        source: name,
        at: `column ${column}`,
        reason: 'the column is missing',
      });
    }
    known.set(column, vector);
    return vector;
  };
}

/** Returns a getter of schema metadata that throws CorruptSourceError for a key that is missing. */
export function metadataReader(table: Table, name: string): (key: string) => string {
  return (key) => {
    const value = table.schema.metadata.get(key);
    if (value === undefined) {
      throw new CorruptSourceError({
        source: name,
        at: `schema metadata ${key}`,
        reason: 'the entry is missing',
      });
    }
    return value;
  };
}
