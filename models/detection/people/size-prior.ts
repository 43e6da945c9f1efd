/**
 * Prior of the number of posts or reports when people lead to expect some: lognormal about the
 * expected number, mixed with any number at all.
 * @module
 */
import { logGamma, logSumExp, normalCdf } from '../../numerics/special.js';
import type { PeopleParameters } from './parameters.js';

/** Expected numbers that are tabulated: natural logs, evenly from `LEAST` on. */
const LEAST = -6;
const STEP = 0.25;
const COUNT = 85;
/** Standard deviations that a lognormal reaches, and its parts. */
const REACH = 5;
const PARTS = 101;

/** Values by natural log of the expected number; linear between, the ends go on. */
export interface ByExpected {
  at(logExpected: number): number;
}

/** The tabulated logs of expected numbers. */
export function expectedGrid(): Float64Array {
  return Float64Array.from({ length: COUNT }, (_, k) => LEAST + STEP * k);
}

/** Place of a log of an expected number in the grid: index of the lower neighbour, share of the upper. */
export function gridPlace(logExpected: number): { readonly index: number; readonly share: number } {
  const at = Math.min(COUNT - 1.000001, Math.max(0, (logExpected - LEAST) / STEP));
  const index = Math.floor(at);
  return { index, share: at - index };
}

/**
 * Weights of sizes of a burst at each expected number: [expected][none, size 1, size 2, ...]. Sizes
 * are the middles of `edges` (natural logs, one more than sizes). A burst smaller than the first edge s
 * is none with exp(-s), else one of the first size. Each row adds up to 1.
 */
export function burstWeights(input: {
  /** Natural logs, ascending. */
  readonly edges: readonly number[];
  readonly sigma: number;
  readonly people: PeopleParameters;
}): readonly Float64Array[] {
  const { edges, sigma, people } = input;
  const sizes = edges.length - 1;
  const { weight, noPostsShare } = people;
  return [...expectedGrid()].map((logExpected) => {
    const row = new Float64Array(sizes + 1);
    const below = (edge: number): number => normalCdf((edge - logExpected) / sigma);
    for (let k = 0; k < sizes; k++) {
      const from = k === 0 ? below(edges[0] as number) : below(edges[k] as number);
      const to = k === sizes - 1 ? 1 : below(edges[k + 1] as number);
      row[k + 1] = to - from;
    }
    const small = below(edges[0] as number);
    const silent = silentShare(logExpected, sigma, edges[0] as number);
    row[0] = silent;
    row[1] = (row[1] as number) + small - silent;
    return row.map((mass, k) => {
      const expected = (1 - noPostsShare) * mass + (k === 0 ? noPostsShare : 0);
      return weight * expected + (k === 0 ? 0 : (1 - weight) / sizes);
    });
  });
}

/** Mass of sizes under the edge times exp(-size). */
function silentShare(logExpected: number, sigma: number, edge: number): number {
  let sum = 0;
  lognormal(logExpected, sigma, (logSize, mass) => {
    if (logSize < edge) sum += mass * Math.exp(-Math.exp(logSize));
  });
  // Parts of the lognormal that the edge cuts: never more than what lies under it.
  return Math.min(sum, normalCdf((edge - logExpected) / sigma));
}

/**
 * log p(n reports | expected) over log p(n | any number), by the expected number: negative binomial
 * of shape `clusters` about a lognormal, mixed with 1 / ((n + 1) ln `most`).
 */
export function reportCountRatio(input: {
  readonly reports: number;
  readonly sigma: number;
  readonly clusters: number;
  readonly most: number;
  readonly people: PeopleParameters;
}): ByExpected {
  const { reports: n, sigma, clusters, people } = input;
  const logAny = -Math.log((n + 1) * Math.log(input.most));
  const constant = logGamma(n + clusters) - logGamma(clusters) - logGamma(n + 1);
  const table = expectedGrid().map((logExpected) => {
    const logs: number[] = [];
    lognormal(logExpected, sigma, (logSize, mass) => {
      const size = Math.exp(logSize);
      const all = Math.log(clusters + size);
      logs.push(
        Math.log(mass) +
          constant +
          clusters * (Math.log(clusters) - all) +
          (n === 0 ? 0 : n * (logSize - all)),
      );
    });
    const expected = Math.log(people.weight) + logSumExp(logs);
    return logSumExp([expected, Math.log(1 - people.weight) + logAny]) - logAny;
  });
  return {
    at: (logExpected) => {
      const { index, share } = gridPlace(logExpected);
      return (table[index] as number) * (1 - share) + (table[index + 1] as number) * share;
    },
  };
}

/** Calls back with equal steps of a lognormal and their masses. */
function lognormal(
  logMean: number,
  sigma: number,
  part: (logSize: number, mass: number) => void,
): void {
  const step = (2 * REACH) / PARTS;
  for (let k = 0; k < PARTS; k++) {
    const from = -REACH + k * step;
    part(logMean + sigma * (from + step / 2), normalCdf(from + step) - normalCdf(from));
  }
}
