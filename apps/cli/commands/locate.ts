/** `quakeloom locate`: phase readings of events become hypocentres with their uncertainty. @module */
import type { Command } from 'commander';
import { readReadings } from '../../../connectors/picks/readings.js';
import { readStations } from '../../../connectors/picks/stations.js';
import { InvalidInputError } from '../../../core/errors.js';
import { fromLocalKm } from '../../../core/geo.js';
import type { EventReadings, PickStations } from '../../../core/picks.js';
import { createRandom, seedFromText } from '../../../core/random.js';
import {
  locateReadings,
  type LocationSamples,
} from '../../../models/detection/readings/locate-readings.js';
import {
  DEFAULT_LOCATION_PARAMETERS,
  fromFrame,
  locationModel,
  type LocationModel,
} from '../../../models/detection/readings/location-model.js';
import { matchStations } from '../../../models/detection/readings/match-stations.js';
import {
  summariseLocation,
  type Location,
} from '../../../models/detection/readings/summarise-location.js';
import { localTable, type LocalTable } from '../../../models/traveltime/local-table.js';
import type { TravelTimes } from '../../../models/traveltime/travel-times.js';
import { parseCount, parseNumber } from '../arguments.js';
import { print, table, type Output } from '../output.js';
import { networkOnGrid, outsideNote, rowsOf, timesOnGrid } from './grid-network.js';
import { VELOCITY_HELP, velocityOf, type Velocity } from './velocity.js';

interface LocateOptions {
  readonly obs: string;
  readonly stations: string;
  readonly velocity?: string;
  readonly samples: number;
  readonly maxDepth: number;
  readonly seed: number;
  readonly json?: boolean;
}

/** Readings of stations farther from each other need a sphere. */
const MAX_NETWORK_KM = 1500;
const TABLE_STEP_KM = 0.5;
/** Rows and columns of a table stay under this: wide networks get a coarser one. */
const MAX_COLUMNS = 1500;

export function addLocateCommand(program: Command, output: Output): void {
  program
    .command('locate')
    .description('locate events from phase readings, with posterior samples')
    .requiredOption('--obs <file>', 'NonLinLoc phase file (NLLOC_OBS) or QuakeML with picks')
    .requiredOption(
      '--stations <file>',
      'stations: CSV, StationXML, FDSN station text or NonLinLoc GTSRCE lines',
    )
    .option('--velocity <model>', VELOCITY_HELP, 'iasp91')
    .option('--samples <n>', 'posterior samples an event', parseCount(100, 20_000), 1000)
    .option(
      '--max-depth <km>',
      'deepest hypocentre',
      parseNumber,
      DEFAULT_LOCATION_PARAMETERS.maxDepthKm,
    )
    .option('--seed <n>', 'of the sampler', parseCount(0, 2 ** 31 - 1), 1)
    .option('--json', 'print locations, residuals and samples as JSON')
    .action(async (options: LocateOptions) => {
      const { located, velocity } = await locateAll(options, (line) => output.error(line));
      for (const event of located) {
        for (const line of event.ignored) output.error(`${event.eventId}: left out: ${line}`);
        if (!event.result) output.error(`${event.eventId}: not located: ${event.reason}`);
      }
      const report = {
        velocity,
        events: located.map((event) => reportOf(event)),
      };
      print(output, options.json, report, locationTable(located));
    });
}

interface LocatedEvent {
  readonly eventId: string;
  readonly ignored: readonly string[];
  readonly result: {
    readonly location: Location;
    readonly model: LocationModel;
    readonly samples: LocationSamples;
  } | null;
  readonly reason: string;
}

async function locateAll(
  options: LocateOptions,
  log: (line: string) => void,
): Promise<{
  readonly located: readonly LocatedEvent[];
  readonly velocity: string;
}> {
  if (!(options.maxDepth >= 1 && options.maxDepth <= 300)) {
    throw new InvalidInputError({
      what: '--max-depth',
      reason: `${options.maxDepth} km is not within 1 to 300`,
      remedy: 'give the deepest hypocentre in km',
    });
  }
  const [events, listed, velocity] = [
    await readReadings({ path: options.obs }),
    await readStations({ path: options.stations }),
    await velocityOf(options.velocity),
  ];
  const network = velocity.grid ? networkOnGrid(velocity.grid, listed) : null;
  for (const line of network?.remarks ?? []) log(line);
  const stations = network ? usedBy(events, network.stations) : listed;
  const parameters = { ...DEFAULT_LOCATION_PARAMETERS, maxDepthKm: options.maxDepth };
  const places = stations.ids.map((_, s) =>
    fromLocalKm(stations.origin, {
      eastKm: stations.eastKm[s] as number,
      northKm: stations.northKm[s] as number,
    }),
  );
  const latitude = places.map((place) => place.latitude);
  const longitude = places.map((place) => place.longitude);
  const timesWithin = timesFor(velocity, stations, parameters.maxDepthKm, log);
  const located = events.map((event): LocatedEvent => {
    const { readings, ignored } = matchStations({ event, stations, nowS: Date.now() / 1000 });
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
    const table = timesWithin(reachKm);
    const model = locationModel({
      readings,
      stations,
      latitude,
      longitude,
      table,
      parameters,
    });
    const random = createRandom(seedFromText(`${options.seed} ${event.eventId}`));
    const { samples, best } = locateReadings({ model, count: options.samples, random });
    const placeOf = ({ row }: { readonly row: number }): { latitude: number; longitude: number } =>
      stations.isPlane
        ? { latitude: stations.northKm[row] as number, longitude: stations.eastKm[row] as number }
        : (places[row] as { latitude: number; longitude: number });
    const location = summariseLocation({ model, samples, best, places: placeOf });
    const xy = table.isGrid && table.project(fromFrame(model.frame, best.eastKm, best.northKm));
    const outside = velocity.grid && xy ? outsideNote(velocity.grid, xy, best.depthKm) : null;
    const notes = outside === null ? location.notes : [...location.notes, outside];
    return { ...base, result: { location: { ...location, notes }, model, samples }, reason: '' };
  });
  return { located, velocity: velocity.name };
}

