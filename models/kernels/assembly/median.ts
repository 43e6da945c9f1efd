// Medians by SIMD: of the columns of a block (common mode) by bisection over the bits of the values,
// and of short sliding windows along rows (despiking) by sorting four windows at once.

/**
 * Subtracts from each of `columns` (a multiple of 4) columns of a float32 block the median over its
 * `rows` rows, in place; the mean of the middle two when rows is even, as numpy. `block`: [rows]
 * with `stride` bytes; `chosen`: bytes [rows], 1 for rows that enter the median; `count`: how many.
 * `keys`: scratch, 16 bytes a row. `medians`: float32 [columns], filled.
 */
export function removeColumnMedians(
  block: usize,
  stride: usize,
  rows: i32,
  columns: i32,
  chosen: usize,
  count: i32,
  keys: usize,
  medians: usize,
): void {
  for (let t = 0; t < columns; t += 4) {
    const column = block + (<usize>t << 2);
    let to = keys;
    for (let r = 0; r < rows; r++) {
      if (load<u8>(chosen + r) === 0) continue;
      v128.store(to, keyOf(v128.load(column + <usize>r * stride)));
      to += 16;
    }
    const median = medianOfKeys(keys, count);
    v128.store(medians + (<usize>t << 2), median);
    for (let r = 0; r < rows; r++) {
      const at = column + <usize>r * stride;
      v128.store(at, f32x4.sub(v128.load(at), median));
    }
  }
}

/** Order of signed integers equals order of the floats; its own inverse. */
// @ts-ignore: decorator of AssemblyScript
@inline function keyOf(x: v128): v128 {
  return v128.xor(x, v128.and(i32x4.shr_s(x, 31), i32x4.splat(0x7fffffff)));
}

function medianOfKeys(keys: usize, count: i32): v128 {
  const end = keys + (<usize>count << 4);
  let lo = i32x4.splat(i32.MAX_VALUE);
  let hi = i32x4.splat(i32.MIN_VALUE);
  for (let at = keys; at < end; at += 16) {
    const key = v128.load(at);
    lo = i32x4.min_s(lo, key);
    hi = i32x4.max_s(hi, key);
  }
  // The smallest key that at least `rank` keys do not exceed is the lower median.
  const rank = i32x4.splat((count - 1) / 2 + 1);
  while (v128.any_true(i32x4.ne(lo, hi))) {
    const mid = i32x4.add(lo, i32x4.shr_u(i32x4.sub(hi, lo), 1));
    const enough = i32x4.ge_s(notAbove(keys, end, mid), rank);
    hi = v128.bitselect(mid, hi, enough);
    lo = v128.bitselect(lo, i32x4.add(mid, i32x4.splat(1)), enough);
  }
  if ((count & 1) === 1) return keyOf(lo);
  // The upper one is the same key if enough keys are not above it, else the next larger key.
  const enough = i32x4.gt_s(notAbove(keys, end, lo), i32x4.splat(count / 2));
  let next = i32x4.splat(i32.MAX_VALUE);
  for (let at = keys; at < end; at += 16) {
    const key = v128.load(at);
    next = v128.bitselect(i32x4.min_s(next, key), next, i32x4.gt_s(key, lo));
  }
  const upper = v128.bitselect(lo, next, enough);
  return f32x4.mul(f32x4.splat(0.5), f32x4.add(keyOf(lo), keyOf(upper)));
}

function notAbove(keys: usize, end: usize, mid: v128): v128 {
  let a = i32x4.splat(0);
  let b = i32x4.splat(0);
  let at = keys;
  for (; at + 32 <= end; at += 32) {
    a = i32x4.sub(a, i32x4.le_s(v128.load(at), mid));
    b = i32x4.sub(b, i32x4.le_s(v128.load(at, 16), mid));
  }
  if (at < end) a = i32x4.sub(a, i32x4.le_s(v128.load(at), mid));
  return i32x4.add(a, b);
}

/**
 * Hampel filter of one row: a sample further than `limit` times the median absolute deviation from
 * the median of the 2 half + 1 samples around it becomes that median. `x`: float32 with `half`
 * samples before the address given and after the last; `out`: [samples rounded up to 4]. `scratch`:
 * 16 (2 half + 1) bytes. Returns the number of replaced samples.
 */
export function hampelRow(
  x: usize,
  samples: i32,
  half: i32,
  limit: f32,
  out: usize,
  scratch: usize,
): i32 {
  const width = 2 * half + 1;
  const bound = f32x4.splat(limit);
  let replaced = 0;
  for (let t = 0; t < samples; t += 4) {
    const first = x + (<usize>t << 2) - (<usize>half << 2);
    const own = v128.load(x + (<usize>t << 2));
    for (let i = 0; i < width; i++) {
      v128.store(scratch + (<usize>i << 4), v128.load(first + (<usize>i << 2)));
    }
    const median = medianOfWindow(scratch, width);
    for (let i = 0; i < width; i++) {
      const distance = f32x4.abs(f32x4.sub(v128.load(first + (<usize>i << 2)), median));
      v128.store(scratch + (<usize>i << 4), distance);
    }
    const deviation = medianOfWindow(scratch, width);
    const spike = f32x4.gt(f32x4.abs(f32x4.sub(own, median)), f32x4.mul(bound, deviation));
    v128.store(out + (<usize>t << 2), v128.bitselect(median, own, spike));
    let bits = i32x4.bitmask(spike);
    // Samples beyond the end are computed with their neighbours but not counted.
    if (t + 4 > samples) bits &= (1 << (samples - t)) - 1;
    replaced += popcnt(bits);
  }
  return replaced;
}

/** Median of an odd number of vectors; sorts the lower half by selection. */
// @ts-ignore: decorator of AssemblyScript
@inline function medianOfWindow(values: usize, width: i32): v128 {
  const middle = width >> 1;
  let least = v128.load(values);
  for (let i = 0; i <= middle; i++) {
    least = v128.load(values + (<usize>i << 4));
    for (let j = i + 1; j < width; j++) {
      const at = values + (<usize>j << 4);
      const other = v128.load(at);
      v128.store(at, f32x4.pmax(least, other));
      least = f32x4.pmin(least, other);
    }
  }
  return least;
}
