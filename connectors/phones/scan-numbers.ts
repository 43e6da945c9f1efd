/**
 * Numbers of JSON from bytes, without an object each. In: text and a place. Out: values.
 *
 * Up to 15 digits and a power of ten within 22 are exact by one division (Clinger 1990, "How to read
 * floating point numbers accurately"). Longer samples are taken where their doubt does not reach the
 * float32, and left to `Number` else: both ways give the same value.
 * @module
 */
import { MAX_GAL, MAX_SAMPLES } from './message.js';

const POWERS = Array.from({ length: 23 }, (_, i) => 10 ** i);
const [COMMA, MINUS, POINT, CLOSE_LIST] = [44, 45, 46, 93] as const;

/** Where the last `scanNumber` ended. */
export let ended = 0;

/** The number at `from`, NaN when there is none. */
export function scanNumber(text: Buffer, from: number): number {
  let at = from;
  let c = text[at] as number;
  const negative = c === MINUS;
  if (negative) c = text[++at] as number;
  const first = at;
  let mantissa = 0;
  while (c >= 48 && c <= 57) {
    mantissa = mantissa * 10 + (c - 48);
    c = text[++at] as number;
  }
  let digits = at - first;
  if (digits === 0 || (digits > 1 && text[first] === 48)) return Number.NaN;
  let decimals = 0;
  if (c === POINT) {
    const point = at;
    c = text[++at] as number;
    while (c >= 48 && c <= 57) {
      mantissa = mantissa * 10 + (c - 48);
      c = text[++at] as number;
    }
    decimals = at - point - 1;
    if (decimals === 0) return Number.NaN;
    digits += decimals;
  }
  ended = at;
  // With an exponent the number goes on: the other way reads it.
  if (c === 101 || c === 69) return Number.NaN;
  if (digits > 15) return Number(text.toString('latin1', from, at));
  const value = mantissa / (POWERS[decimals] as number);
  return negative ? -value : value;
}

/** Numbers that the last `scanList` found. */
export let listed = 0;

/**
 * Reads the list whose bracket lies at `from` into `values`; returns where it ends, -1 when the quick
 * way does not do. Its own loop over local variables: four fifths of a message are numbers in lists.
 */
export function scanList(text: Buffer, from: number, values: Float32Array): number {
  let at = from + 1;
  let count = 0;
  for (;;) {
    let c = text[at] as number;
    while (c === 32 || c === 10 || c === 13 || c === 9) c = text[++at] as number;
    const start = at;
    const negative = c === MINUS;
    if (negative) c = text[++at] as number;
    const first = at;
    let mantissa = 0;
    while (c >= 48 && c <= 57) {
      mantissa = mantissa * 10 + (c - 48);
      c = text[++at] as number;
    }
    let digits = at - first;
    if (digits === 0 || (digits > 1 && text[first] === 48)) return -1;
    let decimals = 0;
    if (c === POINT) {
      const point = at;
      c = text[++at] as number;
      while (c >= 48 && c <= 57) {
        mantissa = mantissa * 10 + (c - 48);
        c = text[++at] as number;
      }
      decimals = at - point - 1;
      if (decimals === 0) return -1;
      digits += decimals;
    }
    if (c === 101 || c === 69 || digits > 19) return -1;
    let value = mantissa / (POWERS[decimals] as number);
    if (digits > 15 && !isSettled(value))
      value = Math.abs(Number(text.toString('latin1', start, at)));
    if (count === MAX_SAMPLES || value > MAX_GAL) return -1;
    values[count++] = negative ? -value : value;
    while (c === 32 || c === 10 || c === 13 || c === 9) c = text[++at] as number;
    at++;
    if (c === COMMA) continue;
    listed = count;
    return c === CLOSE_LIST ? at : -1;
  }
}

/** Five roundings of 2^-53 do not reach across this. */
const DOUBT = 1e-15;

/** Whether a double that is off by less than `DOUBT` has the float32 of the true one. */
function isSettled(value: number): boolean {
  return Math.fround(value * (1 - DOUBT)) === Math.fround(value * (1 + DOUBT));
}
