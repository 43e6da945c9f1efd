/**
 * Start times of SEG-Y traces in, runs and the number of channels out. Traces that start at the same
 * time are the channels of one block; further blocks of the same channels may follow.
 * @module
 */
import { CorruptSourceError, UnsupportedSourceError } from '../../../core/errors.js';
import { isoToNs, NS_PER_S } from '../../../core/time.js';
import { assumption, note, type AuditEntry } from '../audit.js';
import { runsOfBlocks } from '../block-runs.js';
import type { SampleRun } from '../clock.js';
import { NO_TIME, type SegyTraces } from './segy-trace-headers.js';

/** GPS time ahead of UTC: leap seconds since 1980 (IERS Bulletin C). */
const LEAP_SECONDS: readonly (readonly [from: string, seconds: number])[] = [
  ['2017-01-01T00:00:00Z', 18],
  ['2015-07-01T00:00:00Z', 17],
  ['2012-07-01T00:00:00Z', 16],
  ['2009-01-01T00:00:00Z', 15],
  ['2006-01-01T00:00:00Z', 14],
  ['1999-01-01T00:00:00Z', 13],
];

/** Decides. Throws UnsupportedSourceError for a file without time, CorruptSourceError. */
export function segyClock(input: {
  readonly source: string;
  readonly traces: SegyTraces;
  /** Option `startTime`; null: not given. */
  readonly startNs: bigint | null;
}): {
  readonly channelCount: number;
  readonly runs: readonly SampleRun[];
  readonly audit: readonly AuditEntry[];
} {
  const { source, traces } = input;
  const { startsNs, samplesPerTrace } = traces;
  const rateHz = 1e6 / traces.intervalUs;
  const audit: AuditEntry[] = [];
  const channelCount = firstChange(startsNs);
  const blocks = startsNs.length / channelCount;
  if (!Number.isInteger(blocks)) {
    throw corrupt(
      source,
      channelCount,
      `${startsNs.length} traces are not blocks of ${channelCount}`,
    );
  }
  const starts = BigInt64Array.from(
    { length: blocks },
    (_, b) => startsNs[b * channelCount] as bigint,
  );
  for (let i = 0; i < startsNs.length; i++) {
    if (startsNs[i] !== starts[Math.floor(i / channelCount)]) {
      throw corrupt(
        source,
        i,
        `starts at another time than the traces of its block of ${channelCount}`,
      );
    }
  }
  if (starts[0] === NO_TIME || input.startNs !== null) {
    if (input.startNs === null || blocks > 1) throw withoutTime(source);
    starts[0] = input.startNs;
    const why = "the trace headers are not asked: the option 'startTime' states it";
    audit.push(note('time', { "option 'startTime'": String(input.startNs) }, null, why));
  } else if (starts.includes(NO_TIME)) throw withoutTime(source);
  else audit.push(...inUtc(starts, traces.timeBasis));
  const { runs, audit: found } = runsOfBlocks({
    source,
    at: 'trace header time',
    rateHz,
    startsNs: starts,
    counts: samplesPerTrace,
  });
  return { channelCount, runs, audit: [...audit, ...found] };
}

/** Number of leading traces that start together. */
function firstChange(startsNs: BigInt64Array): number {
  const change = startsNs.findIndex((start) => start !== startsNs[0]);
  return change < 0 ? startsNs.length : change;
}

/** Changes the times to UTC in place where their basis is known to be another. */
function inUtc(starts: BigInt64Array, basis: number): AuditEntry[] {
  const found = { 'time basis': basis };
  if (basis === 2 || basis === 4) return [];
  if (basis !== 5) {
    const words = basis === 1 ? 'local time of an unknown place' : 'of an unknown basis';
    return [assumption('time', found, 'UTC', `the times are ${words}: taken for UTC`)];
  }
  const first = starts[0] as bigint;
  const leap = LEAP_SECONDS.find(([from]) => first >= isoToNs(from));
  if (leap === undefined) return [assumption('time', found, 'UTC', 'GPS time before 1999')];
  for (let i = 0; i < starts.length; i++)
    starts[i] = (starts[i] as bigint) - BigInt(leap[1]) * NS_PER_S;
  return [note('time', found, 'UTC', `GPS time: ${leap[1]} leap seconds taken off`)];
}

function withoutTime(source: string): UnsupportedSourceError {
  return new UnsupportedSourceError({
    source,
    reason: 'the trace headers (bytes 157-166) hold no time',
    remedy: "state the time of the first sample with the option 'startTime'",
  });
}

function corrupt(source: string, trace: number, reason: string): CorruptSourceError {
  return new CorruptSourceError({ source, at: `trace ${trace} bytes 157-166`, reason });
}
