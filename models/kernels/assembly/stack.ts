// Stack of log(1 + w e) over sensors and phases, best cell at each time, 24 times at a time.
//
// sum log(1 + w e) = sum log w + log prod(e + 1 / w): one addition and one multiplication a sample.
// The product stays in six registers over all terms of a cell (with eight V8 spills them, and is slower
// by a seventh); every `group` factors its exponents move to integer sums and it begins anew at a power
// of two, so that it neither overflows nor underflows.

/**
 * Exponent and mantissa side by side order products as their logarithms do, so none is computed. The
 * last bits of the mantissa are rounded away, which leaves a grid of 2^-15 to 2^-14 nats: rounding must
 * not decide between equal cells.
 */
const DROPPED = 9;

/**
 * Terms [cell][sensor][P, S] of (u32 byte offset in the rows, f32 1 / w) from shifts (i32, samples)
 * and weights (f32, over 0), all [cell][sensor]. `stride`: bytes a row.
 */
export function prepareTerms(
  shiftP: usize,
  shiftS: usize,
  weightP: usize,
  weightS: usize,
  cells: i32,
  sensors: i32,
  stride: i32,
  terms: usize,
): void {
  let i: usize = 0;
  let out = terms;
  for (let c = 0; c < cells; c++) {
    let row = 0;
    for (let s = 0; s < sensors; s++) {
      store<i32>(out, row + (load<i32>(shiftP + i) << 2));
      store<f32>(out, 1 / load<f32>(weightP + i), 4);
      store<i32>(out, row + (load<i32>(shiftS + i) << 2), 8);
      store<f32>(out, 1 / load<f32>(weightS + i), 12);
      row += stride;
      i += 4;
      out += 16;
    }
  }
}

/**
 * Raises `best` (i32 [times], ordered as the stacks are) and `cell` (i32 [times]) to the stacks of cells
 * [first, first + cells); of equal cells the first stays. `times`: a multiple of 24, and rows (f32)
 * reach that far beyond every shift. `wholes` (i32) and `rests` (f32, [1, 2)), [cell]: the product of
 * the weights is 2^whole rest. `start`: the biased exponent at which products begin. `exponents`: 96
 * bytes of scratch.
 */
export function stackTile(
  terms: usize,
  count: i32,
  cells: i32,
  first: i32,
  rows: usize,
  times: i32,
  group: i32,
  start: i32,
  wholes: usize,
  rests: usize,
  exponents: usize,
  best: usize,
  cell: usize,
): void {
  const one = i32x4.splat(start << 23);
  const zero = i32x4.splat(0);
  const rounds = (count + group - 1) / group;
  for (let t = 0; t < times; t += 24) {
    const here = rows + (<usize>t << 2);
    const bestHere = best + (<usize>t << 2);
    const cellHere = cell + (<usize>t << 2);
    let term = terms;
    for (let c = 0; c < cells; c++) {
      let a0 = one;
      let a1 = one;
      let a2 = one;
      let a3 = one;
      let a4 = one;
      let a5 = one;
      for (let k: usize = 0; k < 96; k += 16) v128.store(exponents + k, zero);
      for (let done = 0; done < count; done += group) {
        const end = term + (<usize>min(group, count - done) << 3);
        for (; term < end; term += 8) {
          const row = here + <usize>load<u32>(term);
          const w = v128.load32_splat(term, 4);
          a0 = f32x4.mul(a0, f32x4.add(v128.load(row), w));
          a1 = f32x4.mul(a1, f32x4.add(v128.load(row, 16), w));
          a2 = f32x4.mul(a2, f32x4.add(v128.load(row, 32), w));
          a3 = f32x4.mul(a3, f32x4.add(v128.load(row, 48), w));
          a4 = f32x4.mul(a4, f32x4.add(v128.load(row, 64), w));
          a5 = f32x4.mul(a5, f32x4.add(v128.load(row, 80), w));
        }
        a0 = restart(a0, exponents, one);
        a1 = restart(a1, exponents + 16, one);
        a2 = restart(a2, exponents + 32, one);
        a3 = restart(a3, exponents + 48, one);
        a4 = restart(a4, exponents + 64, one);
        a5 = restart(a5, exponents + 80, one);
      }
      const at = <usize>c << 2;
      const bias = i32x4.splat(load<i32>(wholes + at) - start * (rounds + 1));
      const rest = v128.load32_splat(rests + at);
      const index = i32x4.splat(first + c);
      raise(a0, exponents, bias, rest, index, bestHere, cellHere);
      raise(a1, exponents + 16, bias, rest, index, bestHere + 16, cellHere + 16);
      raise(a2, exponents + 32, bias, rest, index, bestHere + 32, cellHere + 32);
      raise(a3, exponents + 48, bias, rest, index, bestHere + 48, cellHere + 48);
      raise(a4, exponents + 64, bias, rest, index, bestHere + 64, cellHere + 64);
      raise(a5, exponents + 80, bias, rest, index, bestHere + 80, cellHere + 80);
    }
  }
}

/** Moves exponents to those at `sum` (with their bias) and begins anew at that of `one`. */
// @ts-ignore: decorator of AssemblyScript
@inline function restart(value: v128, sum: usize, one: v128): v128 {
  v128.store(sum, i32x4.add(v128.load(sum), i32x4.shr_u(value, 23)));
  return v128.or(v128.and(value, i32x4.splat(0x007fffff)), one);
}

/** The product times the rest, on the grid, against the best so far. */
// @ts-ignore: decorator of AssemblyScript
@inline function raise(
  value: v128,
  exponent: usize,
  bias: v128,
  rest: v128,
  index: v128,
  best: usize,
  cell: usize,
): void {
  const bits = i32x4.add(f32x4.mul(value, rest), i32x4.splat(1 << (DROPPED - 1)));
  const twos = i32x4.add(v128.load(exponent), bias);
  const key = i32x4.add(i32x4.shl(twos, 23 - DROPPED), i32x4.shr_s(bits, DROPPED));
  const old = v128.load(best);
  const better = i32x4.gt_s(key, old);
  v128.store(best, v128.bitselect(key, old, better));
  v128.store(cell, v128.bitselect(index, v128.load(cell), better));
}
