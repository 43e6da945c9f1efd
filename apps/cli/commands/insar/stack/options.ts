/** Options of `quakeloom insar stack`. @module */
import { InvalidArgumentError, Option, type Command } from 'commander';
import { parseCount, parseNumber } from '../../../arguments.js';
import type { Area } from './window.js';

export interface StackOptions {
  readonly out: string;
  readonly referenceRow?: number;
  readonly referenceColumn?: number;
  readonly referenceXy?: readonly [number, number];
  readonly area?: Area;
  readonly mask?: string;
  readonly weights: 'none' | 'pair' | 'pixel';
  readonly looks: number;
  readonly ramp: 'none' | 'linear' | 'quadratic';
  readonly dem?: string;
  readonly gacos?: string;
  readonly seasonal?: boolean;
  readonly step: readonly string[];
  readonly bootstrap: number;
  readonly seed: number;
  readonly gnss?: string;
  readonly gnssTilt?: boolean;
  readonly minPairShare: number;
  readonly minCoherence: number;
  readonly minPairCoherence: number;
  readonly maxLoopRms: number;
  readonly minTemporalCoherence: number;
  readonly wavelengthM?: number;
  readonly headingDeg?: number;
  readonly incidenceDeg?: number;
  readonly quantity?: 'phase' | 'displacement';
  readonly positive?: 'towards' | 'away';
  readonly crs?: string;
  readonly skipDamaged?: boolean;
  readonly detect?: boolean;
  readonly json?: boolean;
}

/** Adds all options to the command. */
export function addStackOptions(command: Command): Command {
  return command
    .requiredOption('--out <dir>', 'folder for maps, series, qc.json and report.html')
    .option(
      '--reference-row <n>',
      'row of the reference pixel, from 0 at the north edge',
      parseCount(0, 1e6),
    )
    .option('--reference-column <n>', 'column of the reference pixel', parseCount(0, 1e6))
    .option('--reference-xy <x,y>', 'reference by its coordinates in the CRS', numbers(2))
    .option('--area <west,south,east,north>', 'area of interest in the CRS', parseArea)
    .option('--mask <file>', 'GeoTIFF on the grid of the stack: 0 and no data are left out')
    .addOption(
      new Option(
        '--weights <kind>',
        'weight of interferograms: alike, by coherence of pair or pixel',
      )
        .choices(['none', 'pair', 'pixel'])
        .default('none'),
    )
    .option('--looks <n>', 'independent looks behind a phase, for weights', parseCount(1, 1e5), 20)
    .addOption(
      new Option('--ramp <kind>', 'remove a ramp from each interferogram')
        .choices(['none', 'linear', 'quadratic'])
        .default('none'),
    )
    .option(
      '--dem <file>',
      'heights, m, on the grid of the stack: removes delay that goes with height',
    )
    .option(
      '--gacos <dir>',
      'zenith delays of all dates: YYYYMMDD.ztd with .rsc, or YYYYMMDD.ztd.tif',
    )
    .option('--seasonal', 'fit a yearly sine beside the velocity')
    .option('--step <date>', 'fit a step on a date (may be repeated)', parseDates, [])
    .option('--bootstrap <n>', 'resamples of the epochs; 0 for none', parseCount(0, 10_000), 100)
    .option('--seed <n>', 'of the bootstrap', parseCount(0, 2 ** 31), 1)
    .option(
      '--gnss <csv>',
      'station velocities: name,x,y,east,north,up[,eastSd,northSd,upSd], mm/yr',
    )
    .option('--gnss-tilt', 'fit a plane to the stations, not only an offset')
    .option('--min-pair-share <n>', 'pixels need this share of the pairs', within(0, 1), 0.5)
    .option('--min-coherence <n>', 'mean coherence of a pixel', within(0, 1), 0)
    .option('--min-pair-coherence <n>', 'mean coherence of a pair', within(0, 1), 0)
    .option(
      '--max-loop-rms <rad>',
      'a pair needs a loop of three that closes this well',
      within(0, 1e6),
      1.5,
    )
    .option('--min-temporal-coherence <n>', 'of a pixel', within(0, 1), 0)
    .option('--wavelength-m <n>', 'where the product does not say', within(1e-3, 10))
    .option(
      '--heading-deg <n>',
      'flight, clockwise from north, where the product does not say',
      within(-360, 360),
    )
    .option(
      '--incidence-deg <n>',
      'from the vertical, where the product does not say',
      within(0.1, 89.9),
    )
    .addOption(
      new Option('--quantity <what>', 'what raw grids hold, where a header does not tell').choices([
        'phase',
        'displacement',
      ]),
    )
    .addOption(
      new Option('--positive <direction>', 'of raw grids, where a header does not tell').choices([
        'towards',
        'away',
      ]),
    )
    .option('--crs <code>', 'EPSG:<code> or LOCAL:metres, where a header does not tell')
    .option('--skip-damaged', 'leave out files that cannot be read')
    .option(
      '--detect',
      'flag deformation and unwrapping errors in each pair by the trained detector',
    )
    .option('--json', 'print JSON');
}

function within(low: number, high: number): (text: string) => number {
  return (text) => {
    const value = parseNumber(text);
    if (value < low || value > high) {
      throw new InvalidArgumentError(`give a number from ${low} to ${high}.`);
    }
    return value;
  };
}

function numbers(count: number): (text: string) => readonly number[] {
  return (text) => {
    const values = text.split(',').map(parseNumber);
    if (values.length !== count)
      throw new InvalidArgumentError(`give ${count} numbers with commas.`);
    return values;
  };
}

function parseArea(text: string): Area {
  const [west, south, east, north] = numbers(4)(text) as [number, number, number, number];
  if (west >= east || south >= north) {
    throw new InvalidArgumentError(
      'give WEST,SOUTH,EAST,NORTH with west below east and south below north.',
    );
  }
  return { west, south, east, north };
}

function parseDates(text: string, before: readonly string[]): readonly string[] {
  const time = new Date(`${text}T00:00:00Z`);
  if (Number.isNaN(time.getTime()) || time.toISOString().slice(0, 10) !== text) {
    throw new InvalidArgumentError('write it like 2018-02-16.');
  }
  return [...before, text];
}
