// Steps of a 2-D Fourier filter around the FFT passes of `fft.ts`: eight real rows are one batch of
// four complex series (row r real, row r + 4 imaginary); spectra are tiles of four neighbouring
// frequencies, [tile][row][re 4, im 4], so that transforms over rows read whole cache lines.

export { pass } from './fft';

/**
 * Eight float32 rows, `stride` bytes apart, times `weights` [samples] and `rowWeights` [8], to complex
 * elements [padded]; zeros beyond `samples`.
 */
export function packRows(
  rows: usize,
  stride: usize,
  samples: i32,
  padded: i32,
  weights: usize,
  rowWeights: usize,
  out: usize,
): void {
  const wa = v128.load(rowWeights);
  const wb = v128.load(rowWeights, 16);
  const r4 = rows + 4 * stride;
  let t = 0;
  for (; t + 4 <= samples; t += 4) {
    const at = <usize>t << 2;
    const to = out + (<usize>t << 5);
    const w = weights + at;
    quad(rows + at, stride, to, w, wa);
    quad(r4 + at, stride, to + 16, w, wb);
  }
  for (; t < samples; t++) {
    const at = <usize>t << 2;
    const to = out + (<usize>t << 5);
    const w = v128.load32_splat(weights + at);
    v128.store(to, f32x4.mul(f32x4.mul(column(rows + at, stride), w), wa));
    v128.store(to, f32x4.mul(f32x4.mul(column(r4 + at, stride), w), wb), 16);
  }
  for (; t < padded; t++) {
    const to = out + (<usize>t << 5);
    v128.store(to, f32x4.splat(0));
    v128.store(to, f32x4.splat(0), 16);
  }
}

/** Inverse of `packRows` without weights; only `samples` elements. */
export function unpackRows(from: usize, rows: usize, stride: usize, samples: i32): void {
  for (let half = 0; half < 2; half++) {
    const row = rows + <usize>(half * 4) * stride;
    let t = 0;
    for (; t + 4 <= samples; t += 4) {
      const z = from + (<usize>t << 5) + <usize>(half * 16);
      const to = row + (<usize>t << 2);
      const p0 = v128.load(z);
      const p1 = v128.load(z, 32);
      const p2 = v128.load(z, 64);
      const p3 = v128.load(z, 96);
      const lo01 = v128.shuffle<f32>(p0, p1, 0, 4, 1, 5);
      const lo23 = v128.shuffle<f32>(p2, p3, 0, 4, 1, 5);
      const hi01 = v128.shuffle<f32>(p0, p1, 2, 6, 3, 7);
      const hi23 = v128.shuffle<f32>(p2, p3, 2, 6, 3, 7);
      v128.store(to, v128.shuffle<f64>(lo01, lo23, 0, 2));
      v128.store(to + stride, v128.shuffle<f64>(lo01, lo23, 1, 3));
      v128.store(to + stride * 2, v128.shuffle<f64>(hi01, hi23, 0, 2));
      v128.store(to + stride * 3, v128.shuffle<f64>(hi01, hi23, 1, 3));
    }
    for (; t < samples; t++) {
      const z = from + (<usize>t << 5) + <usize>(half * 16);
      const to = row + (<usize>t << 2);
      store<f32>(to, load<f32>(z));
      store<f32>(to + stride, load<f32>(z, 4));
      store<f32>(to + stride * 2, load<f32>(z, 8));
      store<f32>(to + stride * 3, load<f32>(z, 12));
    }
  }
}

/**
 * Spectra of eight real rows from the transform of their batch, [n]: frequencies 0 .. bins - 1 as
 * tiles [ceil(bins / 4)][8][8] (the last tile's spare frequencies hold the mirrored ones).
 */
export function splitSpectra(z: usize, n: i32, bins: i32, tiles: usize): void {
  const half = f32x4.splat(0.5);
  for (let f = 0; f < bins; f += 4) {
    const to = tiles + (<usize>f << 6);
    for (let part = 0; part < 4; part++) {
      // part 0: A re, 1: A im, 2: B re, 3: B im; A the rows 0 to 3, B the rows 4 to 7.
      const p0 = portion(z, n, f, part);
      const p1 = portion(z, n, f + 1, part);
      const p2 = portion(z, n, f + 2, part);
      const p3 = portion(z, n, f + 3, part);
      const lo01 = v128.shuffle<f32>(p0, p1, 0, 4, 1, 5);
      const lo23 = v128.shuffle<f32>(p2, p3, 0, 4, 1, 5);
      const hi01 = v128.shuffle<f32>(p0, p1, 2, 6, 3, 7);
      const hi23 = v128.shuffle<f32>(p2, p3, 2, 6, 3, 7);
      const at = to + <usize>((part >> 1) * 128 + (part & 1) * 16);
      v128.store(at, f32x4.mul(half, v128.shuffle<f64>(lo01, lo23, 0, 2)));
      v128.store(at, f32x4.mul(half, v128.shuffle<f64>(lo01, lo23, 1, 3)), 32);
      v128.store(at, f32x4.mul(half, v128.shuffle<f64>(hi01, hi23, 0, 2)), 64);
      v128.store(at, f32x4.mul(half, v128.shuffle<f64>(hi01, hi23, 1, 3)), 96);
    }
  }
}

