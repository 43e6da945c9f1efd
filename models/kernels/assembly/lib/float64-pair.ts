/**
 * Natural logarithm and two-argument arc tangent of two float64 at a time.
 * Errors below 2 units in the last place for finite, normal arguments; no special cases.
 * Logarithm: reduction and polynomial of fdlibm's e_log.c; arc tangent: the rational approximation of
 * Cephes' atan.c on [-0.66, 0.66].
 * @module
 */

/** log(x) of x > 0. */
// @ts-ignore: decorator
@inline
export function logPair(x: v128): v128 {
  const one = f64x2.splat(1);
  // Mantissa in [sqrt(1/2), sqrt(2)): adding the distance from sqrt(1/2) to 1 carries into the exponent.
  const shifted = i64x2.add(x, i64x2.splat(0x3ff0000000000000 - 0x3fe6a09e667f3bcd));
  const biased = i64x2.shr_u(shifted, 52);
  const exponent = f64x2.sub(
    v128.or(biased, i64x2.splat(0x4330000000000000)),
    f64x2.splat(4503599627370496.0 + 1023.0),
  );
  const mantissa = i64x2.add(
    v128.and(shifted, i64x2.splat(0x000fffffffffffff)),
    i64x2.splat(0x3fe6a09e667f3bcd),
  );
  const f = f64x2.sub(mantissa, one);
  const s = f64x2.div(f, f64x2.add(f64x2.splat(2), f));
  const z = f64x2.mul(s, s);
  let r = f64x2.splat(1.479819860511658591e-1);
  r = f64x2.add(f64x2.mul(r, z), f64x2.splat(1.531383769920937332e-1));
  r = f64x2.add(f64x2.mul(r, z), f64x2.splat(1.818357216161805012e-1));
  r = f64x2.add(f64x2.mul(r, z), f64x2.splat(2.222219843214978396e-1));
  r = f64x2.add(f64x2.mul(r, z), f64x2.splat(2.857142874366239149e-1));
  r = f64x2.add(f64x2.mul(r, z), f64x2.splat(3.999999999940941908e-1));
  r = f64x2.add(f64x2.mul(r, z), f64x2.splat(6.666666666666735130e-1));
  r = f64x2.mul(r, z);
  const half = f64x2.mul(f64x2.splat(0.5), f64x2.mul(f, f));
  const low = f64x2.add(
    f64x2.mul(s, f64x2.add(half, r)),
    f64x2.mul(exponent, f64x2.splat(1.90821492927058770002e-10)),
  );
  return f64x2.sub(
    f64x2.mul(exponent, f64x2.splat(6.93147180369123816490e-1)),
    f64x2.sub(f64x2.sub(half, low), f),
  );
}

/** Argument of x + i y in [-pi, pi]; 0 for 0 + 0 i. */
// @ts-ignore: decorator
@inline
export function atan2Pair(y: v128, x: v128): v128 {
  const zero = f64x2.splat(0);
  const ax = f64x2.abs(x);
  const ay = f64x2.abs(y);
  const swap = f64x2.gt(ay, ax);
  const low = v128.bitselect(ax, ay, swap);
  const high = v128.bitselect(ay, ax, swap);
  // tan(a) - 1 / (tan(a) + 1) = tan(a - pi / 4) for the upper part of the octant.
  const upper = f64x2.gt(low, f64x2.mul(f64x2.splat(0.66), high));
  const top = v128.bitselect(f64x2.sub(low, high), low, upper);
  const bottom = v128.bitselect(f64x2.add(low, high), high, upper);
  const t = v128.andnot(f64x2.div(top, bottom), f64x2.eq(bottom, zero));
  const z = f64x2.mul(t, t);
  let p = f64x2.splat(-8.750608600031904122785e-1);
  p = f64x2.add(f64x2.mul(p, z), f64x2.splat(-1.615753718733365076637e1));
  p = f64x2.add(f64x2.mul(p, z), f64x2.splat(-7.500855792314704667340e1));
  p = f64x2.add(f64x2.mul(p, z), f64x2.splat(-1.228866684490136173410e2));
  p = f64x2.add(f64x2.mul(p, z), f64x2.splat(-6.485021904942025371773e1));
  let q = f64x2.add(z, f64x2.splat(2.485846490142306297962e1));
  q = f64x2.add(f64x2.mul(q, z), f64x2.splat(1.650270098316988542046e2));
  q = f64x2.add(f64x2.mul(q, z), f64x2.splat(4.328810604912902668951e2));
  q = f64x2.add(f64x2.mul(q, z), f64x2.splat(4.853903996359136964868e2));
  q = f64x2.add(f64x2.mul(q, z), f64x2.splat(1.945506571482613964425e2));
  let a = f64x2.add(f64x2.mul(f64x2.mul(t, z), f64x2.div(p, q)), t);
  a = f64x2.add(
    a,
    v128.and(f64x2.splat(3.061616997868383e-17), upper),
  );
  a = f64x2.add(a, v128.and(f64x2.splat(0.7853981633974483), upper));
  a = v128.bitselect(f64x2.sub(f64x2.splat(1.5707963267948966), a), a, swap);
  a = v128.bitselect(f64x2.sub(f64x2.splat(3.141592653589793), a), a, f64x2.lt(x, zero));
  return v128.bitselect(f64x2.neg(a), a, f64x2.lt(y, zero));
}
