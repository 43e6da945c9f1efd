// Blocks of TIFF images: LZW (TIFF 6.0 section 13) and the predictors 2 (section 14) and 3 (TIFF
// technical note 3). Raw addresses, no allocation.

export { inflateTwo } from './lib/inflate';

const CLEAR: u32 = 256;
const END: u32 = 257;
const MAX_CODES: u32 = 4096;

/**
 * Unpacks `length` bytes at `from` (destroyed) to at most `capacity` bytes at `to`, behind which 4096 bytes may be
 * overwritten: strings are copied whole. `table` holds 4097 x 8 + 264 bytes and lies before `from`. Returns the bytes
 * made, fewer than `capacity` when the data end early, -1 for a code without meaning.
 *
 * What a code stands for is kept as the address and length of one place where it was written, which the next string
 * prolongs by a byte; single bytes have a place, too, so that all codes go the same way, without a guess of branches.
 */
export function lzw(from: usize, length: i32, to: usize, capacity: i32, table: usize): i32 {
  const bytes = table + ((<usize>MAX_CODES + 1) << 3);
  for (let i: u32 = 0; i < CLEAR; i++) {
    store<u8>(bytes + i, <u8>i);
    store<u64>(table + (i << 3), <u64>(bytes + i) | (<u64>1 << 32));
  }
  // Codes begin at the highest bit; turned round, whole words have them in order.
  reverse(from, length);
  const top = from + <usize>length - 8;
  const bits = <u64>length << 3;
  const limit = to + <usize>capacity;
  let bit: u64 = 0;
  let out = to;
  let width: u32 = 9;
  let widen: u32 = 511;
  // The entry that the code before makes once this one is known; after CLEAR one that is never read.
  let next: u32 = END;
  let entry: u64 = 0;
  while (out < limit) {
    const code = <u32>((load<u64>(top - <usize>(bit >> 3)) << (bit & 7)) >> (64 - width));
    bit += width;
    if (bit > bits) break;
    if ((code & ~1) === CLEAR) {
      if (code === END) break;
      width = 9;
      widen = 511;
      next = END;
      continue;
    }
    if (code > next) return -1;
    store<u64>(table + (<usize>next << 3), entry);
    const string = load<u64>(table + (<usize>code << 3));
    const start = <usize>(<u32>string);
    const count = <u32>(string >> 32);
    store<u64>(out, load<u64>(start));
    if (count > 8) {
      let i: u32 = 8;
      do {
        store<u64>(out + i, load<u64>(start + i));
        i += 8;
      } while (i < count);
    }
    // The string that is just being made ends with its own first byte.
    if (code === next) store<u8>(out + count - 1, load<u8>(start));
    entry = <u64>out | (<u64>(count + 1) << 32);
    out += count;
    next = min(next + 1, MAX_CODES);
    if (next >= widen) {
      width = min(width + 1, 12);
      widen = (widen << 1) + 1;
    }
  }
  return <i32>(min(out, limit) - to);
}

/** Turns the order of bytes round, in place. */
// @ts-ignore: decorator of AssemblyScript
@inline function reverse(from: usize, length: i32): void {
  let low = from;
  let high = from + <usize>length;
  for (; low + 32 <= high; low += 16) {
    high -= 16;
    const x = v128.load(low);
    const y = v128.load(high);
    v128.store(low, i8x16.shuffle(y, y, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0));
    v128.store(high, i8x16.shuffle(x, x, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0));
  }
  while (low < high) {
    high--;
    const byte = load<u8>(low);
    store<u8>(low, load<u8>(high));
    store<u8>(high, byte);
    low++;
  }
}

/** Running sums of bytes along a row, `stride` bytes apart, in place. */
// @ts-ignore: decorator of AssemblyScript
@inline function sumBytes(row: usize, bytes: i32, stride: i32): void {
  let i: i32 = 0;
  if (stride === 1) {
    const zero = i8x16.splat(0);
    let carry = i8x16.splat(0);
    for (; i + 16 <= bytes; i += 16) {
      let x = v128.load(row + <usize>i);
      x = i8x16.add(x, i8x16.shuffle(zero, x, 0, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30));
      x = i8x16.add(x, i8x16.shuffle(zero, x, 0, 0, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29));
      x = i8x16.add(x, i8x16.shuffle(zero, x, 0, 0, 0, 0, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27));
      x = i8x16.add(x, i8x16.shuffle(zero, x, 0, 0, 0, 0, 0, 0, 0, 0, 16, 17, 18, 19, 20, 21, 22, 23));
      x = i8x16.add(x, carry);
      v128.store(row + <usize>i, x);
      carry = i8x16.shuffle(x, x, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15);
    }
  }
  for (i = max(i, stride); i < bytes; i++) {
    const at = row + <usize>i;
    store<u8>(at, load<u8>(at) + load<u8>(at - <usize>stride));
  }
}

