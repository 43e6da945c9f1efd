/**
 * Probability of a pick by predicted amplitude: one logistic curve for each phase, shifted for each
 * channel. Trials in, threshold, width and ceiling out.
 * @module
 */
import type { PerPhase, PickParameters } from './parameters.js';

/** One channel that an event should have reached. */
export interface DetectionTrial {
  readonly channel: number;
  /** Predicted log10 amplitude. */
  readonly level: number;
  readonly isPicked: boolean;
}

export interface Detection {
  /** log10 amplitude at which half of the arrivals are picked, [channel]. */
  readonly threshold: Float64Array;
  readonly width: PerPhase;
  readonly pickedShare: PerPhase;
}

const WIDTHS = [0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.65, 0.8] as const;
const SHARES = [0.5, 0.6, 0.7, 0.8, 0.87, 0.92, 0.95, 0.97, 0.985] as const;
const STEP = 0.1;
/** Of the channels' thresholds about their phase's, log10. */
const CHANNEL_SIGMA = 0.3;
const LEAST_TRIALS = 100;

/** Maximum likelihood on a grid for each phase, then a maximum a posteriori shift by channel. */
export function learnDetection(input: {
  readonly parameters: PickParameters;
  readonly trials: readonly DetectionTrial[];
  /** Thresholds before, [channel]. */
  readonly threshold: Float64Array;
}): Detection {
  const { parameters } = input;
  const threshold = input.threshold.slice();
  const width: [number, number] = [...parameters.thresholdWidth];
  const pickedShare: [number, number] = [...parameters.pickedShare];
  for (const phase of [0, 1] as const) {
    const trials = input.trials.filter(({ channel }) => (channel & 1) === phase);
    if (trials.length < LEAST_TRIALS) continue;
    // Two rounds: the curve steepens once the channels have their own thresholds.
    let middle = 0;
    let curve = { middle: 0, width: width[phase], share: pickedShare[phase] };
    const shift = new Float64Array(threshold.length);
    for (let round = 0; round < 2; round++) {
      curve = bestCurve(binned(trials, shift));
      middle = curve.middle;
      const byChannel = groupByChannel(trials);
      for (const [channel, own] of byChannel) shift[channel] = bestShift(binned(own, null), curve);
    }
    width[phase] = curve.width;
    pickedShare[phase] = curve.share;
    for (let c = phase; c < threshold.length; c += 2) threshold[c] = middle + (shift[c] as number);
  }
  return { threshold, width, pickedShare };
}

interface Bin {
  readonly level: number;
  readonly picked: number;
  readonly silent: number;
}

interface Curve {
  readonly middle: number;
  readonly width: number;
  readonly share: number;
}

function binned(trials: readonly DetectionTrial[], shift: Float64Array | null): Bin[] {
  const bins = new Map<number, { picked: number; silent: number }>();
  for (const { channel, level, isPicked } of trials) {
    const key = Math.round((level - (shift?.[channel] ?? 0)) / STEP);
    const bin = bins.get(key) ?? { picked: 0, silent: 0 };
    if (isPicked) bin.picked++;
    else bin.silent++;
    bins.set(key, bin);
  }
  return [...bins].map(([key, counts]) => ({ level: key * STEP, ...counts }));
}

function groupByChannel(trials: readonly DetectionTrial[]): Map<number, DetectionTrial[]> {
  const groups = new Map<number, DetectionTrial[]>();
  for (const trial of trials) {
    const group = groups.get(trial.channel);
    if (group) group.push(trial);
    else groups.set(trial.channel, [trial]);
  }
  return groups;
}

function bestCurve(bins: readonly Bin[]): Curve {
  const levels = bins.map(({ level }) => level);
  const lowest = Math.min(...levels);
  const highest = Math.max(...levels);
  let best: Curve = { middle: 0, width: 0.25, share: 0.95 };
  let bestScore = Number.NEGATIVE_INFINITY;
  for (const width of WIDTHS) {
    for (const share of SHARES) {
      for (let middle = lowest; middle <= highest; middle += STEP / 2) {
        const value = logLikelihood(bins, middle, width, share);
        if (value <= bestScore) continue;
        bestScore = value;
        best = { middle, width, share };
      }
    }
  }
  return best;
}

function bestShift(bins: readonly Bin[], curve: Curve): number {
  let best = 0;
  let bestScore = Number.NEGATIVE_INFINITY;
  for (let shift = -1.5; shift <= 1.5; shift += 0.05) {
    const value =
      logLikelihood(bins, curve.middle + shift, curve.width, curve.share) -
      0.5 * (shift / CHANNEL_SIGMA) ** 2;
    if (value <= bestScore) continue;
    bestScore = value;
    best = shift;
  }
  return best;
}

function logLikelihood(bins: readonly Bin[], middle: number, width: number, share: number): number {
  let sum = 0;
  for (const { level, picked, silent } of bins) {
    const p = share / (1 + Math.exp(-(level - middle) / width));
    sum += picked * Math.log(p + 1e-12) + silent * Math.log1p(-p);
  }
  return sum;
}
