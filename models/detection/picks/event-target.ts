/**
 * Log density of one event's origin and magnitude given its picks and the silence of the other channels in
 * reach: what its posterior is drawn from, some twenty thousand times an event. Deterministic.
 * @module
 */
import { timeAt } from '../../traveltime/local-table.js';
import { elevationDelay, emptyArrival } from '../../traveltime/travel-times.js';
import { logDepthPrior } from './depth-prior.js';
import { detectionLevels } from './detection-levels.js';
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
export function eventTarget(
  model: PickModel,
  event: EventFit,
): (state: ArrayLike<number>) => number {
  const { picks, parameters, table, box } = model;
  const { tables, selectionNats } = detectionLevels(model);
  const pickOf = new Map(Array.from(event.picks, (pick) => [channelOf(picks, pick), pick]));
  const hidden = new Set(event.hidden);
  const near = reachable(model, event).filter((c) => !pickOf.has(c) && !hidden.has(c));
  const places = placesOf(model, [...pickOf.keys(), ...near]);
  const used = channelsOf(model, places, [...pickOf.keys()]);
  const silent = channelsOf(model, places, near);
  const ofPick = (value: (pick: number) => number): Float64Array =>
    Float64Array.from(pickOf.values(), value);
  const observedS = ofPick((pick) => (picks.timeS[pick] as number) - event.timeS);
  const logAmplitude = ofPick((pick) => picks.logAmplitude[pick] as number);
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
        slopes.timeS +
        elevationDelay(table, phase, elevationKm[p] as number, slopes) +
        (used.termS[k] as number);
      const scale = residualS[phase] + residualShare * slopes.timeS;
      const level =
        size + amplitudeOffset[phase] - (loss[p] as number) + (used.logAmplitude[k] as number);
      sum -= Math.abs((observedS[k] as number) - t - predicted) / scale + Math.log(scale);
      const over = (level - (used.threshold[k] as number)) / thresholdWidth[phase];
      sum += tables[phase].logPicked[stepOf(over)] as number;
      const a = logAmplitude[k] as number;
      if (a === a) {
        sum +=
          selectionNats(level, a, used.channel[k] as number) -
          0.5 * ((a - level) * inverseSigma) ** 2;
      }
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