/** The stations that readings name: only they need sweeps. */
function usedBy(events: readonly EventReadings[], stations: PickStations): PickStations {
  const nowS = Date.now() / 1000;
  const rows = new Set<number>();
  for (const event of events) {
    for (const { row } of matchStations({ event, stations, nowS }).readings) rows.add(row);
  }
  return rowsOf(
    stations,
    [...rows].sort((a, b) => a - b),
  );
}

/** Times that reach so many km: those of a grid, or a table that grows when an event needs it. */
function timesFor(
  velocity: Velocity,
  stations: PickStations,
  maxDepthKm: number,
  log: (line: string) => void,
): (reachKm: number) => TravelTimes {
  if (velocity.grid) {
    const times = timesOnGrid(velocity.grid, stations, log);
    return () => times;
  }
  let table: LocalTable | null = null;
  return (reachKm) => {
    if (table && table.maxDistanceKm >= reachKm) return table;
    table = localTable({
      model: velocity.layers,
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

const iso = (timeS: number): string => new Date(Math.round(timeS * 1000)).toISOString();
const round = (value: number, digits: number): number => Number(value.toFixed(digits));

function reportOf(event: LocatedEvent): unknown {
  const { eventId, ignored, result } = event;
  if (!result) return { eventId, located: false, reason: event.reason, ignored };
  const { location, model, samples } = result;
  const { isPlane } = model.frame;
  const [a, b] = isPlane ? ['northKm', 'eastKm'] : ['latitude', 'longitude'];
  const draw = (i: number): unknown => {
    const place = fromFrame(model.frame, samples.eastKm[i] as number, samples.northKm[i] as number);
    return {
      time: iso(model.referenceS + (samples.originS[i] as number)),
      [a as string]: round(place.latitude, 6),
      [b as string]: round(place.longitude, 6),
      depthKm: round(samples.depthKm[i] as number, 4),
    };
  };
  const interval = (m: { p05: number; p95: number }): [number, number] => [m.p05, m.p95];
  return {
    eventId,
    located: true,
    time: iso(location.timeS.p50),
    [a as string]: location.latitude.p50,
    [b as string]: location.longitude.p50,
    depthKm: location.depthKm.p50,
    timeSdS: location.timeS.sd,
    timeInterval90: interval(location.timeS).map(iso),
    [`${a as string}Interval90`]: interval(location.latitude),
    [`${b as string}Interval90`]: interval(location.longitude),
    depthKmInterval90: interval(location.depthKm),
    ellipse90: location.ellipse90,
    covarianceKm2: location.covarianceKm2,
    mostProbable: {
      time: iso(location.best.timeS),
      [a as string]: location.best.latitude,
      [b as string]: location.best.longitude,
      depthKm: location.best.depthKm,
    },
    rmsS: location.rmsS,
    phasesUsed: location.phases.filter(({ outlierProbability }) => outlierProbability < 0.5).length,
    stationsUsed: location.stationsUsed,
    azimuthalGapDeg: location.azimuthalGapDeg,
    nearestStationKm: location.nearestStationKm,
    errorFactor: location.errorFactor,
    travelTimeShare: location.travelTimeShare,
    phases: location.phases.map(({ timeS, ...phase }) => ({ ...phase, time: iso(timeS) })),
    ignored,
    notes: location.notes,
    samples: Array.from({ length: samples.count }, (_, i) => draw(i)),
  };
}

function locationTable(events: readonly LocatedEvent[]): string {
  return table(
    'located events',
    ['event', 'origin time', 'lat', 'lon', 'ellipse 90 %', 'depth (90 %)', 'rms', 'phases'],
    events.flatMap(({ eventId, result }) => {
      if (!result) return [];
      const { location: at } = result;
      const { semiMajorKm, semiMinorKm, azimuthDeg } = at.ellipse90;
      return [
        [
          eventId,
          iso(at.timeS.p50),
          at.latitude.p50.toFixed(4),
          at.longitude.p50.toFixed(4),
          `${semiMajorKm.toFixed(1)} x ${semiMinorKm.toFixed(1)} km, ${azimuthDeg.toFixed(0)} deg`,
          `${at.depthKm.p50.toFixed(1)} km (${at.depthKm.p05.toFixed(1)}-${at.depthKm.p95.toFixed(1)})`,
          `${at.rmsS.toFixed(3)} s`,
          String(at.phases.length),
        ],
      ];
    }),
  );
}
