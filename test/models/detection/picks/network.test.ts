import { describe, expect, it } from 'vitest';
import { createRandom } from '../../../../core/random.js';
import { associate } from '../../../../models/detection/picks/associate.js';
import { depthPull, logDepthPrior } from '../../../../models/detection/picks/depth-prior.js';
import { learnSelection } from '../../../../models/detection/picks/learn-selection.js';
import { isDown, outagesOf } from '../../../../models/detection/picks/outages.js';
import { DEFAULT_PICK_PARAMETERS } from '../../../../models/detection/picks/parameters.js';
import { reachKm } from '../../../../models/detection/picks/reach.js';
import { turnDraws } from '../../../../models/detection/picks/turn-samples.js';
import { logistic } from '../../../../models/numerics/special.js';
import { localTable } from '../../../../models/traveltime/local-table.js';
import { gradientTime, VELOCITY } from './world.js';

describe('outages told by the picks', () => {
  const DAY_S = 86_400;
  /** A pick a station every 20 min on average; station 0 is down from 10 h to 16 h, station 3 always. */
  const random = createRandom(5);
  const rows = Array.from({ length: 4 * 72 }, (_, i) => ({
    station: i % 4,
    timeS: random.uniform() * DAY_S,
  }))
    .filter(
      ({ station, timeS }) => station !== 3 && !(station === 0 && timeS > 36e3 && timeS < 576e2),
    )
    .sort((a, b) => a.timeS - b.timeS);
  const picks = {
    count: rows.length,
    timeS: Float64Array.from(rows, ({ timeS }) => timeS),
    station: Int32Array.from(rows, ({ station }) => station),
    phase: new Uint8Array(rows.length),
    probability: new Float32Array(rows.length),
    logAmplitude: new Float32Array(rows.length),
    sourceIndex: Int32Array.from(rows.keys()),
  };
  const outages = outagesOf(picks, 4);

  it('finds them and no others', () => {
    expect(outages.map((list) => list.length)).toEqual([1, 0, 0, 1]);
    expect(isDown(outages[0] ?? [], 46_000)).toBe(true);
    expect(isDown(outages[0] ?? [], 20_000)).toBe(false);
    expect(isDown(outages[0] ?? [], 70_000)).toBe(false);
    expect(isDown(outages[1] ?? [], 46_000)).toBe(false);
    expect(isDown(outages[3] ?? [], 46_000)).toBe(true);
  });

  it('says nothing of a network without picks', () => {
    const none = { ...picks, count: 0, timeS: new Float64Array(0) };
    expect(outagesOf(none, 2)).toEqual([[], []]);
  });
});

describe('depth prior', () => {
  it('is a density, nearly all of it in the box', () => {
    const p = DEFAULT_PICK_PARAMETERS;
    let mass = 0;
    for (let z = 0.05; z < p.maxDepthKm; z += 0.1) mass += 0.1 * Math.exp(logDepthPrior(p, z));
    // The normal part is not cut at the surface: a sixth of it lies above.
    expect(mass).toBeGreaterThan(0.8);
    expect(mass).toBeLessThan(1);
  });

  it('pulls shallow depths to the mean and leaves deep ones alone', () => {
    const p = DEFAULT_PICK_PARAMETERS;
    expect(depthPull(p, 12) * p.depthSigmaKm ** 2).toBeGreaterThan(0.9);
    expect(depthPull(p, 70) * p.depthSigmaKm ** 2).toBeLessThan(0.01);
  });
});

describe('selection by amplitude', () => {
  it.each([0, 1])('is learned where it is %d', (selection) => {
    const random = createRandom(11 + selection);
    const p = { ...DEFAULT_PICK_PARAMETERS, thresholdWidth: [0.3, 0.3] as const };
    const trials = Array.from({ length: 60 }, (_, event) => event).flatMap((event) => {
      const size = -5.2 + 1.2 * random.uniform();
      return Array.from({ length: 24 }, (_, channel) => {
        const level = size + 0.8 * random.normal();
        const amplitude = level + 0.3 * random.normal();
        const width = selection === 0 ? 0.3 : Math.sqrt(0.3 ** 2 - (0.3 / 1.7) ** 2);
        const over = (selection === 0 ? level : amplitude) + 5;
        const isPicked = random.uniform() < 0.95 * logistic(over / width);
        return { event, channel, level, isPicked, amplitude: isPicked ? amplitude : Number.NaN };
      });
    });
    const learned = learnSelection({
      trials,
      parameters: p,
      threshold: new Float64Array(24).fill(-5),
    });
    expect(learned.amplitudeSelection).toBe(selection);
    expect(learned.amplitudeSigma).toBeCloseTo(0.3, 6);
  });
});

