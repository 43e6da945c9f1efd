/**
 * What people online add to posts and felt reports, in nats of log score at the truth:
 * `node --import tsx bench/reports/people.ts [QUAKES [SEED]]`. Prints JSON. Simulated quakes of the prior in
 * five populated regions, in worlds that obey the model and in worlds that do not, and the recorded
 * posts and felt cells of five earthquakes (QUAKELOOM_DATA; alone with QUAKES 0).
 */
import { peopleWithin } from '../../connectors/reports/people.js';
import { isoToNs, nsToIso, secondsToNs } from '../../core/time.js';
import type { ReportsEvidence } from '../../core/evidence.js';
import { createRandom, type Random } from '../../core/random.js';
import type { Region } from '../../core/region.js';
import { learnPeople } from '../../models/detection/people/learn.js';
import { eventPrior, type EventState } from '../../models/detection/event-prior.js';
import { DEFAULT_PARAMETERS, type DetectionParameters } from '../../models/detection/parameters.js';
import { reportsLikelihood } from '../../models/detection/reports-likelihood.js';
import { simulateReports, type ReportPlaces } from '../../models/detection/simulate-reports.js';
import { logSumExp } from '../../models/numerics/special.js';
import { realQuakes } from './people-quakes.js';

const WINDOW_S = 600;
const DRAWS = 1500;
/** Half of the draws lie about the truth: felt cells leave little of the prior. */
const NEAR = { degrees: 0.3, depthKm: 8, timeS: 30, magnitude: 0.4 };
const CENTRES = [
  [38.2, -122.3],
  [14, -91.5],
  [44.5, 11.3],
  [9.9, 124],
  [35.5, 139.5],
] as const;
const quakes = Number(process.argv[2] ?? 100);
const seed = Number(process.argv[3] ?? 1);

const regionAt = (latitude: number, longitude: number): Region => ({
  id: 'people',
  name: 'People',
  bounds: { west: longitude - 2, east: longitude + 2, south: latitude - 2, north: latitude + 2 },
  grid: { spacingKm: 20, depthsKm: [5, 15, 50] },
  velocityModel: 'iasp91',
  minMagnitude: 4.2,
  maxMagnitude: 8,
});
const withWeight = (weight: number): DetectionParameters => ({
  ...DEFAULT_PARAMETERS,
  people: { ...DEFAULT_PARAMETERS.people, weight },
});
const LEARNED = Number(process.env['PEOPLE_WEIGHT'] ?? 0.8);
const MODELS = { without: withWeight(0), with: withWeight(LEARNED) };

interface Score {
  /** log posterior density at the truth. */
  readonly truth: number;
  /** log Bayes factor of a quake against none. */
  readonly logBayes: number;
}

/** Exact but for the draws: both models are scored on the same ones. */
function score(input: {
  readonly reports: ReportsEvidence;
  readonly windowStart: string;
  readonly region: Region;
  readonly truth: EventState;
  readonly parameters: DetectionParameters;
  readonly seed: number;
}): Score {
  const { region, truth, parameters } = input;
  const prior = eventPrior(region, WINDOW_S, parameters);
  const { logRatio } = reportsLikelihood({
    ...{ reports: input.reports, windowStart: input.windowStart, parameters },
    ...{ earliestS: prior.earliestS, latestS: prior.latestS },
  });
  const random = createRandom(input.seed);
  const km2 = (111.19 * NEAR.degrees) ** 2 * Math.cos((truth.latitude * Math.PI) / 180);
  const near = (e: EventState): number =>
    -0.5 *
      (((e.latitude - truth.latitude) / NEAR.degrees) ** 2 +
        ((e.longitude - truth.longitude) / NEAR.degrees) ** 2 +
        ((e.depthKm - truth.depthKm) / NEAR.depthKm) ** 2 +
        ((e.timeS - truth.timeS) / NEAR.timeS) ** 2 +
        ((e.magnitude - truth.magnitude) / NEAR.magnitude) ** 2) -
    2.5 * Math.log(2 * Math.PI) -
    Math.log(km2 * NEAR.depthKm * NEAR.timeS * NEAR.magnitude);
  const logs: number[] = [];
  for (let i = 0; i < 2 * DRAWS; i++) {
    const event: EventState =
      i % 2 === 0
        ? prior.draw(random)
        : {
            latitude: truth.latitude + NEAR.degrees * random.normal(),
            longitude: truth.longitude + NEAR.degrees * random.normal(),
            depthKm: truth.depthKm + NEAR.depthKm * random.normal(),
            timeS: truth.timeS + NEAR.timeS * random.normal(),
            magnitude: truth.magnitude + NEAR.magnitude * random.normal(),
          };
    const own = prior.logDensity(event);
    if (own === Number.NEGATIVE_INFINITY) {
      logs.push(own);
      continue;
    }
    logs.push(own - logSumExp([own, near(event)]) + Math.LN2 + logRatio(event));
  }
  const logBayes = logSumExp(logs) - Math.log(2 * DRAWS);
  return { truth: prior.logDensity(truth) + logRatio(truth) - logBayes, logBayes };
}

