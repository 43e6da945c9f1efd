/**
 * Datasets of time stamps, one a sample or block: seconds as floating point, or whole micro- or
 * nanoseconds, to offsets from an exact first time.
 * @module
 */
import { CorruptSourceError, UnsupportedSourceError } from '../../core/errors.js';
import type { SampleRun, TimeStamps } from './clock.js';
import type { Hdf5Reader } from '../hdf5/hdf5.js';

/** Stamps read at once. */
const STAMPS_PER_SLICE = 4 * 1024 * 1024;
/** Most stamps of a file: 256 MiB of offsets, nine hours at 1 kHz. */
const MAX_STAMPS = 2 ** 25;

/**
 * Stamps of a one-dimensional dataset (axes of length one are allowed). Throws CorruptSourceError
 * when it is missing, empty or not a list, UnsupportedSourceError above 33,554,432 stamps.
 */
export function readTimeStamps(
  reader: Hdf5Reader,
  input: { readonly path: string; readonly ticksPerSecond: number },
): TimeStamps {
  const { path, ticksPerSecond } = input;
  const { axis, count, rank } = listAxis(reader, path);
  const offsetsS = new Float64Array(count);
  let origin: bigint | number = 0;
  for (let from = 0; from < count; from += STAMPS_PER_SLICE) {
    const to = Math.min(count, from + STAMPS_PER_SLICE);
    const ranges = Array.from({ length: rank }, (_, i): [number, number] =>
      i === axis ? [from, to] : [0, 1],
    );
    const values = reader.slice(path, ranges);
    if (from === 0) origin = values[0] as bigint | number;
    for (let i = 0; i < values.length; i++) {
      const value = values[i] as bigint | number;
      // Integers are subtracted exactly: nanoseconds since 1970 need 61 bits.
      const ticks =
        typeof value === 'bigint' ? Number(value - BigInt(origin)) : value - Number(origin);
      offsetsS[from + i] = ticks / ticksPerSecond;
    }
  }
  const originNs = ticksToNs(origin, ticksPerSecond);
  if (originNs === null) {
    throw new CorruptSourceError({ source: reader.source, at: `${path}[0]`, reason: 'not a time' });
  }
  return { originNs, offsetsS };
}

function listAxis(
  reader: Hdf5Reader,
  path: string,
): { readonly axis: number; readonly count: number; readonly rank: number } {
  const { source } = reader;
  const shape = reader.dataset(path)?.shape;
  if (shape === undefined) throw new CorruptSourceError({ source, at: path, reason: 'missing' });
  const count = shape.reduce((product, length) => product * length, 1);
  const axis = Math.max(0, shape.indexOf(count));
  if (shape.length === 0 || count < 1 || shape[axis] !== count) {
    throw new CorruptSourceError({
      source,
      at: path,
      reason: `expected a list of times, found shape [${shape.join(', ')}]`,
    });
  }
  if (count > MAX_STAMPS) {
    throw new UnsupportedSourceError({
      source,
      reason: `${path} holds ${count} time stamps, more than ${MAX_STAMPS}`,
      remedy: 'split the file into shorter ones',
    });
  }
  return { axis, count, rank: shape.length };
}

/** Time since 1970 in ticks as nanoseconds; null when it is no number. */
export function ticksToNs(ticks: bigint | number, ticksPerSecond: number): bigint | null {
  if (typeof ticks === 'bigint') return (ticks * 1_000_000_000n) / BigInt(ticksPerSecond);
  if (!Number.isFinite(ticks)) return null;
  // Whole seconds apart from the rest: their product with 1e9 does not fit a double.
  const seconds = Math.floor(ticks / ticksPerSecond);
  const rest = ticks - seconds * ticksPerSecond;
  return BigInt(seconds) * 1_000_000_000n + BigInt(Math.round((rest * 1e9) / ticksPerSecond));
}

/**
 * Mean of the steps that are no gaps (1.5 median steps), s: the interval of stamps that are rounded,
 * as seconds since 1970 in a double are to 0.2 microseconds. Null where time does not increase.
 */
export function meanStep(offsetsS: Float64Array): number | null {
  if (offsetsS.length < 2) return null;
  const steps = Float64Array.from(
    { length: offsetsS.length - 1 },
    (_, i) => (offsetsS[i + 1] as number) - (offsetsS[i] as number),
  );
  const median = steps.slice().sort()[Math.floor(steps.length / 2)] as number;
  if (!(median > 0)) return null;
  let sum = 0;
  let count = 0;
  for (const step of steps) {
    if (step > 1.5 * median) continue;
    sum += step;
    count += 1;
  }
  return sum > 0 ? sum / count : null;
}

/** A single gap-free run. */
export function uniformRun(input: {
  readonly startNs: bigint;
  readonly rateHz: number;
  readonly sampleCount: number;
}): SampleRun[] {
  return [{ firstIndex: 0, ...input }];
}
