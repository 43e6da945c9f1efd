/**
 * Trains one member of the picker's ensemble. In: shards of simulated windows, a seed. Out: its
 * weights; the run can be stopped at any time and goes on from its last checkpoint.
 * @module
 */
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import type { Scalar, Tensor, Tensor4D, Variable } from '@tensorflow/tfjs-core';
import { createRandom, seedFromText } from '../../../../core/random.js';
import { loadBackend, type TensorFlow } from '../../../backend.js';
import { pickerLogits, WEIGHT_COUNT, WEIGHT_SHAPES } from '../network.js';
import { INPUT_HZ, OUTPUT_HZ, WINDOW_GROUPS, WINDOW_SAMPLES } from '../settings.js';
import { adamStep, decodeState, encodeState, freshState, type TrainingState } from './adam.js';
import { readBatch, SHARD_WINDOWS, type Batch } from './dataset.js';

export interface TrainMemberInput {
  /** Bytes of shards of {@link makeShard}. */
  readonly shards: readonly Buffer[];
  readonly seed: number;
  readonly steps: number;
  /** Steps over which the learning rate would fall to the end; stopping before is allowed. */
  readonly scheduleSteps: number;
  readonly batchSize: number;
  /** Highest learning rate; it rises over the first steps and falls to a fiftieth. */
  readonly learningRate: number;
  /** File of the run's state. */
  readonly checkpoint: string;
  readonly log?: (line: string) => void;
}

const WARM_UP_STEPS = 100;
const CHECKPOINT_STEPS = 100;
const LOG_STEPS = 50;

/** Runs to `steps`; returns the averaged weights, [weight] in the order of `WEIGHT_SHAPES`. */
export async function trainMember(input: TrainMemberInput): Promise<Float32Array> {
  const { seed, steps, batchSize, checkpoint, log } = input;
  const { tf } = await loadBackend({ prefer: 'tensorflow-cpu' });
  const stored = existsSync(checkpoint)
    ? decodeState(readFileSync(checkpoint), WEIGHT_COUNT)
    : null;
  let state = stored ?? freshState(firstWeights(seed));
  const variables = makeVariables(tf);
  const windows = input.shards.length * SHARD_WINDOWS;
  let [sum, seen] = [0, 0];
  while (state.step < steps) {
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
    if (state.step % CHECKPOINT_STEPS === 0 || state.step === steps) save(checkpoint, state);
  }
  for (const variable of variables.values()) variable.dispose();
  return state.average;
}

/** Linear warm-up, then a cosine down to a fiftieth. */
function rateAt({ learningRate, scheduleSteps }: TrainMemberInput, step: number): number {
  const rise = Math.min(1, (step + 1) / WARM_UP_STEPS);
  const fall = 0.5 + 0.5 * Math.cos((Math.PI * Math.min(step, scheduleSteps)) / scheduleSteps);
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

async function lossAndGradient(
  tf: TensorFlow,
  variables: Map<string, Variable>,
  batch: Batch,
): Promise<{ loss: number; gradient: Float32Array }> {
  const outputs = (WINDOW_SAMPLES * OUTPUT_HZ) / INPUT_HZ;
  const input = tf.tensor4d(batch.input, [batch.count, WINDOW_SAMPLES, WINDOW_GROUPS, 1]);
  const labels = tf.tensor4d(batch.labels, [batch.count, outputs, WINDOW_GROUPS, 3]);
  const weights = tf.tensor3d(batch.weights, [batch.count, outputs, WINDOW_GROUPS]);
  const { value, grads } = tf.variableGrads((): Scalar => {
    const logits = pickerLogits(tf, variables, input);
    const entropy = tf.neg(tf.sum(tf.mul(labels, tf.logSoftmax(logits)), 3));
    return tf.div(tf.sum(tf.mul(entropy, weights)), tf.sum(weights));
  }, [...variables.values()]);
  const gradient = new Float32Array(WEIGHT_COUNT);
  let at = 0;
  for (const { name } of WEIGHT_SHAPES) {
    const part = await (grads[variables.get(name)?.name ?? ''] as Tensor).data<'float32'>();
    gradient.set(part, at);
    at += part.length;
  }
  const loss = (await value.data())[0] as number;
  tf.dispose([input as Tensor4D, labels, weights, value, ...Object.values(grads)]);
  return { loss, gradient };
}

function save(file: string, state: TrainingState): void {
  writeFileSync(`${file}.part`, encodeState(state));
  renameSync(`${file}.part`, file);
}
