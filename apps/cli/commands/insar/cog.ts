/** `quakeloom insar cog`: a raster, or a part of one, as Cloud-Optimized GeoTIFF. @module */
import { Option, type Command } from 'commander';
import { rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { convertToCog, type ConvertedCog } from '../../../../connectors/insar/cog/convert.js';
import { layerOfName } from '../../../../connectors/insar/products/layers.js';
import { stacItem } from '../../../../connectors/insar/stac/item.js';
import { InvalidInputError } from '../../../../core/errors.js';
import { print, type Output } from '../../output.js';
import { createProgressBar } from '../../progress.js';
import { addRemoteOptions, remotePolicy, type RemoteOptions } from './remote-options.js';
import { assetOfItem } from './stac-source.js';

interface Options extends RemoteOptions {
  readonly compression: 'deflate' | 'zstd';
  readonly tile: string;
  readonly band: string;
  readonly window?: string;
  readonly asset?: string;
  readonly stac?: string;
  readonly json?: boolean;
}

export function addCogCommand(insar: Command, output: Output): void {
  addRemoteOptions(insar.command('cog'))
    .description('write a Cloud-Optimized GeoTIFF: tiles, predictor, overviews, statistics')
    .argument('<in>', 'GeoTIFF, its https or s3 address, or a STAC item (.json)')
    .argument('<out>', 'file to write; it appears only when it is whole')
    .addOption(
      new Option('--compression <name>', 'of the tiles')
        .choices(['deflate', 'zstd'])
        .default('deflate'),
    )
    .option('--tile <pixels>', 'side of a tile, a multiple of 16', '512')
    .option('--band <n>', 'band of the input, from 1', '1')
    .option('--window <row,column,rows,columns>', 'only this part is read')
    .option('--asset <key>', 'asset of the STAC item')
    .option('--stac <file>', 'write a STAC item of the result, too')
    .option('--json', 'print JSON')
    .action(async (given: string, to: string, options: Options) => {
      const remote = remotePolicy(options);
      const from = given.endsWith('.json')
        ? await assetOfItem({ item: given, key: options.asset ?? null, remote })
        : given;
      if (options.stac) itemDates(from);
      const bar = createProgressBar({ title: 'cog', total: 100, output });
      const made = await convertToCog({
        ...{ from, to, remote, band: whole('--band', options.band, 1) },
        ...(options.window ? { window: windowOf(options.window) } : {}),
        settings: {
          compression: options.compression,
          tile: whole('--tile', options.tile, 1),
          onTiles: (done, total) => bar.update(Math.round((100 * done) / total), `${total} tiles`),
        },
      }).finally(() => bar.stop());
      if (options.stac) await writeItem({ file: options.stac, from, to, made });
      const summary = { file: to, compression: options.compression, ...made };
      print(output, options.json, summary, `${to}: ${made.bytes} bytes, ${made.levels} levels\n`);
    });
}

async function writeItem(input: {
  readonly file: string;
  readonly from: string;
  readonly to: string;
  readonly made: ConvertedCog;
}): Promise<void> {
  const { made } = input;
  const { firstDate, secondDate, title } = itemDates(input.from);
  const { transform, crs } = made;
  if (!transform || !crs) throw noItem(input.from, transform ? 'an EPSG code' : 'a transform');
  const href = path.relative(path.dirname(path.resolve(input.file)), path.resolve(input.to));
  const item = stacItem({
    id: path.basename(input.to).replace(/\.tiff?$/i, ''),
    ...{ rows: made.rows, columns: made.columns, transform, crs, firstDate, secondDate },
    assets: [{ key: 'data', href, title, roles: ['data'] }],
  });
  const part = `${input.file}.${process.pid}.new`;
  await writeFile(part, `${JSON.stringify(item, null, 2)}\n`);
  await rename(part, input.file);
}

/** Dates for the item, asked for before anything is written. */
function itemDates(from: string): { firstDate: string; secondDate: string; title: string } {
  const layer = layerOfName(path.basename(from));
  if (!layer?.firstDate || !layer.secondDate) {
    throw noItem(from, 'dates (the name is of no known pair)');
  }
  const { firstDate, secondDate, product, kind } = layer;
  return { firstDate, secondDate, title: `${product} ${kind}` };
}

function noItem(from: string, lacks: string): InvalidInputError {
  return new InvalidInputError({
    what: `STAC item of ${path.basename(from)}`,
    reason: `it lacks ${lacks}`,
    remedy: 'leave out --stac, or give a georeferenced file named as its product does',
  });
}

function windowOf(text: string): { row: number; column: number; rows: number; columns: number } {
  const parts = text.split(',');
  if (parts.length !== 4) throw wrong('--window', text, 'four whole numbers');
  const [row, column] = [
    whole('--window', parts[0] ?? '', 0),
    whole('--window', parts[1] ?? '', 0),
  ];
  const [rows, columns] = [
    whole('--window', parts[2] ?? '', 1),
    whole('--window', parts[3] ?? '', 1),
  ];
  return { row, column, rows, columns };
}

function whole(name: string, text: string, least: number): number {
  const value = text.trim() === '' ? Number.NaN : Number(text);
  if (Number.isSafeInteger(value) && value >= least) return value;
  throw wrong(name, text, `a whole number from ${least}`);
}

function wrong(name: string, text: string, wanted: string): InvalidInputError {
  return new InvalidInputError({
    what: name,
    reason: `'${text}' is not ${wanted}`,
    remedy: 'correct it',
  });
}
