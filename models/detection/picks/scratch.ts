/**
 * Working memory of one fit: the channels in reach of a trial origin with their predictions and
 * picks. Written in place, because a fit runs hundreds of thousands of times.
 * @module
 */
import type { Arrival } from '../../traveltime/grid-field.js';
import { elevationDelay, emptyArrival, timeTo } from '../../traveltime/travel-times.js';
import type { PickModel } from './pick-model.js';

/** Trial origin and its entries; arrays are [entry], the first `count` are in use. */
export interface Scratch {
  readonly model: PickModel;
  timeS: number;
  eastKm: number;
  northKm: number;
  depthKm: number;
  count: number;
  readonly channel: Int32Array;
  /** Predicted travel time with station terms, s, and its derivatives, s/km. */
  readonly travelS: Float64Array;
  readonly byEast: Float64Array;
  readonly byNorth: Float64Array;
  readonly byDepth: Float64Array;
  /** Laplace scale of the residual, s. */
  readonly scaleS: Float64Array;
  /** Predicted log10 amplitude at M 3.5. */
  readonly level: Float64Array;
  /** Assigned pick or -1, and its residual, s. */
  readonly pick: Int32Array;
  readonly residualS: Float64Array;
  /** 1: silent, but a pick of another event hides the channel, or the station was down. */
  readonly isMasked: Uint8Array;
  readonly slopes: Arrival;
}

export function createScratch(model: PickModel): Scratch {
  const n = model.stations.ids.length * 2;
  return {
    model,
    timeS: 0,
    eastKm: 0,
    northKm: 0,
    depthKm: 0,
    count: 0,
    channel: new Int32Array(n),
    travelS: new Float64Array(n),
    byEast: new Float64Array(n),
    byNorth: new Float64Array(n),
    byDepth: new Float64Array(n),
    scaleS: new Float64Array(n),
    level: new Float64Array(n),
    pick: new Int32Array(n),
    residualS: new Float64Array(n),
    isMasked: new Uint8Array(n),
    slopes: emptyArrival(),
  };
}

/** Fills the predictions of one entry for the present origin. */
export function predict(scratch: Scratch, e: number): void {
  const { stations, table, channels, parameters } = scratch.model;
  const { slopes, depthKm } = scratch;
  const channel = scratch.channel[e] as number;
  const s = channel >> 1;
  const phase = (channel & 1) as 0 | 1;
  const dx = scratch.eastKm - (stations.eastKm[s] as number);
  const dy = scratch.northKm - (stations.northKm[s] as number);
  const d2 = dx * dx + dy * dy;
  timeTo(table, s, phase, dx, dy, depthKm, slopes);
  scratch.travelS[e] =
    slopes.timeS +
    elevationDelay(table, phase, stations.elevationKm[s] as number, slopes) +
    (channels.termS[channel] as number);
  scratch.byEast[e] = slopes.byEast;
  scratch.byNorth[e] = slopes.byNorth;
  scratch.byDepth[e] = slopes.byDepth;
  scratch.scaleS[e] =
    (parameters.residualS[phase] as number) + parameters.residualShare * slopes.timeS;
  scratch.level[e] =
    (parameters.amplitudeOffset[phase] as number) -
    parameters.amplitudePerLogDistance * 0.5 * Math.log10(d2 + depthKm * depthKm + 0.25) +
    (channels.logAmplitude[channel] as number);
}

/** Lists the channels within `reachKm` of the present origin and predicts them all. */
export function predictAll(scratch: Scratch, reachKm: number): void {
  const { stations } = scratch.model;
  const reach = reachKm * reachKm;
  let n = 0;
  for (let s = 0; s < stations.ids.length; s++) {
    const dx = scratch.eastKm - (stations.eastKm[s] as number);
    const dy = scratch.northKm - (stations.northKm[s] as number);
    if (dx * dx + dy * dy > reach) continue;
    for (let phase = 0; phase < 2; phase++) {
      scratch.channel[n] = 2 * s + phase;
      predict(scratch, n);
      n++;
    }
  }
  scratch.count = n;
}

export function clamp(value: number, low: number, high: number): number {
  return value < low ? low : value > high ? high : value;
}
