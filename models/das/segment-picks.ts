/**
 * Onsets on a stretch of fibre. In: filtered channels and their array ratio. Out: onsets with their
 * spread, loudness and period, common-mode bursts told apart.
 * @module
 */
import { aicOnset } from '../signal/aic-onset.js';
import { median, robustSigma } from '../signal/robust.js';

/** Windows of the energy ratio, s. */
export const AFTER_S = 0.5;
export const BEFORE_S = 5;
/** Array-median energy ratio that triggers: 2.7 (Brady: noise under 1.7, P 11, S 24). */
export const TRIGGER_LOG_RATIO = 1;
/** The peak belongs to an onset when it follows within this, s. */
const RISE_S = 1.5;
/** Stretch searched for the onset around the peak, s. */
const SEARCH_S = { before: 2, after: 1 };
/** Loudness and period are measured over this, s. */
const MEASURE_S = 3;
/** Fewer channels cannot tell a common-mode burst from a wave. */
const LEAST_FOR_COMMON_MODE = 8;

export interface SegmentOnset {
  /** s from the first sample of the channels. */
  readonly timeS: number;
  /** Spread of single-channel onsets, s. */
  readonly channelSigmaS: number;
  readonly logRatio: number;
  /** Median over channels of the root mean square over 3 s from the onset. */
  readonly loudness: number;
  /** Median over channels of the dominant period there, s. */
  readonly periodS: number;
}

export interface SegmentPickInput {
  /** Band-passed channels, [channel][time]; NaN where a channel has no data. */
  readonly channels: readonly Float64Array[];
  readonly rateHz: number;
  /** Array ratio, [time] at `ratioHz`; NaN where unknown. */
  readonly ratio: Float64Array;
  readonly ratioHz: number;
  readonly threshold: number;
}

/**
 * Rises of the array ratio above the threshold; the next one counts only after it fell below half
 * of it. Each onset is the median of the channels' AIC onsets. A rise that vanishes when the median
 * over channels is subtracted is the interrogator's own (a knock, a laser step), not a wave.
 */
export function pickSegment(input: SegmentPickInput): {
  readonly onsets: readonly SegmentOnset[];
  readonly commonMode: number;
} {
  const { ratio, ratioHz, threshold } = input;
  const onsets: SegmentOnset[] = [];
  let commonMode = 0;
  for (let i = 0; i < ratio.length; i++) {
    if (!((ratio[i] as number) >= threshold)) continue;
    let peak = i;
    for (let k = i; k < Math.min(ratio.length, i + RISE_S * ratioHz); k++) {
      if ((ratio[k] as number) > (ratio[peak] as number)) peak = k;
    }
    if (isCommonMode(input, peak / ratioHz)) commonMode++;
    else onsets.push(describe(input, peak));
    while (i < ratio.length && (ratio[i] as number) >= threshold / 2) i++;
  }
  return { onsets, commonMode };
}

function isCommonMode(input: SegmentPickInput, peakS: number): boolean {
  const { channels, rateHz, threshold } = input;
  if (channels.length < LEAST_FOR_COMMON_MODE) return false;
  const at = Math.round(peakS * rateHz);
  const from = Math.max(0, at - Math.round(BEFORE_S * rateHz));
  const to = at + Math.round(AFTER_S * rateHz);
  const common = Float64Array.from({ length: to - from }, (_, i) =>
    median(channels.map((c) => c[from + i] ?? Number.NaN).filter((x) => !Number.isNaN(x))),
  );
  const residual = channels.map((channel) => {
    let [before, after] = [0, 0];
    for (let i = from; i < to; i++) {
      const energy = ((channel[i] as number) - (common[i - from] as number)) ** 2;
      if (i < at) before += energy / (at - from);
      else after += energy / (to - at);
    }
    return Math.log(after / before);
  });
  return median(residual.filter((x) => !Number.isNaN(x))) < threshold / 2;
}

function describe(input: SegmentPickInput, peak: number): SegmentOnset {
  const { channels, rateHz, ratio, ratioHz } = input;
  const at = Math.round((peak / ratioHz) * rateHz);
  const from = Math.max(0, at - Math.round(SEARCH_S.before * rateHz));
  const onsets = channels.flatMap((channel) => {
    const stretch = channel.subarray(from, at + Math.round(SEARCH_S.after * rateHz));
    const onset = stretch.some(Number.isNaN) ? null : aicOnset(stretch);
    return onset === null ? [] : [(from + onset) / rateHz];
  });
  const timeS = onsets.length > 0 ? median(onsets) : at / rateHz;
  const start = Math.round(timeS * rateHz);
  const measured = channels
    .map((c) => c.subarray(start, start + Math.round(MEASURE_S * rateHz)))
    .filter((c) => c.length > 0 && !c.some(Number.isNaN));
  return {
    timeS,
    channelSigmaS: onsets.length > 1 ? robustSigma(onsets) : SEARCH_S.before / 4,
    logRatio: ratio[peak] as number,
    loudness: median(measured.map(rootMeanSquare)),
    periodS: median(measured.map((c) => (2 * c.length) / rateHz / Math.max(1, signChanges(c)))),
  };
}

function rootMeanSquare(values: Float64Array): number {
  return Math.sqrt(values.reduce((sum, x) => sum + x * x, 0) / values.length);
}

function signChanges(values: Float64Array): number {
  let changes = 0;
  for (let i = 1; i < values.length; i++) {
    if ((values[i] as number) * (values[i - 1] as number) < 0) changes++;
  }
  return changes;
}
