import { beforeAll, describe, expect, it, vi } from 'vitest';
import { readFileSync } from 'node:fs';
import type { EvidenceSet, ReportCell } from '../../../core/evidence.js';
import { distanceKm } from '../../../core/geo.js';
import { createRandom } from '../../../core/random.js';
import type { Region } from '../../../core/region.js';
import { loadBackend, type Backend } from '../../../models/backend.js';
import {
  detectWith,
  type DetectInput,
  type DetectResult,
} from '../../../models/detection/detect.js';
import { encodeSamples } from '../../../models/detection/samples-table.js';
import { describeWithSamples, samplePath } from '../../support/sample-data.js';
import { cable, observe, phones, REGION, villages, WINDOW, WINDOW_S } from './world.js';

// Generous: a busy machine must not fail a test.
vi.setConfig({ testTimeout: 300_000 });

let backend: Backend;
beforeAll(async () => {
  backend = await loadBackend();
});
const detect = (input: Partial<DetectInput> & { evidence: EvidenceSet }): Promise<DetectResult> =>
  detectWith(backend, { region: REGION, seed: 7, samples: 600, ...input });

const EVENT = { latitude: 17.05, longitude: -99.1, depthKm: 12, timeS: 90, magnitude: 5.4 };
const SENSORS = phones(12, createRandom(77));

describe('a quake on a network', () => {
  it('is found where and when it was, with the same bytes for the same seed', async () => {
    const evidence = observe({ sensors: SENSORS, event: EVENT, seed: 1 });
    const first = await detect({ evidence, synthetic: true });
    const quake = first.quakes[0];
    expect(first.quakes).toHaveLength(1);
    if (!quake) return;
    const { origin, samples } = quake;
    expect(origin.existenceProbability).toBeGreaterThan(0.99);
    expect(
      distanceKm(EVENT, { latitude: origin.latitude.p50, longitude: origin.longitude.p50 }),
    ).toBeLessThan(8);
    expect(Math.abs(Date.parse(origin.originTime) / 1000 - 1577836890)).toBeLessThan(3);
    expect(Math.abs(origin.magnitude.p50 - EVENT.magnitude)).toBeLessThan(0.5);
    expect(origin.notes[0]).toMatch(/synthetic/);
    expect(origin.contributions.map((c) => c.source)).toEqual(['phones']);
    expect(origin.contributions[0]?.nats).toBeGreaterThan(20);
    expect(origin.contributions[0]?.nats).toBeCloseTo(quake.logBayesFactor, 6);
    expect(first.why[0]).toMatch(/probability|no candidate/);

    const again = await detect({ evidence, synthetic: true });
    const bytes = (q: typeof samples): Uint8Array =>
      encodeSamples({ samples: q, windowStart: WINDOW.start });
    expect(Buffer.compare(bytes(samples), bytes(again.quakes[0]?.samples ?? samples))).toBe(0);
    expect(again).toEqual(first);
    const other = await detect({ evidence, seed: 8 });
    expect(other.quakes[0]?.samples.latitude[0]).not.toBe(samples.latitude[0]);
  });

  it('is declared once, and a second one beside it is not lost', async () => {
    const one = observe({ sensors: SENSORS, event: EVENT, seed: 2 });
    expect((await detect({ evidence: one })).quakes).toHaveLength(1);
    // The same sensors hear another quake two minutes later.
    const later = { latitude: 16.4, longitude: -98.6, depthKm: 20, timeS: 225, magnitude: 5.3 };
    const two = observe({ sensors: SENSORS, event: later, seed: 3 });
    const both: EvidenceSet = {
      ...one,
      sensors: one.sensors.map((sensor, i) => ({
        ...sensor,
        arrivals: [...sensor.arrivals, ...(two.sensors[i]?.arrivals ?? [])].sort(
          (a, b) => a.timeS - b.timeS,
        ),
        series: { ...sensor.series, llrBase64: '' },
      })),
    };
    const found = await detect({ evidence: both });
    expect(found.quakes).toHaveLength(2);
    const times = found.quakes
      .map((q) => Date.parse(q.origin.originTime) / 1000 - 1577836800)
      .sort((a, b) => a - b);
    expect(Math.abs((times[0] as number) - EVENT.timeS)).toBeLessThan(4);
    expect(Math.abs((times[1] as number) - later.timeS)).toBeLessThan(4);
  });
});

describe('silence', () => {
  it('lowers magnitude where a sensor was up, and means nothing where it was down', async () => {
    const heard = observe({ sensors: SENSORS.slice(0, 5), event: EVENT, seed: 4 });
    const quiet = SENSORS.slice(5).map((sensor) => ({
      ...sensor,
      arrivals: [],
      series: { startS: 0, rateHz: 1, llrBase64: '' },
    }));
    const magnitude = async (extra: EvidenceSet['sensors']): Promise<number> => {
      const result = await detect({
        evidence: { ...heard, sensors: [...heard.sensors, ...extra] },
        maxQuakes: 1,
        parameters: { declareProbability: 0 },
      });
      return result.quakes[0]?.origin.magnitude.mean as number;
    };
    const alone = await magnitude([]);
    const silent = await magnitude(quiet);
    const down = await magnitude(quiet.map((s) => ({ ...s, uptime: [] })));
    expect(silent).toBeLessThan(alone - 0.1);
    expect(Math.abs(down - alone)).toBeLessThan(0.1);
  });
});

