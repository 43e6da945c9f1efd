// Cascaded second-order sections over four channels at a time, in place. float32 rows, float64 state:
// corners at a hundredth of the rate lose 1e-5 in float32. WebAssembly has no fused multiply-add and
// every sample takes the same operations in the same order wherever a chunk is cut, so outputs are
// equal bit by bit for all cuts.

/** Samples converted at once; four channels of float64 fill 8 KiB of the first-level cache. */
const BLOCK: i32 = 256;

/**
 * Band-pass numerators (1, 0, -1): two multiplications a section. `rows`: float32 [channels][samples]
 * with `stride` bytes a row, channels a multiple of 4. `coefficients`: float64 gain, then a1, a2 of
 * each section. `state`: float64 [channels / 4][sections][2][4]. `scratch`: 8 KiB.
 */
export function bandpassRows(
  rows: usize,
  stride: usize,
  channels: i32,
  samples: i32,
  coefficients: usize,
  sections: i32,
  state: usize,
  scratch: usize,
): void {
  for (let c = 0; c < channels; c += 4) {
    const row = rows + <usize>c * stride;
    const own = state + <usize>(c >> 2) * <usize>sections * 64;
    for (let from = 0; from < samples; from += BLOCK) {
      const count = min(BLOCK, samples - from);
      gather(row + <usize>from * 4, stride, count, scratch, f64x2.splat(load<f64>(coefficients)));
      let s = 0;
      for (; s + 1 < sections; s += 2) {
        bandpassPair(scratch, count, coefficients + 8 + <usize>s * 16, own + <usize>s * 64);
      }
      if (s < sections) {
        bandpassOne(scratch, count, coefficients + 8 + <usize>s * 16, own + <usize>s * 64);
      }
      scatter(row + <usize>from * 4, stride, count, scratch);
    }
  }
}

/**
 * Any sections. As `bandpassRows`, with `coefficients`: float64 b0, b1, b2, a1, a2 of each section.
 */
export function sectionRows(
  rows: usize,
  stride: usize,
  channels: i32,
  samples: i32,
  coefficients: usize,
  sections: i32,
  state: usize,
  scratch: usize,
): void {
  for (let c = 0; c < channels; c += 4) {
    const row = rows + <usize>c * stride;
    const own = state + <usize>(c >> 2) * <usize>sections * 64;
    for (let from = 0; from < samples; from += BLOCK) {
      const count = min(BLOCK, samples - from);
      gather(row + <usize>from * 4, stride, count, scratch, f64x2.splat(1));
      for (let s = 0; s < sections; s++) {
        generalOne(scratch, count, coefficients + <usize>s * 40, own + <usize>s * 64);
      }
      scatter(row + <usize>from * 4, stride, count, scratch);
    }
  }
}

// With z1 = -(a1 y + z2) and z2 = -(x + a2 y) kept with the opposite sign, a section is
// y = x - z1, z1 = a1 y + z2, z2 = x + a2 y.

function bandpassPair(scratch: usize, count: i32, coefficients: usize, state: usize): void {
  const a1 = v128.load64_splat(coefficients);
  const a2 = v128.load64_splat(coefficients, 8);
  const c1 = v128.load64_splat(coefficients, 16);
  const c2 = v128.load64_splat(coefficients, 24);
  let p1 = v128.load(state);
  let q1 = v128.load(state, 16);
  let p2 = v128.load(state, 32);
  let q2 = v128.load(state, 48);
  let r1 = v128.load(state, 64);
  let t1 = v128.load(state, 80);
  let r2 = v128.load(state, 96);
  let t2 = v128.load(state, 112);
  const end = scratch + <usize>count * 32;
  for (let at = scratch; at < end; at += 32) {
    const x = v128.load(at);
    const u = v128.load(at, 16);
    const y = f64x2.sub(x, p1);
    const v = f64x2.sub(u, q1);
    p1 = f64x2.add(f64x2.mul(a1, y), p2);
    q1 = f64x2.add(f64x2.mul(a1, v), q2);
    p2 = f64x2.add(x, f64x2.mul(a2, y));
    q2 = f64x2.add(u, f64x2.mul(a2, v));
    const z = f64x2.sub(y, r1);
    const w = f64x2.sub(v, t1);
    r1 = f64x2.add(f64x2.mul(c1, z), r2);
    t1 = f64x2.add(f64x2.mul(c1, w), t2);
    r2 = f64x2.add(y, f64x2.mul(c2, z));
    t2 = f64x2.add(v, f64x2.mul(c2, w));
    v128.store(at, z);
    v128.store(at, w, 16);
  }
  v128.store(state, p1);
  v128.store(state, q1, 16);
  v128.store(state, p2, 32);
  v128.store(state, q2, 48);
  v128.store(state, r1, 64);
  v128.store(state, t1, 80);
  v128.store(state, r2, 96);
  v128.store(state, t2, 112);
}

