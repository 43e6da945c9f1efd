/**
 * Samples in, MiniSEED 2 records out. FDSN, "SEED Reference Manual" 2.4, chapter 8; the inverse of
 * `record-header.ts`.
 * @module
 */
import { encodeSteim, STEIM_FRAME_BYTES } from './steim.js';

export type SeedEncoding = 'int16' | 'int32' | 'float32' | 'float64' | 'steim1' | 'steim2';

/** SEED code and bytes of a plain sample. */
const ENCODINGS: Readonly<Record<SeedEncoding, readonly [code: number, bytes: number]>> = {
  int16: [1, 2],
  int32: [3, 4],
  float32: [4, 4],
  float64: [5, 8],
  steim1: [10, 0],
  steim2: [11, 0],
};

const DATA_OFFSET = 128;
const BLOCKETTES = { header: 48, timing: 56, rate: 64 } as const;

export interface SeedRecordInput {
  /** At most 2, 5, 2 and 3 characters. */
  readonly network: string;
  readonly station: string;
  readonly location: string;
  readonly channel: string;
  readonly startNs: bigint;
  readonly rateHz: number;
  /** All samples of the gap-free piece; integers for int16, int32 and Steim. */
  readonly samples: ArrayLike<number>;
  readonly from: number;
  readonly encoding: SeedEncoding;
  /** A power of two, 256 to 65,536. */
  readonly recordBytes: number;
  readonly sequence: number;
}

/**
 * One record that begins with sample `from`, and the number of samples in it; null when a difference
 * does not fit Steim 2. Times are kept to the microsecond, the format's limit.
 */
export function writeSeedRecord(
  input: SeedRecordInput,
): { readonly bytes: Uint8Array; readonly sampleCount: number } | null {
  const bytes = new Uint8Array(input.recordBytes);
  const data = bytes.subarray(DATA_OFFSET);
  const sampleCount = writeSamples(data, input);
  if (sampleCount === null) return null;
  writeHeader(new DataView(bytes.buffer), bytes, input, sampleCount);
  return { bytes, sampleCount };
}

function writeSamples(data: Uint8Array, input: SeedRecordInput): number | null {
  const { samples, from, encoding } = input;
  const size = ENCODINGS[encoding][1];
  if (size === 0) {
    const maxFrames = Math.floor(data.length / STEIM_FRAME_BYTES);
    const version = encoding === 'steim1' ? 1 : 2;
    const whole = samples instanceof Int32Array ? samples : Int32Array.from(samples);
    // A record counts its samples in 16 bits.
    const part = whole.subarray(0, Math.min(whole.length, from + 65_535));
    const encoded = encodeSteim({ samples: part, from, maxFrames, version });
    if (encoded === null) return null;
    data.set(encoded.frames);
    return encoded.sampleCount;
  }
  const count = Math.min(samples.length - from, Math.floor(data.length / size), 65_535);
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  for (let i = 0; i < count; i++) {
    const value = samples[from + i] as number;
    if (encoding === 'int16') view.setInt16(i * 2, value);
    else if (encoding === 'int32') view.setInt32(i * 4, value);
    else if (encoding === 'float32') view.setFloat32(i * 4, value);
    else view.setFloat64(i * 8, value);
  }
  return count;
}

function writeHeader(
  view: DataView,
  bytes: Uint8Array,
  input: SeedRecordInput,
  sampleCount: number,
): void {
  const text = (at: number, length: number, value: string): void => {
    bytes.set(Buffer.from(value.padEnd(length).slice(0, length), 'latin1'), at);
  };
  text(0, 6, String((input.sequence % 999_999) + 1).padStart(6, '0'));
  text(6, 2, 'D ');
  text(8, 5, input.station);
  text(13, 2, input.location);
  text(15, 3, input.channel);
  text(18, 2, input.network);
  const microseconds = writeTime(view, input.startNs);
  view.setUint16(30, sampleCount);
  const [factor, multiplier] = rateFields(input.rateHz);
  view.setInt16(32, factor);
  view.setInt16(34, multiplier);
  view.setUint8(39, 3);
  view.setUint16(44, DATA_OFFSET);
  view.setUint16(46, BLOCKETTES.header);
  view.setUint16(BLOCKETTES.header, 1000);
  view.setUint16(BLOCKETTES.header + 2, BLOCKETTES.timing);
  view.setUint8(BLOCKETTES.header + 4, ENCODINGS[input.encoding][0]);
  view.setUint8(BLOCKETTES.header + 5, 1);
  view.setUint8(BLOCKETTES.header + 6, Math.log2(input.recordBytes));
  view.setUint16(BLOCKETTES.timing, 1001);
  view.setUint16(BLOCKETTES.timing + 2, BLOCKETTES.rate);
  view.setInt8(BLOCKETTES.timing + 5, microseconds);
  view.setUint16(BLOCKETTES.rate, 100);
  view.setFloat32(BLOCKETTES.rate + 4, input.rateHz);
}

/** Writes the time to 100 microseconds; returns what is left, 0 to 99. */
function writeTime(view: DataView, startNs: bigint): number {
  // Divisions of bigints cut towards zero, which is upwards before 1970.
  const rest = (value: bigint, by: bigint): bigint => ((value % by) + by) % by;
  const us = (startNs + 500n - rest(startNs + 500n, 1000n)) / 1000n;
  const fraction = Number(rest(us, 1_000_000n));
  const date = new Date((Number(us) - fraction) / 1000);
  const year = date.getUTCFullYear();
  view.setUint16(20, year);
  view.setUint16(22, Math.floor((date.getTime() - Date.UTC(year, 0, 1)) / 86_400_000) + 1);
  view.setUint8(24, date.getUTCHours());
  view.setUint8(25, date.getUTCMinutes());
  view.setUint8(26, date.getUTCSeconds());
  view.setUint16(28, Math.floor(fraction / 100));
  return fraction % 100;
}

/** Rate as factor and multiplier, as near as 16 bits come; blockette 100 has it as a float. */
function rateFields(rateHz: number): readonly [factor: number, multiplier: number] {
  if (Number.isInteger(rateHz) && rateHz <= 32_767) return [rateHz, 1];
  const period = 1 / rateHz;
  if (Number.isInteger(period) && period <= 32_767) return [-period, 1];
  for (const divisor of [10, 100, 1000, 10_000]) {
    const factor = Math.round(rateHz * divisor);
    if (factor > 32_767) break;
    if (Math.abs(factor / divisor - rateHz) < 1e-9 * rateHz) return [factor, -divisor];
  }
  return [Math.max(1, Math.min(32_767, Math.round(rateHz))), 1];
}
