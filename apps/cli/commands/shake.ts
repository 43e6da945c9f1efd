/** `quakeloom shake`: the map of shaking of a quake from stations, phones and felt reports. @module */
import path from 'node:path';
import { InvalidArgumentError, type Command } from 'commander';
import { readShakingOrigin, type ShakingOrigin } from '../../../connectors/shaking/origin.js';
import { readStationPeaks } from '../../../connectors/shaking/peaks.js';
import { InvalidInputError } from '../../../core/errors.js';
import type { LatLon } from '../../../core/geo.js';
import {
  MODEL_NAMES,
  type ModelName,
  type ShakingSummary,
} from '../../../models/shaking/describe.js';
import { feltObservations } from '../../../models/shaking/observations.js';
import { makeShaking, samplesOf, stationObservations } from '../../shaking/make-shaking.js';
import { shakingOfEvent } from '../../shaking/event-shaking.js';
import { makeOutFolder } from '../out-folder.js';
import { print, table, type Output } from '../output.js';
import { writeFiles } from '../write-files.js';
import { within } from './groundmotion.js';
import { feltCells } from './reports/felt.js';

interface ShakeOptions {
  readonly event?: string;
  readonly origin?: string;
  readonly stations?: string;
  readonly felt?: string;
  readonly out?: string;
  readonly publish?: boolean;
  readonly model: ModelName;
  readonly magnitude?: number;
  readonly vs30: number;
  readonly radius: number;
  readonly spacing: number;
  readonly at: readonly LatLon[];
  readonly json?: boolean;
}

export function addShakeCommand(program: Command, output: Output): void {
  program
    .command('shake')
    .description('map of intensity, peak acceleration and velocity with their uncertainty')
    .option('--event <id>', 'a quake of the catalogue with its posterior, phones and reports')
    .option('--origin <file>', 'instead: JSON, GeoJSON, QuakeML or ShakeMap event.xml')
    .option(
      '--stations <file>',
      'peaks: CSV (id, latitude, longitude, pga_gal, pgv_cm_s) or ShakeMap XML',
    )
    .option('--felt <file>', 'felt cells: dyfi_geo_*.geojson, dyfi_dat.xml, cdi_geo.txt')
    .option('--out <dir>', 'folder for shaking.arrow, shaking.geojson, GeoTIFFs and info.json')
    .option('--publish', 'with --event: also put the files into the object store')
    .option('--model <name>', `one of ${MODEL_NAMES.join(', ')}`, parseModel, 'network')
    .option('--magnitude <m>', 'instead of the magnitude of the origin', within(0, 10))
    .option(
      '--vs30 <m/s>',
      'shear velocity of the top 30 m where no station tells it',
      within(50, 3000),
      400,
    )
    .option('--radius <km>', 'half the side of the map', within(1, 1000), 120)
    .option('--spacing <km>', 'size of a cell', within(0.1, 100), 5)
    .option('--at <place>', 'LATITUDE,LONGITUDE to print; can be repeated', addPlace, [])
    .option('--json', 'print JSON')
    .action(async (options: ShakeOptions) => {
      if ((options.event === undefined) === (options.origin === undefined)) {
        throw needOne('give --event ID or --origin FILE');
      }
      if (options.out === undefined && options.publish !== true && options.json !== true) {
        throw needOne('give --out DIR for the files, or --json');
      }
      if (options.publish === true && options.event === undefined) {
        throw needOne('--publish needs --event: an event of the catalogue');
      }
      const stations = options.stations ? await readStationPeaks({ path: options.stations }) : null;
      const felt = options.felt ? await feltCells(options.felt) : [];
      for (const line of stations?.remarks.slice(0, 5) ?? []) {
        output.error(`${options.stations as string}: ${line}`);
      }
      const extra = [...stationObservations(stations?.stations ?? []), ...feltObservations(felt)];
      const settings = {
        model: options.model,
        vs30: options.vs30,
        radiusKm: options.radius,
        spacingKm: options.spacing,
        places: options.at,
      };
      const made =
        options.event !== undefined
          ? await shakingOfEvent({
              eventId: options.event,
              extra,
              settings,
              isPublished: options.publish === true,
            })
          : offline(await originOf(options), { extra, settings });
      const written: string[] = [];
      if (options.out !== undefined) {
        await makeOutFolder(options.out);
        const info = new TextEncoder().encode(`${JSON.stringify(made.summary, null, 2)}\n`);
        const files = [...made.files, { name: 'info.json', bytes: info }].map(
          ({ name, bytes }) => ({
            to: path.join(options.out as string, name),
            content: bytes,
          }),
        );
        await writeFiles(files);
        written.push(...files.map(({ to }) => to));
      }
      const published = 'published' in made ? made.published : [];
      const report = { ...made.summary, files: written, published };
      print(output, options.json, report, summaryText(made.summary));
      if (options.json !== true) for (const file of written) output.error(`Wrote ${file}.`);
    });
}

