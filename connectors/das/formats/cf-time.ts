/**
 * Times as CF netCDF stores them: numbers with a unit text `<unit> since <time>`.
 * @module
 */
import { CorruptSourceError } from '../../../core/errors.js';
import { vendorTimeNs } from '../attributes.js';

const UNIT_NS: Readonly<Record<string, bigint>> = {
  day: 86_400_000_000_000n,
  hour: 3_600_000_000_000n,
  minute: 60_000_000_000n,
  second: 1_000_000_000n,
  millisecond: 1_000_000n,
  microsecond: 1_000n,
  nanosecond: 1n,
};

/** Length of a unit of time by its name, ns; null when it is none. */
export function timeUnitNs(name: string): bigint | null {
  return UNIT_NS[name.trim().toLowerCase().replace(/s$/, '')] ?? null;
}

/**
 * Decoder of stored values to ns since 1970. Throws CorruptSourceError naming `at` when the text is
 * no CF unit of time.
 */
export function cfTime(input: {
  readonly source: string;
  readonly at: string;
  readonly units: string | null;
}): (value: number | bigint) => bigint {
  const { source, at, units } = input;
  const match = /^(\w+)\s+since\s+(\d{4}-\d{2}-\d{2})(?:[T ](.+))?$/.exec(units ?? '');
  const unitNs = match === null ? null : timeUnitNs(match[1] as string);
  const epochNs = match === null ? null : vendorTimeNs(`${match[2]}T${match[3] ?? '00:00:00'}`);
  if (unitNs === null || epochNs === null) {
    throw new CorruptSourceError({
      source,
      at: `${at}@units`,
      reason: `'${(units ?? '').slice(0, 60)}' is not '<unit> since <time>'`,
    });
  }
  return (value) => {
    if (typeof value === 'bigint') return epochNs + value * unitNs;
    if (!Number.isFinite(value)) {
      throw new CorruptSourceError({ source, at, reason: 'the time is no number' });
    }
    const whole = Math.trunc(value);
    return epochNs + BigInt(whole) * unitNs + BigInt(Math.round((value - whole) * Number(unitNs)));
  };
}
