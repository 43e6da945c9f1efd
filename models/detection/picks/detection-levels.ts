/** Detection and amplitude terms of entries, shared by assignment, magnitude and score. @module */
import { detectionTable, stepOf, type DetectionTable } from './detection-table.js';
import type { PickModel } from './pick-model.js';
import type { Scratch } from './scratch.js';
import { selectionWidth } from './selection.js';

export interface DetectionLevels {
  readonly tables: readonly [DetectionTable, DetectionTable];
  /** Step of the detection table for an entry at a magnitude (NaN: even odds). */
  step(scratch: Scratch, e: number, magnitude: number): number;
  /**
   * Nats of a pick's amplitude under the event over noise, with what it adds to the chance of being
   * picked (`amplitudeSelection`); 0 where either is unknown.
   */
  amplitudeNats(scratch: Scratch, e: number, pick: number, magnitude: number): number;
  /** ln of the chance of being picked with this amplitude over that without knowing it. */
  selectionNats(level: number, amplitude: number, channel: number): number;
  /** The part of `amplitudeNats` that is the same at every origin: what noise would have given. */
  amplitudeConstant(pick: number, channel: number): number;
  /** ln of false picks per second, [channel]. */
  readonly lnFalseRate: Float64Array;
}

/** Noise amplitudes have heavier tails than a normal: its square counts up to this. */
const NOISE_TAIL = 9;

export function detectionLevels(model: PickModel): DetectionLevels {
  const { parameters, channels, picks } = model;
  const lnNoiseSigma = channels.noiseSigma.map(Math.log);
  const lnSigma = Math.log(parameters.amplitudeSigma);
  const { amplitudePerMagnitude, amplitudeSigma, amplitudeSelection, thresholdWidth } = parameters;
  const tables = [
    detectionTable(parameters.pickedShare[0]),
    detectionTable(parameters.pickedShare[1]),
  ] as const;
  const narrow = [selectionWidth(parameters, 0), selectionWidth(parameters, 1)] as const;
  const selectionNats = (level: number, amplitude: number, channel: number): number => {
    if (amplitudeSelection === 0) return 0;
    const phase = (channel & 1) as 0 | 1;
    const { logPicked } = tables[phase];
    const over = level - (channels.threshold[channel] as number);
    const known = over + amplitudeSelection * (amplitude - level);
    return (
      (logPicked[stepOf(known / narrow[phase])] as number) -
      (logPicked[stepOf(over / thresholdWidth[phase])] as number)
    );
  };
  const amplitudeConstant = (pick: number, channel: number): number => {
    const a = picks.logAmplitude[pick] as number;
    if (Number.isNaN(a)) return 0;
    const n =
      (a - (channels.noiseMean[channel] as number)) / (channels.noiseSigma[channel] as number);
    const unlikely = n * n < NOISE_TAIL ? n * n : NOISE_TAIL;
    return 0.5 * unlikely + (lnNoiseSigma[channel] as number) - lnSigma;
  };
  return {
    tables,
    selectionNats,
    amplitudeConstant,
    lnFalseRate: channels.falseRate.map(Math.log),
    step: (scratch, e, magnitude) => {
      if (Number.isNaN(magnitude)) return stepOf(0);
      const channel = scratch.channel[e] as number;
      const level = (scratch.level[e] as number) + amplitudePerMagnitude * (magnitude - 3.5);
      return stepOf(
        (level - (channels.threshold[channel] as number)) /
          (parameters.thresholdWidth[channel & 1] as number),
      );
    },
    amplitudeNats: (scratch, e, pick, magnitude) => {
      const a = picks.logAmplitude[pick] as number;
      if (Number.isNaN(a) || Number.isNaN(magnitude)) return 0;
      const channel = scratch.channel[e] as number;
      const level = (scratch.level[e] as number) + amplitudePerMagnitude * (magnitude - 3.5);
      const d = (a - level) / amplitudeSigma;
      return selectionNats(level, a, channel) - 0.5 * d * d + amplitudeConstant(pick, channel);
    },
  };
}
