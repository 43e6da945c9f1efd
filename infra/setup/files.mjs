/**
 * Files that are whole or absent: content is made under another name and renamed into place, so
 * that an interrupted set-up never leaves something that looks finished.
 * @module
 */
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import path from 'node:path';

/** Writes text so that readers see the old or the new content, never a part. */
export function writeFileAtomic(file, text) {
  mkdirSync(path.dirname(file), { recursive: true });
  const temporary = `${file}.${process.pid}.tmp`;
  writeFileSync(temporary, text);
  renameSync(temporary, file);
}

/** Parsed JSON of a file, or null when it is absent or damaged. */
export function readJson(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return null;
  }
}

/**
 * Fills a folder through `fill(temporaryFolder)` and renames it to `folder`. What an earlier,
 * interrupted attempt left is thrown away first: the folder's existence means that it is complete.
 */
export async function makeFolderAtomic(folder, fill) {
  const temporary = `${folder}.partial`;
  // A download that outlived its killed set-up may still write there for a moment.
  rmSync(temporary, { recursive: true, force: true, maxRetries: 10 });
  mkdirSync(temporary, { recursive: true });
  try {
    const result = await fill(temporary);
    rmSync(folder, { recursive: true, force: true });
    renameSync(temporary, folder);
    return result;
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}

/** Short SHA-256 of the parts, in order; used as a key of a step's inputs. */
export function keyOf(...parts) {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(JSON.stringify(part ?? null)).update('\n');
  return hash.digest('hex').slice(0, 16);
}
