import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createActivities } from '../../activities/index.js';
import { writeProdml } from '../../connectors/das/write/write-prodml.js';
import { UnavailableError } from '../../core/errors.js';
import { isoToNs } from '../../core/time.js';
import type { RegionConfig, SourceConfig } from '../../core/region.js';
import { attempt, inlineCompute, memoryDeps } from '../support/activity.js';
import { REGION } from '../support/fakes.js';

const RATE_HZ = 100;
const CHANNELS = 3;
const START = isoToNs('2020-01-01T00:00:00Z');
const home = mkdtempSync(path.join(tmpdir(), 'quakeloom-ingest-'));
const recorded = path.join(home, 'recorded');
let folder = '';
let count = 0;

/** A minute of a fibre a file: a.h5 from 0:00, b.h5 from 0:10, c.h5 from 0:20 and so on. */
async function record(name: string, startS: number, seconds: number, at = recorded): Promise<void> {
  const samples = Float32Array.from({ length: seconds * RATE_HZ * CHANNELS }, (_, i) =>
    Math.sin((startS * RATE_HZ * CHANNELS + i) / 10),
  );
  await writeProdml({
    path: path.join(at, name),
    startNs: START + BigInt(startS) * 1_000_000_000n,
    rateHz: RATE_HZ,
    channelCount: CHANNELS,
    dxM: 10,
    gaugeLengthM: 10,
    samples,
    unit: 'microstrain/s',
  });
}

beforeAll(async () => {
  mkdirSync(recorded);
  for (const [i, name] of ['a.h5', 'b.h5', 'c.h5', 'd.h5'].entries()) {
    await record(name, i * 10, 10);
  }
});
beforeEach(() => {
  folder = path.join(home, `case-${count++}`);
  cpSync(recorded, folder, { recursive: true });
});
afterAll(() => rmSync(home, { recursive: true, force: true }));

const at = (name: string): string => path.join(folder, name);
const options = { latitude: 17, longitude: -98, elevationM: 0, positionSigmaKm: 0.1, fibreId: 'f' };

function region(...sources: SourceConfig[]): RegionConfig {
  return { ...REGION, sources };
}
const fibre = (id = 'fibre', where = folder): SourceConfig => ({
  kind: 'das',
  id,
  uri: `file:${where}`,
  options,
});

// Four seconds more are read on both sides, for the ends of the resampling.
const reach = { start: '2020-01-01T00:00:15Z', end: '2020-01-01T00:00:25Z' };
const all = { start: '2020-01-01T00:00:00Z', end: '2020-01-01T00:01:00Z' };

describe('ingest of files', () => {
  it('reads the files that overlap the reach, and those alone', async () => {
    const deps = memoryDeps();
    const { ingestDas } = createActivities(deps);
    const { result } = attempt(ingestDas, { region: region(fibre()), reach });
    expect(await result).toMatchObject({ source: 'das', items: 2, missing: [], quarantined: 0 });
    expect(deps.compute.calls.filter((call) => call.startsWith('readSource'))).toEqual([
      `readSource ${at('b.h5')}`,
      `readSource ${at('c.h5')}`,
    ]);
    for (const ref of (await result).artifacts) expect(await deps.store.has(ref.key)).toBe(true);
  });

  it('a file that ends where the reach begins is not read', async () => {
    const deps = memoryDeps();
    const edge = { start: '2020-01-01T00:00:24Z', end: '2020-01-01T00:00:26Z' };
    const { ingestDas } = createActivities(deps);
    await attempt(ingestDas, { region: region(fibre()), reach: edge }).result;
    const read = deps.compute.calls.filter((call) => call.startsWith('readSource'));
    expect(read.at(-1)).toBe(`readSource ${at('c.h5')}`);
    expect(read).not.toContain(`readSource ${at('d.h5')}`);
  });

  it('says so when no file covers the time, and when there is no file', async () => {
    const later = { start: '2021-01-01T00:00:00Z', end: '2021-01-01T00:01:00Z' };
    const { ingestDas } = createActivities(memoryDeps());
    const none = await attempt(ingestDas, { region: region(fibre()), reach: later }).result;
    expect(none).toMatchObject({ items: 0, missing: ['fibre: no file covers this time'] });
    mkdirSync(at('empty'));
    const source = fibre('fibre', at('empty'));
    const empty = await attempt(ingestDas, { region: region(source), reach }).result;
    expect(empty.missing).toEqual([`fibre: no files at file:${at('empty')}`]);
  });

  it('puts a torn file into quarantine with its name and goes on', async () => {
    const whole = readFileSync(at('b.h5'));
    writeFileSync(at('b.h5'), whole.subarray(0, Math.floor(whole.length * 0.4)));
    const deps = memoryDeps();
    const { ingestDas } = createActivities(deps);
    const result = await attempt(ingestDas, { region: region(fibre()), reach: all }).result;
    expect(result).toMatchObject({ items: 3, quarantined: 1 });
    expect(deps.catalogue.refused).toEqual([
      { regionId: 'test', source: 'das', item: at('b.h5'), reason: expect.any(String) as string },
    ]);
    expect(deps.catalogue.refused[0]?.reason).toContain('b.h5');
  });

  it('leaves side files alone, but not a lone file of no known format', async () => {
    writeFileSync(at('README.txt'), 'How this was recorded.\n');
    const deps = memoryDeps();
    const { ingestDas } = createActivities(deps);
    const result = await attempt(ingestDas, { region: region(fibre()), reach: all }).result;
    expect(result).toMatchObject({ items: 4, quarantined: 0, missing: [] });
    expect(result.notes).toContain('fibre: 1 side files');
    expect(deps.catalogue.refused).toEqual([]);
    const lone = fibre('fibre', at('README.txt'));
    const refused = await attempt(ingestDas, { region: region(lone), reach: all }).result;
    expect(refused).toMatchObject({ items: 0, quarantined: 1 });
  });

  it('puts bad lines of a stream of posts into quarantine, each by its line', async () => {
    const file = at('posts.jsonl');
    const good = '{"time":"2020-01-01T00:00:15Z","lat":17,"lon":-98}\n';
    writeFileSync(file, `${good}{"time":"never"}\n${good.replace(':15Z', ':16Z')}{torn`);
    const deps = memoryDeps();
    const { ingestReports } = createActivities(deps);
    const source: SourceConfig = { kind: 'reports', id: 'posts', uri: `file:${file}` };
    const result = await attempt(ingestReports, { region: region(source), reach }).result;
    expect(result).toMatchObject({ items: 1, quarantined: 2 });
    expect(deps.catalogue.refused.map((row) => row.item)).toEqual([
      `${file}:line 2`,
      `${file}:line 4`,
    ]);
  });
});

