// FIR filter with decimation, one row at a time. float32; each output sums the same products in the
// same order wherever a chunk is cut.

/**
 * out[m] = sum_k taps[k] x[m factor + k]. `x`: float32, at least (count - 1) factor + tapCount long;
 * `taps`: float32, tapCount a multiple of 4 (pad with zeros).
 */
export function decimateRow(
  x: usize,
  taps: usize,
  tapCount: i32,
  factor: i32,
  count: i32,
  out: usize,
): void {
  const step = <usize>factor << 2;
  const end = <usize>tapCount << 2;
  let m = 0;
  for (; m + 4 <= count; m += 4) {
    const x0 = x + <usize>m * step;
    const x1 = x0 + step;
    const x2 = x1 + step;
    const x3 = x2 + step;
    let a = f32x4.splat(0);
    let b = f32x4.splat(0);
    let c = f32x4.splat(0);
    let d = f32x4.splat(0);
    for (let k: usize = 0; k < end; k += 16) {
      const h = v128.load(taps + k);
      a = f32x4.add(a, f32x4.mul(h, v128.load(x0 + k)));
      b = f32x4.add(b, f32x4.mul(h, v128.load(x1 + k)));
      c = f32x4.add(c, f32x4.mul(h, v128.load(x2 + k)));
      d = f32x4.add(d, f32x4.mul(h, v128.load(x3 + k)));
    }
    const to = out + (<usize>m << 2);
    store<f32>(to, total(a));
    store<f32>(to, total(b), 4);
    store<f32>(to, total(c), 8);
    store<f32>(to, total(d), 12);
  }
  for (; m < count; m++) {
    const x0 = x + <usize>m * step;
    let a = f32x4.splat(0);
    for (let k: usize = 0; k < end; k += 16) {
      a = f32x4.add(a, f32x4.mul(v128.load(taps + k), v128.load(x0 + k)));
    }
    store<f32>(out + (<usize>m << 2), total(a));
  }
}

// @ts-ignore: decorator of AssemblyScript
@inline function total(a: v128): f32 {
  return (
    (f32x4.extract_lane(a, 0) + f32x4.extract_lane(a, 2)) +
    (f32x4.extract_lane(a, 1) + f32x4.extract_lane(a, 3))
  );
}
