/**
 * The quick way from JSON to the binary form, for the message that nearly all devices send: the
 * OpenEEW layout, plain text, usual numbers. In: bytes. Out: the binary message, or false, and then
 * `checkPhoneMessage` decides: whatever is odd here is not judged here. No object is made a sample.
 * @module
 */
import { FLAG, ENCODING, BINARY_MARK, BINARY_VERSION, writeCount } from './binary-form.js';
import { possibleTime } from './message-fields.js';
import { MAX_RATE_HZ, MAX_SAMPLES } from './message.js';
import { ended, listed, scanList, scanNumber } from './scan-numbers.js';

/** A message read: `bytes` holds its binary form up to `length`, until the next call. */
export interface MessageScan {
  readonly bytes: Buffer;
  length: number;
  /** Where device id and boot lie in the text; boot is empty when there is no name. */
  deviceAt: number;
  deviceEnd: number;
  bootAt: number;
  bootEnd: number;
  /** -1 without a name. */
  seq: number;
  /** Time of the last sample and arrival, s since the epoch; NaN when not told. */
  lastS: number;
  arrivalS: number;
}

const [QUOTE, COMMA, COLON, MINUS, POINT] = [34, 44, 58, 45, 46] as const;
const [OPEN, CLOSE, OPEN_LIST] = [123, 125, 91] as const;

const FIELDS = [
  'device_id',
  'device_t',
  'cloud_t',
  'sr',
  'x',
  'y',
  'z',
  'boot',
  'seq',
  'latitude',
  'longitude',
  'privacy_radius_km',
].map((name) => Buffer.from(name));
const [DEVICE, TIME, ARRIVAL, RATE, X, , Z, BOOT, SEQ, LATITUDE, LONGITUDE, RADIUS] =
  FIELDS.keys() as unknown as number[] as [
    ...[number, number, number, number, number, number],
    ...[number, number, number, number, number, number],
  ];