describe('retries', () => {
  /** Fails as a lost disk does, once, when this file is read. */
  function failingOn(name: string) {
    const real = inlineCompute();
    let failed = false;
    return inlineCompute({
      readSource: (input: { path: string }) => {
        if (!failed && input.path === at(name)) {
          failed = true;
          throw new UnavailableError({ what: name, reason: 'disk', remedy: 'wait' });
        }
        return real.run('readSource', input as never);
      },
    });
  }

  it('go on after the last finished file, and end with the same result', async () => {
    const activities = createActivities(memoryDeps());
    const input = { region: region(fibre()), reach: all };
    const expected = await attempt(activities.ingestDas, input).result;

    const deps = memoryDeps({ compute: failingOn('c.h5') });
    const { ingestDas } = createActivities(deps);
    const first = attempt(ingestDas, input);
    await expect(first.result).rejects.toMatchObject({ type: 'Unavailable', nonRetryable: false });
    expect(deps.catalogue.refused).toEqual([]);
    deps.compute.calls.length = 0;
    const checkpoint = first.beats.at(-1)?.checkpoint;
    const second = attempt(ingestDas, input, { attempt: 2, checkpoint });
    expect(await second.result).toEqual(expected);
    expect(deps.compute.calls.join()).not.toMatch(/[ab]\.h5/);
  });

  it('from any heartbeat of the first attempt give every artifact once', async () => {
    const input = { region: region(fibre()), reach: all };
    const deps = memoryDeps();
    const { ingestDas } = createActivities(deps);
    const first = attempt(ingestDas, input);
    const expected = await first.result;
    expect(first.beats.length).toBeGreaterThan(4);
    for (const beat of first.beats) {
      const again = attempt(ingestDas, input, { attempt: 2, checkpoint: beat.checkpoint });
      expect(await again.result).toEqual(expected);
    }
  });

  it('remember the feeds that were finished before the one that failed', async () => {
    const other = path.join(folder, 'other');
    mkdirSync(other);
    await record('x.h5', 30, 10, other);
    await record('y.h5', 40, 10, other);
    for (const name of ['c.h5', 'd.h5']) rmSync(at(name));
    const near = path.join(folder, 'near');
    mkdirSync(near);
    for (const name of ['a.h5', 'b.h5']) cpSync(at(name), path.join(near, name));
    const input = { region: region(fibre('one', near), fibre('two', other)), reach: all };
    const deps = memoryDeps({ compute: failingOn('other/y.h5') });
    const { ingestDas } = createActivities(deps);
    const first = attempt(ingestDas, input);
    await expect(first.result).rejects.toMatchObject({ type: 'Unavailable' });
    deps.compute.calls.length = 0;
    const checkpoint = first.beats.at(-1)?.checkpoint;
    const second = await attempt(ingestDas, input, { attempt: 2, checkpoint }).result;
    expect(second.items).toBe(4);
    expect(deps.compute.calls).toEqual([
      `scanSource ${path.join(other, 'y.h5')}`,
      `readSource ${path.join(other, 'y.h5')}`,
    ]);
  });
});

describe('cancellation', () => {
  it('reaches the step that runs, and is no reason for quarantine', async () => {
    let reached = (): void => undefined;
    const running = new Promise<void>((resolve) => (reached = resolve));
    const deps = memoryDeps({
      compute: inlineCompute({
        readSource: (_: unknown, { signal }: { signal: AbortSignal }) =>
          new Promise((_resolve, reject) => {
            signal.addEventListener('abort', () => reject(new Error('stopped inside')));
            reached();
          }),
      }),
    });
    const { ingestDas } = createActivities(deps);
    const { result, cancel } = attempt(ingestDas, { region: region(fibre()), reach });
    await running;
    cancel();
    await expect(result).rejects.toMatchObject({ name: 'CancelledFailure' });
    expect(deps.catalogue.refused).toEqual([]);
    expect(deps.compute.calls.filter((call) => call.startsWith('readSource'))).toHaveLength(1);
  });
});
