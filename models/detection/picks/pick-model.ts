/**
 * Picks, stations, travel times and parameters compiled into flat arrays that the search, the fit
 * and the posterior read. A station and phase is a channel: 2 x station + phase.
 * @module
 */
import type { PhasePicks, PickStations } from '../../../core/picks.js';
import type { TravelTimes } from '../../traveltime/travel-times.js';
import { outagesOf, type Outage } from './outages.js';
import type { PerPhase, PickParameters } from './parameters.js';
import { reachOf, type Reach } from './reach.js';

/** Where events may be, km on the stations' plane. */
export interface SearchBox {
  readonly west: number;
  readonly east: number;
  readonly south: number;
  readonly north: number;
  readonly deepest: number;
}

/** Everything that is known of a channel. All arrays are [channel]. */
export interface Channels {
  /** Added to predicted arrival times, s (station term). */
  readonly termS: Float64Array;
  /** Added to predicted log10 amplitudes. */
  readonly logAmplitude: Float64Array;
  /** log10 amplitude at which half of the arrivals are picked. */
  readonly threshold: Float64Array;
  /** False picks per second. */
  readonly falseRate: Float64Array;
  /** log10 amplitude of false picks: mean and standard deviation. */
  readonly noiseMean: Float64Array;
  readonly noiseSigma: Float64Array;
}

/** Compiled model. `channels` and `parameters` are replaced as a run learns. */
export interface PickModel {
  readonly picks: PhasePicks;
  readonly stations: PickStations;
  readonly table: TravelTimes;
  readonly parameters: PickParameters;
  readonly channels: Channels;
  readonly box: SearchBox;
  readonly reach: Reach;
  /** When stations were probably down, [station]. */
  readonly outages: readonly (readonly Outage[])[];
  /** Picks of each channel in order of time: rows `start[c]` to `start[c + 1]` of `order`. */
  readonly start: Int32Array;
  readonly order: Int32Array;
  /** Times of `order`, s. */
  readonly orderTimeS: Float64Array;
  /** Natural-log odds real over false by the picker's score, [pick]. */
  readonly scoreRatio: Float32Array;
  /** Log density of epicentres relative to a uniform one, by place; null: uniform. */
  readonly density: EpicentreDensity | null;
}

/** Log density ratio on a grid of square cells, [row, column] from the south-west corner of the box. */
export interface EpicentreDensity {
  readonly cellKm: number;
  readonly columns: number;
  readonly rows: number;
  readonly logRatio: Float32Array;
}

/** Compiles a model with channels at their prior values. */
export function pickModel(input: {
  readonly picks: PhasePicks;
  readonly stations: PickStations;
  readonly table: TravelTimes;
  readonly parameters: PickParameters;
}): PickModel {
  const { picks, stations } = input;
  const parameters = inUnitOfPicks(picks, input.parameters);
  const channelCount = stations.ids.length * 2;
  const start = new Int32Array(channelCount + 1);
  for (let i = 0; i < picks.count; i++) start[channelOf(picks, i) + 1]!++;
  for (let c = 0; c < channelCount; c++) start[c + 1]! += start[c] as number;
  const order = new Int32Array(picks.count);
  const orderTimeS = new Float64Array(picks.count);
  const next = start.slice();
  for (let i = 0; i < picks.count; i++) {
    const at = next[channelOf(picks, i)]!++;
    order[at] = i;
    orderTimeS[at] = picks.timeS[i] as number;
  }
  const channels = priorChannels({ ...input, parameters }, start, order);
  return {
    ...input,
    parameters,
    start,
    order,
    orderTimeS,
    box: searchBox(stations, parameters, input.table),
    reach: reachOf({ ...input, parameters, channels }),
    outages: outagesOf(picks, stations.ids.length),
    channels,
    scoreRatio: scoreRatios(picks, parameters),
    density: null,
  };
}

/** Of a law that was moved to its picks, log10. */
const UNKNOWN_UNIT_SIGMA = 0.5;
/** Median log10 amplitudes of small quakes in m/s lie here; others are in another unit. */
const PLAUSIBLE = { low: -7, high: -3, typical: -4.8 };

/**
 * Parameters whose amplitude law is in the unit of the picks. Where the median amplitude cannot be
 * m/s and no calibration is given, law and thresholds are shifted to it; magnitudes are relative then.
 */
