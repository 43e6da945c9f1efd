/** How far from an event channels count: by its magnitude, and by how dense the network is. @module */
import type { PickStations } from '../../../core/picks.js';
import type { TravelTimes } from '../../traveltime/travel-times.js';
import type { PickParameters } from './parameters.js';

/** Distances within which channels speak for or against an event, km. */
export interface Reach {
  /** Always: of a small event, or of one whose magnitude is not known yet. */
  readonly nearKm: number;
  /** Never further. */
  readonly farKm: number;
  /** log10 amplitude under which no channel picks. */
  readonly faintest: number;
}

const LEAST_NEAR_KM = 120;
/** In a sparse network the distance to this neighbour, times the factor, is near. */
const NEIGHBOUR = 8;
const NEIGHBOUR_FACTOR = 1.5;
/** Logistic widths under the lowest threshold at which a pick has become improbable (2 %). */
const FAINT_WIDTHS = 4;

/** Reach in a network; `farKm` is also that of the travel times. */
export function reachOf(input: {
  readonly stations: PickStations;
  readonly parameters: PickParameters;
  /** Both [channel], as in `Channels`. */
  readonly channels: { readonly threshold: Float64Array; readonly logAmplitude: Float64Array };
  readonly table: TravelTimes;
}): Reach {
  const { stations, parameters, channels, table } = input;
  const farKm = table.isGrid
    ? parameters.maxDistanceKm
    : Math.min(parameters.maxDistanceKm, table.maxDistanceKm);
  const width = Math.max(...parameters.thresholdWidth);
  let lowest = Number.POSITIVE_INFINITY;
  for (let c = 0; c < channels.threshold.length; c++) {
    lowest = Math.min(
      lowest,
      (channels.threshold[c] as number) - (channels.logAmplitude[c] as number),
    );
  }
  return {
    nearKm: Math.min(farKm, Math.max(LEAST_NEAR_KM, NEIGHBOUR_FACTOR * spacingKm(stations))),
    farKm,
    faintest: lowest - FAINT_WIDTHS * width,
  };
}

/** Distance to which an event of this magnitude is seen; near where it is NaN. */
export function reachKm(reach: Reach, parameters: PickParameters, magnitude: number): number {
  if (!(magnitude === magnitude)) return reach.nearKm;
  const offset = Math.max(...parameters.amplitudeOffset);
  const level = offset + parameters.amplitudePerMagnitude * (magnitude - 3.5) - reach.faintest;
  const seen = 10 ** (level / parameters.amplitudePerLogDistance);
  return seen > reach.nearKm ? Math.min(seen, reach.farKm) : reach.nearKm;
}

/** Farthest distance that a network's travel times are asked for, km. */
export function tableReachKm(stations: PickStations, parameters: PickParameters): number {
  const side = (values: Float64Array): number =>
    values.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY) -
    values.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY) +
    2 * parameters.marginKm;
  const widest = Math.hypot(side(stations.eastKm), side(stations.northKm));
  return Math.min(parameters.maxDistanceKm, widest) + 10;
}

/** Median distance of a station to its eighth neighbour (its farthest in a smaller network), km. */
function spacingKm(stations: PickStations): number {
  const n = stations.ids.length;
  const distances = Array.from({ length: n }, (_, a) => {
    const own = new Float64Array(n);
    for (let b = 0; b < n; b++) {
      own[b] = Math.hypot(
        (stations.eastKm[a] as number) - (stations.eastKm[b] as number),
        (stations.northKm[a] as number) - (stations.northKm[b] as number),
      );
    }
    return own.sort()[Math.min(NEIGHBOUR, n - 1)] as number;
  }).sort((a, b) => a - b);
  return distances[n >> 1] ?? 0;
}
