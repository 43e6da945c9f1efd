/** A live fibre's folder: windows go into the segment index once, and again when late files come. @module */
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { createActivities } from '../../activities/index.js';
import { sealFibres } from '../../activities/seal-fibres.js';
import { writeProdml } from '../../connectors/das/write/write-prodml.js';
import type { RegionConfig } from '../../core/region.js';
import { addSeconds, isoToNs, nsToIso, windowsBetween } from '../../core/time.js';
import { LIVE_MARGIN_S } from '../../core/stages.js';
import { attempt, memoryCatalogue, memoryDeps } from '../support/activity.js';
import { REGION } from '../support/fakes.js';

const home = mkdtempSync(path.join(tmpdir(), 'quakeloom-seal-'));
afterAll(() => rmSync(home, { recursive: true, force: true }));
let folder = '';
let count = 0;
beforeEach(() => {
  folder = path.join(home, String(count++));
  mkdirSync(folder);
});

const START_NS = isoToNs('2020-01-01T00:00:00Z');
const atNs = (s: number): bigint => START_NS + BigInt(Math.round(s * 1e9));
const options = { latitude: 17, longitude: -98, elevationM: 0, positionSigmaKm: 0.1, fibreId: 'f' };

/** Seconds `[from, to)` of a fibre of two channels at 10 Hz. */
async function put(name: string, from: number, to: number, gain = 1): Promise<void> {
  const samples = Float32Array.from(
    { length: (to - from) * 20 },
    (_, i) => gain * Math.sin(i + from),
  );
  await writeProdml({
    path: path.join(folder, name),
    startNs: atNs(from),
    rateHz: 10,
    channelCount: 2,
    dxM: 10,
    gaugeLengthM: 10,
    samples,
    unit: 'microstrain/s',
  });
}

function watched(windowS = 60) {
  const region: RegionConfig = {
    ...REGION,
    windowS,
    overlapS: 6,
    sources: [{ kind: 'das', id: 'fibre', uri: `file:${folder}`, options }],
  };
  const deps = memoryDeps({ catalogue: memoryCatalogue({ regions: [region] }) });
  const context = { signal: new AbortController().signal, report: () => undefined };
  /** Windows that became due at a time: start in s, and version. */
  const look = async (nowS: number): Promise<string[]> => {
    const before = await deps.catalogue.segmentsAfter({ regionId: 'test', afterId: 0, limit: 99 });
    await sealFibres(deps, { region, nowNs: atNs(nowS), context });
    const after = await deps.catalogue.segmentsAfter({ regionId: 'test', afterId: 0, limit: 99 });
    return after.slice(before.length).map(({ artifact: { key } }) => {
      const [, , source, start, version] = key.split('/');
      return `${source} ${Number(isoToNs(start as string) - START_NS) / 1e9} ${Number(version?.slice(0, 4))}`;
    });
  };
  return { region, deps, look };
}

describe('live fibres of a region', () => {
  it('are sealed window by window once their files are there, whatever their names and order', async () => {
    const { look } = watched();
    await put('z.h5', -12, 30);
    await put('a.h5', 30, 65);
    expect(await look(66)).toEqual([]);
    await put('m.h5', 65, 95);
    // Of the minute before there are twelve seconds, and no more will come.
    expect(await look(96)).toEqual(['fibre -60 1', 'fibre 0 1']);
    expect(await look(97)).toEqual([]);
  });

  it('make the watch look at that window alone', async () => {
    const { look, deps, region } = watched(300);
    await put('long.h5', -20, 320);
    expect(await look(321)).toEqual(['fibre -300 1', 'fibre 0 1']);
    const rows = await deps.catalogue.segmentsAfter({ regionId: 'test', afterId: 0, limit: 9 });
    const row = rows.at(-1);
    if (!row) throw new Error('there is a row');
    const marginS = region.overlapS + LIVE_MARGIN_S;
    const reach = {
      start: addSeconds(nsToIso(row.startNs), -marginS),
      end: addSeconds(nsToIso(row.endNs), marginS),
    };
    expect(windowsBetween(reach, region.windowS)).toEqual([
      { start: '2020-01-01T00:00:00Z', end: '2020-01-01T00:05:00Z' },
    ]);
  });

  it('late and rewritten files make new versions; renamed ones do not', async () => {
    const { look } = watched();
    await put('a.h5', 0, 20);
    await put('c.h5', 40, 60);
    expect(await look(100)).toEqual([]);
    expect(await look(131)).toEqual(['fibre 0 1']);
    await put('late.h5', 20, 40);
    expect(await look(200)).toEqual(['fibre 0 2']);
    renameSync(path.join(folder, 'late.h5'), path.join(folder, 'b.h5'));
    expect(await look(201)).toEqual([]);
    rmSync(path.join(folder, 'a.h5'));
    await put('a.h5', 0, 20, 2);
    expect(await look(202)).toEqual(['fibre 0 3']);
    // Another worker, with nothing but the index, sees nothing new.
    expect(await look(203)).toEqual([]);
  });

  it('leave partly written files for later, damaged ones in quarantine, side files alone', async () => {
    const { look, deps } = watched();
    await put('a.h5', 0, 60);
    const whole = readFileSync(path.join(folder, 'a.h5'));
    writeFileSync(path.join(folder, 'growing.h5'), whole.subarray(0, whole.length - 100));
    const bad = Buffer.from(whole);
    bad.fill(0xff, 100, 3000);
    writeFileSync(path.join(folder, 'bad.h5'), bad);
    writeFileSync(path.join(folder, 'notes.txt'), 'hello');
    copyFileSync(path.join(folder, 'notes.txt'), path.join(folder, '.hidden.h5'));
    expect(await look(200)).toEqual(['fibre 0 1']);
    await look(201);
    expect(deps.catalogue.refused.map(({ item }) => path.basename(item))).toEqual(['bad.h5']);
  });

  it('are looked at whenever the watch reads the index; a folder that is gone is told', async () => {
    const { deps, region } = watched();
    const nowS = Math.floor(Date.now() / 1000);
    await put(
      'now.h5',
      nowS - Number(START_NS / 1_000_000_000n) - 300,
      nowS - Number(START_NS / 1_000_000_000n) - 100,
    );
    const { readSegments } = createActivities(deps);
    const found = await attempt(readSegments, { regionId: region.id, afterId: 0 }).result;
    expect(found.spans.length).toBeGreaterThan(0);
    rmSync(folder, { recursive: true });
    const none = await attempt(readSegments, { regionId: region.id, afterId: found.cursor }).result;
    expect(none.spans).toEqual([]);
    expect(deps.catalogue.refused.at(-1)?.item).toBe(`file:${folder}`);
  });
});
