// STA/LTA of four channels at a time. float32 rows, sums in float64 (squares of float32 are exact
// there), outputs float32. Each sample takes the same operations however the chunk is cut.

/**
 * Classic ratio. `rows`: float32, each with `long` samples of history before the address given;
 * `stride` bytes a row, channels a multiple of 4. `sums`: float64 [channels / 4][2][4], short and long.
 * Outputs before sample `ready` of this chunk (history not yet full) are 0.
 */
export function classicRows(
  rows: usize,
  stride: usize,
  channels: i32,
  samples: i32,
  short: i32,
  long: i32,
  sums: usize,
  ready: i32,
  out: usize,
  outStride: usize,
): void {
  const ratio = f64x2.splat(<f64>long / <f64>short);
  const shortBytes = <usize>short << 2;
  const longBytes = <usize>long << 2;
  for (let c = 0; c < channels; c += 4) {
    const own = sums + <usize>(c >> 2) * 64;
    const r0 = rows + <usize>c * stride;
    const r1 = r0 + stride;
    const r2 = r1 + stride;
    const r3 = r2 + stride;
    let o0 = out + <usize>c * outStride;
    const o1 = outStride;
    const o2 = outStride * 2;
    const o3 = outStride * 3;
    let sa = v128.load(own);
    let sb = v128.load(own, 16);
    let la = v128.load(own, 32);
    let lb = v128.load(own, 48);
    for (let t = 0; t < samples; t++) {
      const at = <usize>t << 2;
      let a = pair(r0 + at, r1 + at);
      let b = pair(r2 + at, r3 + at);
      a = f64x2.mul(a, a);
      b = f64x2.mul(b, b);
      sa = f64x2.add(sa, a);
      sb = f64x2.add(sb, b);
      la = f64x2.add(la, a);
      lb = f64x2.add(lb, b);
      let p = pair(r0 + at - shortBytes, r1 + at - shortBytes);
      let q = pair(r2 + at - shortBytes, r3 + at - shortBytes);
      sa = f64x2.sub(sa, f64x2.mul(p, p));
      sb = f64x2.sub(sb, f64x2.mul(q, q));
      p = pair(r0 + at - longBytes, r1 + at - longBytes);
      q = pair(r2 + at - longBytes, r3 + at - longBytes);
      la = f64x2.sub(la, f64x2.mul(p, p));
      lb = f64x2.sub(lb, f64x2.mul(q, q));
      if (t >= ready) {
        const u = quotient(f64x2.mul(sa, ratio), la);
        const v = quotient(f64x2.mul(sb, ratio), lb);
        store<f32>(o0, <f32>f64x2.extract_lane(u, 0));
        store<f32>(o0 + o1, <f32>f64x2.extract_lane(u, 1));
        store<f32>(o0 + o2, <f32>f64x2.extract_lane(v, 0));
        store<f32>(o0 + o3, <f32>f64x2.extract_lane(v, 1));
      } else {
        store<f32>(o0, 0);
        store<f32>(o0 + o1, 0);
        store<f32>(o0 + o2, 0);
        store<f32>(o0 + o3, 0);
      }
      o0 += 4;
    }
    v128.store(own, sa);
    v128.store(own, sb, 16);
    v128.store(own, la, 32);
    v128.store(own, lb, 48);
  }
}

/**
 * Recursive ratio, in place. `averages`: float64 [channels / 4][2][4], short and long. Samples before
 * `first` leave the averages alone; outputs before `ready` are 0.
 */
export function recursiveRows(
  rows: usize,
  stride: usize,
  channels: i32,
  samples: i32,
  shortShare: f64,
  longShare: f64,
  averages: usize,
  first: i32,
  ready: i32,
): void {
  const cs = f64x2.splat(shortShare);
  const cl = f64x2.splat(longShare);
  const is = f64x2.splat(1 - shortShare);
  const il = f64x2.splat(1 - longShare);
  for (let c = 0; c < channels; c += 4) {
    const own = averages + <usize>(c >> 2) * 64;
    const r0 = rows + <usize>c * stride;
    const r1 = r0 + stride;
    const r2 = r1 + stride;
    const r3 = r2 + stride;
    let sa = v128.load(own);
    let sb = v128.load(own, 16);
    let la = v128.load(own, 32);
    let lb = v128.load(own, 48);
    for (let t = 0; t < samples; t++) {
      const at = <usize>t << 2;
      if (t >= first) {
        let a = pair(r0 + at, r1 + at);
        let b = pair(r2 + at, r3 + at);
        a = f64x2.mul(a, a);
        b = f64x2.mul(b, b);
        sa = f64x2.add(f64x2.mul(cs, a), f64x2.mul(is, sa));
        sb = f64x2.add(f64x2.mul(cs, b), f64x2.mul(is, sb));
        la = f64x2.add(f64x2.mul(cl, a), f64x2.mul(il, la));
        lb = f64x2.add(f64x2.mul(cl, b), f64x2.mul(il, lb));
      }
      if (t >= ready) {
        const u = quotient(sa, la);
        const v = quotient(sb, lb);
        store<f32>(r0 + at, <f32>f64x2.extract_lane(u, 0));
        store<f32>(r1 + at, <f32>f64x2.extract_lane(u, 1));
        store<f32>(r2 + at, <f32>f64x2.extract_lane(v, 0));
        store<f32>(r3 + at, <f32>f64x2.extract_lane(v, 1));
      } else {
        store<f32>(r0 + at, 0);
        store<f32>(r1 + at, 0);
        store<f32>(r2 + at, 0);
        store<f32>(r3 + at, 0);
      }
    }
    v128.store(own, sa);
    v128.store(own, sb, 16);
    v128.store(own, la, 32);
    v128.store(own, lb, 48);
  }
}

// @ts-ignore: decorator of AssemblyScript
@inline function pair(a: usize, b: usize): v128 {
  return f64x2.promote_low_f32x4(v128.load32_lane(b, v128.load32_zero(a), 1));
}

/** max(0, a) / b; 0 where b is not positive: running sums can round to just below zero. */
// @ts-ignore: decorator of AssemblyScript
@inline function quotient(a: v128, b: v128): v128 {
  const zero = f64x2.splat(0);
  return v128.and(f64x2.div(f64x2.max(zero, a), b), f64x2.gt(b, zero));
}
