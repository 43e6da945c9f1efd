/**
 * What people report of a simulated quake: felt cells with intensities and counts, and the times of
 * posts.
 * @module
 */
import { distanceKm, fromLocalKm, type LatLon } from '../../core/geo.js';
import type { Random } from '../../core/random.js';
import { DEFAULT_PARAMETERS } from '../detection/parameters.js';
import { awwMmi2014 } from '../groundmotion/intensity.js';
import type { SimulatedSource } from './source.js';

/** A town and how many of its people answer when they feel something. */
export interface SimulatedTown extends LatLon {
  readonly spreadKm: number;
  readonly respondents: number;
}

export interface SimulatedCell extends LatLon {
  readonly intensity: number;
  readonly responses: number;
  readonly distanceKm: number;
}

/** Time from feeling the shaking to the post: median and log standard deviation. */
const POST_DELAY = { medianS: 40, logSigma: 0.8 };

/** Share of people who feel an intensity: logistic about MMI 3. */
export function feltShare(mmi: number): number {
  return 1 / (1 + Math.exp(-2 * (mmi - 3)));
}

/** Cells of `sizeKm` around the towns, each with the mean of its respondents' intensities. */
export function simulateCells(input: {
  readonly random: Random;
  readonly source: SimulatedSource;
  readonly towns: readonly SimulatedTown[];
  readonly sizeKm: number;
}): SimulatedCell[] {
  const { random, source, sizeKm } = input;
  const bias = DEFAULT_PARAMETERS.intensityBiasSigma * random.normal();
  const cells: SimulatedCell[] = [];
  for (const town of input.towns) {
    for (let row = -1; row <= 1; row++) {
      for (let column = -1; column <= 1; column++) {
        const centre = fromLocalKm(town, { eastKm: column * sizeKm, northKm: row * sizeKm });
        const distance = distanceKm(source, centre);
        const hypocentral = Math.hypot(distance, Math.max(0, source.depthKm - 10));
        const mmi =
          awwMmi2014(source.magnitude, hypocentral).mmi +
          bias +
          DEFAULT_PARAMETERS.intensityCellSigma * random.normal();
        const share = Math.exp(-((row ** 2 + column ** 2) * sizeKm ** 2) / town.spreadKm ** 2 / 2);
        const responses = random.poisson(town.respondents * share * feltShare(mmi) * 0.1);
        if (responses === 0) continue;
        const scatter =
          (DEFAULT_PARAMETERS.intensityPersonSigma * random.normal()) / Math.sqrt(responses);
        const intensity = Math.min(10, Math.max(1, mmi + scatter));
        cells.push({ ...centre, intensity, responses, distanceKm: distance });
      }
    }
  }
  return cells;
}

/** Times of posts, s from the start: background, and people who felt it, each after a delay. */
export function simulatePosts(input: {
  readonly random: Random;
  readonly source: SimulatedSource;
  readonly towns: readonly SimulatedTown[];
  readonly durationS: number;
  readonly backgroundHz: number;
}): { readonly timeS: number; readonly place: LatLon | null }[] {
  const { random, source, durationS } = input;
  const posts: { timeS: number; place: LatLon | null }[] = [];
  const background = random.poisson(input.backgroundHz * durationS);
  for (let i = 0; i < background; i++) {
    posts.push({ timeS: random.uniform() * durationS, place: null });
  }
  for (const town of input.towns) {
    const distance = distanceKm(source, town);
    const mmi = awwMmi2014(source.magnitude, Math.hypot(distance, source.depthKm)).mmi;
    const count = random.poisson(town.respondents * feltShare(mmi) * 0.3);
    for (let i = 0; i < count; i++) {
      const delayS = POST_DELAY.medianS * Math.exp(POST_DELAY.logSigma * random.normal());
      const timeS = source.timeS + distance / 3.5 + delayS;
      if (timeS < durationS) posts.push({ timeS, place: random.uniform() < 0.3 ? town : null });
    }
  }
  return posts.sort((a, b) => a.timeS - b.timeS);
}
