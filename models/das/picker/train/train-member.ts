/**
 * Trains one member of the picker's ensemble. In: shards of simulated windows, a seed. Out: the
 * weights with the least loss on windows it never saw; the run can be stopped at any time and goes on
 * from its last checkpoint.
 * @module
 */
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import type { Scalar, Tensor, Tensor3D, Tensor4D, Variable } from '@tensorflow/tfjs-core';
import { createRandom, seedFromText } from '../../../../core/random.js';
import { loadBackend, type TensorFlow } from '../../../backend.js';
import { pickerLogits, WEIGHT_COUNT, WEIGHT_SHAPES } from '../network.js';
import { INPUT_HZ, OUTPUT_HZ, WINDOW_GROUPS, WINDOW_SAMPLES } from '../settings.js';
import { adamStep, decodeState, encodeState, freshState } from './adam.js';
import { decodeBest, encodeBest, type BestWeights } from './best-weights.js';
import { readBatch, SHARD_WINDOWS, type Batch } from './dataset.js';

export interface TrainMemberInput {
  /** Bytes of shards of {@link makeShard}. */
  readonly shards: readonly Buffer[];
  /** A shard that is not trained on: its loss chooses the weights that are kept. */
  readonly heldOut: Buffer;
  /** Windows of it that are looked at; all when left out. */
  readonly heldOutWindows?: number;
  readonly seed: number;
  /** Weights to go on from, [weight]; random ones when left out. */
  readonly first?: Float32Array;
  /** Steps of {@link TrainMemberInput.batchSize} windows; the learning rate falls over all of them. */
  readonly steps: number;
  readonly batchSize: number;
  /** Highest learning rate; it rises over the first steps and falls to a fiftieth. */
  readonly learningRate: number;
  /** File of the run's state; the best weights lie beside it. */
  readonly checkpoint: string;
  /** Stops after this many steps, for a later run to go on. */
  readonly stopAfter?: number;
  readonly log?: (line: string) => void;
}

const WARM_UP_STEPS = 100;
const CHECKPOINT_STEPS = 100;
const LOG_STEPS = 50;
/** The held-out loss is taken so often, and at the end. */
const JUDGE_STEPS = 250;

/** Runs to `steps`; returns the best averaged weights, in the order of `WEIGHT_SHAPES`. */
export async function trainMember(input: TrainMemberInput): Promise<BestWeights> {
  const { seed, steps, batchSize, checkpoint, log } = input;
  const until = Math.min(steps, input.stopAfter ?? steps);
  const { tf } = await loadBackend({ prefer: 'tensorflow-cpu' });
  const stored = existsSync(checkpoint)
    ? decodeState(readFileSync(checkpoint), WEIGHT_COUNT)
    : null;
  let state = stored ?? freshState(input.first ?? firstWeights(seed));
  const bestFile = `${checkpoint}.best`;
  let best =
    stored && existsSync(bestFile) ? decodeBest(readFileSync(bestFile), WEIGHT_COUNT) : null;
  const variables = makeVariables(tf);
  if (!best && input.first && state.step === 0) {
    const heldOutLoss = await meanLoss({ ...input, tf, variables, weights: input.first });
    log?.(`step 0 held-out loss ${heldOutLoss.toFixed(5)}`);
    best = { step: 0, heldOutLoss, weights: input.first.slice() };
  }
  const windows = input.shards.length * SHARD_WINDOWS;
  let [sum, seen] = [0, 0];
  while (state.step < until) {
    // Each step's draws depend on the step alone, so a resumed run sees what an unbroken one sees.
    const random = createRandom(seedFromText(`${seed}:${state.step}`));
    const picks = Array.from({ length: batchSize }, () => random.integer(windows));
    const batch = readBatch({ shards: input.shards, picks, random });
    assign(tf, variables, state.weights);
    const { loss, gradient } = await lossAndGradient(tf, variables, batch);
    state = adamStep({ state, gradient, learningRate: rateAt(input, state.step) });
    sum += loss;
    seen++;
    if (state.step % LOG_STEPS === 0) {
      log?.(`step ${state.step} loss ${(sum / seen).toFixed(5)}`);
      [sum, seen] = [0, 0];
    }
    if (state.step % JUDGE_STEPS === 0 || state.step === steps) {
      const heldOutLoss = await meanLoss({ ...input, tf, variables, weights: state.average });
      log?.(`step ${state.step} held-out loss ${heldOutLoss.toFixed(5)}`);
      if (!best || heldOutLoss < best.heldOutLoss) {
        best = { step: state.step, heldOutLoss, weights: state.average.slice() };
        save(bestFile, encodeBest(best));
      }
    }
    if (state.step % CHECKPOINT_STEPS === 0 || state.step === until) {
      save(checkpoint, encodeState(state));
    }
  }
  for (const variable of variables.values()) variable.dispose();
  return best ?? { step: state.step, heldOutLoss: Number.NaN, weights: state.average };
}