export function inUnitOfPicks(picks: PhasePicks, parameters: PickParameters): PickParameters {
  const known = picks.logAmplitude.filter((a) => !Number.isNaN(a)).sort();
  const isCalibrated = Object.keys(parameters.stations).length > 0;
  if (known.length === 0 || isCalibrated) return parameters;
  const middle = known[known.length >> 1] as number;
  if (middle > PLAUSIBLE.low && middle < PLAUSIBLE.high) return parameters;
  const shift = middle - PLAUSIBLE.typical;
  const shifted = ([p, s]: PerPhase): PerPhase => [p + shift, s + shift];
  return {
    ...parameters,
    amplitudeOffset: shifted(parameters.amplitudeOffset),
    amplitudeOffsetSigma: UNKNOWN_UNIT_SIGMA,
    thresholdLogAmplitude: shifted(parameters.thresholdLogAmplitude),
  };
}

/** Natural-log odds of each pick by its score, interpolated in the parameters' table. */
export function scoreRatios(picks: PhasePicks, parameters: PickParameters): Float32Array {
  const ratio = new Float32Array(picks.count);
  for (let i = 0; i < picks.count; i++) {
    const score = picks.probability[i] as number;
    const values = parameters.scoreLogRatio[picks.phase[i] as 0 | 1];
    if (Number.isNaN(score) || values.length < 2) continue;
    const at = Math.min(0.999999, Math.max(0, score)) * (values.length - 1);
    const k = Math.floor(at);
    const [a, b] = [values[k] as number, values[k + 1] as number];
    ratio[i] = a + (b - a) * (at - k);
  }
  return ratio;
}

export const channelOf = (picks: PhasePicks, i: number): number =>
  (picks.station[i] as number) * 2 + (picks.phase[i] as number);

/** Length of the data, s, at least a minute. */
export function spanS(picks: PhasePicks): number {
  if (picks.count === 0) return 60;
  return Math.max(60, (picks.timeS[picks.count - 1] as number) - (picks.timeS[0] as number));
}

function searchBox(
  stations: PickStations,
  parameters: PickParameters,
  table: TravelTimes,
): SearchBox {
  const margin = parameters.marginKm;
  return {
    west: Math.min(...stations.eastKm) - margin,
    east: Math.max(...stations.eastKm) + margin,
    south: Math.min(...stations.northKm) - margin,
    north: Math.max(...stations.northKm) + margin,
    // Under a table there are no times.
    deepest: table.isGrid
      ? parameters.maxDepthKm
      : Math.min(parameters.maxDepthKm, table.maxDepthKm),
  };
}

/** Half of a channel's picks count as false until a first catalogue tells. */
const FALSE_SHARE = 0.5;
const NOISE_SIGMA_MIN = 0.2;

function priorChannels(
  input: {
    readonly picks: PhasePicks;
    readonly stations: PickStations;
    readonly parameters: PickParameters;
  },
  start: Int32Array,
  order: Int32Array,
): Channels {
  const { picks, stations, parameters } = input;
  const n = start.length - 1;
  const span = spanS(picks);
  const make = (value: (channel: number) => number): Float64Array =>
    Float64Array.from({ length: n }, (_, c) => value(c));
  const terms = (c: number): PickParameters['stations'][string] | undefined =>
    parameters.stations[stations.ids[c >> 1] as string];
  const moments = Array.from({ length: n }, (_, c) => amplitudeMoments(picks, order, start, c));
  return {
    termS: make((c) => terms(c)?.timeS[c & 1] ?? 0),
    logAmplitude: make((c) => terms(c)?.logAmplitude[c & 1] ?? 0),
    threshold: make(
      (c) =>
        (parameters.thresholdLogAmplitude[c & 1] as number) + (terms(c)?.threshold[c & 1] ?? 0),
    ),
    falseRate: make(
      (c) =>
        terms(c)?.falseRateHz?.[c & 1] ??
        (FALSE_SHARE * ((start[c + 1] as number) - (start[c] as number)) + 1) / span,
    ),
    noiseMean: make((c) => (moments[c] as { mean: number }).mean),
    noiseSigma: make((c) => (moments[c] as { sigma: number }).sigma),
  };
}

function amplitudeMoments(
  picks: PhasePicks,
  order: Int32Array,
  start: Int32Array,
  channel: number,
): { mean: number; sigma: number } {
  let count = 0;
  let sum = 0;
  let squares = 0;
  for (let k = start[channel] as number; k < (start[channel + 1] as number); k++) {
    const a = picks.logAmplitude[order[k] as number] as number;
    if (Number.isNaN(a)) continue;
    count++;
    sum += a;
    squares += a * a;
  }
  if (count < 5) return { mean: -5, sigma: 1 };
  const mean = sum / count;
  return {
    mean,
    sigma: Math.max(NOISE_SIGMA_MIN, Math.sqrt(Math.max(0, squares / count - mean * mean))),
  };
}
