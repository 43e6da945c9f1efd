/**
 * What writers of fibre recordings take: a recording of any format, whole or in part.
 * @module
 */
import { InvalidInputError } from '../../../core/errors.js';
import type { SampleRun } from '../clock.js';
import type { DasRecording, SampleArray } from '../recording.js';

/** A recording as far as a writer needs it; stored values are written as they are. */
export type WriteSource = Pick<
  DasRecording,
  | 'layout'
  | 'runs'
  | 'readBlock'
  | 'storedUnit'
  | 'gaugeLengthM'
  | 'firstChannel'
  | 'firstDistanceM'
  | 'spacingM'
  | 'distancesM'
>;

/** Samples in memory as a recording: for the simulator and for tests. */
export function memoryRecording(input: {
  /** Row-major [time, channel]. */
  readonly samples: SampleArray;
  readonly type: DasRecording['layout']['type'];
  readonly channelCount: number;
  readonly runs: readonly SampleRun[];
  readonly storedUnit?: string | null;
  readonly gaugeLengthM?: number | null;
  readonly firstChannel?: number;
  readonly firstDistanceM: number;
  readonly spacingM: number;
}): WriteSource {
  const { samples, type, channelCount, runs } = input;
  const timeCount = samples.length / channelCount;
  const covered = runs.reduce((sum, run) => sum + run.sampleCount, 0);
  if (!Number.isInteger(timeCount) || timeCount < 1 || covered !== timeCount) {
    throw new InvalidInputError({
      what: 'recording',
      reason: `${samples.length} samples of ${channelCount} channels, runs of ${covered} samples`,
      remedy: 'give samples as [time, channel] and runs that cover them',
    });
  }
  return {
    layout: { timeCount, channelCount, timeAxis: 0, type, chunks: null },
    runs,
    storedUnit: input.storedUnit ?? null,
    gaugeLengthM: input.gaugeLengthM ?? null,
    firstChannel: input.firstChannel ?? 0,
    firstDistanceM: input.firstDistanceM,
    spacingM: input.spacingM,
    distancesM: null,
    readBlock: ({ time, channel }) => {
      const width = channel[1] - channel[0];
      const out = samples.slice(0, (time[1] - time[0]) * width);
      for (let t = time[0]; t < time[1]; t++) {
        const from = t * channelCount + channel[0];
        out.set(samples.subarray(from, from + width) as never, (t - time[0]) * width);
      }
      return out;
    },
  };
}
