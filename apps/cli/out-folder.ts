/** The folder that a command writes to. @module */
import { mkdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { UnavailableError } from '../../core/errors.js';

/** Makes a folder and its parents. Throws UnavailableError when that cannot be done. */
export async function makeOutFolder(folder: string): Promise<void> {
  try {
    await makeLevels(path.resolve(folder));
  } catch (cause) {
    throw new UnavailableError({
      what: `folder ${folder}`,
      reason: cause instanceof Error ? cause.message : String(cause),
      remedy: 'give a folder that can be written to',
      retryable: false,
      cause,
    });
  }
}

/** One level at a time: in Node 20 `recursive` never returns where the system takes no new names (/proc). */
async function makeLevels(folder: string): Promise<void> {
  if (await isFolder(folder)) return;
  const parent = path.dirname(folder);
  if (parent !== folder) await makeLevels(parent);
  try {
    await mkdir(folder);
  } catch (error) {
    // Somebody else may have made it meanwhile.
    if (!(await isFolder(folder))) throw error;
  }
}

/** False when there is nothing; throws when there is something else. */
async function isFolder(name: string): Promise<boolean> {
  const found = await stat(name).catch(() => null);
  if (found && !found.isDirectory()) throw new Error(`${name} is a file`);
  return found !== null;
}
