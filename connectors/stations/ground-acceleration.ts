/** Samples of a seismometer or accelerometer in, ground acceleration in gal out. Pure. @module */

/** What a sensor measures. */
export type GroundMotion = 'acceleration' | 'velocity';

const GAL_PER_M_S2 = 100;
/** Samples lost at each end of a run of velocities. */
export const DERIVATIVE_REACH = 2;
const PREFIX: Readonly<Record<string, number>> = { '': 1, C: 1e-2, M: 1e-3, U: 1e-6, N: 1e-9 };

/**
 * Meaning of an input unit as StationXML files write it (`M/S**2`, `m/s^2`, `CM/S/S`, `nm/s`), with
 * SI units for one of it; null for anything that is neither acceleration nor velocity.
 */
export function groundMotionOf(
  units: string,
): { readonly motion: GroundMotion; readonly siPerUnit: number } | null {
  const text = units.toUpperCase().replace(/\s+/g, '').replace('SEC', 'S');
  if (text === 'G') return { motion: 'acceleration', siPerUnit: 9.80665 };
  const found = /^([CMUN]?)M(\/S(?:\*\*2|\^2|2|\/S)?|\*?S-1|\*?S-2)$/.exec(text);
  if (!found) return null;
  const [, prefix = '', rate = ''] = found;
  const motion = rate === '/S' || rate.endsWith('S-1') ? 'velocity' : 'acceleration';
  return { motion, siPerUnit: PREFIX[prefix] as number };
}

/**
 * Acceleration, gal, of a gap-free run of counts: flat sensitivity, and for velocities the five-point
 * derivative (within 1 % up to 0.1 of the rate), whose first and last two samples are left out by the caller: they
 * are 0 here. The instrument's response is taken as flat: true in the 1 to 8 Hz band of the evidence.
 */
export function toAcceleration(input: {
  readonly counts: ArrayLike<number>;
  readonly rateHz: number;
  /** Counts per unit of `units`. */
  readonly sensitivity: number;
  readonly motion: GroundMotion;
  readonly siPerUnit: number;
}): Float32Array {
  const { counts, rateHz, motion } = input;
  const n = counts.length;
  const scale = (GAL_PER_M_S2 * input.siPerUnit) / input.sensitivity;
  const out = new Float32Array(n);
  const at = (i: number): number => counts[i] as number;
  if (motion === 'acceleration') {
    for (let i = 0; i < n; i++) out[i] = at(i) * scale;
    return out;
  }
  const step = (scale * rateHz) / 12;
  for (let i = DERIVATIVE_REACH; i < n - DERIVATIVE_REACH; i++) {
    out[i] = (at(i - 2) - 8 * at(i - 1) + 8 * at(i + 1) - at(i + 2)) * step;
  }
  return out;
}
