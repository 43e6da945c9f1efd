/** `quakeloom locate`: phase readings of events become hypocentres with their uncertainty. @module */
import type { Command } from 'commander';
import { readReadings } from '../../../connectors/picks/readings.js';
import { readStations } from '../../../connectors/picks/stations.js';
import { InvalidInputError } from '../../../core/errors.js';
import type { EventReadings, PickStations } from '../../../core/picks.js';
import type { VelocityGrid } from '../../../core/velocity-grid.js';
import {
  locateEvents,
  tablesOf,
  type LocatedEvent,
} from '../../../models/detection/readings/locate-events.js';
import {
  DEFAULT_LOCATION_PARAMETERS,
  fromFrame,
} from '../../../models/detection/readings/location-model.js';
import { locationReport } from '../../../models/detection/readings/location-report.js';
import { matchStations } from '../../../models/detection/readings/match-stations.js';
import { parseCount, parseNumber } from '../arguments.js';
import { print, table, type Output } from '../output.js';
import { networkOnGrid, outsideNote, rowsOf, timesOnGrid } from './grid-network.js';
import { VELOCITY_HELP, velocityOf } from './velocity.js';

interface LocateOptions {
  readonly obs: string;
  readonly stations: string;
  readonly velocity?: string;
  readonly samples: number;
  readonly maxDepth: number;
  readonly seed: number;
  readonly json?: boolean;
}

/** Intervals need so many draws, however few are listed. */
const LEAST_DRAWS = 100;

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
    .option('--samples <n>', 'posterior samples an event', parseCount(0, 20_000), 1000)
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
        for (const note of event.result?.location.notes ?? [])
          output.error(`${event.eventId}: ${note}`);
        if (!event.result) output.error(`${event.eventId}: not located: ${event.reason}`);
      }
      const report = {
        velocity,
        events: located.map((event) => locationReport(event, options.samples)),
      };
      print(output, options.json, report, locationTable(located));
    });
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
  const times = velocity.grid
    ? onGrid(velocity.grid, stations, log)
    : { timesWithin: tablesOf(velocity.layers, parameters.maxDepthKm) };
  const located = locateEvents({
    events,
    stations,
    parameters,
    ...times,
    samples: Math.max(LEAST_DRAWS, options.samples),
    seed: options.seed,
    nowS: Date.now() / 1000,
  });
  return { located, velocity: velocity.name };
}

/** Times of a grid, and a note where the most probable place lies outside it. */
function onGrid(
  grid: VelocityGrid,
  stations: PickStations,
  log: (line: string) => void,
): Pick<Parameters<typeof locateEvents>[0], 'timesWithin' | 'noteOf'> {
  const times = timesOnGrid(grid, stations, log);
  return {
    timesWithin: () => times,
    noteOf: ({ frame }, best) => {
      const xy = times.project(fromFrame(frame, best.eastKm, best.northKm));
      return outsideNote(grid, xy, best.depthKm);
    },
  };
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

const iso = (timeS: number): string => new Date(Math.round(timeS * 1000)).toISOString();

function locationTable(events: readonly LocatedEvent[]): string {
  return table(
    'located events',
    [
      'event',
      'origin time',
      'lat',
      'lon',
      'ellipse 90 %',
      'depth (90 %)',
      'rms',
      'phases that fit',
    ],
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
          `${at.phases.filter(({ outlierProbability: p }) => p < 0.5).length} of ${at.phases.length}`,
        ],
      ];
    }),
  );
}
