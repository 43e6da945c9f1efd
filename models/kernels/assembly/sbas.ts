/**
 * Small-baseline time series of a block of pixels that share their valid pairs, two pixels at a time (f64x2).
 * Blocks are arrays [row][lane] of float64 with `lanes` (even) values a row; the caller lays out the memory.
 * @module
 */

export { solveEach } from './lib/each-factor';

/**
 * Solves the normal equations A^T W A s = A^T W d of the pair network, factored as L D L^T in a band.
 * `pairs`: int32 [count][2], first and second epoch; `weights`: float64 [count]; `lower`: float64
 * [epochs][band], row k holding columns k - band to k - 1; `inverse`: float64 [epochs], 1 / D, 0 for the
 * epoch that a connected part is tied to; `data`: block [count]; `series`: block [epochs], filled with
 * displacements relative to that epoch.
 */
export function solve(
  pairs: usize,
  weights: usize,
  count: i32,
  lower: usize,
  inverse: usize,
  epochs: i32,
  band: i32,
  data: usize,
  series: usize,
  lanes: i32,
): void {
  const bytes = <usize>lanes << 3;
  memory.fill(series, 0, <usize>epochs * bytes);
  for (let p = 0; p < count; p++) {
    const w = v128.load64_splat(weights + (<usize>p << 3));
    const from = series + <usize>load<i32>(pairs + (<usize>p << 3)) * bytes;
    const to = series + <usize>load<i32>(pairs + (<usize>p << 3), 4) * bytes;
    const row = data + <usize>p * bytes;
    for (let at: usize = 0; at < bytes; at += 16) {
      const value = f64x2.mul(w, v128.load(row + at));
      v128.store(from + at, f64x2.sub(v128.load(from + at), value));
      v128.store(to + at, f64x2.add(v128.load(to + at), value));
    }
  }
  for (let k = 1; k < epochs; k++) {
    const row = series + <usize>k * bytes;
    const first = k > band ? k - band : 0;
    for (let j = first; j < k; j++) {
      const factor = load<f64>(lower + (<usize>(k * band + j - k + band) << 3));
      if (factor != 0) subtract(row, series + <usize>j * bytes, factor, bytes);
    }
  }
  for (let k = epochs - 1; k >= 0; k--) {
    const row = series + <usize>k * bytes;
    const scale = v128.load64_splat(inverse + (<usize>k << 3));
    for (let at: usize = 0; at < bytes; at += 16) {
      v128.store(row + at, f64x2.mul(scale, v128.load(row + at)));
    }
    const last = k + band < epochs - 1 ? k + band : epochs - 1;
    for (let j = k + 1; j <= last; j++) {
      const factor = load<f64>(lower + (<usize>(j * band + k - j + band) << 3));
      if (factor != 0) subtract(row, series + <usize>j * bytes, factor, bytes);
    }
  }
}

/** row -= factor * other. */
// @ts-ignore: decorator of AssemblyScript
@inline function subtract(row: usize, other: usize, factor: f64, bytes: usize): void {
  const splat = f64x2.splat(factor);
  for (let at: usize = 0; at < bytes; at += 16) {
    v128.store(row + at, f64x2.sub(v128.load(row + at), f64x2.mul(splat, v128.load(other + at))));
  }
}

/**
 * Misfit of pairs to a time series. Fills three rows of `out`: sum of squares, weighted sum of squares,
 * and |sum exp(j scale residual)| / count.
 */
export function misfit(
  pairs: usize,
  weights: usize,
  count: i32,
  data: usize,
  series: usize,
  lanes: i32,
  scale: f64,
  out: usize,
): void {
  misfitOf(false, pairs, weights, count, data, series, lanes, scale, out);
}

/** As `misfit`, with `weights` a block [count]: pairs of weight 0 do not count. */
export function misfitEach(
  pairs: usize,
  weights: usize,
  count: i32,
  data: usize,
  series: usize,
  lanes: i32,
  scale: f64,
  out: usize,
): void {
  misfitOf(true, pairs, weights, count, data, series, lanes, scale, out);
}

