/** `quakeloom das train`: the fibre picker from simulations to weights and card. @module */
import path from 'node:path';
import type { Command } from 'commander';
import { parseCount, parseNumber } from '../../arguments.js';
import type { Output } from '../../output.js';

interface TrainOptions {
  readonly out?: string;
  readonly from?: string;
  readonly seed: number;
  readonly members: number;
  readonly steps: number;
  readonly stopAfter?: number;
  readonly shards: number;
  readonly learningRate: number;
  readonly calibration: number;
}

/** Windows of each kind for a hundred of the calibration of picks. */
const OF_A_HUNDRED = { mixed: 200, quiet: 250, odd: 160 };

export function addTrainCommand(das: Command, output: Output): void {
  das
    .command('train')
    .description(
      'train the phase picker on simulated fibres; the same command goes on after a stop',
    )
    .argument('<work-dir>', 'simulated windows (20 MB a shard) and checkpoints are kept here')
    .option('--out <dir>', 'weights, calibration and card (default: <work-dir>/picker)')
    .option('--from <dir>', 'go on from the weights of this folder')
    .option('--seed <n>', 'seed', parseCount(0, 400), 1)
    .option('--members <n>', 'networks of the ensemble', parseCount(1, 16), 2)
    .option(
      '--steps <n>',
      'steps of 8 windows a member; 0: calibrate --from',
      parseCount(0, 1_000_000),
      3500,
    )
    .option('--stop-after <n>', 'train no further now', parseCount(0, 1_000_000))
    .option('--shards <n>', 'of 125 simulated windows', parseCount(1, 8000), 40)
    .option('--learning-rate <x>', 'highest rate of Adam', parseNumber, 0.003)
    .option('--calibration <n>', 'held-out windows for the picks', parseCount(10, 10_000), 200)
    .action(async (workDir: string, options: TrainOptions) => {
      const { trainPicker } = await import('../../../../models/das/picker/train/train.js');
      const { calibration, out, ...settings } = options;
      const of = (share: number): number => Math.max(4, Math.round((calibration * share) / 100));
      const outDir = out ?? path.join(workDir, 'picker');
      await trainPicker({
        ...settings,
        workDir,
        outDir,
        calibrationWindows: calibration,
        eventWindows: { mixed: of(OF_A_HUNDRED.mixed), quiet: of(OF_A_HUNDRED.quiet) },
        oddWindows: of(OF_A_HUNDRED.odd),
        log: (line) => output.error(line),
      });
      output.write(`${outDir}\n`);
    });
}
