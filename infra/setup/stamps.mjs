/**
 * Remembers what a step found or made, keyed by the step's inputs, so that the next set-up need
 * not ask slow programs again. Stamps live inside node_modules: they go when it goes.
 * @module
 */
import { statSync } from 'node:fs';
import path from 'node:path';
import { readJson, writeFileAtomic } from './files.mjs';

const stampFile = (context) => path.join(context.stateDir, 'stamps.json');

/** Result stored under `name` for exactly this `key`, if the `file` it names is still the same. */
export function readStamp(context, name, key) {
  const stamp = readJson(stampFile(context))?.[name];
  if (!stamp || stamp.key !== key) return null;
  if (stamp.file && stamp.file.print !== fingerprint(stamp.file.path)) return null;
  return stamp.result;
}

/** Stores a step's result; `file` ties the stamp to that file's size and time of change. */
export function writeStamp(context, name, { key, result, file }) {
  const stamps = readJson(stampFile(context)) ?? {};
  stamps[name] = { key, result, ...(file && { file: { path: file, print: fingerprint(file) } }) };
  writeFileAtomic(stampFile(context), `${JSON.stringify(stamps, null, 2)}\n`);
}

/** Size and modification time of a file as text, or 'absent'. Follows links. */
export function fingerprint(file) {
  try {
    const { size, mtimeMs } = statSync(file);
    return `${size}/${mtimeMs}`;
  } catch {
    return 'absent';
  }
}
