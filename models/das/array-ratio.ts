/**
 * The characteristic function of a stretch of fibre. In: log energy ratios of its channels. Out: at
 * each instant the median over channels along the best straight move-out.
 * @module
 */

/** Slowest apparent speed looked for, km/s: below it are cars and waves in water. */
const SLOWEST_KM_S = 1.5;

export interface ArrayRatio {
  /** Median log ratio along the best slowness, [time]; NaN where channels have none. */
  readonly values: Float64Array;
  /** That slowness, s/km along the fibre. */
  readonly slowness: Float64Array;
}

/**
 * Shifts each channel's ratio by slowness times distance from the middle (envelopes are shifted, not
 * waveforms: strain on a bent cable is incoherent), takes the median over channels and keeps the
 * slowness with the largest median. `ratios`: [channel][time] at `rateHz`; `distanceKm`: [channel].
 */
export function arrayRatio(input: {
  readonly ratios: readonly Float32Array[];
  readonly distanceKm: readonly number[];
  readonly rateHz: number;
}): ArrayRatio {
  const { ratios, distanceKm, rateHz } = input;
  const length = ratios[0]?.length ?? 0;
  const middle = (Math.min(...distanceKm) + Math.max(...distanceKm)) / 2;
  const reach = Math.max(0, ...distanceKm.map((d) => Math.abs(d - middle)));
  // One sample of shift at the ends of the segment a step; segments shorter than that need none.
  const steps = Math.floor((reach / SLOWEST_KM_S) * rateHz);
  const values = new Float64Array(length).fill(Number.NaN);
  const slowness = new Float64Array(length);
  const scratch = new Float64Array(ratios.length);
  for (let step = -steps; step <= steps; step++) {
    const slow = steps === 0 ? 0 : step / (reach * rateHz);
    const shifts = distanceKm.map((d) => Math.round(slow * (d - middle) * rateHz));
    for (let t = 0; t < length; t++) {
      let n = 0;
      for (let c = 0; c < ratios.length; c++) {
        const value = ratios[c]?.[t + (shifts[c] as number)];
        if (value !== undefined && !Number.isNaN(value)) scratch[n++] = value;
      }
      // A median of fewer than half of the channels would belong to another array.
      if (2 * n < ratios.length || n === 0) continue;
      const middleValue = medianOf(scratch, n);
      if (!(middleValue <= (values[t] as number))) {
        values[t] = middleValue;
        slowness[t] = slow;
      }
    }
  }
  return { values, slowness };
}

function medianOf(values: Float64Array, n: number): number {
  const sorted = values.subarray(0, n).slice().sort();
  return ((sorted[(n - 1) >> 1] as number) + (sorted[n >> 1] as number)) / 2;
}
