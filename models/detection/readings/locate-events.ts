/**
 * Locates all events of a file: readings, stations and travel times in; hypocentres with posterior
 * samples, or the reason why there is none, out.
 * @module
 */
import { NoSolutionError } from '../../../core/errors.js';
import { localPlane } from '../../../core/local-plane.js';
import type { EventReadings, PickStations } from '../../../core/picks.js';
import { createRandom, seedFromText } from '../../../core/random.js';
import { localTable, type LocalTable } from '../../traveltime/local-table.js';
import type { TravelTimes } from '../../traveltime/travel-times.js';
import type { VelocityModel } from '../../traveltime/velocity-model.js';
import { locateReadings, type BestLocation, type LocationSamples } from './locate-readings.js';
import { locationModel, type LocationModel, type LocationParameters } from './location-model.js';
import { matchStations } from './match-stations.js';
import { summariseLocation, type Location } from './summarise-location.js';

/** One event of a file. */
export interface LocatedEvent {
  readonly eventId: string;
  /** Readings that were left out, and why. */
  readonly ignored: readonly string[];
  readonly result: {
    readonly location: Location;
    readonly model: LocationModel;
    readonly samples: LocationSamples;
  } | null;
  /** Why there is no result; empty when there is one. */
  readonly reason: string;
}

/** Readings of stations farther from each other need a sphere. */
const MAX_NETWORK_KM = 1500;
const TABLE_STEP_KM = 0.5;
/** Rows and columns of a table stay under this: wide networks get a coarser one. */
const MAX_COLUMNS = 1500;

/** Locates each event by itself: the seed and its id make its samples. */
export function locateEvents(input: {
  readonly events: readonly EventReadings[];
  readonly stations: PickStations;
  readonly parameters: LocationParameters;
  /** Travel times that reach so many km. */
  readonly timesWithin: (reachKm: number) => TravelTimes;
  readonly samples: number;
  readonly seed: number;
  /** Seconds since 1970: later readings are refused. */
  readonly nowS: number;
  /** What else to say of a result; null: nothing. */
  readonly noteOf?: (model: LocationModel, best: BestLocation) => string | null;
}): LocatedEvent[] {
  const { stations, parameters } = input;
  const { fromKm } = localPlane(stations.origin);
  const places = stations.ids.map((_, s) =>
    fromKm({
      eastKm: stations.eastKm[s] as number,
      northKm: stations.northKm[s] as number,
    }),
  );
  const latitude = places.map((place) => place.latitude);
  const longitude = places.map((place) => place.longitude);
  return input.events.map((event): LocatedEvent => {
    const { readings, ignored } = matchStations({ event, stations, nowS: input.nowS });
    const base = { eventId: event.eventId, ignored };
    if (readings.length === 0) return { ...base, result: null, reason: whyNone(ignored, stations) };
    const reachKm = reachOf(
      stations,
      readings.map(({ row }) => row),
      parameters.marginKm,
    );
    if (reachKm > MAX_NETWORK_KM) {
      return {
        ...base,
        result: null,
        reason: `its stations reach over ${reachKm.toFixed(0)} km, the limit is ${MAX_NETWORK_KM} km`,
      };
    }
    const table = input.timesWithin(reachKm);
    const model = locationModel({
      readings,
      stations,
      latitude,
      longitude,
      table,
      parameters,
    });
    const random = createRandom(seedFromText(`${input.seed} ${event.eventId}`));
    const found = locatedOr(() => locateReadings({ model, count: input.samples, random }));
    if (found instanceof NoSolutionError) return { ...base, result: null, reason: found.message };
    const { samples, best } = found;
    const placeOf = ({ row }: { readonly row: number }): { latitude: number; longitude: number } =>
      stations.isPlane
        ? { latitude: stations.northKm[row] as number, longitude: stations.eastKm[row] as number }
        : (places[row] as { latitude: number; longitude: number });
    const location = summariseLocation({ model, samples, best, places: placeOf });
    const note = input.noteOf?.(model, best) ?? null;
    const notes = note === null ? location.notes : [...location.notes, note];
    return { ...base, result: { location: { ...location, notes }, model, samples }, reason: '' };
  });
}

/** What was found, or that there is nothing: one event without a place leaves the others alone. */
function locatedOr<T>(locate: () => T): T | NoSolutionError {
  try {
    return locate();
  } catch (cause) {
    if (cause instanceof NoSolutionError) return cause;
    throw cause;
  }
}

/** Times of a layered model: a table that grows when an event needs it. */
export function tablesOf(
  model: VelocityModel,
  maxDepthKm: number,
): (reachKm: number) => TravelTimes {
  let table: LocalTable | null = null;
  return (reachKm) => {
    if (table && table.maxDistanceKm >= reachKm) return table;
    table = localTable({
      model,
      maxDistanceKm: reachKm,
      maxDepthKm,
      distanceStepKm: Math.max(TABLE_STEP_KM, Math.ceil(reachKm / MAX_COLUMNS)),
      depthStepKm: TABLE_STEP_KM,
    });
    return table;
  };
}

/** Diagonal of the search box: what travel times are needed for, km. */
function reachOf(stations: PickStations, rows: readonly number[], marginKm: number): number {
  const extent = (values: Float64Array): number => {
    const own = rows.map((row) => values[row] as number);
    return Math.max(...own) - Math.min(...own);
  };
  const [width, height] = [extent(stations.eastKm), extent(stations.northKm)];
  const margin = Math.max(marginKm, Math.max(width, height) / 2);
  return 1.02 * Math.hypot(width + margin, height + margin) + 5;
}

function whyNone(ignored: readonly string[], stations: PickStations): string {
  const some = ignored.slice(0, 3).join('; ');
  if (some === '') return 'it has no P or S reading';
  return `none of its readings can be used (${some}; stations are like '${stations.ids[0] as string}')`;
}
