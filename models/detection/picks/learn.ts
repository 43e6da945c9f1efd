/**
 * Learns the pick model from a first catalogue of the same picks: residual widths, station terms,
 * amplitude terms, detection thresholds, false picks, the picker's scores, where and how often
 * events are. Every estimate is shrunk to its prior, so that few events change little.
 * @module
 */
import { emptyArrival, timeTo } from '../../traveltime/travel-times.js';
import type { EventFit } from './fit.js';
import { learnDensity } from './learn-density.js';
import { learnDetection, type DetectionTrial } from './learn-detection.js';
import type { PickParameters } from './parameters.js';
import { channelOf, scoreRatios, spanS, type Channels, type PickModel } from './pick-model.js';

/** Fewer sure events than this teach nothing. */
const LEAST_EVENTS = 20;
/** An event is sure from this many picks and log odds. */
const SURE = { picks: 7, logOdds: 6 };
/** Observations that the prior of a term is worth. */
const PRIOR_WEIGHT = { time: 8, amplitude: 6, noise: 20 };
const SCORE_STEPS = 11;
const MAX_TERM_S = 1.5;

/** The model with what the events teach; `owner` is -1 for picks of no event. */
export function learn(input: {
  readonly model: PickModel;
  readonly events: readonly EventFit[];
  readonly owner: Int32Array;
  /** False: station terms stay as they are (they come from a calibration). */
  readonly learnsTerms: boolean;
}): PickModel {
  const { model, owner, events } = input;
  const sure = events.filter((e) => e.picks.length >= SURE.picks && e.logOdds >= SURE.logOdds);
  if (sure.length < LEAST_EVENTS) return model;
  const residuals = residualsOf(model, sure);
  const channels = learnChannels(model, residuals, owner, input.learnsTerms);
  const detection = learnDetection({
    parameters: model.parameters,
    trials: detectionTrials(model, channels, sure, owner),
    threshold: channels.threshold,
  });
  const days = spanS(model.picks) / 86_400;
  const depths = sure.map((e) => e.depthKm).sort((a, b) => a - b);
  const magnitudes = sure.map((e) => e.magnitude).sort((a, b) => a - b);
  const at = (sorted: readonly number[], share: number): number =>
    sorted[Math.floor(share * (sorted.length - 1))] as number;
  const spreadKm = (at(depths, 0.84) - at(depths, 0.16)) / 2;
  const parameters: PickParameters = {
    ...model.parameters,
    residualS: [laplaceScale(residuals.time[0]), laplaceScale(residuals.time[1])],
    amplitudeSigma: amplitudeSigma(residuals, model.parameters.amplitudeSigma),
    thresholdWidth: detection.width,
    pickedShare: detection.pickedShare,
    scoreLogRatio: learnScores(model, owner),
    eventsPerDay: Math.max(1, events.filter((e) => e.logOdds > 0).length / days),
    minMagnitude: at(magnitudes, 0.1),
    depthMeanKm: at(depths, 0.5),
    depthSigmaKm: Math.min(model.parameters.depthSigmaKm, 1.2 * spreadKm + 1),
  };
  return {
    ...model,
    parameters,
    channels: { ...channels, threshold: detection.threshold },
    scoreRatio: scoreRatios(model.picks, parameters),
    density: learnDensity({ box: model.box, events: sure }),
  };
}

interface Residuals {
  /** Absolute time residuals by phase, s. */
  readonly time: readonly [number[], number[]];
  /** Signed, [channel]. */
  readonly timeOf: readonly number[][];
  /** log10 amplitude over prediction at the event's magnitude, [channel]. */
  readonly amplitudeOf: readonly number[][];
}

function residualsOf(model: PickModel, events: readonly EventFit[]): Residuals {
  const { picks, parameters, stations, channels } = model;
  const n = stations.ids.length * 2;
  const time: [number[], number[]] = [[], []];
  const timeOf: number[][] = Array.from({ length: n }, () => []);
  const amplitudeOf: number[][] = Array.from({ length: n }, () => []);
  for (const event of events) {
    const count = event.picks.length;
    // Least absolute values pass through four of the picks: the others carry the whole scatter.
    const restore = count / (count - 4);
    event.picks.forEach((pick, k) => {
      const channel = channelOf(picks, pick);
      const r = event.residualS[k] as number;
      time[channel & 1]?.push(Math.abs(r) * restore);
      timeOf[channel]?.push(r);
      const a = picks.logAmplitude[pick] as number;
      if (Number.isNaN(a)) return;
      const level = levelAt(model, event, channel) + (channels.logAmplitude[channel] as number);
      amplitudeOf[channel]?.push(
        a - level - parameters.amplitudePerMagnitude * (event.magnitude - 3.5),
      );
    });
  }
  return { time, timeOf, amplitudeOf };
}

