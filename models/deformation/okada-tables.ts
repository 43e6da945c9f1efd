/**
 * Parts A, B and C of the displacement of a finite fault and its derivatives: Okada (1992), BSSA 82, tables 6
 * (displacement), 7, 8 and 9 (derivatives along x, y, z). In: the quantities of one corner and the slip. Out: u, du/dx, du/dy,
 * du/dz, 12 values, in axes along strike, up-dip and normal.
 * @module
 */
import type { Corner, CornerPlane, DipTerms } from './okada-corner.js';

/** alpha = (lambda + mu) / (lambda + 2 mu). */
export interface Elastic {
  readonly alpha: number;
}

/** Slip, m. */
export interface Slip {
  readonly strike: number;
  readonly dip: number;
  readonly opening: number;
}

/** Part A: the infinite medium. */
export function partA(at: Corner, plane: CornerPlane, elastic: Elastic, slip: Slip): Float64Array {
  const { sin, cos } = plane;
  const { xi, eta, q, r, r3, y, d, theta, logXi, logEta, x11, y11, y32 } = at;
  const { ey, ez, fy, fz, gy, gz, hy, hz } = at;
  const [a1, a2] = [(1 - elastic.alpha) / 2, elastic.alpha / 2];
  const [xi2, q2, xy, qx, qy] = [xi * xi, q * q, xi * y11, q * x11, q * y11];
  const u = new Float64Array(12);
  if (slip.strike !== 0) {
    addTo(u, slip.strike, [
      theta / 2 + a2 * xi * qy,
      (a2 * q) / r,
      a1 * logEta - a2 * q * qy,
      -a1 * qy - a2 * xi2 * q * y32,
      (-a2 * xi * q) / r3,
      a1 * xy + a2 * xi * q2 * y32,
      a1 * xy * sin + a2 * xi * fy + (d / 2) * x11,
      a2 * ey,
      a1 * (cos / r + qy * sin) - a2 * q * fy,
      a1 * xy * cos + a2 * xi * fz + (y / 2) * x11,
      a2 * ez,
      -a1 * (sin / r - qy * cos) - a2 * q * fz,
    ]);
  }
  if (slip.dip !== 0) {
    addTo(u, slip.dip, [
      (a2 * q) / r,
      theta / 2 + a2 * eta * qx,
      a1 * logXi - a2 * q * qx,
      (-a2 * xi * q) / r3,
      -qy / 2 - (a2 * eta * q) / r3,
      a1 / r + (a2 * q2) / r3,
      a2 * ey,
      a1 * d * x11 + (xy / 2) * sin + a2 * eta * gy,
      a1 * y * x11 - a2 * q * gy,
      a2 * ez,
      a1 * y * x11 + (xy / 2) * cos + a2 * eta * gz,
      -a1 * d * x11 - a2 * q * gz,
    ]);
  }
  if (slip.opening !== 0) {
    addTo(u, slip.opening, [
      -a1 * logEta - a2 * q * qy,
      -a1 * logXi - a2 * q * qx,
      theta / 2 - a2 * (eta * qx + xi * qy),
      -a1 * xy + a2 * xi * q2 * y32,
      -a1 / r + (a2 * q2) / r3,
      -a1 * qy - a2 * q * q2 * y32,
      -a1 * (cos / r + qy * sin) - a2 * q * fy,
      -a1 * y * x11 - a2 * q * gy,
      a1 * (d * x11 + xy * sin) + a2 * q * hy,
      a1 * (sin / r - qy * cos) - a2 * q * fz,
      a1 * d * x11 - a2 * q * gz,
      a1 * (y * x11 + xy * cos) + a2 * q * hz,
    ]);
  }
  return u;
}

