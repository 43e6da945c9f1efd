/** Learns the channels' terms of time and amplitude and their noise from sure events and free picks. @module */
import type { EventFit } from './fit.js';
import { channelOf, spanS, type Channels, type PickModel } from './pick-model.js';
import { deviation, mean, median } from './robust-statistics.js';

/** Observations that the prior of a term is worth. */
const PRIOR_WEIGHT = { time: 8, amplitude: 6, noise: 20 };
/** Terms and levels of events in turn. */
const ROUNDS = 5;
const MAX_TERM_S = 1.5;

/** How far picks of events lie from their predictions. */
export interface Residuals {
  /** Absolute time residuals by phase, s. */
  readonly time: readonly [number[], number[]];
  /** Signed, [channel]. */
  readonly timeOf: readonly number[][];
  /** log10 amplitude over prediction at the event's magnitude, [channel]. */
  readonly amplitudeOf: readonly number[][];
  /** Event of each of them, [channel]. */
  readonly eventOf: readonly number[][];
}

/** Residuals of all picks of the events. */
export function residualsOf(model: PickModel, events: readonly EventFit[]): Residuals {
  const { picks, parameters, stations, channels } = model;
  const n = stations.ids.length * 2;
  const time: [number[], number[]] = [[], []];
  const timeOf: number[][] = Array.from({ length: n }, () => []);
  const amplitudeOf: number[][] = Array.from({ length: n }, () => []);
  const eventOf: number[][] = Array.from({ length: n }, () => []);
  events.forEach((event, at) => {
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
      eventOf[channel]?.push(at);
    });
  });
  return { time, timeOf, amplitudeOf, eventOf };
}

/** log10 amplitude at M 3.5 without the station's term. */
export function levelAt(model: PickModel, event: EventFit, channel: number): number {
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

/** Channels with the terms that the residuals teach; `owner` is -1 for picks of no event. */
export function learnChannels(
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
  const amplitudeStep = amplitudeSteps(residuals, (v) => shrunk(v, PRIOR_WEIGHT.amplitude));
  // Terms have one prior: their plain mean is 0, or stations that pick much would lift all magnitudes.
  const heard = amplitudeStep.flatMap((step, c) =>
    residuals.amplitudeOf[c]?.length ? [step + (channels.logAmplitude[c] as number)] : [],
  );
  const amplitudeMean = mean(heard, 0);
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

/**
 * Steps of the channels' amplitude terms and, in turn, the levels of the events: a quake that mostly
 * amplifying stations saw must not lend its magnitude to their terms.
 */
function amplitudeSteps(
  { amplitudeOf, eventOf }: Residuals,
  shrunk: (values: readonly number[]) => number,
): number[] {
  const count = 1 + eventOf.flat().reduce((a, b) => Math.max(a, b), -1);
  const level = new Float64Array(count);
  let steps: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    steps = amplitudeOf.map((values, c) =>
      shrunk(values.map((r, k) => r - (level[eventOf[c]?.[k] as number] as number))),
    );
    const sum = new Float64Array(count);
    const heard = new Float64Array(count);
    amplitudeOf.forEach((values, c) =>
      values.forEach((r, k) => {
        const event = eventOf[c]?.[k] as number;
        sum[event]! += r - (steps[c] as number);
        heard[event]! += 1;
      }),
    );
    for (let e = 0; e < count; e++) level[e] = (sum[e] as number) / Math.max(1, heard[e] as number);
  }
  return steps;
}

/** Error of the mean of station terms, log10: what a network of others would have given. */
export function offsetSigma(channels: Channels): number {
  const stations = channels.logAmplitude.length / 2;
  const ofStation = Array.from(
    { length: stations },
    (_, s) =>
      ((channels.logAmplitude[2 * s] as number) + (channels.logAmplitude[2 * s + 1] as number)) / 2,
  );
  return deviation(ofStation, 0) / Math.sqrt(stations);
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
