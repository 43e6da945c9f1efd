/**
 * In: a recording of a phone in use (CSV, milli-g, first three columns x, y, z). Out: its
 * acceleration in gal at 25 Hz.
 * @module
 */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { CorruptSourceError, UnavailableError } from '../../core/errors.js';

const GAL_PER_MG = 0.980665;
/** Rate of the recordings of STMicroelectronics, Hz, and of the networks. */
const SOURCE_HZ = 26;
const TARGET_HZ = 25;
const MOST_BYTES = 50e6;

/** A recording; [component, time]. */
export interface Activity {
  readonly name: string;
  readonly components: readonly Float32Array[];
}

/** Reads a recording. Throws UnavailableError, or CorruptSourceError naming the line. */
export async function readActivity(file: string): Promise<Activity> {
  const bytes = await readFile(file).catch((cause: unknown) => {
    throw new UnavailableError({
      what: file,
      reason: cause instanceof Error ? cause.message : String(cause),
      remedy: 'give a folder with the recordings of human-activity',
      retryable: false,
      cause,
    });
  });
  if (bytes.byteLength > MOST_BYTES) {
    throw new CorruptSourceError({ source: file, at: 'size', reason: 'larger than 50 MB' });
  }
  const lines = bytes.toString('utf8').trim().split('\n').slice(1);
  const rows = lines.map((line, i) => {
    const row = line.split(',').slice(0, 3).map(Number);
    if (row.length === 3 && row.every(Number.isFinite)) return row as [number, number, number];
    throw new CorruptSourceError({
      source: file,
      at: `line ${i + 2}`,
      reason: 'three numbers expected: x, y, z in milli-g',
    });
  });
  const count = Math.floor(((rows.length - 1) * TARGET_HZ) / SOURCE_HZ);
  const components = [0, 1, 2].map((c) =>
    Float32Array.from({ length: Math.max(0, count) }, (_, i) => {
      // 26 to 25 Hz: linear between neighbours; what it smooths lies above 10 Hz.
      const at = (i * SOURCE_HZ) / TARGET_HZ;
      const k = Math.floor(at);
      const [a, b] = [rows[k]?.[c] ?? 0, rows[k + 1]?.[c] ?? 0];
      return GAL_PER_MG * (a + (at - k) * (b - a));
    }),
  );
  return { name: path.basename(file, '.csv'), components };
}
