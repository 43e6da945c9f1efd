/**
 * Unit responses at the surface of planes near the vertical, where the plain formulas of 1985 divide by small
 * powers of cos(dip).
 * @module
 */
import { corner, dipTerms, type CornerPlane } from './okada-corner.js';
import { partB } from './okada-tables.js';
import type { Plane } from './okada-plane.js';

/** As `addCorners` for planes near the vertical: terms that divide by cos(dip) are interpolated in the dip. */
export function addSteep(
  out: Float64Array,
  x: number,
  y: number,
  depth: number,
  length: number,
  width: number,
  plane: Plane,
): void {
  const { sin, alpha, tiny } = plane;
  if (sin < 0) {
    // The same plane with positive dip, from its other lower corner: opposite strike and slip.
    const turned = new Float64Array(9);
    const upright = { ...plane, sin: -sin };
    addSteep(
      turned,
      length - x,
      width * plane.cos - y,
      depth - width * sin,
      length,
      width,
      upright,
    );
    turned.forEach((value, k) => {
      const same = (k % 3 === 2) === k > 5;
      out[k] = (out[k] as number) + (same ? value : -value);
    });
    return;
  }
  const dipRad = Math.atan2(sin, plane.cos);
  const at: CornerPlane = { sin, cos: plane.cos, dipRad, tiny };
  const snap = (value: number): number => (Math.abs(value) <= tiny ? 0 : value);
  const p = y * plane.cos + depth * sin;
  const q = snap(y * sin - depth * plane.cos);
  for (const [xi, eta, sign] of [
    [x, p, 1],
    [x, p - width, -1],
    [x - length, p, -1],
    [x - length, p - width, 1],
  ] as const) {
    const c = corner(snap(xi), snap(eta), q, at);
    const terms = dipTerms(c, at);
    for (let kind = 0; kind < 3; kind++) {
      const slip = {
        strike: kind === 0 ? sign : 0,
        dip: kind === 1 ? sign : 0,
        opening: kind === 2 ? sign : 0,
      };
      // alpha is mu / (lambda + mu) here, (lambda + mu) / (lambda + 2 mu) there.
      const u = partB(c, terms, at, { alpha: 1 / (1 + alpha) }, slip);
      const [u1, u2, u3] = [u[0] as number, u[1] as number, u[2] as number];
      out[3 * kind] = (out[3 * kind] as number) + u1;
      out[3 * kind + 1] = (out[3 * kind + 1] as number) + u2 * plane.cos - u3 * sin;
      out[3 * kind + 2] = (out[3 * kind + 2] as number) + u2 * sin + u3 * plane.cos;
    }
  }
}
