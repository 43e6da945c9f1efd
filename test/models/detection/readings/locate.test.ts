import { beforeAll, describe, expect, it, vi } from 'vitest';
import { trial, type LocatedTrial } from '../../../../bench/fusion/locate.js';
import { binomialInterval } from '../../../../bench/statistics.js';
import type { PickStations } from '../../../../core/picks.js';
import { createRandom } from '../../../../core/random.js';
import { cellTree } from '../../../../models/detection/readings/cell-tree.js';
import { locateReadings } from '../../../../models/detection/readings/locate-readings.js';
import {
  DEFAULT_LOCATION_PARAMETERS,
  ellipsoidKm,
  locationModel,
  type LocatedReading,
} from '../../../../models/detection/readings/location-model.js';
import { summariseLocation } from '../../../../models/detection/readings/summarise-location.js';
import { localTable } from '../../../../models/traveltime/local-table.js';
import { constantModel } from '../../../../models/traveltime/velocity-model.js';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 300_000 });

const VELOCITY = { vpKmS: 6, vpVs: 1.75 };
const TABLE = localTable({
  model: constantModel(VELOCITY),
  maxDistanceKm: 250,
  maxDepthKm: 60,
  distanceStepKm: 0.5,
  depthStepKm: 0.5,
});

/** Stations on a plane with a hypocentre among them. */
function network(count: number): PickStations {
  const random = createRandom(5);
  return {
    ids: Array.from({ length: count }, (_, s) => `S${s}`),
    origin: { latitude: 0, longitude: 0 },
    eastKm: Float64Array.from({ length: count }, () => 60 * random.uniform()),
    northKm: Float64Array.from({ length: count }, () => 60 * random.uniform()),
    elevationKm: new Float64Array(count),
    isPlane: true,
  };
}

const TRUTH = { eastKm: 25, northKm: 33, depthKm: 11, originS: 5000 };

/** Readings without any error, by the straight ray. */
function exactReadings(stations: PickStations, phases: readonly ('P' | 'S')[]): LocatedReading[] {
  return stations.ids.flatMap((station, row) =>
    phases.map((phase) => {
      const r = Math.hypot(
        (stations.eastKm[row] as number) - TRUTH.eastKm,
        (stations.northKm[row] as number) - TRUTH.northKm,
        TRUTH.depthKm,
      );
      const v = phase === 'P' ? VELOCITY.vpKmS : VELOCITY.vpKmS / VELOCITY.vpVs;
      return { station, row, phase, timeS: TRUTH.originS + r / v, sigmaS: 0.05 };
    }),
  );
}

function locate(stations: PickStations, readings: readonly LocatedReading[], count = 500) {
  const model = locationModel({
    readings,
    stations,
    latitude: [],
    longitude: [],
    table: TABLE,
    parameters: DEFAULT_LOCATION_PARAMETERS,
  });
  const { samples, best } = locateReadings({ model, count, random: createRandom(1) });
  const places = ({ row }: LocatedReading) => ({
    latitude: stations.northKm[row] as number,
    longitude: stations.eastKm[row] as number,
  });
  return { model, samples, location: summariseLocation({ model, samples, best, places }) };
}

