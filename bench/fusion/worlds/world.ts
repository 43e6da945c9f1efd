/**
 * Simulated worlds with all four sources: quakes of the prior, sensors, villages and scenes, and what
 * they say. A seed in, truth and evidence out.
 * @module
 */
import type { EvidenceSet } from '../../../core/evidence.js';
import { KM_PER_DEGREE, type LatLon } from '../../../core/geo.js';
import { createRandom, type Random } from '../../../core/random.js';
import {
  noDeformationLogLikelihood,
  type DeformationEvidence,
} from '../../../models/detection/deformation-likelihood.js';
import type { EventState } from '../../../models/detection/event-prior.js';
import { jointModel } from '../../../models/detection/joint-likelihood.js';
import { DEFAULT_PARAMETERS } from '../../../models/detection/parameters.js';
import { ruptureLengthKm, ruptureWidthKm } from '../../../models/detection/rupture-scatter.js';
import { simulateEvidence } from '../../../models/detection/simulate-evidence.js';
import { cableSegments, phones, PRIOR, REGION, TABLE, villages, WINDOW } from './stage.js';

const PHONES = 14;
const CABLES = [
  { cable: 'fibrea', latitude: 16.5, longitude: -99.2, segments: 3, stepDegrees: 0.05 },
  { cable: 'fibreb', latitude: 17.4, longitude: -98.6, segments: 3, stepDegrees: 0.05 },
];
/** A burst has this many posts, log-uniform as the likelihood has it. */
const BURST = { least: 3, most: 1e5 };
const PEOPLE = 10;
/** Displacement that a scene shows, m. */
const DETECTABLE_M = 0.02;
/** Errors of an inversion of deformation: east, north, depth (km), magnitude. */
const INVERSION_SIGMA = [1.5, 1.5, 2, 0.1] as const;
const MAGNITUDE_SIGMA = 0.15;
const STRIKE_SIGMA_DEG = 10;

/** What one world shows. */
export interface World {
  /** Null: nothing happened. */
  readonly truth: EventState | null;
  readonly evidence: EvidenceSet;
  /** What the radar scenes say later; null where nothing happened. */
  readonly deformation: DeformationEvidence | null;
}

/** Draws a world with (`kind` quake) or without an event. */
export function drawWorld(input: {
  readonly seed: number;
  readonly kind: 'quake' | 'noise';
}): World {
  const random = createRandom(input.seed);
  return worldOf(input.kind === 'quake' ? PRIOR.draw(random) : null, random);
}

function worldOf(truth: EventState | null, random: Random): World {
  const sensors = [...phones(PHONES, random), ...CABLES.flatMap(cableSegments)];
  const burst = BURST.least * (BURST.most / BURST.least) ** random.uniform();
  const reports = villages(random, PEOPLE, burst);
  const evidence = simulateEvidence({
    window: WINDOW,
    sensors,
    event: truth,
    table: TABLE,
    parameters: DEFAULT_PARAMETERS,
    random,
    reports,
  });
  return { truth, evidence, deformation: truth ? drawDeformation(truth, random) : null };
}

/**
 * A scene that covers the region: it shows the quake with the probability that the likelihood of
 * silence leaves, and then the inversion gives the centroid with its errors.
 */
function drawDeformation(event: EventState, random: Random): DeformationEvidence {
  const nothing = { bounds: REGION.bounds, detectableM: DETECTABLE_M };
  const silent = Math.exp(noDeformationLogLikelihood({ event, ...nothing }));
  if (random.uniform() < silent) return { kind: 'nothing-seen', ...nothing };
  const inversion = drawInversion(event, random, { latitude: 17, longitude: -99 });
  return { ...inversion, seen: nothing };
}

/**
 * The inversion of a scene that shows the quake: centroid and strike with their errors, about `origin`.
 */
