/**
 * Raw records of phones and low-cost accelerometers, in memory and as an Arrow table (a row a
 * record): what the gateway seals and the file connector hands on, before clocks are repaired.
 * @module
 */
import type { Float32 } from 'apache-arrow';
import { Field, Float64, Int64, Utf8, type Table, type Vector } from 'apache-arrow';
import { columnReader } from './column-reader.js';
import { float64Column, int64Column, utf8Column } from './flat-column.js';
import { tableFromColumns } from './ipc.js';
import { FLOAT32_LIST, float32Lists } from './list-column.js';

/** Where a device stands. */
export interface PhonePosition {
  /** Degrees, WGS 84. */
  readonly latitude: number;
  readonly longitude: number;
  /** Standard deviation along each axis (privacy radius, rounding of a list), km. */
  readonly positionSigmaKm: number;
}

/** Some samples of three components, as the device sent them. */
export interface PhoneRecord {
  readonly deviceId: string;
  /** Device clock, nanoseconds since the epoch; see `lastSampleNs` for what the device measured. */
  readonly firstSampleNs: bigint;
  /** When a server took it, nanoseconds since the epoch; null when nobody noted it. */
  readonly arrivalNs: bigint | null;
  /** Sampling rate as declared by the device. */
  readonly rateHz: number;
  /** Acceleration in gal (cm/s^2); the three arrays have one length. */
  readonly x: Float32Array;
  readonly y: Float32Array;
  readonly z: Float32Array;
  /** Identifies a start of the device; with `seq` it names the message. */
  readonly boot: string | null;
  /** Counts messages since the start. */
  readonly seq: number | null;
  readonly position: PhonePosition | null;
}

const FIELDS = [
  new Field('device_id', new Utf8(), false),
  new Field('boot', new Utf8(), true),
  new Field('seq', new Float64(), true),
  new Field('first_sample_ns', new Int64(), false),
  new Field('arrival_ns', new Int64(), true),
  new Field('rate_hz', new Float64(), false),
  new Field('x', FLOAT32_LIST, false),
  new Field('y', FLOAT32_LIST, false),
  new Field('z', FLOAT32_LIST, false),
  new Field('latitude', new Float64(), true),
  new Field('longitude', new Float64(), true),
  new Field('position_sigma_km', new Float64(), true),
] as const;

/** Nanoseconds from the first to the last of `count` samples. */
export function spanNs(count: number, rateHz: number): bigint {
  return BigInt(Math.round(((count - 1) * 1e9) / rateHz));
}

/**
 * Time of the last sample on the device's clock, ns: exactly the `device_t` of an OpenEEW record,
 * whatever the true rate was (the time of the first one is derived from the declared rate).
 */
export function lastSampleNs(record: PhoneRecord): bigint {
  return record.firstSampleNs + spanNs(record.x.length, record.rateHz);
}

/** Records to a table; the order is kept, samples are laid end to end (one copy). */
export function phoneTable(
  records: readonly PhoneRecord[],
  metadata: ReadonlyMap<string, string> = new Map(),
): Table {
  const columns = [
    utf8Column(records.map((r) => r.deviceId)),
    utf8Column(records.map((r) => r.boot)),
    float64Column(records.map((r) => r.seq)),
    int64Column(records.map((r) => r.firstSampleNs)),
    int64Column(records.map((r) => r.arrivalNs)),
    float64Column(records.map((r) => r.rateHz)),
    float32Lists(records.map((r) => r.x)),
    float32Lists(records.map((r) => r.y)),
    float32Lists(records.map((r) => r.z)),
    float64Column(records.map((r) => r.position?.latitude ?? null)),
    float64Column(records.map((r) => r.position?.longitude ?? null)),
    float64Column(records.map((r) => r.position?.positionSigmaKm ?? null)),
  ];
  return tableFromColumns(FIELDS, columns, metadata);
}

/**
 * Records of a table made by phoneTable; samples are views, not copies. Throws CorruptSourceError
 * when a column is missing.
 */
export function phoneRecords(table: Table): PhoneRecord[] {
  const column = columnReader(table, 'phone table');
  const get = <T>(name: string, row: number): T => column(name).get(row) as T;
  const samples = (name: string, row: number): Float32Array =>
    get<Vector<Float32>>(name, row).toArray() as Float32Array;
  return Array.from({ length: table.numRows }, (_, row) => {
    const latitude = get<number | null>('latitude', row);
    return {
      deviceId: get<string>('device_id', row),
      boot: get<string | null>('boot', row),
      seq: get<number | null>('seq', row),
      firstSampleNs: get<bigint>('first_sample_ns', row),
      arrivalNs: get<bigint | null>('arrival_ns', row),
      rateHz: get<number>('rate_hz', row),
      x: samples('x', row),
      y: samples('y', row),
      z: samples('z', row),
      position:
        latitude === null
          ? null
          : {
              latitude,
              longitude: get<number>('longitude', row),
              positionSigmaKm: get<number>('position_sigma_km', row),
            },
    };
  });
}
