/** A prefix of an object store as files: listing, identity, downloads that fail, a bounded cache. @module */
import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { createObjectCache } from '../../objectstore/object-cache.js';
import { openObjectFeed, type ObjectFeed } from '../../objectstore/object-feed.js';
import { s3Settings } from '../../objectstore/s3-client.js';
import { startS3Server, type S3Server } from '../support/s3-server.js';

let server: S3Server;
let feed: ObjectFeed;
let folder = '';
const home = mkdtempSync(path.join(tmpdir(), 'quakeloom-feed-'));
beforeAll(async () => {
  server = await startS3Server();
});
beforeEach(async () => {
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'key');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'secret');
  vi.stubEnv('AWS_ENDPOINT_URL', server.endpoint);
  server.objects.clear();
  server.requests.length = 0;
  server.fault = () => null;
  feed = await openObjectFeed('s3://fibre/das');
  folder = mkdtempSync(path.join(home, 'cache-'));
});
afterEach(() => void vi.unstubAllEnvs());
afterAll(async () => {
  rmSync(home, { recursive: true, force: true });
  await server.close();
});

const cacheOf = (maxBytes = 1e6) => createObjectCache({ feed, folder, maxBytes });
const one = async () => {
  const [object] = await feed.list();
  if (!object) throw new Error('there is an object');
  return object;
};
const files = (): string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => statSync(path.join(folder, name)).isFile())
    .sort();

