/**
 * Clocks of phones that only send signals. In: one device's signals in the order of arrival. Out:
 * which times to believe, by how much to move them, and how sure they are.
 * @module
 */
import type { PhoneSignalRow } from '../core/tables/phone-signal-table.js';

/** A believed time: device time plus `arrivalLagS`, with its standard deviation. */
export interface BelievedTime {
  readonly arrivalLagS: number;
  readonly sigmaS: number;
}

/** Arrival - device time of a right clock, s: later than this it may be delay or clock. */
const RIGHT = { leastS: -1, mostS: 1.5 };
/** One message alone is believed up to this delay, s. */
const LATE_S = 5;
/** Messages that fix a wrong clock, all within `LATE_S` of the quickest of them. */
const FEW = 4;
/** Standard deviation of a synchronised phone's clock, of a repaired one; the least usual delay, s. */
const SIGMA_S = 0.15;
const REPAIRED_SIGMA_S = 0.5;
const USUAL_DELAY_S = 0.25;

/**
 * Arrival - device time is the clock's error plus a delay that is never negative: its least value
 * follows the clock (minimum filter of RFC 5905 section 10). A clock whose least value could be a
 * delay is right; one that is steadily off is moved; else the message has no time and is left out.
 */
export function believedTimes(
  rows: readonly PhoneSignalRow[],
): ReadonlyMap<PhoneSignalRow, BelievedTime> {
  const lags = rows.map((row) => Number(row.arrivalNs - row.deviceNs) / 1e9);
  const floor = lags.reduce((least, lag) => Math.min(least, lag), Number.POSITIVE_INFINITY);
  const believed = new Map<PhoneSignalRow, BelievedTime>();
  const steady = lags.filter((lag) => lag - floor < LATE_S).length;
  rows.forEach((row, i) => {
    const lag = lags[i] as number;
    if (floor >= RIGHT.leastS && floor <= RIGHT.mostS) {
      believed.set(row, { arrivalLagS: 0, sigmaS: SIGMA_S });
    } else if (steady >= FEW && lag - floor < LATE_S) {
      believed.set(row, { arrivalLagS: floor - USUAL_DELAY_S, sigmaS: REPAIRED_SIGMA_S });
    } else if (lag >= RIGHT.leastS && lag < LATE_S) {
      believed.set(row, { arrivalLagS: 0, sigmaS: Math.max(SIGMA_S, 0.5 * lag) });
    }
  });
  return believed;
}
