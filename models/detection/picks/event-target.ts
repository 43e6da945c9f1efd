/**
 * Log density of one event's origin and magnitude given the picks about it and the silence of the other channels
 * in reach: what its posterior is drawn from, some twenty thousand times an event. Which pick of a channel is the
 * event's is summed over: its own, a free one near by, or none. Deterministic.
 * @module
 */
import { timeAt } from '../../traveltime/local-table.js';
import { elevationDelay, emptyArrival, timeTo } from '../../traveltime/travel-times.js';
import { lowerBound } from './assign-picks.js';
import { logDepthPrior } from './depth-prior.js';
import { detectionLevels, type DetectionLevels } from './detection-levels.js';
import { stepOf } from './detection-table.js';
import { densityAt, type EventFit } from './fit.js';
import { channelOf, type PickModel } from './pick-model.js';
import { reachKm } from './reach.js';

const LN10 = Math.LN10;

/** What an event's target reads of its channels, in the order in which it does; arrays are [channel]. */
interface Channels {
  readonly count: number;
  readonly channel: Int32Array;
  /** Row of the channel's station in {@link Places}. */
  readonly place: Int32Array;
  readonly phase: Uint8Array;
  readonly termS: Float64Array;
  readonly logAmplitude: Float64Array;
  readonly threshold: Float64Array;
}

/**
 * Picks that may be the event's, in order of their channels: those of the k-th of {@link Channels} are rows
 * `start[k]` to `start[k + 1]`. Arrays are [pick].
 */
interface Candidates {
  readonly start: Int32Array;
  /** After the fit's origin time, s. */
  readonly observedS: Float64Array;
  /** NaN where it is not known. */
  readonly logAmplitude: Float64Array;
  /** Nats for the pick that do not depend on the state. */
  readonly nats: Float64Array;
}

/** Free picks within so many scales and deviations of the predicted time may be the event's. */
const SCALES = 8;
const DEVIATIONS = 3;
/** Of S waves near the surface: an error of place is one of time by it. */
const SLOWEST_KM_S = 3;

/** Stations of those channels: P and S of one share their distance. Arrays are [station]. */
interface Places {
  readonly rows: readonly number[];
  readonly eastKm: Float64Array;
  readonly northKm: Float64Array;
  readonly elevationKm: Float64Array;
  /** Of the present state: squared epicentral distance, km^2, and loss of log10 amplitude on the way. */
  readonly squareKm2: Float64Array;
  readonly loss: Float64Array;
}

/**
 * The target of {@link sampleEvent}: -Infinity outside the box. States are (time after the fit in s, east,
 * north, depth in km, magnitude).
 */