describe('location of exact readings', () => {
  const stations = network(10);

  it('is exact: place within 100 m, time within 10 ms, residuals within 5 ms', () => {
    const { location } = locate(stations, exactReadings(stations, ['P', 'S']));
    expect(Math.abs(location.best.latitude - TRUTH.northKm)).toBeLessThan(0.1);
    expect(Math.abs(location.best.longitude - TRUTH.eastKm)).toBeLessThan(0.1);
    expect(Math.abs(location.best.depthKm - TRUTH.depthKm)).toBeLessThan(0.2);
    expect(Math.abs(location.best.timeS - TRUTH.originS)).toBeLessThan(0.01);
    expect(location.rmsS).toBeLessThan(0.005);
    for (const { residualS } of location.phases) expect(Math.abs(residualS)).toBeLessThan(0.01);
    expect(location.ellipse90.semiMajorKm).toBeLessThan(0.5);
    expect(location.notes).toEqual([]);
  });

  it('gives the same draws for the same seed', () => {
    const readings = exactReadings(stations, ['P']);
    expect(locate(stations, readings, 100).samples).toEqual(
      locate(stations, readings, 100).samples,
    );
  });

  it('names a reading that is wrong, and is not led astray by it', () => {
    const readings = exactReadings(stations, ['P', 'S']);
    const [first, ...rest] = readings as [LocatedReading, ...LocatedReading[]];
    const { location } = locate(stations, [{ ...first, timeS: first.timeS + 4 }, ...rest]);
    expect(location.phases[0]?.outlierProbability).toBeGreaterThan(0.99);
    expect(Math.abs(location.best.longitude - TRUTH.eastKm)).toBeLessThan(0.2);
    expect(location.notes.join()).toMatch(/1 of 20 readings do not fit: S0 P \(4\.00 s\)/);
  });

  it('spreads over a ring for one station, and over the prior for one reading', () => {
    const one = { ...stations, ids: ['S0'] };
    const ring = locate(one, exactReadings(one, ['P', 'S']), 1000);
    const radius = Math.hypot(
      (stations.eastKm[0] as number) - TRUTH.eastKm,
      (stations.northKm[0] as number) - TRUTH.northKm,
      TRUTH.depthKm,
    );
    const radii = Array.from(ring.samples.eastKm, (x, i) =>
      Math.hypot(x, ring.samples.northKm[i] as number, ring.samples.depthKm[i] as number),
    );
    const mean = radii.reduce((a, b) => a + b, 0) / radii.length;
    expect(Math.abs(mean - radius)).toBeLessThan(1);
    const quadrants = new Set(
      Array.from(
        ring.samples.eastKm,
        (x, i) => `${x > 0} ${(ring.samples.northKm[i] as number) > 0}`,
      ),
    );
    expect(quadrants.size).toBe(4);
    expect(ring.location.notes[0]).toMatch(/one station/);
    const single = locate(one, exactReadings(one, ['P']));
    expect(single.location.ellipse90.semiMinorKm).toBeGreaterThan(30);
  });
});

describe('90 % regions', () => {
  const EVENTS = 40;
  const trials: LocatedTrial[] = [];
  beforeAll(() => {
    for (let i = 0; i < EVENTS; i++)
      trials.push(trial({ seed: 40 + i, kind: 'model', samples: 300 }));
  });

  it('hold the truth as often as they say, within the 99 % binomial interval', () => {
    const [low, high] = binomialInterval({ n: EVENTS, p: 0.9, tail: 0.005 });
    for (const key of ['epicentre', 'depthKm', 'originS'] as const) {
      const inside = trials.filter((t) => t.inside[key]).length;
      expect(inside, `${key}: ${inside} of ${EVENTS}`).toBeGreaterThanOrEqual(low);
      expect(inside, `${key}: ${inside} of ${EVENTS}`).toBeLessThanOrEqual(high);
    }
  });
});

describe('oct-tree proposals', () => {
  it('integrate to one and follow the density', () => {
    const box = { west: -10, east: 10, south: -10, north: 10, deepest: 10 };
    const tree = cellTree({
      box,
      splits: 300,
      logDensity: (x, y, z) => -0.5 * ((x - 3) ** 2 + (y + 2) ** 2 + (z - 5) ** 2),
    });
    const random = createRandom(3);
    let mass = 0;
    const n = 40_000;
    for (let i = 0; i < n; i++) {
      const [x, y, z] = [
        20 * random.uniform() - 10,
        20 * random.uniform() - 10,
        10 * random.uniform(),
      ];
      mass += (Math.exp(tree.logDensity(x, y, z)) * 4000) / n;
    }
    expect(mass).toBeGreaterThan(0.9);
    expect(mass).toBeLessThan(1.1);
    const out = new Float64Array(3);
    const sum = [0, 0, 0];
    for (let i = 0; i < 4000; i++) {
      tree.draw(random, out);
      out.forEach((v, k) => (sum[k]! += v / 4000));
    }
    expect(sum[0]).toBeCloseTo(3, 0);
    expect(sum[1]).toBeCloseTo(-2, 0);
    expect(sum[2]).toBeCloseTo(5, 0);
    expect(tree.logDensity(11, 0, 1)).toBe(Number.NEGATIVE_INFINITY);
  });
});

describe('distance on the ellipsoid', () => {
  // obspy.geodetics.gps2dist_azimuth 1.5.1 (WGS84), km.
  it.each([
    [35, -117, 35.5, -116.2, 91.53173],
    [0, 0, 1, 0, 110.57439],
    [60, 10, 60, 12, 111.59575],
  ])('from %d, %d to %d, %d', (lat1, lon1, lat2, lon2, expected) => {
    expect(Math.abs(ellipsoidKm(lat1, lon1, lat2, lon2) / expected - 1)).toBeLessThan(5e-5);
  });
});
