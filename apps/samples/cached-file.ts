/**
 * Files of the download cache: whole and right, or not there. A file without a hash known in
 * advance (one made here) has its hash in a hidden file beside it.
 * @module
 */
import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';

/** SHA-256, hexadecimal. */
export function sha256Of(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** True when `file` is there and its content (unpacked for `gzip`) has the hash. */
export async function isIntact(input: {
  file: string;
  sha256: string;
  gzip?: boolean | undefined;
}): Promise<boolean> {
  try {
    const stored = await readFile(input.file);
    return sha256Of(input.gzip ? gunzipSync(stored) : stored) === input.sha256;
  } catch {
    // Not there, not readable, not gzip: all the same, the file has to be fetched again.
    return false;
  }
}

/** Writes `content` (packed for `gzip`) so that readers see the whole file or none. */
export async function writeCached(input: {
  file: string;
  content: Uint8Array;
  gzip?: boolean | undefined;
}): Promise<void> {
  await mkdir(path.dirname(input.file), { recursive: true });
  const partial = hidden(input.file, `${process.pid}.tmp`);
  try {
    await writeFile(partial, input.gzip ? gzipSync(input.content) : input.content);
    await rename(partial, input.file);
  } finally {
    await rm(partial, { force: true });
  }
}

/** Notes the hash of a file that was made here. */
export async function sealMade(file: string): Promise<void> {
  const sum = sha256Of(await readFile(file));
  await writeCached({ file: hidden(file, 'sha256'), content: Buffer.from(`${sum}\n`) });
}

/** True when a file made here is as it was when it was sealed. */
export async function isSealed(file: string): Promise<boolean> {
  const sum = await readFile(hidden(file, 'sha256'), 'utf8').catch(() => null);
  return sum !== null && isIntact({ file, sha256: sum.trim() });
}

/** `.<name>.<suffix>` beside a file; folder listings skip names that start with a dot. */
export function hidden(file: string, suffix: string): string {
  return path.join(path.dirname(file), `.${path.basename(file)}.${suffix}`);
}
