/**
 * A small simulated world shared by the detection tests: a region, sensors, quakes drawn from the
 * prior and evidence drawn from the likelihood's own model.
 * @module
 */
import {
  cableSegments,
  phones,
  PRIOR,
  REGION,
  TABLE,
  villages,
  WINDOW,
  WINDOW_S,
} from '../../../bench/fusion/worlds/stage.js';
import { createRandom, type Random } from '../../../core/random.js';
import type { EvidenceSet } from '../../../core/evidence.js';
import type { EventState } from '../../../models/detection/event-prior.js';
import type { PosteriorSamples } from '../../../models/detection/event-posterior.js';
import { DEFAULT_PARAMETERS } from '../../../models/detection/parameters.js';
import {
  simulateEvidence,
  type BlankSensor,
  type ReportPlaces,
} from '../../../models/detection/simulate-evidence.js';

export { phones, PRIOR, REGION, TABLE, villages, WINDOW, WINDOW_S };

/** Segments of one straight cable. */
export function cable(segments: number, latitude: number, longitude: number): BlankSensor[] {
  return cableSegments({ cable: 'fibre', segments, latitude, longitude, stepDegrees: 0.01 });
}

/** A quake of the prior whose waves arrive within the window. */
export function drawQuake(random: Random): EventState {
  return { ...PRIOR.draw(random), timeS: 20 + 180 * random.uniform() };
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
