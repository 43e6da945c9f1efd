/**
 * A part of a recording in, its stored values block by block out, each within a bound of memory.
 * @module
 */
import { InvalidInputError } from '../../core/errors.js';
import { runRange } from './clock.js';
import {
  bytesPerSample,
  channelDistanceM,
  type DasRecording,
  type SampleArray,
  type SampleBlock,
} from './recording.js';
import { blockRanges, SLICE_BYTES } from './samples.js';

/** Part of a recording by time and place. */
export interface PartRequest {
  /** Half-open, ns since the epoch; null: all. */
  readonly time: { readonly startNs: bigint; readonly endNs: bigint } | null;
  /** Both ends belong to it, m along the fibre; null: all. */
  readonly distance: { readonly fromM: number; readonly toM: number } | null;
}

/**
 * Sample and channel numbers of a part. Throws InvalidInputError, naming what the file covers, when
 * nothing lies there, or when channels are so ordered that the part is not one stretch of them.
 */
export function selectPart(recording: DasRecording, part: PartRequest): SampleBlock {
  return { time: selectTime(recording, part.time), channel: selectChannels(recording, part) };
}

function selectTime(recording: DasRecording, time: PartRequest['time']): SampleBlock['time'] {
  if (time === null) return [0, recording.layout.timeCount];
  let [from, to] = [Infinity, -Infinity];
  for (const run of recording.runs) {
    const range = runRange(run, time);
    if (range === null) continue;
    from = Math.min(from, run.firstIndex + range.from);
    to = Math.max(to, run.firstIndex + range.to);
  }
  if (to > from) return [from, to];
  throw new InvalidInputError({
    what: 'time range',
    reason: 'the file has no sample there',
    remedy: '`quakeloom das scan` prints the time that the file covers',
  });
}

function selectChannels(recording: DasRecording, part: PartRequest): SampleBlock['channel'] {
  const { channelCount } = recording.layout;
  const { distance } = part;
  if (distance === null) return [0, channelCount];
  // Distances are products of float64 numbers: a thousandth of the spacing forgives the rounding. A
  // single channel has no spacing.
  const spacingM = Math.abs(recording.spacingM);
  const slack = Number.isFinite(spacingM) ? spacingM * 1e-3 : 0;
  const inside: number[] = [];
  for (let i = 0; i < channelCount; i++) {
    const at = channelDistanceM(recording, i);
    if (at >= distance.fromM - slack && at <= distance.toM + slack) inside.push(i);
  }
  const [first, last] = [inside[0], inside.at(-1)];
  if (first !== undefined && last !== undefined && last - first === inside.length - 1) {
    return [first, last + 1];
  }
  const ends = [0, channelCount - 1].map((i) => `${channelDistanceM(recording, i)} m`).join(' to ');
  throw new InvalidInputError({
    what: 'distance range',
    reason:
      first === undefined
        ? `the file has no channel there, its channels lie at ${ends}`
        : 'the channels there are not neighbours in the file',
    remedy: 'choose another range, `quakeloom das scan` prints the first and last distance',
  });
}

/** A block with its values, row-major in the order of the layout. */
export interface StoredBlock extends SampleBlock {
  readonly values: SampleArray;
}

/** Blocks of a part in storage order, each of at most `sliceBytes` where a row is not more. */
export async function* storedBlocks(
  recording: Pick<DasRecording, 'layout' | 'readBlock'>,
  part: SampleBlock,
  sliceBytes: number = SLICE_BYTES,
): AsyncGenerator<StoredBlock> {
  const { layout } = recording;
  const [rows, columns] =
    layout.timeAxis === 0 ? [part.time, part.channel] : [part.channel, part.time];
  for (const block of blockRanges({
    rows: { from: rows[0], to: rows[1] },
    columns: { from: columns[0], to: columns[1] },
    layout,
    sliceBytes,
  })) {
    const first: readonly [number, number] = [block.rows.from, block.rows.to];
    const second: readonly [number, number] = [block.columns.from, block.columns.to];
    const at: SampleBlock =
      layout.timeAxis === 0 ? { time: first, channel: second } : { time: second, channel: first };
    yield { ...at, values: await recording.readBlock(at) };
  }
}

/**
 * Blocks of a part one after another in time, all of its channels in each: [time][channel] whatever
 * the file's own order, for writers that append.
 */
export async function* timeBlocks(
  recording: Pick<DasRecording, 'layout' | 'readBlock'>,
  part: SampleBlock,
  sliceBytes: number = SLICE_BYTES,
): AsyncGenerator<StoredBlock> {
  const { layout } = recording;
  const width = part.channel[1] - part.channel[0];
  const most = Math.max(1, Math.floor(sliceBytes / (width * bytesPerSample(layout.type))));
  const chunk = layout.chunks?.[layout.timeAxis] ?? 1;
  const step = most > chunk ? most - (most % chunk) : most;
  for (let from = part.time[0]; from < part.time[1];) {
    // Blocks end at chunk borders, so that no chunk is decompressed twice.
    const to = Math.min(part.time[1], (Math.floor(from / step) + 1) * step);
    const at: SampleBlock = { time: [from, to], channel: part.channel };
    const values = await recording.readBlock(at);
    yield { ...at, values: layout.timeAxis === 0 ? values : transposed(values, width, to - from) };
    from = to;
  }
}

/** [rows][columns] to [columns][rows]. */
function transposed(values: SampleArray, rows: number, columns: number): SampleArray {
  const out = values.slice();
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < columns; c++) {
      out[c * rows + r] = values[r * columns + c] as never;
    }
  }
  return out;
}
