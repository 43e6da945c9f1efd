/**
 * In: epochs and the terms that a displacement may have. Out: the linear operator from displacements at
 * epochs to intercept, velocity, seasonal terms and steps, and the operators of bootstrap resamples.
 * @module
 */
import { InvalidInputError } from '../../../core/errors.js';
import { createRandom } from '../../../core/random.js';
import { leastSquaresOperator } from '../linear-algebra.js';

export interface TimeTerms {
  /** Adds a sine and a cosine of one year. */
  readonly seasonal: boolean;
  /** Adds an offset that sets in on each of these dates, `YYYY-MM-DD`. */
  readonly steps: readonly string[];
}

export interface TimeModel {
  /** `interceptMm`, `velocityMmPerYear`, then `seasonalSineMm`, `seasonalCosineMm`, `stepMm:DATE`. */
  readonly names: readonly string[];
  /** [epochs, terms]. */
  readonly design: Float64Array;
  /** [terms, epochs]: least-squares estimates of the terms. */
  readonly operator: Float64Array;
  /** [samples, epochs]: velocity of each bootstrap resample of the epochs. */
  readonly resamples: Float64Array;
}

/** Place of the velocity among the terms. */
export const VELOCITY_TERM = 1;

/**
 * Model of a time series. `bootstrap` resamples of the epochs with replacement (as LiCSBAS and MintPy);
 * one set for all pixels. Throws InvalidInputError when the epochs cannot tell the terms apart.
 */
export function timeModel(input: {
  readonly epochs: readonly string[];
  readonly years: Float64Array;
  readonly terms: TimeTerms;
  readonly bootstrap: number;
  readonly seed: number;
}): TimeModel {
  const { epochs, years, terms } = input;
  const names = [
    'interceptMm',
    'velocityMmPerYear',
    ...(terms.seasonal ? ['seasonalSineMm', 'seasonalCosineMm'] : []),
    ...terms.steps.map((date) => `stepMm:${date}`),
  ];
  const width = names.length;
  // The phase of the season counts from the first of January, so that stacks compare.
  const season = epochs.map((date) => {
    const yearDay =
      Date.parse(`${date}T00:00:00Z`) - Date.parse(`${date.slice(0, 4)}-01-01T00:00:00Z`);
    return (2 * Math.PI * yearDay) / (365.25 * 86_400_000);
  });
  const design = new Float64Array(epochs.length * width);
  epochs.forEach((date, k) => {
    const angle = season[k] as number;
    const row = [
      1,
      years[k] as number,
      ...(terms.seasonal ? [Math.sin(angle), Math.cos(angle)] : []),
      ...terms.steps.map((step) => (date >= step ? 1 : 0)),
    ];
    design.set(row, k * width);
  });
  const operator = leastSquaresOperator(design, epochs.length, width, 1e-10);
  if (!operator) {
    throw new InvalidInputError({
      what: 'terms of the time series',
      reason: `${epochs.length} epochs (${epochs[0]} to ${epochs.at(-1)}) cannot tell ${names.join(', ')} apart`,
      remedy:
        'leave out the seasonal term or the step, or give more interferograms on both sides of it',
    });
  }
  return { names, design, operator, resamples: resampleVelocity(input, design, width) };
}

function resampleVelocity(
  input: { readonly bootstrap: number; readonly seed: number },
  design: Float64Array,
  width: number,
): Float64Array {
  const epochs = design.length / width;
  const out = new Float64Array(input.bootstrap * epochs);
  const random = createRandom(input.seed);
  const drawn = new Float64Array(design.length);
  for (let b = 0; b < input.bootstrap; b++) {
    const picks = new Int32Array(epochs);
    let operator: Float64Array | null = null;
    // A draw that holds too few different epochs says nothing of the velocity; with few epochs it is common.
    for (let attempt = 0; attempt < 100 && !operator; attempt++) {
      for (let k = 0; k < epochs; k++) {
        const pick = random.integer(epochs);
        picks[k] = pick;
        drawn.set(design.subarray(pick * width, (pick + 1) * width), k * width);
      }
      operator = leastSquaresOperator(drawn, epochs, width, 1e-10);
    }
    if (!operator) return new Float64Array(0);
    for (let k = 0; k < epochs; k++) {
      const at = b * epochs + (picks[k] as number);
      out[at] = (out[at] as number) + (operator[VELOCITY_TERM * epochs + k] as number);
    }
  }
  return out;
}
