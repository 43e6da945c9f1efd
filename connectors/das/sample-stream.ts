/**
 * A part of a recording as writers want it: of stored values or of strain rate, as a recording of
 * its own, and as blocks [time][channel] one after another in time.
 * @module
 */
import { InvalidInputError } from '../../core/errors.js';
import { timeBlocks } from './blocks.js';
import { runTimeNs, type SampleRun } from './clock.js';
import {
  channelDistanceM,
  type DasRecording,
  type SampleArray,
  type SampleBlock,
  type SampleType,
} from './recording.js';
import { readChannels } from './samples.js';
import { velocityStrainRate } from './velocity-strain.js';
import type { WriteSource } from './write/write-source.js';

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

export interface PartValues {
  readonly part: SampleBlock;
  readonly values: 'stored' | 'strain-rate';
}

/**
 * The part as a recording: `stored` gives the file's own numbers and type; `strain-rate` gives
 * microstrain/s as float32, [time][channel], with one sample less a run where values are differenced
 * in time, and fewer channels where they are velocity (`velocity-strain.ts`). Throws InvalidInputError when the unit is not known well enough for strain rate.
 */
export function recordingPart(recording: DasRecording, input: PartValues): WriteSource {
  const { part, values } = input;
  const isStored = values === 'stored';
  if (!isStored && recording.conversion.units === 'm/s') {
    const runs = partRuns(recording, part, false).map(({ run }) => run);
    return velocityStrainRate(recording, { part, runs });
  }
  if (!isStored && recording.conversion.units !== 'microstrain/s') {
    throw new InvalidInputError({
      what: 'conversion to strain rate',
      reason: `samples are ${recording.conversion.units}, \`quakeloom das audit\` says why`,
      remedy: 'state the unit with --option unit=..., or convert the stored values',
    });
  }
  const pieces = partRuns(recording, part, !isStored && recording.conversion.difference);
  const [firstChannel, endChannel] = part.channel;
  const { distancesM, layout } = recording;
  const common = {
    runs: pieces.map(({ run }) => run),
    storedUnit: isStored ? recording.storedUnit : 'microstrain/s',
    gaugeLengthM: recording.gaugeLengthM,
    firstChannel: recording.firstChannel + firstChannel,
    firstDistanceM: channelDistanceM(recording, firstChannel),
    spacingM: recording.spacingM,
    distancesM: distancesM && distancesM.slice(firstChannel, endChannel),
  };
  const channelCount = endChannel - firstChannel;
  if (isStored) {
    const timeCount = part.time[1] - part.time[0];
    return {
      ...common,
      layout: { ...layout, timeCount, channelCount },
      readBlock: ({ time, channel }) =>
        recording.readBlock({
          time: [time[0] + part.time[0], time[1] + part.time[0]],
          channel: [channel[0] + firstChannel, channel[1] + firstChannel],
        }),
    };
  }
  const timeCount = pieces.reduce((sum, { run }) => sum + run.sampleCount, 0);
  return {
    ...common,
    layout: { timeCount, channelCount, timeAxis: 0, type: 'float32', chunks: null },
    readBlock: (block) => strainRateBlock(recording, { block, pieces, firstChannel }),
  };
}

/** The part as a stream of blocks of at most `sliceBytes`; see recordingPart. */
export function sampleStream(
  recording: DasRecording,
  input: PartValues & { readonly sliceBytes?: number },
): SampleStream {
  const part = recordingPart(recording, input);
  const { timeCount, channelCount, type } = part.layout;
  return {
    type,
    unit: part.storedUnit,
    sampleCount: timeCount,
    channelCount,
    runs: part.runs,
    distancesM:
      part.distancesM ??
      Float64Array.from(
        { length: channelCount },
        (_, c) => part.firstDistanceM + c * part.spacingM,
      ),
    spacingM: part.spacingM,
    gaugeLengthM: part.gaugeLengthM,
    firstChannel: part.firstChannel,
    blocks: batches(part, input.sliceBytes),
  };
}

async function* batches(
  part: WriteSource,
  sliceBytes: number | undefined,
): AsyncGenerator<SampleBatch> {
  const { timeCount, channelCount } = part.layout;
  const whole: SampleBlock = { time: [0, timeCount], channel: [0, channelCount] };
  for await (const block of timeBlocks(part, whole, sliceBytes)) {
    yield { firstSample: block.time[0], values: block.values };
  }
}

/** Time of sample `i` of a stream, ns. */
export function streamTimeNs(stream: Pick<SampleStream, 'runs'>, i: number): bigint {
  const run = stream.runs.find((r) => i < r.firstIndex + r.sampleCount) ?? stream.runs.at(-1);
  return run === undefined ? 0n : runTimeNs(run, i - run.firstIndex);
}

interface Piece {
  /** In samples of the part. */
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

/** Strain rate of a block that may cross runs, [time][channel]. */
async function strainRateBlock(
  recording: DasRecording,
  input: { block: SampleBlock; pieces: readonly Piece[]; firstChannel: number },
): Promise<Float32Array> {
  const { block, pieces, firstChannel } = input;
  const [from, to] = block.time;
  const width = block.channel[1] - block.channel[0];
  const channels = Array.from({ length: width }, (_, c) => firstChannel + block.channel[0] + c);
  const out = new Float32Array((to - from) * width);
  for (const { run, from: stored } of pieces) {
    const first = Math.max(from, run.firstIndex);
    const sampleCount = Math.min(to, run.firstIndex + run.sampleCount) - first;
    if (sampleCount < 1) continue;
    const firstSample = stored + first - run.firstIndex;
    const series = await readChannels(recording, { firstSample, sampleCount, channels });
    series.forEach((samples, c) => {
      for (let t = 0; t < sampleCount; t++) {
        out[(first - from + t) * width + c] = samples[t] as number;
      }
    });
  }
  return out;
}
