import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { openObjectStore } from '../../objectstore/open-store.js';
import type { S3Client } from '../../objectstore/s3-client.js';

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** An S3 server's behaviour in memory: conditional put, pages hidden, errors as the SDK's. */
function memoryS3(): S3Client & { readonly objects: Map<string, Uint8Array> } {
  const objects = new Map<string, Uint8Array>();
  const failure = (name: string, status: number): Error =>
    Object.assign(new Error(name), { name, $metadata: { httpStatusCode: status } });
  return {
    objects,
    async putIfAbsent({ bucket, key, body }) {
      if (objects.has(`${bucket}/${key}`)) throw failure('PreconditionFailed', 412);
      objects.set(`${bucket}/${key}`, Uint8Array.from(body));
    },
    async get({ bucket, key }) {
      const found = objects.get(`${bucket}/${key}`);
      if (!found) throw failure('NoSuchKey', 404);
      return found;
    },
    async has({ bucket, key }) {
      return objects.has(`${bucket}/${key}`);
    },
    async list({ bucket, prefix }) {
      return [...objects.keys()]
        .filter((name) => name.startsWith(`${bucket}/${prefix}`))
        .map((name) => name.slice(bucket.length + 1));
    },
  };
}

describe('openObjectStore', () => {
  it('opens a file store, also below a folder with spaces', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'quakeloom store '));
    folders.push(folder);
    const store = await openObjectStore({ url: pathToFileURL(folder).href });
    const ref = await store.put({ key: 'k', kind: 'export', bytes: new Uint8Array([1, 2]) });
    expect(await store.get(ref)).toEqual(new Uint8Array([1, 2]));
  });

  it.each([
    ['not a url', 'InvalidInput'],
    ['file://host/share', 'InvalidInput'],
    ['ftp://host/folder', 'UnsupportedSource'],
    ['s3:///', 'InvalidInput'],
  ])('refuses %s', async (url, tag) => {
    await expect(openObjectStore({ url, s3Client: memoryS3() })).rejects.toMatchObject({
      _tag: tag,
    });
  });

  it('keeps the same promises on S3', async () => {
    const client = memoryS3();
    const store = await openObjectStore({ url: 's3://bucket/some/prefix/', s3Client: client });
    const put = (key: string, text: string) =>
      store.put({ key, kind: 'export', bytes: new TextEncoder().encode(text) });
    const ref = await put('a/1', 'one');
    expect(await put('a/1', 'one')).toEqual(ref);
    await expect(put('a/1', 'two')).rejects.toMatchObject({ _tag: 'ArtifactConflict' });
    await put('b', 'bee');
    expect([...client.objects.keys()]).toEqual(['bucket/some/prefix/a/1', 'bucket/some/prefix/b']);
    expect(await store.list('')).toEqual(['a/1', 'b']);
    expect(await store.list('a/')).toEqual(['a/1']);
    expect(await store.has('b')).toBe(true);
    expect(await store.has('c')).toBe(false);
    expect(await store.read('a/1')).toEqual(await store.get(ref));
    expect(await store.read('c')).toBeNull();
    await expect(put('../c', 'x')).rejects.toMatchObject({ _tag: 'InvalidInput' });
    client.objects.set('bucket/some/prefix/a/1', new Uint8Array(3));
    await expect(store.get(ref)).rejects.toMatchObject({ _tag: 'ArtifactConflict' });
    client.objects.delete('bucket/some/prefix/a/1');
    await expect(store.get(ref)).rejects.toMatchObject({ _tag: 'Unavailable', retryable: false });
  });
});
