/**
 * One simulated world through the inversion: evidence in; ranks, regions and scores of the truth
 * out.
 * @module
 */
import type { SourceKind } from '../../../core/evidence.js';
import { createRandom } from '../../../core/random.js';
import {
  detectWith,
  type DetectedQuake,
  type StackBackend,
} from '../../../models/detection/detect.js';
import type { EventState } from '../../../models/detection/event-prior.js';
import type { PosteriorSamples } from '../../../models/detection/event-posterior.js';
import { reweightByDeformation, rerunWithDeformation } from '../../../models/detection/reweight.js';
import { normalizedWeights, systematicResample } from '../../../models/numerics/weighted.js';
import { PRIOR, REGION } from './stage.js';
import type { World } from './world.js';

/** Posterior draws of a quake. */
const SAMPLES = 1000;
/** Draws kept for ranks: 99 draws have 100 ranks. */
export const RANKED = 99;
export const PARAMETERS = ['latitude', 'longitude', 'depthKm', 'timeS', 'magnitude'] as const;
export type Parameter = (typeof PARAMETERS)[number];

/** What became of one quake. */
export interface QuakeOutcome {
  readonly seed: number;
  readonly magnitude: number;
  /** Natural-log odds of existence; null without any candidate. */
  readonly logOdds: number | null;
  /** Number of the kept draws below the truth, 0 to 99. */
  readonly ranks: Readonly<Record<Parameter, number>> | null;
  /** Share of draws that lie nearer their mean than the true epicentre (Mahalanobis). */
  readonly epicentreLevel: number | null;
  readonly epicentreErrorKm: number | null;
  readonly hasDeformation: boolean;
  /** Log density at the truth with all sources and with one left out. */
  readonly logScore: LogScores | null;
}

/** Log density at the truth; without a source where that was asked for. */
export type LogScores = Readonly<
  { all: number; 'no-insar': number } & Partial<Record<`no-${SourceKind}`, number>>
>;

/** Sources whose absence asks for an inversion of its own; without InSAR is what was there before. */
const SOURCES = ['das', 'phones', 'reports'] as const;
/** The sampler's random numbers must not be those that drew the world. */
const INVERSION_SEED = 1_000_000_007;

/** Inverts a world with a quake; `withScores` also without each source in turn. */
export async function invertQuake(input: {
  readonly backend: StackBackend;
  readonly seed: number;
  readonly world: World;
  readonly withScores: boolean;
}): Promise<QuakeOutcome> {
  const { world } = input;
  const seed = input.seed + INVERSION_SEED;
  const truth = world.truth as EventState;
  const full = await posteriorOf(input.backend, world, seed);
  const base = {
    seed: input.seed,
    magnitude: truth.magnitude,
    hasDeformation: world.deformation?.kind === 'gaussian',
  };
  if (!full) {
    return {
      ...base,
      logOdds: null,
      ranks: null,
      epicentreLevel: null,
      epicentreErrorKm: null,
      logScore: null,
    };
  }
  const draws = thin(full.samples, seed);
  const ranks = Object.fromEntries(
    PARAMETERS.map((key) => [key, draws[key].filter((v) => v < truth[key]).length]),
  ) as Record<Parameter, number>;
  const isDeclared = full.logOdds > 0;
  let logScore: QuakeOutcome['logScore'] = null;
  if (isDeclared) {
    const scores: { -readonly [Key in keyof LogScores]: LogScores[Key] } = {
      all: scoreOf(full.samples, truth),
      'no-insar': scoreOf(full.before, truth),
    };
    for (const source of input.withScores ? SOURCES : []) {
      const less = await posteriorOf(input.backend, without(world, source), seed);
      scores[`no-${source}`] = less ? scoreOf(less.samples, truth) : FLOOR;
    }
    logScore = scores;
  }
  return { ...base, logOdds: full.logOdds, ranks, ...epicentre(full.samples, truth), logScore };
}

/** Natural-log odds of the best candidate in a world; null without one. */
export async function oddsOf(input: {
  readonly backend: StackBackend;
  readonly world: World;
  readonly seed: number;
}): Promise<number | null> {
  const result = await detectWith(input.backend, {
    evidence: input.world.evidence,
    region: REGION,
    seed: input.seed + INVERSION_SEED,
    samples: 300,
    maxQuakes: 1,
    parameters: { declareProbability: 0 },
  });
  return logOdds(result.quakes[0]);
}

/** Not from the probability, which is 1 beyond 37 nats. */
function logOdds(quake: DetectedQuake | undefined): number | null {
  return quake ? quake.logBayesFactor + Math.log(PRIOR.expectedEvents) : null;
}

