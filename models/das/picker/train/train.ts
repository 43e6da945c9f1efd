/**
 * Trains the picker from nothing to the shipped files. In: settings. Out: `weights.f16` and
 * `picker.json` in a folder. Everything is kept in `workDir`; a stopped run goes on where it was.
 * @module
 */
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { InvalidInputError } from '../../../../core/errors.js';
import { loadEnsemble } from '../probabilities.js';
import { readEarlierPicker, writePicker, type PickerFile } from '../weights-file.js';
import {
  calibrate,
  oddFeatures,
  heldOutWindow,
  judgeWindow,
  quietWindow,
  type JudgedWindow,
} from './calibrate.js';
import { makeShard, SHARD_BYTES, SHARD_WINDOWS } from './dataset.js';
import type { BestWeights } from './best-weights.js';
import { trainMember } from './train-member.js';
import { writeCard } from './card.js';

/** Settings of a run; the defaults made the shipped weights. */
export interface TrainPickerInput {
  /** Shards (20 MB each) and checkpoints go here. */
  readonly workDir: string;
  /** The result goes here. */
  readonly outDir: string;
  /** Of the simulated windows and of the members. */
  readonly seed?: number;
  /** Networks of the ensemble, 2 or more for a spread. */
  readonly members?: number;
  /** Steps of 8 windows that each member is trained for. */
  readonly steps?: number;
  /** Trains each member no further now, and calibrates what there is. */
  readonly stopAfter?: number;
  /** Highest learning rate. */
  readonly learningRate?: number;
  /** Folder of a trained picker to go on from, member by member; random weights when left out. */
  readonly from?: string;
  /** Shards of 125 windows; each member leaves out a fifth of them, another fifth each. */
  readonly shards?: number;
  /** Held-out windows for the calibration of picks. */
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
  members: 2,
  steps: 3500,
  shards: 40,
  learningRate: 0.003,
  calibrationWindows: 200,
  eventWindows: { mixed: 400, quiet: 500 },
  oddWindows: 320,
} as const satisfies Omit<TrainPickerInput, 'workDir' | 'outDir'>;
type Settings = Required<Omit<TrainPickerInput, Optional>> & Pick<TrainPickerInput, Optional>;
type Optional = 'from' | 'stopAfter' | 'log';
const BATCH_SIZE = 8;
/** Each member leaves out every fifth shard. */
const LEFT_OUT = 5;
/** Shards of this many seeds later choose the weights that are kept. */
const HELD_OUT_SEED = 500;
/** Seeds of calibration windows start here: no shard reaches them. */
const CALIBRATION_SEED = 900_000_000;
/** Those without quakes; benchmarks report on others. */
const QUIET_SEED = 2_140_003_000;
const ODD_SEED = 960_000_000;

/**
 * Simulates, trains, calibrates, writes weights and card. A run that was stopped goes on. With no
 * steps the weights of `from` are calibrated anew.
 */
export async function trainPicker(input: TrainPickerInput): Promise<void> {
  const settings: Settings = { ...TRAINING_DEFAULTS, ...input };
  const { workDir, outDir, log } = settings;
  mkdirSync(workDir, { recursive: true });
  mkdirSync(outDir, { recursive: true });
  const earlier = settings.from === undefined ? null : readEarlierPicker(settings.from);
  if (settings.steps === 0 && earlier === null) {
    throw new InvalidInputError({
      what: 'steps',
      reason: 'none, and no weights to calibrate',
      remedy: 'name the folder of the weights, or train some steps',
    });
  }
  const { members, training } =
    settings.steps === 0 && earlier
      ? { members: earlier.members, training: earlier.file.training }
      : await trainMembers(settings, earlier);
  const { calibrationWindows, eventWindows } = settings;
  const judged = await judge(members, calibrationWindows, log);
  const more = await judgeMore({ members, from: calibrationWindows, ...eventWindows });
  log?.('fitting calibration and the out-of-distribution reference');
  const fitted = calibrate(judged, more, oddFeatures(ODD_SEED, settings.oddWindows));
  writePicker({ dir: outDir, members, file: { training, ...fitted } });
  writeCard({ dir: outDir, settings, training });
}

async function trainMembers(
  settings: Settings,
  earlier: ReturnType<typeof readEarlierPicker> | null,
): Promise<{ members: readonly Float32Array[]; training: PickerFile['training'] }> {
  const { workDir, seed, steps, learningRate, stopAfter, log } = settings;
  const load = (index: number, ofSeed = seed): Buffer =>
    loadShard({ workDir, seed: ofSeed, index, ...(log && { log }) });
  const shards = Array.from({ length: settings.shards }, (_, index) => load(index));
  const heldOut = load(0, seed + HELD_OUT_SEED);
  const best: BestWeights[] = [];
  for (let k = 0; k < settings.members; k++) {
    const first = earlier?.members[k];
    best.push(
      await trainMember({
        shards:
          shards.length < LEFT_OUT
            ? shards
            : shards.filter((_, i) => i % LEFT_OUT !== k % LEFT_OUT),
        heldOut,
        seed: 10 * seed + k + 1,
        steps,
        ...(stopAfter === undefined ? {} : { stopAfter }),
        batchSize: BATCH_SIZE,
        learningRate,
        ...(first && { first }),
        checkpoint: path.join(workDir, `member-${seed}-${k}-${settings.shards}-${steps}.ckpt`),
        log: (line) => log?.(`member ${k}: ${line}`),
      }),
    );
  }
  return {
    members: best.map(({ weights }) => weights),
    training: {
      seed,
      windows: shards.length * SHARD_WINDOWS,
      steps: best.map(({ step }) => step),
      heldOutLoss: best.map(({ heldOutLoss }) => heldOutLoss),
      batchSize: BATCH_SIZE,
      learningRate,
      ...(earlier && {
        from: { sha256: earlier.file.sha256, steps: earlier.file.training.steps },
      }),
    },
  };
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
  input.log?.(`simulating shard ${index} of seed ${seed}`);
  const bytes = makeShard({ seed, index });
  writeFileSync(`${file}.part`, bytes);
  renameSync(`${file}.part`, file);
  return bytes;
}
