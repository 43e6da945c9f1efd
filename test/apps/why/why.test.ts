import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { answerText } from '../../../apps/cli/commands/why.js';
import { why, type Answer, type Question } from '../../../apps/why/why.js';
import type { Catalogue } from '../../../core/catalogue.js';
import type { EvidenceSet } from '../../../core/evidence.js';
import type { Quake } from '../../../core/quake.js';
import { createRandom } from '../../../core/random.js';
import type { RegionConfig } from '../../../core/region.js';
import { explainQuake } from '../../../models/detection/why/explain-quake.js';
import { createFileStore } from '../../../objectstore/file-store.js';
import { observe, phones, REGION, WINDOW } from '../../models/detection/world.js';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const CONFIG: RegionConfig = {
  ...REGION,
  windowS: 300,
  overlapS: 0,
  synthetic: true,
  sources: [],
};
const EVENT = { latitude: 17.05, longitude: -99.1, depthKm: 12, timeS: 90, magnitude: 5.4 };
const TIME = '2020-01-01T00:01:30Z';
const folder = mkdtempSync(path.join(tmpdir(), 'why-'));
afterAll(() => rmSync(folder, { recursive: true }));
const store = createFileStore({ root: folder });

/** A catalogue that knows the region, no or one event, and one refused record. */
function catalogue(quakes: readonly Quake[] = []): Catalogue {
  return {
    listRegions: () => Promise.resolve([CONFIG]),
    listEvents: () => Promise.resolve([...quakes]),
    listQuarantine: () =>
      Promise.resolve([
        {
          regionId: REGION.id,
          source: 'phones',
          item: 'device-z',
          reason: 'clock runs a day ahead',
          createdAt: WINDOW.start,
          count: 3,
        },
      ]),
  } as unknown as Catalogue;
}

const QUESTION: Question = { time: TIME, ...EVENT, withinS: 20, withinKm: 40 };
const ask = async (question: Partial<Question> = {}, known?: readonly Quake[]): Promise<Answer> => {
  const answers = await why({
    store,
    catalogue: catalogue(known),
    question: { ...QUESTION, ...question },
  });
  expect(answers).toHaveLength(1);
  return answers[0] as Answer;
};

/** Twelve phones: one was down, one lost its arrivals, one would hear it after the data ended. */
function evidence(): EvidenceSet {
  const seen = observe({ sensors: phones(12, createRandom(77)), event: EVENT, seed: 1 });
  const [down, deaf, early] = seen.sensors.map(({ sensorId }) => sensorId);
  return {
    ...seen,
    sensors: seen.sensors.map((sensor) => {
      if (sensor.sensorId === down) return { ...sensor, uptime: [], arrivals: [] };
      if (sensor.sensorId === deaf) return { ...sensor, arrivals: [], log10Threshold: -2 };
      if (sensor.sensorId === early) {
        return { ...sensor, arrivals: [], uptime: [{ startS: 0, endS: 80 }] };
      }
      return sensor;
    }),
  };
}

const put = (start: string, value: EvidenceSet): Promise<unknown> =>
  store.put({
    key: `evidence/${REGION.id}/${start}/v1.json`,
    kind: 'evidence',
    bytes: new TextEncoder().encode(JSON.stringify(value)),
  });

beforeAll(async () => {
  await put(WINDOW.start, evidence());
  await store.put({
    key: `windows/${REGION.id}/${WINDOW.start}/v1/window-abc.json`,
    kind: 'window-manifest',
    bytes: new TextEncoder().encode(
      JSON.stringify({ missing: [{ source: 'das', reason: 'no file for this time' }] }),
    ),
  });
});

