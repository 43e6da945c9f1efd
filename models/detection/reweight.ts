/**
 * Late evidence: reweights the samples of an event by deformation, and reruns the sampler from them
 * where too few stay effective.
 * @module
 */
import type { EvidenceSet } from '../../core/evidence.js';
import { InvalidInputError, NoSolutionError } from '../../core/errors.js';
import { KM_PER_DEGREE } from '../../core/geo.js';
import { createRandom, type Random } from '../../core/random.js';
import type { Region } from '../../core/region.js';
import { cholesky, invertLower, logDeterminant } from '../numerics/linear-algebra.js';
import { logSumExp } from '../numerics/special.js';
import {
  effectiveSampleSize,
  normalizedWeights,
  systematicResample,
} from '../numerics/weighted.js';
import { deformationLogLikelihood, type DeformationEvidence } from './deformation-likelihood.js';
import { samplerTarget, TERMS_AT, type SamplerTarget } from './event-coordinates.js';
import { eventAt, toSamples, type PosteriorSamples } from './event-posterior.js';
import { jointModel } from './joint-likelihood.js';
import { DEFAULT_PARAMETERS, type DetectionParameters } from './parameters.js';
import { particleCovariance, temperedSmc } from './tempered-smc.js';

/** Under this share of effective samples a reweighting is not trusted. */
export const LEAST_EFFECTIVE_SHARE = 0.1;

/** Samples with new weights. */
export interface Reweighted {
  readonly samples: PosteriorSamples;
  readonly effectiveSamples: number;
  /** False under 10 % effective: rerun instead. */
  readonly trusted: boolean;
  /** log of the mean likelihood of the deformation under the old posterior. */
  readonly logEvidence: number;
}

/** Multiplies the weights by the deformation's likelihood. */
export function reweightByDeformation(input: {
  readonly samples: PosteriorSamples;
  readonly deformation: DeformationEvidence;
}): Reweighted {
  const { samples } = input;
  if (samples.latitude.length === 0) {
    throw new InvalidInputError({
      what: 'posterior samples',
      reason: 'there are none',
      remedy: 'give the samples of the event to update',
    });
  }
  const likelihood = deformationLogLikelihood(input.deformation);
  const logWeight = Float64Array.from(
    samples.logWeight,
    (w, i) => w + likelihood(eventAt(samples, i)),
  );
  const total = logSumExp(logWeight);
  const before = logSumExp(samples.logWeight);
  const effectiveSamples =
    total === Number.NEGATIVE_INFINITY ? 0 : effectiveSampleSize(normalizedWeights(logWeight));
  return {
    samples: { ...samples, logWeight: logWeight.map((w) => w - total) },
    effectiveSamples,
    trusted: effectiveSamples >= LEAST_EFFECTIVE_SHARE * logWeight.length,
    logEvidence: total - before,
  };
}

/**
 * Reruns the sampler with the deformation as an extra term, started from a widened Gaussian of the
 * old samples. With the window's evidence the target is exact; without it the old posterior stands
 * in as that Gaussian, which `exact: false` records.
 */
export function rerunWithDeformation(input: {
  readonly samples: PosteriorSamples;
  readonly deformation: DeformationEvidence;
  readonly region: Region;
  readonly seed: number;
  readonly evidence?: EvidenceSet;
  readonly count?: number;
  readonly parameters?: Partial<DetectionParameters>;
}): Reweighted & { readonly exact: boolean } {
  const parameters = { ...DEFAULT_PARAMETERS, ...input.parameters };
  const { samples, region, evidence } = input;
  const count = input.count ?? samples.latitude.length;
  const extra = deformationLogLikelihood(input.deformation);
  const model = jointModel({
    // An hour about the old times: without evidence only the prior's bounds are used.
    evidence: evidence ?? { window: EMPTY_WINDOW, sensors: [], reports: null },
    region,
    parameters,
  });
  const target = samplerTarget({ model, reference: null, extra });
  const old = gaussianOf(samples, target, createRandom(input.seed + 1));
  const wide = widened(
    old,
    target,
    model.terms.map((t) => t.sigma),
  );
  const result = temperedSmc({
    problem: {
      dimension: target.dimension,
      draw: wide.draw,
      logProposal: wide.logDensity,
      logTarget: (state) => {
        if (evidence) {
          const prior = target.logPrior(state);
          return prior === Number.NEGATIVE_INFINITY ? prior : prior + target.logLikelihood(state);
        }
        const event = target.toEvent(state);
        return event.depthKm < 0 ? Number.NEGATIVE_INFINITY : old.logDensity(state) + extra(event);
      },
    },
    count,
    random: createRandom(input.seed),
  });
  if (!result) {
    throw new NoSolutionError({
      what: 'update by deformation',
      reason: 'no sample of the old posterior agrees with the deformation at all',
      remedy: 'check that the scene and the event belong together',
    });
  }
  return {
    samples: toSamples(target, result.states, count, model.terms.length).samples,
    effectiveSamples: count,
    trusted: true,
    logEvidence: result.logEvidence,
    exact: evidence !== undefined,
  };
}