describe('listing of a prefix', () => {
  it('goes on beyond a thousand keys, and leaves neighbours and markers out', async () => {
    for (let k = 0; k < 2345; k++) server.put(`das/${String(k).padStart(5, '0')} &<.h5`, String(k));
    for (const key of ['das/', 'das2/x.h5', 'other']) server.put(key, '');
    const found = await feed.list();
    expect(found).toHaveLength(2345);
    expect(found[2344]).toMatchObject({
      key: 'das/02344 &<.h5',
      name: 's3://fibre/das/02344 &<.h5',
      path: '02344 &<.h5',
      bytes: 4,
    });
    expect(server.requests).toHaveLength(3);
    expect(new Set(found.map(({ etag }) => etag)).size).toBe(2345);
  });

  it('is signed, or not where anonymous', async () => {
    await feed.list();
    await (await openObjectFeed('s3://fibre/das?anonymous=true')).list();
    const [signed, plain] = server.requests;
    expect(signed?.authorization).toMatch(/^AWS4-HMAC-SHA256 Credential=key\/\d+\/us-east-1\/s3\//);
    expect(plain?.authorization).toBeUndefined();
  });

  it('tries again after a throttle, and tells a refusal from a fault', async () => {
    server.put('das/a', 'x');
    let left = 1;
    server.fault = () => (left-- > 0 ? { status: 503, code: 'SlowDown' } : null);
    expect(await feed.list()).toHaveLength(1);
    expect(server.requests).toHaveLength(2);
    server.fault = () => ({ status: 403, code: 'AccessDenied' });
    await expect(feed.list()).rejects.toMatchObject({
      _tag: 'Unavailable',
      what: 's3://fibre/das',
      retryable: false,
      message: expect.stringContaining('HTTP 403, AccessDenied'),
      remedy: expect.stringContaining('credentials'),
    });
    expect(server.requests).toHaveLength(3);
    server.fault = () => ({ status: 500, code: 'InternalError' });
    await expect(feed.list()).rejects.toMatchObject({ _tag: 'Unavailable', retryable: true });
  }, 20_000);

  it.each([
    ['s3://', 'no name of a bucket'],
    ['s3://Bucket_1/x', 'no name of a bucket'],
    ['s3://fibre/%E0%A4%A', 'not a URL'],
    ['s3://fibre/x?endpoint=ftp://h', 'not an http or https address'],
  ])('refuses %s', async (address, reason) => {
    await expect(openObjectFeed(address)).rejects.toMatchObject({
      _tag: 'InvalidInput',
      message: expect.stringContaining(reason),
    });
  });

  it('takes endpoint, region and anonymity from the address before the environment', () => {
    const env = {
      AWS_ENDPOINT_URL: 'http://a',
      AWS_DEFAULT_REGION: 'r',
      AWS_NO_SIGN_REQUEST: 'YES',
    };
    expect(s3Settings(new URL('s3://b'), env)).toEqual({
      endpoint: 'http://a',
      region: 'r',
      isAnonymous: true,
    });
    const all = 's3://b?endpoint=https://c:9&region=q&anonymous=true';
    expect(s3Settings(new URL(all), { AWS_REGION: 'r' })).toEqual({
      endpoint: 'https://c:9',
      region: 'q',
      isAnonymous: true,
    });
  });
});

describe('cache of objects', () => {
  it('holds what the prefix holds: new, rewritten within its second at its size, and gone', async () => {
    const cache = cacheOf();
    const at = Date.UTC(2026, 0, 2, 3, 4, 5);
    server.put('das/2026/a.h5', 'aaaa', at);
    server.put('das/b.h5', 'bb', at);
    for (const key of ['das/../x', 'das/.part', 'das/c//d', 'das/c\\d']) server.put(key, 'x');
    expect(await cache.mirror()).toEqual({ skipped: 4 });
    expect(files()).toEqual(['2026/a.h5', 'b.h5']);
    const before = statSync(path.join(folder, 'b.h5'));
    expect(Math.floor(before.mtimeMs / 1000)).toBe(at / 1000);
    const requests = server.requests.length;
    await cache.mirror();
    expect(server.requests.length).toBe(requests + 1);
    server.put('das/b.h5', 'BB', at);
    server.objects.delete('das/2026/a.h5');
    await cache.mirror();
    expect(files()).toEqual(['b.h5']);
    const after = statSync(path.join(folder, 'b.h5'));
    expect(readFileSync(path.join(folder, 'b.h5'), 'utf8')).toBe('BB');
    expect(after.mtimeMs).not.toBe(before.mtimeMs);
    // Another machine gives it the same identity.
    folder = mkdtempSync(path.join(home, 'cache-'));
    await cacheOf().mirror();
    expect(statSync(path.join(folder, 'b.h5')).mtimeMs).toBe(after.mtimeMs);
  });

  it('fetches again what broke off, and keeps no half of a file', async () => {
    server.put('das/a', 'x'.repeat(50_000));
    let left = 1;
    server.fault = ({ key }) => (key !== null && left-- > 0 ? 'cut' : null);
    const file = await cacheOf().fetch(await one());
    expect(readFileSync(file as string, 'utf8')).toHaveLength(50_000);
    rmSync(file as string);
    server.fault = ({ key }) => (key === null ? null : 'cut');
    await expect(cacheOf().fetch(await one())).rejects.toMatchObject({
      _tag: 'Unavailable',
      retryable: true,
    });
    expect(files()).toEqual([]);
  }, 20_000);

  it('gives nothing for a version that is gone or replaced', async () => {
    server.put('das/a', 'one');
    const listed = await one();
    server.put('das/a', 'two');
    expect(await cacheOf().fetch(listed)).toBeNull();
    server.objects.clear();
    expect(await cacheOf().fetch(listed)).toBeNull();
    expect(files()).toEqual([]);
  });

  it('stays within its bound: the longest unused go, the newest are mirrored', async () => {
    for (const [k, name] of ['a', 'b', 'c'].entries()) {
      server.put(`das/${name}`, name.repeat(40), 1e12 + k * 1000);
    }
    const cache = cacheOf(100);
    const [a, b, c] = await feed.list();
    if (!a || !b || !c) throw new Error('three objects');
    await cache.fetch(a);
    await cache.fetch(b);
    await cache.fetch(a);
    await cache.fetch(c);
    expect(files()).toEqual(['a', 'c']);
    // A cache of another run knows what is there.
    await cacheOf(100).fetch(b);
    expect(files()).toEqual(['b', 'c']);
    expect(await cacheOf(100).mirror()).toEqual({ skipped: 1 });
    expect(files()).toEqual(['b', 'c']);
    server.put('das/huge', 'x'.repeat(101));
    const huge = (await feed.list()).find(({ path: name }) => name === 'huge');
    await expect(cacheOf(100).fetch(huge as typeof a)).rejects.toMatchObject({
      _tag: 'InvalidInput',
    });
  });
});
