/**
 * Learns the pick model from a first catalogue of the same picks: residual widths, station terms,
 * amplitude terms, detection thresholds, false picks, the picker's scores, where and how often
 * events are. Every estimate is shrunk to its prior, so that few events change little.
 * @module
 */
import { emptyArrival, timeTo } from '../../traveltime/travel-times.js';
import type { EventFit } from './fit.js';
import { learnDensity } from './learn-density.js';
import { learnDetection } from './learn-detection.js';
import { learnSelection, type SelectionTrial } from './learn-selection.js';
import { learnChannels, levelAt, offsetSigma, residualsOf, type Residuals } from './learn-terms.js';
import { isDown } from './outages.js';
import type { PickParameters } from './parameters.js';
import { channelOf, scoreRatios, spanS, type Channels, type PickModel } from './pick-model.js';
import { reachKm, reachOf } from './reach.js';
import { mean, median } from './robust-statistics.js';

/** Fewer sure events than this teach nothing. */
const LEAST_EVENTS = 20;
/** An event is sure from this many picks and log odds. */
const SURE = { picks: 7, logOdds: 6 };
const SCORE_STEPS = 11;

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
  const trials = detectionTrials(model, channels, sure, owner);
  const detection = learnDetection({
    parameters: model.parameters,
    trials,
    threshold: channels.threshold,
  });
  const days = spanS(model.picks) / 86_400;
  const depths = sure.map((e) => e.depthKm).sort((a, b) => a - b);
  const magnitudes = sure.map((e) => e.magnitude).sort((a, b) => a - b);
  const at = (sorted: readonly number[], share: number): number =>
    sorted[Math.floor(share * (sorted.length - 1))] as number;
  const spreadKm = (at(depths, 0.84) - at(depths, 0.16)) / 2;
  const fitted: PickParameters = {
    ...model.parameters,
    residualS: [laplaceScale(residuals.time[0]), laplaceScale(residuals.time[1])],
    amplitudeSigma: amplitudeSigma(residuals, model.parameters.amplitudeSigma),
    thresholdWidth: detection.width,
    pickedShare: detection.pickedShare,
    scoreLogRatio: learnScores(model, owner),
    eventsPerDay: Math.max(1, events.filter((e) => e.logOdds > 0).length / days),
    minMagnitude: at(magnitudes, 0.1),
    depthMeanKm: at(depths, 0.5),
    depthSigmaKm: 1.2 * spreadKm + 1,
    amplitudeOffsetSigma: Math.max(
      model.parameters.amplitudeOffsetSigma,
      input.learnsTerms ? offsetSigma(channels) : 0,
    ),
  };
  const { threshold } = detection;
  const selection = learnSelection({ trials, parameters: fitted, threshold });
  const parameters = { ...fitted, ...selection };
  const learned = { ...channels, threshold };
  return {
    ...model,
    parameters,
    channels: learned,
    reach: reachOf({ ...model, parameters, channels: learned }),
    scoreRatio: scoreRatios(model.picks, parameters),
    density: learnDensity({ box: model.box, events: sure }),
  };
}

/** Every channel in reach of every sure event: how far over its threshold, and whether it was picked. */
function detectionTrials(
  model: PickModel,
  channels: Channels,
  events: readonly EventFit[],
  owner: Int32Array,
): SelectionTrial[] {
  const { stations, parameters, picks, table } = model;
  const trials: SelectionTrial[] = [];
  const out = emptyArrival();
  events.forEach((event, i) => {
    const picked = new Map(Array.from(event.picks, (pick) => [channelOf(picks, pick), pick]));
    const farthest = reachKm(model.reach, parameters, event.magnitude);
    for (let channel = 0; channel < stations.ids.length * 2; channel++) {
      const s = channel >> 1;
      const dx = event.eastKm - (stations.eastKm[s] as number);
      const dy = event.northKm - (stations.northKm[s] as number);
      if (Math.hypot(dx, dy) > farthest) continue;
      const pick = picked.get(channel);
      if (pick === undefined) {
        timeTo(table, s, (channel & 1) as 0 | 1, dx, dy, event.depthKm, out);
        if (isHidden(model, channel, event.timeS + out.timeS, owner)) continue;
        if (isDown(model.outages[s] ?? [], event.timeS + out.timeS)) continue;
      }
      const level =
        levelAt(model, event, channel) +
        (channels.logAmplitude[channel] as number) +
        parameters.amplitudePerMagnitude * (event.magnitude - 3.5);
      trials.push({
        event: i,
        channel,
        level,
        isPicked: pick !== undefined,
        amplitude: pick === undefined ? Number.NaN : (picks.logAmplitude[pick] as number),
      });
    }
  });
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