// @ts-ignore: decorator of AssemblyScript
@inline function misfitOf(
  each: bool,
  pairs: usize,
  weights: usize,
  count: i32,
  data: usize,
  series: usize,
  lanes: i32,
  scale: f64,
  out: usize,
): void {
  const bytes = <usize>lanes << 3;
  const perRadian = f64x2.splat(scale);
  for (let at: usize = 0; at < bytes; at += 16) {
    let squares = f64x2.splat(0);
    let weighted = f64x2.splat(0);
    let real = f64x2.splat(0);
    let imaginary = f64x2.splat(0);
    let counted = f64x2.splat(each ? 0 : <f64>count);
    for (let p = 0; p < count; p++) {
      const weight = each
        ? v128.load(weights + <usize>p * bytes + at)
        : v128.load64_splat(weights + (<usize>p << 3));
      const isUsed = f64x2.gt(weight, f64x2.splat(0));
      if (each) counted = f64x2.add(counted, v128.and(isUsed, f64x2.splat(1)));
      const from = series + <usize>load<i32>(pairs + (<usize>p << 3)) * bytes;
      const to = series + <usize>load<i32>(pairs + (<usize>p << 3), 4) * bytes;
      const rise = f64x2.sub(v128.load(to + at), v128.load(from + at));
      const residual = f64x2.sub(v128.load(data + <usize>p * bytes + at), rise);
      const square = f64x2.mul(residual, residual);
      squares = f64x2.add(squares, each ? v128.and(isUsed, square) : square);
      weighted = f64x2.add(weighted, f64x2.mul(weight, square));
      // Cosine and sine: quarter turns are taken off, polynomials of Taylor on +- pi / 4 (error below 1e-12).
      const angle = f64x2.mul(residual, perRadian);
      const quarter = f64x2.nearest(f64x2.mul(angle, f64x2.splat(0.6366197723675814)));
      const x = f64x2.sub(angle, f64x2.mul(quarter, f64x2.splat(1.5707963267948966)));
      const z = f64x2.mul(x, x);
      let c = f64x2.splat(2.08767569878681e-9);
      c = f64x2.sub(f64x2.mul(c, z), f64x2.splat(2.755731922398589e-7));
      c = f64x2.add(f64x2.mul(c, z), f64x2.splat(2.48015873015873e-5));
      c = f64x2.sub(f64x2.mul(c, z), f64x2.splat(0.001388888888888889));
      c = f64x2.add(f64x2.mul(c, z), f64x2.splat(0.041666666666666664));
      c = f64x2.sub(f64x2.mul(c, z), f64x2.splat(0.5));
      c = f64x2.add(f64x2.mul(c, z), f64x2.splat(1));
      let s = f64x2.splat(1.605904383682161e-10);
      s = f64x2.sub(f64x2.mul(s, z), f64x2.splat(2.505210838544172e-8));
      s = f64x2.add(f64x2.mul(s, z), f64x2.splat(2.7557319223985893e-6));
      s = f64x2.sub(f64x2.mul(s, z), f64x2.splat(1.984126984126984e-4));
      s = f64x2.add(f64x2.mul(s, z), f64x2.splat(0.008333333333333333));
      s = f64x2.sub(f64x2.mul(s, z), f64x2.splat(0.16666666666666666));
      s = f64x2.mul(x, f64x2.add(f64x2.mul(s, z), f64x2.splat(1)));
      const turn = f64x2.sub(
        quarter,
        f64x2.mul(f64x2.splat(4), f64x2.floor(f64x2.mul(quarter, f64x2.splat(0.25)))),
      );
      const odd = v128.or(
        f64x2.eq(turn, f64x2.splat(1)),
        f64x2.eq(turn, f64x2.splat(3)),
      );
      const cosine = v128.bitselect(s, c, odd);
      const sine = v128.bitselect(c, s, odd);
      const cosineMinus = v128.or(
        f64x2.eq(turn, f64x2.splat(1)),
        f64x2.eq(turn, f64x2.splat(2)),
      );
      const sineMinus = f64x2.ge(turn, f64x2.splat(2));
      const across = v128.bitselect(f64x2.neg(cosine), cosine, cosineMinus);
      const along = v128.bitselect(f64x2.neg(sine), sine, sineMinus);
      real = f64x2.add(real, each ? v128.and(isUsed, across) : across);
      imaginary = f64x2.add(imaginary, each ? v128.and(isUsed, along) : along);
    }
    const length = f64x2.sqrt(
      f64x2.add(f64x2.mul(real, real), f64x2.mul(imaginary, imaginary)),
    );
    v128.store(out + at, squares);
    v128.store(out + bytes + at, weighted);
    const share = f64x2.div(f64x2.splat(1), counted);
    v128.store(out + 2 * bytes + at, f64x2.mul(length, share));
  }
}

/** out = matrix * block: `matrix` float64 [rows][inner], `block` [inner], `out` [rows] (a multiple of 4). */
export function multiply(
  matrix: usize,
  rows: i32,
  inner: i32,
  block: usize,
  lanes: i32,
  out: usize,
): void {
  const bytes = <usize>lanes << 3;
  const stride = <usize>inner << 3;
  for (let r = 0; r < rows; r += 4) {
    const row = matrix + <usize>r * stride;
    const target = out + <usize>r * bytes;
    for (let at: usize = 0; at < bytes; at += 16) {
      let a = f64x2.splat(0);
      let b = f64x2.splat(0);
      let c = f64x2.splat(0);
      let d = f64x2.splat(0);
      let from = block + at;
      for (let k: usize = 0; k < stride; k += 8) {
        const value = v128.load(from);
        a = f64x2.add(a, f64x2.mul(v128.load64_splat(row + k), value));
        b = f64x2.add(b, f64x2.mul(v128.load64_splat(row + stride + k), value));
        c = f64x2.add(c, f64x2.mul(v128.load64_splat(row + 2 * stride + k), value));
        d = f64x2.add(d, f64x2.mul(v128.load64_splat(row + 3 * stride + k), value));
        from += bytes;
      }
      v128.store(target + at, a);
      v128.store(target + bytes + at, b);
      v128.store(target + 2 * bytes + at, c);
      v128.store(target + 3 * bytes + at, d);
    }
  }
}
