/**
 * Gradient of the surface displacement of a rectangle, two points at a time (f64x2): the derivatives along
 * strike and up-dip of Okada (1992), BSSA 82, tables 7 and 8, part B, at z = 0, turned to east and north;
 * those downwards follow from the free surface.
 * @module
 */
import { keep } from './okada-output';

/**
 * `params` as for `surface` in okada.ts. `out`: 9 arrays of `count` values, duE/dE, duE/dN, duE/dU, duN/dE,
 * ... duU/dU, for the slip in params; NaN on the lines through the edges.
 */
export function gradient(params: usize, east: usize, north: usize, out: usize, count: i32): void {
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
  const freeZ = v128.load64_splat(params, 112);
  const isVertical = load<f64>(params, 64) == 0;
  const zero = f64x2.splat(0);
  const one = f64x2.splat(1);
  const half = f64x2.splat(0.5);
  const cInv = isVertical ? zero : f64x2.div(one, cd);
  const sc = f64x2.mul(sd, cd);
  const ss = f64x2.mul(sd, sd);
  const halfLength = f64x2.mul(half, length);
  const toLower = f64x2.mul(f64x2.mul(half, width), cd);
  const tiny2 = f64x2.mul(tiny, tiny);
  const k2pi = f64x2.splat(0.15915494309189535);
  const bytes = <usize>count * 8;
  const aUs = f64x2.mul(f64x2.mul(a3, sd), us);
  const aScUd = f64x2.mul(f64x2.mul(a3, sc), ud);
  const aSsUt = f64x2.mul(f64x2.mul(a3, ss), ut);
  const aMix = f64x2.sub(aScUd, aSsUt);

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

    let gxx = zero;
    let gyx = zero;
    let gzx = zero;
    let gxy = zero;
    let gyy = zero;
    let gzy = zero;
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
      const y11 = f64x2.mul(rInv, rEtaInv);
      const x11 = f64x2.mul(rInv, rXiInv);
      const yt = f64x2.add(f64x2.mul(eta, cd), f64x2.mul(q, sd));
      const dt = f64x2.sub(f64x2.mul(eta, sd), f64x2.mul(q, cd));
      const rd = f64x2.add(r, dt);
      const rdInv = f64x2.div(one, rd);
      const qy11 = f64x2.mul(q, y11);
      const r3Inv = f64x2.mul(f64x2.mul(rInv, rInv), rInv);
      const qr3 = f64x2.mul(q, r3Inv);
      const y32 = f64x2.mul(f64x2.mul(f64x2.add(r, rEta), f64x2.mul(y11, y11)), rInv);
      const rXi = v128.bitselect(f64x2.mul(e2, f64x2.div(one, xiBig)), xiBig, xiNegative);
      const x32 = f64x2.mul(f64x2.mul(f64x2.add(r, rXi), f64x2.mul(x11, x11)), rInv);
      const d11 = f64x2.mul(rInv, rdInv);
      const xy = f64x2.mul(xi, y11);
      const sYrd = f64x2.mul(yt, rdInv);
      const yq = f64x2.mul(yt, q);
      const ey = f64x2.sub(f64x2.mul(sd, rInv), f64x2.mul(yt, qr3));
      const fy = f64x2.add(f64x2.mul(dt, r3Inv), f64x2.mul(f64x2.mul(xi2, y32), sd));
      const gy = f64x2.sub(f64x2.mul(f64x2.add(x11, x11), sd), f64x2.mul(yq, x32));
      const hy = f64x2.add(
        f64x2.mul(f64x2.mul(dt, q), x32),
        f64x2.mul(f64x2.mul(f64x2.mul(xi, q), y32), sd),
      );
      const j2 = f64x2.mul(f64x2.mul(xi, sYrd), d11);
      const j5 = f64x2.neg(f64x2.mul(f64x2.add(dt, f64x2.mul(yt, sYrd)), d11));
      let j3 = zero;
      let j6 = zero;
      if (isVertical) {
        const rd2 = f64x2.mul(rdInv, rdInv);
        j3 = f64x2.mul(f64x2.mul(f64x2.neg(xi), rd2), f64x2.sub(f64x2.mul(q2, d11), half));
        j6 = f64x2.mul(f64x2.mul(f64x2.neg(yt), rd2), f64x2.sub(f64x2.mul(xi2, d11), half));
      } else {
        const k1 = f64x2.mul(f64x2.mul(xi, f64x2.sub(d11, f64x2.mul(y11, sd))), cInv);
        const k3 = f64x2.mul(f64x2.sub(qy11, f64x2.mul(yt, d11)), cInv);
        j3 = f64x2.mul(f64x2.sub(k1, f64x2.mul(j2, sd)), cInv);
        j6 = f64x2.mul(f64x2.sub(k3, f64x2.mul(j5, sd)), cInv);
      }
      const j1 = f64x2.sub(f64x2.mul(j5, cd), f64x2.mul(j6, sd));
      const j4 = f64x2.sub(f64x2.mul(j3, sd), f64x2.add(xy, f64x2.mul(j2, cd)));
      const xqY32 = f64x2.mul(f64x2.mul(xi, q), y32);
      const q2Y32 = f64x2.mul(q2, y32);
      const q2r3 = f64x2.mul(q, qr3);
      const xqr3 = f64x2.mul(xi, qr3);
      // d/dx of the three components, then d/dy, for the given slip.
      const tXx = f64x2.add(
        f64x2.add(
          f64x2.sub(f64x2.mul(us, f64x2.mul(xi, xqY32)), f64x2.mul(aUs, j1)),
          f64x2.mul(ud, xqr3),
        ),
        f64x2.sub(f64x2.mul(aMix, j4), f64x2.mul(ut, f64x2.mul(xi, q2Y32))),
      );
      const tYx = f64x2.add(
        f64x2.add(
          f64x2.sub(f64x2.mul(us, xqr3), f64x2.mul(aUs, j2)),
          f64x2.mul(ud, f64x2.add(f64x2.mul(eta, qr3), qy11)),
        ),
        f64x2.sub(f64x2.mul(aMix, j5), f64x2.mul(ut, q2r3)),
      );
      const tZx = f64x2.add(
        f64x2.sub(
          f64x2.neg(f64x2.mul(us, f64x2.mul(xi, q2Y32))),
          f64x2.add(f64x2.mul(aUs, j3), f64x2.mul(ud, q2r3)),
        ),
        f64x2.add(f64x2.mul(aMix, j6), f64x2.mul(ut, f64x2.mul(q, q2Y32))),
      );
      const qfy = f64x2.mul(q, fy);
      const qgy = f64x2.mul(q, gy);
      const tXy = f64x2.add(
        f64x2.add(
          f64x2.sub(
            f64x2.mul(aUs, f64x2.add(xy, j4)),
            f64x2.mul(us, f64x2.add(f64x2.mul(xi, fy), f64x2.mul(dt, x11))),
          ),
          f64x2.sub(f64x2.mul(ut, qfy), f64x2.mul(ud, ey)),
        ),
        f64x2.mul(aMix, j1),
      );
      const tYy = f64x2.add(
        f64x2.add(
          f64x2.sub(f64x2.mul(aUs, f64x2.add(rInv, j5)), f64x2.mul(us, ey)),
          f64x2.sub(
            f64x2.mul(ut, qgy),
            f64x2.mul(ud, f64x2.add(f64x2.mul(eta, gy), f64x2.mul(xy, sd))),
          ),
        ),
        f64x2.mul(aMix, j2),
      );
      const tZy = f64x2.add(
        f64x2.add(
          f64x2.sub(f64x2.mul(us, qfy), f64x2.mul(aUs, f64x2.sub(qy11, j6))),
          f64x2.sub(f64x2.mul(ud, qgy), f64x2.mul(ut, f64x2.mul(q, hy))),
        ),
        f64x2.mul(aMix, j3),
      );
      if (plus) {
        gxx = f64x2.add(gxx, tXx);
        gyx = f64x2.add(gyx, tYx);
        gzx = f64x2.add(gzx, tZx);
        gxy = f64x2.add(gxy, tXy);
        gyy = f64x2.add(gyy, tYy);
        gzy = f64x2.add(gzy, tZy);
      } else {
        gxx = f64x2.sub(gxx, tXx);
        gyx = f64x2.sub(gyx, tYx);
        gzx = f64x2.sub(gzx, tZx);
        gxy = f64x2.sub(gxy, tXy);
        gyy = f64x2.sub(gyy, tYy);
        gzy = f64x2.sub(gzy, tZy);
      }
    }

    const yx = f64x2.sub(f64x2.mul(gyx, cd), f64x2.mul(gzx, sd));
    const zx = f64x2.add(f64x2.mul(gyx, sd), f64x2.mul(gzx, cd));
    const yy = f64x2.sub(f64x2.mul(gyy, cd), f64x2.mul(gzy, sd));
    const zy = f64x2.add(f64x2.mul(gyy, sd), f64x2.mul(gzy, cd));
    // Turned to east and north on both sides: e = x sin - y cos, n = x cos + y sin.
    const xe = f64x2.sub(f64x2.mul(gxx, sinStrike), f64x2.mul(gxy, cosStrike));
    const xn = f64x2.add(f64x2.mul(gxx, cosStrike), f64x2.mul(gxy, sinStrike));
    const ye = f64x2.sub(f64x2.mul(yx, sinStrike), f64x2.mul(yy, cosStrike));
    const yn = f64x2.add(f64x2.mul(yx, cosStrike), f64x2.mul(yy, sinStrike));
    const ze = f64x2.sub(f64x2.mul(zx, sinStrike), f64x2.mul(zy, cosStrike));
    const zn = f64x2.add(f64x2.mul(zx, cosStrike), f64x2.mul(zy, sinStrike));
    const ee = f64x2.sub(f64x2.mul(xe, sinStrike), f64x2.mul(ye, cosStrike));
    const en = f64x2.sub(f64x2.mul(xn, sinStrike), f64x2.mul(yn, cosStrike));
    const ne = f64x2.add(f64x2.mul(xe, cosStrike), f64x2.mul(ye, sinStrike));
    const nn = f64x2.add(f64x2.mul(xn, cosStrike), f64x2.mul(yn, sinStrike));
    const to = out + at;
    keep(to, ee, k2pi, bad);
    keep(to + bytes, en, k2pi, bad);
    // No traction at the surface gives the derivatives downwards.
    keep(to + 2 * bytes, f64x2.neg(ze), k2pi, bad);
    keep(to + 3 * bytes, ne, k2pi, bad);
    keep(to + 4 * bytes, nn, k2pi, bad);
    keep(to + 5 * bytes, f64x2.neg(zn), k2pi, bad);
    keep(to + 6 * bytes, ze, k2pi, bad);
    keep(to + 7 * bytes, zn, k2pi, bad);
    keep(to + 8 * bytes, f64x2.neg(f64x2.mul(freeZ, f64x2.add(ee, nn))), k2pi, bad);
  }
}
