import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createActivities } from '../../activities/index.js';
import { runCli } from '../../apps/cli/run-cli.js';
import type { ArtifactRef } from '../../core/artifact.js';
import { fromLocalKm } from '../../core/geo.js';
import { createRandom } from '../../core/random.js';
import { addSeconds } from '../../core/time.js';
import { parsePickParameters } from '../../models/detection/picks/parse-parameters.js';
import type { explainQuake } from '../../models/detection/why/explain-quake.js';
import { makeWorld, type PickWorld } from '../models/detection/picks/world.js';
import { drawQuake, observe, phones, REGION as BOX, WINDOW } from '../models/detection/world.js';
import { attempt, memoryDeps } from '../support/activity.js';
import { REGION } from '../support/fakes.js';

const folder = mkdtempSync(path.join(tmpdir(), 'pick-activities-'));
afterAll(() => rmSync(folder, { recursive: true }));
const file = (name: string): string => path.join(folder, name);
const uri = (name: string): string => `file:${file(name)}`;
const EPOCH_S = Date.parse('2021-03-04T00:00:00Z') / 1000;
const iso = (timeS: number): string => new Date(Math.round((EPOCH_S + timeS) * 1000)).toISOString();
const AT = '2021-03-05T00:00:00Z';

/** The world's stations, picks and catalogue as files `NAME-stations.csv` and so on. */
function write(name: string, { stations, picks, events }: PickWorld): void {
  const placeOf = (eastKm: number, northKm: number) =>
    fromLocalKm(stations.origin, { eastKm, northKm });
  const places = stations.ids.map((id, s) => {
    const at = placeOf(stations.eastKm[s] as number, stations.northKm[s] as number);
    return [id, at.latitude, at.longitude, 0].join(',');
  });
  const rows = Array.from(picks.timeS, (t, i) =>
    [
      stations.ids[picks.station[i] as number],
      iso(t),
      picks.phase[i] === 0 ? 'P' : 'S',
      10 ** (picks.logAmplitude[i] as number),
    ].join(','),
  );
  const quakes = events.map((event) => {
    const at = placeOf(event.eastKm, event.northKm);
    return [iso(event.timeS), at.latitude, at.longitude, event.depthKm, event.magnitude].join(',');
  });
  const table = (head: string, lines: readonly string[]): string => [head, ...lines, ''].join('\n');
  writeFileSync(file(`${name}-stations.csv`), table('id,latitude,longitude,elevation', places));
  writeFileSync(file(`${name}-picks.csv`), table('station,time,phase,amp', rows));
  writeFileSync(
    file(`${name}-events.csv`),
    table('time,latitude,longitude,depth,magnitude', quakes),
  );
}

beforeAll(() => {
  write('few', makeWorld({ seed: 8, stations: 12, events: 6, spanS: 1200, falsePicks: 40 }));
  write('many', makeWorld({ seed: 4, stations: 10, events: 220, spanS: 21_600, falsePicks: 300 }));
  writeFileSync(file('velocity.csv'), 'depth,vp,vs\n0,5.8,3.35260\n80,9.8,5.66474\n');
});

const deps = memoryDeps();
const activities = createActivities(deps);
const textOf = async (artifact: ArtifactRef | undefined): Promise<string> =>
  new TextDecoder().decode(await deps.store.get(artifact as ArtifactRef));

async function cli(...argv: readonly string[]): Promise<string> {
  let text = '';
  const write = (part: string): void => void (text += part);
  const output = { write, error: () => undefined, isTerminal: false };
  expect(await runCli({ argv, output })).toBe(0);
  return text;
}

const network = { stations: uri('few-stations.csv'), velocity: uri('velocity.csv'), at: AT };
const options = ['--stations', file('few-stations.csv'), '--velocity', file('velocity.csv')];

