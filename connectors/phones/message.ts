/**
 * In: one message of a phone or low-cost accelerometer, as bytes or text. Out: its records, or why
 * it is refused. Two layouts are read:
 *
 * - OpenEEW: `{device_id, x, y, z, device_t, cloud_t, sr}`; gal, `device_t` is the time of the LAST
 *   sample and `cloud_t` the arrival, seconds since the epoch. Quakeloom's own message is the same
 *   with `boot`, `seq`, `latitude`, `longitude`, `privacy_radius_km` where the device has them.
 * - OpenEEW ESP32 firmware: `{device_id, cloud_t, traces: [{t, sr, x, y, z}]}`; `t` is the time of
 *   the last sample of its trace (`set_time` of openeew-detection counts back from it).
 * @module
 */
import { spanNs, type PhonePosition, type PhoneRecord } from '../../core/tables/phone-table.js';

/** Kinds of refusal; stable words for counters. */
export type PhoneRejectionCode =
  | 'not-json' // no JSON at all; NaN and Infinity are no JSON either
  | 'wrong-shape' // a field is missing or has another type
  | 'wrong-length' // the components differ in length, or there are too few or too many samples
  | 'impossible-value' // acceleration, rate or position outside what can be
  | 'impossible-time'; // a clock that was never set

export interface PhoneRejection {
  readonly ok: false;
  readonly code: PhoneRejectionCode;
  /** For a person; holds no value of the message, so that equal faults read the same. */
  readonly reason: string;
}

export type ParsedPhoneMessage =
  { readonly ok: true; readonly records: readonly PhoneRecord[] } | PhoneRejection;

/** 100 g: six times the range of the widest phone sensor. */
const MAX_GAL = 1e5;
const MAX_SAMPLES = 4096;
const MAX_RATE_HZ = 1000;
/** 2000-01-01 and 2100-01-01. A clock outside was never set, and no arrival time can place it. */
const FIRST_SECOND = 946_684_800;
const LAST_SECOND = 4_102_444_800;
/** A fix of a consumer receiver without a privacy radius, per axis. */
const FIX_SIGMA_KM = 0.02;

const DEVICE_ID = /^[A-Za-z0-9][A-Za-z0-9_.:-]{0,63}$/;
const MAX_TRACES = 64;

/** Samples of one record as they came: not copied, because most callers only need to know them right. */
export interface PhoneTrace {
  /** Time of the last sample, s since the epoch. */
  readonly t: number;
  readonly sr: number;
  readonly x: readonly number[];
  readonly y: readonly number[];
  readonly z: readonly number[];
}

/** A message that keeps its contract. */
export interface CheckedPhoneMessage {
  readonly ok: true;
  readonly deviceId: string;
  /** Both or neither is null. */
  readonly boot: string | null;
  readonly seq: number | null;
  /** Seconds since the epoch; null when nobody noted it. */
  readonly arrivalS: number | null;
  readonly position: PhonePosition | null;
  /** At least one. */
  readonly traces: readonly PhoneTrace[];
}

/** Reads and checks one message. Never throws. */
export function parsePhoneMessage(payload: Uint8Array | string): ParsedPhoneMessage {
  const checked = checkPhoneMessage(payload);
  return checked.ok ? { ok: true, records: phoneRecordsOf(checked) } : checked;
}

/** The records of a checked message, one a trace. */
export function phoneRecordsOf(message: CheckedPhoneMessage): PhoneRecord[] {
  const { deviceId, boot, seq, arrivalS, position } = message;
  return message.traces.map(({ t, sr, x, y, z }) => ({
    deviceId,
    firstSampleNs: microsecondNs(t) - spanNs(x.length, sr),
    arrivalNs: arrivalS === null ? null : microsecondNs(arrivalS),
    rateHz: sr,
    x: Float32Array.from(x),
    y: Float32Array.from(y),
    z: Float32Array.from(z),
    boot,
    seq,
    position,
  }));
}

/** Checks one message without copying its samples. Never throws. */
export function checkPhoneMessage(
  payload: Uint8Array | string,
): CheckedPhoneMessage | PhoneRejection {
  let value: unknown;
  try {
    const text =
      typeof payload === 'string'
        ? payload
        : Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength).toString('utf8');
    value = JSON.parse(text);
  } catch {
    return reject('not-json', 'the message is not JSON');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return reject('wrong-shape', 'the message is not an object');
  }
  const message = value as Fields;
  const common = checkCommon(message);
  if ('reason' in common) return common;
  const { traces } = message;
  if (traces === undefined) {
    const { device_t: t, sr, x, y, z } = message;
    const trace: Fields = { t, sr, x, y, z };
    const wrong = checkTrace(trace, 'device_t') ?? checkName(message);
    if (wrong) return wrong;
    const { boot, seq } = message;
    const isNamed = boot !== null && boot !== undefined && seq !== null && seq !== undefined;
    return {
      ok: true,
      ...common,
      boot: isNamed ? String(boot) : null,
      seq: isNamed ? (seq as number) : null,
      traces: [trace as unknown as PhoneTrace],
    };
  }
  if (!Array.isArray(traces) || traces.length < 1 || traces.length > MAX_TRACES) {
    return wrongShape('traces', `is not an array of 1 to ${MAX_TRACES} traces`);
  }
  for (const trace of traces as unknown[]) {
    if (typeof trace !== 'object' || trace === null) {
      return wrongShape('traces', 'holds something that is no trace');
    }
    const wrong = checkTrace(trace as Fields, 't');
    if (wrong) return wrong;
  }
  return { ok: true, ...common, boot: null, seq: null, traces: traces as PhoneTrace[] };
}

