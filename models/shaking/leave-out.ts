/**
 * Leave-one-place-out check of a shaking field: each place's data predicted from all others, in closed
 * form from the inverse covariance (Dubrule 1983, Mathematical Geology 15, 687-699).
 * @module
 */
import type { Measure } from '../groundmotion/ground-motion-model.js';
import { cholesky, invertPositiveDefinite } from '../numerics/linear-algebra.js';
import { solveLower } from './condition.js';

export interface LeftOut {
  readonly measure: Measure;
  /** Value minus its prediction from the other places. */
  readonly residual: number;
  /** Stated standard deviation of that difference. */
  readonly sigma: number;
}

/**
 * With Q the inverse covariance of all data and B the data of one place: residuals Q_BB^-1 (Q r)_B with
 * covariance Q_BB^-1. `groups` names the place of each datum.
 */
export function leaveOnePlaceOut(input: {
  readonly residuals: Float64Array;
  readonly covariance: Float64Array;
  readonly groups: readonly string[];
  readonly measures: readonly Measure[];
}): LeftOut[] {
  const { residuals, covariance, groups, measures } = input;
  const n = residuals.length;
  const lower = cholesky(covariance, n);
  // Columns of L^-1, each [n]: Q = L^-T L^-1, of which only blocks are needed.
  const columns = Array.from({ length: n }, (_, j) => {
    const unit = new Float64Array(n);
    unit[j] = 1;
    return solveLower(lower, n, unit, j);
  });
  const white = solveLower(lower, n, residuals.slice());
  const weighted = (row: number): number => dot(columns[row] as Float64Array, white);
  const members = new Map<string, number[]>();
  groups.forEach((group, i) => members.set(group, [...(members.get(group) ?? []), i]));
  return [...members.values()].flatMap((rows) => {
    const m = rows.length;
    const block = Float64Array.from({ length: m * m }, (_, k) =>
      dot(
        columns[rows[Math.floor(k / m)] as number] as Float64Array,
        columns[rows[k % m] as number] as Float64Array,
      ),
    );
    const own = invertPositiveDefinite(block, m);
    return rows.map((row, a): LeftOut => {
      let residual = 0;
      rows.forEach((other, b) => {
        residual += (own[a * m + b] as number) * weighted(other);
      });
      const sigma = Math.sqrt(own[a * m + a] as number);
      return { measure: measures[row] as Measure, residual, sigma };
    });
  });
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] as number) * (b[i] as number);
  return sum;
}

/** Shares of standardised residuals inside central 50, 90 and 95 % intervals, and their size. */
export interface Coverage {
  readonly count: number;
  readonly inside50: number;
  readonly inside90: number;
  readonly inside95: number;
  readonly bias: number;
  readonly rms: number;
  /** Root mean square of residual / sigma: 1 when the stated scatter is right. */
  readonly rmsStandardised: number;
}

/** Null without data. */
export function coverageOf(left: readonly LeftOut[]): Coverage | null {
  const count = left.length;
  if (count === 0) return null;
  const z = left.map(({ residual, sigma }) => residual / sigma);
  const share = (limit: number): number => z.filter((v) => Math.abs(v) <= limit).length / count;
  const meanOf = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / count;
  return {
    count,
    inside50: share(0.67449),
    inside90: share(1.64485),
    inside95: share(1.95996),
    bias: meanOf(left.map(({ residual }) => residual)),
    rms: Math.sqrt(meanOf(left.map(({ residual }) => residual ** 2))),
    rmsStandardised: Math.sqrt(meanOf(z.map((v) => v ** 2))),
  };
}
