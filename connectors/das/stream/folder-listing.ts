/**
 * A folder as a watch sees it: names by reading the folder, identities by looking at files.
 * @module
 */
import { watch as watchFolder } from 'node:fs';
import { open } from 'node:fs/promises';
import { fileIdentity, identityText } from '../../file-identity.js';
import { listSourceFiles } from '../../source-file.js';
import { hdf5Completeness, SUPERBLOCK_BYTES, type Completeness } from './hdf5-end.js';
import type { SourceListing } from './watch.js';
import type { SeenFile } from './watch-state.js';

/**
 * The files below a folder; names that start with a dot are not seen (writers use them for what is
 * not complete). Stores that are folders (Zarr) are left out: they have no identity of their own.
 */
export function folderListing(input: { readonly root: string }): SourceListing {
  return {
    list: async (isKnown) => {
      const paths = await listSourceFiles({ path: input.root });
      const seen = await Promise.all(
        paths.map(async (path) => (isKnown(path) ? { name: path } : lookAtFile(path))),
      );
      return seen.filter((file) => file !== null);
    },
  };
}

/** One file with its identity; null when it cannot be looked at. */
export async function lookAtFile(path: string): Promise<SeenFile | null> {
  const identity = await fileIdentity(path);
  if (identity === null) return null;
  return {
    name: path,
    identity: identityText(identity),
    modifiedMs: Number(BigInt(identity.modifiedNs) / 1_000_000n),
    completeness: await completenessOf(path, identity.bytes),
  };
}

async function completenessOf(path: string, bytes: number): Promise<Completeness> {
  const handle = await open(path, 'r').catch(() => null);
  if (handle === null) return 'unknown';
  try {
    const head = new Uint8Array(Math.min(bytes, SUPERBLOCK_BYTES));
    const { bytesRead } = await handle.read(head, 0, head.length, 0);
    return hdf5Completeness(head.subarray(0, bytesRead), bytes);
  } finally {
    await handle.close();
  }
}

/**
 * Waits until something may have changed below the folder, at most `ms`. The file system's own
 * notice only makes it sooner: network file systems send none.
 */
export async function waitForChange(input: {
  readonly root: string;
  readonly ms: number;
  readonly signal?: AbortSignal;
}): Promise<void> {
  const { root, ms, signal } = input;
  await new Promise<void>((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      hint?.close();
      signal?.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal?.addEventListener('abort', done);
    const hint = tryWatch(root, done);
    if (signal?.aborted) done();
  });
}

function tryWatch(root: string, changed: () => void): { close: () => void } | null {
  try {
    const watcher = watchFolder(root, { persistent: false }, changed);
    watcher.on('error', () => watcher.close());
    return watcher;
  } catch {
    return null;
  }
}
