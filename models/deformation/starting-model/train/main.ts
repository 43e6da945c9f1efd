/**
 * Trains the shipped starting model: `node --import tsx models/deformation/starting-model/train/main.ts [OUT_DIR] [ROUNDS]`.
 * Seeded: windows, first weights and order are the same each time; the threads of TensorFlow may round differently.
 * @module
 */
import { STARTING_MODEL_DIR } from '../weights-file.js';
import { TRAINING_DEFAULTS, trainStartingModel } from './train.js';

const [outDir = STARTING_MODEL_DIR, rounds] = process.argv.slice(2);
const training = await trainStartingModel({
  outDir,
  rounds: Number(rounds ?? TRAINING_DEFAULTS.rounds),
  log: (line) => process.stderr.write(`${line}\n`),
});
process.stdout.write(`${JSON.stringify(training, null, 2)}\n`);
