/** Swept travel-time tables in a folder, named by the hash of what they were made from. @module */
import { createHash } from 'node:crypto';
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import type { FieldStore } from '../../../models/traveltime/grid-times.js';

/** The folder is kept under this; the tables not used for longest go first. */
const MAX_BYTES = 4 * 2 ** 30;

/**
 * A store in `folder`. It only saves time: a table that cannot be read or written is swept again, and
 * no error comes of it. A file of another length than asked for counts as missing.
 */
export function fieldStore(input: {
  readonly folder: string;
  readonly maxBytes?: number;
}): FieldStore {
  const { folder, maxBytes = MAX_BYTES } = input;
  const fileOf = (key: string): string =>
    path.join(folder, `${createHash('sha256').update(key).digest('hex')}.f32`);
  return {
    get: (key, count) => {
      try {
        const file = fileOf(key);
        if (statSync(file).size !== 4 * count) return null;
        const bytes = readFileSync(file);
        utimesSync(file, new Date(), new Date());
        const values = new Float32Array(
          bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + 4 * count),
        );
        return values.every((value) => value > 0 && value < Infinity) ? values : null;
      } catch {
        return null;
      }
    },
    put: (key, values) => {
      try {
        mkdirSync(folder, { recursive: true });
        makeRoom(folder, maxBytes - values.byteLength);
        const file = fileOf(key);
        const fresh = `${file}.${process.pid}.new`;
        writeFileSync(fresh, values);
        renameSync(fresh, file);
      } catch {
        // A full disk or a folder that cannot be written to costs time, not results.
      }
    },
  };
}

function makeRoom(folder: string, bytes: number): void {
  const files = readdirSync(folder).flatMap((name) => {
    const file = path.join(folder, name);
    const found = statSync(file, { throwIfNoEntry: false });
    return found?.isFile() ? [{ file, size: found.size, usedMs: found.mtimeMs }] : [];
  });
  let total = files.reduce((sum, { size }) => sum + size, 0);
  for (const { file, size } of files.sort((a, b) => a.usedMs - b.usedMs)) {
    if (total <= bytes) return;
    rmSync(file, { force: true });
    total -= size;
  }
}
