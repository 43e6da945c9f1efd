import { beforeAll, describe, expect, it, vi } from 'vitest';
import {
  decodeFloat32,
  encodeFloat32,
  type Arrival,
  type EvidenceSet,
  type SensorEvidence,
} from '../../../core/evidence.js';
import { distanceKm } from '../../../core/geo.js';
import { createRandom } from '../../../core/random.js';
import { loadBackend, type Backend } from '../../../models/backend.js';
import { codaLevel, standsOut } from '../../../models/detection/coda.js';
import { detectWith, type DetectResult } from '../../../models/detection/detect.js';
import type { EventState } from '../../../models/detection/event-prior.js';
import { observe, phones, REGION, WINDOW } from './world.js';

// Generous: a busy machine must not fail a test.
vi.setConfig({ testTimeout: 300_000 });

let backend: Backend;
beforeAll(async () => {
  backend = await loadBackend();
});

const SENSORS = phones(14, createRandom(77));

/** What sensors say that heard two quakes: arrivals and series of both. */
function together(one: EvidenceSet, two: EvidenceSet): EvidenceSet {
  const sensors = one.sensors.map((sensor, i): SensorEvidence => {
    const other = two.sensors[i] as SensorEvidence;
    const series = decodeFloat32(other.series.llrBase64);
    const larger = decodeFloat32(sensor.series.llrBase64).map((value, k) =>
      Math.max(value, series[k] as number),
    );
    return {
      ...sensor,
      arrivals: [...sensor.arrivals, ...other.arrivals].sort((x, y) => x.timeS - y.timeS),
      series: { ...sensor.series, llrBase64: encodeFloat32(larger) },
    };
  });
  return { ...one, sensors };
}

const hear = (first: EventState, second: EventState, seed: number): EvidenceSet =>
  together(
    observe({ sensors: SENSORS, event: first, seed }),
    observe({
      sensors: SENSORS.map((s) => ({ ...s, falseRateHz: 0 })),
      event: second,
      seed: seed + 100,
    }),
  );

const detect = (evidence: EvidenceSet): Promise<DetectResult> =>
  detectWith(backend, { region: REGION, seed: 7, samples: 300, evidence });

/** Every true quake is declared once, near its time and place, and nothing else is. */
function expectFound(found: DetectResult, truths: readonly EventState[]): void {
  const start = Date.parse(WINDOW.start) / 1000;
  const quakes = found.quakes.map(({ origin }) => ({
    timeS: Date.parse(origin.originTime) / 1000 - start,
    latitude: origin.latitude.p50,
    longitude: origin.longitude.p50,
  }));
  expect(quakes).toHaveLength(truths.length);
  quakes.sort((x, y) => x.timeS - y.timeS);
  truths.forEach((truth, k) => {
    const quake = quakes[k];
    if (!quake) return;
    expect(Math.abs(quake.timeS - truth.timeS)).toBeLessThan(4);
    expect(distanceKm(quake, truth)).toBeLessThan(15);
  });
}

const FIRST = { latitude: 17.05, longitude: -99.1, depthKm: 12, timeS: 90, magnitude: 5.4 };

describe('two quakes in one window', () => {
  it('20 s and 40 km apart are two', async () => {
    const second = { ...FIRST, latitude: 16.69, timeS: 110, magnitude: 5.2 };
    expectFound(await detect(hear(FIRST, second, 1)), [FIRST, second]);
  });

  it('15 s apart at one place are two: the second stands out of the coda of the first', async () => {
    const second = { ...FIRST, timeS: 105, magnitude: 5.3 };
    expectFound(await detect(hear(FIRST, second, 2)), [FIRST, second]);
  });
});

describe('the coda of one quake', () => {
  it('is not another one, however often it triggers', async () => {
    const random = createRandom(9);
    const evidence = observe({ sensors: SENSORS, event: FIRST, seed: 1 });
    const sensors = evidence.sensors.map((sensor): SensorEvidence => {
      const loudest = Math.max(...sensor.arrivals.map((a) => a.log10Amplitude ?? -9));
      const last = sensor.arrivals.at(-1);
      if (!last || loudest < sensor.log10Threshold + 0.5) return sensor;
      const coda = Array.from({ length: 4 }, (_, k) => ({
        ...last,
        phase: 'unknown' as const,
        timeS: last.timeS + 5 * (k + 1) + 4 * random.uniform(),
        log10Amplitude: loudest - 0.2 * (k + 1),
      }));
      return { ...sensor, arrivals: [...sensor.arrivals, ...coda] };
    });
    expectFound(await detect({ ...evidence, sensors }), [FIRST]);
  });

  it('falls with the time since the origin, and stands for nothing after its end', () => {
    const shaken = { startS: 98, endS: 200, originS: 90, peakS: 110, log10Peak: 1 };
    expect(codaLevel(shaken, 100)).toBe(1);
    expect(codaLevel(shaken, 110)).toBe(1);
    expect(codaLevel(shaken, 290)).toBeCloseTo(-0.5, 12);
    const arrival = (timeS: number, log10Amplitude: number | null): Arrival => ({
      ...{ phase: 'P', timeS, sigmaS: 0.2, logLikelihoodRatio: 3, log10Amplitude },
    });
    expect(standsOut(shaken, arrival(100, 1.4))).toBe(true);
    expect(standsOut(shaken, arrival(100, 1.2))).toBe(false);
    expect(standsOut(shaken, arrival(150, 0.9))).toBe(true);
    expect(standsOut(shaken, arrival(150, null))).toBe(false);
    expect(standsOut(shaken, arrival(97, 3))).toBe(false);
    expect(standsOut(shaken, arrival(201, 3))).toBe(false);
  });
});