type Fields = Readonly<Record<string, unknown>>;

/** Fields of both layouts. */
function checkCommon(
  message: Fields,
): Pick<CheckedPhoneMessage, 'deviceId' | 'arrivalS' | 'position'> | PhoneRejection {
  const { device_id: deviceId, cloud_t: arrival, latitude, longitude } = message;
  const radius = message['privacy_radius_km'];
  if (typeof deviceId !== 'string' || !DEVICE_ID.test(deviceId)) {
    return wrongShape('device_id', 'is not 1 to 64 letters, digits and _ . : -');
  }
  const optional = { cloud_t: arrival, latitude, longitude, privacy_radius_km: radius };
  for (const name in optional) {
    const value = optional[name as keyof typeof optional];
    if (value !== undefined && value !== null && !Number.isFinite(value)) {
      return wrongShape(name, 'is not a number');
    }
  }
  if (typeof arrival === 'number' && !possibleTime(arrival)) {
    return reject('impossible-time', 'cloud_t is outside 2000 to 2100');
  }
  const position = positionOf({
    latitude: latitude as number | null | undefined,
    longitude: longitude as number | null | undefined,
    radiusKm: (radius as number | null | undefined) ?? 0,
  });
  if (position === 'impossible') {
    return reject('impossible-value', 'latitude, longitude or privacy radius cannot be');
  }
  return { deviceId, arrivalS: (arrival as number | null | undefined) ?? null, position };
}

function checkName({ boot, seq }: Fields): PhoneRejection | null {
  const isBoot =
    boot === undefined ||
    boot === null ||
    (typeof boot === 'string' && boot.length >= 1 && boot.length <= 64) ||
    isCount(boot);
  if (!isBoot) return wrongShape('boot', 'is neither text of 1 to 64 characters nor a count');
  return seq === undefined || seq === null || isCount(seq)
    ? null
    : wrongShape('seq', 'is no count');
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function checkTrace(trace: Fields, timeName: string): PhoneRejection | null {
  const { t, sr, x, y, z } = trace;
  if (!Number.isFinite(t)) return wrongShape(timeName, 'is not a number');
  if (!Number.isFinite(sr)) return wrongShape('sr', 'is not a number');
  const samples = { x, y, z };
  for (const name in samples) {
    const values = samples[name as keyof typeof samples];
    if (!Array.isArray(values)) return wrongShape(name, 'is not an array');
    const wrong = checkSamples(values, name);
    if (wrong) return wrong;
  }
  const count = (x as number[]).length;
  if ((y as number[]).length !== count || (z as number[]).length !== count) {
    return reject('wrong-length', 'x, y and z differ in length');
  }
  if (count < 2 || count > MAX_SAMPLES) {
    return reject('wrong-length', `a record has 2 to ${MAX_SAMPLES} samples`);
  }
  if (!((sr as number) >= 1 && (sr as number) <= MAX_RATE_HZ)) {
    return reject('impossible-value', `sr is outside 1 to ${MAX_RATE_HZ} Hz`);
  }
  if (!possibleTime(t as number)) {
    return reject('impossible-time', 'device time is outside 2000 to 2100: clock never set');
  }
  return null;
}

function checkSamples(values: readonly unknown[], name: string): PhoneRejection | null {
  for (const value of values) {
    if (typeof value === 'number' && value <= MAX_GAL && value >= -MAX_GAL) continue;
    return Number.isFinite(value)
      ? reject('impossible-value', `acceleration beyond ${MAX_GAL} gal`)
      : wrongShape(name, 'is not an array of finite numbers');
  }
  return null;
}

function positionOf(input: {
  latitude: number | null | undefined;
  longitude: number | null | undefined;
  radiusKm: number;
}): PhonePosition | null | 'impossible' {
  const { latitude, longitude, radiusKm } = input;
  if (latitude === null || latitude === undefined) return null;
  if (longitude === null || longitude === undefined) return null;
  const isPossible =
    Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180 && radiusKm >= 0 && radiusKm <= 100;
  if (!isPossible) return 'impossible';
  // A point spread evenly over a disc of radius R has a standard deviation of R / 2 along each axis.
  return { latitude, longitude, positionSigmaKm: Math.max(FIX_SIGMA_KM, radiusKm / 2) };
}

function possibleTime(seconds: number): boolean {
  return seconds >= FIRST_SECOND && seconds < LAST_SECOND;
}

/** Devices write at most microseconds: the nearest one undoes the binary rounding of the decimal. */
function microsecondNs(seconds: number): bigint {
  return BigInt(Math.round(seconds * 1e6)) * 1000n;
}

function wrongShape(field: string, why: string): PhoneRejection {
  return reject('wrong-shape', `field ${field} ${why}`);
}

function reject(code: PhoneRejectionCode, reason: string): PhoneRejection {
  return { ok: false, code, reason };
}
