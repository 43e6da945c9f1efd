/** `quakeloom groundmotion`: predictions of the ground-motion models, and training of the network. @module */
import path from 'node:path';
import { InvalidArgumentError, type Command } from 'commander';
import { loadBackend } from '../../../models/backend.js';
import { EQUATIONS } from '../../../models/groundmotion/equations.js';
import { MEASURE_UNITS } from '../../../models/groundmotion/ground-motion-model.js';
import { groundMotionNetwork } from '../../../models/groundmotion/network.js';
import { simulateMotions } from '../../../models/groundmotion/train/simulate.js';
import { trainGroundMotion } from '../../../models/groundmotion/train/train.js';
import { parseCount, parseNumber } from '../arguments.js';
import { makeOutFolder } from '../out-folder.js';
import { print, table, type Output } from '../output.js';
import { writeFiles } from '../write-files.js';

interface PredictOptions {
  readonly magnitude: number;
  readonly distance: number;
  readonly depth: number;
  readonly vs30: number;
  readonly json?: boolean;
}

interface TrainOptions {
  readonly seed: number;
  readonly events: number;
  readonly steps: number;
  readonly lambda: number;
  readonly out: string;
}

export function addGroundMotionCommands(program: Command, output: Output): void {
  const group = program.command('groundmotion').description('ground-motion models');
  group
    .command('predict')
    .description('median and scatter of every model at one place')
    .requiredOption('--magnitude <m>', 'moment magnitude', within(0, 9.5))
    .requiredOption('--distance <km>', 'epicentral distance', within(0, 2000))
    .option('--depth <km>', 'focal depth', within(0, 800), 10)
    .option('--vs30 <m/s>', 'shear velocity of the top 30 m', within(50, 3000), 400)
    .option('--json', 'print JSON')
    .action((options: PredictOptions) => {
      const scenario = {
        magnitude: options.magnitude,
        distanceKm: options.distance,
        depthKm: options.depth,
        vs30: options.vs30,
        mechanism: 'unspecified' as const,
      };
      const predictions = [...EQUATIONS, groundMotionNetwork()].flatMap((model) =>
        model.measures.map((measure) => ({
          model: model.name,
          measure,
          units: MEASURE_UNITS[measure],
          ...model.predict(measure, scenario),
        })),
      );
      const rows = predictions.map((one) => [
        one.model,
        one.measure,
        one.units,
        one.median.toFixed(3),
        one.tau.toFixed(3),
        one.phi.toFixed(3),
      ]);
      const text = table('models', ['model', 'measure', 'units', 'median', 'tau', 'phi'], rows);
      print(output, options.json, { scenario, predictions }, text);
    });
  group
    .command('train')
    .description('train the network on simulated motions and the equations')
    .option('--seed <n>', 'seed', parseCount(0, 2 ** 31 - 1), 1)
    .option(
      '--events <n>',
      'simulated quakes, and as many of each equation',
      parseCount(20, 5000),
      600,
    )
    .option('--steps <n>', 'steps of 256 examples a measure', parseCount(10, 100_000), 3000)
    .option('--lambda <weight>', 'of the physical inconsistency', within(0, 1000), 1)
    .option('--out <dir>', 'folder of the weights', 'models/weights/groundmotion')
    .action(async (options: TrainOptions) => {
      const { seed, events, steps, lambda } = options;
      const { tf } = await loadBackend({ prefer: 'tensorflow-cpu' });
      const weights = trainGroundMotion({
        tf,
        examples: simulateMotions({ seed, events }),
        seed,
        steps,
        lambda,
        onStep: (step, loss) => output.error(`step ${step}: loss ${loss.toFixed(5)}`),
      });
      await makeOutFolder(options.out);
      const file = path.join(options.out, 'network.json');
      const training = { ...weights.training, events };
      const content = `${JSON.stringify({ ...weights, training })}\n`;
      await writeFiles([{ to: file, content }]);
      output.write(`${file}\n`);
    });
}

export function within(low: number, high: number): (text: string) => number {
  return (text) => {
    const value = parseNumber(text);
    if (value >= low && value <= high) return value;
    throw new InvalidArgumentError(`give a number from ${low} to ${high}.`);
  };
}