describe('activities of picks', () => {
  it('associate and locate as the commands do, byte by byte', { timeout: 120_000 }, async () => {
    const input = { ...network, picks: uri('few-picks.csv'), samples: 200 };
    const found = await attempt(activities.associatePicks, input).result;
    const out = file('out');
    const picks = ['--picks', file('few-picks.csv'), '--samples', '200', '--out', out];
    await cli('associate', ...picks, ...options);
    expect(found.events).toBeGreaterThan(3);
    expect(found.noEvent).toBeNull();
    const [events, assignments, quakeMl] = found.artifacts;
    expect(await textOf(events)).toBe(readFileSync(path.join(out, 'events.csv'), 'utf8'));
    expect(await textOf(assignments)).toBe(readFileSync(path.join(out, 'assignments.csv'), 'utf8'));
    // Dated by the workflow's clock: a retry writes the same bytes.
    expect(await attempt(activities.associatePicks, input).result).toEqual(found);

    writeFileSync(file('few.xml'), await textOf(quakeMl));
    const readings = { ...network, readings: uri('few.xml'), samples: 200 };
    const located = await attempt(activities.locateReadings, readings).result;
    expect(located).toMatchObject({ located: found.events, notLocated: 0 });
    const printed = await cli(
      'locate',
      ...['--obs', file('few.xml'), '--samples', '200', '--json'],
      ...options,
    );
    const theirs = JSON.parse(printed) as { velocity: string };
    const ours = JSON.parse(await textOf(located.artifact)) as { velocity: string };
    expect({ ...ours, velocity: '' }).toEqual({ ...theirs, velocity: '' });
  });

  it('calibrate parameters that association takes', { timeout: 120_000 }, async () => {
    const input = {
      stations: uri('many-stations.csv'),
      velocity: uri('velocity.csv'),
      picks: uri('many-picks.csv'),
      catalogue: uri('many-events.csv'),
      at: AT,
    };
    const learned = await attempt(activities.calibratePicks, input).result;
    const text = await textOf(learned.artifact);
    const { residualS } = parsePickParameters({ name: 'learned', text });
    // The world's picks scatter by about 0.1 s.
    expect(residualS[0]).toBeGreaterThan(0.05);
    expect(residualS[0]).toBeLessThan(0.2);
    expect(text).toContain('0.0.0+test');
    writeFileSync(file('learned.json'), text);
    const picks = { ...network, picks: uri('few-picks.csv'), parameters: uri('learned.json') };
    const found = await attempt(activities.associatePicks, picks).result;
    expect(found.events).toBeGreaterThan(3);
  });

  it('explain a window as the model does', async () => {
    const event = drawQuake(createRandom(5));
    const evidence = observe({ sensors: phones(12, createRandom(77)), event, seed: 1 });
    const bytes = new TextEncoder().encode(JSON.stringify(evidence));
    const stored = await deps.store.put({ key: 'evidence/e.json', kind: 'evidence', bytes });
    const { latitude, longitude, timeS } = event;
    const region = { ...REGION, ...BOX };
    const question = {
      time: addSeconds(WINDOW.start, timeS),
      latitude,
      longitude,
      withinS: 20,
      withinKm: 40,
    };
    const input = { region, evidence: stored, question };
    const answer = await attempt(activities.explainWindow, input).result;
    const { budget } = JSON.parse(await textOf(answer.artifact as ArtifactRef)) as {
      budget: NonNullable<ReturnType<typeof explainQuake>>;
    };
    expect(answer.logOdds).toBe(budget.logOdds);
    expect(budget.sensors).toHaveLength(12);
    expect(budget.logOdds).toBeCloseTo(budget.logPrior + budget.logBayesFactor, 9);
    const elsewhere = { ...question, latitude: latitude + 60 };
    expect(
      await attempt(activities.explainWindow, { ...input, question: elsewhere }).result,
    ).toEqual({ logOdds: null, probability: null, artifact: null });
  });

  it('name the file that is wrong, for good', async () => {
    writeFileSync(file('wrong.csv'), 'a,b\n1,2\n');
    const input = { ...network, picks: uri('wrong.csv') };
    await expect(attempt(activities.associatePicks, input).result).rejects.toMatchObject({
      nonRetryable: true,
      message: expect.stringContaining('wrong.csv') as string,
    });
    const readings = { ...network, velocity: 'constant:-1', readings: uri('few-picks.csv') };
    await expect(attempt(activities.locateReadings, readings).result).rejects.toMatchObject({
      type: 'InvalidInput',
    });
  });
});
