/**
 * The clock of a Terra15 file: a floating-point time a sample, zeros where the last block of samples
 * was not filled, and a nominal interval that is not the one of the stamps.
 * @module
 */
import { CorruptSourceError } from '../../../core/errors.js';
import { disagreement, note, type AuditEntry } from '../audit.js';
import { findRuns, type SampleRun, type TimeStamps } from '../clock.js';
import { heldAgainst } from '../header-fields.js';
import type { Hdf5Reader } from '../../hdf5/hdf5.js';
import { meanStep, readTimeStamps, uniformRun } from '../time-stamps.js';

/**
 * Runs of the samples that have a time. The interval is the mean step of the stamps, as the nominal
 * one is off by up to 0.1 %. Stamps that step back are replaced by equal steps from the first to the
 * last. Throws CorruptSourceError when there are fewer stamps than samples or none is a time.
 */
export function terra15Clock(
  reader: Hdf5Reader,
  input: {
    readonly path: string;
    readonly timeCount: number;
    /** Nominal intervals by the place where they stand, s. */
    readonly claims: Readonly<Record<string, number | null>>;
  },
): {
  readonly timeCount: number;
  readonly runs: readonly SampleRun[];
  readonly audit: readonly AuditEntry[];
} {
  const { source } = reader;
  const { path } = input;
  const all = readTimeStamps(reader, { path, ticksPerSecond: 1 });
  const audit: AuditEntry[] = [];
  const stamps = filled(all, input.timeCount);
  const timeCount = stamps.offsetsS.length;
  const isTime = all.originNs > 0n && Number.isFinite(stamps.offsetsS.at(-1));
  if (all.offsetsS.length < input.timeCount || timeCount === 0 || !isTime) {
    const reason = `${all.offsetsS.length} stamps, ${timeCount} of them times, for ${input.timeCount} samples`;
    throw new CorruptSourceError({ source, at: path, reason });
  }
  if (timeCount < input.timeCount) {
    const found = { 'samples of data': input.timeCount, [`times in ${path}`]: timeCount };
    const why = 'the last block was not filled: samples without a time are left out';
    audit.push(note('shape', found, timeCount, why));
  }
  const stepS =
    meanStep(stamps.offsetsS) ?? Object.values(input.claims).find((dt) => dt !== null) ?? 0;
  if (!(stepS > 0)) {
    const reason = 'times do not increase and no interval is stated';
    throw new CorruptSourceError({ source, at: path, reason });
  }
  if (timeCount > 1) {
    const claims = { ...input.claims, [`mean step of ${path}`]: stepS };
    // Half a sample at the end of the file, or half a thousandth.
    const tolerance = stepS * Math.min(5e-4, 0.5 / timeCount);
    const why = 'the time stamps belong to the samples';
    audit.push(...heldAgainst({ topic: 'sampling-interval', claims, used: stepS, tolerance, why }));
  }
  if (!increases(stamps.offsetsS)) {
    const spanS = stamps.offsetsS.at(-1) as number;
    const rateHz = (timeCount - 1) / spanS;
    if (!(rateHz > 0)) {
      throw new CorruptSourceError({ source, at: path, reason: 'the last time is not the latest' });
    }
    const why = 'time stamps step back: equal steps from the first to the last instead';
    audit.push(disagreement('time', { [path]: timeCount }, 1 / rateHz, why));
    const runs = uniformRun({ startNs: stamps.originNs, rateHz, sampleCount: timeCount });
    return { timeCount, runs, audit };
  }
  const clock = findRuns({ source, at: path, stamps, attributeRateHz: 1 / stepS });
  return { timeCount, runs: clock.runs, audit: [...audit, ...clock.audit] };
}

/** Stamps up to the last that is a time: zero means that the sample was not written. */
function filled(stamps: TimeStamps, most: number): TimeStamps {
  const originS = Number(stamps.originNs) / 1e9;
  let count = Math.min(most, stamps.offsetsS.length);
  while (count > 0 && !(originS + (stamps.offsetsS[count - 1] as number) > 0.5)) count -= 1;
  return { ...stamps, offsetsS: stamps.offsetsS.subarray(0, count) };
}

function increases(offsetsS: Float64Array): boolean {
  for (let i = 1; i < offsetsS.length; i++) {
    if (!((offsetsS[i] as number) > (offsetsS[i - 1] as number))) return false;
  }
  return true;
}
