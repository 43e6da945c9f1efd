/**
 * Values as Julia's JLD2 stores them: structs as compounds, ranges with double-double ends, dates as
 * milliseconds since the day before year 1 (Julia `Dates.value`).
 * @module
 */

/** `Dates.value` of 1970-01-01T00:00:00. */
const UNIX_EPOCH_MS = 62_135_683_200_000n;

/** A `StepRangeLen`: `ref + (i - offset) * step` for i from 1 to len. */
export interface JuliaRange {
  readonly first: number;
  readonly step: number;
  readonly length: number;
}

/** Nanoseconds since 1970 of a Julia DateTime's milliseconds. */
export function juliaTimeNs(milliseconds: bigint): bigint {
  return (milliseconds - UNIX_EPOCH_MS) * 1_000_000n;
}

/**
 * A `StepRangeLen` of Float64 out of its bytes: `ref` and `step` as TwicePrecision (hi, lo), or as
 * plain Float64 where they are 8 bytes; then `len` and `offset` as Int64. Null when it is none.
 */
export function juliaRange(view: DataView): JuliaRange | null {
  const isTwice = view.byteLength === 48;
  if (!isTwice && view.byteLength !== 32) return null;
  const real = (at: number): number => view.getFloat64(at, true);
  const ref = isTwice ? real(0) + real(8) : real(0);
  const step = isTwice ? real(16) + real(24) : real(8);
  const at = isTwice ? 32 : 16;
  const length = Number(view.getBigInt64(at, true));
  const offset = Number(view.getBigInt64(at + 8, true));
  const first = ref + (1 - offset) * step;
  const isSound =
    Number.isFinite(first) && Number.isFinite(step) && Number.isSafeInteger(length) && length > 0;
  return isSound ? { first, step, length } : null;
}
