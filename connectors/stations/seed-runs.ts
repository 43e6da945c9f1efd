/** Records of a MiniSEED file in, gap-free runs of counts of its channels out. @module */
import { UnsupportedSourceError } from '../../core/errors.js';
import type { BinaryFile } from '../binary-file.js';
import { readSeedRecord, type SeedIndex } from '../seed/record-index.js';

/** Counts of one channel without a gap. */
export interface SeedRun {
  /** Position in the index's `channels`. */
  readonly channel: number;
  readonly startNs: bigint;
  readonly rateHz: number;
  readonly counts: Float64Array;
}

/** A day of three components at 200 Hz has 52 million. */
const MAX_SAMPLES = 2 ** 26;
/** Records follow each other when the next one starts within this share of a sample. */
const JOIN_SHARE = 0.5;

/**
 * Runs of all channels `isWanted` in the order of time, of records that touch `range` (all when
 * null). Repeated and overlapping records begin runs of their own. Throws CorruptSourceError and,
 * over 67 million samples, UnsupportedSourceError.
 */
export async function seedRuns(input: {
  readonly file: BinaryFile;
  readonly index: SeedIndex;
  readonly range: { readonly startNs: bigint; readonly endNs: bigint } | null;
  readonly isWanted: (channel: number) => boolean;
}): Promise<readonly SeedRun[]> {
  const { file, index, range, isWanted } = input;
  const lengthNs = (record: number): bigint => {
    const { rateHz } = index.channels[index.channelOf[record] as number] as { rateHz: number };
    return BigInt(Math.round(((index.counts[record] as number) * 1e9) / rateHz));
  };
  const startOf = (record: number): bigint => index.startsNs[record] as bigint;
  const chosen = Array.from({ length: index.recordCount }, (_, record) => record)
    .filter(
      (record) =>
        isWanted(index.channelOf[record] as number) &&
        (range === null ||
          (startOf(record) < range.endNs && startOf(record) + lengthNs(record) > range.startNs)),
    )
    .sort((a, b) => {
      const byChannel = (index.channelOf[a] as number) - (index.channelOf[b] as number);
      if (byChannel !== 0) return byChannel;
      return startOf(a) < startOf(b) ? -1 : startOf(a) > startOf(b) ? 1 : a - b;
    });
  const samples = chosen.reduce((sum, record) => sum + (index.counts[record] as number), 0);
  if (samples > MAX_SAMPLES) {
    throw new UnsupportedSourceError({
      source: file.source,
      reason: `${samples} samples at once`,
      remedy: 'read a shorter time, or split the file by day',
    });
  }
  const runs: SeedRun[] = [];
  for (let first = 0; first < chosen.length;) {
    const channel = index.channelOf[chosen[first] as number] as number;
    const { rateHz } = index.channels[channel] as { rateHz: number };
    let next = first + 1;
    while (
      next < chosen.length &&
      index.channelOf[chosen[next] as number] === channel &&
      Math.abs(
        Number(
          startOf(chosen[next] as number) -
            startOf(chosen[next - 1] as number) -
            lengthNs(chosen[next - 1] as number),
        ),
      ) <
        (JOIN_SHARE * 1e9) / rateHz
    ) {
      next++;
    }
    const records = chosen.slice(first, next);
    const length = records.reduce((sum, record) => sum + (index.counts[record] as number), 0);
    const counts = new Float64Array(length);
    let at = 0;
    for (const record of records) {
      const values = await readSeedRecord(file, index, record);
      counts.set(values, at);
      at += values.length;
    }
    runs.push({ channel, startNs: startOf(records[0] as number), rateHz, counts });
    first = next;
  }
  return runs;
}
