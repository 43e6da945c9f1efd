/**
 * A path (file or folder) in, SourceFile objects out: what `probe`, `scan` and `read` work on.
 * @module
 */
import { open, readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { SourceFile } from '../core/connector.js';
import { UnavailableError, UnsupportedSourceError } from '../core/errors.js';

/** Metadata that make a folder one source: a Zarr store. */
const STORE_MARKERS = ['zarr.json', '.zmetadata', '.zgroup', '.zarray'] as const;

/** Bytes that `probe` gets to see. */
export const HEAD_BYTES = 4096;

/**
 * Opens a file far enough for `probe`: its size and first 4096 bytes. Of a folder that is one source
 * (a Zarr store) these are those of its metadata. Throws UnavailableError.
 */
export async function openSourceFile(input: { path: string }): Promise<SourceFile> {
  const absolute = localPath(input.path);
  try {
    const file = (await storeMarker(absolute)) ?? absolute;
    // Opening a pipe waits for its writer, a device may never end.
    if (!(await stat(file)).isFile()) throw new Error('not a file');
    const handle = await open(file, 'r');
    try {
      const { size } = await handle.stat();
      const head = new Uint8Array(Math.min(HEAD_BYTES, size));
      const { bytesRead } = await handle.read(head, 0, head.length, 0);
      return { path: absolute, head: head.subarray(0, bytesRead), bytes: size };
    } finally {
      await handle.close();
    }
  } catch (cause) {
    throw unavailable(absolute, cause);
  }
}

/**
 * Absolute paths of the files at `path`: the file itself, or every file below the folder, sorted
 * by path; a Zarr store counts as one file. Names that start with a dot are skipped: they are half-written or not data.
 * `path` may be a `file:` URI. Throws UnavailableError.
 */
export async function listSourceFiles(input: { path: string }): Promise<string[]> {
  const absolute = localPath(input.path);
  try {
    const isFolder = (await stat(absolute)).isDirectory();
    return isFolder && (await storeMarker(absolute)) === null
      ? await filesBelow(absolute)
      : [absolute];
  } catch (cause) {
    throw unavailable(absolute, cause);
  }
}

async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const found: string[] = [];
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    if (entry.name.startsWith('.')) continue;
    const full = path.join(folder, entry.name);
    if (entry.isDirectory()) {
      found.push(...((await storeMarker(full)) === null ? await filesBelow(full) : [full]));
    }
    // A link to a file counts, a link to a folder does not: it could lead back here.
    else if (entry.isFile() || (entry.isSymbolicLink() && (await isFile(full)))) found.push(full);
  }
  return found;
}

/** Path of the metadata of a folder that is one source; null for anything else. */
async function storeMarker(folder: string): Promise<string | null> {
  for (const name of STORE_MARKERS) {
    const marker = path.join(folder, name);
    if (await isFile(marker)) return marker;
  }
  return null;
}

async function isFile(full: string): Promise<boolean> {
  return stat(full).then(
    (found) => found.isFile(),
    () => false,
  );
}

/**
 * A whole text file, for formats that cannot be read in pieces. Throws UnsupportedSourceError for a
 * file over the limit, UnavailableError for one that cannot be read.
 */
export async function readWholeText(input: {
  readonly file: SourceFile;
  readonly maxBytes: number;
  readonly encoding: 'utf8' | 'latin1';
  /** Names the content in the error, for example `GeoJSON`. */
  readonly content: string;
  /** What to do about a file over the limit. */
  readonly remedy: string;
}): Promise<string> {
  const { file, maxBytes, encoding, content, remedy } = input;
  if (file.bytes > maxBytes) {
    throw new UnsupportedSourceError({
      source: file.path,
      reason: `${file.bytes} bytes of ${content}, the limit is ${maxBytes}`,
      remedy,
    });
  }
  return readFile(file.path, encoding).catch((cause: unknown) => {
    throw new UnavailableError({
      what: file.path,
      reason: cause instanceof Error ? cause.message : String(cause),
      remedy: 'check that the file exists and can be read',
      cause,
    });
  });
}

function localPath(text: string): string {
  return path.resolve(text.startsWith('file:') ? fileURLToPath(text) : text);
}

function unavailable(what: string, cause: unknown): UnavailableError {
  return new UnavailableError({
    what,
    reason: cause instanceof Error ? cause.message : String(cause),
    remedy: 'check that the path exists and can be read',
    cause,
  });
}
