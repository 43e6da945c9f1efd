/**
 * Conditional Gaussian: a prior over targets and data, and data, in; posterior means and standard
 * deviations of the targets out (Worden et al. 2018, BSSA 108, 866-875, eqs. 13 and 14, with the
 * between-event terms inside the covariance as in Engler et al. 2022).
 * @module
 */
import { cholesky } from '../numerics/linear-algebra.js';

export interface ConditionInput {
  /** Data minus their prior means, [n]. */
  readonly residuals: Float64Array;
  /** Covariance of the data, errors included, [n, n]. */
  readonly dataCovariance: Float64Array;
  readonly targets: number;
  readonly priorMean: (target: number) => number;
  readonly priorVariance: (target: number) => number;
  /**
   * Sources that the data were already weighed for: medians of each less their mean, over the root of
   * their number, of each datum and of a target, [sources]. The answer is then the mixture of the answers
   * for each source, by mean and variance.
   */
  readonly sources?: {
    readonly data: readonly Float64Array[];
    readonly target: (target: number) => Float64Array;
  };
  /** Writes the covariances of one target with the data, [n]. */
  readonly crossCovariance: (target: number, into: Float64Array) => void;
}

export interface Conditioned {
  readonly mean: Float64Array;
  readonly sigma: Float64Array;
}

/** A datum without error that another one repeats would make the matrix singular: share of its variance. */
const JITTER = 1e-9;

/** Throws NoSolutionError when the covariance is not one. */
export function condition(input: ConditionInput): Conditioned {
  const n = input.residuals.length;
  const mean = new Float64Array(input.targets);
  const sigma = new Float64Array(input.targets);
  const covariance = input.dataCovariance.slice();
  for (let i = 0; i < n; i++)
    covariance[i * n + i] = (covariance[i * n + i] as number) * (1 + JITTER);
  const lower = cholesky(covariance, n);
  const white = solveLower(lower, n, input.residuals.slice());
  const whiteSources = input.sources ? solveColumns(lower, n, input.sources.data) : [];
  const cross = new Float64Array(n);
  for (let target = 0; target < input.targets; target++) {
    input.crossCovariance(target, cross);
    solveLower(lower, n, cross);
    let shift = 0;
    let known = 0;
    for (let i = 0; i < n; i++) {
      const value = cross[i] as number;
      shift += value * (white[i] as number);
      known += value * value;
    }
    mean[target] = input.priorMean(target) + shift;
    // Rounding must not make a variance negative where a datum is exact.
    const spread = input.sources ? spreadOf(input.sources.target(target), whiteSources, cross) : 0;
    sigma[target] = Math.sqrt(Math.max(0, input.priorVariance(target) - known) + spread);
  }
  return { mean, sigma };
}

/** L^-1 of the columns of [n] rows, each column [n]. */
function solveColumns(
  lower: Float64Array,
  n: number,
  rows: readonly Float64Array[],
): Float64Array[] {
  const count = rows[0]?.length ?? 0;
  return Array.from({ length: count }, (_, k) =>
    solveLower(
      lower,
      n,
      Float64Array.from(rows, (row) => row[k] as number),
    ),
  );
}

/** Variance over the sources of what each predicts once it has met the data. */
function spreadOf(
  target: Float64Array,
  whiteSources: readonly Float64Array[],
  cross: Float64Array,
): number {
  let sum = 0;
  for (let k = 0; k < target.length; k++) {
    const white = whiteSources[k];
    let met = 0;
    if (white)
      for (let i = 0; i < white.length; i++) met += (white[i] as number) * (cross[i] as number);
    sum += ((target[k] as number) - met) ** 2;
  }
  return sum;
}

/** Forward substitution L x = b in place; the first `from` elements of b are 0. */
export function solveLower(
  lower: Float64Array,
  n: number,
  x: Float64Array,
  from = 0,
): Float64Array {
  for (let i = from; i < n; i++) {
    let sum = x[i] as number;
    const row = i * n;
    for (let k = from; k < i; k++) sum -= (lower[row + k] as number) * (x[k] as number);
    x[i] = sum / (lower[row + i] as number);
  }
  return x;
}
