/**
 * In: a set of interferograms that are valid together. Out: the linear operators that turn their
 * displacements into a time series, made once for all pixels with the same pattern.
 * Least squares for increments between epochs (Berardino et al. 2002, without velocity smoothing);
 * where the set leaves epochs unconnected, NSBAS adds a weak straight line that bridges the gap
 * (Lopez-Quiroz et al. 2009; Doin et al. 2011; weight of LiCSBAS, Morishita et al. 2020).
 * @module
 */
import { incrementMatrix, type PairNetwork } from './insar-network.js';
import { leastSquaresOperator } from './linear-algebra.js';

export interface PatternOperator {
  /** [epochs, pairs]: displacement at each epoch from the interferograms; the first row is 0. */
  readonly cumulative: Float64Array;
  readonly pairs: PairNetwork['pairs'];
  /** True where NSBAS had to bridge unconnected epochs. */
  readonly rankDeficient: boolean;
}

/** Weight of the straight line against the interferograms, as in LiCSBAS. */
const NSBAS_WEIGHT = 1e-4;

/** Operator for one pattern of valid pairs. Null when even NSBAS cannot solve it (no pairs). */
export function patternOperator(
  years: Float64Array,
  pairs: PairNetwork['pairs'],
): PatternOperator | null {
  const epochs = years.length;
  const intervals = epochs - 1;
  if (pairs.length === 0) return null;
  const design = incrementMatrix(epochs, pairs);
  const plain = leastSquaresOperator(design, pairs.length, intervals);
  if (plain) {
    const cumulative = accumulate(plain, epochs, pairs.length, pairs.length);
    return { cumulative, pairs, rankDeficient: false };
  }
  const unknowns = intervals + 2;
  const rows = pairs.length + epochs;
  const matrix = new Float64Array(rows * unknowns);
  for (let r = 0; r < pairs.length; r++) {
    matrix.set(design.subarray(r * intervals, (r + 1) * intervals), r * unknowns);
  }
  for (let k = 0; k < epochs; k++) {
    const row = (pairs.length + k) * unknowns;
    matrix.fill(NSBAS_WEIGHT, row, row + k);
    matrix[row + intervals] = -NSBAS_WEIGHT * (years[k] as number);
    matrix[row + intervals + 1] = -NSBAS_WEIGHT;
  }
  const bridged = leastSquaresOperator(matrix, rows, unknowns, 1e-15);
  if (!bridged) return null;
  const cumulative = accumulate(bridged, epochs, rows, pairs.length);
  return { cumulative, pairs, rankDeficient: true };
}

/** Running sums of the rows of an operator on `stride` data, of which the first `pairs` are kept. */
function accumulate(
  operator: Float64Array,
  epochs: number,
  stride: number,
  pairs: number,
): Float64Array {
  const cumulative = new Float64Array(epochs * pairs);
  for (let k = 1; k < epochs; k++) {
    for (let p = 0; p < pairs; p++) {
      cumulative[k * pairs + p] =
        (cumulative[(k - 1) * pairs + p] as number) + (operator[(k - 1) * stride + p] as number);
    }
  }
  return cumulative;
}
