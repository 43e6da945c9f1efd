/**
 * The posterior of one supposed quake: an event near a given time and place, against none. Evidence,
 * region and the supposition in; odds and draws out.
 * @module
 */
import { KM_PER_DEGREE, distanceKm, type LatLon } from '../../../core/geo.js';
import { createRandom, type Random } from '../../../core/random.js';
import { temperedSmc } from '../tempered-smc.js';
import type { EventState } from '../event-prior.js';
import type { JointModel } from '../joint-likelihood.js';

/** What is supposed: a quake within these distances of a time and a place. */
export interface Supposition extends LatLon {
  /** s from the window's start. */
  readonly timeS: number;
  readonly withinS: number;
  readonly withinKm: number;
}

/** Draws of the supposed quake, equally weighted. */
export interface SupposedQuake {
  readonly events: readonly EventState[];
  /** Latent terms of each draw, [draw][term]. */
  readonly terms: readonly Float64Array[];
  /** ln of the events that the prior expects within the supposition. */
  readonly logPrior: number;
  /** log of the mean likelihood ratio under the prior within the supposition: what the data say; 0 without data. */
  readonly logBayesFactor: number;
  /** Natural-log odds that such a quake happened. */
  readonly logOdds: number;
}

const COUNT = 400;
/** Draws of the share of the prior that the supposition holds: an error of a few per cent. */
const PRIOR_DRAWS = 20_000;
const MOVES = 4;

/** Null where the supposition lies outside region and window altogether. */
export function supposedQuake(input: {
  readonly model: JointModel;
  readonly supposition: Supposition;
  readonly seed: number;
  readonly count?: number;
}): SupposedQuake | null {
  const { model, supposition: at, count = COUNT } = input;
  const { prior, region, terms } = model;
  const eastPerDegree = KM_PER_DEGREE * Math.cos((at.latitude * Math.PI) / 180);
  const [reachLat, reachLon] = [at.withinKm / KM_PER_DEGREE, at.withinKm / eastPerDegree];
  const box = {
    west: Math.max(region.bounds.west, at.longitude - reachLon),
    east: Math.min(region.bounds.east, at.longitude + reachLon),
    south: Math.max(region.bounds.south, at.latitude - reachLat),
    north: Math.min(region.bounds.north, at.latitude + reachLat),
    from: Math.max(prior.earliestS, at.timeS - at.withinS),
    to: Math.min(prior.latestS, at.timeS + at.withinS),
  };
  if (box.west >= box.east || box.south >= box.north || box.from >= box.to) return null;
  const eventOf = (state: ArrayLike<number>): EventState => ({
    longitude: state[0] as number,
    latitude: state[1] as number,
    depthKm: state[2] as number,
    timeS: state[3] as number,
    magnitude: state[4] as number,
  });
  const logBox = -Math.log(
    (box.east - box.west) * (box.north - box.south) * (box.to - box.from) * prior.maxDepthKm,
  );
  const span = region.maxMagnitude - region.minMagnitude;
  // The prior is a density per km^2, the sampler's places are degrees.
  const logArea = (latitude: number): number =>
    Math.log(KM_PER_DEGREE * KM_PER_DEGREE * Math.cos((latitude * Math.PI) / 180));
  const values = new Float64Array(terms.length);
  const drawEvent = (random: Random): number[] => {
    const between = (low: number, high: number): number => low + (high - low) * random.uniform();
    return [
      between(box.west, box.east),
      between(box.south, box.north),
      between(0, prior.maxDepthKm),
      between(box.from, box.to),
      between(region.minMagnitude, region.maxMagnitude),
    ];
  };
  /** Prior density per degree^2, km, s and magnitude; nothing outside the supposition. */
  const logPriorOf = (event: EventState): number => {
    const isOutside =
      event.longitude < box.west ||
      event.longitude > box.east ||
      event.latitude < box.south ||
      event.latitude > box.north ||
      event.timeS < box.from ||
      event.timeS > box.to ||
      distanceKm(event, at) > at.withinKm;
    const density = isOutside ? Number.NEGATIVE_INFINITY : prior.logDensity(event);
    return density === Number.NEGATIVE_INFINITY ? density : density + logArea(event.latitude);
  };
  const result = temperedSmc({
    count,
    moves: MOVES,
    random: createRandom(input.seed),
    problem: {
      dimension: 5 + terms.length,
      draw: (random) =>
        Float64Array.of(...drawEvent(random), ...terms.map(({ sigma }) => sigma * random.normal())),
      logProposal: (state) => {
        for (let k = 0; k < values.length; k++) values[k] = state[5 + k] as number;
        return logBox - Math.log(span) + model.logTermPrior(values);
      },
      logTarget: (state) => {
        const event = eventOf(state);
        const density = logPriorOf(event);
        if (density === Number.NEGATIVE_INFINITY) return density;
        for (let k = 0; k < values.length; k++) values[k] = state[5 + k] as number;
        return density + model.logTermPrior(values) + model.logLikelihood(event, values);
      },
    },
  });
  if (!result) return null;
  const random = createRandom(input.seed);
  let mass = 0;
  for (let i = 0; i < PRIOR_DRAWS; i++) mass += Math.exp(logPriorOf(eventOf(drawEvent(random))));
  const logShare = Math.log(mass / PRIOR_DRAWS) - logBox + Math.log(span);
  const d = result.dimension;
  const states = Array.from({ length: count }, (_, i) =>
    result.states.subarray(i * d, (i + 1) * d),
  );
  return {
    events: states.map(eventOf),
    terms: states.map((state) => state.slice(5)),
    logPrior: Math.log(prior.expectedEvents) + logShare,
    logBayesFactor: result.logEvidence - logShare,
    logOdds: result.logEvidence + Math.log(prior.expectedEvents),
  };
}
