/** `quakeloom insar invert`: the source behind interferograms, without Temporal. @module */
import { Option, type Command } from 'commander';
import { invertSource, type InvertResult } from '../../../../models/deformation/invert.js';
import { invertTables } from '../../../../models/deformation/invert-tables.js';
import type { StartingModel } from '../../../../models/deformation/starting-model/propose.js';
import { SOURCE_NAMES } from '../../../../models/deformation/source-models.js';
import type { Marginal } from '../../../../models/deformation/source-summary.js';
import { parseNumber } from '../../arguments.js';
import { print, type Output } from '../../output.js';
import { createProgressBar } from '../../progress.js';
import {
  readInvertConfig,
  refuseTableSettings,
  type FileSettings,
  type InvertConfig,
} from './invert-config.js';
import { readObservations } from './observations.js';
import { prepareOut, publish } from './publish.js';
import { writeResult } from './write-result.js';

export function addInvertCommand(insar: Command, output: Output): void {
  insar
    .command('invert')
    .description('source of the deformation in one or more interferograms, with its posterior')
    .argument(
      '<config-or-files...>',
      'one JSON configuration; or products, raw grids with their headers, quadtree tables',
    )
    .requiredOption('--out <dir>', 'folder for the result, maps and samples')
    .addOption(new Option('--source <name>', 'source to fit to files').choices([...SOURCE_NAMES]))
    .option('--heading-deg <degrees>', 'flight direction, clockwise from north', parseNumber)
    .option('--incidence-deg <degrees>', 'incidence from the vertical', parseNumber)
    .option('--wavelength-m <metres>', 'radar wavelength', parseNumber)
    .option('--first-date <date>', 'YYYY-MM-DD, where a raw grid does not tell')
    .option('--second-date <date>', 'YYYY-MM-DD')
    .option('--quantity <what>', 'phase or displacement, where a header does not tell')
    .option('--positive <direction>', 'towards or away, where a header does not tell')
    .option('--crs <code>', 'EPSG:<code> or LOCAL:metres, where a header does not tell')
    .option('--starting-model', 'begin the search with starts of the learned model (scenes only)')
    .option('--json', 'print JSON')
    .action(async (files: string[], options: Options) => {
      const start = performance.now();
      const { out, json, source, startingModel: isLearned, ...settings } = options;
      await prepareOut(out);
      const read = await readInvertConfig(files, settings, source);
      const config = isLearned ? { ...read, startingModel: true } : read;
      const { scenes, tables } = await readObservations(config);
      if (tables.length > 0) refuseTableSettings(config);
      const startingModel = config.startingModel ? await loadStartingModel() : null;
      const bar = createProgressBar({ title: 'invert', total: 100, output });
      const { model, ...common } = settingsOf(config);
      const context = {
        progress: ({ fraction, note }: { fraction: number; note?: string }) =>
          bar.update(Math.round(100 * fraction), note ?? ''),
        throwIfCancelled: () => undefined,
      };
      const result =
        tables.length > 0
          ? invertTables({ ...common, model, tables }, context)
          : invertSource(
              {
                ...{ ...common, model, scenes },
                ...(config.maxPoints ? { maxPoints: config.maxPoints } : {}),
                distributed: config.distributed ?? true,
                ...(config.startAt ? { startAt: config.startAt } : {}),
                ...(startingModel ? { startingModel } : {}),
              },
              context,
            );
      bar.stop();
      const summary = summarise(result, (performance.now() - start) / 1000);
      await publish(out, (folder) => writeResult({ folder, scenes, tables, result, summary }));
      print(output, json, summary, summaryText(summary));
    });
}

interface Options extends FileSettings {
  readonly out: string;
  readonly source?: string;
  readonly startingModel?: boolean;
  readonly json?: boolean;
}

/** Loads the tensor library too, which is not needed otherwise. */
async function loadStartingModel(): Promise<StartingModel> {
  const { loadBackend } = await import('../../../../models/backend.js');
  const { startingModel } =
    await import('../../../../models/deformation/starting-model/propose.js');
  const { readStartingModel } =
    await import('../../../../models/deformation/starting-model/weights-file.js');
  return startingModel(await loadBackend(), readStartingModel());
}

function settingsOf(config: InvertConfig) {
  const { source: model, seed, samples, nuisance, rigidityPa, bounds } = config;
  return { model, seed, samples, nuisance, rigidityPa, bounds };
}

interface Spread {
  readonly mean: number;
  readonly std: number;
  readonly p05: number;
  readonly p95: number;
}

function spread({ mean, sd, p05, p95 }: Marginal): Spread {
  return { mean, std: sd, p05, p95 };
}

export type InvertSummary = ReturnType<typeof summarise>;

/** What is printed and written: small, and stable in its names. */
function summarise(result: InvertResult, seconds: number) {
  const { distributed } = result;
  return {
    source: result.model,
    parameters: Object.fromEntries(
      Object.entries(result.marginals).map(([name, m]) => [name, spread(m)]),
    ),
    best: result.best,
    origin: result.origin,
    location: result.location,
    mw: result.mw ? spread(result.mw) : null,
    rigidityPa: result.rigidityPa,
    varianceReduction: result.varianceReduction,
    rmsM: result.residualRmsM,
    pixelVarianceReduction: result.pixelVarianceReduction,
    pixelRmsM: result.pixelRmsM,
    planes: result.planes,
    tradeOffs: tradeOffs(result),
    distributed: distributed && {
      mw: distributed.slip.mw,
      momentNm: distributed.slip.momentNm,
      largestSlipM: distributed.slip.slipM.reduce((a, b) => Math.max(a, b), 0),
      varianceReduction: distributed.varianceReduction,
      rmsM: distributed.residualRmsM,
      smoothing: distributed.slip.smoothing,
    },
    noise: result.noise,
    points: result.points,
    rHat: Math.max(...result.rHat),
    seed: result.seed,
    notes: result.notes,
    seconds,
  };
}

/** Pairs of parameters that the data cannot tell apart well. */
function tradeOffs(result: InvertResult) {
  const width = result.columns.length;
  const pairs: { a: string; b: string; correlation: number }[] = [];
  result.columns.forEach((a, i) => {
    result.columns.slice(0, i).forEach((b, j) => {
      const correlation = result.correlation[i * width + j] as number;
      if (Math.abs(correlation) > 0.6) pairs.push({ a, b, correlation });
    });
  });
  return pairs.sort((a, b) => Math.abs(b.correlation) - Math.abs(a.correlation));
}

function summaryText(summary: InvertSummary): string {
  const figure = (value: number): string => value.toPrecision(4);
  const rows = Object.entries(summary.parameters).map(
    ([name, m]) =>
      `  ${name.padEnd(18)} ${figure(m.mean)} +- ${figure(m.std)}  (${figure(m.p05)} to ${figure(m.p95)})\n`,
  );
  const explained = `variance reduction ${summary.varianceReduction.toFixed(4)}, rms ${(1000 * summary.rmsM).toFixed(2)} mm`;
  const notes = summary.notes.map((note) => `  ${note}\n`);
  return `${summary.source}: ${explained}\n${rows.join('')}${notes.join('')}`;
}