/** Part B: what the free surface adds at the surface. */
export function partB(
  at: Corner,
  terms: DipTerms,
  plane: CornerPlane,
  elastic: Elastic,
  slip: Slip,
): Float64Array {
  const { sin, cos } = plane;
  const { xi, eta, q, r, r3, y, d, theta, x11, y11, y32 } = at;
  const { ey, ez, fy, fz, gy, gz, hy, hz } = at;
  const { i3, i4, k1, k3, j3, j6 } = terms;
  const a3 = (1 - elastic.alpha) / elastic.alpha;
  const [xi2, q2, xy, qx, qy] = [xi * xi, q * q, xi * y11, q * x11, q * y11];
  const [sc, ss] = [sin * cos, sin * sin];
  const rd = r + d;
  const d11 = 1 / (r * rd);
  const i1 = (-xi / rd) * cos - i4 * sin;
  const i2 = Math.log(rd) + i3 * sin;
  const k2 = 1 / r + k3 * sin;
  const k4 = xy * cos - k1 * sin;
  const j2 = ((xi * y) / rd) * d11;
  const j5 = -(d + (y * y) / rd) * d11;
  const j1 = j5 * cos - j6 * sin;
  const j4 = -xy - j2 * cos + j3 * sin;
  const u = new Float64Array(12);
  if (slip.strike !== 0) {
    addTo(u, slip.strike, [
      -xi * qy - theta - a3 * i1 * sin,
      -q / r + ((a3 * y) / rd) * sin,
      q * qy - a3 * i2 * sin,
      xi2 * q * y32 - a3 * j1 * sin,
      (xi * q) / r3 - a3 * j2 * sin,
      -xi * q2 * y32 - a3 * j3 * sin,
      -xi * fy - d * x11 + a3 * (xy + j4) * sin,
      -ey + a3 * (1 / r + j5) * sin,
      q * fy - a3 * (qy - j6) * sin,
      -xi * fz - y * x11 + a3 * k1 * sin,
      -ez + a3 * y * d11 * sin,
      q * fz + a3 * k2 * sin,
    ]);
  }
  if (slip.dip !== 0) {
    addTo(u, slip.dip, [
      -q / r + a3 * i3 * sc,
      -eta * qx - theta - ((a3 * xi) / rd) * sc,
      q * qx + a3 * i4 * sc,
      (xi * q) / r3 + a3 * j4 * sc,
      (eta * q) / r3 + qy + a3 * j5 * sc,
      -q2 / r3 + a3 * j6 * sc,
      -ey + a3 * j1 * sc,
      -eta * gy - xy * sin + a3 * j2 * sc,
      q * gy + a3 * j3 * sc,
      -ez - a3 * k3 * sc,
      -eta * gz - xy * cos - a3 * xi * d11 * sc,
      q * gz - a3 * k4 * sc,
    ]);
  }
  if (slip.opening !== 0) {
    addTo(u, slip.opening, [
      q * qy - a3 * i3 * ss,
      q * qx + ((a3 * xi) / rd) * ss,
      eta * qx + xi * qy - theta - a3 * i4 * ss,
      -xi * q2 * y32 - a3 * j4 * ss,
      -q2 / r3 - a3 * j5 * ss,
      q * q2 * y32 - a3 * j6 * ss,
      q * fy - a3 * j1 * ss,
      q * gy - a3 * j2 * ss,
      -q * hy - a3 * j3 * ss,
      q * fz + a3 * k3 * ss,
      q * gz + a3 * xi * d11 * ss,
      -q * hz + a3 * k4 * ss,
    ]);
  }
  return u;
}