async function originOf(options: ShakeOptions): Promise<ShakingOrigin> {
  const { origin = '', magnitude } = options;
  return readShakingOrigin({ path: origin, ...(magnitude === undefined ? {} : { magnitude }) });
}

function offline(
  origin: ShakingOrigin,
  input: Pick<Parameters<typeof makeShaking>[0], 'settings'> & {
    readonly extra: Parameters<typeof makeShaking>[0]['observations'];
  },
): ReturnType<typeof makeShaking> {
  const samples = samplesOf(origin);
  const notes = [
    ...(samples.length === 1 ? ['the origin has no errors: taken as exact'] : []),
    ...(input.extra.length === 0 ? ['no observations: this is the prior of the model'] : []),
  ];
  const { eventId, mechanism } = origin;
  const { extra, settings } = input;
  return makeShaking({
    eventId,
    samples,
    samplesKnowData: false,
    mechanism,
    observations: extra,
    settings,
    notes,
  });
}

function parseModel(text: string): ModelName {
  const name = MODEL_NAMES.find((one) => one === text);
  if (name) return name;
  throw new InvalidArgumentError(`choose one of ${MODEL_NAMES.join(', ')}.`);
}

function addPlace(text: string, before: readonly LatLon[]): LatLon[] {
  const parts = text.split(',').map((part) => (part.trim() === '' ? Number.NaN : Number(part)));
  const [latitude = Number.NaN, longitude = Number.NaN] = parts;
  if (parts.length === 2 && Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180) {
    return [...before, { latitude, longitude }];
  }
  throw new InvalidArgumentError('write it like 38.5,-117.9.');
}

const needOne = (remedy: string): InvalidInputError =>
  new InvalidInputError({ what: 'arguments', reason: 'they do not say what to map', remedy });

/** Each with one standard deviation; of peaks as a factor. */
function placesTable({ places }: ShakingSummary): string {
  const peak = (value: number, sigmaLog10: number): string =>
    `${value.toPrecision(3)} x/ ${(10 ** sigmaLog10).toFixed(2)}`;
  return table(
    'places',
    ['place', 'MMI', 'PGA, gal', 'PGV, cm/s'],
    places.map((at) => [
      `${at.latitude},${at.longitude}`,
      `${at.mmi.toFixed(1)} +- ${at.mmiSigma.toFixed(1)}`,
      peak(at.pgaGal, at.pgaSigmaLog10),
      peak(at.pgvCmS, at.pgvSigmaLog10),
    ]),
  );
}

function summaryText(summary: ShakingSummary): string {
  const { origin, strongest, observations, eventTerms, leaveOneOut } = summary;
  const rows = (['mmi', 'pga', 'pgv'] as const).map((measure) => {
    const cover = leaveOneOut[measure];
    return [
      { mmi: 'MMI', pga: 'PGA, gal', pgv: 'PGV, cm/s' }[measure],
      strongest[measure].value.toPrecision(3),
      `${eventTerms[measure].mean.toFixed(2)} +- ${eventTerms[measure].sigma.toFixed(2)}`,
      cover ? String(cover.count) : '0',
      cover ? cover.rms.toFixed(2) : '',
      cover ? `${(100 * cover.inside90).toFixed(0)} %` : '',
    ];
  });
  const { station, phone, felt } = observations.used;
  return [
    `${summary.eventId}: M ${origin.magnitude.toFixed(1)} at ${origin.latitude.toFixed(3)} ${origin.longitude.toFixed(3)}, ${origin.depthKm.toFixed(0)} km; model ${summary.model}`,
    `${station} station peaks, ${phone} phones, ${felt} felt cells`,
    table(
      'layers',
      ['measure', 'strongest', 'event term', 'data', 'left-out rms', 'inside 90 %'],
      rows,
    ),
    ...(summary.places.length > 0 ? [placesTable(summary)] : []),
    ...summary.notes,
    '',
  ].join('\n');
}
