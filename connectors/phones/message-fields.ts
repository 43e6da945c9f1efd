/**
 * Fields that phone messages share, and why one is refused. In: parsed JSON. Out: the head of a
 * message, or a rejection.
 * @module
 */
import type { MessageHead, SentPosition } from './binary-form.js';

/** Kinds of refusal; stable words for counters. */
export type PhoneRejectionCode =
  | 'not-json' // neither JSON nor the binary form; NaN and Infinity are no JSON either
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

export type Fields = Readonly<Record<string, unknown>>;

/** 2000-01-01 and 2100-01-01. A clock outside was never set, and no arrival time can place it. */
export const FIRST_SECOND = 946_684_800;
export const LAST_SECOND = 4_102_444_800;

export const DEVICE_ID = /^[A-Za-z0-9][A-Za-z0-9_.:-]{0,63}$/;

/** The fields of a message in JSON, not checked yet. */
export function readFields(text: string): { ok: true; fields: Fields } | PhoneRejection {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return reject('not-json', 'the message is not JSON');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return reject('wrong-shape', 'the message is not an object');
  }
  return { ok: true, fields: value as Fields };
}

/** Checks the fields of all messages but the name. */
export function checkCommon(
  message: Fields,
): Pick<MessageHead, 'deviceId' | 'arrivalNs' | 'position'> | PhoneRejection {
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
  const position = sentPosition({
    latitude: latitude as number | null | undefined,
    longitude: longitude as number | null | undefined,
    privacyRadiusKm: (radius as number | null | undefined) ?? 0,
  });
  if (position === 'impossible') {
    return reject('impossible-value', 'latitude, longitude or privacy radius cannot be');
  }
  return {
    deviceId,
    arrivalNs: typeof arrival === 'number' ? microsecondNs(arrival) : null,
    position,
  };
}

/** Checks boot and seq; a message with both is known by them. */
export function checkName({
  boot,
  seq,
}: Fields): Pick<MessageHead, 'boot' | 'seq'> | PhoneRejection {
  const isBoot =
    boot === undefined ||
    boot === null ||
    (typeof boot === 'string' && boot.length >= 1 && boot.length <= 64) ||
    isCount(boot);
  if (!isBoot) return wrongShape('boot', 'is neither text of 1 to 64 characters nor a count');
  if (seq !== undefined && seq !== null && !isCount(seq)) return wrongShape('seq', 'is no count');
  const isNamed = boot !== null && boot !== undefined && seq !== null && seq !== undefined;
  // Half a surrogate pair has no UTF-8: the name must read the same after it was written down.
  return isNamed
    ? { boot: Buffer.from(String(boot)).toString(), seq: seq as number }
    : { boot: null, seq: null };
}

/** Checks all that kinds of message share. */
export function checkHead(message: Fields): MessageHead | PhoneRejection {
  const common = checkCommon(message);
  if ('reason' in common) return common;
  const name = checkName(message);
  return 'reason' in name ? name : { ...common, ...name };
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

/** Null without both coordinates. */
export function sentPosition(input: {
  readonly latitude: number | null | undefined;
  readonly longitude: number | null | undefined;
  readonly privacyRadiusKm: number;
}): SentPosition | null | 'impossible' {
  const { latitude, longitude, privacyRadiusKm } = input;
  if (latitude === null || latitude === undefined) return null;
  if (longitude === null || longitude === undefined) return null;
  const isPossible =
    Math.abs(latitude) <= 90 &&
    Math.abs(longitude) <= 180 &&
    privacyRadiusKm >= 0 &&
    privacyRadiusKm <= 100;
  return isPossible ? { latitude, longitude, privacyRadiusKm } : 'impossible';
}

export function possibleTime(seconds: number): boolean {
  return seconds >= FIRST_SECOND && seconds < LAST_SECOND;
}

/** Devices write at most microseconds: the nearest one undoes the binary rounding of the decimal. */
export function microsecondNs(seconds: number): bigint {
  return BigInt(Math.round(seconds * 1e6)) * 1000n;
}

export function wrongShape(field: string, why: string): PhoneRejection {
  return reject('wrong-shape', `field ${field} ${why}`);
}

export function reject(code: PhoneRejectionCode, reason: string): PhoneRejection {
  return { ok: false, code, reason };
}