function bandpassOne(scratch: usize, count: i32, coefficients: usize, state: usize): void {
  const a1 = v128.load64_splat(coefficients);
  const a2 = v128.load64_splat(coefficients, 8);
  let p1 = v128.load(state);
  let q1 = v128.load(state, 16);
  let p2 = v128.load(state, 32);
  let q2 = v128.load(state, 48);
  const end = scratch + <usize>count * 32;
  for (let at = scratch; at < end; at += 32) {
    const x = v128.load(at);
    const u = v128.load(at, 16);
    const y = f64x2.sub(x, p1);
    const v = f64x2.sub(u, q1);
    p1 = f64x2.add(f64x2.mul(a1, y), p2);
    q1 = f64x2.add(f64x2.mul(a1, v), q2);
    p2 = f64x2.add(x, f64x2.mul(a2, y));
    q2 = f64x2.add(u, f64x2.mul(a2, v));
    v128.store(at, y);
    v128.store(at, v, 16);
  }
  v128.store(state, p1);
  v128.store(state, q1, 16);
  v128.store(state, p2, 32);
  v128.store(state, q2, 48);
}

function generalOne(scratch: usize, count: i32, coefficients: usize, state: usize): void {
  const b0 = v128.load64_splat(coefficients);
  const b1 = v128.load64_splat(coefficients, 8);
  const b2 = v128.load64_splat(coefficients, 16);
  const a1 = v128.load64_splat(coefficients, 24);
  const a2 = v128.load64_splat(coefficients, 32);
  let p1 = v128.load(state);
  let q1 = v128.load(state, 16);
  let p2 = v128.load(state, 32);
  let q2 = v128.load(state, 48);
  const end = scratch + <usize>count * 32;
  for (let at = scratch; at < end; at += 32) {
    const x = v128.load(at);
    const u = v128.load(at, 16);
    const y = f64x2.add(f64x2.mul(b0, x), p1);
    const v = f64x2.add(f64x2.mul(b0, u), q1);
    p1 = f64x2.add(f64x2.sub(f64x2.mul(b1, x), f64x2.mul(a1, y)), p2);
    q1 = f64x2.add(f64x2.sub(f64x2.mul(b1, u), f64x2.mul(a1, v)), q2);
    p2 = f64x2.sub(f64x2.mul(b2, x), f64x2.mul(a2, y));
    q2 = f64x2.sub(f64x2.mul(b2, u), f64x2.mul(a2, v));
    v128.store(at, y);
    v128.store(at, v, 16);
  }
  v128.store(state, p1);
  v128.store(state, q1, 16);
  v128.store(state, p2, 32);
  v128.store(state, q2, 48);
}

