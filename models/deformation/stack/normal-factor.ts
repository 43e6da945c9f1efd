/**
 * In: a set of interferograms that are valid together, with weights. Out: the factored normal equations of
 * their time series, made once for all pixels with the same pattern.
 * Unknowns are the displacements at the epochs, so that the normal matrix is the weighted Laplacian of the
 * network: a band as wide as the longest pair, factored as L D L^T. The least-squares solution is that for
 * increments between epochs (Berardino et al. 2002, without velocity smoothing).
 * @module
 */
import { connectedParts, type PairNetwork } from './network.js';

export interface NormalFactor {
  readonly epochs: number;
  /** Epochs that the longest pair spans, at least 1. */
  readonly band: number;
  /** [epochs, band]: row k holds columns k - band to k - 1 of the unit lower factor. */
  readonly lower: Float64Array;
  /** 1 / D; 0 at the last epoch of each part, to which its displacements are relative. */
  readonly inverse: Float64Array;
  /** Part of the network that each epoch belongs to. */
  readonly partOf: Int32Array;
  readonly parts: number;
}

/** Factor of one pattern; `weights` are positive, one a pair. */
export function factorNormal(
  epochs: number,
  pairs: PairNetwork['pairs'],
  weights: ArrayLike<number>,
): NormalFactor {
  const band = pairs.reduce((widest, [a, b]) => Math.max(widest, b - a), 1);
  const { partOf, count } = connectedParts(epochs, pairs);
  const lastOf = new Int32Array(count);
  partOf.forEach((part, epoch) => (lastOf[part] = epoch));
  const diagonal = new Float64Array(epochs);
  const lower = new Float64Array(epochs * band);
  const inverse = new Float64Array(epochs);
  pairs.forEach(([a, b], p) => {
    const weight = weights[p] as number;
    diagonal[a] = (diagonal[a] as number) + weight;
    diagonal[b] = (diagonal[b] as number) + weight;
    const at = b * band + a - b + band;
    lower[at] = (lower[at] as number) - weight;
  });
  for (let k = 0; k < epochs; k++) {
    const row = k * band - k + band;
    const first = Math.max(0, k - band);
    let pivot = diagonal[k] as number;
    for (let j = first; j < k; j++) {
      const other = j * band - j + band;
      let value = lower[row + j] as number;
      for (let i = Math.max(first, j - band); i < j; i++) {
        value -= (lower[row + i] as number) * (lower[other + i] as number);
      }
      // Holds L D until column j is done with, as the sums above need it once with and once without D.
      lower[row + j] = value;
    }
    for (let j = first; j < k; j++) {
      const value = lower[row + j] as number;
      const factor = value * (inverse[j] as number);
      pivot -= value * factor;
      lower[row + j] = factor;
    }
    inverse[k] = lastOf[partOf[k] as number] === k ? 0 : 1 / pivot;
  }
  return { epochs, band, lower, inverse, partOf, parts: count };
}

/** Solves the normal equations for one right-hand side, in place; relative to the last epoch of a part. */
export function solveNormal(factor: NormalFactor, values: Float64Array): void {
  const { epochs, band, lower, inverse } = factor;
  for (let k = 0; k < epochs; k++) {
    let sum = values[k] as number;
    for (let j = Math.max(0, k - band); j < k; j++) {
      sum -= (lower[k * band + j - k + band] as number) * (values[j] as number);
    }
    values[k] = sum;
  }
  for (let k = epochs - 1; k >= 0; k--) {
    let sum = (values[k] as number) * (inverse[k] as number);
    for (let j = k + 1; j <= Math.min(epochs - 1, k + band); j++) {
      sum -= (lower[j * band + k - j + band] as number) * (values[j] as number);
    }
    values[k] = sum;
  }
}
