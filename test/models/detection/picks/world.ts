/** A small world of picks with known truth, drawn from the generative model. */
import type { PhasePicks, PickStations } from '../../../../core/picks.js';
import { createRandom } from '../../../../core/random.js';
import { localTable } from '../../../../models/traveltime/local-table.js';
import { gradientModel } from '../../../../models/traveltime/velocity-model.js';

export const VELOCITY = gradientModel({ vpKmS: 5.8, gradientPerS: 0.05, vpVs: 1.73, toKm: 80 });
export const TABLE = localTable({ model: VELOCITY, maxDistanceKm: 130, maxDepthKm: 32 });

export interface Truth {
  readonly timeS: number;
  readonly eastKm: number;
  readonly northKm: number;
  readonly depthKm: number;
  readonly magnitude: number;
}

export interface PickWorld {
  readonly stations: PickStations;
  readonly picks: PhasePicks;
  readonly events: readonly Truth[];
  /** Event of each pick, or -1, [pick]. */
  readonly label: Int32Array;
}

/** Closed form of the gradient model, so that the table is not tested against itself. */
export function gradientTime(phase: number, distanceKm: number, depthKm: number): number {
  const [v0, g] = phase === 0 ? [5.8, 0.05] : [5.8 / 1.73, 0.05 / 1.73];
  const r2 = distanceKm ** 2 + depthKm ** 2;
  return Math.acosh(1 + (g * g * r2) / (2 * v0 * (v0 + g * depthKm))) / g;
}

export function makeWorld(input: {
  readonly seed: number;
  readonly stations: number;
  readonly events: number;
  readonly spanS: number;
  readonly falsePicks: number;
  readonly magnitude?: readonly [number, number];
}): PickWorld {
  const random = createRandom(input.seed);
  const between = (low: number, high: number): number => low + (high - low) * random.uniform();
  const laplace = (b: number): number => (random.uniform() < 0.5 ? -b : b) * random.exponential();
  const [low, high] = input.magnitude ?? [1.8, 2.8];
  const eastKm = Float64Array.from({ length: input.stations }, () => between(-50, 50));
  const northKm = Float64Array.from({ length: input.stations }, () => between(-50, 50));
  const events = Array.from({ length: input.events }, () => ({
    timeS: between(100, input.spanS - 100),
    eastKm: between(-40, 40),
    northKm: between(-40, 40),
    depthKm: between(3, 20),
    magnitude: between(low, high),
  })).sort((a, b) => a.timeS - b.timeS);
  const rows: { t: number; s: number; phase: number; a: number; event: number }[] = [];
  events.forEach((event, e) => {
    for (let s = 0; s < input.stations; s++) {
      const distance = Math.hypot(
        event.eastKm - (eastKm[s] as number),
        event.northKm - (northKm[s] as number),
      );
      const r = Math.hypot(distance, event.depthKm);
      const level = 0.93 * (event.magnitude - 3.5) - 1.68 * Math.log10(r) - 0.92;
      for (const phase of [0, 1]) {
        const over = (level + (phase === 0 ? 4.8 : 5.1)) / 0.25;
        if (random.uniform() > 1 / (1 + Math.exp(-over))) continue;
        const b = phase === 0 ? 0.1 : 0.18;
        const t = event.timeS + gradientTime(phase, distance, event.depthKm) + laplace(b);
        rows.push({ t, s, phase, a: level + 0.3 * random.normal(), event: e });
      }
    }
  });
  for (let i = 0; i < input.falsePicks; i++) {
    rows.push({
      t: between(0, input.spanS),
      s: random.integer(input.stations),
      phase: random.integer(2),
      a: -5.3 + 0.4 * random.normal(),
      event: -1,
    });
  }
  rows.sort((a, b) => a.t - b.t);
  return {
    events,
    label: Int32Array.from(rows, ({ event }) => event),
    stations: {
      ids: Array.from({ length: input.stations }, (_, s) => `XX.S${s}`),
      origin: { latitude: 35, longitude: -118 },
      eastKm,
      northKm,
      elevationKm: new Float64Array(input.stations),
    },
    picks: {
      count: rows.length,
      timeS: Float64Array.from(rows, ({ t }) => t),
      station: Int32Array.from(rows, ({ s }) => s),
      phase: Uint8Array.from(rows, ({ phase }) => phase),
      probability: new Float32Array(rows.length).fill(Number.NaN),
      logAmplitude: Float32Array.from(rows, ({ a }) => a),
      sourceIndex: Int32Array.from(rows, (_, i) => i),
    },
  };
}

/** The same picks, each channel shifted round its day by its own amount: nothing is left to find. */
export function shuffled(world: PickWorld, spanS: number): PhasePicks {
  const random = createRandom(99);
  const shifts = Float64Array.from(
    { length: world.stations.ids.length * 2 },
    () => random.uniform() * spanS,
  );
  const { picks } = world;
  const timeS = picks.timeS.map(
    (t, i) =>
      (t + (shifts[2 * (picks.station[i] as number) + (picks.phase[i] as number)] as number)) %
      spanS,
  );
  const order = Array.from(timeS.keys()).sort(
    (a, b) => (timeS[a] as number) - (timeS[b] as number),
  );
  return {
    ...picks,
    timeS: Float64Array.from(order, (i) => timeS[i] as number),
    station: Int32Array.from(order, (i) => picks.station[i] as number),
    phase: Uint8Array.from(order, (i) => picks.phase[i] as number),
    logAmplitude: Float32Array.from(order, (i) => picks.logAmplitude[i] as number),
  };
}
