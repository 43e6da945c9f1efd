/** `quakeloom associate`: picks of a network become located events. @module */
import path from 'node:path';
import type { Command } from 'commander';
import {
  assignmentsCsv,
  pickEventsCsv,
  pickEventsQuakeMl,
} from '../../../catalogue/export/pick-events.js';
import { readPicks, type PickFile } from '../../../connectors/picks/picks.js';
import { readStations } from '../../../connectors/picks/stations.js';
import type { PickEvent, PickStations } from '../../../core/picks.js';
import type { Association } from '../../../models/detection/picks/associate.js';
import {
  associateNetwork,
  checkExtent,
} from '../../../models/detection/picks/associate-network.js';
import {
  DEFAULT_PICK_PARAMETERS,
  type PickParameters,
} from '../../../models/detection/picks/parameters.js';
import { parsePickParameters } from '../../../models/detection/picks/parse-parameters.js';
import { tableReachKm } from '../../../models/detection/picks/reach.js';
import { localTable } from '../../../models/traveltime/local-table.js';
import { parseCount, parseNumber } from '../arguments.js';
import { makeOutFolder } from '../out-folder.js';
import { print, table, type Output } from '../output.js';
import { writeFiles } from '../write-files.js';
import { networkOnGrid, timesOnGrid } from './grid-network.js';
import { textOf, VELOCITY_HELP, velocityOf, type Velocity } from './velocity.js';

interface AssociateOptions {
  readonly picks: string;
  readonly stations: string;
  readonly velocity?: string;
  readonly parameters?: string;
  readonly out: string;
  readonly minProbability: number;
  readonly samples: number;
  readonly json?: boolean;
}

export function addAssociateCommand(program: Command, output: Output): void {
  program
    .command('associate')
    .description('associate phase picks with events, locate them and give magnitudes')
    .requiredOption(
      '--picks <csv>',
      'picks: station, time, phase, optionally prob and amp (.csv, .csv.gz)',
    )
    .requiredOption(
      '--stations <file>',
      'stations: CSV (id, latitude, longitude, elevation; or x, y, z in km), StationXML, FDSN text, GTSRCE',
    )
    .option('--velocity <model>', VELOCITY_HELP, 'iasp91')
    .option('--parameters <json>', 'pick parameters, for example from a calibration')
    .requiredOption('--out <dir>', 'folder for events.csv, assignments.csv and events.xml')
    .option('--min-probability <p>', 'leave picks under this score out', parseNumber, 0)
    .option(
      '--samples <n>',
      'posterior samples an event; 0: normal intervals',
      parseCount(0, 20_000),
      1000,
    )
    .option('--json', 'print a summary and the events as JSON')
    .action(async (options: AssociateOptions) => {
      // Said before the work, not after it.
      await makeOutFolder(options.out);
      const listed = await readStations({ path: options.stations });
      checkExtent(listed, options.stations);
      for (const line of placeRemarks(listed, options.stations)) output.error(line);
      const velocity = await velocityOf(options.velocity);
      const network = velocity.grid ? networkOnGrid(velocity.grid, listed) : null;
      const stations = network?.stations ?? listed;
      for (const line of network?.remarks ?? []) output.error(line);
      const file = await readPicks({
        path: options.picks,
        stations,
        minProbability: options.minProbability,
        nowS: Date.now() / 1000,
      });
      const parameters = await parametersOf(options.parameters);
      for (const line of remarks(file)) output.error(line);
      const { association, events, noEvent, amplitudeShift } = associateNetwork({
        picks: file.picks,
        stations,
        parameters,
        samples: options.samples,
        table: velocity.grid
          ? timesOnGrid(velocity.grid, stations, (line) => output.error(line))
          : localTable({
              model: velocity.layers,
              maxDistanceKm: tableReachKm(stations, parameters),
              maxDepthKm: parameters.maxDepthKm,
            }),
      });
      await writeTables(options.out, events);
      // Not m/s and not calibrated: the law was moved to the amplitudes, magnitudes are relative.
      if (amplitudeShift !== 0) output.error(shiftRemark(amplitudeShift));
      if (noEvent !== null) output.error(`No event: ${noEvent}.`);
      print(
        output,
        options.json,
        report({ file, stations, velocity, association, events, why: noEvent, amplitudeShift }),
        eventTable(events),
      );
    });
}

