/**
 * A CF time coordinate of a Zarr store in, time stamps out: `<unit> since <date>`, as xarray writes
 * it.
 * @module
 */
import { CorruptSourceError, UnsupportedSourceError } from '../../../core/errors.js';
import { isoToNs } from '../../../core/time.js';
import type { TimeStamps } from '../clock.js';
import type { ZarrArray } from './zarr-group.js';

/** Stamps of one file: nine hours at 1 kHz; they are held in memory. */
const MAX_STAMPS = 2 ** 25;

const NS_PER: Readonly<Record<string, bigint>> = {
  nanosecond: 1n,
  ns: 1n,
  microsecond: 1000n,
  us: 1000n,
  millisecond: 1_000_000n,
  ms: 1_000_000n,
  second: 1_000_000_000n,
  s: 1_000_000_000n,
  minute: 60_000_000_000n,
  hour: 3_600_000_000_000n,
  day: 86_400_000_000_000n,
};

/** Reads the stamps of `/time`. Throws CorruptSourceError naming array and attribute. */
export async function readZarrTime(source: string, array: ZarrArray): Promise<TimeStamps> {
  const { path, shape } = array;
  const count = shape[0] ?? 0;
  if (shape.length !== 1 || count === 0) {
    const reason = `expected one stamp a sample, found shape [${shape.join(', ')}]`;
    throw new CorruptSourceError({ source, at: path, reason });
  }
  if (count > MAX_STAMPS) {
    throw new UnsupportedSourceError({
      source,
      reason: `${path} holds ${count} time stamps, the limit is ${MAX_STAMPS}`,
      remedy: 'split the recording',
    });
  }
  const { unitNs, originNs } = cfUnits(source, array);
  const values = await coordinateValues(array, count);
  const first = values[0] as number | bigint;
  const offsetsS = new Float64Array(count);
  for (let i = 0; i < count; i++) {
    const value = values[i] as number | bigint;
    // Integers are subtracted exactly: nanoseconds since 1970 need 61 bits.
    const offset =
      typeof value === 'bigint' ? Number(value - (first as bigint)) : value - Number(first);
    offsetsS[i] = (offset * Number(unitNs)) / 1e9;
  }
  if (typeof first === 'number' && !Number.isFinite(first)) {
    throw new CorruptSourceError({ source, at: `${path}[0]`, reason: 'not a time' });
  }
  const startNs =
    typeof first === 'bigint' ? first * unitNs : BigInt(Math.round(first * Number(unitNs)));
  return { originNs: originNs + startNs, offsetsS };
}

/** Values of a one-dimensional array that fits in memory. */
export async function coordinateValues(
  array: ZarrArray,
  count: number,
): Promise<readonly (number | bigint)[] | Float64Array | BigInt64Array> {
  const size = array.chunks[0] as number;
  const isBig = array.type === 'int64' || array.type === 'uint64';
  const out = isBig ? new BigInt64Array(count) : new Float64Array(count);
  for (let from = 0; from < count; from += size) {
    const { data } = await array.chunk([from / size]);
    out.set(data.subarray(0, Math.min(size, count - from)) as never, from);
  }
  return out;
}

function cfUnits(source: string, array: ZarrArray): { unitNs: bigint; originNs: bigint } {
  const text = array.attributes['units'];
  const at = `${array.path}@units`;
  const match =
    /^(\w+?)s? since (\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d:\d\d)(\.\d{1,9})?)?\s*(Z|UTC|\+00:?00)?$/i.exec(
      typeof text === 'string' ? text.trim() : '',
    );
  const unitNs = match === null ? undefined : NS_PER[match[1]?.toLowerCase() ?? ''];
  if (match === null || unitNs === undefined) {
    const reason = `'${String(text).slice(0, 80)}' is not '<unit> since <date>'`;
    throw new CorruptSourceError({ source, at, reason });
  }
  const originNs = isoToNs(`${match[2]}T${match[3] ?? '00:00:00'}${match[4] ?? ''}Z`);
  return { unitNs, originNs };
}
