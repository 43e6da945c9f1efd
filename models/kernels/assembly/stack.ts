// Stack of log(1 + w e) over sensors and phases, best cell at each time, 16 times at a time.
//
// sum log(1 + w e) = sum log w + log prod(e + 1 / w): one addition and one multiplication a sample.
// The product stays in four registers over all terms of a cell (with more V8, which loads all factors before
// it multiplies, is slower); every `group` sensors its exponents move to integer sums and it begins anew at a power
// of two, so that it neither overflows nor underflows. P and S of a sensor are multiplied first: so the
// stack of pairs (lib/stack-pairs.ts), which has their products as rows, gives the same bits.

import { keep, keyOf, restart } from './lib/stack-key';

export { fillRows, findPairs, findSingles, layRows, pairSpans, placeTerms } from './lib/stack-rows';
export { stackPairs, stackSingles } from './lib/stack-pairs';

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
 * [first, first + cells); of equal cells the first stays. `times`: a multiple of 16, and rows (f32)
 * reach that far beyond every shift. `wholes` (i32) and `rests` (f32, [1, 2)), [cell]: the product of
 * the weights is 2^whole rest. `start`: the biased exponent at which products begin; the factors of
 * `group` sensors then stay normal. `exponents`: 64 bytes of scratch.
 */
export function stackTile(
  terms: usize,
  sensors: i32,
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
  const rounds = (sensors + group - 1) / group;
  for (let t = 0; t < times; t += 16) {
    const here = rows + (<usize>t << 2);
    const bestHere = best + (<usize>t << 2);
    const cellHere = cell + (<usize>t << 2);
    let term = terms;
    for (let c = 0; c < cells; c++) {
      let a0 = one;
      let a1 = one;
      let a2 = one;
      let a3 = one;
      for (let k: usize = 0; k < 64; k += 16) v128.store(exponents + k, zero);
      let left = sensors;
      for (;;) {
        const end = term + (<usize>min(group, left) << 4);
        for (; term < end; term += 16) {
          const p = here + <usize>load<u32>(term);
          const w = v128.load32_splat(term, 4);
          const s = here + <usize>load<u32>(term, 8);
          const v = v128.load32_splat(term, 12);
          a0 = f32x4.mul(a0, f32x4.mul(f32x4.add(v128.load(p), w), f32x4.add(v128.load(s), v)));
          a1 = f32x4.mul(a1, f32x4.mul(f32x4.add(v128.load(p, 16), w), f32x4.add(v128.load(s, 16), v)));
          a2 = f32x4.mul(a2, f32x4.mul(f32x4.add(v128.load(p, 32), w), f32x4.add(v128.load(s, 32), v)));
          a3 = f32x4.mul(a3, f32x4.mul(f32x4.add(v128.load(p, 48), w), f32x4.add(v128.load(s, 48), v)));
        }
        left -= group;
        if (left <= 0) break;
        a0 = restart(a0, exponents, one);
        a1 = restart(a1, exponents + 16, one);
        a2 = restart(a2, exponents + 32, one);
        a3 = restart(a3, exponents + 48, one);
      }
      const at = <usize>c << 2;
      const bias = i32x4.splat(load<i32>(wholes + at) - start * rounds);
      const rest = v128.load32_splat(rests + at);
      const k0 = keyOf(a0, exponents, bias, rest);
      const k1 = keyOf(a1, exponents + 16, bias, rest);
      const k2 = keyOf(a2, exponents + 32, bias, rest);
      const k3 = keyOf(a3, exponents + 48, bias, rest);
      let better = i32x4.gt_s(k0, v128.load(bestHere));
      better = v128.or(better, i32x4.gt_s(k1, v128.load(bestHere, 16)));
      better = v128.or(better, i32x4.gt_s(k2, v128.load(bestHere, 32)));
      better = v128.or(better, i32x4.gt_s(k3, v128.load(bestHere, 48)));
      // Later cells are seldom better.
      if (v128.any_true(better)) {
        const index = i32x4.splat(first + c);
        keep(k0, index, bestHere, cellHere);
        keep(k1, index, bestHere + 16, cellHere + 16);
        keep(k2, index, bestHere + 32, cellHere + 32);
        keep(k3, index, bestHere + 48, cellHere + 48);
      }
    }
  }
}
