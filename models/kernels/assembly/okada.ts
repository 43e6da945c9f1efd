/**
 * Okada (1985) at the surface, two points at a time (f64x2): unit responses, or one displacement; its
 * gradient is in lib/okada-gradient.ts. Float64 throughout.
 *
 * Sums over the four corners of the rectangle (Chinnery's notation) are taken before the functions:
 * two logarithms of ratios and two arguments of products of complex numbers replace eight logarithms
 * and eight arc tangents. The expressions are those of Okada (1992), BSSA 82, tables 6 to 8, part B, at z = 0.
 * Points on a corner line (R + eta = 0 or R + xi = 0) become NaN: the caller evaluates them by the limits.
 *
 * Memory: `params` holds 16 float64 (see `surface`), the rest are arrays of `count` float64; count is even.
 * @module
 */
import { logPair } from './lib/float64-pair';
import { argument, combine, storeTurned } from './lib/okada-output';

export { gradient } from './lib/okada-gradient';

/**
 * params: 0 east, 1 north of the centre; 2 sin, 3 cos of strike; 4 length; 5 width; 6 depth of the
 * lower edge; 7 sin, 8 cos of dip; 9 (1 - alpha) / alpha = 1 - 2 nu; 10 distance that counts as zero;
 * 11 strike slip, 12 dip slip, 13 opening; 14 nu / (1 - nu).
 * `out`: arrays of `count` values one after the other. mode 0: east, north, up for unit strike slip, unit
 * dip slip, unit opening (9 arrays); mode 1: east, north, up for the slip in params (3).
 */
