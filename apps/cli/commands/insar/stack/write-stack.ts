/** Files of a solved stack, put in place only when all of them are written. @module */
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { encodeGeoTiff } from '../../../../../catalogue/export/geotiff.js';
import type { EastUp } from '../../../../../models/deformation/stack/decompose.js';
import type { PlacedGrid } from '../../../../../models/deformation/stack/grid-place.js';
import type { SolvedStack } from './run-stack.js';
import type { StackSummary } from './summary.js';

interface NamedMap {
  readonly name: string;
  readonly units: string;
  readonly meaning: string;
  readonly values: Float32Array;
}

/** Maps of a stack: file name without ending, units, what it holds. */
export function stackMaps({ result, track }: SolvedStack): NamedMap[] {
  const rate = 'mm/yr';
  return [
    map('velocity', rate, 'line of sight, + towards the satellite', track.velocityMmPerYear),
    map('velocity-sd', rate, 'from the scatter of epochs about the model', result.sdMmPerYear),
    map('velocity-covariance-sd', rate, 'from the scatter of pairs', result.covarianceSdMmPerYear),
    map('velocity-bootstrap-sd', rate, 'over resamples of epochs', result.bootstrapSdMmPerYear),
    map('velocity-bootstrap-p05', rate, '5 % point of resamples', result.bootstrapP05MmPerYear),
    map('velocity-bootstrap-p95', rate, '95 % point of resamples', result.bootstrapP95MmPerYear),
    map('temporal-coherence', '1', '|mean exp(j residual phase)|', result.temporalCoherence),
    map('residual-rms', 'mm', 'interferograms minus time series', result.residualRmsMm),
    map('r-squared', '1', 'share of the variance that the model explains', result.rSquared),
    map('mean-coherence', '1', 'mean over pairs', result.meanCoherence),
    map('loop-rms', 'rad', 'rms of the closures of loops of three', result.loopRmsRad),
    map('cycle-loops', '1', 'loops that are off by a cycle', Float32Array.from(result.cycleLoops)),
    map('bridged', '1', '1 where NSBAS bridged a gap', Float32Array.from(result.rankDeficient)),
    map(
      'rejection',
      '1',
      '0 solved, 1 masked, 2 no data, 3 minPairShare, 4 minCoherence, 5 minTemporalCoherence',
      Float32Array.from(result.rejection),
    ),
    ...Object.entries(result.terms).map(([name, values]) =>
      map(`term-${name.replace(/[^A-Za-z0-9-]/g, '-')}`, 'mm', name, values),
    ),
  ].filter(({ values }) => !values.every(Number.isNaN));
}

function map(name: string, units: string, meaning: string, values: Float32Array): NamedMap {
  return { name, units, meaning, values };
}

/** Writes maps, series and qc.json into `folder`, which exists. Gives the names of the files. */
export async function writeStack(
  folder: string,
  stack: SolvedStack,
  summary: StackSummary,
): Promise<string[]> {
  const { result } = stack;
  const files: string[] = [];
  for (const own of stackMaps(stack)) {
    files.push(await writeMap(folder, `${own.name}.tif`, result, own));
  }
  await mkdir(path.join(folder, 'series'), { recursive: true });
  const pixels = result.rows * result.columns;
  for (const [k, date] of result.epochs.entries()) {
    const values = result.cumulativeMm.subarray(k * pixels, (k + 1) * pixels);
    const name = `series/displacement-${date.replaceAll('-', '')}.tif`;
    const meaning = `line of sight since ${result.epochs[0]}, + towards the satellite`;
    files.push(await writeMap(folder, name, result, map('displacement', 'mm', meaning, values)));
  }
  const qc = { ...summary, pairs: result.pairs, loops: result.loops, files };
  await writeFile(path.join(folder, 'qc.json'), `${JSON.stringify(qc, null, 2)}\n`);
  return [...files, 'qc.json'];
}

/** Maps of east and up, with their errors. */
export async function writeEastUp(
  folder: string,
  grid: PlacedGrid & { readonly crs: string },
  parts: EastUp,
): Promise<string[]> {
  const maps = [
    map('east', 'mm/yr', '+ east, motion north taken as 0', parts.eastMmPerYear),
    map('up', 'mm/yr', '+ up, motion north taken as 0', parts.upMmPerYear),
    map('east-sd', 'mm/yr', 'from the errors of the tracks', parts.eastSdMmPerYear),
    map('up-sd', 'mm/yr', 'from the errors of the tracks', parts.upSdMmPerYear),
  ];
  const files: string[] = [];
  for (const own of maps) files.push(await writeMap(folder, `${own.name}.tif`, grid, own));
  return files;
}

async function writeMap(
  folder: string,
  file: string,
  grid: PlacedGrid & { readonly crs: string },
  { name, units, meaning, values }: NamedMap,
): Promise<string> {
  const { rows, columns, transform, crs } = grid;
  const metadata = { units, meaning };
  const bytes = encodeGeoTiff({
    rows,
    columns,
    transform,
    crs,
    values,
    description: name,
    metadata,
  });
  await writeFile(path.join(folder, file), bytes);
  return file;
}
