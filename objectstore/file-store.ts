/**
 * Object store on a file system. In: bytes under a key. Out: an `ArtifactRef`, and the bytes again
 * with their hash verified. Files are plain, immutable and named by their key below `root`.
 *
 * A write goes to a temporary file on the same file system, is fsynced, is linked to its name (which
 * unlike a rename never replaces a file that another process wrote first), and the folders are
 * fsynced: after `put` returns, a power cut does not lose it, and no reader ever sees half of it.
 * @module
 */
import { createHash, randomUUID } from 'node:crypto';
import { link, lstat, open, readFile, readdir, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import type { ArtifactRef, KeyReader, ObjectStore } from '../core/artifact.js';
import { isSafeKey } from '../core/artifact.js';
import { ArtifactConflictError, InvalidInputError, UnavailableError } from '../core/errors.js';
import { ensureFolder, fsyncFolder, refuseLinks } from './folders.js';
import { errorCode, ioError } from './io-error.js';

/** Where and how a file store keeps its bytes. */
export interface FileStoreOptions {
  /** Folder of the store; made when missing. */
  readonly root: string;
  /**
   * Temporary files older than this are removed when the store is first written to, ms. Younger
   * ones may belong to another process that is writing now. Default: one day.
   */
  readonly leftoverAgeMs?: number;
  /** Milliseconds since the epoch; injected in tests. */
  readonly clock?: () => number;
}

/** Hidden, so that it can never be a key. */
const TEMPORARY = '.tmp';
const DAY_MS = 86_400_000;

/**
 * Opens a store. Errors: `InvalidInputError` for a key that could leave the store,
 * `ArtifactConflictError` for other bytes under a known key and for bytes that no longer match
 * their hash, `UnavailableError` for a missing artifact and for faults of the file system.
 */
export function createFileStore(options: FileStoreOptions): ObjectStore & KeyReader {
  const root = path.resolve(options.root);
  const temporary = path.join(root, TEMPORARY);
  const clock = options.clock ?? Date.now;
  let prepared: Promise<void> | null = null;

  const prepare = async (): Promise<void> => {
    await ensureFolder(temporary);
    await removeLeftovers(temporary, clock() - (options.leftoverAgeMs ?? DAY_MS));
  };
  const fileOf = (key: string): string => {
    if (!isSafeKey(key)) throw unsafeKey(key);
    return path.join(root, ...key.split('/'));
  };

  return {
    async put({ key, kind, bytes }) {
      const file = fileOf(key);
      const ref: ArtifactRef = { key, sha256: sha256(bytes), bytes: bytes.byteLength, kind };
      try {
        prepared ??= prepare();
        await prepared.catch((error: unknown) => {
          prepared = null;
          throw error;
        });
        await refuseLinks(root, path.dirname(file), key);
        await ensureFolder(path.dirname(file));
        if (!(await isThere(file, key))) {
          const written = await writeTemporary(temporary, bytes);
          try {
            await publish(written, file);
          } finally {
            await rm(written, { force: true });
          }
        }
        await requireSame(file, ref);
        // Also when the file was there: an earlier attempt may have died before this.
        await fsyncFolder(path.dirname(file));
      } catch (error) {
        throw ioError(error, { key, root });
      }
      return ref;
    },

    async get(ref) {
      const file = fileOf(ref.key);
      try {
        await refuseLinks(root, path.dirname(file), ref.key);
        if (!(await isThere(file, ref.key))) throw missing(ref.key, root);
        const bytes = await readFile(file);
        if (bytes.byteLength !== ref.bytes || sha256(bytes) !== ref.sha256) {
          throw new ArtifactConflictError({
            key: ref.key,
            reason: `its ${bytes.byteLength} bytes do not have the recorded hash ${ref.sha256}`,
          });
        }
        return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      } catch (error) {
        if (errorCode(error) === 'ENOENT') throw missing(ref.key, root, error);
        throw ioError(error, { key: ref.key, root });
      }
    },

    async read(key) {
      const file = fileOf(key);
      try {
        await refuseLinks(root, path.dirname(file), key);
        return (await isThere(file, key)) ? new Uint8Array(await readFile(file)) : null;
      } catch (error) {
        if (errorCode(error) === 'ENOENT' || errorCode(error) === 'ENOTDIR') return null;
        throw ioError(error, { key, root });
      }
    },

    async has(key) {
      const file = fileOf(key);
      try {
        await refuseLinks(root, path.dirname(file), key);
        return (await lstat(file)).isFile();
      } catch (error) {
        if (errorCode(error) === 'ENOENT' || errorCode(error) === 'ENOTDIR') return false;
        throw ioError(error, { key, root });
      }
    },

    async list(prefix) {
      const folder = prefix.includes('/') ? prefix.slice(0, prefix.lastIndexOf('/')) : '';
      if (folder !== '' && !isSafeKey(folder)) throw unsafeKey(prefix);
      const keys: string[] = [];
      try {
        if (folder !== '') await refuseLinks(root, path.join(root, folder), prefix);
        await collectKeys(root, folder, keys);
      } catch (error) {
        if (errorCode(error) === 'ENOENT' || errorCode(error) === 'ENOTDIR') return [];
        throw ioError(error, { key: prefix, root });
      }
      return keys.filter((key) => key.startsWith(prefix)).sort();
    },
  };
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function unsafeKey(key: string): InvalidInputError {
  return new InvalidInputError({
    what: 'artifact key',
    reason: `'${key.slice(0, 200)}' is not a relative path of plain names`,
    remedy: 'use letters, digits and ._:=+- in names separated by single slashes',
  });
}

function missing(key: string, root: string, cause?: unknown): UnavailableError {
  return new UnavailableError({
    what: `artifact ${key}`,
    reason: `not in the store at ${root}`,
    remedy: 'check that all workers use the same object store, or restore it from a backup',
    retryable: false,
    cause,
  });
}

/** True for a plain file, false for nothing; a folder or link in its place is a conflict. */
async function isThere(file: string, key: string): Promise<boolean> {
  try {
    if ((await lstat(file)).isFile()) return true;
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return false;
    throw error;
  }
  throw new ArtifactConflictError({ key, reason: 'a folder or link stands in its place' });
}

async function writeTemporary(folder: string, bytes: Uint8Array): Promise<string> {
  const file = path.join(folder, `${process.pid}-${randomUUID()}`);
  const handle = await open(file, 'wx', 0o444);
  try {
    await handle.writeFile(bytes);
    await handle.sync();
  } catch (error) {
    await rm(file, { force: true });
    throw error;
  } finally {
    await handle.close();
  }
  return file;
}

/** Gives a written file its name; a file that got there first stays. */
async function publish(written: string, file: string): Promise<void> {
  try {
    await link(written, file);
  } catch (error) {
    const code = errorCode(error);
    if (code === 'EEXIST') return;
    if (code !== 'EPERM' && code !== 'ENOTSUP' && code !== 'EMLINK' && code !== 'ENOSYS') {
      throw error;
    }
    // File systems without hard links: a rename is atomic too, though the last writer wins.
    await rename(written, file);
  }
}

async function requireSame(file: string, ref: ArtifactRef): Promise<void> {
  const size = (await stat(file)).size;
  if (size !== ref.bytes || sha256(await readFile(file)) !== ref.sha256) {
    throw new ArtifactConflictError({
      key: ref.key,
      reason: 'was written before with other bytes',
    });
  }
}

async function removeLeftovers(folder: string, olderThanMs: number): Promise<void> {
  for (const name of await readdir(folder)) {
    const file = path.join(folder, name);
    const { mtimeMs } = await stat(file).catch(() => ({ mtimeMs: Infinity }));
    if (mtimeMs < olderThanMs) await rm(file, { force: true });
  }
}

/** Keys below `folder` (a key prefix that ends at a slash, or ''), hidden files and links left out. */
async function collectKeys(root: string, folder: string, keys: string[]): Promise<void> {
  for (const entry of await readdir(path.join(root, folder), { withFileTypes: true })) {
    const key = folder === '' ? entry.name : `${folder}/${entry.name}`;
    if (!isSafeKey(key)) continue;
    if (entry.isDirectory()) await collectKeys(root, key, keys);
    else if (entry.isFile()) keys.push(key);
  }
}