/** log10 amplitude at M 3.5 without the station's term. */
function levelAt(model: PickModel, event: EventFit, channel: number): number {
  const { stations, parameters } = model;
  const s = channel >> 1;
  const dx = event.eastKm - (stations.eastKm[s] as number);
  const dy = event.northKm - (stations.northKm[s] as number);
  const r2 = dx * dx + dy * dy + event.depthKm ** 2 + 0.25;
  return (
    (parameters.amplitudeOffset[channel & 1] as number) -
    parameters.amplitudePerLogDistance * 0.5 * Math.log10(r2)
  );
}

function learnChannels(
  model: PickModel,
  residuals: Residuals,
  owner: Int32Array,
  learnsTerms: boolean,
): Channels {
  const { channels, picks } = model;
  const n = channels.termS.length;
  const span = spanS(picks);
  const noise: number[][] = Array.from({ length: n }, () => []);
  const free = new Float64Array(n);
  for (let i = 0; i < picks.count; i++) {
    if ((owner[i] as number) >= 0) continue;
    const channel = channelOf(picks, i);
    free[channel]!++;
    const a = picks.logAmplitude[i] as number;
    if (!Number.isNaN(a)) noise[channel]?.push(a);
  }
  const all = noise.flat();
  const common = { mean: mean(all, -5), sigma: Math.max(0.2, deviation(all, 1)) };
  const shrunk = (values: readonly number[], weight: number): number =>
    values.length === 0 ? 0 : (median(values) * values.length) / (values.length + weight);
  const timeStep = residuals.timeOf.map((values) => shrunk(values, PRIOR_WEIGHT.time));
  const pStep = weightedMean(
    timeStep.filter((_, c) => c % 2 === 0),
    residuals.timeOf.filter((_, c) => c % 2 === 0),
  );
  const amplitudeStep = residuals.amplitudeOf.map((v) => shrunk(v, PRIOR_WEIGHT.amplitude));
  const amplitudeMean = weightedMean(amplitudeStep, residuals.amplitudeOf);
  return {
    ...channels,
    termS: channels.termS.map((term, c) => {
      if (!learnsTerms) return term;
      // A delay common to all P picks is the origin time's.
      const next = term + (timeStep[c] as number) - pStep;
      return Math.max(-MAX_TERM_S, Math.min(MAX_TERM_S, next));
    }),
    logAmplitude: channels.logAmplitude.map((term, c) =>
      learnsTerms ? term + (amplitudeStep[c] as number) - amplitudeMean : term,
    ),
    falseRate: free.map((count) => (count + 1) / span),
    noiseMean: channels.noiseMean.map((_, c) => {
      const own = noise[c] as number[];
      return (
        (mean(own, 0) * own.length + common.mean * PRIOR_WEIGHT.noise) /
        (own.length + PRIOR_WEIGHT.noise)
      );
    }),
    noiseSigma: channels.noiseSigma.map((_, c) => {
      const own = noise[c] as number[];
      const variance =
        (deviation(own, 0) ** 2 * own.length + common.sigma ** 2 * PRIOR_WEIGHT.noise) /
        (own.length + PRIOR_WEIGHT.noise);
      return Math.max(0.2, Math.sqrt(variance));
    }),
  };
}

