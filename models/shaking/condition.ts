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
    sigma[target] = Math.sqrt(Math.max(0, input.priorVariance(target) - known));
  }
  return { mean, sigma };
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