export function eventTarget(input: {
  readonly model: PickModel;
  readonly event: EventFit;
  /** Whether a pick is some event's, this one's or another's. */
  readonly isTaken: (pick: number) => boolean;
}): (state: ArrayLike<number>) => number {
  const { model, event } = input;
  const { parameters, table, box } = model;
  const levels = detectionLevels(model);
  const { tables, selectionNats } = levels;
  const hidden = new Set(event.hidden);
  const near = reachable(model, event).filter((c) => !hidden.has(c));
  const own = Array.from(event.picks, (pick) => channelOf(model.picks, pick));
  const picksOf = candidatePicks(input, [...new Set([...own, ...near])]);
  const heard = [...picksOf.keys()];
  const quiet = near.filter((channel) => !picksOf.has(channel));
  const places = placesOf(model, [...heard, ...quiet]);
  const used = channelsOf(model, places, heard);
  const silent = channelsOf(model, places, quiet);
  const { start, observedS, logAmplitude, nats } = candidatesOf(model, levels, event, picksOf);
  const { amplitudePerMagnitude, amplitudeOffset, residualS, residualShare, thresholdWidth } =
    parameters;
  const inverseSigma = 1 / parameters.amplitudeSigma;
  const half = (0.5 * parameters.amplitudePerLogDistance) / LN10;
  const slopes = emptyArrival();
  const { eastKm, northKm, elevationKm, squareKm2, loss } = places;
  return (state) => {
    const t = state[0] as number;
    const x = state[1] as number;
    const y = state[2] as number;
    const z = state[3] as number;
    const m = state[4] as number;
    if (x < box.west || x > box.east || y < box.south || y > box.north) return -Infinity;
    if (z < 0 || z > box.deepest || m > parameters.maxMagnitude) return -Infinity;
    let sum =
      densityAt(model.density, x - box.west, y - box.south) +
      logDepthPrior(parameters, z) -
      parameters.bValue * LN10 * Math.max(0, m - parameters.minMagnitude);
    const size = amplitudePerMagnitude * (m - 3.5);
    for (let p = 0; p < eastKm.length; p++) {
      const dx = x - (eastKm[p] as number);
      const dy = y - (northKm[p] as number);
      const d2 = dx * dx + dy * dy;
      squareKm2[p] = d2;
      loss[p] = half * Math.log(d2 + z * z + 0.25);
    }
    for (let k = 0; k < used.count; k++) {
      const phase = used.phase[k] as 0 | 1;
      const p = used.place[k] as number;
      if (table.isGrid) {
        const dx = x - (eastKm[p] as number);
        const dy = y - (northKm[p] as number);
        table.around(places.rows[p] as number, phase, dx, dy, z, slopes);
      } else {
        timeAt(table, phase, Math.sqrt(squareKm2[p] as number) + 1e-6, z, slopes);
      }
      const predicted =
        t +
        slopes.timeS +
        elevationDelay(table, phase, elevationKm[p] as number, slopes) +
        (used.termS[k] as number);
      const scale = residualS[phase] + residualShare * slopes.timeS;
      const level =
        size + amplitudeOffset[phase] - (loss[p] as number) + (used.logAmplitude[k] as number);
      const step = stepOf((level - (used.threshold[k] as number)) / thresholdWidth[phase]);
      const silence = tables[phase].logSilent[step] as number;
      const picked = (tables[phase].logPicked[step] as number) - silence - Math.log(2 * scale);
      // Odds of all candidates together against a silent channel.
      let odds = 1;
      for (let i = start[k] as number; i < (start[k + 1] as number); i++) {
        let gain =
          picked + (nats[i] as number) - Math.abs((observedS[i] as number) - predicted) / scale;
        const a = logAmplitude[i] as number;
        if (a === a) {
          gain +=
            selectionNats(level, a, used.channel[k] as number) -
            0.5 * ((a - level) * inverseSigma) ** 2;
        }
        odds += Math.exp(gain);
      }
      sum += silence + Math.log(odds);
    }
    for (let k = 0; k < silent.count; k++) {
      const phase = silent.phase[k] as 0 | 1;
      const level =
        size +
        amplitudeOffset[phase] -
        (loss[silent.place[k] as number] as number) +
        (silent.logAmplitude[k] as number);
      const over = (level - (silent.threshold[k] as number)) / thresholdWidth[phase];
      sum += tables[phase].logSilent[stepOf(over)] as number;
    }
    return sum;
  };
}

