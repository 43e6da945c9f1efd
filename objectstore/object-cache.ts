/**
 * Objects of a feed as local files. In: a feed and a folder. Out: paths below it, laid out as the keys
 * are, so that readers find side files where they expect them. Bounded: the longest unused go first.
 *
 * A file carries the identity of its object itself: its size, and as time of writing the second in
 * which the object was written with a fraction made from the entity tag. So another content has
 * another identity (to one in 250,000 for two of one size within a second), the same on every machine
 * and after every download, and nothing else has to be kept beside the files.
 * @module
 */
import { createHash, randomUUID } from 'node:crypto';
import { mkdir, open, readdir, rename, rm, stat, utimes } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import {
  ArtifactConflictError,
  InvalidInputError,
  UnavailableError,
  isQuakeError,
} from '../core/errors.js';
import { ioError } from './io-error.js';
import type { FeedObject, ObjectFeed } from './object-feed.js';

export interface ObjectCache {
  /** Local path of one version, fetched when it is not there; null when it is no longer in the store. */
  fetch(object: FeedObject, signal?: AbortSignal): Promise<string | null>;
  /** Makes the folder hold the feed's newest objects, and nothing else; returns what was left out. */
  mirror(signal?: AbortSignal, onProgress?: (note: string) => void): Promise<{ skipped: number }>;
}

/** Tries of one download that breaks off; requests have tries of their own. */
const TRIES = 3;
const PAUSE_MS = 200;
/** Fractions of a second that survive a time kept as a double: multiples of 4 microseconds. */
const STEP_US = 4;
const DAY_MS = 86_400_000;

/** The cache of `feed` in `folder`, of at most `maxBytes`. */
export function createObjectCache(input: {
  readonly feed: ObjectFeed;
  readonly folder: string;
  readonly maxBytes: number;
}): ObjectCache {
  const { feed, maxBytes } = input;
  const root = path.resolve(input.folder);
  /** Bytes of fetched files, the longest unused first. */
  const held = new Map<string, number>();
  let total = 0;

  const makeRoom = async (bytes: number, signal?: AbortSignal): Promise<void> => {
    if (held.size === 0) {
      for (const file of await filesBelow(root)) hold(file.path, file.bytes);
    }
    for (const file of held.keys()) {
      if (total + bytes <= maxBytes) return;
      signal?.throwIfAborted();
      await rm(file, { force: true });
      release(file);
    }
  };
  const hold = (file: string, bytes: number): void => {
    release(file);
    held.set(file, bytes);
    total += bytes;
  };
  const release = (file: string): void => {
    total -= held.get(file) ?? 0;
    held.delete(file);
  };

  const fetchOne: ObjectCache['fetch'] = async (object, signal) => {
    const file = localPath(root, object.path);
    if (file === null) throw unusable(object, 'its key is no path of plain names');
    if (object.bytes > maxBytes)
      throw unusable(object, `larger than the cache (${maxBytes} bytes)`);
    try {
      if (!(await isCurrent(file, object))) {
        // The version before makes way.
        release(file);
        await makeRoom(object.bytes, signal);
        if (!(await download({ feed, object, file, signal }))) return null;
      }
      hold(file, object.bytes);
      return file;
    } catch (error) {
      throw ioError(error, { key: object.path, root });
    }
  };

  return {
    fetch: fetchOne,
    mirror: async (signal, onProgress) => {
      const all = await feed.list(signal);
      const newest = all
        .filter((object) => localPath(root, object.path) !== null)
        .sort((a, b) => b.modifiedMs - a.modifiedMs || (a.key < b.key ? -1 : 1));
      const kept = takeWithin(newest, maxBytes);
      const wanted = new Set(kept.map((object) => localPath(root, object.path)));
      try {
        for (const file of await filesBelow(root)) {
          if (wanted.has(file.path)) continue;
          await rm(file.path, { force: true });
          release(file.path);
        }
        await mkdir(root, { recursive: true });
      } catch (error) {
        throw ioError(error, { key: feed.address, root });
      }
      let unusableCount = 0;
      for (const [i, object] of kept.entries()) {
        signal?.throwIfAborted();
        await fetchOne(object, signal).catch((error: unknown) => {
          // A key that is also the folder of others: the file system cannot hold both.
          if (!(error instanceof ArtifactConflictError)) throw error;
          unusableCount++;
        });
        onProgress?.(`${feed.address}: ${i + 1} of ${kept.length} objects`);
      }
      return { skipped: all.length - kept.length + unusableCount };
    },
  };
}

/** The first objects that together fit. */
function takeWithin(objects: readonly FeedObject[], maxBytes: number): readonly FeedObject[] {
  let sum = 0;
  const over = objects.findIndex(({ bytes }) => (sum += bytes) > maxBytes);
  return over < 0 ? objects : objects.slice(0, over);
}