/** All three files or none new. */
async function writeTables(folder: string, events: readonly PickEvent[]): Promise<void> {
  const generatedAt = new Date().toISOString();
  const files = Object.entries({
    'events.csv': pickEventsCsv(events),
    'assignments.csv': assignmentsCsv(events),
    'events.xml': pickEventsQuakeMl({ events, generatedAt }),
  }).map(([name, content]) => ({ content, to: path.join(folder, name) }));
  await writeFiles(files);
}

async function parametersOf(file: string | undefined): Promise<PickParameters> {
  if (file === undefined) return DEFAULT_PICK_PARAMETERS;
  return parsePickParameters({ name: file, text: await textOf(file) });
}

function remarks(file: PickFile): string[] {
  const lines = file.rejected.map(({ reason, count }) => `${count} picks left out: ${reason}.`);
  return file.unsorted > 0
    ? [...lines, `${file.unsorted} picks were not in order of time; sorted.`]
    : lines;
}

/** Places that are given twice are most often a slip of the list, and make intervals wide. */
function placeRemarks({ ids, eastKm, northKm }: PickStations, file: string): string[] {
  const first = new Map<string, number>();
  let shared = '';
  let count = 0;
  ids.forEach((id, i) => {
    const place = `${(eastKm[i] as number).toFixed(3)} ${(northKm[i] as number).toFixed(3)}`;
    const other = first.get(place);
    if (other === undefined) first.set(place, i);
    else if (count++ === 0) shared = `${ids[other] as string} and ${id}`;
  });
  if (count === 0) return [];
  if (first.size === 1) {
    return [
      `${file}: all ${ids.length} stations are at one place; directions of events are unknown.`,
    ];
  }
  return [
    `${file}: ${count} of the stations are at the place of another (${shared}); check the list.`,
  ];
}

function shiftRemark(shift: number): string {
  return (
    `Amplitudes are not in m/s: the amplitude law was moved by ${shift.toFixed(2)} (log10). ` +
    'Magnitudes are relative; calibrate to tie them to a catalogue.'
  );
}

function report(input: {
  readonly file: PickFile;
  readonly stations: PickStations;
  readonly velocity: Velocity;
  readonly association: Association;
  readonly events: readonly PickEvent[];
  readonly why: string | null;
  readonly amplitudeShift: number;
}): unknown {
  const { file, stations, velocity, association, events, why } = input;
  const { oddsTemper, oddsOffset } = association.model.parameters;
  return {
    picks: file.picks.count,
    rejected: file.rejected,
    stations: stations.ids.length,
    velocity: velocity.name,
    associatedPicks: events.reduce((sum, { arrivals }) => sum + arrivals.length, 0),
    passes: association.passes,
    /** log10 by which the amplitude law was moved; not 0: magnitudes are relative. */
    amplitudeShiftLog10: input.amplitudeShift,
    probability: { oddsTemper, oddsOffset },
    noEvent: why,
    events: events.map(({ arrivals, timeS, ...event }) => ({
      ...event,
      time: new Date(Math.round(timeS.p50 * 1000)).toISOString(),
      timeSdS: timeS.sd,
      picks: arrivals.length,
    })),
  };
}

function eventTable(events: readonly PickEvent[]): string {
  return table(
    'events',
    ['origin time', 'lat', 'lon', 'depth', 'M', 'picks', 'p'],
    events.map((event) => [
      new Date(Math.round(event.timeS.p50 * 1000)).toISOString(),
      event.latitude.p50.toFixed(3),
      event.longitude.p50.toFixed(3),
      `${event.depthKm.p50.toFixed(1)} km`,
      event.magnitude.p50.toFixed(1),
      String(event.arrivals.length),
      event.probability.toFixed(2),
    ]),
  );
}
