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
import { z } from 'zod';
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

// A check of its own: z.array(z.number()) took two thirds of the time of a message (measured).
const samples = z.custom<readonly number[]>(isNumbers, 'not an array of finite numbers');
const traceSchema = z.object({ t: z.number(), sr: z.number(), x: samples, y: samples, z: samples });
const common = {
  device_id: z.string().regex(DEVICE_ID),
  cloud_t: z.number().nullish(),
  latitude: z.number().nullish(),
  longitude: z.number().nullish(),
  privacy_radius_km: z.number().nullish(),
};
const recordSchema = z.object({
  ...common,
  device_t: z.number(),
  sr: z.number(),
  x: samples,
  y: samples,
  z: samples,
  boot: z.union([z.string().min(1).max(64), z.int().nonnegative()]).nullish(),
  seq: z.int().nonnegative().nullish(),
});
const firmwareSchema = z.object({ ...common, traces: z.array(traceSchema).min(1).max(64) });

type Trace = z.infer<typeof traceSchema>;
type Common = Pick<
  z.infer<typeof firmwareSchema>,
  'device_id' | 'cloud_t' | 'latitude' | 'longitude' | 'privacy_radius_km'
>;

/** Reads and checks one message. Never throws. */
export function parsePhoneMessage(payload: Uint8Array | string): ParsedPhoneMessage {
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
  if (typeof value === 'object' && value !== null && 'traces' in value) {
    const parsed = firmwareSchema.safeParse(value);
    if (!parsed.success) return wrongShape(parsed.error);
    return build(parsed.data, parsed.data.traces, null, null);
  }
  const parsed = recordSchema.safeParse(value);
  if (!parsed.success) return wrongShape(parsed.error);
  const { device_t: t, sr, x, y, z: vertical, boot, seq } = parsed.data;
  const named = boot !== null && boot !== undefined && seq !== null && seq !== undefined;
  return build(
    parsed.data,
    [{ t, sr, x, y, z: vertical }],
    named ? String(boot) : null,
    named ? seq : null,
  );
}

function build(
  message: Common,
  traces: readonly Trace[],
  boot: string | null,
  seq: number | null,
): ParsedPhoneMessage {
  const position = positionOf(message);
  if (position === 'impossible') {
    return reject('impossible-value', 'latitude, longitude or privacy radius cannot be');
  }
  const arrival = message.cloud_t ?? null;
  if (arrival !== null && !possibleTime(arrival)) {
    return reject('impossible-time', 'cloud_t is outside 2000 to 2100');
  }
  const records: PhoneRecord[] = [];
  for (const trace of traces) {
    const count = trace.x.length;
    if (trace.y.length !== count || trace.z.length !== count) {
      return reject('wrong-length', 'x, y and z differ in length');
    }
    if (count < 2 || count > MAX_SAMPLES) {
      return reject('wrong-length', `a record has 2 to ${MAX_SAMPLES} samples`);
    }
    if (!(trace.sr >= 1 && trace.sr <= MAX_RATE_HZ)) {
      return reject('impossible-value', `sr is outside 1 to ${MAX_RATE_HZ} Hz`);
    }
    if (!possibleTime(trace.t)) {
      return reject('impossible-time', 'device time is outside 2000 to 2100: clock never set');
    }
    if (!possibleGal(trace.x) || !possibleGal(trace.y) || !possibleGal(trace.z)) {
      return reject('impossible-value', `acceleration beyond ${MAX_GAL} gal`);
    }
    records.push({
      deviceId: message.device_id,
      firstSampleNs: microsecondNs(trace.t) - spanNs(count, trace.sr),
      arrivalNs: arrival === null ? null : microsecondNs(arrival),
      rateHz: trace.sr,
      x: Float32Array.from(trace.x),
      y: Float32Array.from(trace.y),
      z: Float32Array.from(trace.z),
      boot,
      seq,
      position,
    });
  }
  return { ok: true, records };
}

function positionOf(message: Common): PhonePosition | null | 'impossible' {
  const { latitude, longitude, privacy_radius_km: radius } = message;
  if (latitude === null || latitude === undefined) return null;
  if (longitude === null || longitude === undefined) return null;
  const possible =
    Math.abs(latitude) <= 90 &&
    Math.abs(longitude) <= 180 &&
    (radius === null || radius === undefined || (radius >= 0 && radius <= 100));
  if (!possible) return 'impossible';
  // A point spread evenly over a disc of radius R has a standard deviation of R / 2 along each axis.
  return {
    latitude,
    longitude,
    positionSigmaKm: Math.max(FIX_SIGMA_KM, (radius ?? 0) / 2),
  };
}

function isNumbers(value: unknown): boolean {
  if (!Array.isArray(value)) return false;
  for (const item of value as unknown[]) if (!Number.isFinite(item)) return false;
  return true;
}

function possibleTime(seconds: number): boolean {
  return seconds >= FIRST_SECOND && seconds < LAST_SECOND;
}

/** Devices write at most microseconds: the nearest one undoes the binary rounding of the decimal. */
function microsecondNs(seconds: number): bigint {
  return BigInt(Math.round(seconds * 1e6)) * 1000n;
}

function possibleGal(values: readonly number[]): boolean {
  for (const value of values) if (!(Math.abs(value) <= MAX_GAL)) return false;
  return true;
}

function wrongShape(error: z.ZodError): PhoneRejection {
  const issue = error.issues[0];
  const field = String(issue?.path[0] ?? 'message');
  return reject('wrong-shape', `field ${field}: ${issue?.message ?? 'unreadable'}`);
}

function reject(code: PhoneRejectionCode, reason: string): PhoneRejection {
  return { ok: false, code, reason };
}
