/**
 * Statistics of weighted samples.
 * @module
 */
import type { Random } from '../../core/random.js';
import { logSumExp } from './special.js';

/** Weights that sum to 1 from log weights; all equal when every log weight is -Infinity. */
export function normalizedWeights(logWeights: ArrayLike<number>): Float64Array {
  const total = logSumExp(logWeights);
  return Float64Array.from(logWeights, (w) =>
    total === Number.NEGATIVE_INFINITY ? 1 / logWeights.length : Math.exp(w - total),
  );
}

/** Effective sample size 1 / sum w^2 of weights that sum to 1 (Kish). */
export function effectiveSampleSize(weights: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < weights.length; i++) sum += (weights[i] as number) ** 2;
  return sum > 0 ? 1 / sum : 0;
}

/** Mean and standard deviation. */
export function weightedMoments(
  values: ArrayLike<number>,
  weights: ArrayLike<number>,
): { readonly mean: number; readonly sd: number } {
  let mean = 0;
  for (let i = 0; i < values.length; i++) mean += (weights[i] as number) * (values[i] as number);
  let variance = 0;
  for (let i = 0; i < values.length; i++) {
    variance += (weights[i] as number) * ((values[i] as number) - mean) ** 2;
  }
  return { mean, sd: Math.sqrt(variance) };
}

/** Quantiles (0 to 1) by the inverse of the weighted distribution function. */
export function weightedQuantiles(
  values: ArrayLike<number>,
  weights: ArrayLike<number>,
  probabilities: readonly number[],
): number[] {
  const order = Array.from({ length: values.length }, (_, i) => i).sort(
    (a, b) => (values[a] as number) - (values[b] as number),
  );
  return probabilities.map((probability) => {
    let cumulative = 0;
    for (const i of order) {
      cumulative += weights[i] as number;
      if (cumulative >= probability - 1e-12) return values[i] as number;
    }
    return values[order.at(-1) as number] as number;
  });
}

/** Systematic resampling: indices of `count` draws with one uniform number. */
export function systematicResample(
  weights: ArrayLike<number>,
  count: number,
  random: Random,
): Int32Array {
  const indices = new Int32Array(count);
  const start = random.uniform();
  let cumulative = weights[0] as number;
  let i = 0;
  for (let k = 0; k < count; k++) {
    const target = (k + start) / count;
    while (cumulative < target && i < weights.length - 1) cumulative += weights[++i] as number;
    indices[k] = i;
  }
  return indices;
}
