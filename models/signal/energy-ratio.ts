/**
 * Log ratio of the energy after an instant to the energy before it. In: energy. Out: the ratio at
 * each sample: an STA/LTA whose windows do not overlap and meet at the instant.
 * @module
 */

export interface EnergyRatioInput {
  /** Squared signal, summed over components. */
  readonly energy: ArrayLike<number>;
  readonly afterSamples: number;
  readonly beforeSamples: number;
  /** Added to both means: noise below which nothing counts, in the unit of `energy`. */
  readonly floor: number;
}

/**
 * ln(mean energy of [t, t + after) / mean energy of [t - before, t)). NaN where a window is
 * incomplete. Shape [time].
 */
export function logEnergyRatio(input: EnergyRatioInput): Float64Array {
  const { energy, afterSamples, beforeSamples, floor } = input;
  const n = energy.length;
  const sum = new Float64Array(n + 1);
  for (let i = 0; i < n; i++) sum[i + 1] = (sum[i] as number) + (energy[i] as number);
  const ratio = new Float64Array(n).fill(Number.NaN);
  for (let t = beforeSamples; t + afterSamples <= n; t++) {
    const after = ((sum[t + afterSamples] as number) - (sum[t] as number)) / afterSamples;
    const before = ((sum[t] as number) - (sum[t - beforeSamples] as number)) / beforeSamples;
    // Differences of a running sum may round to just below zero.
    ratio[t] = Math.log((Math.max(0, after) + floor) / (Math.max(0, before) + floor));
  }
  return ratio;
}