/** Four rows of float32 to float64 [time][4], times `gain`. */
function gather(row: usize, stride: usize, count: i32, scratch: usize, gain: v128): void {
  const r1 = row + stride;
  const r2 = r1 + stride;
  const r3 = r2 + stride;
  let to = scratch;
  let t: usize = 0;
  const whole = (<usize>count >> 2) << 4;
  for (; t < whole; t += 16) {
    const a = v128.load(row + t);
    const b = v128.load(r1 + t);
    const c = v128.load(r2 + t);
    const d = v128.load(r3 + t);
    const ab = v128.shuffle<f32>(a, b, 0, 4, 1, 5);
    const cd = v128.shuffle<f32>(c, d, 0, 4, 1, 5);
    const ef = v128.shuffle<f32>(a, b, 2, 6, 3, 7);
    const gh = v128.shuffle<f32>(c, d, 2, 6, 3, 7);
    v128.store(to, f64x2.mul(gain, f64x2.promote_low_f32x4(ab)));
    v128.store(to, f64x2.mul(gain, f64x2.promote_low_f32x4(cd)), 16);
    v128.store(to, f64x2.mul(gain, high(ab)), 32);
    v128.store(to, f64x2.mul(gain, high(cd)), 48);
    v128.store(to, f64x2.mul(gain, f64x2.promote_low_f32x4(ef)), 64);
    v128.store(to, f64x2.mul(gain, f64x2.promote_low_f32x4(gh)), 80);
    v128.store(to, f64x2.mul(gain, high(ef)), 96);
    v128.store(to, f64x2.mul(gain, high(gh)), 112);
    to += 128;
  }
  const g = f64x2.extract_lane(gain, 0);
  for (; t < <usize>count << 2; t += 4) {
    store<f64>(to, g * <f64>load<f32>(row + t));
    store<f64>(to, g * <f64>load<f32>(r1 + t), 8);
    store<f64>(to, g * <f64>load<f32>(r2 + t), 16);
    store<f64>(to, g * <f64>load<f32>(r3 + t), 24);
    to += 32;
  }
}

/** Inverse of `gather` without the gain. */
function scatter(row: usize, stride: usize, count: i32, scratch: usize): void {
  const r1 = row + stride;
  const r2 = r1 + stride;
  const r3 = r2 + stride;
  let from = scratch;
  let t: usize = 0;
  const whole = (<usize>count >> 2) << 4;
  for (; t < whole; t += 16) {
    const p0 = narrow(v128.load(from), v128.load(from, 16));
    const p1 = narrow(v128.load(from, 32), v128.load(from, 48));
    const p2 = narrow(v128.load(from, 64), v128.load(from, 80));
    const p3 = narrow(v128.load(from, 96), v128.load(from, 112));
    const lo01 = v128.shuffle<f32>(p0, p1, 0, 4, 1, 5);
    const lo23 = v128.shuffle<f32>(p2, p3, 0, 4, 1, 5);
    const hi01 = v128.shuffle<f32>(p0, p1, 2, 6, 3, 7);
    const hi23 = v128.shuffle<f32>(p2, p3, 2, 6, 3, 7);
    v128.store(row + t, v128.shuffle<f64>(lo01, lo23, 0, 2));
    v128.store(r1 + t, v128.shuffle<f64>(lo01, lo23, 1, 3));
    v128.store(r2 + t, v128.shuffle<f64>(hi01, hi23, 0, 2));
    v128.store(r3 + t, v128.shuffle<f64>(hi01, hi23, 1, 3));
    from += 128;
  }
  for (; t < <usize>count << 2; t += 4) {
    store<f32>(row + t, <f32>load<f64>(from));
    store<f32>(r1 + t, <f32>load<f64>(from, 8));
    store<f32>(r2 + t, <f32>load<f64>(from, 16));
    store<f32>(r3 + t, <f32>load<f64>(from, 24));
    from += 32;
  }
}

// @ts-ignore: decorator of AssemblyScript
@inline function high(x: v128): v128 {
  return f64x2.promote_low_f32x4(v128.shuffle<f64>(x, x, 1, 1));
}

// @ts-ignore: decorator of AssemblyScript
@inline function narrow(a: v128, b: v128): v128 {
  return v128.shuffle<f64>(f32x4.demote_f64x2_zero(a), f32x4.demote_f64x2_zero(b), 0, 2);
}
