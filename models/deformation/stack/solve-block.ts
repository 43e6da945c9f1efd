/**
 * The SIMD kernel of the time series: a block of pixels with one pattern of valid pairs in, their series,
 * misfits and linear combinations of the series out.
 * @module
 */
import { kernelWorkspace, WORKSPACE_START } from '../../kernels/workspace.js';
import { bandOf, type NormalFactor } from './normal-factor.js';

type MisfitAddresses = [
  pairs: number,
  weights: number,
  count: number,
  data: number,
  series: number,
  lanes: number,
  scale: number,
  out: number,
];

interface SbasFunctions {
  solve(
    ...addresses: [
      pairs: number,
      weights: number,
      count: number,
      lower: number,
      inverse: number,
      epochs: number,
      band: number,
      data: number,
      series: number,
      lanes: number,
    ]
  ): void;
  solveEach(
    ...addresses: [
      pairs: number,
      weights: number,
      count: number,
      lower: number,
      inverse: number,
      epochs: number,
      band: number,
      data: number,
      series: number,
      lanes: number,
      rate: number,
      spare: number,
      out: number,
    ]
  ): void;
  misfit(...addresses: MisfitAddresses): void;
  misfitEach(...addresses: MisfitAddresses): void;
  multiply(
    ...addresses: [
      matrix: number,
      rows: number,
      inner: number,
      block: number,
      lanes: number,
      out: number,
    ]
  ): void;
}

/** Pixels of a block in which each has a factor of its own, so that these stay in the first-level cache. */
export const EACH_LANES = 8;

/** Pixels of a block: its data and series stay in the second-level cache. */
export const BLOCK_LANES = 64;

/** What is solved for all pixels of a pattern. */
export interface SolverPattern {
  /** First and second epoch of each pair, one after the other. */
  readonly pairs: Int32Array;
  readonly weights: Float64Array;
  readonly factor: NormalFactor;
}

export interface BlockSolver {
  /** [pairs, lanes]: filled by the caller, mm; lanes beyond the pixels may hold anything finite. */
  readonly data: Float64Array;
  /** [epochs, lanes], mm; of the last `solve`, and what `misfit` and `combine` read. */
  readonly series: Float64Array;
  /** Displacements of `lanes` (even, at most BLOCK_LANES) pixels; each part is relative to its last epoch. */
  solve(pattern: SolverPattern, lanes: number): void;
  /** [pairs of the network, lanes]: filled by the caller for `solveEach`; 0 where a pixel lacks the pair. */
  readonly weights: Float64Array;
  /**
   * As `solve` for `lanes` (even, at most EACH_LANES) pixels that each have pairs and weights of their own; data
   * are of all pairs of the network, finite also where the weight is 0. A copy of [2, lanes]: the smallest pivot of the
   * factor over its diagonal (a pixel for which it is not over LEAST_PIVOT is not solved: its pairs may leave
   * epochs unconnected), and the variance of `rate`.
   */
  solveEach(lanes: number): Float64Array;
  /** [3, lanes]: sum of squares, weighted sum of squares, temporal coherence. */
  misfit(radiansPerMm: number): Float64Array;
  /** [rows, lanes]: the rows of the matrix of the solver times the series. */
  combine(): Float64Array;
}

/** Pivots of connected epochs are far over it, what rounding leaves of the others far below. */
export const LEAST_PIVOT = 1e-9;

/**
 * Solver for stacks with the pairs `allPairs` (as `flatPairs` gives them) or parts of them. `matrix` is [rows, epochs]:
 * rows to `combine`; `rate` [epochs]: the functional of a series whose variance `solveEach` gives. All arrays are
 * views on memory that later calls of this thread overwrite.
 */
export function createBlockSolver(input: {
  readonly allPairs: Int32Array;
  readonly epochs: number;
  readonly matrix: Float64Array;
  readonly rate: Float64Array;
}): BlockSolver {
  const { allPairs, epochs, matrix } = input;
  const pairs = allPairs.length / 2;
  const band = bandOf(allPairs);
  // The kernel takes four rows at a time.
  const rows = Math.ceil(matrix.length / epochs / 4) * 4;
  const sizes = {
    data: pairs * BLOCK_LANES * 8,
    series: epochs * BLOCK_LANES * 8,
    out: Math.max(rows, 4) * BLOCK_LANES * 8,
    matrix: Math.max(rows, 4) * epochs * 8,
    lower: epochs * epochs * 8,
    inverse: epochs * 8 + 8,
    weights: pairs * 8 + 8,
    pairs: pairs * 8 + 8,
    eachWeights: pairs * EACH_LANES * 8,
    eachLower: epochs * band * EACH_LANES * 8,
    eachInverse: epochs * EACH_LANES * 8,
    spare: 2 * epochs * EACH_LANES * 8,
    rate: epochs * 8,
  };
  let end = WORKSPACE_START;
  const at = Object.fromEntries(
    Object.entries(sizes).map(([name, bytes]) => {
      const start = end;
      end += Math.ceil(bytes / 16) * 16;
      return [name, start];
    }),
  ) as Record<keyof typeof sizes, number>;
  const { functions, memory } = kernelWorkspace<SbasFunctions>({
    name: 'sbas',
    bytes: end - WORKSPACE_START,
  });
  const floats = (name: keyof typeof sizes): Float64Array =>
    new Float64Array(memory.buffer, at[name], sizes[name] / 8);
  const pairNumbers = new Int32Array(memory.buffer, at.pairs, 2 * pairs);
  const views = { weights: floats('weights'), lower: floats('lower'), inverse: floats('inverse') };
  const matrixView = floats('matrix');
  matrixView.fill(0);
  matrixView.set(matrix);
  const out = floats('out');
  floats('rate').set(input.rate);
  let loaded: SolverPattern | 'each' | null = null;
  let lanes = 0;
  return {
    data: floats('data'),
    series: floats('series'),
    weights: floats('eachWeights'),
    solve(pattern, width) {
      lanes = width;
      const { factor } = pattern;
      if (loaded !== pattern) {
        loaded = pattern;
        pairNumbers.set(pattern.pairs);
        views.weights.set(pattern.weights);
        views.lower.set(factor.lower);
        views.inverse.set(factor.inverse);
      }
      functions.solve(
        at.pairs,
        at.weights,
        pattern.weights.length,
        at.lower,
        at.inverse,
        epochs,
        factor.band,
        at.data,
        at.series,
        lanes,
      );
    },
    solveEach(width) {
      lanes = width;
      if (loaded !== 'each') {
        loaded = 'each';
        pairNumbers.set(allPairs);
      }
      functions.solveEach(
        at.pairs,
        at.eachWeights,
        pairs,
        at.eachLower,
        at.eachInverse,
        epochs,
        band,
        at.data,
        at.series,
        lanes,
        at.rate,
        at.spare,
        at.out,
      );
      return out.slice(0, 2 * lanes);
    },
    misfit(radiansPerMm) {
      const isEach = loaded === 'each';
      const misfit = isEach ? functions.misfitEach : functions.misfit;
      misfit(
        at.pairs,
        isEach ? at.eachWeights : at.weights,
        loaded === 'each' ? pairs : (loaded?.weights.length ?? 0),
        at.data,
        at.series,
        lanes,
        radiansPerMm,
        at.out,
      );
      return out.subarray(0, 3 * lanes);
    },
    combine() {
      functions.multiply(at.matrix, rows, epochs, at.series, lanes, at.out);
      return out.subarray(0, rows * lanes);
    },
  };
}
