/** `quakeloom insar stack`: velocity and time series of interferograms, without Temporal. @module */
import type { Command } from 'commander';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { eastAndUp } from '../../../../models/deformation/stack/decompose.js';
import { print, type Output } from '../../output.js';
import { createProgressBar } from '../../progress.js';
import { writeReport } from './report/write-report.js';
import { addStackOptions, type StackOptions } from './stack/options.js';
import { runStack, type SolvedStack } from './stack/run-stack.js';
import { stackSummary, statistics, type StackSummary } from './stack/summary.js';
import { prepareOut, publish } from './publish.js';
import { writeEastUp, writeStack } from './stack/write-stack.js';

export function addStackCommand(insar: Command, output: Output): void {
  const command = insar
    .command('stack')
    .description('velocity, errors and time series of a folder of unwrapped interferograms')
    .argument(
      '<folders...>',
      'one folder a track; with an ascending and a descending one also east and up',
    );
  addStackOptions(command).action(async (folders: string[], options: StackOptions) => {
    const start = performance.now();
    await prepareOut(options.out, folders);
    const bar = createProgressBar({ title: 'stack', total: 100, output });
    try {
      const stacks: SolvedStack[] = [];
      for (const [i, folder] of folders.entries()) {
        stacks.push(
          await runStack(folder, options, ({ fraction, note }) =>
            bar.update(Math.round((100 * (i + fraction)) / folders.length), note),
          ),
        );
      }
      const seconds = (performance.now() - start) / 1000;
      const { value, summaries } = await publish(options.out, (draft) =>
        writeAll(draft, stacks, seconds),
      );
      print(output, options.json, value, summaries.map(text).join(''));
    } finally {
      bar.stop();
    }
  });
}

/** Files of one stack, or of each track and of east and up; gives what to print. */
async function writeAll(draft: string, stacks: readonly SolvedStack[], seconds: number) {
  const parts = stacks.length > 1 ? eastAndUp(stacks.map(({ track }) => track)) : null;
  const summaries: StackSummary[] = [];
  for (const [i, stack] of stacks.entries()) {
    const folder = parts ? path.join(draft, `track-${i + 1}`) : draft;
    await mkdir(folder, { recursive: true });
    const summary = stackSummary(stack, seconds);
    await writeStack(folder, stack, summary);
    await writeReport(folder);
    summaries.push(summary);
  }
  if (!parts) return { value: summaries[0], summaries };
  await writeEastUp(draft, (stacks[0] as SolvedStack).track, parts);
  const decomposition = {
    eastMmPerYear: statistics(parts.eastMmPerYear),
    upMmPerYear: statistics(parts.upMmPerYear),
    northLeak: parts.northLeak,
    pixels: parts.pixels,
  };
  await writeFile(path.join(draft, 'decomposition.json'), `${JSON.stringify(decomposition)}\n`);
  return { value: { tracks: summaries, decomposition }, summaries };
}

function text(summary: StackSummary): string {
  const v = summary.velocityMmPerYear;
  const figure = (value: number | undefined): string => (value ?? Number.NaN).toFixed(2);
  const rejected = [
    ...Object.entries(summary.rejectedPixels).map(([why, n]) => `  ${n} pixels: ${why}\n`),
    ...summary.rejectedPairs.map(({ sceneId, reason }) => `  ${sceneId}: ${reason}\n`),
  ];
  return (
    `${summary.folder}: ${summary.solvedPixels} of ${summary.rows * summary.columns} pixels, ` +
    `${summary.pairsUsed} of ${summary.pairsTotal} pairs, ${summary.epochs.length} epochs\n` +
    `velocity ${figure(v?.min)} to ${figure(v?.max)}, mean ${figure(v?.mean)} mm/yr ` +
    `(median error ${figure(summary.errorsMmPerYear.scatter?.median)} from scatter), ` +
    `residual ${figure(summary.residualRmsMm)} mm rms\n` +
    `reference row ${summary.reference.row}, column ${summary.reference.column}: ${summary.reference.reason}\n` +
    rejected.join('') +
    summary.notes.map((note) => `  ${note}\n`).join('')
  );
}
