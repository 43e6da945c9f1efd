/**
 * A part of a recording as writers want it: a header and blocks [time][channel], one after another
 * in time, of stored values or of strain rate.
 * @module
 */
import { InvalidInputError } from '../../core/errors.js';
import { timeBlocks } from './blocks.js';
import { runTimeNs, type SampleRun } from './clock.js';
import {
  bytesPerSample,
  channelDistanceM,
  type DasRecording,
  type SampleArray,
  type SampleBlock,
  type SampleType,
} from './recording.js';
import { readChannels, SLICE_BYTES } from './samples.js';

export interface SampleStream {
  readonly type: SampleType;
  /** Unit of a sample; null when the file states none. */
  readonly unit: string | null;
  readonly sampleCount: number;
  readonly channelCount: number;
  /** Gap-free runs; `firstIndex` counts samples of this stream. */
  readonly runs: readonly SampleRun[];
  /** Distance of each channel along the fibre, m. */
  readonly distancesM: Float64Array;
  /** Nominal distance of neighbours, m. */
  readonly spacingM: number;
  readonly gaugeLengthM: number | null;
  /** Number of the first channel on the fibre. */
  readonly firstChannel: number;
  readonly blocks: AsyncIterable<SampleBatch>;
}

export interface SampleBatch {
  /** Number of the first sample of the batch in the stream. */
  readonly firstSample: number;
  /** Row-major [time][channel]. */
  readonly values: SampleArray;
}

/**
 * The stream of a part: `stored` gives the file's own numbers and type; `strain-rate` microstrain/s
 * as float32, which has one sample less a run where values are differenced in time. Blocks hold at
 * most `sliceBytes`. Throws InvalidInputError when the unit is not known well enough for strain rate.
 */
export function sampleStream(
  recording: DasRecording,
  input: {
    readonly part: SampleBlock;
    readonly values: 'stored' | 'strain-rate';
    readonly sliceBytes?: number;
  },
): SampleStream {
  const { part, values, sliceBytes = SLICE_BYTES } = input;
  const isStored = values === 'stored';
  if (!isStored && recording.conversion.units !== 'microstrain/s') {
    throw new InvalidInputError({
      what: 'conversion to strain rate',
      reason: `samples are ${recording.conversion.units}, \`quakeloom das audit\` says why`,
      remedy: 'state the unit with --option unit=..., or convert the stored values',
    });
  }
  const pieces = partRuns(recording, part, !isStored && recording.conversion.difference);
  const channelCount = part.channel[1] - part.channel[0];
  return {
    type: isStored ? recording.layout.type : 'float32',
    unit: isStored ? recording.storedUnit : 'microstrain/s',
    sampleCount: pieces.reduce((sum, { run }) => sum + run.sampleCount, 0),
    channelCount,
    runs: pieces.map(({ run }) => run),
    distancesM: Float64Array.from({ length: channelCount }, (_, c) =>
      channelDistanceM(recording, part.channel[0] + c),
    ),
    spacingM: recording.spacingM,
    gaugeLengthM: recording.gaugeLengthM,
    firstChannel: recording.firstChannel + part.channel[0],
    blocks: isStored
      ? storedBatches(recording, part, sliceBytes)
      : strainRateBatches(recording, { part, pieces, sliceBytes }),
  };
}

/** Time of sample `i` of a stream, ns. */
export function streamTimeNs(stream: Pick<SampleStream, 'runs'>, i: number): bigint {
  const run = stream.runs.find((r) => i < r.firstIndex + r.sampleCount) ?? stream.runs.at(-1);
  return run === undefined ? 0n : runTimeNs(run, i - run.firstIndex);
}

interface Piece {
  /** In samples of the stream. */
  readonly run: SampleRun;
  /** First stored sample of the file that it needs. */
  readonly from: number;
}

function partRuns(recording: DasRecording, part: SampleBlock, difference: boolean): Piece[] {
  const pieces: Piece[] = [];
  let firstIndex = 0;
  for (const run of recording.runs) {
    const from = Math.max(part.time[0], run.firstIndex);
    const to = Math.min(part.time[1], run.firstIndex + run.sampleCount);
    const sampleCount = to - from - (difference ? 1 : 0);
    if (sampleCount < 1) continue;
    const halfStepNs = difference ? BigInt(Math.round(0.5e9 / run.rateHz)) : 0n;
    const startNs = runTimeNs(run, from - run.firstIndex) + halfStepNs;
    pieces.push({ run: { ...run, firstIndex, sampleCount, startNs }, from });
    firstIndex += sampleCount;
  }
  return pieces;
}

async function* storedBatches(
  recording: DasRecording,
  part: SampleBlock,
  sliceBytes: number,
): AsyncGenerator<SampleBatch> {
  for await (const block of timeBlocks(recording, part, sliceBytes)) {
    yield { firstSample: block.time[0] - part.time[0], values: block.values };
  }
}

async function* strainRateBatches(
  recording: DasRecording,
  input: { part: SampleBlock; pieces: readonly Piece[]; sliceBytes: number },
): AsyncGenerator<SampleBatch> {
  const { part, pieces, sliceBytes } = input;
  const width = part.channel[1] - part.channel[0];
  const channels = Array.from({ length: width }, (_, c) => part.channel[0] + c);
  const bytes = Math.max(4, bytesPerSample(recording.layout.type));
  const step = Math.max(1, Math.floor(sliceBytes / (width * bytes)));
  for (const { run, from } of pieces) {
    for (let at = 0; at < run.sampleCount; at += step) {
      const sampleCount = Math.min(step, run.sampleCount - at);
      const series = await readChannels(
        recording,
        { firstSample: from + at, sampleCount, channels },
        sliceBytes,
      );
      const values = new Float32Array(sampleCount * width);
      series.forEach((samples, c) => {
        for (let t = 0; t < sampleCount; t++) values[t * width + c] = samples[t] as number;
      });
      yield { firstSample: run.firstIndex + at, values };
    }
  }
}
