// Stack of rows that many cells share (lib/stack-rows.ts): products of them, best cell at each time.

import { keep, keyOf, restart } from './stack-key';

/**
 * `stackTile` of pairs, bit by bit: terms are addresses (u32) of a row's sample at the block's first time,
 * [cell][sensor]. `times`: a multiple of 24 (six registers; more do not leave room for the factors).
 * `exponents`: 96 bytes.
 */
export function stackPairs(
  terms: usize,
  count: i32,
  cells: i32,
  first: i32,
  times: i32,
  group: i32,
  start: i32,
  wholes: usize,
  rests: usize,
  exponents: usize,
  best: usize,
  cell: usize,
): void {
  stackRows(true, terms, count, cells, first, times, group, start, wholes, rests, exponents, best, cell);
}

/** `stackPairs` of single phases: terms [cell][sensor][P, S]. */
export function stackSingles(
  terms: usize,
  count: i32,
  cells: i32,
  first: i32,
  times: i32,
  group: i32,
  start: i32,
  wholes: usize,
  rests: usize,
  exponents: usize,
  best: usize,
  cell: usize,
): void {
  stackRows(false, terms, count, cells, first, times, group, start, wholes, rests, exponents, best, cell);
}

// @ts-ignore: decorator of AssemblyScript
@inline function stackRows(
  isPairs: bool,
  terms: usize,
  count: i32,
  cells: i32,
  first: i32,
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
    const here = <usize>t << 2;
    const bestHere = best + here;
    const cellHere = cell + here;
    let term = terms;
    for (let c = 0; c < cells; c++) {
      let a0 = one;
      let a1 = one;
      let a2 = one;
      let a3 = one;
      let a4 = one;
      let a5 = one;
      for (let k: usize = 0; k < 96; k += 16) v128.store(exponents + k, zero);
      let left = count;
      for (;;) {
        if (isPairs) {
          const end = term + (<usize>min(group, left) << 2);
          for (; term < end; term += 4) {
            const row = here + <usize>load<u32>(term);
            a0 = f32x4.mul(a0, v128.load(row));
            a1 = f32x4.mul(a1, v128.load(row, 16));
            a2 = f32x4.mul(a2, v128.load(row, 32));
            a3 = f32x4.mul(a3, v128.load(row, 48));
            a4 = f32x4.mul(a4, v128.load(row, 64));
            a5 = f32x4.mul(a5, v128.load(row, 80));
          }
        } else {
          const end = term + (<usize>min(group, left) << 3);
          for (; term < end; term += 8) {
            const p = here + <usize>load<u32>(term);
            const s = here + <usize>load<u32>(term, 4);
            a0 = f32x4.mul(a0, f32x4.mul(v128.load(p), v128.load(s)));
            a1 = f32x4.mul(a1, f32x4.mul(v128.load(p, 16), v128.load(s, 16)));
            a2 = f32x4.mul(a2, f32x4.mul(v128.load(p, 32), v128.load(s, 32)));
            a3 = f32x4.mul(a3, f32x4.mul(v128.load(p, 48), v128.load(s, 48)));
            a4 = f32x4.mul(a4, f32x4.mul(v128.load(p, 64), v128.load(s, 64)));
            a5 = f32x4.mul(a5, f32x4.mul(v128.load(p, 80), v128.load(s, 80)));
          }
        }
        left -= group;
        if (left <= 0) break;
        a0 = restart(a0, exponents, one);
        a1 = restart(a1, exponents + 16, one);
        a2 = restart(a2, exponents + 32, one);
        a3 = restart(a3, exponents + 48, one);
        a4 = restart(a4, exponents + 64, one);
        a5 = restart(a5, exponents + 80, one);
      }
      const at = <usize>c << 2;
      const bias = i32x4.splat(load<i32>(wholes + at) - start * rounds);
      const rest = v128.load32_splat(rests + at);
      const k0 = keyOf(a0, exponents, bias, rest);
      const k1 = keyOf(a1, exponents + 16, bias, rest);
      const k2 = keyOf(a2, exponents + 32, bias, rest);
      const k3 = keyOf(a3, exponents + 48, bias, rest);
      const k4 = keyOf(a4, exponents + 64, bias, rest);
      const k5 = keyOf(a5, exponents + 80, bias, rest);
      let better = i32x4.gt_s(k0, v128.load(bestHere));
      better = v128.or(better, i32x4.gt_s(k1, v128.load(bestHere, 16)));
      better = v128.or(better, i32x4.gt_s(k2, v128.load(bestHere, 32)));
      better = v128.or(better, i32x4.gt_s(k3, v128.load(bestHere, 48)));
      better = v128.or(better, i32x4.gt_s(k4, v128.load(bestHere, 64)));
      better = v128.or(better, i32x4.gt_s(k5, v128.load(bestHere, 80)));
      // Later cells are seldom better.
      if (v128.any_true(better)) {
        const index = i32x4.splat(first + c);
        keep(k0, index, bestHere, cellHere);
        keep(k1, index, bestHere + 16, cellHere + 16);
        keep(k2, index, bestHere + 32, cellHere + 32);
        keep(k3, index, bestHere + 48, cellHere + 48);
        keep(k4, index, bestHere + 64, cellHere + 64);
        keep(k5, index, bestHere + 80, cellHere + 80);
      }
    }
  }
}
