/** `quakeloom insar invert`: the source behind interferograms, without Temporal. @module */
import type { Command } from 'commander';
import { mkdir } from 'node:fs/promises';
import { invertSource, type InvertResult } from '../../../../models/deformation/invert.js';
import type { Marginal } from '../../../../models/deformation/source-summary.js';
import { print, type Output } from '../../output.js';
import { createProgressBar } from '../../progress.js';
import { readInvertConfig, readScenes } from './invert-config.js';
import { writeResult } from './write-result.js';

export function addInvertCommand(insar: Command, output: Output): void {
  insar
    .command('invert')
    .description('source of the deformation in one or more interferograms, with its posterior')
    .argument('<config-or-files...>', 'one JSON configuration, or unwrapped GeoTIFFs')
    .requiredOption('--out <dir>', 'folder for the result, maps and samples')
    .option('--json', 'print JSON')
    .action(async (files: string[], options: { out: string; json?: boolean }) => {
      const start = performance.now();
      const config = await readInvertConfig(files);
      const scenes = await readScenes(config);
      const bar = createProgressBar({ title: 'invert', total: 100, output });
      const result = invertSource(
        {
          scenes,
          model: config.source,
          seed: config.seed,
          samples: config.samples,
          maxPoints: config.maxPoints,
          nuisance: config.nuisance,
          rigidityPa: config.rigidityPa,
          distributed: config.distributed,
          bounds: config.bounds,
          ...(config.startAt ? { startAt: config.startAt } : {}),
        },
        {
          progress: ({ fraction, note }) => bar.update(Math.round(100 * fraction), note ?? ''),
          throwIfCancelled: () => undefined,
        },
      );
      bar.stop();
      const summary = summarise(result, (performance.now() - start) / 1000);
      await mkdir(options.out, { recursive: true });
      await writeResult({ folder: options.out, scenes, result, summary });
      print(output, options.json, summary, summaryText(summary));
    });
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
