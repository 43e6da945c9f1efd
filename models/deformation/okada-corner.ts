/**
 * The quantities of one corner of a rectangle that Okada (1992), BSSA 82, tables 6 to 9, is written in.
 * In: corner coordinates xi (along strike), eta (up-dip), q (normal). Out: R, Y11, X32, I3, J1, ...
 * Limits: R + eta = 0, R + xi = 0 (terms vanish, logarithms take their limit), q = 0 (the arc tangent is 0), and planes
 * near the vertical, where the plain forms divide by cos^2: there the functions are interpolated in the dip.
 * @module
 */

/** What stays the same for all points of one rectangle. */
export interface CornerPlane {
  readonly sin: number;
  readonly cos: number;
  readonly dipRad: number;
  /** Distances below it are zero. */
  readonly tiny: number;
}

/** Terms of part B that divide by powers of cos(dip). */
export interface DipTerms {
  readonly i3: number;
  readonly i4: number;
  readonly k1: number;
  readonly k3: number;
  readonly j3: number;
  readonly j6: number;
}

/** Below this cos(dip) the terms are interpolated. */
const STEEP = 0.012;
/** Steps of the interpolation from the vertical, rad; none is steeper than STEEP allows. */
const NODES = [-0.08, -0.06, -0.04, -0.02, 0.02, 0.04, 0.06, 0.08] as const;

export type Corner = ReturnType<typeof corner>;

/** All quantities of a corner. */
export function corner(xi: number, eta: number, q: number, plane: CornerPlane) {
  const { sin, cos } = plane;
  const r = Math.sqrt(xi * xi + eta * eta + q * q);
  const r3 = r * r * r;
  const y = eta * cos + q * sin;
  const d = eta * sin - q * cos;
  const alongEta = edge(r, eta, xi * xi + q * q);
  const alongXi = edge(r, xi, eta * eta + q * q);
  const [y11, y32] = [alongEta.x11, alongEta.x32];
  const [x11, x32] = [alongXi.x11, alongXi.x32];
  return {
    ...{ xi, eta, q, r, r3, r5: r3 * r * r, y, d, x11, y11, x32, y32 },
    x53: alongXi.x53,
    y53: alongEta.x53,
    theta: q === 0 ? 0 : Math.atan((xi * eta) / (q * r)),
    logXi: alongXi.log,
    logEta: alongEta.log,
    ey: sin / r - (y * q) / r3,
    ez: cos / r + (d * q) / r3,
    fy: d / r3 + xi * xi * y32 * sin,
    fz: y / r3 + xi * xi * y32 * cos,
    gy: 2 * x11 * sin - y * q * x32,
    gz: 2 * x11 * cos + d * q * x32,
    hy: d * q * x32 + xi * q * y32 * sin,
    hz: y * q * x32 + xi * q * y32 * cos,
  };
}

/** log(R + s), 1 / (R (R + s)) and the next two of the kind, without cancellation for s < 0. */
function edge(r: number, s: number, rest2: number) {
  if (s < 0 && rest2 === 0) return { log: -Math.log(r - s), x11: 0, x32: 0, x53: 0 };
  const sum = s < 0 ? rest2 / (r - s) : r + s;
  const x11 = 1 / (r * sum);
  return {
    log: Math.log(sum),
    x11,
    x32: ((r + sum) * x11 * x11) / r,
    x53: ((8 * r * r + 9 * r * s + 3 * s * s) * x11 * x11 * x11) / (r * r),
  };
}

/** I3, I4, K1, K3, J3, J6 up to terms that cancel between the corners. 0 < dip. */
export function dipTerms(c: Corner, plane: CornerPlane): DipTerms {
  if (plane.cos >= STEEP) return plain(c, plane.sin, plane.cos, false);
  const at = plane.dipRad - Math.PI / 2;
  const sum = { i3: 0, i4: 0, k1: 0, k3: 0, j3: 0, j6: 0 };
  NODES.forEach((node, i) => {
    let weight = 1;
    NODES.forEach((other, j) => {
      if (j !== i) weight *= (at - other) / (node - other);
    });
    const terms = plain(c, Math.cos(node), -Math.sin(node), true);
    for (const name of ['i3', 'i4', 'k1', 'k3', 'j3', 'j6'] as const) {
      sum[name] += weight * terms[name];
    }
  });
  return sum;
}

function plain(c: Corner, sin: number, cos: number, steep: boolean): DipTerms {
  const { xi, eta, q, r, y11 } = c;
  const y = eta * cos + q * sin;
  const d = eta * sin - q * cos;
  const rd = r + d;
  const d11 = 1 / (r * rd);
  const x = Math.sqrt(xi * xi + q * q);
  let i4 = 0;
  if (xi !== 0) {
    const numerator = eta * (x + q * cos) + x * (r + x) * sin;
    const denominator = xi * (r + x) * cos;
    // Near the vertical pi / 2 and the term in 1 / cos do not depend on eta and cancel between corners.
    const angle = steep
      ? -2 * Math.atan(denominator / numerator) + (sin * cos * xi) / x
      : 2 * Math.atan(numerator / denominator);
    i4 = ((xi * sin * cos) / rd + angle) / (cos * cos);
  }
  const i3 = ((y * cos) / rd - c.logEta + sin * Math.log(rd)) / (cos * cos);
  const k1 = (xi * (d11 - y11 * sin)) / cos;
  const k3 = (q * y11 - y * d11) / cos;
  const j2 = ((xi * y) / rd) * d11;
  const j5 = -(d + (y * y) / rd) * d11;
  return { i3, i4, k1, k3, j3: (k1 - j2 * sin) / cos, j6: (k3 - j5 * sin) / cos };
}
