/**
 * Arrow table of waveform segments: what DAS and phone connectors hand on. A row a segment.
 * @module
 */
import type { Float32 } from 'apache-arrow';
import {
  Field,
  Float64,
  Int64,
  Utf8,
  makeData,
  vectorFromArray,
  type Data,
  type Table,
  type Vector,
} from 'apache-arrow';
import type { WaveformSegment } from '../waveform.js';
import { columnReader } from './column-reader.js';
import { tableFromColumns } from './ipc.js';
import { FLOAT32_LIST, float32Lists } from './list-column.js';

const FIELDS = [
  new Field('sensor_id', new Utf8(), false),
  new Field('component', new Utf8(), false),
  new Field('start_ns', new Int64(), false),
  new Field('rate_hz', new Float64(), false),
  new Field('samples', FLOAT32_LIST, false),
  new Field('units', new Utf8(), false),
  new Field('latitude', new Float64(), false),
  new Field('longitude', new Float64(), false),
  new Field('elevation_m', new Float64(), false),
  new Field('position_sigma_km', new Float64(), false),
  new Field('distance_m', new Float64(), true),
  new Field('quality', new Utf8(), false),
] as const;

/** Segments to a table; samples are laid end to end (one copy). */
export function waveformTable(
  segments: readonly WaveformSegment[],
  metadata: ReadonlyMap<string, string> = new Map(),
): Table {
  const text = (pick: (s: WaveformSegment) => string): Data =>
    vectorFromArray(segments.map(pick), new Utf8()).data[0] as Data;
  const real = (pick: (s: WaveformSegment) => number | null): Data =>
    vectorFromArray(segments.map(pick), new Float64()).data[0] as Data;
  const starts = BigInt64Array.from(segments, (s) => s.startNs);
  return tableFromColumns(
    FIELDS,
    segments.length === 0
      ? FIELDS.map((f) => emptyColumn(f))
      : [
          text((s) => s.sensorId),
          text((s) => s.component),
          makeData({ type: new Int64(), data: starts, length: starts.length, nullCount: 0 }),
          real((s) => s.rateHz),
          float32Lists(segments.map((s) => s.samples)),
          text((s) => s.units),
          real((s) => s.latitude),
          real((s) => s.longitude),
          real((s) => s.elevationM),
          real((s) => s.positionSigmaKm),
          real((s) => s.distanceM),
          text((s) => s.quality),
        ],
    metadata,
  );
}

/** Segments of a table made by waveformTable; samples are views, not copies. Throws CorruptSourceError. */
export function waveformSegments(table: Table): WaveformSegment[] {
  const column = columnReader(table, 'waveform table');
  const get = <T>(name: string, row: number): T => column(name).get(row) as T;
  return Array.from({ length: table.numRows }, (_, row) => ({
    sensorId: get<string>('sensor_id', row),
    component: get<string>('component', row),
    startNs: get<bigint>('start_ns', row),
    rateHz: get<number>('rate_hz', row),
    samples: get<Vector<Float32>>('samples', row).toArray() as Float32Array,
    units: get<string>('units', row),
    latitude: get<number>('latitude', row),
    longitude: get<number>('longitude', row),
    elevationM: get<number>('elevation_m', row),
    positionSigmaKm: get<number>('position_sigma_km', row),
    distanceM: get<number | null>('distance_m', row),
    quality: get<string>('quality', row),
  }));
}

function emptyColumn(field: (typeof FIELDS)[number]): Data {
  return vectorFromArray([], field.type).data[0] as Data;
}
