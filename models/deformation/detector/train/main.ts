/**
 * Trains the shipped detector: `node --import tsx models/deformation/detector/train/main.ts [OUT_DIR] [SCENES EPOCHS]`.
 * Seeded: the same command on the same kind of machine gives the same files.
 * @module
 */
import { DETECTOR_DIR } from '../weights-file.js';
import { TRAINING_DEFAULTS, trainDetector } from './train.js';

const [outDir = DETECTOR_DIR, scenes, epochs] = process.argv.slice(2);
const scores = await trainDetector({
  outDir,
  scenes: Number(scenes ?? TRAINING_DEFAULTS.scenes),
  epochs: Number(epochs ?? TRAINING_DEFAULTS.epochs),
  log: (line) => process.stderr.write(`${line}\n`),
});
process.stdout.write(`${JSON.stringify(scores, null, 2)}\n`);