describe('why', () => {
  it('gives the budget of a real quake that was not declared, sensor by sensor', async () => {
    const answer = await ask();
    expect(answer.outcome).toBe('not declared');
    expect(answer.filtered).toEqual([
      'das: no file for this time',
      'phones: device-z: clock runs a day ahead (3)',
    ]);
    const budget = answer.budget as NonNullable<Answer['budget']>;
    expect(budget.logOdds).toBeGreaterThan(10);
    expect(budget.logOdds).toBeCloseTo(budget.logPrior + budget.logBayesFactor, 9);
    const stateOf = (sensorId: string): string =>
      budget.sensors.find((s) => s.sensorId === sensorId)?.state ?? 'absent';
    expect(stateOf('device-a')).toBe('down');
    expect(stateOf('device-b')).toBe('silent');
    expect(stateOf('device-c')).toBe('late');
    expect(budget.sensors.filter(({ state }) => state === 'detected').length).toBeGreaterThan(4);
    // Silence of an up sensor speaks against; no uptime says nothing.
    expect(budget.sensors.find((s) => s.sensorId === 'device-b')?.nats).toBeLessThan(-0.5);
    expect(budget.sensors.find((s) => s.sensorId === 'device-a')?.nats).toBeCloseTo(0, 6);
    // Taking the sensor out that blames the quake most makes it more probable.
    const [worst] = budget.blame;
    expect(worst?.sensorId).toBe('device-b');
    expect(worst?.logOddsWithout).toBeGreaterThan(budget.logOdds);
    const text = answerText(answer, 20);
    for (const word of ['not declared', 'device-b', 'silent', 'down', 'late', 'filtered: das']) {
      expect(text).toContain(word);
    }
  });

  it('finds no quake where there was none, and says what speaks against it', async () => {
    const answer = await ask({ time: '2020-01-01T00:04:00Z', withinS: 15 });
    const budget = answer.budget as NonNullable<Answer['budget']>;
    expect(budget.logOdds).toBeLessThan(-2);
    expect(budget.sensors.some(({ state }) => state === 'silent' || state === 'weak')).toBe(true);
  });

  it('leaves the prior as it is where no sensor was up', () => {
    const seen = evidence();
    const dark = seen.sensors.map((s) => ({ ...s, uptime: [], arrivals: [] }));
    const budgetOf = (withinS: number): NonNullable<Answer['budget']> => {
      const supposition = { ...EVENT, timeS: 120, withinS, withinKm: 40 };
      const asked = { evidence: { ...seen, sensors: dark }, region: REGION, supposition, seed: 3 };
      return explainQuake(asked) as NonNullable<Answer['budget']>;
    };
    const budget = budgetOf(20);
    expect(Math.abs(budget.logBayesFactor)).toBeLessThan(0.15);
    // Twice the time holds twice the quakes.
    expect(budgetOf(40).logPrior - budget.logPrior).toBeCloseTo(Math.log(2), 1);
  });

  it('names the declared quake with its published contributions', async () => {
    const quake = {
      eventId: 'ql-1',
      preferred: {
        origin: {
          originTime: '2020-01-01T00:01:31Z',
          latitude: { p50: 17.06 },
          longitude: { p50: -99.1 },
          magnitude: { p50: 5.3 },
          existenceProbability: 0.999,
          contributions: [{ source: 'phones', nats: 44, items: 12 }],
        },
      },
    } as unknown as Quake;
    const answer = await ask({}, [quake]);
    expect(answer.outcome).toBe('declared');
    expect(answer.declared?.eventId).toBe('ql-1');
    expect(answer.declared?.awayS).toBeCloseTo(1, 6);
    const far = await ask({ withinKm: 0.5 }, [quake]);
    expect(far.outcome).toBe('not declared');
  });

  it('says so where there are no data, and which windows there are', async () => {
    const answer = await ask({ time: '2020-01-01T00:08:00Z' });
    expect(answer.outcome).toBe('no data');
    expect(answer.budget).toBeNull();
    expect(answer.near?.before).toBe(WINDOW.start);
    expect(answerText(answer, 5)).toMatch(/says nothing about the ground/);
  });

  it('refuses a damaged file of the home, saying how it comes back', async () => {
    const start = '2020-01-01T00:20:00Z';
    await store.put({
      key: `evidence/${REGION.id}/${start}/v1-0123456789ab.json`,
      kind: 'evidence',
      bytes: new TextEncoder().encode(JSON.stringify(evidence())),
    });
    await expect(ask({ time: '2020-01-01T00:21:00Z' })).rejects.toMatchObject({
      _tag: 'CorruptSource',
      message: expect.stringContaining('hash of its name') as string,
      remedy: expect.stringContaining('quakeloom backfill --region') as string,
    });
  });

  it('refuses a place in no region, naming the regions', async () => {
    await expect(ask({ latitude: 50, longitude: 8 })).rejects.toMatchObject({
      _tag: 'InvalidInput',
      message: expect.stringContaining(REGION.id) as string,
    });
  });
});
