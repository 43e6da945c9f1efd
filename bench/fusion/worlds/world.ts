/**
 * Simulated worlds with all four sources: quakes of the prior, sensors, villages and scenes, and what
 * they say. A seed in, truth and evidence out.
 * @module
 */
import type { EvidenceSet } from '../../../core/evidence.js';
import { KM_PER_DEGREE, type LatLon } from '../../../core/geo.js';
import { createRandom, type Random } from '../../../core/random.js';
import type { Region } from '../../../core/region.js';
import {
  noDeformationLogLikelihood,
  ruptureLengthKm,
  ruptureWidthKm,
  type DeformationEvidence,
} from '../../../models/detection/deformation-likelihood.js';
import { eventPrior, type EventState } from '../../../models/detection/event-prior.js';
import { DEFAULT_PARAMETERS } from '../../../models/detection/parameters.js';
import {
  simulateEvidence,
  type BlankSensor,
  type ReportPlaces,
} from '../../../models/detection/simulate-evidence.js';
import { travelTimeTable } from '../../../models/traveltime/travel-time-table.js';

/** Two degrees square, quakes of M 4.2 to 7. */
export const REGION: Region = {
  id: 'simulated-world',
  name: 'Simulated world',
  bounds: { west: -100, south: 16, east: -98, north: 18 },
  grid: { spacingKm: 20, depthsKm: [5, 15, 30] },
  velocityModel: 'iasp91',
  minMagnitude: 4.2,
  maxMagnitude: 7,
};
export const WINDOW = { start: '2020-01-01T00:00:00Z', end: '2020-01-01T00:05:00Z' };
const WINDOW_S = 300;
export const PRIOR = eventPrior(REGION, WINDOW_S, DEFAULT_PARAMETERS);
const TABLE = travelTimeTable({ model: REGION.velocityModel });

const PHONES = 14;
const CABLES = [
  { latitude: 16.5, longitude: -99.2, segments: 3 },
  { latitude: 17.4, longitude: -98.6, segments: 3 },
];
/** Displacement that a scene shows, m. */
const DETECTABLE_M = 0.02;
/** Errors of an inversion of deformation: east, north, depth (km), magnitude. */
const INVERSION_SIGMA = [1.5, 1.5, 2, 0.1] as const;
const MAGNITUDE_SIGMA = 0.15;

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
  const sensors = [...phones(random), ...CABLES.flatMap(cable)];
  const reports = villages(random);
  const truth = input.kind === 'quake' ? PRIOR.draw(random) : null;
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

function phones(random: Random): BlankSensor[] {
  return Array.from({ length: PHONES }, (_, i) => ({
    source: 'phones',
    sensorId: `device-${String.fromCharCode(97 + i)}`,
    latitude: 16 + 2 * random.uniform(),
    longitude: -100 + 2 * random.uniform(),
    elevationM: 500,
    positionSigmaKm: 0.5,
    uptime: [{ startS: 0, endS: WINDOW_S }],
    falseRateHz: 1 / 300,
    quantity: 'pga-gal',
    log10Threshold: -0.3,
    notes: [],
  }));
}

function cable(place: (typeof CABLES)[number], index: number): BlankSensor[] {
  return Array.from({ length: place.segments }, (_, i) => ({
    source: 'das',
    sensorId: `fibre${String.fromCharCode(97 + index)}/${i}`,
    latitude: place.latitude + 0.05 * i,
    longitude: place.longitude,
    elevationM: 0,
    positionSigmaKm: 0.05,
    uptime: [{ startS: 0, endS: WINDOW_S }],
    falseRateHz: 1 / 600,
    quantity: 'strain-rate-microstrain-s',
    log10Threshold: -1.5,
    notes: [],
  }));
}

function villages(random: Random): ReportPlaces {
  return {
    cells: Array.from({ length: 36 }, (_, i) => ({
      cellId: `cell-${i}`,
      latitude: 16.17 + 0.33 * Math.floor(i / 6) + 0.1 * (random.uniform() - 0.5),
      longitude: -99.83 + 0.33 * (i % 6) + 0.1 * (random.uniform() - 0.5),
      radiusKm: 3,
      people: 10,
    })),
    posts: { binS: 5, backgroundHz: 0.01, burst: 200 },
  };
}

/**
 * A scene that covers the region: it shows the quake with the probability that the likelihood of
 * silence leaves, and then the inversion gives the centroid with its errors.
 */
function drawDeformation(event: EventState, random: Random): DeformationEvidence {
  const nothing = { bounds: REGION.bounds, detectableM: DETECTABLE_M };
  const silent = Math.exp(noDeformationLogLikelihood({ event, ...nothing }));
  if (random.uniform() < silent) return { kind: 'nothing-seen', ...nothing };
  return drawInversion(event, random, { latitude: 17, longitude: -99 });
}

/** The inversion of a scene that shows the quake: its centroid with its errors, about `origin`. */
export function drawInversion(
  event: EventState,
  random: Random,
  origin: LatLon,
): DeformationEvidence {
  // The hypocentre lies anywhere on a rupture of unknown strike.
  const strike = 2 * Math.PI * random.uniform();
  const along = ruptureLengthKm(event.magnitude) * (random.uniform() - 0.5);
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