/**
 * Undoes predictor 3: `rows` rows at `from` (destroyed) of `values` numbers of `size` bytes become
 * little-endian numbers at `to`. `stride` is the number of samples of a pixel.
 */
export function floatPredictor(from: usize, to: usize, rows: i32, values: i32, size: i32, stride: i32): void {
  const rowBytes = values * size;
  for (let row = 0; row < rows; row++) {
    const source = from + <usize>row * <usize>rowBytes;
    const target = to + <usize>row * <usize>rowBytes;
    sumBytes(source, rowBytes, stride);
    let i = 0;
    if (size === 4) {
      const plane = <usize>values;
      for (; i + 16 <= values; i += 16) {
        const p = source + <usize>i;
        const a = v128.load(p);
        const b = v128.load(p + plane);
        const c = v128.load(p + 2 * plane);
        const d = v128.load(p + 3 * plane);
        const dcLow = i8x16.shuffle(d, c, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
        const dcHigh = i8x16.shuffle(d, c, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
        const baLow = i8x16.shuffle(b, a, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
        const baHigh = i8x16.shuffle(b, a, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
        const q = target + (<usize>i << 2);
        v128.store(q, i16x8.shuffle(dcLow, baLow, 0, 8, 1, 9, 2, 10, 3, 11));
        v128.store(q, i16x8.shuffle(dcLow, baLow, 4, 12, 5, 13, 6, 14, 7, 15), 16);
        v128.store(q, i16x8.shuffle(dcHigh, baHigh, 0, 8, 1, 9, 2, 10, 3, 11), 32);
        v128.store(q, i16x8.shuffle(dcHigh, baHigh, 4, 12, 5, 13, 6, 14, 7, 15), 48);
      }
    }
    for (; i < values; i++) {
      for (let b = 0; b < size; b++) {
        store<u8>(target + <usize>(i * size + b), load<u8>(source + <usize>((size - 1 - b) * values + i)));
      }
    }
  }
}

/** Makes predictor 3 of little-endian numbers: the reverse of floatPredictor for one sample a pixel. */
export function makeFloatPredictor(from: usize, to: usize, rows: i32, values: i32, size: i32): void {
  const rowBytes = values * size;
  for (let row = 0; row < rows; row++) {
    const source = from + <usize>row * <usize>rowBytes;
    const target = to + <usize>row * <usize>rowBytes;
    for (let b = 0; b < size; b++) {
      const plane = target + <usize>((size - 1 - b) * values);
      for (let i = 0; i < values; i++) {
        store<u8>(plane + <usize>i, load<u8>(source + <usize>(i * size + b)));
      }
    }
    for (let i = rowBytes - 1; i > 0; i--) {
      const at = target + <usize>i;
      store<u8>(at, load<u8>(at) - load<u8>(at - 1));
    }
  }
}

/** Undoes predictor 2 in place: running sums of whole samples of `size` bytes along each row. */
export function horizontalPredictor(data: usize, rows: i32, values: i32, size: i32, stride: i32): void {
  const step = <usize>(stride * size);
  for (let row = 0; row < rows; row++) {
    const start = data + <usize>row * <usize>(values * size);
    const end = start + <usize>(values * size);
    if (size === 1) {
      sumBytes(start, values, stride);
    } else if (size === 2) {
      for (let p = start + step; p < end; p += 2) store<u16>(p, load<u16>(p) + load<u16>(p - step));
    } else if (size === 4) {
      for (let p = start + step; p < end; p += 4) store<u32>(p, load<u32>(p) + load<u32>(p - step));
    } else {
      for (let p = start + step; p < end; p += 8) store<u64>(p, load<u64>(p) + load<u64>(p - step));
    }
  }
}

/** Turns the byte order of `count` numbers of `size` bytes around, in place. */
export function swapBytes(data: usize, count: i32, size: i32): void {
  const end = data + <usize>count * <usize>size;
  if (size === 2) {
    for (let p = data; p < end; p += 2) store<u16>(p, bswap<u16>(load<u16>(p)));
  } else if (size === 4) {
    for (let p = data; p < end; p += 4) store<u32>(p, bswap<u32>(load<u32>(p)));
  } else {
    for (let p = data; p < end; p += 8) store<u64>(p, bswap<u64>(load<u64>(p)));
  }
}