/** Makes a reader; it owns the buffers that each call fills again. */
export function createMessageScanner(): (text: Buffer) => MessageScan | null {
  const bytes = Buffer.allocUnsafe(1024 + 12 * MAX_SAMPLES);
  const samples = [0, 1, 2].map(() => new Float32Array(MAX_SAMPLES)) as [
    Float32Array,
    Float32Array,
    Float32Array,
  ];
  const sampleBytes = samples.map((s) => new Uint8Array(s.buffer));
  const counts = [0, 0, 0];
  const numbers = new Float64Array(FIELDS.length);
  const scan: MessageScan = {
    bytes,
    length: 0,
    deviceAt: 0,
    deviceEnd: 0,
    bootAt: 0,
    bootEnd: 0,
    seq: -1,
    lastS: 0,
    arrivalS: Number.NaN,
  };
  let at = 0;
  let ok = true;

  /** The number at `at`. */
  function number(text: Buffer): number {
    const value = scanNumber(text, at);
    at = ended;
    if (!Number.isFinite(value)) ok = false;
    return value;
  }

  function blanks(text: Buffer): void {
    let p = at;
    let c = text[p] as number;
    while (c === 32 || c === 10 || c === 13 || c === 9) c = text[++p] as number;
    at = p;
  }

  /** A list of numbers into component `to`; at its bracket before, after it then. */
  function list(text: Buffer, to: number): void {
    at = scanList(text, at, samples[to] as Float32Array);
    counts[to] = listed;
    if (at < 0) ok = false;
  }

  /** End of the plain text that begins at `at`; beyond its quote then. */
  function plain(text: Buffer): number {
    let p = at;
    let c = text[p] as number;
    while (c >= 32 && c < 127 && c !== QUOTE && c !== 92) c = text[++p] as number;
    if (c !== QUOTE) ok = false;
    at = p + 1;
    return p;
  }

  function fieldAt(text: Buffer, from: number, to: number): number {
    const length = to - from;
    for (let f = 0; f < FIELDS.length; f++) {
      const name = FIELDS[f] as Buffer;
      if (name.length !== length || name[0] !== text[from]) continue;
      let k = 1;
      while (k < length && name[k] === text[from + k]) k++;
      if (k === length) return f;
    }
    return -1;
  }

  /** All fields; bits of those found, -1 when the quick way does not do. */
  function fields(text: Buffer): number {
    let found = 0;
    blanks(text);
    if (text[at++] !== OPEN) return -1;
    for (;;) {
      blanks(text);
      if (text[at++] !== QUOTE) return -1;
      const from = at;
      const field = fieldAt(text, from, plain(text));
      // A field that came before counts by its last value: rare enough for the other way.
      if (field < 0 || (found & (1 << field)) !== 0) return -1;
      found |= 1 << field;
      blanks(text);
      if (text[at++] !== COLON) return -1;
      blanks(text);
      if (field === DEVICE || field === BOOT) {
        if (text[at++] !== QUOTE) return -1;
        const start = at;
        const end = plain(text);
        if (end === start || end - start > 64) return -1;
        if (field === DEVICE) [scan.deviceAt, scan.deviceEnd] = [start, end];
        else [scan.bootAt, scan.bootEnd] = [start, end];
      } else if (field >= X && field <= Z) {
        if (text[at] !== OPEN_LIST) return -1;
        list(text, field - X);
      } else {
        numbers[field] = number(text);
      }
      if (!ok) return -1;
      blanks(text);
      const c = text[at++];
      if (c === CLOSE) break;
      if (c !== COMMA) return -1;
    }
    blanks(text);
    return at === text.length ? found : -1;
  }

  return (text) => {
    at = 0;
    ok = true;
    const found = fields(text);
    const needed = (1 << DEVICE) | (1 << TIME) | (1 << RATE) | (7 << X);
    if (found < 0 || (found & needed) !== needed) return null;
    const [rateHz, lastS] = [numbers[RATE] as number, numbers[TIME] as number];
    const count = counts[0] as number;
    if (count < 2 || counts[1] !== count || counts[2] !== count) return null;
    if (!(rateHz >= 1 && rateHz <= MAX_RATE_HZ) || !possibleTime(lastS)) return null;
    const seq = has(found, BOOT) && has(found, SEQ) ? (numbers[SEQ] as number) : -1;
    if (
      has(found, BOOT) !== has(found, SEQ) ||
      (has(found, SEQ) && !(Number.isSafeInteger(seq) && seq >= 0))
    ) {
      return null;
    }
    if (has(found, ARRIVAL) && !possibleTime(numbers[ARRIVAL] as number)) return null;
    if (!isDeviceId(text, scan.deviceAt, scan.deviceEnd)) return null;
    const isPlaced = has(found, LATITUDE) && has(found, LONGITUDE);
    const radiusKm = has(found, RADIUS) ? (numbers[RADIUS] as number) : 0;
    const [latitude, longitude] = [numbers[LATITUDE] as number, numbers[LONGITUDE] as number];
    if (
      isPlaced &&
      !(Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180 && radiusKm >= 0 && radiusKm <= 100)
    ) {
      return null;
    }
    scan.seq = seq;
    scan.lastS = lastS;
    scan.arrivalS = has(found, ARRIVAL) ? (numbers[ARRIVAL] as number) : Number.NaN;
    if (seq < 0) scan.bootAt = scan.bootEnd = 0;
    // The head as `writeHead` makes it.
    bytes[0] = BINARY_MARK;
    bytes[1] = BINARY_VERSION;
    bytes[2] = 1;
    bytes[3] =
      (seq >= 0 ? FLAG.named : 0) |
      (has(found, ARRIVAL) ? FLAG.arrival : 0) |
      (isPlaced ? FLAG.position : 0);
    let to = copyText(text, scan.deviceAt, scan.deviceEnd, 4);
    if (seq >= 0) {
      to = copyText(text, scan.bootAt, scan.bootEnd, to);
      to = writeCount(bytes, to, seq);
    }
    if (has(found, ARRIVAL)) to = writeNs(scan.arrivalS, to);
    if (isPlaced) {
      to = bytes.writeDoubleLE(latitude, to);
      to = bytes.writeDoubleLE(longitude, to);
      to = bytes.writeDoubleLE(radiusKm, to);
    }
    bytes[to++] = 1;
    to = writeNs(lastS, to);
    to = bytes.writeDoubleLE(rateHz, to);
    to = bytes.writeUInt16LE(count, to);
    bytes[to++] = ENCODING.float32;
    for (const component of sampleBytes) {
      bytes.set(component.subarray(0, 4 * count), to);
      to += 4 * count;
    }
    scan.length = to;
    return scan;
  };

  function copyText(text: Buffer, from: number, end: number, to: number): number {
    bytes[to++] = end - from;
    for (let i = from; i < end; i++) bytes[to++] = text[i] as number;
    return to;
  }

  /** Microseconds of `seconds` as int64 nanoseconds, without a bigint. */
  function writeNs(seconds: number, to: number): number {
    const us = Math.round(seconds * 1e6);
    const high = Math.floor(us / 4_294_967_296);
    const low = (us - high * 4_294_967_296) * 1000;
    const carry = Math.floor(low / 4_294_967_296);
    bytes.writeUInt32LE(low - carry * 4_294_967_296, to);
    return bytes.writeInt32LE(high * 1000 + carry, to + 4);
  }
}

function has(found: number, field: number): boolean {
  return (found & (1 << field)) !== 0;
}

/** Letters, digits, `_ . : -`; the first a letter or digit. */
function isDeviceId(text: Buffer, from: number, end: number): boolean {
  for (let i = from; i < end; i++) {
    const c = text[i] as number;
    const isWord = (c >= 48 && c <= 57) || (c >= 65 && c <= 90) || (c >= 97 && c <= 122);
    const isMark = c === 95 || c === POINT || c === COLON || c === MINUS;
    if (!isWord && !(isMark && i > from)) return false;
  }
  return true;
}
