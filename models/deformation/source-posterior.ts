/**
 * In: a log density over the sampled coordinates and local fits of it. Out: equally weighted draws of the
 * posterior by tempered sequential Monte Carlo (Del Moral, Doucet and Jasra 2006), started from heavy-tailed
 * densities about all rival fits, so that each keeps its share. Two independent populations show whether
 * they agree.
 * @module
 */
import type { Random } from '../../core/random.js';
import { createRandom } from '../../core/random.js';
import { NoSolutionError } from '../../core/errors.js';
import { temperedSmc } from '../detection/tempered-smc.js';
import { backSubstitute, cholesky } from './linear-algebra.js';

/** A local fit in the sampled coordinates. */
export interface Peak {
  readonly centre: Float64Array;
  /** Precision (inverse covariance) about it, [d, d]; singular directions must already be held by a prior. */
  readonly precision: Float64Array;
}

export interface PosteriorSamples {
  /** [samples, coordinates]. */
  readonly samples: Float64Array;
  readonly logDensities: Float64Array;
  /** Share of moves that were taken at the end. */
  readonly acceptance: number;
  /** Potential scale reduction between the populations for each coordinate; near 1 when they agree. */
  readonly rHat: readonly number[];
}

const POPULATIONS = 2;
/** Standard deviations of the first draws relative to those of the local fit. */
const WIDEN = 1.7;
/** Degrees of freedom of their Student distribution. */
const TAIL = 5;

/** Samples the density. Throws NoSolutionError when no draw about the peaks has any. */
export function samplePosterior(input: {
  readonly logDensity: (point: Float64Array) => number;
  readonly peaks: readonly Peak[];
  readonly samples: number;
  readonly seed: number;
  /** Moves at each temperature. Default 6. */
  readonly moves?: number;
  readonly onProgress?: (fraction: number) => void;
}): PosteriorSamples {
  const { logDensity } = input;
  const proposal = studentMixture(input.peaks);
  const dimension = input.peaks[0]?.centre.length ?? 0;
  const scratch = new Float64Array(dimension);
  const at = (state: ArrayLike<number>): Float64Array => {
    for (let i = 0; i < dimension; i++) scratch[i] = state[i] as number;
    return scratch;
  };
  const count = Math.ceil(input.samples / POPULATIONS);
  const runs = Array.from({ length: POPULATIONS }, (_, k) => {
    const run = temperedSmc({
      problem: {
        dimension,
        draw: proposal.draw,
        logProposal: proposal.logDensity,
        logTarget: (state) => logDensity(at(state)),
      },
      count,
      random: createRandom(input.seed + 7919 * k),
      ...(input.moves ? { moves: input.moves } : {}),
      onTemperature: (beta) => input.onProgress?.((k + beta) / POPULATIONS),
    });
    if (!run) {
      throw new NoSolutionError({
        what: 'the posterior of the source',
        reason: 'no draw near the best fits lies inside the bounds',
        remedy: 'widen the bounds of the parameters',
      });
    }
    return run;
  });
  const samples = new Float64Array(input.samples * dimension);
  const logDensities = new Float64Array(input.samples);
  for (let i = 0; i < input.samples; i++) {
    // Populations take turns, so that any first part holds both.
    const run = runs[i % POPULATIONS] as (typeof runs)[number];
    const row = Math.floor(i / POPULATIONS);
    const state = run.states.subarray(row * dimension, (row + 1) * dimension);
    samples.set(state, i * dimension);
    logDensities[i] = logDensity(at(state));
  }
  return {
    samples,
    logDensities,
    acceptance: runs.reduce((sum, run) => sum + run.acceptance, 0) / POPULATIONS,
    rHat: Array.from({ length: dimension }, (_, d) =>
      scaleReduction(
        runs.map((run) =>
          Array.from({ length: count }, (_, i) => run.states[i * dimension + d] as number),
        ),
      ),
    ),
  };
}

/** Equal mixture of multivariate Student densities. */
function studentMixture(peaks: readonly Peak[]) {
  const parts = peaks.map(({ centre, precision }) => {
    const d = centre.length;
    const factor = cholesky(precision, d, 0);
    if (!factor) {
      throw new NoSolutionError({
        what: 'the posterior of the source',
        reason: 'the curvature of the misfit at a best fit is singular',
        remedy: 'give more data or tighter bounds',
      });
    }
    let logVolume = 0;
    for (let i = 0; i < d; i++) logVolume -= Math.log(factor[i * d + i] as number);
    return { centre, factor, logVolume, d };
  });
  const draw = (random: Random): Float64Array => {
    const part = parts[random.integer(parts.length)] as (typeof parts)[number];
    const step = Float64Array.from({ length: part.d }, () => random.normal());
    backSubstitute(part.factor, part.d, step);
    let chi2 = 0;
    for (let k = 0; k < TAIL; k++) chi2 += random.normal() ** 2;
    const scale = WIDEN / Math.sqrt(chi2 / TAIL);
    return part.centre.map((v, i) => v + scale * (step[i] as number));
  };
  const logDensity = (state: ArrayLike<number>): number => {
    const logs = parts.map(({ centre, factor, logVolume, d }) => {
      // |L^T (x - c)|^2 is the squared distance in standard deviations.
      let square = 0;
      for (let j = 0; j < d; j++) {
        let sum = 0;
        for (let i = j; i < d; i++) {
          sum += (factor[i * d + j] as number) * ((state[i] as number) - (centre[i] as number));
        }
        square += sum * sum;
      }
      square /= WIDEN * WIDEN;
      return -logVolume - ((TAIL + d) / 2) * Math.log1p(square / TAIL);
    });
    const top = Math.max(...logs);
    return top + Math.log(logs.reduce((sum, v) => sum + Math.exp(v - top), 0) / logs.length);
  };
  return { draw, logDensity };
}

/** Gelman and Rubin (1992); 1 for a coordinate that never moves. */
function scaleReduction(chains: readonly (readonly number[])[]): number {
  const n = chains[0]?.length ?? 0;
  const means = chains.map((chain) => chain.reduce((sum, v) => sum + v, 0) / n);
  const mean = means.reduce((sum, v) => sum + v, 0) / means.length;
  const within =
    chains.reduce(
      (sum, chain, i) => sum + chain.reduce((s, v) => s + (v - (means[i] as number)) ** 2, 0),
      0,
    ) /
    (chains.length * (n - 1));
  const between = means.reduce((sum, v) => sum + (v - mean) ** 2, 0) / (means.length - 1);
  return within > 0 ? Math.sqrt((n - 1) / n + between / within) : 1;
}