/** Every channel in reach of every sure event: how far over its threshold, and whether it was picked. */
function detectionTrials(
  model: PickModel,
  channels: Channels,
  events: readonly EventFit[],
  owner: Int32Array,
): DetectionTrial[] {
  const { stations, parameters, picks, table } = model;
  const trials: DetectionTrial[] = [];
  const out = emptyArrival();
  for (const event of events) {
    const picked = new Set(Array.from(event.picks, (pick) => channelOf(picks, pick)));
    for (let channel = 0; channel < stations.ids.length * 2; channel++) {
      const s = channel >> 1;
      const dx = event.eastKm - (stations.eastKm[s] as number);
      const dy = event.northKm - (stations.northKm[s] as number);
      if (Math.hypot(dx, dy) > parameters.maxDistanceKm) continue;
      const isPicked = picked.has(channel);
      if (!isPicked) {
        timeTo(table, s, (channel & 1) as 0 | 1, dx, dy, event.depthKm, out);
        if (isHidden(model, channel, event.timeS + out.timeS, owner)) continue;
      }
      const level =
        levelAt(model, event, channel) +
        (channels.logAmplitude[channel] as number) +
        parameters.amplitudePerMagnitude * (event.magnitude - 3.5);
      trials.push({ channel, level, isPicked });
    }
  }
  return trials;
}

/** A pick of another event stands where this one would. */
function isHidden(model: PickModel, channel: number, timeS: number, owner: Int32Array): boolean {
  const from = model.start[channel] as number;
  const to = model.start[channel + 1] as number;
  let low = from;
  let high = to;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((model.orderTimeS[middle] as number) < timeS - model.parameters.maskS) low = middle + 1;
    else high = middle;
  }
  for (let k = low; k < to; k++) {
    if ((model.orderTimeS[k] as number) > timeS + model.parameters.maskS) return false;
    if ((owner[model.order[k] as number] as number) >= 0) return true;
  }
  return false;
}

/** ln of the share of a score among real picks over that among false ones, by phase. */
function learnScores(model: PickModel, owner: Int32Array): PickParameters['scoreLogRatio'] {
  const { picks } = model;
  const learnPhase = (phase: number): number[] => {
    const real = new Float64Array(SCORE_STEPS);
    const other = new Float64Array(SCORE_STEPS);
    let scored = 0;
    for (let i = 0; i < picks.count; i++) {
      const score = picks.probability[i] as number;
      if ((picks.phase[i] as number) !== phase || Number.isNaN(score)) continue;
      scored++;
      const to = (owner[i] as number) >= 0 ? real : other;
      // Shared between both neighbours: the table is read by linear interpolation.
      const at = Math.min(0.999999, Math.max(0, score)) * (SCORE_STEPS - 1);
      const k = Math.floor(at);
      to[k]! += 1 - (at - k);
      to[k + 1]! += at - k;
    }
    if (scored < 200) return [0];
    const total = (counts: Float64Array): number => counts.reduce((a, b) => a + b, 0);
    const [allReal, allOther] = [total(real), total(other)];
    return Array.from(real, (count, k) => {
      const ratio =
        Math.log((count + 3) / (allReal + 3 * SCORE_STEPS)) -
        Math.log(((other[k] as number) + 3) / (allOther + 3 * SCORE_STEPS));
      return Math.max(-2, Math.min(2, ratio));
    });
  };
  return [learnPhase(0), learnPhase(1)];
}

/** Scale of a Laplace distribution: the mean absolute value, without its far tail. */
function laplaceScale(absolute: readonly number[]): number {
  const limit = (6 * median(absolute)) / Math.LN2;
  return Math.max(
    0.03,
    mean(
      absolute.filter((r) => r <= limit),
      0,
    ),
  );
}

function amplitudeSigma(residuals: Residuals, prior: number): number {
  const all = residuals.amplitudeOf.flatMap((values) => {
    const middle = median(values);
    return values.map((v) => Math.abs(v - middle));
  });
  return all.length < 50 ? prior : Math.max(0.1, 1.4826 * median(all));
}

function weightedMean(steps: readonly number[], of: readonly (readonly unknown[])[]): number {
  let sum = 0;
  let weight = 0;
  steps.forEach((step, i) => {
    const w = (of[i] as readonly unknown[]).length;
    sum += step * w;
    weight += w;
  });
  return weight === 0 ? 0 : sum / weight;
}

function median(values: readonly number[]): number {
  if (values.length === 0) return 0;
  const sorted = Float64Array.from(values).sort();
  return sorted[sorted.length >> 1] as number;
}

function mean(values: readonly number[], fallback: number): number {
  return values.length === 0 ? fallback : values.reduce((a, b) => a + b, 0) / values.length;
}

function deviation(values: readonly number[], fallback: number): number {
  if (values.length < 2) return fallback;
  const m = mean(values, 0);
  return Math.sqrt(values.reduce((sum, v) => sum + (v - m) ** 2, 0) / values.length);
}
