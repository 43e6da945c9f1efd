/**
 * Posterior of one event from a candidate: proposal, tempered SMC, event samples.
 * @module
 */
import { createRandom, type Random } from '../../core/random.js';
import { logNormalDensity, logSumExp } from '../numerics/special.js';
import type { Candidate } from './candidates.js';
import type { EventState } from './event-prior.js';
import {
  samplerTarget,
  TERMS_AT,
  type SamplerTarget,
  type TimeReference,
} from './event-coordinates.js';
import type { JointModel } from './joint-likelihood.js';
import { emptyPrediction, predict, prepareSensors } from './sensor-model.js';
import { temperedSmc, type SmcProblem } from './tempered-smc.js';

/** Posterior draws, columns of one length. `logWeight` is normalised to sum 1. */
export interface PosteriorSamples {
  readonly latitude: Float64Array;
  readonly longitude: Float64Array;
  readonly depthKm: Float64Array;
  /** Origin time, s from the window's start. */
  readonly timeS: Float64Array;
  readonly magnitude: Float64Array;
  readonly logWeight: Float64Array;
}

/** Posterior of a candidate. */
export interface EventPosterior {
  readonly samples: PosteriorSamples;
  /** Latent amplitude terms, [sample, term]. */
  readonly terms: Float64Array;
  /** log of integral prior x likelihood ratio: the Bayes factor of this event against none. */
  readonly logEvidence: number;
  readonly temperatures: number;
  readonly acceptance: number;
}

/** A picked arrival this close to its predicted time may anchor the sampler, s. */
const ANCHOR_WITHIN_S = 8;
const MIN_PLACE_SIGMA_KM = 15;
const WIDE_SHARE = 0.3;
/**
 * Shares and widths of the proposal's places about the candidate, the widths as multiples of its own;
 * the rest is anywhere in the region. Many first draws can afford to look further off as well.
 */
const NEAR_PLACES = [{ share: 0.7, times: 1 }] as const;
const FAR_PLACES = [
  { share: 0.35, times: 1 },
  { share: 0.25, times: 2.5 },
  { share: 0.2, times: 6 },
] as const;
const MIN_TIME_SIGMA_S = 1.5;

/** Samples the posterior near a candidate. Null when nothing there has any likelihood. */
export function samplePosterior(input: {
  readonly model: JointModel;
  readonly candidate: Candidate;
  readonly count: number;
  readonly seed: number;
  /** Moves at each temperature: fewer for a first look. */
  readonly moves?: number;
  /** First draws (see `temperedSmc`); default `count`. */
  readonly draws?: number;
  readonly onProgress?: (fraction: number) => void;
}): EventPosterior | null {
  const { model, candidate, count } = input;
  const target = samplerTarget({ model, reference: timeReference(model, candidate) });
  const problem = candidateProblem(
    model,
    target,
    candidate,
    (input.draws ?? count) > count ? FAR_PLACES : NEAR_PLACES,
  );
  const result = temperedSmc({
    problem,
    count,
    random: createRandom(input.seed),
    ...(input.moves === undefined ? {} : { moves: input.moves }),
    ...(input.draws === undefined ? {} : { draws: input.draws }),
    ...(input.onProgress ? { onTemperature: input.onProgress } : {}),
  });
  if (!result) return null;
  return {
    ...toSamples(target, result.states, count, model.terms.length),
    logEvidence: result.logEvidence,
    temperatures: result.temperatures,
    acceptance: result.acceptance,
  };
}

/** Turns sampler states into columns. */
export function toSamples(
  target: SamplerTarget,
  states: Float64Array,
  count: number,
  termCount: number,
): { readonly samples: PosteriorSamples; readonly terms: Float64Array } {
  const column = (): Float64Array => new Float64Array(count);
  const samples = {
    latitude: column(),
    longitude: column(),
    depthKm: column(),
    timeS: column(),
    magnitude: column(),
    logWeight: column().fill(-Math.log(count)),
  };
  const terms = new Float64Array(count * termCount);
  const d = target.dimension;
  for (let i = 0; i < count; i++) {
    const state = states.subarray(i * d, (i + 1) * d);
    const event = target.toEvent(state);
    samples.latitude[i] = event.latitude;
    samples.longitude[i] = event.longitude;
    samples.depthKm[i] = event.depthKm;
    samples.timeS[i] = event.timeS;
    samples.magnitude[i] = event.magnitude;
    terms.set(state.subarray(TERMS_AT), i * termCount);
  }
  return { samples, terms };
}

/** One draw as an event. */
export function eventAt(samples: PosteriorSamples, i: number): EventState {
  return {
    latitude: samples.latitude[i] as number,
    longitude: samples.longitude[i] as number,
    depthKm: samples.depthKm[i] as number,
    timeS: samples.timeS[i] as number,
    magnitude: samples.magnitude[i] as number,
  };
}

/** The arrival that best fixes time: the one nearest its prediction for the candidate. */
function timeReference(model: JointModel, candidate: Candidate): TimeReference | null {
  const { crowdSensors, parameters } = model;
  const sensors = [...model.sensors, ...prepareSensors(crowdSensors, parameters).sensors];
  if (candidate.timeS === null || sensors.length === 0) return null;
  const event: EventState = { ...candidate, timeS: candidate.timeS, magnitude: 4 };
  const prediction = emptyPrediction();
  let best: TimeReference | null = null;
  let bestCost = Number.POSITIVE_INFINITY;
  for (const sensor of sensors) {
    predict(prediction, sensor, event, 0, model.table, parameters);
    for (const arrival of sensor.evidence.arrivals) {
      for (const phase of ['P', 'S'] as const) {
        const expected = phase === 'P' ? prediction.timeP : prediction.timeS;
        const residual = Math.abs(arrival.timeS - expected);
        if (residual > ANCHOR_WITHIN_S) continue;
        // Early arrivals are the surest; a wrong label costs as much as some misfit.
        const label = arrival.phase === phase ? 0 : arrival.phase === 'unknown' ? 2 : 6;
        const cost = residual + label + 0.05 * (expected - event.timeS);
        if (cost < bestCost) {
          bestCost = cost;
          best = { sensor, phase };
        }
      }
    }
  }
  return best;
}

