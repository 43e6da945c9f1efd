/**
 * A part of a recording in, one window of samples on an even clock out, as pickers want it.
 * @module
 */
import {
  recordingPart,
  streamTimeNs,
  type PartValues,
} from '../../../../connectors/das/sample-stream.js';
import { timeBlocks } from '../../../../connectors/das/blocks.js';
import type {
  DasRecording,
  SampleBlock,
  SampleType,
} from '../../../../connectors/das/recording.js';
import { channelDistanceM } from '../../../../connectors/das/recording.js';
import { InvalidInputError } from '../../../../core/errors.js';

/** 1 GiB of float32. */
const MAX_VALUES = 2 ** 28;

/**
 * Other types may have offsets that leave no room for a signal in 24 bits (phase unwrapped for days):
 * each channel's first value is then taken off, of which pickers want to know nothing anyway.
 */
const EXACT_IN_FLOAT32: ReadonlySet<SampleType> = new Set([
  'int8',
  'uint8',
  'int16',
  'uint16',
  'float32',
]);

export interface PickWindow {
  /** [channel * time]; NaN in gaps. Counted from a channel's first value where types are wide. */
  readonly samples: Float32Array;
  readonly channelCount: number;
  readonly sampleCount: number;
  readonly rateHz: number;
  readonly startNs: bigint;
  readonly distanceM: readonly number[];
  readonly channels: readonly number[];
  /** `microstrain/s`, or `counts` where the unit is not known. */
  readonly units: string;
}

/** Strain rate where the unit is known, else stored values, as float32. Throws InvalidInputError when too large. */
export async function readPickWindow(
  recording: DasRecording,
  part: SampleBlock,
): Promise<PickWindow> {
  const { conversion } = recording;
  const isKnown = conversion.units === 'microstrain/s';
  const values: PartValues['values'] = isKnown && conversion.difference ? 'strain-rate' : 'stored';
  const factor = isKnown && !conversion.difference ? conversion.factor : 1;
  const source = recordingPart(recording, { part, values });
  const { channelCount, timeCount } = source.layout;
  const rateHz = source.runs[0]?.rateHz ?? Number.NaN;
  const startNs = streamTimeNs(source, 0);
  const place = (i: number): number =>
    Math.round((Number(streamTimeNs(source, i) - startNs) / 1e9) * rateHz);
  const sampleCount = place(timeCount - 1) + 1;
  if (!(sampleCount * channelCount <= MAX_VALUES)) {
    throw new InvalidInputError({
      what: 'part to pick',
      reason: `${sampleCount} samples of ${channelCount} channels, the limit is ${MAX_VALUES} values`,
      remedy: 'pick a shorter time or fewer channels with --time and --distance',
    });
  }
  const samples = new Float32Array(sampleCount * channelCount).fill(Number.NaN);
  const offsets = new Float64Array(channelCount).fill(
    EXACT_IN_FLOAT32.has(source.layout.type) ? 0 : Number.NaN,
  );
  const whole: SampleBlock = { time: [0, timeCount], channel: [0, channelCount] };
  for await (const block of timeBlocks(source, whole)) {
    for (let t = block.time[0]; t < block.time[1]; t++) {
      const at = place(t);
      const row = (t - block.time[0]) * channelCount;
      for (let c = 0; c < channelCount; c++) {
        const value = Number(block.values[row + c]);
        if (Number.isNaN(offsets[c]) && Number.isFinite(value)) offsets[c] = value;
        samples[c * sampleCount + at] = (value - (offsets[c] as number)) * factor;
      }
    }
  }
  const channels = Array.from({ length: channelCount }, (_, c) => part.channel[0] + c);
  return {
    samples,
    channelCount,
    sampleCount,
    rateHz,
    startNs,
    distanceM: channels.map((c) => channelDistanceM(recording, c)),
    channels: channels.map((c) => recording.firstChannel + c),
    units: isKnown ? 'microstrain/s' : 'counts',
  };
}
