// Complex FFTs of four series at a time (one a lane), Stockham with radices 4, 2, 3 and 5: results
// come in order, without bit reversal. An element is 32 bytes: four real parts, four imaginary parts.

/**
 * One pass of radix r over n = r m elements. `first`: byte offset of the part that counts as real, 0
 * forward and 16 for the unscaled inverse (exchanging the parts before and after conjugates twice).
 * `twiddles`: float32 [m][r - 1][2], exp(-2 pi i j p / (r m)) for j = 1 .. r - 1. `s`: product of the
 * radices of the passes before.
 */
export function pass(
  radix: i32,
  from: usize,
  to: usize,
  m: i32,
  s: i32,
  twiddles: usize,
  first: usize,
): void {
  if (radix === 4) pass4(from, to, m, s, twiddles, first);
  else if (radix === 2) pass2(from, to, m, s, twiddles, first);
  else if (radix === 3) pass3(from, to, m, s, twiddles, first);
  else pass5(from, to, m, s, twiddles, first);
}

function pass2(from: usize, to: usize, m: i32, s: i32, twiddles: usize, first: usize): void {
  const second = <usize>16 - first;
  const leap = <usize>m * <usize>s * 32;
  const row = <usize>s * 32;
  let w = twiddles;
  for (let p = 0; p < m; p++) {
    const wr = v128.load32_splat(w);
    const wi = v128.load32_splat(w, 4);
    w += 8;
    let x = from + <usize>p * row;
    let y = to + <usize>p * row * 2;
    for (let q = 0; q < s; q++) {
      const ar = v128.load(x + first);
      const ai = v128.load(x + second);
      const br = v128.load(x + leap + first);
      const bi = v128.load(x + leap + second);
      v128.store(y + first, f32x4.add(ar, br));
      v128.store(y + second, f32x4.add(ai, bi));
      put(y + row, first, second, f32x4.sub(ar, br), f32x4.sub(ai, bi), wr, wi);
      x += 32;
      y += 32;
    }
  }
}

function pass3(from: usize, to: usize, m: i32, s: i32, twiddles: usize, first: usize): void {
  const second = <usize>16 - first;
  const leap = <usize>m * <usize>s * 32;
  const row = <usize>s * 32;
  const half = f32x4.splat(-0.5);
  const sine = f32x4.splat(0.8660254037844386);
  let w = twiddles;
  for (let p = 0; p < m; p++) {
    const w1r = v128.load32_splat(w);
    const w1i = v128.load32_splat(w, 4);
    const w2r = v128.load32_splat(w, 8);
    const w2i = v128.load32_splat(w, 12);
    w += 16;
    let x = from + <usize>p * row;
    let y = to + <usize>p * row * 3;
    for (let q = 0; q < s; q++) {
      const ar = v128.load(x + first);
      const ai = v128.load(x + second);
      const br = v128.load(x + leap + first);
      const bi = v128.load(x + leap + second);
      const cr = v128.load(x + leap * 2 + first);
      const ci = v128.load(x + leap * 2 + second);
      const sr = f32x4.add(br, cr);
      const si = f32x4.add(bi, ci);
      const dr = f32x4.mul(sine, f32x4.sub(br, cr));
      const di = f32x4.mul(sine, f32x4.sub(bi, ci));
      const tr = f32x4.add(ar, f32x4.mul(half, sr));
      const ti = f32x4.add(ai, f32x4.mul(half, si));
      v128.store(y + first, f32x4.add(ar, sr));
      v128.store(y + second, f32x4.add(ai, si));
      put(y + row, first, second, f32x4.add(tr, di), f32x4.sub(ti, dr), w1r, w1i);
      put(y + row * 2, first, second, f32x4.sub(tr, di), f32x4.add(ti, dr), w2r, w2i);
      x += 32;
      y += 32;
    }
  }
}

function pass4(from: usize, to: usize, m: i32, s: i32, twiddles: usize, first: usize): void {
  const second = <usize>16 - first;
  const leap = <usize>m * <usize>s * 32;
  const row = <usize>s * 32;
  let w = twiddles;
  for (let p = 0; p < m; p++) {
    const w1r = v128.load32_splat(w);
    const w1i = v128.load32_splat(w, 4);
    const w2r = v128.load32_splat(w, 8);
    const w2i = v128.load32_splat(w, 12);
    const w3r = v128.load32_splat(w, 16);
    const w3i = v128.load32_splat(w, 20);
    w += 24;
    let x = from + <usize>p * row;
    let y = to + <usize>p * row * 4;
    for (let q = 0; q < s; q++) {
      const ar = v128.load(x + first);
      const ai = v128.load(x + second);
      const br = v128.load(x + leap + first);
      const bi = v128.load(x + leap + second);
      const cr = v128.load(x + leap * 2 + first);
      const ci = v128.load(x + leap * 2 + second);
      const dr = v128.load(x + leap * 3 + first);
      const di = v128.load(x + leap * 3 + second);
      const er = f32x4.add(ar, cr);
      const ei = f32x4.add(ai, ci);
      const fr = f32x4.sub(ar, cr);
      const fi = f32x4.sub(ai, ci);
      const gr = f32x4.add(br, dr);
      const gi = f32x4.add(bi, di);
      const hr = f32x4.sub(br, dr);
      const hi = f32x4.sub(bi, di);
      v128.store(y + first, f32x4.add(er, gr));
      v128.store(y + second, f32x4.add(ei, gi));
      put(y + row, first, second, f32x4.add(fr, hi), f32x4.sub(fi, hr), w1r, w1i);
      put(y + row * 2, first, second, f32x4.sub(er, gr), f32x4.sub(ei, gi), w2r, w2i);
      put(y + row * 3, first, second, f32x4.sub(fr, hi), f32x4.add(fi, hr), w3r, w3i);
      x += 32;
      y += 32;
    }
  }
}

