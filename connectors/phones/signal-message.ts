/**
 * Heartbeats and triggers of phones. In: one message as JSON. Out: it checked, or why it is refused;
 * and its binary form. Times are `device_t`, seconds since the epoch on the device's clock.
 * @module
 */
import type { MessageHead, PhoneMessageKind } from './binary-form.js';
import { writeHead } from './binary-form.js';
import {
  checkHead,
  microsecondNs,
  readFields,
  reject,
  wrongShape,
  type PhoneRejection,
} from './message-fields.js';

/** What both signals say beside the head. */
interface SignalBase extends MessageHead {
  /** Device clock, ns since the epoch. */
  readonly deviceNs: bigint;
  /** Versions of the application and of its phone model; null when not told. */
  readonly appVersion: string | null;
  readonly modelVersion: string | null;
}

/** A phone lives: it counts as active where it is. */
export interface Heartbeat extends SignalBase {
  readonly kind: 'heartbeat';
  /** Lies still: it would trigger on a quake. */
  readonly isSteady: boolean;
  readonly isCharging: boolean;
}

/** Features and peaks of a trigger, in the order of the binary form; null when not told. */
export interface TriggerValues {
  /** Interquartile range of the acceleration, g. */
  readonly iqrG: number | null;
  /** Largest rate of zero crossings of a component, Hz. */
  readonly zeroCrossingsHz: number | null;
  /** Cumulative absolute velocity, g s. */
  readonly cavGs: number | null;
  /** Peak acceleration, gal, and peak velocity, cm/s. */
  readonly peakGal: number | null;
  readonly peakCmS: number | null;
  /** What the phone's model gives for an earthquake, 0 to 1. */
  readonly probability: number | null;
}

/** A phone was shaken; `deviceNs` is when. */
export interface Trigger extends SignalBase {
  readonly kind: 'trigger';
  readonly values: TriggerValues;
}

export type PhoneSignal = Heartbeat | Trigger;

/** Names in JSON, in the order of the binary form, with the largest value that can be. */
export const TRIGGER_FIELDS = [
  ['iqr_g', 'iqrG', 100],
  ['zero_crossings_hz', 'zeroCrossingsHz', 1000],
  ['cav_gs', 'cavGs', 1e5],
  ['peak_gal', 'peakGal', 1e5],
  ['peak_cm_s', 'peakCmS', 1e5],
  ['probability', 'probability', 1],
] as const;

/** Checks a signal of `kind`. Never throws. */
export function checkSignal(
  text: string,
  kind: Exclude<PhoneMessageKind, 'waveform'>,
): PhoneSignal | PhoneRejection {
  const read = readFields(text);
  if (!read.ok) return read;
  const message = read.fields;
  const head = checkHead(message);
  if ('reason' in head) return head;
  const { device_t: t, app_version: app, model_version: model } = message;
  if (!Number.isFinite(t)) return wrongShape('device_t', 'is not a number');
  const versions = { app_version: app, model_version: model };
  for (const name in versions) {
    const version = versions[name as keyof typeof versions];
    if (version !== undefined && version !== null && !isVersion(version)) {
      return wrongShape(name, 'is not 1 to 32 letters, digits and _ . + -');
    }
  }
  const base = {
    ...head,
    deviceNs: microsecondNs(t as number),
    appVersion: (app as string | null | undefined) ?? null,
    modelVersion: (model as string | null | undefined) ?? null,
  };
  if (kind === 'heartbeat') {
    const { steady, charging } = message;
    if (typeof steady !== 'boolean') return wrongShape('steady', 'is neither true nor false');
    if (charging !== undefined && charging !== null && typeof charging !== 'boolean') {
      return wrongShape('charging', 'is neither true nor false');
    }
    return checkSignalRanges({ kind, ...base, isSteady: steady, isCharging: charging === true });
  }
  const values: Record<string, number | null> = {};
  for (const [name, property] of TRIGGER_FIELDS) {
    const given = message[name];
    if (given !== undefined && given !== null && !Number.isFinite(given)) {
      return wrongShape(name, 'is not a number');
    }
    values[property] = (given as number | null | undefined) ?? null;
  }
  return checkSignalRanges({ kind, ...base, values: values as unknown as TriggerValues });
}

const VERSION = /^[A-Za-z0-9][A-Za-z0-9_.+-]{0,31}$/;

export function isVersion(value: unknown): boolean {
  return typeof value === 'string' && VERSION.test(value);
}

/** What holds for both forms: values and times that can be. Gives the signal back. */
export function checkSignalRanges(signal: PhoneSignal): PhoneSignal | PhoneRejection {
  const seconds = Number(signal.deviceNs / 1_000_000_000n);
  if (!isPossibleSecond(seconds)) {
    return reject('impossible-time', 'device time is outside 2000 to 2100: clock never set');
  }
  if (signal.kind === 'trigger') {
    for (const [name, property, most] of TRIGGER_FIELDS) {
      const value = signal.values[property];
      if (value !== null && !(value >= 0 && value <= most)) {
        return reject('impossible-value', `${name} is outside 0 to ${most}`);
      }
    }
  }
  return signal;
}

function isPossibleSecond(seconds: number): boolean {
  return seconds >= 946_684_800 && seconds < 4_102_444_800;
}

/**
 * Binary form. Body: int64 ns of the device's clock; heartbeat: uint8 (1 steady, 2 charging);
 * trigger: uint8 bits of the values given, then those as float32; both: application and model
 * version (uint8 length, ASCII; 0 for none).
 */
export function encodeSignal(signal: PhoneSignal): Buffer {
  const bytes = Buffer.allocUnsafe(512);
  let at = writeHead(bytes, signal.kind, signal);
  at = bytes.writeBigInt64LE(signal.deviceNs, at);
  if (signal.kind === 'heartbeat') {
    at = bytes.writeUInt8((signal.isSteady ? 1 : 0) | (signal.isCharging ? 2 : 0), at);
  } else {
    const bitsAt = at++;
    let bits = 0;
    TRIGGER_FIELDS.forEach(([, property], i) => {
      const value = signal.values[property];
      if (value === null) return;
      bits |= 1 << i;
      at = bytes.writeFloatLE(value, at);
    });
    bytes[bitsAt] = bits;
  }
  for (const version of [signal.appVersion, signal.modelVersion]) {
    const length = version === null ? 0 : bytes.write(version, at + 1, 'latin1');
    bytes[at] = length;
    at += 1 + length;
  }
  return bytes.subarray(0, at);
}