/** Proposal about the candidate with wide tails, and moves about the reference sensor. */
function candidateProblem(
  model: JointModel,
  target: SamplerTarget,
  candidate: Candidate,
  places: readonly { readonly share: number; readonly times: number }[],
): SmcProblem {
  const { region, prior, terms } = model;
  const { frame, reference } = target;
  const centre = target.fromEvent(
    { ...candidate, timeS: candidate.timeS ?? 0, magnitude: region.minMagnitude },
    terms.map(() => 0),
  );
  const placeSigma = Math.max(MIN_PLACE_SIGMA_KM, 1.2 * region.grid.spacingKm);
  const timeSigma = reference ? Math.max(MIN_TIME_SIGMA_S, region.grid.spacingKm / 8) : 40;
  const halfWidth = frame.widthKm / 2;
  const halfHeight = frame.heightKm / 2;
  const magnitudeSpan = region.maxMagnitude - region.minMagnitude;
  const timeSpan = prior.latestS - prior.earliestS;
  const [east0, north0, time0] = [centre[0] as number, centre[1] as number, centre[3] as number];
  const anchor = reference
    ? target.fromEvent(
        {
          latitude: reference.sensor.evidence.latitude,
          longitude: reference.sensor.evidence.longitude,
          depthKm: 0,
          timeS: 0,
          magnitude: 0,
        },
        [],
      )
    : null;

  const wideTime = reference === null || candidate.timeS === null;
  const uniformShare = places.reduce((rest, p) => rest - p.share, 1);
  const logWidePlace = Math.log(uniformShare) - Math.log(frame.widthKm * frame.heightKm);
  const logTime = (time: number): number =>
    candidate.timeS === null
      ? -Math.log(timeSpan)
      : logSumExp([
          Math.log(1 - WIDE_SHARE) + logNormalDensity(time - time0, timeSigma),
          Math.log(WIDE_SHARE) +
            (wideTime ? -Math.log(timeSpan) : logNormalDensity(time - time0, 5 * timeSigma)),
        ]);
  const insideBox = (east: number, north: number): boolean =>
    Math.abs(east) <= halfWidth && Math.abs(north) <= halfHeight;

  return {
    dimension: target.dimension,
    draw: (random) => {
      const state = new Float64Array(target.dimension);
      let pick = random.uniform() - uniformShare;
      if (pick < 0) {
        state[0] = (2 * random.uniform() - 1) * halfWidth;
        state[1] = (2 * random.uniform() - 1) * halfHeight;
      } else {
        const place = places.find((p) => (pick -= p.share) < 0) ?? places[0];
        const sigma = placeSigma * (place?.times ?? 1);
        state[0] = east0 + sigma * random.normal();
        state[1] = north0 + sigma * random.normal();
      }
      state[2] = prior.draw(random).depthKm;
      state[3] = drawTime(random);
      state[4] = region.minMagnitude + magnitudeSpan * random.uniform();
      terms.forEach((term, i) => (state[TERMS_AT + i] = term.sigma * random.normal()));
      return state;
    },
    logProposal: (state) => {
      const east = state[0] as number;
      const north = state[1] as number;
      const magnitude = state[4] as number;
      if (magnitude < region.minMagnitude || magnitude > region.maxMagnitude) {
        return Number.NEGATIVE_INFINITY;
      }
      const near = places.map(
        ({ share, times }) =>
          Math.log(share) +
          logNormalDensity(east - east0, times * placeSigma) +
          logNormalDensity(north - north0, times * placeSigma),
      );
      const place = logSumExp(insideBox(east, north) ? [...near, logWidePlace] : near);
      return (
        place +
        prior.logDepthDensity(state[2] as number) +
        logTime(state[3] as number) -
        Math.log(magnitudeSpan) +
        model.logTermPrior(Array.prototype.slice.call(state, TERMS_AT) as number[])
      );
    },
    logTarget: (state) => {
      const logPrior = target.logPrior(state);
      return logPrior === Number.NEGATIVE_INFINITY
        ? logPrior
        : logPrior + target.logLikelihood(state);
    },
    ...(anchor ? { symmetricMove: rotation(anchor[0] as number, anchor[1] as number) } : {}),
  };

  function drawTime(random: Random): number {
    const wide = random.uniform() < WIDE_SHARE;
    if (candidate.timeS === null || (wide && wideTime)) {
      return prior.earliestS + timeSpan * random.uniform();
    }
    return time0 + (wide ? 5 : 1) * timeSigma * random.normal();
  }
}

/** Turns the epicentre about a point by an angle of a random scale: a symmetric move. */
function rotation(east0: number, north0: number): (state: Float64Array, random: Random) => void {
  return (state, random) => {
    const angle = random.normal() * 10 ** (-2.5 + 3 * random.uniform());
    const east = (state[0] as number) - east0;
    const north = (state[1] as number) - north0;
    state[0] = east0 + east * Math.cos(angle) - north * Math.sin(angle);
    state[1] = north0 + east * Math.sin(angle) + north * Math.cos(angle);
  };
}
