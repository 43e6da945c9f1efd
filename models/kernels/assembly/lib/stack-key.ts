// Products as integers that are ordered as their logarithms are; shared by the stacks of terms and of pairs.

/**
 * Exponent and mantissa side by side order products as their logarithms do, so none is computed. The
 * last bits of the mantissa are rounded away, which leaves a grid of 2^-15 to 2^-14 nats: rounding must
 * not decide between equal cells.
 */
const DROPPED = 9;

/** Moves exponents to those at `sum` (with their bias) and begins anew at that of `one`. */
// @ts-ignore: decorator of AssemblyScript
@inline export function restart(value: v128, sum: usize, one: v128): v128 {
  v128.store(sum, i32x4.add(v128.load(sum), i32x4.shr_u(value, 23)));
  return v128.or(v128.and(value, i32x4.splat(0x007fffff)), one);
}

/** The product times the rest, as an integer on the grid; `exponent`: the exponents that were moved. */
// @ts-ignore: decorator of AssemblyScript
@inline export function keyOf(value: v128, exponent: usize, bias: v128, rest: v128): v128 {
  const bits = i32x4.add(f32x4.mul(value, rest), i32x4.splat(1 << (DROPPED - 1)));
  const twos = i32x4.add(v128.load(exponent), bias);
  return i32x4.add(i32x4.shl(twos, 23 - DROPPED), i32x4.shr_u(bits, DROPPED));
}

/** Keeps key and index where the key is over the best so far. */
// @ts-ignore: decorator of AssemblyScript
@inline export function keep(key: v128, index: v128, best: usize, cell: usize): void {
  const old = v128.load(best);
  const better = i32x4.gt_s(key, old);
  v128.store(best, v128.bitselect(key, old, better));
  v128.store(cell, v128.bitselect(index, v128.load(cell), better));
}
