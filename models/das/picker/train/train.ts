/**
 * Trains the picker from nothing to the shipped files. In: settings. Out: `weights.f16` and
 * `picker.json` in a folder. Everything is kept in `workDir`; a stopped run goes on where it was.
 * @module
 */
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { loadEnsemble } from '../probabilities.js';
import { writePicker } from '../weights-file.js';
import {
  calibrate,
  oddFeatures,
  heldOutWindow,
  judgeWindow,
  quietWindow,
  type JudgedWindow,
} from './calibrate.js';
import { makeShard, SHARD_BYTES, SHARD_WINDOWS } from './dataset.js';
import { trainMember } from './train-member.js';

/** How one member is trained. */
export interface MemberPlan {
  readonly seed: number;
  /** Shards it sees, in this order (draws count through them): members differ in their data too. */
  readonly shards: readonly number[];
  readonly steps: number;
  /** Steps over which the learning rate would fall; training may stop before. */
  readonly scheduleSteps: number;
}

/** Settings of a run; the defaults made the shipped weights. */
export interface TrainPickerInput {
  /** Shards (20 MB each) and checkpoints go here. */
  readonly workDir: string;
  /** The result goes here. */
  readonly outDir: string;
  /** Of the simulated windows. */
  readonly seed?: number;
  readonly members?: readonly MemberPlan[];
  /** Held-out windows for the calibration. */
  readonly calibrationWindows?: number;
  /** Windows beyond these, with and without quakes, for arrivals and events. */
  readonly eventWindows?: { readonly mixed: number; readonly quiet: number };
  /** Windows the out-of-distribution checks are fitted on, each sound and with every fault. */
  readonly oddWindows?: number;
  readonly log?: (line: string) => void;
}

/** What made the shipped weights. */
export const TRAINING_DEFAULTS = {
  seed: 1,
  members: [
    {
      seed: 11,
      shards: [0, 1, 10, 11, 12, 13, 14, 15, 16, 17, 19, 2, 3, 4, 5, 6, 7, 8],
      steps: 1300,
      scheduleSteps: 1400,
    },
    {
      seed: 12,
      shards: [10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 22, 24, 7, 8, 9],
      steps: 1100,
      scheduleSteps: 1100,
    },
  ],
  calibrationWindows: 200,
  eventWindows: { mixed: 400, quiet: 500 },
  oddWindows: 320,
} as const satisfies Omit<TrainPickerInput, 'workDir' | 'outDir'>;
const BATCH_SIZE = 8;
const LEARNING_RATE = 0.003;
/** Seeds of calibration windows start here: no shard reaches them. */
const CALIBRATION_SEED = 900_000_000;
/** Those without quakes; benchmarks report on others. */
const QUIET_SEED = 2_140_003_000;
const ODD_SEED = 960_000_000;

/** Simulates, trains, calibrates, writes. Shards may be simulated beforehand
 * by several processes (`make-shards.ts`). */
export async function trainPicker(input: TrainPickerInput): Promise<void> {
  const settings = { ...TRAINING_DEFAULTS, ...input };
  const { workDir, outDir, seed, log } = settings;
  mkdirSync(workDir, { recursive: true });
  mkdirSync(outDir, { recursive: true });
  const shards = new Map<number, Buffer>();
  for (const index of new Set(settings.members.flatMap((plan) => [...plan.shards]))) {
    shards.set(index, loadShard({ workDir, seed, index, ...(log && { log }) }));
  }
  const members: Float32Array[] = [];
  for (const [k, plan] of settings.members.entries()) {
    members.push(
      await trainMember({
        ...plan,
        shards: plan.shards.map((index) => shards.get(index) as Buffer),
        batchSize: BATCH_SIZE,
        learningRate: LEARNING_RATE,
        checkpoint: path.join(workDir, `member-${seed}-${k}.ckpt`),
        log: (line) => log?.(`member ${k}: ${line}`),
      }),
    );
  }
  const { calibrationWindows, eventWindows } = settings;
  const judged = await judge(members, calibrationWindows, log);
  const more = await judgeMore({ members, from: calibrationWindows, ...eventWindows });
  writePicker({
    dir: outDir,
    members,
    file: {
      training: {
        seed,
        windows: shards.size * SHARD_WINDOWS,
        steps: settings.members.map((plan) => plan.steps),
        batchSize: BATCH_SIZE,
        learningRate: LEARNING_RATE,
      },
      ...calibrate(judged, more, oddFeatures(ODD_SEED, settings.oddWindows)),
    },
  });
}

/** Runs an ensemble over the calibration's windows. */
export async function judge(
  members: readonly Float32Array[],
  count: number,
  log?: (line: string) => void,
): Promise<JudgedWindow[]> {
  const ensemble = await loadEnsemble(members);
  const judged: JudgedWindow[] = [];
  for (let k = 0; k < count; k++) {
    judged.push(await judgeWindow(ensemble, heldOutWindow(CALIBRATION_SEED + k)));
    if ((k + 1) % 50 === 0) log?.(`calibration window ${k + 1} of ${count}`);
  }
  ensemble.dispose();
  return judged;
}

/** Windows of the calibration after the first `from`, and windows without quakes. */
async function judgeMore(input: {
  readonly members: readonly Float32Array[];
  readonly from: number;
  readonly mixed: number;
  readonly quiet: number;
}): Promise<JudgedWindow[]> {
  const { members, from, mixed, quiet } = input;
  const ensemble = await loadEnsemble(members);
  const judged: JudgedWindow[] = [];
  for (let k = 0; k < mixed; k++) {
    judged.push(await judgeWindow(ensemble, heldOutWindow(CALIBRATION_SEED + from + k)));
  }
  for (let k = 0; k < quiet; k++) {
    judged.push(await judgeWindow(ensemble, quietWindow(QUIET_SEED + k)));
  }
  ensemble.dispose();
  return judged;
}

function loadShard(input: {
  readonly workDir: string;
  readonly seed: number;
  readonly index: number;
  readonly log?: (line: string) => void;
}): Buffer {
  const { workDir, seed, index } = input;
  const file = path.join(workDir, `shard-${seed}-${index}.bin`);
  if (existsSync(file)) {
    const bytes = readFileSync(file);
    if (bytes.length === SHARD_BYTES) return bytes;
  }
  input.log?.(`simulating shard ${index}`);
  const bytes = makeShard({ seed, index });
  writeFileSync(`${file}.part`, bytes);
  renameSync(`${file}.part`, file);
  return bytes;
}
