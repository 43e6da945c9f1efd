/**
 * Times. In memory nanoseconds since the Unix epoch as bigint; in anything that crosses JSON or
 * Temporal an ISO-8601 UTC string with up to nine decimals.
 * @module
 */
import { InvalidInputError } from './errors.js';

/** ISO-8601 UTC, for example `2018-02-16T23:39:39.000000000Z`. */
export type IsoTime = string;

/** Half-open interval `[start, end)`. */
export interface TimeWindow {
  readonly start: IsoTime;
  readonly end: IsoTime;
}

export const NS_PER_S = 1_000_000_000n;

/** 0000-01-01T00:00:00Z and 9999-12-31T23:59:59Z, s since the epoch. */
const FIRST_S = -62_167_219_200n;
const LAST_S = 253_402_300_799n;

const ISO = /^(\d{4}-\d{2}-\d{2})T(\d{2}:\d{2}:\d{2})(?:\.(\d{1,9}))?Z$/;

/** Parses an ISO-8601 UTC time to nanoseconds. Throws InvalidInputError on anything else. */
export function isoToNs(iso: IsoTime): bigint {
  const match = ISO.exec(iso);
  const ms = match ? Date.parse(`${match[1]}T${match[2]}Z`) : Number.NaN;
  // Date.parse takes 30 February and 24:00 for later times; a time that is read must print itself.
  if (!match || Number.isNaN(ms) || wholeSecond(ms) !== iso.slice(0, 19)) {
    throw new InvalidInputError({
      what: 'time',
      reason: `'${iso}' is not ISO-8601 UTC`,
      remedy: 'write it like 2018-02-16T23:39:39Z',
    });
  }
  return BigInt(ms) * 1_000_000n + BigInt((match[3] ?? '').padEnd(9, '0'));
}

/**
 * Formats nanoseconds as ISO-8601 UTC; trailing zeros of the fraction are dropped. Throws
 * InvalidInputError outside the years 0 to 9999.
 */
export function nsToIso(ns: bigint): IsoTime {
  const seconds = floorDiv(ns, NS_PER_S);
  if (seconds < FIRST_S || seconds > LAST_S) {
    throw new InvalidInputError({
      what: 'time',
      reason: `${ns} ns since the epoch is outside the years 0 to 9999`,
      remedy: 'check the unit of the time: seconds, milliseconds or nanoseconds',
    });
  }
  const fraction = ns - seconds * NS_PER_S;
  const base = wholeSecond(Number(seconds) * 1000);
  if (fraction === 0n) return `${base}Z`;
  return `${base}.${fraction.toString().padStart(9, '0').replace(/0+$/, '')}Z`;
}

function wholeSecond(ms: number): string {
  return new Date(ms).toISOString().slice(0, 19);
}

/** Seconds (float64, microsecond resolution for present-day epochs) to nanoseconds. */
export function secondsToNs(seconds: number): bigint {
  const whole = Math.floor(seconds);
  return BigInt(whole) * NS_PER_S + BigInt(Math.round((seconds - whole) * 1e9));
}

/** Seconds from `originNs` to `ns`; exact to better than a nanosecond for windows under 100 days. */
export function secondsSince(ns: bigint, originNs: bigint): number {
  return Number(ns - originNs) / 1e9;
}

/** Start and end of a window in nanoseconds. */
export function windowNs(window: TimeWindow): { startNs: bigint; endNs: bigint } {
  const startNs = isoToNs(window.start);
  const endNs = isoToNs(window.end);
  if (endNs <= startNs) {
    throw new InvalidInputError({
      what: 'time window',
      reason: `end ${window.end} is not after start ${window.start}`,
      remedy: 'give an end later than the start',
    });
  }
  return { startNs, endNs };
}

/** Floors a time to a multiple of `intervalS` since the epoch: the start of its window. */
export function floorToInterval(iso: IsoTime, intervalS: number): IsoTime {
  const stepNs = BigInt(Math.round(intervalS * 1e9));
  return nsToIso(floorDiv(isoToNs(iso), stepNs) * stepNs);
}

/** The windows of length `intervalS`, anchored at the epoch, that cover `[from, to)`. */
export function windowsBetween(range: TimeWindow, intervalS: number): TimeWindow[] {
  const { endNs } = windowNs(range);
  const stepNs = BigInt(Math.round(intervalS * 1e9));
  const windows: TimeWindow[] = [];
  for (let ns = isoToNs(floorToInterval(range.start, intervalS)); ns < endNs; ns += stepNs) {
    windows.push({ start: nsToIso(ns), end: nsToIso(ns + stepNs) });
  }
  return windows;
}

/** Floor division of bigints (BigInt's own division truncates towards zero). */
export function floorDiv(a: bigint, b: bigint): bigint {
  const q = a / b;
  return a % b !== 0n && a < 0n !== b < 0n ? q - 1n : q;
}

/** Adds seconds (may be negative) to a time. */
export function addSeconds(iso: IsoTime, seconds: number): IsoTime {
  return nsToIso(isoToNs(iso) + secondsToNs(seconds));
}