export function surface(
  params: usize,
  east: usize,
  north: usize,
  out: usize,
  count: i32,
  mode: i32,
): void {
  const e0 = v128.load64_splat(params, 0);
  const n0 = v128.load64_splat(params, 8);
  const sinStrike = v128.load64_splat(params, 16);
  const cosStrike = v128.load64_splat(params, 24);
  const length = v128.load64_splat(params, 32);
  const width = v128.load64_splat(params, 40);
  const depth = v128.load64_splat(params, 48);
  const sd = v128.load64_splat(params, 56);
  const cd = v128.load64_splat(params, 64);
  const a3 = v128.load64_splat(params, 72);
  const tiny = v128.load64_splat(params, 80);
  const us = v128.load64_splat(params, 88);
  const ud = v128.load64_splat(params, 96);
  const ut = v128.load64_splat(params, 104);
  const isVertical = load<f64>(params, 64) == 0;
  const zero = f64x2.splat(0);
  const one = f64x2.splat(1);
  const half = f64x2.splat(0.5);
  const cInv = isVertical ? zero : f64x2.div(one, cd);
  const ccInv = f64x2.mul(cInv, cInv);
  const sc = f64x2.mul(sd, cd);
  const ss = f64x2.mul(sd, sd);
  const halfLength = f64x2.mul(half, length);
  const toLower = f64x2.mul(f64x2.mul(half, width), cd);
  const tiny2 = f64x2.mul(tiny, tiny);
  const k2pi = f64x2.splat(0.15915494309189535);
  const bytes = <usize>count * 8;

  for (let at: usize = 0; at < bytes; at += 16) {
    const dEast = f64x2.sub(v128.load(east + at), e0);
    const dNorth = f64x2.sub(v128.load(north + at), n0);
    const x = f64x2.add(
      f64x2.add(f64x2.mul(dEast, sinStrike), f64x2.mul(dNorth, cosStrike)),
      halfLength,
    );
    const y = f64x2.add(
      f64x2.sub(f64x2.mul(dNorth, sinStrike), f64x2.mul(dEast, cosStrike)),
      toLower,
    );
    const p = f64x2.add(f64x2.mul(y, cd), f64x2.mul(depth, sd));
    const rawQ = f64x2.sub(f64x2.mul(y, sd), f64x2.mul(depth, cd));
    const onPlane = f64x2.le(f64x2.abs(rawQ), tiny);
    const q = v128.andnot(rawQ, onPlane);
    const q2 = f64x2.mul(q, q);
    const absQ = f64x2.abs(q);
    const qNegative = f64x2.lt(q, zero);

    // Sums over corners.
    let xqy = zero;
    let qr = zero;
    let qqy = zero;
    let eqx = zero;
    let qqx = zero;
    let xrd = zero;
    let yrd = zero;
    let i3 = zero;
    let i4 = zero;
    let etaTop = one;
    let etaBottom = one;
    let depthTop = one;
    let depthBottom = one;
    let tRe = one;
    let tIm = zero;
    let tA = zero;
    let tB = zero;
    let jRe = one;
    let jIm = zero;
    let jA = zero;
    let jB = zero;
    let bad = v128.or(zero, zero);

    for (let corner = 0; corner < 4; corner++) {
      const plus = corner == 0 || corner == 3;
      const rawXi = corner < 2 ? x : f64x2.sub(x, length);
      const rawEta = (corner & 1) == 0 ? p : f64x2.sub(p, width);
      const xi = v128.andnot(rawXi, f64x2.le(f64x2.abs(rawXi), tiny));
      const eta = v128.andnot(rawEta, f64x2.le(f64x2.abs(rawEta), tiny));
      const xi2 = f64x2.mul(xi, xi);
      const eta2 = f64x2.mul(eta, eta);
      const x2 = f64x2.add(xi2, q2);
      const e2 = f64x2.add(eta2, q2);
      bad = v128.or(bad, v128.or(f64x2.le(x2, tiny2), f64x2.le(e2, tiny2)));
      const r2 = f64x2.add(x2, eta2);
      const r = f64x2.sqrt(r2);
      const rInv = f64x2.div(one, r);
      // R + eta and R + xi without cancellation: (R + eta)(R - eta) = xi^2 + q^2.
      const etaBig = f64x2.add(r, f64x2.abs(eta));
      const etaNegative = f64x2.lt(eta, zero);
      const etaBigInv = f64x2.div(one, etaBig);
      const rEta = v128.bitselect(f64x2.mul(x2, etaBigInv), etaBig, etaNegative);
      const rEtaInv = v128.bitselect(f64x2.div(etaBig, x2), etaBigInv, etaNegative);
      const xiBig = f64x2.add(r, f64x2.abs(xi));
      const xiNegative = f64x2.lt(xi, zero);
      const rXiInv = f64x2.div(
        v128.bitselect(xiBig, one, xiNegative),
        v128.bitselect(e2, xiBig, xiNegative),
      );
      const qy11 = f64x2.mul(q, f64x2.mul(rInv, rEtaInv));
      const qx11 = f64x2.mul(q, f64x2.mul(rInv, rXiInv));
      const yt = f64x2.add(f64x2.mul(eta, cd), f64x2.mul(q, sd));
      const dt = f64x2.sub(f64x2.mul(eta, sd), f64x2.mul(q, cd));
      const rd = f64x2.add(r, dt);
      const rdInv = f64x2.div(one, rd);
      const sXqy = f64x2.mul(xi, qy11);
      const sQr = f64x2.mul(q, rInv);
      const sQqy = f64x2.mul(q, qy11);
      const sEqx = f64x2.mul(eta, qx11);
      const sQqx = f64x2.mul(q, qx11);
      const sXrd = f64x2.mul(xi, rdInv);
      const sYrd = f64x2.mul(yt, rdInv);
      // theta = atan(xi eta / (q R)) as the complex number |q| R + i xi eta.
      const thetaRe = f64x2.mul(absQ, r);
      const thetaIm = f64x2.mul(xi, eta);
      // I4's arc tangent as a complex number of positive real part.
      let angleRe = one;
      let angleIm = zero;
      if (isVertical) {
        const rd2 = f64x2.mul(rdInv, rdInv);
        const v3 = f64x2.mul(
          half,
          f64x2.add(f64x2.mul(eta, rdInv), f64x2.mul(f64x2.mul(yt, q), rd2)),
        );
        const v4 = f64x2.mul(half, f64x2.mul(f64x2.mul(xi, yt), rd2));
        i3 = plus ? f64x2.add(i3, v3) : f64x2.sub(i3, v3);
        i4 = plus ? f64x2.add(i4, v4) : f64x2.sub(i4, v4);
      } else {
        const big = f64x2.sqrt(x2);
        const rBig = f64x2.add(r, big);
        const numerator = f64x2.add(
          f64x2.mul(eta, f64x2.add(big, f64x2.mul(q, cd))),
          f64x2.mul(f64x2.mul(big, rBig), sd),
        );
        const denominator = f64x2.mul(f64x2.mul(xi, rBig), cd);
        const negative = f64x2.lt(denominator, zero);
        const none = f64x2.eq(xi, zero);
        angleRe = v128.bitselect(one, f64x2.abs(denominator), none);
        angleIm = v128.andnot(v128.bitselect(f64x2.neg(numerator), numerator, negative), none);
      }
      if (corner == 0) {
        tRe = thetaRe;
        tIm = thetaIm;
        jRe = angleRe;
        jIm = angleIm;
      } else {
        const tI = plus ? thetaIm : f64x2.neg(thetaIm);
        const jI = plus ? angleIm : f64x2.neg(angleIm);
        if (corner == 2) {
          // The first pair is complete: its argument lies in (-pi, pi).
          tA = tRe;
          tB = tIm;
          jA = jRe;
          jB = jIm;
          tRe = thetaRe;
          tIm = tI;
          jRe = angleRe;
          jIm = jI;
        } else {
          const tNext = f64x2.sub(f64x2.mul(tRe, thetaRe), f64x2.mul(tIm, tI));
          tIm = f64x2.add(f64x2.mul(tRe, tI), f64x2.mul(tIm, thetaRe));
          tRe = tNext;
          const jNext = f64x2.sub(f64x2.mul(jRe, angleRe), f64x2.mul(jIm, jI));
          jIm = f64x2.add(f64x2.mul(jRe, jI), f64x2.mul(jIm, angleRe));
          jRe = jNext;
        }
      }
      if (plus) {
        xqy = f64x2.add(xqy, sXqy);
        qr = f64x2.add(qr, sQr);
        qqy = f64x2.add(qqy, sQqy);
        eqx = f64x2.add(eqx, sEqx);
        qqx = f64x2.add(qqx, sQqx);
        xrd = f64x2.add(xrd, sXrd);
        yrd = f64x2.add(yrd, sYrd);
        etaTop = f64x2.mul(etaTop, rEta);
        depthTop = f64x2.mul(depthTop, rd);
      } else {
        xqy = f64x2.sub(xqy, sXqy);
        qr = f64x2.sub(qr, sQr);
        qqy = f64x2.sub(qqy, sQqy);
        eqx = f64x2.sub(eqx, sEqx);
        qqx = f64x2.sub(qqx, sQqx);
        xrd = f64x2.sub(xrd, sXrd);
        yrd = f64x2.sub(yrd, sYrd);
        etaBottom = f64x2.mul(etaBottom, rEta);
        depthBottom = f64x2.mul(depthBottom, rd);
      }
    }

    const thetaAbs = argument(tA, tB, tRe, tIm);
    const theta = v128.andnot(v128.bitselect(f64x2.neg(thetaAbs), thetaAbs, qNegative), onPlane);
    const logEta = logPair(f64x2.div(etaTop, etaBottom));
    let logDepth = zero;
    if (isVertical) {
      logDepth = logPair(f64x2.div(depthTop, depthBottom));
      i3 = f64x2.sub(i3, f64x2.mul(half, logEta));
    } else {
      logDepth = logPair(f64x2.div(depthTop, depthBottom));
      const angle = argument(jA, jB, jRe, jIm);
      i4 = f64x2.mul(ccInv, f64x2.add(f64x2.mul(xrd, sc), f64x2.add(angle, angle)));
      i3 = f64x2.mul(
        ccInv,
        f64x2.sub(f64x2.add(f64x2.mul(yrd, cd), f64x2.mul(sd, logDepth)), logEta),
      );
    }
    const i1 = f64x2.neg(f64x2.add(f64x2.mul(xrd, cd), f64x2.mul(i4, sd)));
    const i2 = f64x2.add(logDepth, f64x2.mul(i3, sd));
    const aS = f64x2.mul(a3, sd);
    const aSc = f64x2.mul(a3, sc);
    const aSs = f64x2.mul(a3, ss);
    // Part B of tables 6 (strike slip, dip slip, opening), axes along strike, up-dip, normal.
    const s1 = f64x2.neg(f64x2.add(f64x2.add(xqy, theta), f64x2.mul(aS, i1)));
    const s2 = f64x2.sub(f64x2.mul(aS, yrd), qr);
    const s3 = f64x2.sub(qqy, f64x2.mul(aS, i2));
    const d1 = f64x2.sub(f64x2.mul(aSc, i3), qr);
    const d2 = f64x2.neg(f64x2.add(f64x2.add(eqx, theta), f64x2.mul(aSc, xrd)));
    const d3 = f64x2.add(qqx, f64x2.mul(aSc, i4));
    const t1 = f64x2.sub(qqy, f64x2.mul(aSs, i3));
    const t2 = f64x2.add(qqx, f64x2.mul(aSs, xrd));
    const t3 = f64x2.sub(f64x2.sub(f64x2.add(eqx, xqy), theta), f64x2.mul(aSs, i4));
    if (mode == 0) {
      storeTurned(out + at, bytes, s1, s2, s3, sd, cd, sinStrike, cosStrike, k2pi, bad);
      storeTurned(out + at + 3 * bytes, bytes, d1, d2, d3, sd, cd, sinStrike, cosStrike, k2pi, bad);
      storeTurned(out + at + 6 * bytes, bytes, t1, t2, t3, sd, cd, sinStrike, cosStrike, k2pi, bad);
      continue;
    }
    storeTurned(
      out + at,
      bytes,
      combine(us, s1, ud, d1, ut, t1),
      combine(us, s2, ud, d2, ut, t2),
      combine(us, s3, ud, d3, ut, t3),
      sd,
      cd,
      sinStrike,
      cosStrike,
      k2pi,
      bad,
    );
  }
}
