/**
 * Envelope peaks of P and S waves by Cua & Heaton (2007): magnitude and distance in, log10 of the
 * horizontal peak acceleration in gal out. Coefficients from the table in
 * rmartinshort/MyShake_simulation_supporting, `Magnitude_estimation_from_ground_motion.ipynb`.
 * @module
 */

/** Which envelope: phase and site class. */
export type CuaHeatonEnvelope = 'P-rock' | 'P-soil' | 'S-rock' | 'S-soil';

interface Coefficients {
  readonly a: number;
  readonly b: number;
  readonly c1: number;
  readonly c2: number;
  readonly d: number;
  readonly e: number;
  readonly sigma: number;
}

/** Horizontal PGA. sigma is the total standard deviation of log10. */
const PGA: Readonly<Record<CuaHeatonEnvelope, Coefficients>> = {
  'P-rock': { a: 0.72, b: 3.3e-3, c1: 1.6, c2: 1.05, d: 1.2, e: -1.06, sigma: 0.31 },
  'P-soil': { a: 0.74, b: 3.3e-3, c1: 2.41, c2: 0.95, d: 1.26, e: -1.05, sigma: 0.29 },
  'S-rock': { a: 0.733, b: 7.216e-4, c1: 1.16, c2: 0.96, d: 1.48, e: -0.4202, sigma: 0.3069 },
  'S-soil': {
    a: 0.709,
    b: 2.3878e-3,
    c1: 1.722,
    c2: 0.956,
    d: 1.4386,
    e: -2.4525e-2,
    sigma: 0.3261,
  },
};

/** Depth up to which the law's own distance (epicentral, shallow California) is used, km. */
const TYPICAL_DEPTH_KM = 8;

/** Total standard deviation of log10 PGA of an envelope. */
export function cuaHeatonSigma(envelope: CuaHeatonEnvelope): number {
  return PGA[envelope].sigma;
}

/**
 * log10 of the median peak (gal): a M - b (R1 + C) - d log10(R1 + C) + e with R1 = sqrt(R^2 + 9)
 * and C = c1 exp(c2 (M - 5)) (arctan(M - 5) + pi/2).
 *
 * The law was fitted to shallow events and has no depth. Depth beyond 8 km is added to the distance
 * (R1^2 = R^2 + 9 + z^2 - 64), which leaves it unchanged where it was fitted. Validated for M 2 to
 * 7.3 and 200 km; outside it extrapolates. Within 10 km it oversaturates above M 7 (falls with M).
 */
export function cuaHeatonLog10Pga(
  envelope: CuaHeatonEnvelope,
  magnitude: number,
  distanceKm: number,
  depthKm = 0,
): number {
  const k = PGA[envelope];
  const deeper =
    depthKm > TYPICAL_DEPTH_KM ? depthKm * depthKm - TYPICAL_DEPTH_KM * TYPICAL_DEPTH_KM : 0;
  const r1 = Math.sqrt(distanceKm * distanceKm + 9 + deeper);
  const far = r1 + saturationKm(envelope, magnitude);
  return k.a * magnitude - k.b * far - k.d * Math.log10(far) + k.e;
}

/** C of the last magnitude of each envelope: one event is asked for at many sensors. */
const last = new Map<CuaHeatonEnvelope, { magnitude: number; km: number }>();

function saturationKm(envelope: CuaHeatonEnvelope, magnitude: number): number {
  let known = last.get(envelope);
  if (!known) last.set(envelope, (known = { magnitude: Number.NaN, km: 0 }));
  if (known.magnitude !== magnitude) {
    const { c1, c2 } = PGA[envelope];
    known.magnitude = magnitude;
    known.km = c1 * Math.exp(c2 * (magnitude - 5)) * (Math.atan(magnitude - 5) + Math.PI / 2);
  }
  return known.km;
}
