/**
 * Folders of a file store: made durably, and kept inside the store. In: absolute paths. Out:
 * nothing, or an error.
 * @module
 */
import { lstat, mkdir, open } from 'node:fs/promises';
import path from 'node:path';
import { InvalidInputError } from '../core/errors.js';
import { errorCode } from './io-error.js';

/** Makes a folder and its parents; each new name is fsynced in the folder that holds it. */
export async function ensureFolder(folder: string): Promise<void> {
  const first = await mkdir(folder, { recursive: true });
  if (first === undefined) return;
  for (let made = folder; made.length >= first.length; made = path.dirname(made)) {
    await fsyncFolder(path.dirname(made));
    if (path.dirname(made) === made) return;
  }
}

/** Makes the names in a folder durable. A no-op where folders cannot be synced (Windows). */
export async function fsyncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } catch (error) {
    if (errorCode(error) !== 'EINVAL' && errorCode(error) !== 'ENOTSUP') throw error;
  } finally {
    await handle.close();
  }
}

/**
 * Throws `InvalidInputError` when a folder on the way from `root` to `folder` is a symbolic link,
 * which must not become a way out of the store. Folders that do not exist yet are fine.
 */
export async function refuseLinks(root: string, folder: string, key: string): Promise<void> {
  let current = root;
  for (const name of path.relative(root, folder).split(path.sep)) {
    current = path.join(current, name);
    const found = await lstat(current).catch((error: unknown) => {
      if (errorCode(error) === 'ENOENT') return null;
      throw error;
    });
    if (!found) return;
    if (!found.isSymbolicLink()) continue;
    throw new InvalidInputError({
      what: 'artifact key',
      reason: `'${key}' leads through a symbolic link`,
      remedy: 'remove the link from the object store',
    });
  }
}
