/** A live fibre in an object store: sealed as the folder of the same files is. @module */
import { cpSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createActivities } from '../../activities/index.js';
import { sealFibres } from '../../activities/seal-fibres.js';
import { createSourceResolver } from '../../apps/samples/resolve.js';
import type { RegionConfig } from '../../core/region.js';
import { isoToNs } from '../../core/time.js';
import {
  feedOptions,
  syntheticRecording,
  writePart,
} from '../connectors/das/stream/recording-cuts.js';
import { attempt, memoryCatalogue, memoryDeps } from '../support/activity.js';
import { REGION } from '../support/fakes.js';
import { startS3Server, type S3Server } from '../support/s3-server.js';

const home = mkdtempSync(path.join(tmpdir(), 'quakeloom-object-feed-'));
afterAll(() => rmSync(home, { recursive: true, force: true }));
const files = path.join(home, 'files');
const recording = syntheticRecording({ rateHz: 20, seconds: 40, waveS: 17 });
const other = syntheticRecording({ rateHz: 20, seconds: 40, waveS: 3 });
let server: S3Server;
beforeEach(async () => {
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'key');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'secret');
  server = await startS3Server();
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await server.close();
});

/** A file of `[fromS, toS)`, uploaded. */
async function upload(name: string, fromS: number, toS: number, of = recording): Promise<void> {
  const at = { from: fromS * 20, to: toS * 20 };
  const file = await writePart({ recording: of, folder: home, name, writer: 'prodml', ...at });
  server.put(`f/${name}.h5`, readFileSync(file), 1e12);
}

function watched(uri: string, cacheDir = home) {
  const region: RegionConfig = {
    ...REGION,
    windowS: 20,
    overlapS: 2,
    sources: [{ kind: 'das', id: 'fibre', uri, options: feedOptions('microstrain/s') }],
  };
  const deps = {
    ...memoryDeps({ catalogue: memoryCatalogue({ regions: [region] }) }),
    resolveSource: createSourceResolver({ cacheDir }),
  };
  const context = { signal: new AbortController().signal, report: () => undefined };
  /** Keys of the windows that are sealed at a time: they hold a hash of the files' identities. */
  const look = async (nowS: number): Promise<string[]> => {
    const page = { regionId: 'test', afterId: 0, limit: 99 };
    const before = await deps.catalogue.segmentsAfter(page);
    const nowNs = isoToNs('2020-01-01T00:00:00Z') + BigInt(nowS) * 1_000_000_000n;
    await sealFibres(deps, { region, nowNs, context });
    const after = await deps.catalogue.segmentsAfter(page);
    return after.slice(before.length).map(({ artifact }) => artifact.key);
  };
  const windowBytes = async (): Promise<Buffer> => {
    const window = { start: '2020-01-01T00:00:10Z', end: '2020-01-01T00:00:30Z' };
    const reach = { start: '2020-01-01T00:00:08Z', end: '2020-01-01T00:00:32Z' };
    const { ingestDas, alignWindow } = createActivities(deps);
    const ingested = await attempt(ingestDas, { region, reach }).result;
    const input = { region, window, reach, ingested: [ingested] };
    const { das } = (await attempt(alignWindow, input).result).files;
    if (!das) throw new Error('no das.arrow');
    return Buffer.from(await deps.store.get(das));
  };
  return { deps, look, windowBytes };
}

describe('a live fibre in an object store', () => {
  it('is sealed to the bytes of the folder with the same files, late and rewritten ones included', async () => {
    const { deps, look, windowBytes } = watched(`s3://fibre/f?endpoint=${server.endpoint}`);
    await upload('z', 0, 12);
    await upload('m', 24, 40);
    expect(await look(41)).toEqual([]);
    const first = await look(120);
    expect(first).toHaveLength(2);
    await upload('late', 12, 24);
    const late = await look(121);
    expect(late.map((key) => key.split('/').at(-1)?.slice(0, 4))).toEqual(['0002', '0002']);
    const fine = await windowBytes();
    // The same content once more is nothing new; another of its size and second is.
    const object = server.objects.get('f/z.h5');
    server.put('f/z.h5', Uint8Array.from(object?.bytes ?? []), 1e12);
    expect(await look(122)).toEqual([]);
    await upload('a', 0, 12);
    await upload('z', 0, 12, other);
    expect(server.objects.get('f/z.h5')?.bytes.length).toBe(object?.bytes.length);
    server.put('f/.hidden.h5', 'x', 1e12);
    server.put('f/notes.txt', 'hello', 1e12);
    const again = await look(123);
    expect(again.map((key) => key.split('/').at(-1)?.slice(0, 4))).toEqual(['0003']);
    expect(await look(124)).toEqual([]);

    server.objects.delete('f/z.h5');
    server.objects.delete('f/.hidden.h5');
    await look(125);
    expect(await windowBytes()).toEqual(fine);
    const [cache] = readdirSync(path.join(home, 'feeds'));
    cpSync(path.join(home, 'feeds', String(cache)), files, {
      recursive: true,
    });
    expect(readdirSync(files).sort()).toEqual(['a.h5', 'late.h5', 'm.h5', 'notes.txt']);
    expect(deps.catalogue.refused).toEqual([]);
    // The same files as a folder give the same window.
    expect(await watched(`file://${files}`).windowBytes()).toEqual(fine);
    // Another worker, with a cache of its own, sees the same versions.
    const address = `s3://fibre/f?endpoint=${server.endpoint}`;
    const mine = await watched(address).look(125);
    expect(mine).toHaveLength(2);
    expect(await watched(address, path.join(home, 'other')).look(125)).toEqual(mine);
  }, 30_000);

  it('is told when it cannot be listed, and is sealed when it can again', async () => {
    const { deps, look } = watched(`s3://fibre/f?endpoint=${server.endpoint}`);
    await upload('a', 0, 40);
    server.fault = () => ({ status: 403, code: 'AccessDenied' });
    expect(await look(41)).toEqual([]);
    expect(deps.catalogue.refused.at(-1)?.reason).toContain('HTTP 403, AccessDenied');
    server.fault = () => null;
    expect(await look(120)).not.toEqual([]);
  });
});