function pass5(from: usize, to: usize, m: i32, s: i32, twiddles: usize, first: usize): void {
  const second = <usize>16 - first;
  const leap = <usize>m * <usize>s * 32;
  const row = <usize>s * 32;
  const c1 = f32x4.splat(0.30901699437494745);
  const c2 = f32x4.splat(-0.8090169943749475);
  const s1 = f32x4.splat(0.9510565162951535);
  const s2 = f32x4.splat(0.5877852522924731);
  let w = twiddles;
  for (let p = 0; p < m; p++) {
    let x = from + <usize>p * row;
    let y = to + <usize>p * row * 5;
    for (let q = 0; q < s; q++) {
      const ar = v128.load(x + first);
      const ai = v128.load(x + second);
      const br = v128.load(x + leap + first);
      const bi = v128.load(x + leap + second);
      const cr = v128.load(x + leap * 2 + first);
      const ci = v128.load(x + leap * 2 + second);
      const dr = v128.load(x + leap * 3 + first);
      const di = v128.load(x + leap * 3 + second);
      const er = v128.load(x + leap * 4 + first);
      const ei = v128.load(x + leap * 4 + second);
      const pr = f32x4.add(br, er);
      const pi = f32x4.add(bi, ei);
      const mr = f32x4.sub(br, er);
      const mi = f32x4.sub(bi, ei);
      const ur = f32x4.add(cr, dr);
      const ui = f32x4.add(ci, di);
      const vr = f32x4.sub(cr, dr);
      const vi = f32x4.sub(ci, di);
      v128.store(y + first, f32x4.add(ar, f32x4.add(pr, ur)));
      v128.store(y + second, f32x4.add(ai, f32x4.add(pi, ui)));
      const kr = f32x4.add(ar, f32x4.add(f32x4.mul(c1, pr), f32x4.mul(c2, ur)));
      const ki = f32x4.add(ai, f32x4.add(f32x4.mul(c1, pi), f32x4.mul(c2, ui)));
      const lr = f32x4.add(ar, f32x4.add(f32x4.mul(c2, pr), f32x4.mul(c1, ur)));
      const li = f32x4.add(ai, f32x4.add(f32x4.mul(c2, pi), f32x4.mul(c1, ui)));
      const gr = f32x4.add(f32x4.mul(s1, mr), f32x4.mul(s2, vr));
      const gi = f32x4.add(f32x4.mul(s1, mi), f32x4.mul(s2, vi));
      const hr = f32x4.sub(f32x4.mul(s2, mr), f32x4.mul(s1, vr));
      const hi = f32x4.sub(f32x4.mul(s2, mi), f32x4.mul(s1, vi));
      turn(y + row, first, second, f32x4.add(kr, gi), f32x4.sub(ki, gr), w);
      turn(y + row * 2, first, second, f32x4.add(lr, hi), f32x4.sub(li, hr), w + 8);
      turn(y + row * 3, first, second, f32x4.sub(lr, hi), f32x4.add(li, hr), w + 16);
      turn(y + row * 4, first, second, f32x4.sub(kr, gi), f32x4.add(ki, gr), w + 24);
      x += 32;
      y += 32;
    }
    w += 32;
  }
}

// @ts-ignore: decorator of AssemblyScript
@inline function turn(y: usize, first: usize, second: usize, r: v128, i: v128, w: usize): void {
  put(y, first, second, r, i, v128.load32_splat(w), v128.load32_splat(w, 4));
}

/** Stores (r + i j) (wr + wi j). */
// @ts-ignore: decorator of AssemblyScript
@inline function put(
  y: usize,
  first: usize,
  second: usize,
  r: v128,
  i: v128,
  wr: v128,
  wi: v128,
): void {
  v128.store(y + first, f32x4.sub(f32x4.mul(r, wr), f32x4.mul(i, wi)));
  v128.store(y + second, f32x4.add(f32x4.mul(r, wi), f32x4.mul(i, wr)));
}
