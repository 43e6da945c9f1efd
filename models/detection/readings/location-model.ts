/**
 * The model of an event's phase readings: where stations are, when waves arrive, how wrong readings
 * are. Readings, stations and travel times in; log prior and log-likelihood out.
 * @module
 */
import type { PhaseReading, PickStations } from '../../../core/picks.js';
import { emptyArrival, timeAtHeight, type TravelTimes } from '../../traveltime/travel-times.js';

/** Numbers of the model that are not data. */
export interface LocationParameters {
  /** Standard deviations of P and S readings for which the file states none, s. */
  readonly sigmaS: readonly [p: number, s: number];
  /** Log standard deviation of the factor on stated errors, and on assumed ones. */
  readonly statedLogSigma: number;
  readonly assumedLogSigma: number;
  /** Errors of travel times as a share of them: half-normal of this scale. */
  readonly travelTimeShare: number;
  /** Share of readings that are wrong, anywhere within the width. */
  readonly outlierShare: number;
  readonly outlierWidthS: number;
  /** Depth prior: 70 % exponential of this mean, 30 % uniform to `maxDepthKm` (DESIGN 5). */
  readonly depthScaleKm: number;
  readonly maxDepthKm: number;
  /** Events are sought this far outside the stations that have readings, km. */
  readonly marginKm: number;
}

export const DEFAULT_LOCATION_PARAMETERS: LocationParameters = {
  sigmaS: [0.1, 0.2],
  statedLogSigma: 0.3,
  assumedLogSigma: 0.7,
  travelTimeShare: 0.005,
  outlierShare: 0.03,
  outlierWidthS: 20,
  depthScaleKm: 15,
  maxDepthKm: 60,
  marginKm: 60,
};

/** A reading at a known station. */
export interface LocatedReading extends PhaseReading {
  /** Row in the stations. */
  readonly row: number;
}

/** Box of the search about `origin`, km. */
export interface LocationBox {
  readonly west: number;
  readonly east: number;
  readonly south: number;
  readonly north: number;
  readonly deepest: number;
}

/** Errors of readings: factor on the readings' own (natural log) and share of travel times. */
export interface ErrorLevel {
  readonly logFactor: number;
  readonly share: number;
}

/** Evaluator of one event; owns scratch memory. East and north are km on `frame`. */
export interface LocationModel {
  readonly parameters: LocationParameters;
  readonly readings: readonly LocatedReading[];
  readonly box: LocationBox;
  readonly frame: Frame;
  /** Standard deviation of readings alone, s, [reading]. */
  readonly sigmaS: Float64Array;
  readonly logFactorSigma: number;
  /** Earliest reading: times below count from here, seconds since 1970. */
  readonly referenceS: number;
  /** Travel times, s, [reading]; valid until the next call. */
  travelTimes(eastKm: number, northKm: number, depthKm: number): Float64Array;
  /** Weighted median of reading minus travel time, s after the reference. */
  originTime(travelS: Float64Array): number;
  /** Log-likelihood; with `widenKm` (the reach of a cell) misfits count less. */
  logLikelihood(
    travelS: Float64Array,
    originS: number,
    errors: ErrorLevel,
    widenKm?: number,
  ): number;
  logDepthPrior(depthKm: number): number;
  distanceKm(eastKm: number, northKm: number, reading: number): number;
}

/** Degrees to km about the middle of the readings' stations; a plane stays as it is. */
export interface Frame {
  readonly latitude: number;
  readonly longitude: number;
  readonly northPerDegree: number;
  readonly eastPerDegree: number;
  readonly isPlane: boolean;
}

const RAD = Math.PI / 180;
/** WGS84. */
const MAJOR_KM = 6378.137;
const ECCENTRICITY2 = 0.00669437999014;
const LN_2PI = Math.log(2 * Math.PI);
const SHALLOW_SHARE = 0.7;
/** Error of the travel-time table itself, s. */
const TABLE_SIGMA_S = 0.003;

