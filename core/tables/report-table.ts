/**
 * Arrow table of reports: what the readers of posts and felt reports hand on. A row a post or cell.
 * @module
 */
import {
  Field,
  Float64,
  Int64,
  Utf8,
  vectorFromArray,
  type Data,
  type DataType,
  type Table,
} from 'apache-arrow';
import type { ReportItem } from '../waveform.js';
import { columnReader } from './column-reader.js';
import { tableFromColumns } from './ipc.js';

const FIELDS = [
  new Field('kind', new Utf8(), false),
  new Field('source_id', new Utf8(), false),
  new Field('time_ns', new Int64(), true),
  new Field('latitude', new Float64(), true),
  new Field('longitude', new Float64(), true),
  new Field('radius_km', new Float64(), true),
  new Field('intensity', new Float64(), true),
  new Field('felt', new Float64(), false),
  new Field('not_felt', new Float64(), false),
] as const;

/** Reports to a table; null stays null. */
export function reportTable(
  items: readonly ReportItem[],
  metadata: ReadonlyMap<string, string> = new Map(),
): Table {
  const rows: readonly (readonly (string | number | bigint | null)[])[] = items.map((item) => [
    item.kind,
    item.sourceId,
    item.timeNs,
    item.latitude,
    item.longitude,
    item.radiusKm,
    item.intensity,
    item.felt,
    item.notFelt,
  ]);
  const columns = FIELDS.map((field, i) => {
    const type: DataType = field.type;
    return vectorFromArray(
      rows.map((row) => row[i]),
      type,
    ).data[0] as Data;
  });
  return tableFromColumns(FIELDS, columns, metadata);
}

/** Reports of a table made by reportTable. Throws CorruptSourceError when a column is missing. */
export function reportItems(table: Table): ReportItem[] {
  const column = columnReader(table, 'report table');
  const columns = FIELDS.map((field) => column(field.name));
  return Array.from({ length: table.numRows }, (_, row) => {
    const value = <T>(i: number): T => columns[i]?.get(row) as T;
    return {
      kind: value<ReportItem['kind']>(0),
      sourceId: value<string>(1),
      timeNs: value<bigint | null>(2),
      latitude: value<number | null>(3),
      longitude: value<number | null>(4),
      radiusKm: value<number | null>(5),
      intensity: value<number | null>(6),
      felt: value<number>(7),
      notFelt: value<number>(8),
    };
  });
}