/** Part C: times z, what it adds at depth. `z` is 0 or negative. */
export function partC(
  at: Corner,
  z: number,
  plane: CornerPlane,
  elastic: Elastic,
  slip: Slip,
): Float64Array {
  const { sin, cos } = plane;
  const { xi, eta, q, r, r3, r5, y, d, x11, y11, x32, y32, x53, y53 } = at;
  const [a4, a5] = [1 - elastic.alpha, elastic.alpha];
  const [xi2, q2, r2, xy, qy] = [xi * xi, q * q, r * r, xi * y11, q * y11];
  const [ss, sc, cc] = [sin * sin, sin * cos, cos * cos];
  const c = d + z;
  const h = q * cos - z;
  const z32 = sin / r3 - h * y32;
  const z53 = (3 * sin) / r5 - h * y53;
  const y0 = y11 - xi2 * y32;
  const z0 = z32 - xi2 * z53;
  const ppy = cos / r3 + q * y32 * sin;
  const ppz = sin / r3 - q * y32 * cos;
  const qq = z * y32 + z32 + z0;
  const qqy = (3 * c * d) / r5 - qq * sin;
  const qqz = (3 * c * y) / r5 - qq * cos + q * y32;
  const qr = (3 * q) / r5;
  const cdr = (c + d) / r3;
  const yy0 = y / r3 - y0 * cos;
  const u = new Float64Array(12);
  if (slip.strike !== 0) {
    addTo(u, slip.strike, [
      a4 * xy * cos - a5 * xi * q * z32,
      a4 * (cos / r + 2 * qy * sin) - (a5 * c * q) / r3,
      a4 * qy * cos - a5 * ((c * eta) / r3 - z * y11 + xi2 * z32),
      a4 * y0 * cos - a5 * q * z0,
      -a4 * xi * (cos / r3 + 2 * q * y32 * sin) + a5 * c * xi * qr,
      -a4 * xi * q * y32 * cos + a5 * xi * ((3 * c * eta) / r5 - qq),
      -a4 * xi * ppy * cos - a5 * xi * qqy,
      a4 * 2 * (d / r3 - y0 * sin) * sin -
        (y / r3) * cos -
        a5 * (cdr * sin - eta / r3 - c * y * qr),
      (-a4 * q) / r3 + yy0 * sin + a5 * (cdr * cos + c * d * qr - (y0 * cos + q * z0) * sin),
      a4 * xi * ppz * cos - a5 * xi * qqz,
      a4 * 2 * (y / r3 - y0 * cos) * sin + (d / r3) * cos - a5 * (cdr * cos + c * d * qr),
      yy0 * cos - a5 * (cdr * sin - c * y * qr - y0 * ss + q * z0 * cos),
    ]);
  }
  if (slip.dip !== 0) {
    addTo(u, slip.dip, [
      (a4 * cos) / r - qy * sin - (a5 * c * q) / r3,
      a4 * y * x11 - a5 * c * eta * q * x32,
      -d * x11 - xy * sin - a5 * c * (x11 - q2 * x32),
      ((-a4 * xi) / r3) * cos + a5 * c * xi * qr + xi * q * y32 * sin,
      (-a4 * y) / r3 + a5 * c * eta * qr,
      d / r3 - y0 * sin + ((a5 * c) / r3) * (1 - (3 * q2) / r2),
      (-a4 * eta) / r3 + y0 * ss - a5 * (cdr * sin - c * y * qr),
      a4 * (x11 - y * y * x32) - a5 * c * ((d + 2 * q * cos) * x32 - y * eta * q * x53),
      xi * ppy * sin + y * d * x32 + a5 * c * ((y + 2 * q * sin) * x32 - y * q2 * x53),
      -q / r3 + y0 * sc - a5 * (cdr * cos + c * d * qr),
      a4 * y * d * x32 - a5 * c * ((y - 2 * q * sin) * x32 + d * eta * q * x53),
      -xi * ppz * sin + x11 - d * d * x32 - a5 * c * ((d - 2 * q * cos) * x32 - d * q2 * x53),
    ]);
  }
  if (slip.opening !== 0) {
    addTo(u, slip.opening, [
      -a4 * (sin / r + qy * cos) - a5 * (z * y11 - q2 * z32),
      a4 * 2 * xy * sin + d * x11 - a5 * c * (x11 - q2 * x32),
      a4 * (y * x11 + xy * cos) + a5 * q * (c * eta * x32 + xi * z32),
      ((a4 * xi) / r3) * sin + xi * q * y32 * cos + a5 * xi * ((3 * c * eta) / r5 - 2 * z32 - z0),
      a4 * 2 * y0 * sin - d / r3 + ((a5 * c) / r3) * (1 - (3 * q2) / r2),
      -a4 * yy0 - a5 * (c * eta * qr - q * z0),
      a4 * (q / r3 + y0 * sc) + a5 * ((z / r3) * cos + c * d * qr - q * z0 * sin),
      -a4 * 2 * xi * ppy * sin - y * d * x32 + a5 * c * ((y + 2 * q * sin) * x32 - y * q2 * x53),
      -a4 * (xi * ppy * cos - x11 + y * y * x32) +
        a5 * (c * ((d + 2 * q * cos) * x32 - y * eta * q * x53) + xi * qqy),
      -eta / r3 + y0 * cc - a5 * ((z / r3) * sin - c * y * qr - y0 * ss + q * z0 * cos),
      a4 * 2 * xi * ppz * sin -
        x11 +
        d * d * x32 -
        a5 * c * ((d - 2 * q * cos) * x32 - d * q2 * x53),
      a4 * (xi * ppz * cos + y * d * x32) +
        a5 * (c * ((y - 2 * q * sin) * x32 + d * eta * q * x53) + xi * qqz),
    ]);
  }
  return u;
}

function addTo(u: Float64Array, slip: number, values: readonly number[]): void {
  const scale = slip / (2 * Math.PI);
  for (let i = 0; i < 12; i++) u[i] = (u[i] as number) + scale * (values[i] as number);
}