/** Path of an object; null for keys that would leave the folder, hide, or be no name of a file. */
function localPath(root: string, key: string): string | null {
  const names = key.split('/');
  const isPlain = names.every(
    (name) => name !== '' && !isHidden(name) && !/[\0\\]/.test(name) && fits(name),
  );
  return isPlain ? path.join(root, ...names) : null;
}

/** As for folders; metadata of Zarr are named so but not hidden. */
function isHidden(name: string): boolean {
  return name.startsWith('.') && !/^\.z(array|attrs|group|metadata)$/.test(name);
}

function fits(name: string): boolean {
  return Buffer.byteLength(name) <= 200;
}

/** Seconds since the epoch: see above. */
function stampS({ modifiedMs, etag }: FeedObject): number {
  const hash = createHash('sha256').update(etag).digest().readUInt32BE(0);
  const fractionUs = (hash % (1_000_000 / STEP_US)) * STEP_US;
  return Math.floor(modifiedMs / 1000) + fractionUs / 1e6;
}

async function isCurrent(file: string, object: FeedObject): Promise<boolean> {
  const found = await stat(file, { bigint: true }).catch(() => null);
  if (!found?.isFile() || Number(found.size) !== object.bytes) return false;
  return Math.abs(Number(found.mtimeNs / 1000n) - stampS(object) * 1e6) < STEP_US / 2;
}

/** Writes one version to its place at once; false when it is no longer in the store. */
async function download(input: {
  readonly feed: ObjectFeed;
  readonly object: FeedObject;
  readonly file: string;
  readonly signal: AbortSignal | undefined;
}): Promise<boolean> {
  const { feed, object, file, signal } = input;
  const folder = path.dirname(file);
  await mkdir(folder, { recursive: true });
  // Hidden, so that nobody takes it for data.
  const part = path.join(folder, `.${randomUUID()}.part`);
  try {
    for (let k = 1; ; k++) {
      const body = await feed.open(object, signal);
      if (body === null) return false;
      try {
        await writeBody({ body, object, part });
        break;
      } catch (error) {
        signal?.throwIfAborted();
        const typed = isSystemError(error) ? error : feed.toError(error, object);
        if (k >= TRIES || !isQuakeError(typed) || !typed.retryable) throw typed;
        await pause(PAUSE_MS * k, undefined, signal ? { signal } : {});
      }
    }
    const seconds = stampS(object);
    await utimes(part, seconds, seconds);
    await rename(part, file);
    return true;
  } finally {
    await rm(part, { force: true });
  }
}

/** Faults of the disk, which another download does not mend. */
function isSystemError(error: unknown): boolean {
  return /^E(NOSPC|DQUOT|ACCES|ROFS|IO|MFILE)$/.test((error as { code?: string }).code ?? '');
}

async function writeBody(input: {
  readonly body: AsyncIterable<Uint8Array>;
  readonly object: FeedObject;
  readonly part: string;
}): Promise<void> {
  const { body, object, part } = input;
  const handle = await open(part, 'w');
  let got = 0;
  try {
    for await (const piece of body) {
      got += piece.byteLength;
      if (got > object.bytes) break;
      await handle.writeFile(piece);
    }
  } finally {
    await handle.close();
  }
  if (got === object.bytes) return;
  throw new UnavailableError({
    what: object.name,
    reason: `${got > object.bytes ? 'more than' : `${got} of`} ${object.bytes} bytes came`,
    remedy: 'check the network and the server; it is tried again',
  });
}

function unusable({ name }: FeedObject, reason: string): InvalidInputError {
  const remedy = 'name objects by plain paths, and give the feed a larger cache (?cacheGB=N)';
  return new InvalidInputError({ what: name, reason, remedy });
}

/** Files below a folder, oldest first; parts of a download that was cut off a day ago are removed. */
async function filesBelow(root: string): Promise<{ path: string; bytes: number }[]> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true }).catch(
    (error: unknown) => {
      if ((error as { code?: string }).code === 'ENOENT') return [];
      throw error;
    },
  );
  const files: { path: string; bytes: number; modifiedMs: number }[] = [];
  for (const entry of entries) {
    if (!entry.isFile()) continue;
    const file = path.join(entry.parentPath, entry.name);
    const found = await stat(file).catch(() => null);
    if (found === null) continue;
    if (!isHidden(entry.name)) {
      files.push({ path: file, bytes: found.size, modifiedMs: found.mtimeMs });
    } else if (entry.name.endsWith('.part') && found.mtimeMs < Date.now() - DAY_MS) {
      await rm(file, { force: true });
    }
  }
  return files.sort((a, b) => a.modifiedMs - b.modifiedMs);
}
