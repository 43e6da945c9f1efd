import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isSafeKey } from '../../core/artifact.js';
import { createFileStore } from '../../objectstore/file-store.js';

let root: string;
beforeEach(() => {
  root = mkdtempSync(path.join(tmpdir(), 'quakeloom-store-'));
});
afterEach(() => {
  rmSync(root, { recursive: true, force: true });
});
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

describe('a file store', () => {
  it('gives back what was put, under the hash of the bytes', async () => {
    const store = createFileStore({ root });
    const ref = await store.put({ key: 'a/b/c.json', kind: 'evidence', bytes: bytes('hello') });
    expect(ref).toEqual({
      key: 'a/b/c.json',
      sha256: '2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824',
      bytes: 5,
      kind: 'evidence',
    });
    expect(new TextDecoder().decode(await store.get(ref))).toBe('hello');
    expect(readFileSync(path.join(root, 'a/b/c.json'), 'utf8')).toBe('hello');
    expect(await store.has('a/b/c.json')).toBe(true);
    expect(await store.has('a/b')).toBe(false);
    expect(await store.has('a/b/d.json')).toBe(false);
    expect(await store.has('a/b/c.json/d')).toBe(false);
    // By key alone, for what no reference is kept of.
    expect(await store.read('a/b/c.json')).toEqual(await store.get(ref));
    expect(await store.read('a/b/d.json')).toBeNull();
    expect(await store.read('a/b/c.json/d')).toBeNull();
  });

  it('round-trips any bytes under any safe key', async () => {
    const name = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._:=+-]{0,12}$/);
    const seen = new Set<string>();
    await fc.assert(
      fc.asyncProperty(
        fc.array(name, { minLength: 1, maxLength: 4 }),
        fc.uint8Array({ maxLength: 2000 }),
        async (parts, content) => {
          const hash = createHash('sha256').update(content).digest('hex');
          const key = `${hash}/${seen.size}/${parts.join('/')}`;
          seen.add(key);
          const store = createFileStore({ root });
          const ref = await store.put({ key, kind: 'export', bytes: content });
          expect(ref.sha256).toBe(hash);
          expect(await store.get(ref)).toEqual(content);
        },
      ),
      { numRuns: 50 },
    );
    expect(await createFileStore({ root }).list('')).toEqual([...seen].sort());
  });

  it('takes the same bytes again and refuses others', async () => {
    const store = createFileStore({ root });
    const first = await store.put({ key: 'k', kind: 'export', bytes: bytes('one') });
    expect(await store.put({ key: 'k', kind: 'export', bytes: bytes('one') })).toEqual(first);
    await expect(
      store.put({ key: 'k', kind: 'export', bytes: bytes('two') }),
    ).rejects.toMatchObject({ _tag: 'ArtifactConflict', key: 'k', retryable: false });
    expect(readFileSync(path.join(root, 'k'), 'utf8')).toBe('one');
    expect(readdirSync(path.join(root, '.tmp'))).toEqual([]);
  });

  it('lets exactly one of many writers win when they disagree', async () => {
    const stores = Array.from({ length: 12 }, () => createFileStore({ root }));
    const results = await Promise.allSettled(
      stores.map((store, i) =>
        store.put({ key: 'race/k', kind: 'export', bytes: bytes(`writer ${i}`) }),
      ),
    );
    expect(results.filter((r) => r.status === 'fulfilled')).toHaveLength(1);
    for (const result of results) {
      if (result.status === 'rejected') {
        expect(result.reason).toMatchObject({ _tag: 'ArtifactConflict' });
      } else {
        expect(readFileSync(path.join(root, 'race/k'))).toHaveLength(result.value.bytes);
      }
    }
  });

  it.each(['', '/etc/passwd', '../x', 'a/../b', 'a//b', '.hidden', 'a/.b', 'a\\b', 'a\0b', 'a/'])(
    'refuses the key %j',
    async (key) => {
      const store = createFileStore({ root });
      const ref = { key, sha256: '0', bytes: 0, kind: 'export' } as const;
      await expect(store.put({ key, kind: 'export', bytes: bytes('x') })).rejects.toMatchObject({
        _tag: 'InvalidInput',
      });
      await expect(store.get(ref)).rejects.toMatchObject({ _tag: 'InvalidInput' });
      await expect(store.has(key)).rejects.toMatchObject({ _tag: 'InvalidInput' });
      await expect(store.read(key)).rejects.toMatchObject({ _tag: 'InvalidInput' });
      expect(isSafeKey(key)).toBe(false);
    },
  );

  it('does not follow symbolic links out of the store', async () => {
    const outside = mkdtempSync(path.join(tmpdir(), 'quakeloom-outside-'));
    writeFileSync(path.join(outside, 'secret'), 'secret');
    mkdirSync(path.join(root, 'real'));
    symlinkSync(outside, path.join(root, 'way-out'));
    symlinkSync(path.join(outside, 'secret'), path.join(root, 'real/link'));
    const store = createFileStore({ root });
    const put = (key: string): Promise<unknown> =>
      store.put({ key, kind: 'export', bytes: bytes('x') });
    await expect(put('way-out/new')).rejects.toMatchObject({ _tag: 'InvalidInput' });
    await expect(put('way-out/deep/new')).rejects.toMatchObject({ _tag: 'InvalidInput' });
    await expect(put('real/link')).rejects.toMatchObject({ _tag: 'ArtifactConflict' });
    const sha256 = createHash('sha256').update('secret').digest('hex');
    const ref = (key: string) => ({ key, sha256, bytes: 6, kind: 'export' }) as const;
    await expect(store.get(ref('way-out/secret'))).rejects.toMatchObject({ _tag: 'InvalidInput' });
    await expect(store.get(ref('real/link'))).rejects.toMatchObject({ _tag: 'ArtifactConflict' });
    expect(await store.list('')).toEqual([]);
    await expect(store.list('way-out/')).rejects.toMatchObject({ _tag: 'InvalidInput' });
    expect(readdirSync(outside)).toEqual(['secret']);
    rmSync(outside, { recursive: true });
  });

  it('finds a damaged, cut or missing file when it is read', async () => {
    const store = createFileStore({ root });
    const ref = await store.put({ key: 'k', kind: 'export', bytes: bytes('0123456789') });
    const file = path.join(root, 'k');
    chmodSync(file, 0o644);
    for (const damaged of ['012345678X', '01234', '']) {
      writeFileSync(file, damaged);
      await expect(store.get(ref)).rejects.toMatchObject({ _tag: 'ArtifactConflict' });
    }
    rmSync(file);
    await expect(store.get(ref)).rejects.toMatchObject({ _tag: 'Unavailable', retryable: false });
  });

  it('refuses a key below an artifact and an artifact in place of a folder', async () => {
    const store = createFileStore({ root });
    await store.put({ key: 'a/b', kind: 'export', bytes: bytes('x') });
    for (const key of ['a/b/c', 'a']) {
      await expect(store.put({ key, kind: 'export', bytes: bytes('x') })).rejects.toMatchObject({
        _tag: 'ArtifactConflict',
      });
    }
    const long = `a/${'n'.repeat(300)}`;
    await expect(store.put({ key: long, kind: 'export', bytes: bytes('x') })).rejects.toMatchObject(
      { _tag: 'InvalidInput' },
    );
  });

  it('lists keys below a prefix in order', async () => {
    const store = createFileStore({ root });
    expect(await store.list('')).toEqual([]);
    for (const key of ['b/2', 'a/10', 'a/2', 'a/2b', 'ab/1', 'a/c/d']) {
      await store.put({ key, kind: 'export', bytes: bytes(key) });
    }
    expect(await store.list('')).toEqual(['a/10', 'a/2', 'a/2b', 'a/c/d', 'ab/1', 'b/2']);
    expect(await store.list('a/')).toEqual(['a/10', 'a/2', 'a/2b', 'a/c/d']);
    expect(await store.list('a/2')).toEqual(['a/2', 'a/2b']);
    expect(await store.list('a/c/')).toEqual(['a/c/d']);
    expect(await store.list('none/')).toEqual([]);
    await expect(store.list('../')).rejects.toMatchObject({ _tag: 'InvalidInput' });
  });

  it('ignores temporary files and removes the old ones', async () => {
    const temporary = path.join(root, '.tmp');
    mkdirSync(temporary);
    writeFileSync(path.join(temporary, 'old'), 'half');
    writeFileSync(path.join(temporary, 'young'), 'half');
    const nowMs = 1_700_000_000_000;
    utimesSync(path.join(temporary, 'old'), nowMs / 1000 - 90_000, nowMs / 1000 - 90_000);
    utimesSync(path.join(temporary, 'young'), nowMs / 1000 - 60, nowMs / 1000 - 60);
    const store = createFileStore({ root, clock: () => nowMs });
    expect(await store.list('')).toEqual([]);
    await store.put({ key: 'k', kind: 'export', bytes: bytes('x') });
    expect(readdirSync(temporary)).toEqual(['young']);
    expect(await store.list('')).toEqual(['k']);
  });

  it('leaves a whole file or none when its process is killed', async () => {
    // The child writes for ever until it kills itself in the middle of a write.
    const script = `
      import { createFileStore } from ${JSON.stringify(path.resolve('objectstore/file-store.ts'))};
      const store = createFileStore({ root: ${JSON.stringify(root)} });
      for (let i = 0; ; i++) {
        if (i === 3) setTimeout(() => process.kill(process.pid, 'SIGKILL'), 5);
        await store.put({ key: 'w/' + i, kind: 'export', bytes: new Uint8Array(3e6).fill(i) });
      }`;
    const file = path.join(root, 'writer.mts');
    writeFileSync(file, script);
    const child = spawnSync(process.execPath, ['--import', 'tsx', file], { encoding: 'utf8' });
    expect([child.signal, child.stderr]).toEqual(['SIGKILL', '']);
    const keys = await createFileStore({ root }).list('w/');
    expect(keys.length).toBeGreaterThanOrEqual(3);
    for (const key of keys) {
      const content = readFileSync(path.join(root, key));
      expect(content.length).toBe(3e6);
      expect(content.every((value) => value === Number(key.slice(2)) % 256)).toBe(true);
    }
    expect(existsSync(path.join(root, '.tmp'))).toBe(true);
  });
});
