/** Chooses for every channel in reach the pick that speaks most for an origin. @module */
import type { DetectionLevels } from './detection-levels.js';
import { isDown } from './outages.js';
import type { Scratch } from './scratch.js';

/** Who has which pick. Both arrays are [pick]. */
export interface Claims {
  /** Event, or -1. */
  readonly owner: Int32Array;
  /** Nats that the pick brings to its owner. */
  readonly gain: Float64Array;
}

/** To take a pick from another event it must bring this many nats more. */
const CONTEST_NATS = 0.7;
/** An amplitude that fits can make up for at most this many nats of residual. */
const AMPLITUDE_NATS = 6;
const FARTHEST_SCALES = 8;

/**
 * Writes pick, residual and mask of every entry; returns the number of picks. A pick is taken where
 * it is more probable as the event's than as a false one beside a silent channel; one of another
 * event only with `contest`, and where it brings clearly more here.
 */
export function assignPicks(
  scratch: Scratch,
  levels: DetectionLevels,
  input: {
    readonly claims: Claims;
    readonly self: number;
    /** Added to the residual scales, s. */
    readonly widen: number;
    readonly magnitude: number;
    readonly contest: boolean;
  },
): number {
  const { model } = scratch;
  const { claims, self, widen, magnitude, contest } = input;
  const { order, orderTimeS, start, scoreRatio, outages } = model;
  const { maskS } = model.parameters;
  let count = 0;
  for (let e = 0; e < scratch.count; e++) {
    const channel = scratch.channel[e] as number;
    const scale = (scratch.scaleS[e] as number) + widen;
    const step = levels.step(scratch, e, magnitude);
    const detection = levels.tables[(channel & 1) as 0 | 1];
    const base =
      (detection.logPicked[step] as number) -
      (detection.logSilent[step] as number) -
      Math.log(2 * scale) -
      (levels.lnFalseRate[channel] as number);
    const predicted = scratch.timeS + (scratch.travelS[e] as number);
    const scales = base + AMPLITUDE_NATS;
    const reach = scale * (scales < 0 ? 0 : scales < FARTHEST_SCALES ? scales : FARTHEST_SCALES);
    const window = reach > maskS ? reach : maskS;
    let best = -1;
    let bestGain = 0;
    let isMasked = 0;
    const end = start[channel + 1] as number;
    const first = lowerBound(orderTimeS, predicted - window, start[channel] as number, end);
    for (let k = first; k < end; k++) {
      const residual = (orderTimeS[k] as number) - predicted;
      if (residual > window) break;
      const off = residual < 0 ? -residual : residual;
      const pick = order[k] as number;
      const owner = claims.owner[pick] as number;
      const isOthers = owner >= 0 && owner !== self;
      if (isOthers && off < maskS) isMasked = 1;
      if (off > reach || (isOthers && !contest)) continue;
      const gain =
        base -
        off / scale +
        (scoreRatio[pick] as number) +
        levels.amplitudeNats(scratch, e, pick, magnitude);
      if (gain <= bestGain) continue;
      if (isOthers && gain < (claims.gain[pick] as number) + CONTEST_NATS) continue;
      best = pick;
      bestGain = gain;
      scratch.residualS[e] = residual;
    }
    scratch.pick[e] = best;
    if (best < 0 && isMasked === 0 && isDown(outages[channel >> 1] ?? [], predicted)) isMasked = 1;
    scratch.isMasked[e] = best >= 0 ? 0 : isMasked;
    if (best >= 0) count++;
  }
  return count;
}

/** First place in a sorted range whose value is at least `value`. */
export function lowerBound(sorted: Float64Array, value: number, from: number, to: number): number {
  let low = from;
  let high = to;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] as number) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
