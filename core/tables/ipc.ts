/**
 * Arrow IPC files as bytes. The file format is used everywhere: it allows random access, and the
 * bytes of equal tables are equal.
 * @module
 */
import {
  RecordBatch,
  Schema,
  Struct,
  Table,
  makeData,
  tableFromIPC,
  tableToIPC,
  type Data,
  type Field,
} from 'apache-arrow';
import { CorruptSourceError } from '../errors.js';

/** Table from columns in the order of the fields; all of one length. */
export function tableFromColumns(
  fields: readonly Field[],
  columns: readonly Data[],
  metadata: ReadonlyMap<string, string> = new Map(),
): Table {
  const schema = new Schema([...fields], new Map(metadata));
  const length = columns[0]?.length ?? 0;
  const data = makeData({
    type: new Struct([...fields]),
    length,
    nullCount: 0,
    children: [...columns],
  });
  return new Table(schema, [new RecordBatch(schema, data)]);
}

/** Bytes of an Arrow IPC file. */
export function encodeTable(table: Table): Uint8Array {
  return tableToIPC(table, 'file');
}

/** Table from the bytes of an Arrow IPC file or stream. `name` is for the error message. */
export function decodeTable(bytes: Uint8Array, name: string): Table {
  const refuse = (cause?: unknown): CorruptSourceError =>
    new CorruptSourceError({
      source: name,
      at: 'Arrow IPC footer',
      reason: 'not a readable Arrow file',
      cause,
    });
  let table: Table;
  try {
    table = tableFromIPC(bytes);
  } catch (cause) {
    throw refuse(cause);
  }
  // Nothing, or zeros, are read as a stream that ended before its schema.
  if (table.schema.fields.length === 0) throw refuse();
  return table;
}
