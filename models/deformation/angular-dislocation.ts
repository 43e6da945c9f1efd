/**
 * Surface displacement of one side of a polygonal dislocation in a half-space: two angular dislocations with a vertical
 * leg each (Comninou and Dundurs 1975, J. Elasticity 5; in the form of Nikkhoo et al. 2017, GJI 208, appendix).
 * @module
 */
import type { Displacement, SurfacePoints } from './okada.js';

/** East, north, up. */
export type Vector = readonly [number, number, number];

export function cross(a: Vector, b: Vector): Vector {
  return [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]];
}

/** Adds the displacement of the side between two points; corners of one polygon follow each other. */
export function addAngularSide(
  to: Displacement,
  points: SurfacePoints,
  side: {
    readonly from: Vector;
    readonly to: Vector;
    /** Displacement across the polygon, m. */
    readonly burgers: Vector;
    readonly poissonRatio: number;
  },
): void {
  const { from, burgers, poissonRatio: nu } = side;
  const along: Vector = [side.to[0] - from[0], side.to[1] - from[1], side.to[2] - from[2]];
  const length = Math.hypot(...along);
  const flat = Math.hypot(along[0], along[1]);
  // Vertical sides: the two angular dislocations cancel.
  if (flat <= 1e-12 * length) return;
  const beta = Math.acos(Math.max(-1, Math.min(1, -along[2] / length)));
  const [c, s] = [along[0] / flat, along[1] / flat];
  // Axes: 1 along the side, 3 down, 2 = 3 x 1.
  const b: Vector = [c * burgers[0] + s * burgers[1], s * burgers[0] - c * burgers[1], -burgers[2]];
  for (let i = 0; i < points.eastM.length; i++) {
    const [e, n] = [points.eastM[i] as number, points.northM[i] as number];
    const y1 = c * (e - from[0]) + s * (n - from[1]);
    const y2 = s * (e - from[0]) - c * (n - from[1]);
    // The leg is chosen so that its formula has no cancellation on this side.
    const angle = y1 >= 0 ? beta - Math.PI : beta;
    const u = angular(y1 - flat, y2, angle, b, nu, -side.to[2]);
    const v = angular(y1, y2, angle, b, nu, -from[2]);
    const [d1, d2, d3] = [u[0] - v[0], u[1] - v[1], u[2] - v[2]];
    to.eastM[i] = (to.eastM[i] as number) + c * d1 + s * d2;
    to.northM[i] = (to.northM[i] as number) + s * d1 - c * d2;
    to.upM[i] = (to.upM[i] as number) - d3;
  }
}

/** An angular dislocation with its corner at depth `a`; axes 1, 2 horizontal, 3 down. */
function angular(
  y1: number,
  y2: number,
  beta: number,
  b: Vector,
  nu: number,
  a: number,
): readonly [number, number, number] {
  const [sin, cos] = [Math.sin(beta), Math.cos(beta)];
  const cot = cos / sin;
  const k = 1 - 2 * nu;
  const z1 = y1 * cos + a * sin;
  const z3 = y1 * sin - a * cos;
  const r = Math.sqrt(y1 * y1 + y2 * y2 + a * a);
  const ra = r + a;
  const rz = r - z3;
  const burgers = 2 * Math.atan2(y2, ra / Math.tan(beta / 2) - y1);
  const [logA, logZ] = [Math.log(ra), Math.log(rz)];
  const [p, q, w] = [b[0] / (2 * Math.PI), b[1] / (2 * Math.PI), b[2] / (2 * Math.PI)];
  const bend = k * (cot + y1 / 2 / ra) - y1 / r;
  const lift = (r * sin - y1) / (r * rz);
  const y22 = y2 * y2;
  const u1 =
    p * ((1 - k * cot * cot) * burgers + (y2 / ra) * bend - y2 * cos * lift) +
    q *
      (-k * ((0.5 - cot * cot) * logA + cot * cot * cos * logZ) -
        (k * (y1 * cot + a / 2 + (y1 * y1) / 2 / ra) - (y1 * y1) / r) / ra +
        z1 * lift) +
    w * y2 * sin * lift;
  const u2 =
    p *
      (k * ((0.5 + cot * cot) * logA - (cot / sin) * logZ) -
        (k * (y1 * cot - a / 2 - y22 / 2 / ra) + y22 / r) / ra +
        (y22 * cos) / (r * rz)) +
    q * ((1 + k * cot * cot) * burgers - (y2 / ra) * bend - (y2 * z1) / (r * rz)) -
    (w * y22 * sin) / (r * rz);
  const u3 =
    p * (k * burgers * cot + (y2 / ra) * (2 * nu + a / r) - ((y2 * cos) / rz) * (cos + a / r)) +
    q *
      (-k * cot * (logA - cos * logZ) - (y1 / ra) * (2 * nu + a / r) + (z1 / rz) * (cos + a / r)) +
    w * (burgers + (y2 * (r * cos + a) * sin) / (r * rz));
  return [u1, u2, u3];
}
