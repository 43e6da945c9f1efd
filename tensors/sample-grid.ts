/**
 * Exact arithmetic between sample numbers and nanoseconds. In: a rate in Hz. Out: rational steps,
 * grids anchored at the epoch.
 * @module
 */
import { InvalidInputError } from '../core/errors.js';
import { NS_PER_S, floorDiv, windowNs, type TimeWindow } from '../core/time.js';

/** A sampling rate as a fraction: `numerator / denominator` Hz. */
export interface RationalRate {
  readonly numerator: bigint;
  readonly denominator: bigint;
}

/**
 * The decimal number a rate is written as, exactly (31.25 is 3125/100): float64 rounding of
 * `1 / rateHz` would drift by a sample in a long window. Throws InvalidInputError unless positive.
 */
export function rationalRate(rateHz: number): RationalRate {
  if (!Number.isFinite(rateHz) || rateHz <= 0) {
    throw new InvalidInputError({
      what: 'sampling rate',
      reason: `${rateHz} Hz is not a positive number`,
      remedy: 'give the rate in Hz, for example 100',
    });
  }
  const [mantissa = '', exponent = '0'] = String(rateHz).split('e');
  const [whole = '0', fraction = ''] = mantissa.split('.');
  const power = Number(exponent) - fraction.length;
  const digits = BigInt(whole + fraction);
  const scale = 10n ** BigInt(Math.abs(power));
  return power >= 0
    ? { numerator: digits * scale, denominator: 1n }
    : { numerator: digits, denominator: scale };
}

/** Time from sample 0 to sample `index`, ns, rounded to the nearest. */
export function sampleOffsetNs(rate: RationalRate, index: number): bigint {
  const scaled = BigInt(index) * NS_PER_S * rate.denominator;
  return floorDiv(2n * scaled + rate.numerator, 2n * rate.numerator);
}

/** Number of the sample nearest to `offsetNs` after sample 0. */
export function nearestIndex(rate: RationalRate, offsetNs: bigint): number {
  const unit = NS_PER_S * rate.denominator;
  return Number(floorDiv(2n * offsetNs * rate.numerator + unit, 2n * unit));
}

/** A regular time grid: sample k lies at `startNs + k * intervalNs`. */
export interface SampleGrid {
  readonly startNs: bigint;
  readonly intervalNs: bigint;
  readonly rateHz: number;
  readonly count: number;
}

/**
 * The multiples of the sample interval since the epoch that lie in `[start, end)`. Throws
 * InvalidInputError when the interval is no whole number of nanoseconds: such a grid could not be
 * written down exactly.
 */
export function epochGrid(input: { window: TimeWindow; rateHz: number }): SampleGrid {
  const { startNs, endNs } = windowNs(input.window);
  const rate = rationalRate(input.rateHz);
  const unit = NS_PER_S * rate.denominator;
  if (unit % rate.numerator !== 0n) {
    throw new InvalidInputError({
      what: 'grid rate',
      reason: `1 / ${input.rateHz} Hz is not a whole number of nanoseconds`,
      remedy: 'use a rate such as 25, 31.25, 50, 100, 200 or 500 Hz',
    });
  }
  const intervalNs = unit / rate.numerator;
  const first = -floorDiv(-startNs, intervalNs);
  const afterLast = -floorDiv(-endNs, intervalNs);
  return {
    startNs: first * intervalNs,
    intervalNs,
    rateHz: input.rateHz,
    count: Number(afterLast - first),
  };
}
