// Stack of pairs: the P and S of a sensor come with the same delay between them and the same weights in
// many cells, so their product (e + 1 / w)(e' + 1 / w') is computed once as a row of its own, and a cell
// multiplies one row a sensor.

import { keep, keyOf, restart } from './stack-key';

// A pair, 32 bytes: sensor, delay, bits of both weights, least and largest shift of P, address of its row.
const PAIR: usize = 32;
const DELAY: usize = 4;
const WEIGHT_P: usize = 8;
const WEIGHT_S: usize = 12;
const LEAST: usize = 16;
const MOST: usize = 20;
const ROW: usize = 24;

/**
 * Finds the pairs of cells: writes (i32 pair, i32 shift of P) for [cell][sensor] to `found` and new pairs
 * behind the `known` ones; returns how many there are then. `slots`: i32, a power of two of them, over
 * the number of pairs; 0 before the first call.
 */
export function findPairs(
  shiftP: usize,
  shiftS: usize,
  weightP: usize,
  weightS: usize,
  cells: i32,
  sensors: i32,
  known: i32,
  pairs: usize,
  slots: usize,
  slotCount: i32,
  found: usize,
): i32 {
  const mask = slotCount - 1;
  let i: usize = 0;
  let out = found;
  for (let c = 0; c < cells; c++) {
    for (let s = 0; s < sensors; s++) {
      const p = load<i32>(shiftP + i);
      const delay = load<i32>(shiftS + i) - p;
      const w = load<i32>(weightP + i);
      const v = load<i32>(weightS + i);
      let hash = (s * 0x2c1b3c6d) ^ (delay * 0x297a2d39) ^ (w * 0x9e3779b1) ^ (v * 0x85ebca6b);
      hash = (hash ^ (hash >>> 15)) * 0x2c1b3c6d;
      let slot = (hash ^ (hash >>> 13)) & mask;
      let pair = 0;
      for (;;) {
        pair = load<i32>(slots + (<usize>slot << 2)) - 1;
        if (pair < 0 || isPair(pairs + <usize>pair * PAIR, s, delay, w, v)) break;
        slot = (slot + 1) & mask;
      }
      if (pair < 0) {
        pair = known++;
        store<i32>(slots + (<usize>slot << 2), known);
        const made = pairs + <usize>pair * PAIR;
        store<i32>(made, s);
        store<i32>(made, delay, DELAY);
        store<i32>(made, w, WEIGHT_P);
        store<i32>(made, v, WEIGHT_S);
        store<i32>(made, p, LEAST);
        store<i32>(made, p, MOST);
      }
      const at = pairs + <usize>pair * PAIR;
      if (p < load<i32>(at, LEAST)) store<i32>(at, p, LEAST);
      if (p > load<i32>(at, MOST)) store<i32>(at, p, MOST);
      store<i32>(out, pair);
      store<i32>(out, p, 4);
      i += 4;
      out += 8;
    }
  }
  return known;
}

// @ts-ignore: decorator of AssemblyScript
@inline function isPair(at: usize, sensor: i32, delay: i32, w: i32, v: i32): bool {
  const other =
    (load<i32>(at) ^ sensor) |
    (load<i32>(at, DELAY) ^ delay) |
    (load<i32>(at, WEIGHT_P) ^ w) |
    (load<i32>(at, WEIGHT_S) ^ v);
  return other == 0;
}

/** Sum over pairs of how many samples more than a block their rows need. */
export function pairSpans(pairs: usize, count: i32): f64 {
  let sum: f64 = 0;
  const end = pairs + <usize>count * PAIR;
  for (let at = pairs; at < end; at += PAIR) {
    sum += <f64>(load<i32>(at, MOST) - load<i32>(at, LEAST));
  }
  return sum;
}

/** Gives each pair the address of its row for blocks of `block` times, from `first` on. */
export function layRows(pairs: usize, count: i32, block: i32, first: usize): void {
  const end = pairs + <usize>count * PAIR;
  let row = first;
  for (let at = pairs; at < end; at += PAIR) {
    store<u32>(at, <u32>row, ROW);
    row += <usize>((load<i32>(at, MOST) - load<i32>(at, LEAST) + block + 3) & -4) << 2;
  }
}

/** Turns (pair, shift) at `found` into addresses of samples (u32), in place: `count` of them. */
export function placeTerms(pairs: usize, found: usize, count: i32): void {
  let out = found;
  const end = found + (<usize>count << 3);
  for (let from = found; from < end; from += 8) {
    const at = pairs + <usize>load<i32>(from) * PAIR;
    const shift = load<i32>(from, 4) - load<i32>(at, LEAST);
    store<u32>(out, load<u32>(at, ROW) + (<u32>shift << 2));
    out += 4;
  }
}

/** Computes the rows of pairs for a block of times; `rows` (stride in bytes) begin at its first time. */
export function fillRows(pairs: usize, count: i32, block: i32, rows: usize, stride: i32): void {
  const last = pairs + <usize>count * PAIR;
  for (let at = pairs; at < last; at += PAIR) {
    const least = load<i32>(at, LEAST);
    let p = rows + <usize>load<i32>(at) * <usize>stride + (<usize>least << 2);
    const ahead = <usize>load<i32>(at, DELAY) << 2;
    const w = f32x4.splat(1 / load<f32>(at, WEIGHT_P));
    const v = f32x4.splat(1 / load<f32>(at, WEIGHT_S));
    let out = <usize>load<u32>(at, ROW);
    const end = out + (<usize>((load<i32>(at, MOST) - least + block + 3) & -4) << 2);
    for (; out < end; out += 16) {
      const product = f32x4.mul(
        f32x4.add(v128.load(p), w),
        f32x4.add(v128.load(p + ahead), v),
      );
      v128.store(out, product);
      p += 16;
    }
  }
}

/**
 * `stackTile` of pairs, bit by bit: terms are addresses (u32) of a pair's sample at the block's first time,
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
