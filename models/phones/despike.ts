/**
 * Lone outliers of an accelerometer record (bit flips, transmission faults). In: samples. Out: the
 * samples with each outlier replaced by its surroundings, and how many there were.
 * @module
 */
import { median, robustSigma } from '../signal/robust.js';

/** Samples on each side that are compared. */
const REACH = 16;
const MEDIAN_REACH = 4;
/** An outlier stands out this many times more than anything else around it. */
const TIMES = 10;

/**
 * Replaces samples that differ from the median of their neighbours ten times more than any other
 * sample within half a second (at 31 Hz) does, neighbours on each side aside. Ground motion is
 * never that lonely: a peak at the highest frequency of the record still has its like beside it.
 */
export function despike(samples: Float32Array): {
  readonly samples: Float32Array;
  readonly spikes: number;
} {
  const steps = Float64Array.from(
    samples.subarray(1),
    (value, i) => value - (samples[i] as number),
  );
  const suspicious = TIMES * robustSigma(steps);
  let cleaned: Float32Array | null = null;
  let spikes = 0;
  for (let i = 1; i < samples.length - 1; i++) {
    if (Math.abs(steps[i - 1] as number) <= suspicious) continue;
    const around = samples.subarray(Math.max(0, i - MEDIAN_REACH), i + MEDIAN_REACH + 1);
    const centre = median(around);
    let others = 0;
    for (let k = Math.max(0, i - REACH); k < Math.min(samples.length, i + REACH + 1); k++) {
      if (Math.abs(k - i) > 1) others = Math.max(others, Math.abs((samples[k] as number) - centre));
    }
    if (Math.abs((samples[i] as number) - centre) <= TIMES * others) continue;
    cleaned ??= samples.slice();
    cleaned[i] = centre;
    spikes++;
  }
  return { samples: cleaned ?? samples, spikes };
}
