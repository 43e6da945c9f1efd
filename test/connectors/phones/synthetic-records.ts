/**
 * Records of a made-up device. In: what differs from the default. Out: records whose samples say
 * where they belong.
 * @module
 */
import { spanNs, type PhoneRecord } from '../../../core/tables/phone-table.js';

export interface RecordsSpec {
  readonly deviceId?: string;
  readonly count?: number;
  /** Time of the last sample of record i, s. */
  readonly lastS?: (i: number) => number;
  /** Arrival of record i, s; null for none. */
  readonly arrivalS?: (i: number) => number | null;
  readonly numbered?: boolean;
}

export const START_S = 1_518_824_000;

/** 32-sample records at a declared 31.25 Hz; x counts samples, y is twice that, z is 1 less it. */
export function syntheticRecords(spec: RecordsSpec = {}): PhoneRecord[] {
  const { deviceId = 'dev', count = 20, numbered = false } = spec;
  const lastS = spec.lastS ?? ((i) => START_S + (i + 1) * 1.024);
  const arrivalS = spec.arrivalS ?? ((i) => lastS(i) + 0.2);
  return Array.from({ length: count }, (_, i) => {
    const x = Float32Array.from({ length: 32 }, (_, k) => i * 32 + k);
    const arrival = arrivalS(i);
    return {
      deviceId,
      firstSampleNs: microsecondNs(lastS(i)) - spanNs(32, 31.25),
      arrivalNs: arrival === null ? null : microsecondNs(arrival),
      rateHz: 31.25,
      x,
      y: x.map((v) => 2 * v),
      z: x.map((v) => 1 - v),
      boot: numbered ? 'b1' : null,
      seq: numbered ? i : null,
      position: { latitude: 16, longitude: -98, positionSigmaKm: 0.1 },
    };
  });
}

/** Devices write microseconds. */
function microsecondNs(seconds: number): bigint {
  return BigInt(Math.round(seconds * 1e6)) * 1000n;
}

/** JSON of a record, as a device sends it. */
export function recordJson(record: PhoneRecord, extra: object = {}): string {
  const lastNs = record.firstSampleNs + spanNs(record.x.length, record.rateHz);
  return JSON.stringify({
    device_id: record.deviceId,
    x: [...record.x],
    y: [...record.y],
    z: [...record.z],
    device_t: Number(lastNs) / 1e9,
    ...(record.arrivalNs === null ? {} : { cloud_t: Number(record.arrivalNs) / 1e9 }),
    sr: record.rateHz,
    ...(record.boot === null ? {} : { boot: record.boot, seq: record.seq }),
    ...extra,
  });
}