/** Builds the model. Stations' places are taken back to degrees from their plane. */
export function locationModel(input: {
  readonly readings: readonly LocatedReading[];
  readonly stations: PickStations;
  readonly latitude: ArrayLike<number>;
  readonly longitude: ArrayLike<number>;
  readonly table: TravelTimes;
  readonly parameters: LocationParameters;
}): LocationModel {
  const { readings, stations, table, parameters } = input;
  const n = readings.length;
  const isPlane = stations.isPlane ?? false;
  const rows = readings.map(({ row }) => row);
  const places = rows.map((row) =>
    isPlane
      ? [stations.northKm[row] as number, stations.eastKm[row] as number]
      : [input.latitude[row] as number, input.longitude[row] as number],
  ) as readonly (readonly [number, number])[];
  const frame = frameOf(places, isPlane);
  const local = places.map(([a, b]) => toFrame(frame, a, b));
  const sigmaS = Float64Array.from(
    readings,
    ({ sigmaS: own, phase }) => own ?? parameters.sigmaS[phase === 'P' ? 0 : 1],
  );
  const isStated = readings.every(({ sigmaS: own }) => own !== null);
  const referenceS = readings.reduce((least, { timeS }) => Math.min(least, timeS), Infinity);
  const observed = Float64Array.from(readings, ({ timeS }) => timeS - referenceS);
  const phases = Uint8Array.from(readings, ({ phase }) => (phase === 'P' ? 0 : 1));
  const elevation = Float64Array.from(rows, (row) => stations.elevationKm[row] as number);
  const latitudes = Float64Array.from(places, ([latitude]) => latitude);
  const longitudes = Float64Array.from(places, ([, longitude]) => longitude);
  const travel = new Float64Array(n);
  const slopes = emptyArrival();
  const order = Array.from({ length: n }, (_, k) => k);
  const offsets = new Float64Array(n);
  const shallowMass = 1 - Math.exp(-parameters.maxDepthKm / parameters.depthScaleKm);

  const distanceKm = (eastKm: number, northKm: number, k: number): number => {
    if (isPlane) {
      const [y, x] = places[k] as readonly [number, number];
      return Math.hypot(eastKm + frame.longitude - x, northKm + frame.latitude - y);
    }
    const latitude = frame.latitude + northKm / frame.northPerDegree;
    const longitude = frame.longitude + eastKm / frame.eastPerDegree;
    return ellipsoidKm(latitude, longitude, latitudes[k] as number, longitudes[k] as number);
  };

  return {
    parameters,
    readings,
    frame,
    sigmaS,
    referenceS,
    logFactorSigma: isStated ? parameters.statedLogSigma : parameters.assumedLogSigma,
    box: boxOf(local, parameters),
    distanceKm,
    travelTimes: (eastKm, northKm, depthKm) => {
      if (table.isGrid) {
        const [x, y] = table.project(fromFrame(frame, eastKm, northKm));
        for (let k = 0; k < n; k++) {
          table.from(rows[k] as number, phases[k] as 0 | 1, x, y, depthKm, slopes);
          travel[k] = slopes.timeS;
        }
        return travel;
      }
      for (let k = 0; k < n; k++) {
        const phase = phases[k] as 0 | 1;
        const km = distanceKm(eastKm, northKm, k);
        travel[k] = timeAtHeight(table, phase, km, depthKm, elevation[k] as number, slopes);
      }
      return travel;
    },
    originTime: (travelS) => {
      for (let k = 0; k < n; k++) offsets[k] = (observed[k] as number) - (travelS[k] as number);
      order.sort((a, b) => (offsets[a] as number) - (offsets[b] as number));
      let total = 0;
      for (let k = 0; k < n; k++) total += 1 / (sigmaS[k] as number);
      let sum = 0;
      for (const k of order) {
        sum += 1 / (sigmaS[k] as number);
        if (sum >= total / 2) return offsets[k] as number;
      }
      return 0;
    },
    logLikelihood: (travelS, originS, errors, widenKm = 0) => {
      const factor2 = Math.exp(2 * errors.logFactor);
      const { outlierShare, outlierWidthS } = parameters;
      const wrong = outlierShare / outlierWidthS;
      let sum = 0;
      for (let k = 0; k < n; k++) {
        const t = travelS[k] as number;
        const own = sigmaS[k] as number;
        const reach = widenKm * table.surfaceSlowness[phases[k] as 0 | 1];
        const variance = factor2 * own * own + (errors.share * t) ** 2 + TABLE_SIGMA_S ** 2;
        const r = (observed[k] as number) - originS - t;
        // Only the misfit is eased: a wide cell is judged by the best place that it may hold.
        const misfit = (r * r) / (variance + reach * reach);
        const right = Math.exp(-0.5 * (misfit + Math.log(variance) + LN_2PI));
        sum += Math.log((1 - outlierShare) * right + wrong);
      }
      return sum;
    },
    logDepthPrior: (depthKm) =>
      depthKm < 0 || depthKm > parameters.maxDepthKm
        ? Number.NEGATIVE_INFINITY
        : Math.log(
            (SHALLOW_SHARE * Math.exp(-depthKm / parameters.depthScaleKm)) /
              (parameters.depthScaleKm * shallowMass) +
              (1 - SHALLOW_SHARE) / parameters.maxDepthKm,
          ),
  };
}