async function posteriorOf(
  backend: StackBackend,
  world: World,
  seed: number,
): Promise<{ samples: PosteriorSamples; before: PosteriorSamples; logOdds: number } | null> {
  const result = await detectWith(backend, {
    evidence: world.evidence,
    region: REGION,
    seed,
    samples: SAMPLES,
    maxQuakes: 1,
    parameters: { declareProbability: 0 },
  });
  const [quake] = result.quakes;
  if (!quake) return null;
  const found = { before: quake.samples, logOdds: logOdds(quake) as number };
  if (!world.deformation) return { ...found, samples: quake.samples };
  const late = { samples: quake.samples, deformation: world.deformation };
  const first = reweightByDeformation(late);
  if (first.trusted) return { ...found, samples: first.samples };
  const again = rerunWithDeformation({ ...late, region: REGION, seed, evidence: world.evidence });
  return { ...found, samples: again.samples };
}

function without(world: World, source: (typeof SOURCES)[number]): World {
  const { evidence } = world;
  return {
    ...world,
    evidence: {
      ...evidence,
      sensors: evidence.sensors.filter((sensor) => sensor.source !== source),
      reports: source === 'reports' ? null : evidence.reports,
    },
  };
}

/** Equally weighted draws, few enough to be nearly independent. */
function thin(samples: PosteriorSamples, seed: number): PosteriorSamples {
  const picks = systematicResample(
    normalizedWeights(samples.logWeight),
    RANKED,
    createRandom(seed + 17),
  );
  const take = (column: Float64Array): Float64Array =>
    Float64Array.from(picks, (i) => column[i] as number);
  return {
    latitude: take(samples.latitude),
    longitude: take(samples.longitude),
    depthKm: take(samples.depthKm),
    timeS: take(samples.timeS),
    magnitude: take(samples.magnitude),
    logWeight: take(samples.logWeight),
  };
}

const KM = 111.19;

function epicentre(
  samples: PosteriorSamples,
  truth: EventState,
): { epicentreLevel: number; epicentreErrorKm: number } {
  const w = normalizedWeights(samples.logWeight);
  const east = KM * Math.cos((truth.latitude * Math.PI) / 180);
  const x = Array.from(samples.longitude, (v) => (v - truth.longitude) * east);
  const y = Array.from(samples.latitude, (v) => (v - truth.latitude) * KM);
  const mean = (a: readonly number[]): number => a.reduce((s, v, i) => s + v * (w[i] as number), 0);
  const [mx, my] = [mean(x), mean(y)];
  const xx = mean(x.map((v) => (v - mx) ** 2));
  const yy = mean(y.map((v) => (v - my) ** 2));
  const xy = mean(x.map((v, i) => (v - mx) * ((y[i] as number) - my)));
  const distance = (u: number, v: number): number =>
    (yy * (u - mx) ** 2 - 2 * xy * (u - mx) * (v - my) + xx * (v - my) ** 2) / (xx * yy - xy * xy);
  const own = distance(0, 0);
  return {
    epicentreLevel: mean(x.map((u, i) => (distance(u, y[i] as number) < own ? 1 : 0))),
    epicentreErrorKm: Math.hypot(mx, my),
  };
}

/** The log score of a truth that the draws miss altogether. */
const FLOOR = -25;
/** Least widths of the kernel: km, km, km, magnitude. */
const LEAST_WIDTH = [0.3, 0.3, 0.5, 0.03] as const;

/** Log density of the posterior at the truth by a normal kernel over (east, north, depth, M). */
function scoreOf(samples: PosteriorSamples, truth: EventState): number {
  const w = normalizedWeights(samples.logWeight);
  const n = samples.latitude.length;
  const east = KM * Math.cos((truth.latitude * Math.PI) / 180);
  const columns = [
    samples.longitude.map((v) => (v - truth.longitude) * east),
    samples.latitude.map((v) => (v - truth.latitude) * KM),
    samples.depthKm.map((v) => v - truth.depthKm),
    samples.magnitude.map((v) => v - truth.magnitude),
  ];
  const widths = columns.map((column, k) => {
    const m = column.reduce((s, v, i) => s + v * (w[i] as number), 0);
    const sd = Math.sqrt(column.reduce((s, v, i) => s + (w[i] as number) * (v - m) ** 2, 0));
    return Math.max(LEAST_WIDTH[k] as number, sd * n ** (-1 / 8));
  });
  let sum = 0;
  for (let i = 0; i < n; i++) {
    let log = 0;
    columns.forEach((column, k) => {
      const width = widths[k] as number;
      log -= 0.5 * ((column[i] as number) / width) ** 2 + Math.log(width * 2.5066282746310002);
    });
    sum += (w[i] as number) * Math.exp(log);
  }
  return Math.max(FLOOR, Math.log(sum));
}
