/**
 * The stage of simulated worlds: a region, sensors, villages. Shared by the calibration and the
 * detection tests.
 * @module
 */
import type { Random } from '../../../core/random.js';
import type { Region } from '../../../core/region.js';
import { eventPrior } from '../../../models/detection/event-prior.js';
import { DEFAULT_PARAMETERS } from '../../../models/detection/parameters.js';
import type { BlankSensor, ReportPlaces } from '../../../models/detection/simulate-evidence.js';
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
export const WINDOW_S = 300;
export const TABLE = travelTimeTable({ model: REGION.velocityModel });
export const PRIOR = eventPrior(REGION, WINDOW_S, DEFAULT_PARAMETERS);

/** Accelerometers spread over the region. */
export function phones(count: number, random: Random): BlankSensor[] {
  return Array.from({ length: count }, (_, i) => ({
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

/** Segments of one cable that runs north from its first. */
export function cableSegments(input: {
  readonly cable: string;
  readonly segments: number;
  readonly latitude: number;
  readonly longitude: number;
  readonly stepDegrees: number;
}): BlankSensor[] {
  return Array.from({ length: input.segments }, (_, i) => ({
    source: 'das',
    sensorId: `${input.cable}/${i}`,
    latitude: input.latitude + input.stepDegrees * i,
    longitude: input.longitude,
    elevationM: 0,
    positionSigmaKm: 0.05,
    uptime: [{ startS: 0, endS: WINDOW_S }],
    falseRateHz: 1 / 600,
    quantity: 'strain-rate-microstrain-s',
    log10Threshold: -1.5,
    notes: [],
  }));
}

/** Villages on a grid, for reports; `burst` posts a quake. */
export function villages(random: Random, people = 10, burst = 200): ReportPlaces {
  return {
    cells: Array.from({ length: 36 }, (_, i) => ({
      cellId: `cell-${i}`,
      latitude: 16.17 + 0.33 * Math.floor(i / 6) + 0.1 * (random.uniform() - 0.5),
      longitude: -99.83 + 0.33 * (i % 6) + 0.1 * (random.uniform() - 0.5),
      radiusKm: 3,
      people,
    })),
    posts: { binS: 5, backgroundHz: 0.01, burst },
  };
}
