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
import { spanNs, type PhoneRecord } from '../../core/tables/phone-table.js';
import { positionOfSent, type BinaryTrace, type MessageHead } from './binary-form.js';
import {
  checkCommon,
  checkName,
  microsecondNs,
  possibleTime,
  readFields,
  reject,
  wrongShape,
  type Fields,
  type PhoneRejection,
} from './message-fields.js';

export type { PhoneRejection, PhoneRejectionCode } from './message-fields.js';

export type ParsedPhoneMessage =
  { readonly ok: true; readonly records: readonly PhoneRecord[] } | PhoneRejection;

/** 100 g: six times the range of the widest phone sensor. */
export const MAX_GAL = 1e5;
export const MAX_SAMPLES = 4096;
export const MAX_RATE_HZ = 1000;
export const MAX_TRACES = 64;

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
export interface CheckedPhoneMessage extends MessageHead {
  readonly ok: true;
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
  return recordsOf(message, message.traces.map(binaryTrace));
}

/** Samples and time of a trace as they are kept. */
export function binaryTrace({ t, sr, x, y, z }: PhoneTrace): BinaryTrace {
  return {
    lastNs: microsecondNs(t),
    rateHz: sr,
    x: Float32Array.from(x),
    y: Float32Array.from(y),
    z: Float32Array.from(z),
  };
}

/** Records of a message in either form, one a trace. */
export function recordsOf(head: MessageHead, traces: readonly BinaryTrace[]): PhoneRecord[] {
  const { deviceId, boot, seq, arrivalNs } = head;
  const position = head.position ? positionOfSent(head.position) : null;
  return traces.map(({ lastNs, rateHz, x, y, z }) => ({
    deviceId,
    firstSampleNs: lastNs - spanNs(x.length, rateHz),
    arrivalNs,
    rateHz,
    x,
    y,
    z,
    boot,
    seq,
    position,
  }));
}

/** Checks one message without copying its samples. Never throws. */
export function checkPhoneMessage(
  payload: Uint8Array | string,
): CheckedPhoneMessage | PhoneRejection {
  const read = readFields(
    typeof payload === 'string'
      ? payload
      : Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength).toString('utf8'),
  );
  if (!read.ok) return read;
  const message = read.fields;
  const common = checkCommon(message);
  if ('reason' in common) return common;
  const { traces } = message;
  if (traces === undefined) {
    const { device_t: t, sr, x, y, z } = message;
    const trace: Fields = { t, sr, x, y, z };
    const wrong = checkTrace(trace, 'device_t');
    if (wrong) return wrong;
    const name = checkName(message);
    if ('reason' in name) return name;
    return { ok: true, ...common, ...name, traces: [trace as unknown as PhoneTrace] };
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
