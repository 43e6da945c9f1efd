/**
 * Trains the picker: `nice -n 5 node --import tsx models/das/picker/train/main.ts WORK_DIR [OUT_DIR]
 * [SHARDS STEPS MEMBERS CALIBRATION_WINDOWS]`.
 * @module
 */
import { WEIGHTS_DIR } from '../weights-file.js';
import { TRAINING_DEFAULTS, trainPicker } from './train.js';

const [workDir, outDir = WEIGHTS_DIR, ...numbers] = process.argv.slice(2);
if (workDir === undefined) {
  process.stderr.write('usage: main.ts WORK_DIR [OUT_DIR] [SHARDS STEPS MEMBERS WINDOWS]\n');
  process.exitCode = 2;
} else {
  const given = (k: number, otherwise: number): number => Number(numbers[k] ?? otherwise);
  await trainPicker({
    workDir,
    outDir,
    shards: given(0, TRAINING_DEFAULTS.shards),
    steps: given(1, TRAINING_DEFAULTS.steps),
    members: given(2, TRAINING_DEFAULTS.members),
    calibrationWindows: given(3, TRAINING_DEFAULTS.calibrationWindows),
    log: (line) => process.stderr.write(`${line}\n`),
  });
}
