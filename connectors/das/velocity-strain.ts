/**
 * Particle velocity along the fibre in, strain rate out: the difference of two channels a gauge length
 * apart over their distance, [v(x + L/2) - v(x - L/2)] / L. Instruments such as Terra15's store
 * velocity and leave the gauge length to the reader.
 * @module
 */
import { InvalidInputError } from '../../core/errors.js';
import { channelDistanceM, type DasRecording, type SampleBlock } from './recording.js';
import type { WriteSource } from './write/write-source.js';

/**
 * The part as strain rate, microstrain/s in float32, [time][channel]: of each channel and the one as
 * many channels further as come nearest to the gauge length (at least one), placed in the middle
 * between them. It has that many channels less, and `gaugeLengthM` is the length used. Throws
 * InvalidInputError when gauge length or distances are missing, or the part is shorter than the gauge.
 */
export function velocityStrainRate(
  recording: DasRecording,
  input: { readonly part: SampleBlock } & Pick<WriteSource, 'runs'>,
): WriteSource {
  const { part, runs } = input;
  const { gaugeLengthM, spacingM } = recording;
  const [from, to] = part.channel;
  const distancesM = Array.from({ length: to - from }, (_, i) =>
    channelDistanceM(recording, from + i),
  );
  const missing = [
    gaugeLengthM === null ? "the gauge length (option 'gaugeLengthM')" : null,
    Number.isFinite(spacingM) && distancesM.every(Number.isFinite)
      ? null
      : "the distances of the channels (option 'spacingM' or 'geometryFile')",
  ].filter((what) => what !== null);
  if (gaugeLengthM === null || missing.length > 0) {
    throw refused(`velocity needs ${missing.join(' and ')}, which the file does not state`);
  }
  // Half a channel more counts as one more, whatever the last digit of a stored length.
  const step = Math.max(1, Math.floor(gaugeLengthM / Math.abs(spacingM) + 0.5 + 1e-6));
  const channelCount = to - from - step;
  if (channelCount < 1) {
    throw refused(`${to - from} channels do not span the gauge length, ${step} channels apart`);
  }
  const lengthsM = Float64Array.from(
    { length: channelCount },
    (_, i) => (distancesM[i + step] as number) - (distancesM[i] as number),
  );
  const middlesM = lengthsM.map((length, i) => (distancesM[i] as number) + length / 2);
  return {
    runs,
    layout: {
      timeCount: part.time[1] - part.time[0],
      channelCount,
      timeAxis: 0,
      type: 'float32',
      chunks: null,
    },
    storedUnit: 'microstrain/s',
    gaugeLengthM: step * Math.abs(spacingM),
    firstChannel: recording.firstChannel + from,
    firstDistanceM: middlesM[0] as number,
    spacingM,
    distancesM: recording.distancesM === null ? null : middlesM,
    readBlock: (block) => strainBlock(recording, { block, part, step, lengthsM }),
  };
}

async function strainBlock(
  recording: DasRecording,
  input: {
    readonly block: SampleBlock;
    readonly part: SampleBlock;
    /** Channels between the two of a difference. */
    readonly step: number;
    /** Metres between them, for each channel of the result. */
    readonly lengthsM: Float64Array;
  },
): Promise<Float32Array> {
  const { block, part, step, lengthsM } = input;
  const [firstTime, endTime] = block.time;
  const [firstChannel, endChannel] = block.channel;
  const values = await recording.readBlock({
    time: [firstTime + part.time[0], endTime + part.time[0]],
    channel: [firstChannel + part.channel[0], endChannel + part.channel[0] + step],
  });
  const times = endTime - firstTime;
  const width = endChannel - firstChannel;
  const { timeAxis } = recording.layout;
  const [perTime, perChannel] = timeAxis === 0 ? [width + step, 1] : [1, times];
  const out = new Float32Array(times * width);
  for (let c = 0; c < width; c++) {
    const scale = (1e6 * recording.conversion.factor) / (lengthsM[firstChannel + c] as number);
    for (let t = 0; t < times; t++) {
      const at = t * perTime + c * perChannel;
      const near = Number(values[at]);
      const far = Number(values[at + step * perChannel]);
      out[t * width + c] = (far - near) * scale;
    }
  }
  return out;
}

function refused(reason: string): InvalidInputError {
  return new InvalidInputError({
    what: 'conversion to strain rate',
    reason,
    remedy: 'state what is missing with --option name=value, or convert the stored values',
  });
}