/** Loss over the held-out shard, with the same crops each time. */
async function meanLoss(input: {
  readonly tf: TensorFlow;
  readonly variables: Map<string, Variable>;
  readonly weights: Float32Array;
  readonly heldOut: Buffer;
  readonly heldOutWindows?: number;
  readonly batchSize: number;
}): Promise<number> {
  const { tf, variables, heldOut, heldOutWindows = SHARD_WINDOWS, batchSize } = input;
  assign(tf, variables, input.weights);
  const random = createRandom(seedFromText('held-out crops'));
  let [sum, count] = [0, 0];
  for (let from = 0; from < heldOutWindows; from += batchSize) {
    const size = Math.min(batchSize, heldOutWindows - from);
    const picks = Array.from({ length: size }, (_, k) => from + k);
    const tensors = batchTensors(tf, readBatch({ shards: [heldOut], picks, random }));
    const loss = tf.tidy(() => lossOf(tf, variables, tensors));
    sum += size * ((await loss.data())[0] as number);
    count += size;
    tf.dispose([loss, ...Object.values(tensors)]);
  }
  return sum / count;
}

/** Linear warm-up, then a cosine down to a fiftieth. */
function rateAt({ learningRate, steps }: TrainMemberInput, step: number): number {
  const rise = Math.min(1, (step + 1) / WARM_UP_STEPS);
  const fall = 0.5 + 0.5 * Math.cos((Math.PI * step) / steps);
  return learningRate * rise * (0.02 + 0.98 * fall);
}

/** He's (2015) normal draws for kernels, zeros for biases; noise starts as the likely class. */
function firstWeights(seed: number): Float32Array {
  const random = createRandom(seedFromText(`weights ${seed}`));
  const values = new Float32Array(WEIGHT_COUNT);
  let at = 0;
  for (const { name, shape } of WEIGHT_SHAPES) {
    const size = shape.reduce((a, b) => a * b, 1);
    const fanIn = size / (shape[shape.length - 1] as number);
    const isKernel = name.endsWith('/kernel');
    for (let i = 0; i < size; i++) {
      values[at + i] = isKernel ? Math.sqrt(2 / fanIn) * 0.7 * random.normal() : 0;
    }
    if (name === 'last/bias') values[at] = 4;
    at += size;
  }
  return values;
}

function makeVariables(tf: TensorFlow): Map<string, Variable> {
  return new Map(WEIGHT_SHAPES.map(({ name, shape }) => [name, tf.variable(tf.zeros([...shape]))]));
}

function assign(tf: TensorFlow, variables: Map<string, Variable>, weights: Float32Array): void {
  let at = 0;
  for (const { name, shape } of WEIGHT_SHAPES) {
    const size = shape.reduce((a, b) => a * b, 1);
    const value = tf.tensor(weights.slice(at, at + size), [...shape]);
    variables.get(name)?.assign(value);
    value.dispose();
    at += size;
  }
}

interface BatchTensors {
  readonly [name: string]: Tensor;
  readonly input: Tensor4D;
  readonly labels: Tensor4D;
  readonly weights: Tensor3D;
}

function batchTensors(tf: TensorFlow, batch: Batch): BatchTensors {
  const { count } = batch;
  const outputs = (WINDOW_SAMPLES * OUTPUT_HZ) / INPUT_HZ;
  return {
    input: tf.tensor4d(batch.input, [count, WINDOW_SAMPLES, WINDOW_GROUPS, 1]),
    labels: tf.tensor4d(batch.labels, [count, outputs, WINDOW_GROUPS, 3]),
    weights: tf.tensor3d(batch.weights, [count, outputs, WINDOW_GROUPS]),
  };
}

/** Weighted mean of the cross-entropy. */
function lossOf(
  tf: TensorFlow,
  variables: Map<string, Variable>,
  { input, labels, weights }: BatchTensors,
): Scalar {
  const logits = pickerLogits(tf, variables, input);
  const entropy = tf.neg(tf.sum(tf.mul(labels, tf.logSoftmax(logits)), 3));
  return tf.div(tf.sum(tf.mul(entropy, weights)), tf.sum(weights));
}

async function lossAndGradient(
  tf: TensorFlow,
  variables: Map<string, Variable>,
  batch: Batch,
): Promise<{ loss: number; gradient: Float32Array }> {
  const tensors = batchTensors(tf, batch);
  const { value, grads } = tf.variableGrads(
    () => lossOf(tf, variables, tensors),
    [...variables.values()],
  );
  const gradient = new Float32Array(WEIGHT_COUNT);
  let at = 0;
  for (const { name } of WEIGHT_SHAPES) {
    const part = await (grads[variables.get(name)?.name ?? ''] as Tensor).data<'float32'>();
    gradient.set(part, at);
    at += part.length;
  }
  const loss = (await value.data())[0] as number;
  tf.dispose([value, ...Object.values(tensors), ...Object.values(grads)]);
  return { loss, gradient };
}

function save(file: string, bytes: Buffer): void {
  writeFileSync(`${file}.part`, bytes);
  renameSync(`${file}.part`, file);
}
