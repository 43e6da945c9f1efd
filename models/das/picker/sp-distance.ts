/**
 * Distance from the time between P and S. In: S-P and its uncertainty. Out: quantiles of the
 * epicentral distance over depths and velocity models.
 * @module
 */
import { travelTimeTable } from '../../traveltime/travel-time-table.js';

/** Quantiles of a distance, km. */
export interface DistanceKm {
  readonly p05: number;
  readonly p50: number;
  readonly p95: number;
}

/** Depths at equal shares of an exponential with mean 9 km. */
const DEPTHS_KM = [0.05, 0.15, 0.25, 0.35, 0.45, 0.55, 0.65, 0.75, 0.85, 0.95].map(
  (share) => -9 * Math.log(1 - share),
);
/** Regional Vp/Vs and velocities differ from the global models by this factor on S-P (1 sigma). */
const MODEL_SIGMA = 0.06;
/** Normal quantiles at equal shares. */
const NORMAL = [-1.64, -1.04, -0.67, -0.39, -0.13, 0.13, 0.39, 0.67, 1.04, 1.64];
const FARTHEST_KM = 600;

/**
 * Inverts S-P in iasp91 and ak135 for ten depths, ten errors of the model and of the time. Null when
 * no source within 600 km fits.
 */
export function distanceFromSP(input: {
  readonly sMinusPS: number;
  readonly sigmaS: number;
}): DistanceKm | null {
  const distances: number[] = [];
  for (const model of ['iasp91', 'ak135'] as const) {
    const table = travelTimeTable({ model });
    for (const depthKm of DEPTHS_KM) {
      const sMinusP = (km: number): number => table.s(km, depthKm) - table.p(km, depthKm);
      for (const error of NORMAL) {
        const sigma = Math.hypot(MODEL_SIGMA * input.sMinusPS, input.sigmaS);
        const wanted = input.sMinusPS + error * sigma;
        const km = invert(sMinusP, wanted);
        if (km !== null) distances.push(km);
      }
    }
  }
  if (distances.length === 0) return null;
  distances.sort((a, b) => a - b);
  const at = (share: number): number =>
    distances[Math.round(share * (distances.length - 1))] as number;
  return { p05: at(0.05), p50: at(0.5), p95: at(0.95) };
}

/** S-P grows with distance; a source deeper than the time allows has none. */
function invert(sMinusP: (km: number) => number, wanted: number): number | null {
  let [low, high] = [0, FARTHEST_KM];
  if (wanted < sMinusP(low) || wanted > sMinusP(high)) return null;
  for (let i = 0; i < 30; i++) {
    const middle = (low + high) / 2;
    if (sMinusP(middle) < wanted) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}