export function drawInversion(
  event: EventState,
  random: Random,
  origin: LatLon,
): Extract<DeformationEvidence, { readonly kind: 'gaussian' }> {
  // The hypocentre lies anywhere on the rupture.
  const strike = 2 * Math.PI * random.uniform();
  const lengthKm = ruptureLengthKm(event.magnitude);
  const along = lengthKm * (random.uniform() - 0.5);
  const offsets = [
    along * Math.sin(strike),
    along * Math.cos(strike),
    ruptureWidthKm(event.magnitude) * (random.uniform() - 0.5),
    MAGNITUDE_SIGMA * random.normal(),
  ];
  const errors = offsets.map((v, k) => v + (INVERSION_SIGMA[k] as number) * random.normal());
  const eastPerDegree = KM_PER_DEGREE * Math.cos((origin.latitude * Math.PI) / 180);
  return {
    kind: 'gaussian',
    origin,
    prior: null,
    rupture: {
      strikeDeg: (strike * 180) / Math.PI + STRIKE_SIGMA_DEG * random.normal(),
      strikeSigmaDeg: STRIKE_SIGMA_DEG,
      lengthKm,
    },
    posterior: {
      mean: [
        (event.longitude - origin.longitude) * eastPerDegree + (errors[0] as number),
        (event.latitude - origin.latitude) * KM_PER_DEGREE + (errors[1] as number),
        event.depthKm + (errors[2] as number),
        event.magnitude + (errors[3] as number),
      ],
      covariance: INVERSION_SIGMA.flatMap((sigma, i) =>
        INVERSION_SIGMA.map((_, j) => (i === j ? sigma * sigma : 0)),
      ),
    },
  };
}

/** Shares of the times from which quakes at a window's edges are drawn, and how long the edges are. */
const EDGES = { begin: 0.25, beginS: 30, end: 0.5, endS: 20 } as const;
/** Likelier than this at the truth, nats, and the odds cannot be near a false alarm's. */
const CERTAIN_NATS = 40;

/** An origin time of the proposal of {@link drawFaint}; `weight` is prior over proposal. */
export function drawFaintTime(random: Random): { readonly timeS: number; readonly weight: number } {
  const { earliestS, latestS } = PRIOR;
  const spanS = latestS - earliestS;
  const place = random.uniform();
  const timeS =
    place < EDGES.begin
      ? earliestS + EDGES.beginS * random.uniform()
      : place < EDGES.begin + EDGES.end
        ? latestS - EDGES.endS * random.uniform()
        : earliestS + spanS * random.uniform();
  const density =
    (1 - EDGES.begin - EDGES.end) / spanS +
    (timeS < earliestS + EDGES.beginS ? EDGES.begin / EDGES.beginS : 0) +
    (timeS >= latestS - EDGES.endS ? EDGES.end / EDGES.endS : 0);
  return { timeS, weight: 1 / (spanS * density) };
}

/**
 * A quake that may be hard to see, before questionnaires are filled in (nobody does in a window without
 * a quake): of the prior, but rather at the edges of the window. `weight` is prior over proposal;
 * `isCertain` when the data are so much likelier with the quake that nothing has to be inverted.
 */
export function drawFaint(seed: number): {
  readonly world: World;
  readonly weight: number;
  readonly isCertain: boolean;
} {
  const random = createRandom(seed);
  const { timeS, weight } = drawFaintTime(random);
  const truth = { ...PRIOR.draw(random), timeS };
  const drawn = worldOf(truth, random);
  const { reports } = drawn.evidence;
  const evidence = { ...drawn.evidence, reports: reports && { ...reports, cells: [] } };
  const model = jointModel({ evidence, region: REGION, parameters: DEFAULT_PARAMETERS });
  const { das, phones: shaking } = model.bySource(
    truth,
    model.terms.map(() => 0),
  );
  return {
    world: { ...drawn, evidence },
    weight,
    isCertain: das + shaking > CERTAIN_NATS,
  };
}
