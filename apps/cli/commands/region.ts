/** `quakeloom region`: places, their grids and their feeds. @module */
import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { InvalidInputError } from '../../../core/errors.js';
import { parseRegion } from '../../region-file.js';
import { requireRegion, withCatalogue } from '../connect.js';
import { print, table, type Output } from '../output.js';

export function addRegionCommands(program: Command, output: Output): void {
  const region = program.command('region').description('places to monitor and their feeds');

  region
    .command('add')
    .description('add or replace a region from a JSON file')
    .argument('<file>', 'region configuration (docs/operations.md)')
    .option('--json', 'print JSON')
    .action(async (file: string, options: { json?: boolean }) => {
      const config = parseRegion({ text: await readText(file), name: file });
      await withCatalogue((catalogue) => catalogue.putRegion(config));
      print(output, options.json, config, `Region ${config.id} (${config.name}) saved.\n`);
    });

  region
    .command('list')
    .description('list regions')
    .option('--json', 'print JSON')
    .action(async (options: { json?: boolean }) => {
      const regions = await withCatalogue((catalogue) => catalogue.listRegions());
      const rows = regions.map((each) => [
        each.id,
        each.name,
        `${each.windowS} s`,
        each.sources.map((source) => source.kind).join(','),
        each.synthetic ? 'SIMULATED' : '',
      ]);
      const text = table('regions', ['id', 'name', 'window', 'sources', ''], rows);
      print(output, options.json, regions, text);
    });

  region
    .command('show')
    .description('show one region as JSON')
    .argument('<id>')
    .action(async (id: string) => {
      const config = await withCatalogue((catalogue) => requireRegion(catalogue, id));
      output.write(`${JSON.stringify(config, null, 2)}\n`);
    });
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    throw new InvalidInputError({
      what: `region file ${file}`,
      reason: cause instanceof Error ? cause.message : 'it cannot be read',
      remedy: 'give the path of a file that can be read',
      cause,
    });
  }
}
