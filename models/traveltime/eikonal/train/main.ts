/**
 * Trains the shipped network: `node --import tsx models/traveltime/eikonal/train/main.ts [OUT_DIR] [STEPS]`.
 * Seeded: the same command on the same kind of machine gives the same files.
 * @module
 */
import { EIKONAL_DIR } from '../weights-file.js';
import { TRAINING_DEFAULTS, trainEikonal } from './train.js';

const [outDir = EIKONAL_DIR, steps] = process.argv.slice(2);
const error = await trainEikonal({
  outDir,
  steps: Number(steps ?? TRAINING_DEFAULTS.steps),
  log: (line) => process.stderr.write(`${line}\n`),
});
process.stdout.write(`${JSON.stringify(error, null, 2)}\n`);