const summary = (differences: readonly number[]) => {
  const n = differences.length;
  const mean = differences.reduce((a, b) => a + b, 0) / n;
  const sd = Math.sqrt(differences.reduce((s, d) => s + (d - mean) ** 2, 0) / (n - 1));
  const half = (1.96 * sd) / Math.sqrt(n);
  const sorted = [...differences].sort((a, b) => a - b);
  return { n, mean, low: mean - half, high: mean + half, worst: sorted[0], best: sorted[n - 1] };
};

type World = 'ours' | 'ten times the posts' | 'a tenth of the posts' | 'any number of posts';
const WORLDS: readonly World[] = [
  'ours',
  'ten times the posts',
  'a tenth of the posts',
  'any number of posts',
];

function placesOf(world: World, region: Region, withCells: boolean, random: Random): ReportPlaces {
  const people = peopleOf(region);
  return {
    cells: withCells
      ? people.slice(0, 20).map(({ latitude, longitude, count }, i) => ({
          ...{ cellId: `c${i}`, latitude, longitude, radiusKm: 5, people: count },
        }))
      : [],
    posts: {
      ...{ binS: 10, backgroundHz: 1e-3 },
      burst: 3 * Math.exp(random.uniform() * Math.log(1e5 / 3)),
      ...(world === 'any number of posts' ? {} : { people }),
    },
  };
}
const known = new Map<string, ReturnType<typeof peopleWithin>>();
function peopleOf({ bounds }: Region): ReturnType<typeof peopleWithin> {
  const key = JSON.stringify(bounds);
  const people = known.get(key) ?? peopleWithin(bounds);
  known.set(key, people);
  return people;
}
function drawnWith(world: World): DetectionParameters {
  const { people } = DEFAULT_PARAMETERS;
  const factor = world === 'ten times the posts' ? 10 : world === 'a tenth of the posts' ? 0.1 : 1;
  return {
    ...DEFAULT_PARAMETERS,
    people: { ...people, postsPerPerson: people.postsPerPerson * factor },
  };
}

const simulated = (quakes > 1 ? WORLDS : []).flatMap((world) =>
  [false, true].map((withCells) => {
    const truths: number[] = [];
    const odds: number[] = [];
    const quiet: number[] = [];
    for (let k = 0; k < quakes; k++) {
      const random = createRandom(seed * 100_000 + k);
      const [latitude, longitude] = CENTRES[k % CENTRES.length] as (typeof CENTRES)[number];
      const region = regionAt(latitude, longitude);
      const windowStart = nsToIso(
        isoToNs('2024-03-01T00:00:00Z') + secondsToNs(86_400 * random.uniform()),
      );
      const truth = {
        ...eventPrior(region, WINDOW_S, DEFAULT_PARAMETERS).draw(random),
        timeS: 500 * random.uniform(),
      };
      const draw = (event: EventState | null): ReportsEvidence => {
        const reports = simulateReports({
          ...{ places: placesOf(world, region, withCells, random), event, windowStart },
          ...{ windowS: WINDOW_S, parameters: drawnWith(world), random },
        });
        const { posts } = reports;
        if (!posts) return reports;
        const people = peopleOf(region);
        return { ...reports, posts: { ...posts, people, upS: posts.counts.map(() => posts.binS) } };
      };
      const reports = draw(truth);
      const of = (parameters: DetectionParameters, own: ReportsEvidence): Score =>
        score({ reports: own, windowStart, region, truth, parameters, seed: k });
      const before = of(MODELS.without, reports);
      const after = of(MODELS.with, reports);
      truths.push(after.truth - before.truth);
      odds.push(after.logBayes - before.logBayes);
      if (!withCells) {
        const nothing = draw(null);
        quiet.push(of(MODELS.with, nothing).logBayes - of(MODELS.without, nothing).logBayes);
      }
    }
    return {
      world,
      evidence: withCells ? 'posts and felt cells' : 'posts',
      logScoreGain: summary(truths),
      logBayesOfQuakes: summary(odds),
      ...(withCells ? {} : { logBayesOfNothing: summary(quiet) }),
    };
  }),
);

/** With shares learned from the other earthquakes: nothing of the one scored is known before. */
const all = await realQuakes({ windowS: WINDOW_S, peopleOf, regionAt });
const recorded = all.map((quake) => {
  const of = (parameters: DetectionParameters): Score => score({ ...quake, parameters, seed: 1 });
  const past = all.flatMap((other) => (other.origin === quake.origin ? [] : [other.past]));
  const { people } = learnPeople({ past, parameters: MODELS.with });
  const before = of(MODELS.without);
  const after = of(MODELS.with);
  const learned = of({ ...MODELS.with, people });
  return {
    quake: quake.name,
    posts: quake.reports.posts?.counts.reduce((sum, n) => sum + n, 0),
    logScoreGain: after.truth - before.truth,
    logBayesGain: after.logBayes - before.logBayes,
    learned: {
      postsPerPerson: people.postsPerPerson,
      postsSigma: people.postsSigma,
      logScoreGain: learned.truth - before.truth,
      logBayesGain: learned.logBayes - before.logBayes,
    },
  };
});
console.log(JSON.stringify({ quakes, seed, weight: LEARNED, simulated, recorded }, null, 1));
