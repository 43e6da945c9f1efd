/**
 * Parts of the Okada kernels that end an evaluation: angles, sums over kinds of slip, axes, stores.
 * @module
 */
import { atan2Pair } from './float64-pair';

/** Argument of the product of two complex numbers as the sum of theirs, in (-2 pi, 2 pi). */
// @ts-ignore: decorator
@inline
export function argument(re1: v128, im1: v128, re2: v128, im2: v128): v128 {
  const zero = f64x2.splat(0);
  const re = f64x2.sub(f64x2.mul(re1, re2), f64x2.mul(im1, im2));
  const im = f64x2.add(f64x2.mul(re1, im2), f64x2.mul(im1, re2));
  const angle = atan2Pair(im, re);
  const up = v128.and(
    v128.and(f64x2.gt(im1, zero), f64x2.gt(im2, zero)),
    f64x2.lt(angle, zero),
  );
  const down = v128.and(
    v128.and(f64x2.lt(im1, zero), f64x2.lt(im2, zero)),
    f64x2.gt(angle, zero),
  );
  const turn = f64x2.splat(6.283185307179586);
  return f64x2.sub(f64x2.add(angle, v128.and(turn, up)), v128.and(turn, down));
}

// @ts-ignore: decorator
@inline
export function combine(a: v128, x: v128, b: v128, y: v128, c: v128, z: v128): v128 {
  return f64x2.add(f64x2.add(f64x2.mul(a, x), f64x2.mul(b, y)), f64x2.mul(c, z));
}

// @ts-ignore: decorator
@inline
export function keep(to: usize, value: v128, scale: v128, bad: v128): void {
  v128.store(to, v128.bitselect(f64x2.splat(NaN), f64x2.mul(value, scale), bad));
}

/** From along strike, up-dip, normal to east, north, up. */
// @ts-ignore: decorator
@inline
export function storeTurned(
  to: usize,
  bytes: usize,
  u1: v128,
  u2: v128,
  u3: v128,
  sd: v128,
  cd: v128,
  sinStrike: v128,
  cosStrike: v128,
  scale: v128,
  bad: v128,
): void {
  const uy = f64x2.sub(f64x2.mul(u2, cd), f64x2.mul(u3, sd));
  const uz = f64x2.add(f64x2.mul(u2, sd), f64x2.mul(u3, cd));
  keep(to, f64x2.sub(f64x2.mul(u1, sinStrike), f64x2.mul(uy, cosStrike)), scale, bad);
  keep(to + bytes, f64x2.add(f64x2.mul(u1, cosStrike), f64x2.mul(uy, sinStrike)), scale, bad);
  keep(to + 2 * bytes, uz, scale, bad);
}
