/**
 * Surface displacement of a rectangular dislocation in an elastic half-space.
 * In: one rectangle and points. Out: east, north and up displacement, float64.
 * Okada (1985), BSSA 75, 1135-1154, equations 24 to 29, with the limits for vertical planes
 * (cos dip = 0), for q = 0 and for R + eta = 0 given below those equations.
 * @module
 */
import type { Plane } from './okada-plane.js';
import { addSteep } from './okada-steep.js';

const RAD = Math.PI / 180;

/** A rectangle in local metres; strike clockwise from north, dip to the right of strike. */
export interface OkadaSource {
  /** Centre of the rectangle, projected to the surface. */
  readonly eastM: number;
  readonly northM: number;
  /** Depth of the centre, m, positive down. */
  readonly centroidDepthM: number;
  readonly strikeDeg: number;
  /** -90 to 90; 0 is horizontal. */
  readonly dipDeg: number;
  /** Direction of slip of the hanging wall: 0 left-lateral, 90 thrust, -90 normal. */
  readonly rakeDeg: number;
  readonly slipM: number;
  readonly lengthM: number;
  readonly widthM: number;
  /** Opening, m; 0 when absent. */
  readonly openingM?: number;
  /** 0.25 when absent. */
  readonly poissonRatio?: number;
}

/** Points at the surface, local metres. */
export interface SurfacePoints {
  readonly eastM: Float64Array;
  readonly northM: Float64Array;
}

/** Displacement at each point, m. */
export interface Displacement {
  readonly eastM: Float64Array;
  readonly northM: Float64Array;
  readonly upM: Float64Array;
}

/** Depth of the upper edge, m, from that of the centre. */
export function topDepthM(
  source: Pick<OkadaSource, 'centroidDepthM' | 'widthM' | 'dipDeg'>,
): number {
  return source.centroidDepthM - (source.widthM / 2) * Math.abs(Math.sin(source.dipDeg * RAD));
}

/** Below this cos(dip) the plane is vertical: the formulas lose their digits there. */
const VERTICAL = 1e-8;
/** Below this cos(dip) the plain forms lose digits as 1 / cos^2. */
const STEEP = 0.01;
/** Relative to the size of the fault: distances below it are zero. */
const ZERO = 1e-12;

/** Nine numbers: (x, y, z) for unit strike slip, dip slip and opening, in fault coordinates. */
type UnitResponse = Float64Array;

/** Adds sign * f(xi, eta) of Chinnery's notation to `out` (Okada 1985, equations 25 to 29). */
function addCorner(
  out: UnitResponse,
  sign: number,
  xi: number,
  eta: number,
  q: number,
  plane: Plane,
): void {
  const { sin, cos, alpha, tiny } = plane;
  const r = Math.sqrt(xi * xi + eta * eta + q * q);
  const yTilde = eta * cos + q * sin;
  const dTilde = eta * sin - q * cos;
  const rEta = r + eta;
  const rXi = r + xi;
  const rDepth = r + dTilde;
  const x2 = xi * xi + q * q;
  // R + eta = 0 and R + xi = 0: the terms that contain them vanish, the logarithm takes its limit.
  const smallEta = rEta <= tiny;
  const logEta = smallEta ? -Math.log(r - eta) : Math.log(rEta);
  const invREta = smallEta ? 0 : 1 / (r * rEta);
  const invRXi = rXi <= tiny ? 0 : 1 / (r * rXi);
  const angle = Math.abs(q) <= tiny ? 0 : Math.atan((xi * eta) / (q * r));

  let i1: number;
  let i3: number;
  let i4: number;
  let i5: number;
  if (Math.abs(cos) < VERTICAL) {
    const inv = 1 / rDepth;
    i1 = (-alpha / 2) * xi * q * inv * inv;
    i3 = (alpha / 2) * (eta * inv + yTilde * q * inv * inv - logEta);
    i4 = -alpha * q * inv;
    i5 = -alpha * xi * sin * inv;
  } else {
    const x = Math.sqrt(x2);
    const numerator = eta * (x + q * cos) + x * (r + x) * sin;
    const denominator = xi * (r + x) * cos;
    i4 = (alpha / cos) * (Math.log(rDepth) - sin * logEta);
    i5 = xi === 0 ? 0 : ((2 * alpha) / cos) * Math.atan(numerator / denominator);
    i3 = alpha * (yTilde / (cos * rDepth) - logEta) + (sin / cos) * i4;
    i1 = alpha * (-xi / (cos * rDepth)) - (sin / cos) * i5;
  }
  const i2 = -alpha * logEta - i3;
  const xq = xi * q * invREta;
  const k = sign / (2 * Math.PI);
  // Strike slip, equation 25.
  out[0] = (out[0] as number) - k * (xq + angle + i1 * sin);
  out[1] =
    (out[1] as number) - k * (yTilde * q * invREta + (smallEta ? 0 : (q * cos) / rEta) + i2 * sin);
  out[2] =
    (out[2] as number) - k * (dTilde * q * invREta + (smallEta ? 0 : (q * sin) / rEta) + i4 * sin);
  // Dip slip, equation 26.
  const sc = sin * cos;
  out[3] = (out[3] as number) - k * (q / r - i3 * sc);
  out[4] = (out[4] as number) - k * (yTilde * q * invRXi + cos * angle - i1 * sc);
  out[5] = (out[5] as number) - k * (dTilde * q * invRXi + sin * angle - i5 * sc);
  // Opening, equation 27.
  const ss = sin * sin;
  out[6] = (out[6] as number) + k * (q * q * invREta - i3 * ss);
  out[7] = (out[7] as number) + k * (-dTilde * q * invRXi - sin * (xq - angle) - i1 * ss);
  out[8] = (out[8] as number) + k * (yTilde * q * invRXi + cos * (xq - angle) - i5 * ss);
}

