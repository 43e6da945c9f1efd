/**
 * In: the records of one device in the order of their times. Out: gap-free runs, each with the
 * straight line that its record times follow.
 *
 * A device stamps a record when it has read the last sample: the stamps jitter by milliseconds and
 * do not keep the declared rate (OpenEEW devices declare 31.25 Hz; their records of 32 samples
 * follow every 1.0215 s or 1.0645 s). So the rate of a run comes from its record times, as in
 * `set_time` of openeew-detection, and the declared one only where there is a single record.
 * @module
 */
import { lastSampleNs, type PhoneRecord } from '../../core/tables/phone-table.js';
import { median } from './clock.js';

/** Consecutive records on one time line. */
export interface Run {
  readonly records: readonly PhoneRecord[];
  /** Time of the first sample, ns since the epoch. */
  readonly startNs: bigint;
  /** Measured rate: samples over the time they took. */
  readonly rateHz: number;
  readonly samples: number;
  /** Largest distance of a record's own time from the line, s. */
  readonly wanderS: number;
}

/** A step between records may miss the expected one by a sample, or by this, s (stamp jitter). */
const JITTER_S = 0.015;
/** A line is given up when a record's own time leaves it by more, s. */
const MAX_WANDER_S = 0.15;
/** A measured rate further from the declared one than this is no rate but losses. */
const MAX_RATE_RATIO = 1.1;

/**
 * Splits records (sorted by time, unique, one device) into runs. A run ends at a gap, an overlap, a
 * change of rate, and where no line fits to 0.15 s.
 */
export function findRuns(records: readonly PhoneRecord[]): Run[] {
  const period = periodS(records);
  const chains: PhoneRecord[][] = [];
  for (const record of records) {
    const chain = chains.at(-1);
    const last = chain?.at(-1);
    if (chain && last && follows(last, record, period)) chain.push(record);
    else chains.push([record]);
  }
  return chains.flatMap(fitRuns);
}

/** Median time of a sample over neighbouring records, s; null when no two neighbour. */
function periodS(records: readonly PhoneRecord[]): number | null {
  const periods = records.slice(1).flatMap((record, i) => {
    const period = stepS(records[i] as PhoneRecord, record) / record.x.length;
    const ratio = period * record.rateHz;
    return ratio < MAX_RATE_RATIO && ratio > 1 / MAX_RATE_RATIO ? [period] : [];
  });
  return median(periods);
}

function follows(before: PhoneRecord, record: PhoneRecord, period: number | null): boolean {
  if (before.rateHz !== record.rateHz) return false;
  const expected = record.x.length * (period ?? 1 / record.rateHz);
  const tolerance = Math.max(1 / record.rateHz, JITTER_S);
  return Math.abs(stepS(before, record) - expected) <= tolerance;
}

function stepS(before: PhoneRecord, record: PhoneRecord): number {
  return Number(lastSampleNs(record) - lastSampleNs(before)) / 1e9;
}

/** Least-squares line of last-sample time against sample count; halves a chain that bends. */
function fitRuns(records: readonly PhoneRecord[]): Run[] {
  const first = records[0] as PhoneRecord;
  const originNs = lastSampleNs(first);
  const lengths = records.map((r) => r.x.length);
  const samples = lengths.reduce((sum, n) => sum + n, 0);
  if (records.length === 1) {
    return [{ records, startNs: first.firstSampleNs, rateHz: first.rateHz, samples, wanderS: 0 }];
  }
  let ends = 0;
  const index = lengths.map((n) => (ends += n) - 1);
  const times = records.map((r) => Number(lastSampleNs(r) - originNs) / 1e9);
  const meanIndex = mean(index);
  const meanTime = mean(times);
  let [products, squares] = [0, 0];
  index.forEach((n, i) => {
    products += (n - meanIndex) * ((times[i] as number) - meanTime);
    squares += (n - meanIndex) ** 2;
  });
  const slope = products / squares;
  const offset = meanTime - slope * meanIndex;
  const wanderS = times.reduce(
    (most, time, i) => Math.max(most, Math.abs(time - offset - slope * (index[i] as number))),
    0,
  );
  if (wanderS > MAX_WANDER_S) {
    const middle = records.length >> 1;
    return [...fitRuns(records.slice(0, middle)), ...fitRuns(records.slice(middle))];
  }
  const startNs = originNs + BigInt(Math.round(offset * 1e9));
  return [{ records, startNs, rateHz: 1 / slope, samples, wanderS }];
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
