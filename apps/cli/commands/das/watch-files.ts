/** Files that `das watch` keeps: what it has dealt with, and what it could not read. @module */
import { copyFile, mkdir, readFile, rename, unlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { CorruptSourceError } from '../../../../core/errors.js';
import type { WatchState } from '../../../../connectors/das/stream/watch-state.js';

const stateSchema = z.object({
  quakeloom: z.literal('das-watch-1'),
  files: z.record(
    z.string(),
    z.object({
      identity: z.string(),
      sinceMs: z.number(),
      isSettled: z.boolean(),
      version: z.number().int().min(0),
      contentId: z.string().nullable(),
    }),
  ),
});

/** The state's file; a name with a dot, so that the watch does not take it for data. */
export function watchStateFile(input: { readonly root: string; readonly file?: string }): string {
  return input.file ?? path.join(input.root, '.quakeloom-watch.json');
}

/** The state of an earlier run; null when there is none. Throws CorruptSourceError. */
export async function readWatchState(file: string): Promise<WatchState | null> {
  const text = await readFile(file, 'utf8').catch(() => null);
  if (text === null) return null;
  const refuse = (at: string, reason: string): never => {
    throw new CorruptSourceError({
      source: file,
      at,
      reason: `${reason}; remove it to begin anew`,
    });
  };
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return refuse('byte 0', 'not JSON');
  }
  const parsed = stateSchema.safeParse(json);
  if (parsed.success) return { files: parsed.data.files };
  const issue = parsed.error.issues[0];
  return refuse(issue?.path.join('.') ?? '', issue?.message ?? 'not the state of a watch');
}

/** Replaces the state at once; returns why it could not be written, null when all is well. */
export async function writeWatchState(file: string, state: WatchState): Promise<string | null> {
  try {
    await writeFile(`${file}.part`, JSON.stringify({ quakeloom: 'das-watch-1', ...state }));
    await rename(`${file}.part`, file);
    return null;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    return `the state was not kept (${reason}): a restart reads all files again; name another place with --state`;
  }
}

/** Moves a file into a folder, with its reason beside it. A name that is taken gets a number. */
export async function quarantineFile(input: {
  readonly file: string;
  /** What the reason calls it: the file itself, or the object it is a copy of. */
  readonly name: string;
  readonly folder: string;
  readonly reason: string | null;
}): Promise<void> {
  const { file, folder, reason } = input;
  await mkdir(folder, { recursive: true });
  const name = path.basename(file);
  let target = path.join(folder, name);
  // 'wx' makes the reason the claim to the name: two watches do not overwrite each other.
  for (let k = 2; !(await claim(`${target}.reason.txt`, `${input.name}\n${reason ?? ''}\n`)); k++) {
    target = path.join(folder, `${k}-${name}`);
  }
  try {
    await rename(file, target);
  } catch {
    // Another file system.
    await copyFile(file, target);
    await unlink(file);
  }
}

async function claim(file: string, text: string): Promise<boolean> {
  try {
    await writeFile(file, text, { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}
