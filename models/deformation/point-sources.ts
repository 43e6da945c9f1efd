/**
 * Point sources below the surface of an elastic half-space, as kernels that other sources add up.
 * In: place, strength and points. Out: their displacement added to arrays, float64.
 * @module
 */
import type { Displacement, SurfacePoints } from './okada.js';

const RAD = Math.PI / 180;

/** Zero displacement at n points. */
export function noDisplacement(n: number): Displacement {
  return { eastM: new Float64Array(n), northM: new Float64Array(n), upM: new Float64Array(n) };
}

interface PointPlace {
  readonly eastM: number;
  readonly northM: number;
  /** Depth, m, > 0. */
  readonly depthM: number;
  readonly poissonRatio: number;
}

/**
 * Adds the displacement of a centre of dilatation with the potency `volumeM3` of a cavity (Mogi 1958):
 * (1 - nu) / pi * volume * (east, north, depth) / R^3.
 */
export function addDilatation(
  to: Displacement,
  points: SurfacePoints,
  place: PointPlace & { readonly volumeM3: number },
): void {
  const strength = ((1 - place.poissonRatio) / Math.PI) * place.volumeM3;
  const depth = place.depthM;
  for (let i = 0; i < points.eastM.length; i++) {
    const east = (points.eastM[i] as number) - place.eastM;
    const north = (points.northM[i] as number) - place.northM;
    const r2 = east * east + north * north + depth * depth;
    const factor = strength / (r2 * Math.sqrt(r2));
    to.eastM[i] = (to.eastM[i] as number) + factor * east;
    to.northM[i] = (to.northM[i] as number) + factor * north;
    to.upM[i] = (to.upM[i] as number) + factor * depth;
  }
}

/**
 * Adds the displacement of a point tensile dislocation: a small crack with strike and dip, opened by
 * `potencyM3` = area times opening (Okada 1985, BSSA 75, equation 10).
 */
export function addTensilePoint(
  to: Displacement,
  points: SurfacePoints,
  place: PointPlace & {
    readonly potencyM3: number;
    readonly strikeDeg: number;
    readonly dipDeg: number;
  },
): void {
  const [sinStrike, cosStrike] = [Math.sin(place.strikeDeg * RAD), Math.cos(place.strikeDeg * RAD)];
  const [sin, cos] = [Math.sin(place.dipDeg * RAD), Math.cos(place.dipDeg * RAD)];
  const strength = place.potencyM3 / (2 * Math.PI);
  const alpha = 1 - 2 * place.poissonRatio;
  const d = place.depthM;
  for (let i = 0; i < points.eastM.length; i++) {
    const east = (points.eastM[i] as number) - place.eastM;
    const north = (points.northM[i] as number) - place.northM;
    const x = east * sinStrike + north * cosStrike;
    const y = north * sinStrike - east * cosStrike;
    const r = Math.sqrt(x * x + y * y + d * d);
    const r3 = r * r * r;
    const rd = r + d;
    const q = y * sin - d * cos;
    const shear = (3 * r + d) / (r3 * rd * rd * rd);
    const i1 = alpha * y * (1 / (r * rd * rd) - x * x * shear);
    const i2 = alpha * x * (1 / (r * rd * rd) - y * y * shear);
    const i3 = (alpha * x) / r3 - i2;
    const i5 = alpha * (1 / (r * rd) - (x * x * (2 * r + d)) / (r3 * rd * rd));
    const main = (3 * q * q) / (r3 * r * r);
    const ux = strength * (main * x - i3 * sin * sin);
    const uy = strength * (main * y - i1 * sin * sin);
    to.eastM[i] = (to.eastM[i] as number) + ux * sinStrike - uy * cosStrike;
    to.northM[i] = (to.northM[i] as number) + ux * cosStrike + uy * sinStrike;
    to.upM[i] = (to.upM[i] as number) + strength * (main * d - i5 * sin * sin);
  }
}

/** Nodes and weights of Gauss-Legendre quadrature on [-1, 1] (Newton iteration on P_n). */
export function gaussLegendre(n: number): {
  readonly nodes: Float64Array;
  readonly weights: Float64Array;
} {
  const known = rules.get(n);
  if (known) return known;
  const nodes = new Float64Array(n);
  const weights = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    let x = Math.cos((Math.PI * (i + 0.75)) / (n + 0.5));
    let slope = 1;
    for (let iteration = 0; iteration < 100; iteration++) {
      let [p0, p1] = [1, x];
      for (let k = 2; k <= n; k++) [p0, p1] = [p1, ((2 * k - 1) * x * p1 - (k - 1) * p0) / k];
      if (n === 1) p0 = 1;
      slope = (n * (x * p1 - p0)) / (x * x - 1);
      const step = p1 / slope;
      x -= step;
      if (Math.abs(step) < 1e-16) break;
    }
    nodes[i] = x;
    weights[i] = 2 / ((1 - x * x) * slope * slope);
  }
  const rule = { nodes, weights };
  rules.set(n, rule);
  return rule;
}

const rules = new Map<number, { nodes: Float64Array; weights: Float64Array }>();
