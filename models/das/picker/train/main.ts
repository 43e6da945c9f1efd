/**
 * Trains the picker as shipped: `nice -n 5 node --import tsx models/das/picker/train/main.ts WORK_DIR
 * [OUT_DIR]`. Stop it at any time; the same command goes on from the last checkpoint.
 * @module
 */
import { WEIGHTS_DIR } from '../weights-file.js';
import { trainPicker } from './train.js';

const [workDir, outDir = WEIGHTS_DIR] = process.argv.slice(2);
if (workDir === undefined) {
  process.stderr.write('usage: main.ts WORK_DIR [OUT_DIR]\n');
  process.exitCode = 2;
} else {
  await trainPicker({ workDir, outDir, log: (line) => process.stderr.write(`${line}\n`) });
}
