/**
 * A small simulated world shared by the detection tests: a region, sensors, quakes drawn from the
 * prior and evidence drawn from the likelihood's own model.
 * @module
 */
import { createRandom, type Random } from '../../../core/random.js';
import type { EvidenceSet } from '../../../core/evidence.js';
import type { Region } from '../../../core/region.js';
import { eventPrior, type EventState } from '../../../models/detection/event-prior.js';
import type { PosteriorSamples } from '../../../models/detection/event-posterior.js';
import { DEFAULT_PARAMETERS } from '../../../models/detection/parameters.js';
import {
  simulateEvidence,
  type BlankSensor,
  type ReportPlaces,
} from '../../../models/detection/simulate-evidence.js';
import { travelTimeTable } from '../../../models/traveltime/travel-time-table.js';

export const REGION: Region = {
  id: 'test-region',
  name: 'Test region',
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

/** Segments of one straight cable. */
export function cable(segments: number, latitude: number, longitude: number): BlankSensor[] {
  return Array.from({ length: segments }, (_, i) => ({
    source: 'das',
    sensorId: `fibre/${i}`,
    latitude: latitude + 0.01 * i,
    longitude,
    elevationM: 0,
    positionSigmaKm: 0.05,
    uptime: [{ startS: 0, endS: WINDOW_S }],
    falseRateHz: 1 / 600,
    quantity: 'strain-rate-microstrain-s',
    log10Threshold: -1.5,
    notes: [],
  }));
}

/** A quake of the prior whose waves arrive within the window. */
export function drawQuake(random: Random): EventState {
  return { ...PRIOR.draw(random), timeS: 20 + 180 * random.uniform() };
}

/** Villages on a grid, for reports. */
export function villages(random: Random, people = 10): ReportPlaces {
  return {
    cells: Array.from({ length: 36 }, (_, i) => ({
      cellId: `cell-${i}`,
      latitude: 16.17 + 0.33 * Math.floor(i / 6) + 0.1 * (random.uniform() - 0.5),
      longitude: -99.83 + 0.33 * (i % 6) + 0.1 * (random.uniform() - 0.5),
      radiusKm: 3,
      people,
    })),
    posts: { binS: 5, backgroundHz: 0.01, burst: 200 },
  };
}

/** Evidence of an event (or none). */
export function observe(input: {
  readonly sensors: readonly BlankSensor[];
  readonly event: EventState | null;
  readonly seed: number;
  readonly reports?: ReportPlaces;
}): EvidenceSet {
  return simulateEvidence({
    window: WINDOW,
    sensors: input.sensors,
    event: input.event,
    table: TABLE,
    parameters: DEFAULT_PARAMETERS,
    random: createRandom(input.seed),
    ...(input.reports ? { reports: input.reports } : {}),
  });
}

/** Share of draws below the truth, of one column: uniform when calibrated. */
export function rankOf(values: Float64Array, truth: number): number {
  return values.filter((v) => v < truth).length / values.length;
}

/** Is the epicentre inside the region of the 90 % of draws nearest their mean (Mahalanobis)? */
export function epicentreInside90(samples: PosteriorSamples, truth: EventState): boolean {
  const n = samples.latitude.length;
  const x = Array.from(samples.longitude, (v) => v - truth.longitude);
  const y = Array.from(samples.latitude, (v) => v - truth.latitude);
  const mean = (a: number[]): number => a.reduce((s, v) => s + v, 0) / n;
  const [mx, my] = [mean(x), mean(y)];
  const xx = mean(x.map((v) => (v - mx) ** 2));
  const yy = mean(y.map((v) => (v - my) ** 2));
  const xy = mean(x.map((v, i) => (v - mx) * ((y[i] as number) - my)));
  const det = xx * yy - xy * xy;
  const distance = (u: number, v: number): number =>
    (yy * (u - mx) ** 2 - 2 * xy * (u - mx) * (v - my) + xx * (v - my) ** 2) / det;
  const all = x.map((u, i) => distance(u, y[i] as number)).sort((a, b) => a - b);
  return distance(0, 0) <= (all[Math.ceil(0.9 * n) - 1] as number);
}

/** Gaussian-kernel log density of the posterior at the truth over (east, north, magnitude). */
export function logScore(samples: PosteriorSamples, truth: EventState): number {
  const n = samples.latitude.length;
  const columns: [Float64Array, number, number][] = [
    [samples.longitude, truth.longitude, 0.01],
    [samples.latitude, truth.latitude, 0.01],
    [samples.magnitude, truth.magnitude, 0.03],
  ];
  const widths = columns.map(([c, , least]) => {
    const m = c.reduce((s, v) => s + v, 0) / n;
    const sd = Math.sqrt(c.reduce((s, v) => s + (v - m) ** 2, 0) / n);
    return Math.max(least, sd * n ** (-1 / 7));
  });
  let sum = 0;
  for (let i = 0; i < n; i++) {
    let log = 0;
    columns.forEach(([c, t], k) => {
      const w = widths[k] as number;
      log += -0.5 * (((c[i] as number) - t) / w) ** 2 - Math.log(w);
    });
    sum += Math.exp(log);
  }
  return Math.log(Math.max(1e-12, sum / n));
}

/** Smallest and largest count whose binomial probability lies in the central 99 %. */
export function binomial99(n: number, p: number): [number, number] {
  const pmf: number[] = [(1 - p) ** n];
  for (let k = 1; k <= n; k++) {
    pmf.push(((pmf[k - 1] as number) * (n - k + 1) * p) / (k * (1 - p)));
  }
  let low = 0;
  let cumulative = pmf[0] as number;
  while (cumulative < 0.005) cumulative += pmf[++low] as number;
  let high = n;
  cumulative = pmf[n] as number;
  while (cumulative < 0.005) cumulative += pmf[--high] as number;
  return [low, high];
}
