/**
 * Blocks of samples with a start time each (packets, records, segments) in, gap-free runs out.
 * @module
 */
import { CorruptSourceError } from '../../core/errors.js';
import { nsToIso } from '../../core/time.js';
import { disagreement, note, type AuditEntry } from './audit.js';
import type { SampleRun } from './clock.js';

/** Entries of one topic that are written out; the rest is counted. */
const NAMED = 5;

export interface TimedBlocks {
  readonly source: string;
  /** Field of the start times, for messages. */
  readonly at: string;
  readonly rateHz: number;
  /** Start of each block, in the order of the samples. */
  readonly startsNs: BigInt64Array;
  /** Samples of each block; one number: of all. */
  readonly counts: Float64Array | number;
}

/**
 * Two blocks belong together when the second starts within half a sample of the end of the first.
 * A run whose blocks drift from the stated rate by more than half a sample gets the rate of its
 * start times. Throws CorruptSourceError when a block does not start after the one before it.
 */
export function runsOfBlocks(blocks: TimedBlocks): {
  readonly runs: readonly SampleRun[];
  readonly audit: readonly AuditEntry[];
} {
  const { source, at, rateHz, startsNs } = blocks;
  const countOf = (i: number): number =>
    typeof blocks.counts === 'number' ? blocks.counts : (blocks.counts[i] as number);
  const audit: AuditEntry[] = [];
  const runs: SampleRun[] = [];
  const broken = { gap: 0, overlap: 0 };
  let first = 0;
  let firstIndex = 0;
  let samples = 0;
  const close = (end: number): void => {
    const run = { firstIndex, sampleCount: samples, startNs: startsNs[first] as bigint };
    runs.push({ ...run, rateHz: measuredRate(blocks, { run, first, end, countOf }, audit) });
  };
  for (let i = 0; i < startsNs.length; i++) {
    const startNs = startsNs[i] as bigint;
    if (i > 0) {
      const beforeNs = startsNs[i - 1] as bigint;
      if (startNs <= beforeNs) {
        throw new CorruptSourceError({
          source,
          at: `${at}[${i}]`,
          reason: 'the block does not start after the one before it',
        });
      }
      const offS = Number(startNs - beforeNs) / 1e9 - countOf(i - 1) / rateHz;
      if (Math.abs(offS) >= 0.5 / rateHz) {
        const topic = offS > 0 ? 'gap' : 'overlap';
        broken[topic]++;
        if (broken[topic] <= NAMED) {
          const found = { [`${at}[${i}]`]: nsToIso(startNs), [`${topic} s`]: offS };
          const entry = topic === 'gap' ? note : disagreement;
          audit.push(entry(topic, found, null, 'a new run of samples starts there'));
        }
        close(i);
        first = i;
        firstIndex += samples;
        samples = 0;
      }
    }
    samples += countOf(i);
  }
  close(startsNs.length);
  for (const topic of ['gap', 'overlap'] as const) {
    if (broken[topic] <= NAMED) continue;
    audit.push(
      note(topic, { [at]: broken[topic] }, null, `${topic}s in all; the first ${NAMED} are named`),
    );
  }
  return { runs, audit };
}

function measuredRate(
  blocks: TimedBlocks,
  part: {
    run: Omit<SampleRun, 'rateHz'>;
    first: number;
    end: number;
    countOf: (i: number) => number;
  },
  audit: AuditEntry[],
): number {
  const { rateHz, startsNs, at } = blocks;
  const { run, first, end, countOf } = part;
  const last = end - 1;
  const steps = run.sampleCount - countOf(last);
  const spanS = Number((startsNs[last] as bigint) - run.startNs) / 1e9;
  if (steps <= 0 || Math.abs(spanS - steps / rateHz) <= 0.5 / rateHz) return rateHz;
  const measuredHz = steps / spanS;
  audit.push(
    disagreement(
      'sampling-interval',
      { 'stated rate, Hz': rateHz, [`${at}[${first}..${last}], Hz`]: measuredHz },
      measuredHz,
      'the stated rate misses the last block by more than half a sample',
    ),
  );
  return measuredHz;
}
