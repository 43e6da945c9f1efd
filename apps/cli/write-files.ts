/** Files that a command writes: all of them whole, or none. @module */
import { rename, rm, stat, writeFile } from 'node:fs/promises';
import { UnavailableError } from '../../core/errors.js';

/** A file to be. */
export interface FileToWrite {
  readonly to: string;
  readonly content: string | Uint8Array;
}

/**
 * Writes each file aside and renames them once all are there, so that neither a full disk nor the
 * end of the process leaves half a file or half a set. What is there and no file (a device, a pipe)
 * is written to as it is. Throws UnavailableError, which names the file.
 */
export async function writeFiles(files: readonly FileToWrite[]): Promise<void> {
  const drafts: { readonly part: string; readonly to: string }[] = [];
  let at = files[0]?.to ?? '';
  try {
    for (const { to, content } of files) {
      at = to;
      if (await isDevice(to)) {
        await writeFile(to, content);
        continue;
      }
      const part = `${to}.${process.pid}.part`;
      drafts.push({ part, to });
      await writeFile(part, content, { flush: true });
    }
    for (const { part, to } of drafts) {
      at = to;
      await rename(part, to);
    }
  } catch (cause) {
    await Promise.allSettled(drafts.map(({ part }) => rm(part, { force: true })));
    throw new UnavailableError({
      what: at,
      reason: cause instanceof Error ? cause.message : String(cause),
      remedy: 'give a place in a folder that can be written to and has room',
      retryable: false,
      cause,
    });
  }
}

async function isDevice(file: string): Promise<boolean> {
  const found = await stat(file).catch(() => null);
  return found !== null && !found.isFile() && !found.isDirectory();
}