describe('one array', () => {
  it('gives a ring at the S-P distance', async () => {
    const sensors = cable(4, 17, -99);
    const event = { latitude: 17.5, longitude: -99.4, depthKm: 8, timeS: 60, magnitude: 5 };
    const evidence = observe({ sensors, event, seed: 12 });
    const { quakes } = await detect({ evidence, samples: 1500, maxQuakes: 1 });
    const quake = quakes[0];
    expect(quake).toBeDefined();
    if (!quake) return;
    const { samples, origin } = quake;
    const array = { latitude: 17.015, longitude: -99 };
    const distances = Array.from(samples.latitude, (latitude, i) =>
      distanceKm(array, { latitude, longitude: samples.longitude[i] as number }),
    ).sort((a, b) => a - b);
    const truth = distanceKm(array, event);
    expect(Math.abs((distances[750] as number) - truth)).toBeLessThan(12);
    expect(distances[75]).toBeGreaterThan(truth - 27);
    expect(distances[1425]).toBeLessThan(truth + 27);
    // All round: every quadrant holds draws.
    for (const [east, north] of [
      [1, 1],
      [1, -1],
      [-1, 1],
      [-1, -1],
    ] as const) {
      const share =
        Array.from(samples.latitude).filter(
          (latitude, i) =>
            (latitude - array.latitude) * north > 0 &&
            ((samples.longitude[i] as number) - array.longitude) * east > 0,
        ).length / 1500;
      expect(share).toBeGreaterThan(0.1);
    }
    expect(origin.ellipse90.semiMinorKm).toBeGreaterThan(50);
    expect(origin.notes.join()).toMatch(/ring/);
    const note = /S-P: (\d+) km \((\d+)-(\d+)\) from fibre/.exec(origin.notes.join('\n'));
    expect(Math.abs(Number(note?.[1]) - (distances[750] as number))).toBeLessThan(2);
    expect(Number(note?.[2])).toBeLessThan(truth);
    expect(Number(note?.[3])).toBeGreaterThan(truth);
  });
});

describe('reports alone', () => {
  it('recover the position within tens of km and the time within a minute', async () => {
    const errors: number[] = [];
    for (let k = 0; k < 5; k++) {
      const random = createRandom(40 + k);
      const event = {
        latitude: 16.5 + random.uniform(),
        longitude: -99.5 + random.uniform(),
        depthKm: 10,
        timeS: 60,
        magnitude: 5.8,
      };
      const evidence = observe({ sensors: [], event, seed: 60 + k, reports: villages(random) });
      const { quakes } = await detect({ evidence, maxQuakes: 1 });
      const origin = quakes[0]?.origin;
      expect(origin).toBeDefined();
      if (!origin) continue;
      errors.push(
        distanceKm(event, { latitude: origin.latitude.p50, longitude: origin.longitude.p50 }),
      );
      expect(Math.abs(Date.parse(origin.originTime) / 1000 - 1577836860)).toBeLessThan(60);
      expect(origin.nearestSensorKm).toBeNull();
    }
    errors.sort((a, b) => a - b);
    expect(errors[2]).toBeLessThan(30);
  });
});

describe('nothing', () => {
  it('says why', async () => {
    const empty = await detect({ evidence: { window: WINDOW, sensors: [], reports: null } });
    expect(empty.quakes).toEqual([]);
    expect(empty.why[0]).toMatch(/no candidate/);
    const quiet = await detect({
      evidence: observe({
        sensors: SENSORS.map((s) => ({ ...s, falseRateHz: 0 })),
        event: null,
        seed: 1,
      }),
    });
    expect(quiet.quakes).toEqual([]);
    expect(quiet.why).toHaveLength(1);
    expect(WINDOW_S).toBe(300);
  });
});

describeWithSamples('Napa 2014', ['felt/napa-nc72282711/dyfi_geo_10km.geojson'], () => {
  it('is placed by reports alone within 15 km, with the true magnitude in the 90 % interval', async () => {
    interface Feature {
      readonly geometry: { readonly coordinates: readonly (readonly [number, number])[][] };
      readonly properties: { readonly cdi: number; readonly nresp: number; readonly name: string };
    }
    const file = samplePath('felt/napa-nc72282711/dyfi_geo_10km.geojson');
    const { features } = JSON.parse(readFileSync(file, 'utf8')) as { features: Feature[] };
    const cells = features.map((feature): ReportCell => {
      const ring = feature.geometry.coordinates[0] ?? [];
      const mean = (k: 0 | 1): number => ring.reduce((sum, p) => sum + p[k], 0) / ring.length;
      const { cdi, nresp, name } = feature.properties;
      const felt = cdi >= 2;
      return {
        cellId: name,
        latitude: mean(1),
        longitude: mean(0),
        radiusKm: 7,
        intensity: cdi,
        felt: felt ? nresp : 0,
        notFelt: felt ? 0 : nresp,
      };
    });
    const region: Region = {
      ...REGION,
      bounds: { west: -124.5, south: 36, east: -119.5, north: 40.5 },
      minMagnitude: 3,
      maxMagnitude: 8,
    };
    const { quakes } = await detect({
      evidence: {
        window: { start: '2014-08-24T10:18:00Z', end: '2014-08-24T10:28:00Z' },
        sensors: [],
        reports: { cells, posts: null, notes: [] },
      },
      region,
      samples: 1000,
    });
    const origin = quakes[0]?.origin;
    expect(origin).toBeDefined();
    if (!origin) return;
    const error = distanceKm(
      { latitude: 38.2152, longitude: -122.3123 },
      { latitude: origin.latitude.p50, longitude: origin.longitude.p50 },
    );
    expect(error).toBeLessThan(15);
    expect(origin.magnitude.p05).toBeLessThan(6);
    expect(origin.magnitude.p95).toBeGreaterThan(6);
  });
});