/**
 * Displacement for unit strike slip, unit dip slip and unit opening in the coordinates of Okada's
 * figure 1: x along strike from the corner of the lower edge, y up-dip, z up, `depth` that of the
 * lower edge. Returns [strike x, y, z, dip x, y, z, opening x, y, z].
 */
export function okadaUnitResponse(input: {
  readonly x: number;
  readonly y: number;
  readonly depth: number;
  readonly dipDeg: number;
  readonly length: number;
  readonly width: number;
  readonly poissonRatio?: number;
}): UnitResponse {
  const out = new Float64Array(9);
  const plane = planeOf(input.dipDeg, input.length, input.width, input.poissonRatio);
  addCorners(out, input.x, input.y, input.depth, input.length, input.width, plane);
  return out;
}

function planeOf(dipDeg: number, length: number, width: number, poisson = 0.25): Plane {
  const vertical = Math.abs(Math.abs(dipDeg) - 90) < 1e-9;
  return {
    sin: vertical ? Math.sign(dipDeg) : Math.sin(dipDeg * RAD),
    cos: vertical ? 0 : Math.cos(dipDeg * RAD),
    alpha: 1 - 2 * poisson,
    tiny: ZERO * (length + width),
  };
}

function addCorners(
  out: UnitResponse,
  x: number,
  y: number,
  depth: number,
  length: number,
  width: number,
  plane: Plane,
): void {
  const p = y * plane.cos + depth * plane.sin;
  const rawQ = y * plane.sin - depth * plane.cos;
  // Rounding leaves a q of the last digit for points on the plane; atan would make it a jump.
  const snap = (value: number): number => (Math.abs(value) <= plane.tiny ? 0 : value);
  const q = snap(rawQ);
  const xis = [snap(x), snap(x - length)] as const;
  const etas = [snap(p), snap(p - width)] as const;
  if (q === 0 && (xis[0] === 0 || xis[1] === 0) && (etas[0] === 0 || etas[1] === 0)) {
    // A corner that breaks the surface: uniform slip ends there and the displacement is infinite.
    // The value a hair's breadth away keeps sums finite.
    const hair = 1e-9 * (length + width);
    addCorners(out, x + hair, y + hair, depth, length, width, plane);
    return;
  }
  if (plane.cos !== 0 && Math.abs(plane.cos) < STEEP) {
    addSteep(out, x, y, depth, length, width, plane);
    return;
  }
  addCorner(out, 1, xis[0], etas[0], q, plane);
  addCorner(out, -1, xis[0], etas[1], q, plane);
  addCorner(out, -1, xis[1], etas[0], q, plane);
  addCorner(out, 1, xis[1], etas[1], q, plane);
}

/**
 * Calls `visit` for each point with the east, north, up response to unit strike slip, dip slip and
 * opening, [3 kinds x 3]; the array is reused between calls.
 */
export function forEachUnitResponse(
  source: Omit<OkadaSource, 'rakeDeg' | 'slipM'>,
  points: SurfacePoints,
  visit: (index: number, response: Float64Array) => void,
): void {
  const { lengthM, widthM, dipDeg } = source;
  const plane = planeOf(dipDeg, lengthM, widthM, source.poissonRatio);
  const sinStrike = Math.sin(source.strikeDeg * RAD);
  const cosStrike = Math.cos(source.strikeDeg * RAD);
  const depth = source.centroidDepthM + (widthM / 2) * plane.sin;
  const out = new Float64Array(9);
  const turned = new Float64Array(9);
  for (let i = 0; i < points.eastM.length; i++) {
    const east = (points.eastM[i] as number) - source.eastM;
    const north = (points.northM[i] as number) - source.northM;
    const x = east * sinStrike + north * cosStrike + lengthM / 2;
    const y = -east * cosStrike + north * sinStrike + (widthM / 2) * plane.cos;
    out.fill(0);
    addCorners(out, x, y, depth, lengthM, widthM, plane);
    for (let k = 0; k < 9; k += 3) {
      const ux = out[k] as number;
      const uy = out[k + 1] as number;
      turned[k] = ux * sinStrike - uy * cosStrike;
      turned[k + 1] = ux * cosStrike + uy * sinStrike;
      turned[k + 2] = out[k + 2] as number;
    }
    visit(i, turned);
  }
}

/** Surface displacement of a rectangle at points. */
export function okadaDisplacement(source: OkadaSource, points: SurfacePoints): Displacement {
  const strikeSlip = source.slipM * Math.cos(source.rakeDeg * RAD);
  const dipSlip = source.slipM * Math.sin(source.rakeDeg * RAD);
  const opening = source.openingM ?? 0;
  const n = points.eastM.length;
  const [eastM, northM, upM] = [new Float64Array(n), new Float64Array(n), new Float64Array(n)];
  forEachUnitResponse(source, points, (i, u) => {
    const sum = (k: number): number =>
      strikeSlip * (u[k] as number) +
      dipSlip * (u[3 + k] as number) +
      opening * (u[6 + k] as number);
    eastM[i] = sum(0);
    northM[i] = sum(1);
    upM[i] = sum(2);
  });
  return { eastM, northM, upM };
}
