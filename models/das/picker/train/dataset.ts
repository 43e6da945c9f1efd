/**
 * Training windows on disk: shards of simulated windows, prepared as the picker prepares recordings.
 * In: seed and index of a shard. Out: its bytes; and batches read back with augmentation.
 * @module
 */
import { createRandom, type Random } from '../../../../core/random.js';
import { drawDasWindow } from '../../../generative/das-windows.js';
import { TRAINING_RANGES, logBetween } from '../../../generative/das-ranges.js';
import { prepareFibre } from '../preprocess.js';
import { INPUT_HZ, OUTPUT_HZ, WINDOW_GROUPS, WINDOW_SAMPLES } from '../settings.js';

/** Windows of a shard. */
export const SHARD_WINDOWS = 125;
/** Longer than a window, so that every epoch crops anew (51.2 s). */
const SHARD_SAMPLES = 2560;
const RAW_HZ = 100;
/** Prepared values are kept as int16 in thousandths. */
const SCALE = 1000;
const VALUES = WINDOW_GROUPS * SHARD_SAMPLES;
/** int16 values, float32 P and S times, uint8 visibility of both. */
const WINDOW_BYTES = 2 * VALUES + 2 * 4 * WINDOW_GROUPS + 2 * WINDOW_GROUPS;

/** Bytes of a shard. */
export const SHARD_BYTES = SHARD_WINDOWS * WINDOW_BYTES;

/** Simulates a shard; deterministic in seed and index. */
export function makeShard(input: { readonly seed: number; readonly index: number }): Buffer {
  const bytes = Buffer.alloc(SHARD_BYTES);
  for (let k = 0; k < SHARD_WINDOWS; k++) {
    const seed = input.seed * 1_000_003 + input.index * SHARD_WINDOWS + k;
    writeWindow(bytes, k * WINDOW_BYTES, seed);
  }
  return bytes;
}

function writeWindow(bytes: Buffer, offset: number, seed: number): void {
  // Spacings that need no averaging: one simulated channel is one group.
  const channelSpacingM = logBetween(createRandom(seed ^ 0x5bd1e995), [5.4, 20]);
  const window = drawDasWindow({
    seed,
    channelCount: WINDOW_GROUPS,
    sampleCount: (SHARD_SAMPLES * RAW_HZ) / INPUT_HZ,
    rateHz: RAW_HZ,
    ranges: TRAINING_RANGES,
    channelSpacingM,
  });
  const { values } = prepareFibre({
    ...window,
    channelCount: WINDOW_GROUPS,
    channelSpacingM,
    isForTraining: true,
  });
  for (let i = 0; i < VALUES; i++) {
    const whole = Math.round(SCALE * (values[i] as number));
    bytes.writeInt16LE(Math.min(32767, Math.max(-32768, whole)), offset + 2 * i);
  }
  const times = offset + 2 * VALUES;
  const flags = times + 8 * WINDOW_GROUPS;
  for (let g = 0; g < WINDOW_GROUPS; g++) {
    bytes.writeFloatLE(window.quake?.pTimeS[g] ?? 0, times + 4 * g);
    bytes.writeFloatLE(window.quake?.sTimeS[g] ?? 0, times + 4 * (WINDOW_GROUPS + g));
    bytes[flags + g] = window.quake?.pVisible[g] ?? 0;
    bytes[flags + WINDOW_GROUPS + g] = window.quake?.sVisible[g] ?? 0;
  }
}

/** Input, labels and weights of some windows, ready for tensors. */
export interface Batch {
  readonly count: number;
  /** [window, time, group]. */
  readonly input: Float32Array;
  /** [window, time / 2, group, class]. */
  readonly labels: Float32Array;
  /** [window, time / 2, group]. */
  readonly weights: Float32Array;
}

/** Standard deviation of the label around an onset, s. */
const LABEL_SIGMA_S = 0.12;
/** Around an arrival that shows doubtfully nothing is taught, s. */
const DOUBT_S = 1.2;
/** Instants near arrivals count this much more than noise. */
const ONSET_WEIGHT = 3;

/**
 * Windows `picks` of the shards as one batch. Augmentation: another start, the fibre reversed, the
 * polarity turned, gain, muted groups, another noise level.
 */
