/** Results in, put in place whole or not at all, also when the process is killed on the way. @module */
import { mkdir, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { makeOutFolder } from '../../out-folder.js';
import { InvalidInputError, isQuakeError, UnavailableError } from '../../../../core/errors.js';

/** Files that stand for a whole result: they go first and come last. */
const LAST: readonly string[] = ['report.html', 'decomposition.json', 'qc.json', 'result.json'];

/**
 * Fails before the work is done when a folder could not be written, and clears what killed runs left beside it.
 * Throws InvalidInputError when `out` is a file or one of the input folders, UnavailableError when it cannot be made.
 */
export async function prepareOut(out: string, inputs: readonly string[] = []): Promise<void> {
  const target = path.resolve(out);
  const refuse = (reason: string): InvalidInputError =>
    new InvalidInputError({ what: `--out ${out}`, reason, remedy: 'give a folder of its own' });
  if (inputs.some((input) => path.resolve(input) === target)) {
    throw refuse('it is the folder that is read');
  }
  const found = await stat(target).catch(() => null);
  if (found && !found.isDirectory()) throw refuse('it is a file');
  await explained(out, async () => {
    const draft = draftOf(target);
    await makeOutFolder(draft);
    await rm(draft, { recursive: true, force: true });
    await clearDrafts(target);
  });
}

/**
 * Runs `write` on a new folder beside `out`, then puts its content at `out`; a failure leaves `out` as it was. A new
 * or empty `out` appears at once; in one with files those of the result are replaced, the summary last.
 */
export async function publish<T>(out: string, write: (folder: string) => Promise<T>): Promise<T> {
  const target = path.resolve(out);
  const draft = draftOf(target);
  try {
    return await explained(out, async () => {
      await makeOutFolder(draft);
      const value = await write(draft);
      // Takes the place of an empty folder, too.
      await rename(draft, target).catch(() => moveInto(draft, target));
      return value;
    });
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

/** Writes one file, which appears when it is whole. Throws UnavailableError. */
export async function publishFile(file: string, bytes: Uint8Array | string): Promise<void> {
  const part = draftOf(path.resolve(file));
  try {
    await explained(file, async () => {
      await writeFile(part, bytes);
      await rename(part, file);
    });
  } finally {
    await rm(part, { force: true });
  }
}

function draftOf(target: string): string {
  return `${target}.partial-${process.pid}`;
}

async function moveInto(from: string, to: string): Promise<void> {
  await mkdir(to, { recursive: true });
  const entries = await readdir(from, { withFileTypes: true });
  for (const name of LAST) await rm(path.join(to, name), { force: true });
  const rank = (name: string): number => LAST.indexOf(name);
  for (const entry of entries.sort((a, b) => rank(a.name) - rank(b.name))) {
    const target = path.join(to, entry.name);
    // Epochs of an earlier run must not stay among those of this one.
    if (entry.isDirectory()) await rm(target, { recursive: true, force: true });
    await rename(path.join(from, entry.name), target);
  }
}

/** Removes drafts whose process is gone. */
async function clearDrafts(target: string): Promise<void> {
  const folder = path.dirname(target);
  const start = `${path.basename(target)}.partial-`;
  for (const name of await readdir(folder)) {
    const pid = name.startsWith(start) ? Number(name.slice(start.length)) : Number.NaN;
    if (!Number.isSafeInteger(pid) || pid <= 0 || isRunning(pid)) continue;
    await rm(path.join(folder, name), { recursive: true, force: true });
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // A process of another user is running, though not ours to signal.
    return !(error instanceof Error && 'code' in error && error.code === 'ESRCH');
  }
}

async function explained<T>(out: string, write: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (cause) {
    if (isQuakeError(cause) || !(cause instanceof Error && 'code' in cause)) throw cause;
    throw new UnavailableError({
      what: out,
      reason: cause.message,
      remedy:
        cause.code === 'ENOSPC' ? 'free some space there' : 'give a place that can be written to',
      retryable: false,
      cause,
    });
  }
}
