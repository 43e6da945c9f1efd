/**
 * Draws what people say about an event, or about nothing, from the model that the likelihood inverts.
 * @module
 */
import type { OnlinePeople, PostCounts, ReportCell, ReportsEvidence } from '../../core/evidence.js';
import type { Random } from '../../core/random.js';
import { cholesky } from '../numerics/linear-algebra.js';
import type { EventState } from './event-prior.js';
import type { DetectionParameters } from './parameters.js';
import { expectedReports } from './people/expected.js';
import { delayCdf, postDelays, type PostDelay } from './post-counts.js';
import {
  cellCovariance,
  expectedIntensity,
  logDistance,
  reportedIntensity,
} from './report-cells.js';

/** Places that may send reports. */
export interface ReportPlaces {
  readonly cells: readonly {
    readonly cellId: string;
    readonly latitude: number;
    readonly longitude: number;
    readonly radiusKm: number;
    /** Who answers there; with `posts.people` the answers of an event are shared out in proportion. */
    readonly people: number;
  }[];
  /** Null for no posts. */
  readonly posts: {
    readonly binS: number;
    readonly backgroundHz: number;
    /** Posts of a burst per quake; with `people` their number is drawn from them instead. */
    readonly burst: number;
    /** Who might post and answer; feeds were up all the time. */
    readonly people?: readonly OnlinePeople[];
  } | null;
}

const FELT_FROM = 2;
/** No quake brings more posts than the likelihood thinks of. */
const MOST_POSTS = 1e5;

/** Draws the reports of one window. */
export function simulateReports(input: {
  readonly places: ReportPlaces;
  readonly event: EventState | null;
  /** Start of the window, ISO 8601, and its length, s. */
  readonly windowStart: string;
  readonly windowS: number;
  readonly parameters: DetectionParameters;
  readonly random: Random;
}): ReportsEvidence {
  const { places, event, parameters, random } = input;
  const people = places.posts?.people;
  const numbers =
    event && people
      ? drawNumbers({ ...input, ...{ people, event } })
      : { posts: null, reports: null };
  return {
    cells: event ? simulateCells(places, event, numbers.reports, parameters, random) : [],
    posts: places.posts
      ? simulatePosts({
          ...{ posts: places.posts, burst: numbers.posts ?? places.posts.burst },
          ...{ timeS: event?.timeS ?? null, windowS: input.windowS, parameters, random },
        })
      : null,
    notes: [],
  };
}

/** Mean number of posts, and a number of felt reports: one doubt about people for both. */
function drawNumbers(input: {
  readonly people: readonly OnlinePeople[];
  readonly event: EventState;
  readonly windowStart: string;
  readonly parameters: DetectionParameters;
  readonly random: Random;
}): { readonly posts: number; readonly reports: number } {
  const { parameters, random } = input;
  const own = parameters.people;
  const { logPosts, logReports } = expectedReports(input)(input.event);
  const doubt = own.peopleSigma * random.normal();
  const posts = Math.exp(logPosts + doubt + own.postsSigma * random.normal());
  const reports = Math.exp(logReports + doubt + own.reportsSigma * random.normal());
  const clusters = parameters.postClusters;
  return {
    posts: random.uniform() < own.noPostsShare ? 0 : Math.min(MOST_POSTS, posts),
    reports: random.poisson((Math.min(MOST_POSTS, reports) * gammaOf(clusters, random)) / clusters),
  };
}

