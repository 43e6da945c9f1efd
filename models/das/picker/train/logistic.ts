/**
 * Logistic regression by Newton's method with a weak ridge: what calibrates the picker. In: features
 * and answers. Out: coefficients.
 * @module
 */
import { invertPositiveDefinite } from '../../../numerics/linear-algebra.js';

const RIDGE = 0.05;
const ITERATIONS = 50;

/** Coefficients, [feature]. `rows`: [case][feature]; give a constant 1 as one feature for an offset. */
export function fitLogistic(
  rows: readonly (readonly number[])[],
  answers: readonly boolean[],
  ridge: number = RIDGE,
): number[] {
  const n = rows[0]?.length ?? 0;
  let beta = new Array<number>(n).fill(0);
  for (let iteration = 0; iteration < ITERATIONS; iteration++) {
    const slope = beta.map((b) => -ridge * b);
    const curvature = new Float64Array(n * n);
    for (let i = 0; i < n; i++) curvature[i * n + i] = ridge;
    rows.forEach((row, k) => {
      const z = row.reduce((sum, x, i) => sum + x * (beta[i] as number), 0);
      const p = 1 / (1 + Math.exp(-z));
      for (let i = 0; i < n; i++) {
        slope[i] = (slope[i] as number) + ((answers[k] ? 1 : 0) - p) * (row[i] as number);
        for (let j = 0; j < n; j++) {
          const at = i * n + j;
          curvature[at] =
            (curvature[at] as number) + p * (1 - p) * (row[i] as number) * (row[j] as number);
        }
      }
    });
    const inverse = invertPositiveDefinite(curvature, n);
    beta = beta.map(
      (b, i) => b + slope.reduce((sum, s, j) => sum + (inverse[i * n + j] as number) * s, 0),
    );
  }
  return beta;
}

/** How well probabilities are calibrated. */
export interface Reliability {
  /** Expected calibration error: mean over cases of |share true - mean probability| of their bin. */
  readonly ece: number;
  readonly bins: readonly {
    readonly from: number;
    readonly to: number;
    readonly count: number;
    readonly meanProbability: number;
    readonly shareTrue: number;
  }[];
}

/** Ten equal bins (Guo et al. 2017, equation 3). */
export function reliability(
  probabilities: readonly number[],
  answers: readonly boolean[],
): Reliability {
  const bins = Array.from({ length: 10 }, (_, k) => {
    const members = probabilities.flatMap((p, i) =>
      Math.min(9, Math.floor(10 * p)) === k ? [i] : [],
    );
    const sum = members.reduce((total, i) => total + (probabilities[i] as number), 0);
    const correct = members.filter((i) => answers[i]).length;
    const count = members.length;
    return {
      from: k / 10,
      to: (k + 1) / 10,
      count,
      meanProbability: count === 0 ? 0 : sum / count,
      shareTrue: count === 0 ? 0 : correct / count,
    };
  });
  const ece = bins.reduce(
    (sum, b) => sum + (b.count / probabilities.length) * Math.abs(b.shareTrue - b.meanProbability),
    0,
  );
  return { ece, bins };
}
