/**
 * The whole way from picks of a network to events as they are written: association, samples, and what to
 * say beside them. Shared by the command and the activity.
 * @module
 */
import { InvalidInputError } from '../../../core/errors.js';
import type { PhasePicks, PickEvent, PickStations } from '../../../core/picks.js';
import type { TravelTimes } from '../../traveltime/travel-times.js';
import { associate, type Association } from './associate.js';
import { whyNoEvent } from './explain.js';
import type { PickParameters } from './parameters.js';
import { summariseEvents } from './summarise.js';

/** Wider networks need a sphere; the search works on a plane. */
const MAX_NETWORK_KM = 1500;
const SEED = 1;

export interface NetworkEvents {
  readonly association: Association;
  readonly events: readonly PickEvent[];
  /** Null when there are events. */
  readonly noEvent: string | null;
  /** log10 by which the amplitude law was moved; not 0: magnitudes are relative. */
  readonly amplitudeShift: number;
}

/** Associates, locates and scales. Deterministic. */
export function associateNetwork(input: {
  readonly picks: PhasePicks;
  readonly stations: PickStations;
  readonly parameters: PickParameters;
  readonly table: TravelTimes;
  /** Posterior samples an event; 0: normal intervals. */
  readonly samples: number;
}): NetworkEvents {
  const { picks, stations, parameters, table, samples } = input;
  const association = associate({
    picks,
    stations,
    parameters,
    // Terms that a calibration learned are not learned anew from what they were to find.
    learnsTerms: Object.keys(parameters.stations).length === 0,
    table,
  });
  return {
    association,
    events: summariseEvents({ association, samples, seed: SEED }),
    noEvent: whyNoEvent(association),
    amplitudeShift: association.model.parameters.amplitudeOffset[0] - parameters.amplitudeOffset[0],
  };
}

/** Throws InvalidInputError for a network wider than 1,500 km; `source` names its file. */
export function checkExtent(stations: PickStations, source: string): void {
  const extent = (values: Float64Array): number => {
    let [low, high] = [Infinity, -Infinity];
    for (const value of values) {
      low = Math.min(low, value);
      high = Math.max(high, value);
    }
    return high - low;
  };
  const widest = Math.max(extent(stations.eastKm), extent(stations.northKm));
  if (widest <= MAX_NETWORK_KM) return;
  throw new InvalidInputError({
    what: `stations ${source}`,
    reason: `the network is ${widest.toFixed(0)} km wide, the limit is ${MAX_NETWORK_KM} km`,
    remedy: 'associate region by region, and check for a station with a wrong place',
  });
}
