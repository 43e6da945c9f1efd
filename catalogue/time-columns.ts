/**
 * Times in PostgreSQL: `timestamptz` has microseconds, so an exact bigint of nanoseconds stands
 * beside it wherever the last digits matter.
 * @module
 */
import { floorDiv, isoToNs, nsToIso, type IsoTime } from '../core/time.js';

/** Text for a `timestamptz` parameter: the time floored to the microsecond. */
export function nsToTimestamptz(ns: bigint): string {
  return nsToIso(floorDiv(ns, 1000n) * 1000n);
}

/** As `nsToTimestamptz`, from ISO-8601. Throws InvalidInputError on anything else. */
export function isoToTimestamptz(iso: IsoTime): string {
  return nsToTimestamptz(isoToNs(iso));
}

/** Milliseconds of a clock as ISO-8601. */
export function msToIso(ms: number): IsoTime {
  return nsToIso(BigInt(Math.floor(ms)) * 1_000_000n);
}