export function readBatch(input: {
  readonly shards: readonly Buffer[];
  readonly picks: readonly number[];
  readonly random: Random;
}): Batch {
  const { shards, picks, random } = input;
  const count = picks.length;
  const outputs = (WINDOW_SAMPLES * OUTPUT_HZ) / INPUT_HZ;
  const batch = {
    count,
    input: new Float32Array(count * WINDOW_SAMPLES * WINDOW_GROUPS),
    labels: new Float32Array(count * outputs * WINDOW_GROUPS * 3),
    weights: new Float32Array(count * outputs * WINDOW_GROUPS),
  };
  picks.forEach((pick, b) => {
    const shard = shards[Math.floor(pick / SHARD_WINDOWS)] as Buffer;
    const at = shard.byteOffset + (pick % SHARD_WINDOWS) * WINDOW_BYTES;
    fillWindow({ bytes: shard.buffer as ArrayBuffer, at, b, batch, random });
  });
  return batch;
}

function fillWindow(input: {
  readonly bytes: ArrayBuffer;
  readonly at: number;
  readonly b: number;
  readonly batch: Batch;
  readonly random: Random;
}): void {
  const { bytes, at, b, batch, random } = input;
  const view = new DataView(bytes, at, WINDOW_BYTES);
  const values = new Int16Array(bytes.slice(at, at + 2 * VALUES));
  const start = random.integer((SHARD_SAMPLES - WINDOW_SAMPLES) / 2) * 2;
  const isReversed = random.uniform() < 0.5;
  const sign = random.uniform() < 0.5 ? -1 : 1;
  const gain = (sign * Math.exp(0.15 * random.normal())) / SCALE;
  const mutedShare = random.uniform() < 0.3 ? 0.3 * random.uniform() : 0;
  const hiss = random.uniform() < 0.3 ? 0.3 * random.uniform() : 0;
  const outputs = (WINDOW_SAMPLES * OUTPUT_HZ) / INPUT_HZ;
  for (let g = 0; g < WINDOW_GROUPS; g++) {
    const from = isReversed ? WINDOW_GROUPS - 1 - g : g;
    const isMuted = random.uniform() < mutedShare;
    const inputAt = b * WINDOW_SAMPLES * WINDOW_GROUPS + g;
    if (!isMuted) {
      const row = from * SHARD_SAMPLES + start;
      for (let i = 0; i < WINDOW_SAMPLES; i++) {
        const value = gain * (values[row + i] as number);
        batch.input[inputAt + i * WINDOW_GROUPS] =
          hiss > 0 ? value + hiss * random.normal() : value;
      }
    }
    const times = 2 * VALUES + 4 * from;
    const flags = 2 * VALUES + 8 * WINDOW_GROUPS + from;
    const onset = (k: number): { timeS: number; visible: number } => ({
      timeS: view.getFloat32(times + 4 * WINDOW_GROUPS * k, true) - start / INPUT_HZ,
      visible: isMuted ? 0 : view.getUint8(flags + WINDOW_GROUPS * k),
    });
    labelGroup({ batch, at: b * outputs * WINDOW_GROUPS + g, outputs, p: onset(0), s: onset(1) });
  }
}

function labelGroup(input: {
  readonly batch: Batch;
  /** Place of the group's first instant in `weights`. */
  readonly at: number;
  readonly outputs: number;
  readonly p: { readonly timeS: number; readonly visible: number };
  readonly s: { readonly timeS: number; readonly visible: number };
}): void {
  const { batch, at, outputs, p, s } = input;
  const likeness = (onset: typeof p, timeS: number): number =>
    onset.visible === 2 ? Math.exp(-0.5 * ((timeS - onset.timeS) / LABEL_SIGMA_S) ** 2) : 0;
  const isDoubtful = (onset: typeof p, timeS: number): boolean =>
    onset.visible === 1 && Math.abs(timeS - onset.timeS) < DOUBT_S;
  for (let i = 0; i < outputs; i++) {
    const timeS = i / OUTPUT_HZ;
    const [isP, isS] = [likeness(p, timeS), likeness(s, timeS)];
    const sum = Math.max(1, isP + isS);
    const k = at + i * WINDOW_GROUPS;
    batch.labels[3 * k] = 1 - (isP + isS) / sum;
    batch.labels[3 * k + 1] = isP / sum;
    batch.labels[3 * k + 2] = isS / sum;
    const doubtful = isDoubtful(p, timeS) || isDoubtful(s, timeS);
    batch.weights[k] = doubtful ? 0 : 1 + ONSET_WEIGHT * ((isP + isS) / sum);
  }
}