describe('draws of a quake that stations at one place heard', () => {
  it('go round them, and stay where the target holds them', () => {
    const random = createRandom(3);
    const make = (): Float64Array =>
      Float64Array.from({ length: 400 }, (_, k) => (k % 2 === 0 ? 20 : 0) + random.normal());
    const heard = [{ eastKm: 0, northKm: 0 }];
    const turned = (logTarget: (state: ArrayLike<number>) => number): Float64Array => {
      const states = make();
      const draws = { states, count: 200, dimension: 2, east: 0, north: 1 };
      turnDraws({ draws, logTarget, heard, random });
      return states;
    };
    const ring = turned((s) => -0.5 * (Math.hypot(s[0] as number, s[1] as number) - 20) ** 2);
    const west = Array.from({ length: 200 }, (_, i) => ring[2 * i] as number).filter((x) => x < 0);
    // Half of 200, within 4 binomial standard deviations.
    expect(Math.abs(west.length - 100)).toBeLessThan(4 * Math.sqrt(50));
    const point = turned((s) => -0.5 * (((s[0] as number) - 20) ** 2 + (s[1] as number) ** 2));
    expect(Array.from(point).every((v, k) => Math.abs(v - (k % 2 === 0 ? 20 : 0)) < 6)).toBe(true);
  });
});

describe('reach', () => {
  it('grows with magnitude between near and far', () => {
    const reach = { nearKm: 120, farKm: 400, faintest: -6.2 };
    const p = DEFAULT_PICK_PARAMETERS;
    const at = [Number.NaN, 0, 2, 2.4, 6].map((m) => reachKm(reach, p, m));
    expect(at[0]).toBe(120);
    expect(at[1]).toBe(120);
    expect(at[2]).toBeGreaterThan(at[1] as number);
    expect(at[3]).toBeGreaterThan(at[2] as number);
    expect(at[4]).toBe(400);
  });

  it('gives far picks of a large quake to it, not to quakes of their own', () => {
    const random = createRandom(21);
    const place = (): Float64Array =>
      Float64Array.from({ length: 40 }, () => 150 * (2 * random.uniform() - 1));
    const stations = {
      ids: Array.from({ length: 40 }, (_, s) => `XX.S${s}`),
      origin: { latitude: 35, longitude: -118 },
      eastKm: place(),
      northKm: place(),
      elevationKm: new Float64Array(40),
    };
    const table = localTable({ model: VELOCITY, maxDistanceKm: 480, maxDepthKm: 60 });
    // One quake in the middle, 10 km deep, M 4.2: seen at all 40 stations, half of them beyond 120 km.
    const rows = stations.ids
      .flatMap((_, s) => {
        const distance = Math.hypot(stations.eastKm[s] as number, stations.northKm[s] as number);
        return [0, 1].map((phase) => ({
          s,
          phase,
          timeS: 500 + gradientTime(phase, distance, 10),
          amplitude: -0.92 + 0.93 * 0.7 - 1.68 * Math.log10(Math.hypot(distance, 10)),
        }));
      })
      .sort((x, y) => x.timeS - y.timeS);
    const { events } = associate({
      picks: {
        count: rows.length,
        timeS: Float64Array.from(rows, ({ timeS }) => timeS),
        station: Int32Array.from(rows, ({ s }) => s),
        phase: Uint8Array.from(rows, ({ phase }) => phase),
        probability: new Float32Array(rows.length).fill(Number.NaN),
        logAmplitude: Float32Array.from(rows, ({ amplitude }) => amplitude),
        sourceIndex: Int32Array.from(rows.keys()),
      },
      stations,
      table,
      parameters: DEFAULT_PICK_PARAMETERS,
    });
    expect(events).toHaveLength(1);
    expect(events[0]?.picks.length).toBe(rows.length);
    expect(events[0]?.depthKm).toBeCloseTo(10, 0);
  });
});
