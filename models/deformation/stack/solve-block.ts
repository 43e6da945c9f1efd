/**
 * The SIMD kernel of the time series: a block of pixels with one pattern of valid pairs in, their series,
 * misfits and linear combinations of the series out.
 * @module
 */
import { kernelWorkspace, WORKSPACE_START } from '../../kernels/workspace.js';
import type { NormalFactor } from './normal-factor.js';

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
  misfit(
    ...addresses: [
      pairs: number,
      weights: number,
      count: number,
      data: number,
      series: number,
      lanes: number,
      scale: number,
      out: number,
    ]
  ): void;
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
  /** [3, lanes]: sum of squares, weighted sum of squares, temporal coherence. */
  misfit(radiansPerMm: number): Float64Array;
  /** [rows, lanes]: the rows of the matrix of the solver times the series. */
  combine(): Float64Array;
}

/**
 * Solver for stacks of at most `pairs` pairs. `matrix` is [rows, epochs]: rows to `combine`. All arrays are
 * views on memory that later calls of this thread overwrite.
 */
export function createBlockSolver(input: {
  readonly pairs: number;
  readonly epochs: number;
  readonly matrix: Float64Array;
}): BlockSolver {
  const { pairs, epochs, matrix } = input;
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
  let loaded: SolverPattern | null = null;
  let lanes = 0;
  return {
    data: floats('data'),
    series: floats('series'),
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
    misfit(radiansPerMm) {
      const count = loaded?.weights.length ?? 0;
      functions.misfit(
        at.pairs,
        at.weights,
        count,
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