const EMPTY_WINDOW = { start: '1970-01-01T00:00:00Z', end: '1970-01-01T01:00:00Z' };
/** Widening of the old posterior, so that the new one lies inside. */
const WIDEN = 3;
const EVENT_DIMENSIONS = TERMS_AT;
/** A collapsed direction keeps this variance: 0.1 km, s or magnitude units squared. */
const LEAST_VARIANCE = 0.01;

interface Density {
  readonly mean: Float64Array;
  readonly lower: Float64Array;
  logDensity(state: ArrayLike<number>): number;
}

/** Gaussian of the five event coordinates of weighted samples. */
function gaussianOf(samples: PosteriorSamples, target: SamplerTarget, random: Random): Density {
  const n = samples.latitude.length;
  const picks = systematicResample(normalizedWeights(samples.logWeight), n, random);
  const states = new Float64Array(n * EVENT_DIMENSIONS);
  const mean = new Float64Array(EVENT_DIMENSIONS);
  for (let i = 0; i < n; i++) {
    const event = eventAt(samples, picks[i] as number);
    const east = (event.longitude - target.frame.longitude0) * target.frame.eastPerDegree;
    const north = (event.latitude - target.frame.latitude0) * KM_PER_DEGREE;
    const state = [east, north, event.depthKm, event.timeS, event.magnitude];
    states.set(state, i * EVENT_DIMENSIONS);
    state.forEach((v, k) => (mean[k] = (mean[k] as number) + v / n));
  }
  const covariance = particleCovariance(states, n, EVENT_DIMENSIONS);
  for (let k = 0; k < EVENT_DIMENSIONS; k++) {
    covariance[k * (EVENT_DIMENSIONS + 1)] =
      (covariance[k * (EVENT_DIMENSIONS + 1)] as number) + LEAST_VARIANCE;
  }
  return density(mean, cholesky(covariance, EVENT_DIMENSIONS));
}

function density(mean: Float64Array, lower: Float64Array): Density {
  const d = EVENT_DIMENSIONS;
  const inverse = invertLower(lower, d);
  const constant = -0.5 * (d * Math.log(2 * Math.PI) + logDeterminant(lower, d));
  return {
    mean,
    lower,
    logDensity: (state) => {
      let quadratic = 0;
      for (let i = 0; i < d; i++) {
        let white = 0;
        for (let j = 0; j <= i; j++) {
          white += (inverse[i * d + j] as number) * ((state[j] as number) - (mean[j] as number));
        }
        quadratic += white * white;
      }
      return constant - 0.5 * quadratic;
    },
  };
}

/** The same Gaussian, three times as wide, with the latent terms from their prior. */
function widened(
  old: Density,
  target: SamplerTarget,
  termSigmas: readonly number[],
): { draw: (random: Random) => Float64Array; logDensity: (state: ArrayLike<number>) => number } {
  const d = EVENT_DIMENSIONS;
  const wide = density(
    old.mean,
    old.lower.map((v) => WIDEN * v),
  );
  return {
    draw: (random) => {
      const state = new Float64Array(target.dimension);
      const noise = Array.from({ length: d }, () => random.normal());
      for (let i = 0; i < d; i++) {
        let step = 0;
        for (let j = 0; j <= i; j++)
          step += (wide.lower[i * d + j] as number) * (noise[j] as number);
        state[i] = (wide.mean[i] as number) + step;
      }
      termSigmas.forEach((sigma, k) => (state[d + k] = sigma * random.normal()));
      return state;
    },
    logDensity: (state) => {
      let sum = wide.logDensity(state);
      termSigmas.forEach((sigma, k) => {
        sum -= 0.5 * ((state[d + k] as number) / sigma) ** 2 + Math.log(sigma * 2.5066282746310002);
      });
      return sum;
    },
  };
}
