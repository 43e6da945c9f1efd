/**
 * Statistics that a few large values cannot spoil.
 * @module
 */

/** Scales a median absolute deviation to the standard deviation of a normal distribution. */
const MAD_TO_SIGMA = 1.482602218505602;

/** Value below which a share `q` (0 to 1) lies, linear between samples as numpy does; NaN if empty. */
export function quantile(values: ArrayLike<number>, q: number): number {
  const sorted = Float64Array.from(values).sort();
  if (sorted.length === 0) return Number.NaN;
  const at = q * (sorted.length - 1);
  const low = sorted[Math.floor(at)] as number;
  const high = sorted[Math.ceil(at)] as number;
  return low + (high - low) * (at - Math.floor(at));
}

/** Median; NaN of nothing. */
export function median(values: ArrayLike<number>): number {
  return quantile(values, 0.5);
}

/** Standard deviation of the quiet majority: 1.4826 times the median absolute deviation. */
export function robustSigma(values: ArrayLike<number>): number {
  const centre = median(values);
  return MAD_TO_SIGMA * median(Float64Array.from(values, (x) => Math.abs(x - centre)));
}