/** Inverse of `splitSpectra`: the batch's transform [n] from tiles. */
export function joinSpectra(tiles: usize, n: i32, bins: i32, z: usize): void {
  for (let f = 0; f < bins; f++) {
    const at = tiles + (<usize>(f >> 2) << 8) + (<usize>(f & 3) << 2);
    const ar = lanes(at);
    const ai = lanes(at + 16);
    const br = lanes(at + 128);
    const bi = lanes(at + 144);
    const to = z + (<usize>f << 5);
    v128.store(to, f32x4.sub(ar, bi));
    v128.store(to, f32x4.add(ai, br), 16);
    if (f > 0 && f < n - f) {
      const mirror = z + (<usize>(n - f) << 5);
      v128.store(mirror, f32x4.add(ar, bi));
      v128.store(mirror, f32x4.sub(br, ai), 16);
    }
  }
}

/**
 * Multiplies a tile [n][re 4, im 4] by the fan's gain at frequencies `frequencies` [4] and wavenumbers
 * 1 / `inverse` [n]: 0 below speed `a`, quarter sine up to `b`, 1 up to `c`, quarter cosine to 0 at
 * `d`, all times `scale`. `rise`: 1 / (b - a); `fall`: 1 / (d - c).
 */
export function applyFan(
  tile: usize,
  n: i32,
  frequencies: usize,
  inverse: usize,
  a: f32,
  rise: f32,
  d: f32,
  fall: f32,
  scale: f32,
): void {
  const f = v128.load(frequencies);
  const va = f32x4.splat(a);
  const vr = f32x4.splat(rise);
  const vd = f32x4.splat(d);
  const vf = f32x4.splat(fall);
  const vs = f32x4.splat(scale);
  const end = tile + (<usize>n << 5);
  let k = inverse;
  for (let at = tile; at < end; at += 32) {
    const speed = f32x4.mul(f, v128.load32_splat(k));
    const up = quarterSine(f32x4.mul(f32x4.sub(speed, va), vr));
    const down = quarterSine(f32x4.mul(f32x4.sub(vd, speed), vf));
    const gain = f32x4.mul(vs, f32x4.mul(up, down));
    v128.store(at, f32x4.mul(gain, v128.load(at)));
    v128.store(at, f32x4.mul(gain, v128.load(at, 16)), 16);
    k += 4;
  }
}

/** sin(pi / 2 x) for x clamped to [0, 1]; Taylor to x^11, error below 6e-8. */
// @ts-ignore: decorator of AssemblyScript
@inline function quarterSine(x: v128): v128 {
  const one = f32x4.splat(1);
  const c = f32x4.min(one, f32x4.max(f32x4.splat(0), x));
  const s = f32x4.mul(c, c);
  let y = f32x4.splat(-3.598843e-6);
  y = f32x4.add(f32x4.splat(1.6044118e-4), f32x4.mul(y, s));
  y = f32x4.add(f32x4.splat(-4.6817541e-3), f32x4.mul(y, s));
  y = f32x4.add(f32x4.splat(7.9692626e-2), f32x4.mul(y, s));
  y = f32x4.add(f32x4.splat(-0.64596410), f32x4.mul(y, s));
  y = f32x4.add(f32x4.splat(1.5707963), f32x4.mul(y, s));
  return f32x4.min(one, f32x4.mul(c, y));
}

// @ts-ignore: decorator of AssemblyScript
@inline function portion(z: usize, n: i32, f: i32, part: i32): v128 {
  const g = f < n ? f : f - n;
  const m = g === 0 ? 0 : n - g;
  const a = z + (<usize>g << 5);
  const b = z + (<usize>m << 5);
  if (part === 0) return f32x4.add(v128.load(a), v128.load(b));
  if (part === 1) return f32x4.sub(v128.load(a, 16), v128.load(b, 16));
  if (part === 2) return f32x4.add(v128.load(a, 16), v128.load(b, 16));
  return f32x4.sub(v128.load(b), v128.load(a));
}

/** One frequency of four rows of a tile. */
// @ts-ignore: decorator of AssemblyScript
@inline function lanes(at: usize): v128 {
  let v = v128.load32_zero(at);
  v = v128.load32_lane(at + 32, v, 1);
  v = v128.load32_lane(at + 64, v, 2);
  return v128.load32_lane(at + 96, v, 3);
}

// @ts-ignore: decorator of AssemblyScript
@inline function column(at: usize, stride: usize): v128 {
  let v = v128.load32_zero(at);
  v = v128.load32_lane(at + stride, v, 1);
  v = v128.load32_lane(at + stride * 2, v, 2);
  return v128.load32_lane(at + stride * 3, v, 3);
}

/** Four samples of four rows, weighted, to four elements' half. */
// @ts-ignore: decorator of AssemblyScript
@inline function quad(at: usize, stride: usize, to: usize, weights: usize, rowWeights: v128): void {
  const w = v128.load(weights);
  const a = f32x4.mul(w, v128.load(at));
  const b = f32x4.mul(w, v128.load(at + stride));
  const c = f32x4.mul(w, v128.load(at + stride * 2));
  const d = f32x4.mul(w, v128.load(at + stride * 3));
  const lo01 = v128.shuffle<f32>(a, b, 0, 4, 1, 5);
  const lo23 = v128.shuffle<f32>(c, d, 0, 4, 1, 5);
  const hi01 = v128.shuffle<f32>(a, b, 2, 6, 3, 7);
  const hi23 = v128.shuffle<f32>(c, d, 2, 6, 3, 7);
  v128.store(to, f32x4.mul(rowWeights, v128.shuffle<f64>(lo01, lo23, 0, 2)));
  v128.store(to, f32x4.mul(rowWeights, v128.shuffle<f64>(lo01, lo23, 1, 3)), 32);
  v128.store(to, f32x4.mul(rowWeights, v128.shuffle<f64>(hi01, hi23, 0, 2)), 64);
  v128.store(to, f32x4.mul(rowWeights, v128.shuffle<f64>(hi01, hi23, 1, 3)), 96);
}
