/**
 * Heartbeats and triggers of phones as an Arrow table, a row a message: what the gateway seals beside
 * the records. Times are the device's, as they were sent.
 * @module
 */
import { Field, Float64, Int64, Utf8, type Table } from 'apache-arrow';
import { float64Column, int64Column, utf8Column } from './flat-column.js';
import { columnReader } from './column-reader.js';
import { tableFromColumns } from './ipc.js';
import type { PhonePosition } from './phone-table.js';

/** One message. */
export interface PhoneSignalRow {
  readonly kind: 'heartbeat' | 'trigger';
  readonly deviceId: string;
  readonly boot: string | null;
  readonly seq: number | null;
  /** Device clock, ns since the epoch. */
  readonly deviceNs: bigint;
  readonly arrivalNs: bigint;
  readonly position: PhonePosition | null;
  /** Heartbeat: 1 or 0, else null. */
  readonly steady: number | null;
  readonly charging: number | null;
  /** Trigger: features and peaks (docs/formats.md), null where not told. */
  readonly iqrG: number | null;
  readonly zeroCrossingsHz: number | null;
  readonly cavGs: number | null;
  readonly peakGal: number | null;
  readonly peakCmS: number | null;
  readonly probability: number | null;
  readonly appVersion: string | null;
  readonly modelVersion: string | null;
}

const TEXTS = [
  ['kind', 'kind', false],
  ['device_id', 'deviceId', false],
  ['boot', 'boot', true],
  ['app_version', 'appVersion', true],
  ['model_version', 'modelVersion', true],
] as const;
const REALS = [
  ['seq', 'seq'],
  ['steady', 'steady'],
  ['charging', 'charging'],
  ['iqr_g', 'iqrG'],
  ['zero_crossings_hz', 'zeroCrossingsHz'],
  ['cav_gs', 'cavGs'],
  ['peak_gal', 'peakGal'],
  ['peak_cm_s', 'peakCmS'],
  ['probability', 'probability'],
] as const;
const PLACES = [
  ['latitude', 'latitude'],
  ['longitude', 'longitude'],
  ['position_sigma_km', 'positionSigmaKm'],
] as const;

const FIELDS = [
  ...TEXTS.map(([name, , nullable]) => new Field(name, new Utf8(), nullable)),
  new Field('device_ns', new Int64(), false),
  new Field('arrival_ns', new Int64(), false),
  ...REALS.map(([name]) => new Field(name, new Float64(), true)),
  ...PLACES.map(([name]) => new Field(name, new Float64(), true)),
];

/** Rows to a table; the order is kept. */
export function phoneSignalTable(rows: readonly PhoneSignalRow[]): Table {
  return tableFromColumns(FIELDS, [
    ...TEXTS.map(([, property]) => utf8Column(rows.map((row) => row[property]))),
    int64Column(rows.map((row) => row.deviceNs)),
    int64Column(rows.map((row) => row.arrivalNs)),
    ...REALS.map(([, property]) => float64Column(rows.map((row) => row[property]))),
    ...PLACES.map(([, property]) =>
      float64Column(rows.map((row) => row.position?.[property] ?? null)),
    ),
  ]);
}

/** Rows of such a table. Throws CorruptSourceError when a column is missing. */
export function phoneSignals(table: Table): PhoneSignalRow[] {
  const column = columnReader(table, 'phone signals');
  const get = <T>(name: string, row: number): T => column(name).get(row) as T;
  return Array.from({ length: table.numRows }, (_, i) => {
    const latitude = get<number | null>('latitude', i);
    const fields = [...TEXTS, ...REALS].map(([name, property]) => [property, get(name, i)]);
    return {
      ...(Object.fromEntries(fields) as Omit<
        PhoneSignalRow,
        'deviceNs' | 'arrivalNs' | 'position'
      >),
      deviceNs: get<bigint>('device_ns', i),
      arrivalNs: get<bigint>('arrival_ns', i),
      position:
        latitude === null
          ? null
          : {
              latitude,
              longitude: get<number>('longitude', i),
              positionSigmaKm: get<number>('position_sigma_km', i),
            },
    };
  });
}
