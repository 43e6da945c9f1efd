/**
 * Ratio of short-term to long-term average of the squared signal (Allen 1978), as in ObsPy's
 * `obspy.signal.trigger`. In: samples. Out: the ratio at each sample.
 * @module
 */
import { InvalidInputError } from '../../core/errors.js';

export interface StaLtaInput {
  readonly samples: ArrayLike<number>;
  /** Length of the short window, samples. */
  readonly shortSamples: number;
  /** Length of the long window, samples; longer than the short one. */
  readonly longSamples: number;
}

/**
 * Classic STA/LTA: both windows end at the sample. 0 until the long window is full, and where the
 * signal was exactly 0 throughout.
 */
export function classicStaLta(input: StaLtaInput): Float64Array {
  const { samples, shortSamples, longSamples } = checked(input);
  return staLtaOfEnergy({
    energy: Float64Array.from(samples, (x) => x * x),
    shortSamples,
    longSamples,
  });
}

/** The classic ratio for a signal that is squared already (or summed over components). */
export function staLtaOfEnergy(input: {
  readonly energy: ArrayLike<number>;
  readonly shortSamples: number;
  readonly longSamples: number;
}): Float64Array {
  const { energy, shortSamples, longSamples } = input;
  const ratio = new Float64Array(energy.length);
  let [sta, lta] = [0, 0];
  for (let i = 0; i < energy.length; i++) {
    sta += energy[i] as number;
    lta += energy[i] as number;
    if (i >= shortSamples) sta -= energy[i - shortSamples] as number;
    if (i >= longSamples) lta -= energy[i - longSamples] as number;
    // Running sums can round to a little below zero after a loud passage.
    if (i >= longSamples - 1 && lta > 0) {
      ratio[i] = Math.max(0, ((sta / lta) * longSamples) / shortSamples);
    }
  }
  return ratio;
}

/** Recursive STA/LTA (Withers et al. 1998): exponential averages; 0 for the first long window. */
export function recursiveStaLta(input: StaLtaInput): Float64Array {
  const { samples, shortSamples, longSamples } = checked(input);
  const [shortShare, longShare] = [1 / shortSamples, 1 / longSamples];
  const ratio = new Float64Array(samples.length);
  let [sta, lta] = [0, Number.MIN_VALUE];
  for (let i = 1; i < samples.length; i++) {
    const energy = (samples[i] as number) ** 2;
    sta = shortShare * energy + (1 - shortShare) * sta;
    lta = longShare * energy + (1 - longShare) * lta;
    if (i >= longSamples && lta > 0) ratio[i] = sta / lta;
  }
  return ratio;
}

function checked(input: StaLtaInput): StaLtaInput {
  if (!(input.shortSamples >= 1 && input.longSamples > input.shortSamples)) {
    throw new InvalidInputError({
      what: 'STA/LTA windows',
      reason: `short ${input.shortSamples}, long ${input.longSamples} samples`,
      remedy: 'give a short window of at least 1 sample and a longer long window',
    });
  }
  return input;
}