/** Intensities are a draw of the Gaussian field; a weak one reads as a cell that felt nothing. */
function simulateCells(
  places: ReportPlaces,
  event: EventState,
  reports: number | null,
  parameters: DetectionParameters,
  random: Random,
): readonly ReportCell[] {
  const n = places.cells.length;
  if (n === 0) return [];
  const cells = places.cells.map((c) => ({ ...c, cells: 1 }));
  const lower = cholesky(cellCovariance(cells, parameters), n);
  const noise = Float64Array.from({ length: n }, () => random.normal());
  const bias = parameters.intensityBiasMean + parameters.intensityBiasSigma * random.normal();
  const slope = parameters.intensitySlopeSigma * random.normal();
  const drawn = places.cells.map((cell, i): ReportCell => {
    let residual = 0;
    for (let j = 0; j <= i; j++) {
      residual += (lower[i * n + j] as number) * (noise[j] as number);
    }
    const expected = expectedIntensity(cell, event) + bias + slope * logDistance(cell, event);
    const intensity = reportedIntensity(expected) + residual;
    const felt = intensity >= FELT_FROM;
    return {
      cellId: cell.cellId,
      latitude: cell.latitude,
      longitude: cell.longitude,
      radiusKm: cell.radiusKm,
      intensity: felt ? Math.min(10, intensity) : 1,
      felt: felt ? cell.people : 0,
      notFelt: felt ? 0 : cell.people,
    };
  });
  return reports === null ? drawn : sharedOut(drawn, reports, random);
}

/** Felt cells get the reports in proportion to their people; those without any are not heard of. */
function sharedOut(
  cells: readonly ReportCell[],
  reports: number,
  random: Random,
): readonly ReportCell[] {
  let people = cells.reduce((sum, { felt }) => sum + felt, 0);
  let left = reports;
  return cells.flatMap((cell): ReportCell[] => {
    if (cell.felt === 0) return [];
    const felt =
      cell.felt >= people ? left : Math.min(left, random.poisson((left * cell.felt) / people));
    people -= cell.felt;
    left -= felt;
    return felt === 0 ? [] : [{ ...cell, felt }];
  });
}

function simulatePosts(input: {
  readonly posts: NonNullable<ReportPlaces['posts']>;
  readonly burst: number;
  /** Origin time, s from the window's start; null without an event. */
  readonly timeS: number | null;
  readonly windowS: number;
  readonly parameters: DetectionParameters;
  readonly random: Random;
}): PostCounts {
  const { posts, timeS, parameters, random } = input;
  const delays = postDelays(parameters);
  const delay = delays[random.integer(delays.length)] as PostDelay;
  const bins = Math.floor(input.windowS / posts.binS);
  const means = Array.from({ length: bins }, (_, i) => {
    const from = timeS === null ? 0 : i * posts.binS - timeS;
    const share = timeS === null ? 0 : delayCdf(from + posts.binS, delay) - delayCdf(from, delay);
    return posts.backgroundHz * posts.binS + input.burst * share;
  });
  return {
    startS: 0,
    binS: posts.binS,
    counts: drawCounts({ means, clusters: parameters.postClusters, random }),
    backgroundHz: posts.backgroundHz,
    ...(posts.people ? { people: posts.people, upS: means.map(() => posts.binS) } : {}),
  };
}

/**
 * Counts about means that add up to more than nothing, in clusters: Gamma shapes in proportion to the
 * means, so that the clusters are the same however the time is cut into bins.
 */
export function drawCounts(input: {
  readonly means: readonly number[];
  readonly clusters: number;
  readonly random: Random;
}): number[] {
  const { means, random } = input;
  const perMean = input.clusters / means.reduce((sum, mean) => sum + mean, 0);
  return means.map((mean) => random.poisson(gammaOf(perMean * mean, random) / perMean));
}

/** Gamma of unit scale (Marsaglia & Tsang 2000; shapes under 1 by their power of a uniform). */
function gammaOf(shape: number, random: Random): number {
  if (shape < 1) {
    return gammaOf(shape + 1, random) * (1 - random.uniform()) ** (1 / shape);
  }
  const d = shape - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const x = random.normal();
    const v = (1 + c * x) ** 3;
    if (v > 0 && Math.log(1 - random.uniform()) < 0.5 * x * x + d - d * v + d * Math.log(v)) {
      return d * v;
    }
  }
}
