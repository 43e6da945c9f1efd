/**
 * Stretches of a mask without gaps.
 * @module
 */

/** Half-open range of samples. */
export interface SampleRange {
  readonly from: number;
  readonly to: number;
}

/** Ranges where the mask is 1 for at least `minSamples`. Shape of `mask`: [time]. */
export function maskedRuns(mask: Uint8Array, minSamples = 1): SampleRange[] {
  const runs: SampleRange[] = [];
  for (let i = 0; i < mask.length; i++) {
    if (mask[i] !== 1) continue;
    const from = i;
    while (i < mask.length && mask[i] === 1) i++;
    if (i - from >= minSamples) runs.push({ from, to: i });
  }
  return runs;
}