/** Of each channel that has any: the event's own pick and free ones about the time the fit predicts. */
function candidatePicks(
  {
    model,
    event,
    isTaken,
  }: {
    readonly model: PickModel;
    readonly event: EventFit;
    readonly isTaken: (pick: number) => boolean;
  },
  channels: readonly number[],
): ReadonlyMap<number, readonly number[]> {
  const { parameters, stations, table, picks, start, order, orderTimeS } = model;
  const own = new Set(event.picks);
  const [tt, xx, yy, zz] = [0, 5, 10, 15].map(
    (k) => event.covariance[k] as number,
  ) as unknown as Covariance;
  const spreadS = Math.sqrt(tt + (xx + yy + zz) / SLOWEST_KM_S ** 2);
  const out = emptyArrival();
  const found = new Map<number, readonly number[]>();
  for (const channel of channels) {
    const s = channel >> 1;
    const phase = (channel & 1) as 0 | 1;
    const dx = event.eastKm - (stations.eastKm[s] as number);
    const dy = event.northKm - (stations.northKm[s] as number);
    timeTo(table, s, phase, dx, dy, event.depthKm, out);
    const predicted = event.timeS + out.timeS + (model.channels.termS[channel] as number);
    const scale = parameters.residualS[phase] + parameters.residualShare * out.timeS;
    const windowS = SCALES * scale + DEVIATIONS * spreadS;
    const end = start[channel + 1] as number;
    const some: number[] = [];
    let k = lowerBound(orderTimeS, predicted - windowS, start[channel] as number, end);
    for (; k < end && (orderTimeS[k] as number) <= predicted + windowS; k++) {
      const pick = order[k] as number;
      if (own.has(pick) || !isTaken(pick)) some.push(pick);
    }
    for (const pick of own) {
      if (channelOf(picks, pick) === channel && !some.includes(pick)) some.push(pick);
    }
    if (some.length > 0) found.set(channel, some);
  }
  return found;
}

type Covariance = readonly [tt: number, xx: number, yy: number, zz: number];

function candidatesOf(
  model: PickModel,
  { lnFalseRate, amplitudeConstant }: DetectionLevels,
  event: EventFit,
  picksOf: ReadonlyMap<number, readonly number[]>,
): Candidates {
  const { picks, scoreRatio } = model;
  const all = [...picksOf].flatMap(([channel, some]) => some.map((pick) => ({ channel, pick })));
  const start = new Int32Array(picksOf.size + 1);
  [...picksOf.values()].forEach((some, k) => (start[k + 1] = (start[k] as number) + some.length));
  return {
    start,
    observedS: Float64Array.from(all, ({ pick }) => (picks.timeS[pick] as number) - event.timeS),
    logAmplitude: Float64Array.from(all, ({ pick }) => picks.logAmplitude[pick] as number),
    nats: Float64Array.from(
      all,
      ({ channel, pick }) =>
        (scoreRatio[pick] as number) -
        (lnFalseRate[channel] as number) +
        amplitudeConstant(pick, channel),
    ),
  };
}

function placesOf(model: PickModel, channels: readonly number[]): Places {
  const { stations } = model;
  const rows = [...new Set(channels.map((channel) => channel >> 1))];
  const of = (values: ArrayLike<number>): Float64Array =>
    Float64Array.from(rows, (s) => values[s] as number);
  return {
    rows,
    eastKm: of(stations.eastKm),
    northKm: of(stations.northKm),
    elevationKm: of(stations.elevationKm),
    squareKm2: new Float64Array(rows.length),
    loss: new Float64Array(rows.length),
  };
}

function channelsOf(model: PickModel, places: Places, channels: readonly number[]): Channels {
  const placeOf = new Map(places.rows.map((s, p) => [s, p]));
  const of = (values: Float64Array): Float64Array =>
    Float64Array.from(channels, (channel) => values[channel] as number);
  return {
    count: channels.length,
    channel: Int32Array.from(channels),
    place: Int32Array.from(channels, (channel) => placeOf.get(channel >> 1) as number),
    phase: Uint8Array.from(channels, (channel) => channel & 1),
    termS: of(model.channels.termS),
    logAmplitude: of(model.channels.logAmplitude),
    threshold: of(model.channels.threshold),
  };
}

/** Channels within the distance that counts, as seen from the fit. */
function reachable(model: PickModel, event: EventFit): number[] {
  const { stations, parameters, reach } = model;
  const farthest = reachKm(reach, parameters, event.magnitude);
  const found: number[] = [];
  stations.ids.forEach((_, s) => {
    const distance = Math.hypot(
      event.eastKm - (stations.eastKm[s] as number),
      event.northKm - (stations.northKm[s] as number),
    );
    if (distance <= farthest) found.push(2 * s, 2 * s + 1);
  });
  return found;
}
