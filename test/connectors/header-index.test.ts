/** Headers are scanned once a version of a file, and give the same windows as without the index. @module */
import {
  appendFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createActivities } from '../../activities/index.js';
import { writeProdml } from '../../connectors/das/write/write-prodml.js';
import { createHeaderIndexes } from '../../connectors/header-index.js';
import { isoToNs } from '../../core/time.js';
import { attempt, memoryDeps } from '../support/activity.js';
import { REGION } from '../support/fakes.js';

const home = mkdtempSync(path.join(tmpdir(), 'quakeloom-index-'));
const recorded = path.join(home, 'recorded');
const options = { latitude: 17, longitude: -98, elevationM: 0, positionSigmaKm: 0.1, fibreId: 'f' };
const reach = { start: '2020-01-01T00:00:08Z', end: '2020-01-01T00:00:09Z' };
let folder = '';
let cache = '';
let count = 0;

async function record(file: string, startS: number, value: number): Promise<void> {
  await writeProdml({
    path: file,
    startNs: isoToNs('2020-01-01T00:00:00Z') + BigInt(startS) * 1_000_000_000n,
    rateHz: 50,
    channelCount: 2,
    dxM: 10,
    gaugeLengthM: 10,
    samples: new Float32Array(5 * 50 * 2).fill(value),
    unit: 'microstrain/s',
  });
}

beforeAll(async () => {
  mkdirSync(recorded);
  for (const i of [0, 1, 2, 3]) await record(path.join(recorded, `${i}.h5`), 5 * i, i);
  writeFileSync(path.join(recorded, 'README.txt'), 'How this was recorded.\n');
});
beforeEach(() => {
  folder = path.join(home, `case-${count}`);
  cache = path.join(home, `cache-${count++}`);
  cpSync(recorded, folder, { recursive: true });
});
afterAll(() => rmSync(home, { recursive: true, force: true }));

/** An ingest of the folder; a minute later, so that no file is too young to be trusted. */
async function ingest(
  input: { indexed?: boolean; version?: string; laterS?: number; extra?: object } = {},
) {
  const { indexed = true, version = '1', laterS = 60, extra = {} } = input;
  const clock = (): bigint => BigInt(Date.now() + laterS * 1000) * 1_000_000n;
  const deps = memoryDeps();
  const headers = indexed
    ? { headers: createHeaderIndexes({ folder: cache, version, clock }) }
    : {};
  const { ingestDas } = createActivities({ ...deps, ...headers });
  const region = {
    ...REGION,
    sources: [
      {
        kind: 'das' as const,
        id: 'fibre',
        uri: `file:${folder}`,
        options: { ...options, ...extra },
      },
    ],
  };
  const result = await attempt(ingestDas, { region, reach }).result;
  const scanned = deps.compute.calls
    .filter((call) => call.startsWith('scanSource'))
    .map((call) => path.basename(call));
  return { result, scanned };
}

const all = ['0.h5', '1.h5', '2.h5', '3.h5', 'README.txt'];

describe('header index', () => {
  it('scans each file once, and gives what a scan of all files gives', async () => {
    const without = await ingest({ indexed: false });
    expect(without.scanned).toEqual(all);
    expect(without.result).toMatchObject({
      items: 3,
      notes: expect.arrayContaining(['fibre: 1 side files']) as string[],
    });
    expect((await ingest()).scanned).toEqual(all);
    const again = await ingest();
    expect(again.scanned).toEqual([]);
    expect(again.result).toEqual(without.result);
  });

  it('scans a file again that was written again, even with its old size and time', async () => {
    await ingest();
    const at = path.join(folder, '1.h5');
    const { atime, mtime } = statSync(at);
    await record(`${at}.new`, 5, 100);
    renameSync(`${at}.new`, at);
    utimesSync(at, atime, mtime);
    expect((await ingest()).scanned).toEqual(['1.h5']);
    // In place: the same inode.
    writeFileSync(at, readFileSync(path.join(recorded, '1.h5')));
    utimesSync(at, atime, mtime);
    const last = await ingest();
    expect(last.scanned).toEqual(['1.h5']);
    expect(last.result).toEqual((await ingest({ indexed: false })).result);
  });

  it('scans new files, and forgets those that went', async () => {
    await ingest();
    renameSync(path.join(folder, '0.h5'), path.join(folder, '4.h5'));
    expect((await ingest()).scanned).toEqual(['4.h5']);
    expect((await ingest()).scanned).toEqual([]);
  });

  it('does not trust a file that was written within a tick of the clock', async () => {
    await ingest({ laterS: 0 });
    expect((await ingest({ laterS: 0 })).scanned).toEqual(all);
  });

  it('starts anew with another version of the program or other options', async () => {
    await ingest();
    expect((await ingest({ version: '2' })).scanned).toEqual(all);
    expect((await ingest({ extra: { channelTo: 1 } })).scanned).toEqual(all);
    const table = path.join(home, `distances-${count}.csv`);
    writeFileSync(table, 'channel,distance_m\n0,0\n1,10\n');
    const extra = { geometryFile: table };
    await ingest({ extra });
    expect((await ingest({ extra })).scanned).toEqual([]);
    writeFileSync(table, 'channel,distance_m\n0,0\n1,12\n');
    expect((await ingest({ extra })).scanned).toEqual(all);
  });

  it('is rebuilt where its file is torn or not its own', async () => {
    await ingest();
    const [name] = readdirSync(cache) as [string];
    const file = path.join(cache, name);
    const whole = readFileSync(file, 'utf8');
    writeFileSync(file, whole.slice(0, -60));
    const torn = await ingest();
    expect(torn.scanned).toEqual(['README.txt']);
    appendFileSync(file, '["x",[1],[2]]\n{"a":1}\nnull\n\u0000\u0001');
    expect((await ingest()).scanned).toEqual([]);
    for (const other of ['', '{}\n', 'hello', whole.replace('layout":1', 'layout":9')]) {
      writeFileSync(file, other);
      expect((await ingest()).scanned).toEqual(all);
    }
  });

  it('says so when it cannot be written, and goes on', async () => {
    writeFileSync(cache, 'a file where the folder should be');
    const { result, scanned } = await ingest();
    expect(scanned).toEqual(all);
    expect(result.items).toBe(3);
    expect(result.notes.join()).toContain('the header index was not written');
  });
});
