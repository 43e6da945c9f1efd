/**
 * Columns of single values from lists, without arrow's builders: one pass, one buffer. Equal values
 * give equal bytes.
 * @module
 */
import { Float64, Int64, Utf8, makeData, type Data } from 'apache-arrow';

/** Text; rows that repeat the one before cost a copy only. */
export function utf8Column(values: readonly (string | null)[]): Data<Utf8> {
  const valueOffsets = new Int32Array(values.length + 1);
  // UTF-8 takes at most three bytes a UTF-16 unit.
  let data: Buffer = Buffer.alloc(values.reduce((sum, text) => sum + (text?.length ?? 0), 0) + 64);
  let at = 0;
  values.forEach((text, i) => {
    if (text !== null && text !== '') {
      if (i > 0 && text === values[i - 1]) {
        const from = valueOffsets[i - 1] as number;
        data = roomFor(data, at, at - from);
        data.copyWithin(at, from, at);
        at += at - from;
      } else {
        data = roomFor(data, at, 3 * text.length);
        at += data.write(text, at);
      }
    }
    valueOffsets[i + 1] = at;
  });
  const bytes = new Uint8Array(data.subarray(0, at));
  return makeData({
    type: new Utf8(),
    length: values.length,
    valueOffsets,
    data: bytes,
    ...nulls(values),
  });
}

/** Real numbers. */
export function float64Column(values: readonly (number | null)[]): Data<Float64> {
  const data = Float64Array.from(values, (value) => value ?? 0);
  return makeData({ type: new Float64(), length: values.length, data, ...nulls(values) });
}

/** Integers, such as nanoseconds. */
export function int64Column(values: readonly (bigint | null)[]): Data<Int64> {
  const data = BigInt64Array.from(values, (value) => value ?? 0n);
  return makeData({ type: new Int64(), length: values.length, data, ...nulls(values) });
}

function roomFor(data: Buffer, at: number, bytes: number): Buffer {
  if (at + bytes <= data.length) return data;
  const larger = Buffer.alloc(Math.max(2 * data.length, at + bytes));
  data.copy(larger, 0, 0, at);
  return larger;
}

/** Validity bits, least significant first; none where every value is there. */
function nulls(values: readonly unknown[]): { nullCount: number; nullBitmap?: Uint8Array } {
  let nullCount = 0;
  for (const value of values) if (value === null) nullCount++;
  if (nullCount === 0) return { nullCount };
  const nullBitmap = new Uint8Array(8 * Math.ceil(values.length / 64));
  values.forEach((value, i) => {
    if (value !== null) nullBitmap[i >> 3] = (nullBitmap[i >> 3] as number) | (1 << (i & 7));
  });
  return { nullCount, nullBitmap };
}
