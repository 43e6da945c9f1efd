// Stack of rows that many cells share. The P and S of a sensor come with the same delay between them and the same
// weights in many cells: their product (e + 1 / w)(e' + 1 / w') is then computed once as a row of its own, and a
// cell multiplies one row a sensor. Where delays differ but weights do not, e + 1 / w is the row: two a sensor.

// A row, 32 bytes: sensor, delay, bits of both weights (the second is 0 where the row is not a pair), least and
// largest shift, address.
const PAIR: usize = 32;
const DELAY: usize = 4;
const WEIGHT_P: usize = 8;
const WEIGHT_S: usize = 12;
const LEAST: usize = 16;
const MOST: usize = 20;
const ROW: usize = 24;

/** Rows known so far by `find`. */
let known: i32 = 0;

/**
 * Finds the pairs of cells: writes (i32 row, i32 shift of P) for [cell][sensor] to `found` and new rows
 * behind the `before` ones; returns how many there are then. `slots`: i32, a power of two of them, over
 * the number of rows; 0 before the first call.
 */
export function findPairs(
  shiftP: usize,
  shiftS: usize,
  weightP: usize,
  weightS: usize,
  cells: i32,
  sensors: i32,
  before: i32,
  pairs: usize,
  slots: usize,
  slotCount: i32,
  found: usize,
): i32 {
  known = before;
  let i: usize = 0;
  let out = found;
  for (let c = 0; c < cells; c++) {
    for (let s = 0; s < sensors; s++) {
      const p = load<i32>(shiftP + i);
      const delay = load<i32>(shiftS + i) - p;
      find(s, delay, load<i32>(weightP + i), load<i32>(weightS + i), p, pairs, slots, slotCount, out);
      i += 4;
      out += 8;
    }
  }
  return known;
}

/** `findPairs` of single phases: (i32 row, i32 shift) for [cell][sensor][P, S]. */
export function findSingles(
  shiftP: usize,
  shiftS: usize,
  weightP: usize,
  weightS: usize,
  cells: i32,
  sensors: i32,
  before: i32,
  pairs: usize,
  slots: usize,
  slotCount: i32,
  found: usize,
): i32 {
  known = before;
  let i: usize = 0;
  let out = found;
  for (let c = 0; c < cells; c++) {
    for (let s = 0; s < sensors; s++) {
      find(s, 0, load<i32>(weightP + i), 0, load<i32>(shiftP + i), pairs, slots, slotCount, out);
      find(s, 0, load<i32>(weightS + i), 0, load<i32>(shiftS + i), pairs, slots, slotCount, out + 8);
      i += 4;
      out += 16;
    }
  }
  return known;
}

/** Writes row and shift to `out`; a row that is not known yet is made. */
// @ts-ignore: decorator of AssemblyScript
@inline function find(
  s: i32,
  delay: i32,
  w: i32,
  v: i32,
  p: i32,
  pairs: usize,
  slots: usize,
  slotCount: i32,
  out: usize,
): void {
  const mask = slotCount - 1;
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
    const isSingle = load<i32>(at, WEIGHT_S) == 0;
    const v = f32x4.splat(1 / load<f32>(at, WEIGHT_S));
    let out = <usize>load<u32>(at, ROW);
    const end = out + (<usize>((load<i32>(at, MOST) - least + block + 3) & -4) << 2);
    for (; out < end; out += 16) {
      const first = f32x4.add(v128.load(p), w);
      const second = f32x4.add(v128.load(p + ahead), v);
      v128.store(out, isSingle ? first : f32x4.mul(first, second));
      p += 16;
    }
  }
}
