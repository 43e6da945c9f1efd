import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { runCli } from '../../../apps/cli/run-cli.js';
import { requireAllowed } from '../../../apps/samples/allowed-urls.js';
import { listSamples } from '../../../apps/samples/list-samples.js';
import { SAMPLE_SETS } from '../../../apps/samples/registry.js';
import { createSourceResolver } from '../../../apps/samples/resolve.js';
import { readDevices } from '../../../connectors/phones/devices.js';
import { describeWithSamples, samplePath } from '../../support/sample-data.js';
import { sha256, temporaryFolder } from './sandbox.js';

const { folder, remove } = temporaryFolder();
afterAll(remove);

describe('registry', () => {
  it('names are unique, addresses allowed and pinned to a commit or a day', () => {
    expect(new Set(SAMPLE_SETS.map((set) => set.name)).size).toBe(SAMPLE_SETS.length);
    for (const url of SAMPLE_SETS.flatMap((set) => set.files.flatMap((file) => file.urls ?? []))) {
      expect(() => requireAllowed(url)).not.toThrow();
      expect(url).toMatch(/\/[0-9a-f]{40}\/|\/year=2018\/month=02\/day=16\//);
    }
  });

  it('every set has files, a licence and a citation; paths stay inside the set', () => {
    for (const set of SAMPLE_SETS) {
      expect(set.files.length).toBeGreaterThan(0);
      expect(set.licence.length * set.citation.length).toBeGreaterThan(0);
      for (const { path: name } of set.files) {
        expect(path.posix.normalize(name)).toBe(name);
        expect(name).not.toMatch(/^[./]|\\/);
      }
      if (!set.isSingleFile) continue;
      expect(set.files).toHaveLength(1);
    }
  });

  it('without mirror and cache a set comes from its package, else its addresses', async () => {
    const listed = await listSamples({ cacheDir: folder });
    expect(Object.fromEntries(listed.map(({ name, origin }) => [name, origin]))).toEqual({
      'mems-openeew-2018-02-16': 'public address',
      'mexico-city-2018': 'public address',
      'brady-2016': 'package',
      'napa-2014': 'nowhere',
      'northridge-1994-dyfi': 'package',
      'ridgecrest-2019-cosmos': 'package',
    });
  });
});

describe('quakeloom samples', () => {
  it('a name that is not known is a wrong argument', async () => {
    const said: string[] = [];
    const output = {
      write: (text: string) => void said.push(text),
      error: (line: string) => void said.push(line),
      isTerminal: false,
    };
    expect(await runCli({ argv: ['samples', 'get', 'nothing'], output })).toBe(2);
    expect(said.join('\n')).toContain('choose one of mems-openeew-2018-02-16');
    expect(await runCli({ argv: ['samples', 'list', '--json'], output })).toBe(0);
    expect(JSON.parse(said.at(-1) ?? '')).toHaveLength(SAMPLE_SETS.length);
  });
});

const MIRRORED = SAMPLE_SETS.filter((set) => !set.files.some((file) => file.member));

describeWithSamples(
  'mirror',
  MIRRORED.map((set) => set.mirror),
  () => {
    const dataDir = path.dirname(samplePath('das'));

    it.each(MIRRORED.map((set) => [set.name, set] as const))(
      '%s resolves in the mirror, whose files have the pinned hashes',
      async (name, set) => {
        const resolve = createSourceResolver({ dataDir, cacheDir: folder });
        const found = await resolve({ uri: `dataset:${name}` });
        expect(found).toBe(path.join(dataDir, set.mirror));
        for (const file of set.files) {
          const one = set.isSingleFile
            ? found
            : await resolve({ uri: `dataset:${name}/${file.path}` });
          const bytes = readFileSync(one);
          const content = file.gzip ? gunzipSync(bytes) : bytes;
          expect([file.path, content.length, sha256(content)]).toEqual([
            file.path,
            file.bytes,
            file.sha256,
          ]);
        }
      },
    );

    it('OpenEEW from its addresses has the layout the replay reads', async () => {
      const asked: string[] = [];
      const mirror = path.join(dataDir, 'mems-openeew');
      const resolve = createSourceResolver({
        cacheDir: folder,
        fetch: (url) => {
          const address = String(url);
          asked.push(address);
          // The archive on AWS does not answer; the second address serves the same lines.
          if (address.includes('amazonaws')) return Promise.reject(new TypeError('fetch failed'));
          const record = /2018_2_16\/(\d+)\/(\d+)\.jsonl$/.exec(address);
          const body = record
            ? gunzipSync(
                readFileSync(path.join(mirror, '2018-02-16', `${record[1]}/${record[2]}.jsonl.gz`)),
              )
            : readFileSync(path.join(mirror, 'device_locations.json'));
          return Promise.resolve(new Response(new Uint8Array(body)));
        },
      });
      const found = await resolve({ uri: 'dataset:mems-openeew-2018-02-16' });
      const devices = await readDevices(path.join(found, 'device_locations.json'));
      const recorded = readdirSync(found).filter((name) => /^\d{3}$/.test(name));
      expect(recorded).toHaveLength(13);
      expect(recorded.filter((device) => !devices.has(device))).toEqual([]);
      const original = readFileSync(path.join(mirror, '2018-02-16/000/40.jsonl.gz'));
      const fetched = readFileSync(path.join(found, '000/40.jsonl.gz'));
      expect(gunzipSync(fetched).equals(gunzipSync(original))).toBe(true);
      expect(asked.filter((address) => address.includes('amazonaws'))).toHaveLength(1);
      writeFileSync(path.join(found, '000/40.jsonl.gz'), 'damaged');
      await resolve({ uri: 'dataset:mems-openeew-2018-02-16' });
      expect(readFileSync(path.join(found, '000/40.jsonl.gz')).equals(fetched)).toBe(true);
    });
  },
);
