/**
 * Logistic regression by damped Newton steps with a weak ridge: what calibrates the picker. In:
 * features and answers. Out: coefficients.
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
  const cases: Cases = { rows, answers, ridge };
  let beta = new Array<number>(rows[0]?.length ?? 0).fill(0);
  let cost = costOf(cases, beta);
  for (let iteration = 0; iteration < ITERATIONS; iteration++) {
    const step = newtonStep(cases, beta);
    // Full steps overshoot where few cases are separable; the cost is convex, so shorter ones do not.
    let share = 1;
    let [next, nextCost] = [beta, cost];
    for (; share > 1e-6; share /= 2) {
      next = beta.map((b, i) => b + share * (step[i] as number));
      nextCost = costOf(cases, next);
      if (nextCost <= cost) break;
    }
    if (!(nextCost < cost - 1e-12 * Math.abs(cost))) break;
    [beta, cost] = [next, nextCost];
  }
  return beta;
}

/** Share of true among cases, half a case of each added: never 0 or 1. */
export function shareTrue(answers: readonly boolean[]): number {
  return (answers.filter((x) => x).length + 0.5) / (answers.length + 1);
}

interface Cases {
  readonly rows: readonly (readonly number[])[];
  readonly answers: readonly boolean[];
  readonly ridge: number;
}

const linear = (row: readonly number[], beta: readonly number[]): number =>
  row.reduce((sum, x, i) => sum + x * (beta[i] as number), 0);

/** Negative log-likelihood and ridge. */
function costOf({ rows, answers, ridge }: Cases, beta: readonly number[]): number {
  const ridged = (ridge / 2) * beta.reduce((sum, b) => sum + b * b, 0);
  return rows.reduce((sum, row, k) => {
    const z = answers[k] ? -linear(row, beta) : linear(row, beta);
    return sum + Math.max(0, z) + Math.log1p(Math.exp(-Math.abs(z)));
  }, ridged);
}

function newtonStep({ rows, answers, ridge }: Cases, beta: readonly number[]): number[] {
  const n = beta.length;
  const slope = beta.map((b) => -ridge * b);
  const curvature = new Float64Array(n * n);
  for (let i = 0; i < n; i++) curvature[i * n + i] = ridge;
  rows.forEach((row, k) => {
    const p = 1 / (1 + Math.exp(-linear(row, beta)));
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
  return beta.map((_, i) =>
    slope.reduce((sum, s, j) => sum + (inverse[i * n + j] as number) * s, 0),
  );
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
