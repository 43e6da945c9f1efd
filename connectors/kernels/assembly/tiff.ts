// Blocks of TIFF images: LZW (TIFF 6.0 section 13) and the predictors 2 (section 14) and 3 (TIFF
// technical note 3). Raw addresses; `to` needs 16 bytes behind its end, because strings are copied in
// whole words.

const CLEAR: u32 = 256;
const END: u32 = 257;

/**
 * Unpacks `length` bytes at `from` to at most `capacity` bytes at `to`. `table` holds 4097 x 8 bytes.
 * Returns the bytes made, fewer than `capacity` when the data end early, -1 for a code without meaning.
 */
export function lzw(from: usize, length: i32, to: usize, capacity: i32, table: usize): i32 {
  const end = from + <usize>length;
  const limit = to + <usize>capacity;
  let at = from;
  let out = to;
  let buffer: u64 = 0;
  let bits: u32 = 0;
  let width: u32 = 9;
  let next: u32 = END + 1;
  let previous: usize = 0;
  let previousLength: u32 = 0;
  while (out < limit) {
    if (bits < width) {
      if (at + 8 <= end) {
        buffer |= bswap<u64>(load<u64>(at)) >> bits;
        const bytes = (63 - bits) >> 3;
        at += <usize>bytes;
        bits += bytes << 3;
        // Bits beyond `bits` came along with the whole word and are read again.
        buffer &= ~((<u64>-1) >> bits);
      } else {
        while (bits <= 56 && at < end) {
          buffer |= <u64>load<u8>(at++) << (56 - bits);
          bits += 8;
        }
        if (bits < width) break;
      }
    }
    const code = <u32>(buffer >> (64 - width));
    buffer <<= width;
    bits -= width;
    if (code < CLEAR) {
      store<u8>(out, <u8>code);
      if (previous !== 0 && next < 4096) {
        const entry = table + (<usize>next << 3);
        store<u32>(entry, <u32>previous);
        store<u32>(entry, previousLength + 1, 4);
        next++;
      }
      previous = out;
      previousLength = 1;
      out++;
    } else if (code === CLEAR) {
      next = END + 1;
      width = 9;
      previous = 0;
      continue;
    } else if (code === END) {
      break;
    } else {
      let start: usize;
      let count: u32;
      const known = code < next;
      if (known) {
        const entry = table + (<usize>code << 3);
        start = <usize>load<u32>(entry);
        count = load<u32>(entry, 4);
      } else {
        if (code !== next || previous === 0) return -1;
        start = previous;
        count = previousLength + 1;
      }
      const room = <u32>(limit - out);
      const whole = min(count, room);
      // What an entry stands for lies before `out`; only its last byte may be the one written next.
      const copied = known ? whole : min(previousLength, room);
      let i: u32 = 0;
      do {
        store<u64>(out + i, load<u64>(start + i));
        i += 8;
      } while (i < copied);
      if (!known && whole > copied) store<u8>(out + copied, load<u8>(start));
      if (previous !== 0 && next < 4096) {
        const entry = table + (<usize>next << 3);
        store<u32>(entry, <u32>previous);
        store<u32>(entry, previousLength + 1, 4);
        next++;
      }
      previous = out;
      previousLength = whole;
      out += whole;
    }
    if (next + 1 >= (<u32>1) << width && width < 12) width++;
  }
  return <i32>(out - to);
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