/**
 * Distance of two places on the WGS84 ellipsoid by the radii of curvature at their middle latitude
 * (Gauss's mid-latitude formula); error under 1e-4 within 150 km, 1e-3 within 500 km (at 60 degrees).
 */
export function ellipsoidKm(lat1: number, lon1: number, lat2: number, lon2: number): number {
  const middle = ((lat1 + lat2) / 2) * RAD;
  const sin = Math.sin(middle);
  const w2 = 1 - ECCENTRICITY2 * sin * sin;
  const w = Math.sqrt(w2);
  let turn = lon2 - lon1;
  if (turn > 180) turn -= 360;
  else if (turn < -180) turn += 360;
  const north = ((lat2 - lat1) * RAD * MAJOR_KM * (1 - ECCENTRICITY2)) / w2 / w;
  const east = (turn * RAD * MAJOR_KM * Math.cos(middle)) / w;
  return Math.sqrt(north * north + east * east);
}

/** A place of a frame in degrees (on a plane: north and east, km). */
export function fromFrame(
  frame: Frame,
  eastKm: number,
  northKm: number,
): { readonly latitude: number; readonly longitude: number } {
  const longitude = frame.longitude + eastKm / frame.eastPerDegree;
  return {
    latitude: frame.latitude + northKm / frame.northPerDegree,
    longitude: frame.isPlane ? longitude : ((longitude + 540) % 360) - 180,
  };
}

function toFrame(frame: Frame, latitude: number, longitude: number): readonly [number, number] {
  const turn = longitude - frame.longitude;
  const short = frame.isPlane ? turn : turn - 360 * Math.round(turn / 360);
  return [short * frame.eastPerDegree, (latitude - frame.latitude) * frame.northPerDegree];
}

function frameOf(places: readonly (readonly [number, number])[], isPlane: boolean): Frame {
  const [first] = places as readonly [readonly [number, number]];
  const turns = places.map(([, lon]) => {
    const turn = lon - first[1];
    return isPlane ? turn : turn - 360 * Math.round(turn / 360);
  });
  const mean = (values: readonly number[]): number =>
    values.reduce((a, b) => a + b, 0) / values.length;
  const latitude = mean(places.map(([lat]) => lat));
  const longitude = first[1] + mean(turns);
  if (isPlane) return { latitude, longitude, northPerDegree: 1, eastPerDegree: 1, isPlane };
  return {
    latitude,
    longitude,
    northPerDegree: ellipsoidKm(latitude - 0.5, 0, latitude + 0.5, 0),
    eastPerDegree: ellipsoidKm(latitude, 0, latitude, 1),
    isPlane,
  };
}

function boxOf(
  local: readonly (readonly [number, number])[],
  parameters: LocationParameters,
): LocationBox {
  const east = local.map(([x]) => x);
  const north = local.map(([, y]) => y);
  const extent = Math.max(
    Math.max(...east) - Math.min(...east),
    Math.max(...north) - Math.min(...north),
  );
  const margin = Math.max(parameters.marginKm, extent / 2);
  return {
    west: Math.min(...east) - margin,
    east: Math.max(...east) + margin,
    south: Math.min(...north) - margin,
    north: Math.max(...north) + margin,
    deepest: parameters.maxDepthKm,
  };
}
