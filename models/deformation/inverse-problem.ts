/**
 * In: observed points with their noise, and a source model. Out: residuals in units of the noise,
 * with offset and ramp of each data set solved for, and strengths where wanted (variable projection,
 * Golub and Pereyra 2003).
 * @module
 */
import type { LosPoints } from './line-of-sight.js';
import { cholesky, backSubstitute, dot, forwardSubstitute } from './linear-algebra.js';
import type { SourceModel } from './source-models.js';

/** Points of one track with the noise of their values. */
export interface DataSet {
  readonly name: string;
  readonly points: LosPoints;
  /** m, + towards the satellite. */
  readonly losM: Float64Array;
  /** Lower Cholesky factor of the covariance, [n, n], m; or standard deviations, [n], m. */
  readonly noise: { readonly factor: Float64Array } | { readonly sdM: Float64Array };
  /** What is solved for beside the source. */
  readonly nuisance: 'offset' | 'ramp';
  /** Power of the likelihood, where errors count as independent but are not (`effectiveShare`). 1 when absent. */
  readonly share?: number;
}

/** A data set in units of its noise, free of offset and ramp. */
export interface Prepared {
  readonly set: DataSet;
  readonly data: Float64Array;
  /** Number of values minus number of nuisance terms, times the share. */
  readonly degreesOfFreedom: number;
  /** In place: whitens and removes what offset and ramp can explain. */
  project(values: Float64Array): void;
  /** Offset (m), and slopes east and north (m per m), that fit losM - predicted best. */
  nuisanceOf(predicted: Float64Array): number[];
}

/** Prepares a data set once; the projections are then cheap. */
export function prepare(set: DataSet): Prepared {
  const n = set.losM.length;
  const { noise, share = 1 } = set;
  const root = Math.sqrt(share);
  const whiten = (values: Float64Array): void => {
    if ('factor' in noise) forwardSubstitute(noise.factor, n, values);
    else
      for (let i = 0; i < n; i++)
        values[i] = (root * (values[i] as number)) / (noise.sdM[i] as number);
  };
  const scale = Math.max(1, ...set.points.eastM.map(Math.abs), ...set.points.northM.map(Math.abs));
  const raw =
    set.nuisance === 'offset'
      ? [new Float64Array(n).fill(1)]
      : [
          new Float64Array(n).fill(1),
          set.points.eastM.map((e) => e / scale),
          set.points.northM.map((v) => v / scale),
        ];
  const white = raw.map((column) => {
    const copy = column.slice();
    whiten(copy);
    return copy;
  });
  const orthonormal: Float64Array[] = [];
  for (const column of white) {
    const free = column.slice();
    // Twice is enough (Kahan): the second pass removes what rounding left.
    for (let pass = 0; pass < 2; pass++) {
      for (const q of orthonormal) subtract(free, q, dot(free, q));
    }
    const length = Math.sqrt(dot(free, free));
    if (length > 1e-9 * Math.sqrt(dot(column, column))) {
      orthonormal.push(free.map((v) => v / length));
    }
  }
  const project = (values: Float64Array): void => {
    whiten(values);
    for (const q of orthonormal) subtract(values, q, dot(values, q));
  };
  const data = set.losM.slice();
  project(data);
  const nuisanceOf = (predicted: Float64Array): number[] => {
    const rest = set.losM.map((v, i) => v - (predicted[i] as number));
    whiten(rest);
    const solution = solveSmall(white, rest);
    return solution.map((v, i) => (i === 0 ? v : v / scale));
  };
  return { set, data, degreesOfFreedom: share * (n - orthonormal.length), project, nuisanceOf };
}

function subtract(values: Float64Array, direction: Float64Array, amount: number): void {
  for (let i = 0; i < values.length; i++) {
    values[i] = (values[i] as number) - amount * (direction[i] as number);
  }
}

/** Least squares for a few columns; a column that adds nothing gets a tiny share. */
function solveSmall(columns: readonly Float64Array[], right: Float64Array): number[] {
  const n = columns.length;
  const normal = new Float64Array(n * n);
  columns.forEach((a, i) => columns.forEach((b, j) => (normal[i * n + j] = dot(a, b))));
  const largest = Math.max(...columns.map((_, i) => normal[i * n + i] as number), 1e-300);
  for (let i = 0; i < n; i++) normal[i * n + i] = (normal[i * n + i] as number) + 1e-12 * largest;
  const factor = cholesky(normal, n, 0);
  const solution = Float64Array.from(columns, (column) => dot(column, right));
  if (!factor) return columns.map(() => 0);
  forwardSubstitute(factor, n, solution);
  backSubstitute(factor, n, solution);
  return [...solution];
}

export interface Fitted {
  readonly strengths: number[];
  /** Projected residuals of all data sets end to end, in units of the noise. */
  readonly residual: Float64Array;
  readonly chi2: number;
}

/** Best strengths for a shape, and what remains. */
export function fitStrengths(
  model: SourceModel,
  sets: readonly Prepared[],
  shape: ArrayLike<number>,
): Fitted {
  const total = sets.reduce((sum, set) => sum + set.data.length, 0);
  const columns = Array.from({ length: model.strengthCount }, () => new Float64Array(total));
  const residual = new Float64Array(total);
  let at = 0;
  for (const prepared of sets) {
    residual.set(prepared.data, at);
    model.basis(shape, prepared.set.points).forEach((column, k) => {
      prepared.project(column);
      columns[k]?.set(column, at);
    });
    at += prepared.data.length;
  }
  const strengths = solveSmall(columns, residual);
  columns.forEach((column, k) => subtract(residual, column, strengths[k] as number));
  return { strengths, residual, chi2: dot(residual, residual) };
}

/** Misfit of each data set for a full parameter vector in natural units. */
export function misfits(
  model: SourceModel,
  sets: readonly Prepared[],
  values: ArrayLike<number>,
): number[] {
  return sets.map((prepared) => {
    const residual = predict(model, prepared.set.points, values);
    prepared.project(residual);
    let sum = 0;
    for (let i = 0; i < residual.length; i++) {
      sum += ((residual[i] as number) - (prepared.data[i] as number)) ** 2;
    }
    return sum;
  });
}

/** Line-of-sight displacement of a full parameter vector in natural units, m. */
export function predict(
  model: SourceModel,
  points: LosPoints,
  values: ArrayLike<number>,
): Float64Array {
  const strengths = model.strengths(values);
  const [first, ...rest] = model.basis(values, points) as [Float64Array, ...Float64Array[]];
  for (let i = 0; i < first.length; i++) {
    let sum = (first[i] as number) * (strengths[0] as number);
    rest.forEach((column, k) => (sum += (column[i] as number) * (strengths[k + 1] as number)));
    first[i] = sum;
  }
  return first;
}
