/** `quakeloom insar cog`: a raster as Cloud-Optimized GeoTIFF. @module */
import { Option, type Command } from 'commander';
import { convertToCog } from '../../../../connectors/insar/cog/convert.js';
import { InvalidInputError } from '../../../../core/errors.js';
import { print, type Output } from '../../output.js';
import { createProgressBar } from '../../progress.js';

interface Options {
  readonly compression: 'deflate' | 'zstd';
  readonly tile: string;
  readonly band: string;
  readonly json?: boolean;
}

export function addCogCommand(insar: Command, output: Output): void {
  insar
    .command('cog')
    .description('Cloud-Optimized GeoTIFF: tiles, predictor, overviews, statistics')
    .argument('<in>', 'GeoTIFF')
    .argument('<out>', 'file to write; it appears only when it is whole')
    .addOption(
      new Option('--compression <name>', 'of the tiles')
        .choices(['deflate', 'zstd'])
        .default('deflate'),
    )
    .option('--tile <pixels>', 'side of a tile, a multiple of 16', '512')
    .option('--band <n>', 'band of the input, from 1', '1')
    .option('--json', 'print JSON')
    .action(async (from: string, to: string, options: Options) => {
      const bar = createProgressBar({ title: 'cog', total: 100, output });
      const made = await convertToCog({
        ...{ from, to, band: whole('--band', options.band) },
        settings: {
          compression: options.compression,
          tile: whole('--tile', options.tile),
          onTiles: (done, total) => bar.update(Math.round((100 * done) / total), `${total} tiles`),
        },
      }).finally(() => bar.stop());
      const summary = { file: to, compression: options.compression, ...made };
      print(output, options.json, summary, `${to}: ${made.bytes} bytes, ${made.levels} levels\n`);
    });
}

function whole(name: string, text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= 1) return value;
  throw new InvalidInputError({
    what: name,
    reason: `${text} is no whole number from 1`,
    remedy: 'correct it',
  });
}
