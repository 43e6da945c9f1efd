/** `quakeloom events` and `quakeloom export`: the catalogue. @module */
import { InvalidArgumentError, type Command } from 'commander';
import type { EventFilter } from '../../../core/catalogue.js';
import type { Quake } from '../../../core/quake.js';
import {
  EXPORT_FORMATS,
  isExportFormat,
  type ExportFormatName,
} from '../../../catalogue/export/formats.js';
import { parseCount, parseNumber, parseTime } from '../arguments.js';
import { withCatalogue } from '../connect.js';
import { print, table, type Output } from '../output.js';
import { writeFiles } from '../write-files.js';

interface FilterOptions {
  region?: string;
  from?: string;
  to?: string;
  minMagnitude?: number;
  minProbability?: number;
  limit: number;
}

export function addEventCommands(program: Command, output: Output): void {
  withFilter(program.command('events').description('list events with their preferred origins'))
    .option('--json', 'print JSON')
    .action(async (options: FilterOptions & { json?: boolean }) => {
      const quakes = await withCatalogue((catalogue) => catalogue.listEvents(filterOf(options)));
      print(output, options.json, quakes, eventTable(quakes));
    });

  withFilter(program.command('export').description('write events in an exchange format'))
    .requiredOption(
      '--format <name>',
      `one of ${Object.keys(EXPORT_FORMATS).join(', ')}`,
      parseFormat,
    )
    .option('--out <file>', 'file to write; standard output when absent')
    .action(async (options: FilterOptions & { format: ExportFormatName; out?: string }) => {
      const encoded = await withCatalogue(async (catalogue) => {
        const quakes = await catalogue.listEvents(filterOf(options));
        const rows = await Promise.all(
          quakes.map(async (quake) => ({
            quake,
            origins: await catalogue.listOrigins(quake.eventId),
          })),
        );
        const generatedAt = new Date().toISOString();
        return EXPORT_FORMATS[options.format].encode({ quakes: rows, generatedAt });
      });
      if (options.out) {
        await writeFiles([{ to: options.out, content: encoded }]);
        output.error(`Wrote ${options.out}.`);
      } else if (typeof encoded === 'string') output.write(encoded);
      else process.stdout.write(encoded);
    });
}

/** Events as a table for people. */
export function eventTable(quakes: readonly Quake[]): string {
  return table(
    'events',
    ['event', 'origin time', 'M', '90 %', 'lat', 'lon', '90 % km', 'depth', 'p', 'v', ''],
    quakes.map(({ eventId, versions, preferred: { origin, provenance } }) => [
      eventId,
      `${origin.originTime.slice(0, 19)}Z`,
      origin.magnitude.p50.toFixed(1),
      `${origin.magnitude.p05.toFixed(1)}-${origin.magnitude.p95.toFixed(1)}`,
      origin.latitude.p50.toFixed(2),
      origin.longitude.p50.toFixed(2),
      `${origin.ellipse90.semiMajorKm.toFixed(0)}x${origin.ellipse90.semiMinorKm.toFixed(0)}`,
      `${origin.depthKm.p50.toFixed(0)} km`,
      origin.existenceProbability.toFixed(2),
      String(versions),
      provenance.synthetic ? 'SIMULATED' : '',
    ]),
  );
}

function withFilter(command: Command): Command {
  return command
    .option('--region <id>', 'only this region')
    .option('--from <time>', 'not before', parseTime)
    .option('--to <time>', 'before', parseTime)
    .option('--min-magnitude <m>', 'not smaller', parseNumber)
    .option('--min-probability <p>', 'not less probable', parseNumber)
    .option('--limit <n>', 'at most', parseCount(1, 20_000), 100);
}

function filterOf(options: FilterOptions): EventFilter {
  const { region, from, to, minMagnitude, minProbability, limit } = options;
  return {
    limit,
    ...(region !== undefined ? { regionId: region } : {}),
    ...(from !== undefined ? { from } : {}),
    ...(to !== undefined ? { to } : {}),
    ...(minMagnitude !== undefined ? { minMagnitude } : {}),
    ...(minProbability !== undefined ? { minProbability } : {}),
  };
}

function parseFormat(text: string): ExportFormatName {
  if (isExportFormat(text)) return text;
  throw new InvalidArgumentError(`choose one of ${Object.keys(EXPORT_FORMATS).join(', ')}.`);
}
