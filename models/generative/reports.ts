/**
 * What people report of a simulated quake: felt cells with intensities and counts, and the times of
 * posts. Intensities, felt shares, delays and clusters are those of `detection/simulate-reports.ts`;
 * here towns answer for themselves and posts have times of their own.
 * @module
 */
import { distanceKm, fromLocalKm, type LatLon } from '../../core/geo.js';
import type { Random } from '../../core/random.js';
import { DEFAULT_PARAMETERS } from '../detection/parameters.js';
import { feltShare as shareFeeling } from '../detection/people/expected.js';
import { delayCdf, postDelays, type PostDelay } from '../detection/post-counts.js';
import {
  cellCovariance,
  expectedIntensity,
  logDistance,
  reportedIntensity,
} from '../detection/report-cells.js';
import { drawCounts } from '../detection/simulate-reports.js';
import { cholesky } from '../numerics/linear-algebra.js';
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

/** Share of a town's respondents who fill in the form, and who post, when they felt something. */
const ANSWERING = 0.1;
const POSTING = 0.3;
/** Of the posts these tell the town. */
const PLACED = 0.3;
/** Posts are clustered in bins of this length, s. */
const BIN_S = 10;
const S_WAVE_KM_S = 3.5;

/** Share of people who feel an intensity. */
export function feltShare(mmi: number): number {
  return shareFeeling(mmi, DEFAULT_PARAMETERS.people);
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
  const slope = DEFAULT_PARAMETERS.intensitySlopeSigma * random.normal();
  const cells: (LatLon & { readonly expected: number; readonly responses: number })[] = [];
  for (const town of input.towns) {
    for (let row = -1; row <= 1; row++) {
      for (let column = -1; column <= 1; column++) {
        const centre = fromLocalKm(town, { eastKm: column * sizeKm, northKm: row * sizeKm });
        const expected =
          expectedIntensity(centre, source) + bias + slope * logDistance(centre, source);
        const share = Math.exp(-((row ** 2 + column ** 2) * sizeKm ** 2) / town.spreadKm ** 2 / 2);
        const mean = town.respondents * share * feltShare(expected) * ANSWERING;
        const responses = random.poisson(mean);
        if (responses > 0) cells.push({ ...centre, expected, responses });
      }
    }
  }
  const n = cells.length;
  if (n === 0) return [];
  const field = cells.map((cell) => ({
    ...cell,
    ...{ radiusKm: sizeKm / Math.SQRT2, people: cell.responses, cells: 1 },
  }));
  const lower = cholesky(cellCovariance(field, DEFAULT_PARAMETERS), n);
  const noise = Float64Array.from({ length: n }, () => random.normal());
  return cells.map(({ expected, responses, latitude, longitude }, i) => {
    let intensity = reportedIntensity(expected);
    for (let j = 0; j <= i; j++) intensity += (lower[i * n + j] as number) * (noise[j] as number);
    return {
      ...{ latitude, longitude, responses },
      intensity: Math.min(10, Math.max(1, intensity)),
      distanceKm: distanceKm(source, { latitude, longitude }),
    };
  });
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
  const delays = postDelays(DEFAULT_PARAMETERS);
  const delay = delays[random.integer(delays.length)] as PostDelay;
  const bins = Math.ceil((durationS - source.timeS) / BIN_S);
  for (const town of input.towns) {
    const posting = town.respondents * feltShare(expectedIntensity(town, source)) * POSTING;
    const shakenS = source.timeS + distanceKm(source, town) / S_WAVE_KM_S;
    const means = Array.from({ length: Math.max(0, bins) }, (_, k) => {
      const fromS = source.timeS + k * BIN_S - shakenS;
      return posting * (delayCdf(fromS + BIN_S, delay) - delayCdf(fromS, delay));
    });
    if (!means.some((mean) => mean > 0)) continue;
    const counts = drawCounts({ means, clusters: DEFAULT_PARAMETERS.postClusters, random });
    counts.forEach((count, k) => {
      for (let i = 0; i < count; i++) {
        const timeS = source.timeS + (k + random.uniform()) * BIN_S;
        const place = random.uniform() < PLACED ? town : null;
        if (timeS < durationS) posts.push({ timeS, place });
      }
    });
  }
  return posts.sort((a, b) => a.timeS - b.timeS);
}
