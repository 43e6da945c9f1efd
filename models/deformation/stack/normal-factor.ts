/**
 * In: a set of interferograms that are valid together, with weights. Out: the factored normal equations of
 * their time series, made once for all pixels with the same pattern.
 * Unknowns are the displacements at the epochs, so that the normal matrix is the weighted Laplacian of the
 * network: a band as wide as the longest pair, factored as L D L^T. The least-squares solution is that for
 * increments between epochs (Berardino et al. 2002, without velocity smoothing).
 * @module
 */
import { connectedParts } from './network.js';

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

/** Epochs that the longest pair spans, at least 1. */
export function bandOf(pairs: Int32Array): number {
  let band = 1;
  for (let p = 0; p < pairs.length; p += 2) {
    band = Math.max(band, (pairs[p + 1] as number) - (pairs[p] as number));
  }
  return band;
}

/** Factor of one pattern; `pairs` as `flatPairs` gives them, `weights` positive, one a pair. */
export function factorNormal(
  epochs: number,
  pairs: Int32Array,
  weights: Float64Array,
): NormalFactor {
  const band = bandOf(pairs);
  const { partOf, count } = connectedParts(epochs, pairs);
  const lastOf = new Int32Array(count);
  for (let k = 0; k < epochs; k++) lastOf[partOf[k] as number] = k;
  const diagonal = new Float64Array(epochs);
  const lower = new Float64Array(epochs * band);
  const inverse = new Float64Array(epochs);
  for (let p = 0; p < weights.length; p++) {
    const weight = weights[p] as number;
    const a = pairs[2 * p] as number;
    const b = pairs[2 * p + 1] as number;
    const at = b * band + a - b + band;
    diagonal[a] = (diagonal[a] as number) + weight;
    diagonal[b] = (diagonal[b] as number) + weight;
    lower[at] = (lower[at] as number) - weight;
  }
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
