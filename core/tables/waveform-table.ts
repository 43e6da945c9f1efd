/**
 * Arrow table of waveform segments: what DAS and phone connectors hand on. A row a segment.
 * @module
 */
import {
  Field,
  Float32,
  Float64,
  Int64,
  List,
  Utf8,
  makeData,
  vectorFromArray,
  type Data,
  type Table,
  type Vector,
} from 'apache-arrow';
import type { WaveformSegment } from '../waveform.js';
import { tableFromColumns } from './ipc.js';

const FIELDS = [
  new Field('sensor_id', new Utf8(), false),
  new Field('component', new Utf8(), false),
  new Field('start_ns', new Int64(), false),
  new Field('rate_hz', new Float64(), false),
  new Field('samples', new List(new Field('item', new Float32(), false)), false),
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
          samplesColumn(segments),
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

/** Segments of a table made by waveformTable; samples are views, not copies. */
export function waveformSegments(table: Table): WaveformSegment[] {
  const column = (name: string): Vector => {
    const vector = table.getChild(name);
    if (!vector) throw new TypeError(`waveform table has no column ${name}`);
    return vector;
  };
  const columns = Object.fromEntries(FIELDS.map((f) => [f.name, column(f.name)]));
  const get = <T>(name: string, row: number): T => (columns[name] as Vector).get(row) as T;
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

function samplesColumn(segments: readonly WaveformSegment[]): Data {
  const offsets = new Int32Array(segments.length + 1);
  segments.forEach((s, i) => (offsets[i + 1] = (offsets[i] as number) + s.samples.length));
  const values = new Float32Array(offsets[segments.length] as number);
  segments.forEach((s, i) => values.set(s.samples, offsets[i]));
  return makeData({
    type: FIELDS[4].type,
    length: segments.length,
    nullCount: 0,
    valueOffsets: offsets,
    child: makeData({ type: new Float32(), data: values, length: values.length, nullCount: 0 }),
  });
}

function emptyColumn(field: (typeof FIELDS)[number]): Data {
  return vectorFromArray([], field.type).data[0] as Data;
}
