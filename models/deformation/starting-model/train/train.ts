/**
 * Trains the starting model from nothing to the shipped files, on simulated windows only.
 * @module
 */
import { mkdirSync } from 'node:fs';
import type { Scalar, Tensor, Variable } from '@tensorflow/tfjs-core';
import { createRandom } from '../../../../core/random.js';
import { loadBackend, type TensorFlow } from '../../../backend.js';
import {
  ASIDE,
  asideOf,
  mixtures,
  WEIGHT_COUNT,
  WEIGHT_SHAPES,
  type MixtureTensors,
} from '../network.js';
import { COORDINATES, coordinatesOf, mirroredShape } from '../shapes.js';
import { writeStartingModel, type StartingModelFile } from '../weights-file.js';
import { CELLS, CHANNELS, mirrored } from '../window.js';
import { exampleMaker, type Example } from './simulate.js';

/** What made the shipped weights. */
export const TRAINING_DEFAULTS = {
  seed: 1,
  /** Each round makes new examples and goes through them twice, once in the mirror. */
  rounds: 14,
  examplesPerRound: 6000,
  batchSize: 64,
  learningRate: 0.003,
  heldOut: 2000,
} as const;

const PIXELS = CELLS * CELLS * CHANNELS;

/** Batches of examples as flat arrays. */
function batchOf(examples: readonly Example[], isMirrored: boolean) {
  const count = examples.length;
  const cells = new Float32Array(count * PIXELS);
  const aside = new Float32Array(count * ASIDE);
  const z = new Float32Array(count * COORDINATES);
  const known = new Float32Array(count * COORDINATES);
  examples.forEach((example, i) => {
    cells.set(isMirrored ? mirrored(example.cells) : example.cells, i * PIXELS);
    aside.set(asideOf(example.sineIncidence, example.kind), i * ASIDE);
    z.set(isMirrored ? mirroredShape(example.z) : example.z, i * COORDINATES);
    known.fill(1, i * COORDINATES, i * COORDINATES + coordinatesOf(example.kind));
  });
  return { count, cells, aside, z, known };
}

/** Mean negative logarithm of the density of the true shapes. */
function lossOf(
  tf: TensorFlow,
  weights: readonly Tensor[],
  batch: ReturnType<typeof batchOf>,
): Scalar {
  const { count } = batch;
  const found: MixtureTensors = mixtures(
    tf,
    weights,
    tf.tensor(batch.cells, [count, CELLS, CELLS, CHANNELS]),
    tf.tensor(batch.aside, [count, ASIDE]),
  );
  const z = tf.tensor(batch.z, [count, 1, COORDINATES]);
  const known = tf.tensor(batch.known, [count, 1, COORDINATES]);
  const off = tf.div(tf.sub(z, found.means), tf.exp(found.logDeviations));
  const cost = tf.add(tf.mul(0.5, tf.square(off)), found.logDeviations);
  const logs = tf.sub(found.logWeights, tf.sum(tf.mul(cost, known), 2));
  return tf.neg(tf.mean(tf.logSumExp(logs, 1)));
}

/** Trains, judges on held-out windows, writes weights and description into `outDir`. */
export async function trainStartingModel(
  input: Partial<Record<keyof typeof TRAINING_DEFAULTS, number>> & {
    readonly outDir: string;
    readonly log?: (line: string) => void;
  },
): Promise<StartingModelFile['training']> {
  const settings = { ...TRAINING_DEFAULTS, ...input };
  const { seed, rounds, examplesPerRound, batchSize, heldOut, log, outDir } = settings;
  const { tf } = await loadBackend();
  const random = createRandom(seed);
  const make = exampleMaker(seed);
  const weights = WEIGHT_SHAPES.map((shape) => {
    const size = shape.reduce((a, b) => a * b, 1);
    const inputs = size / (shape.at(-1) as number);
    // He et al. 2015; biases start at zero.
    const spread = shape.length === 1 ? 0 : Math.sqrt(2 / inputs);
    const values = Float32Array.from({ length: size }, () => spread * random.normal());
    return tf.variable(tf.tensor(values, [...shape]));
  });
  let seen = 0;
  const examplesOf = (first: number, count: number): Example[] =>
    Array.from({ length: count }, (_, k) => make(first + k)).flatMap((example) => example ?? []);
  const passes = 2 * rounds;
  for (let pass = 0, examples: Example[] = []; pass < passes; pass++) {
    if (pass % 2 === 0) {
      examples = examplesOf(seed * 10_000_000 + pass * examplesPerRound, examplesPerRound);
      seen += examples.length;
    }
    const steps = Math.floor(examples.length / batchSize);
    const rate = settings.learningRate * 0.5 * (1 + Math.cos((Math.PI * pass) / passes)) + 2e-5;
    const optimizer = tf.train.adam(rate);
    let loss = 0;
    for (let step = 0; step < steps; step++) {
      const picks = examples.slice(step * batchSize, (step + 1) * batchSize);
      // Each half of a batch in the mirror once: in the first pass or in the second.
      const batch = batchOf(picks, (step + pass) % 2 === 1);
      loss += tf.tidy(() => {
        const value = optimizer.minimize(
          () => lossOf(tf, weights as Tensor[], batch),
          true,
          weights as Variable[],
        );
        return (value?.dataSync()[0] ?? 0) / steps;
      });
    }
    optimizer.dispose();
    log?.(`pass ${pass + 1} of ${passes}: loss ${loss.toFixed(3)}`);
  }
  const test = examplesOf(seed * 10_000_000 + 9_000_000, heldOut);
  const heldOutLoss = tf.tidy(
    () => lossOf(tf, weights as Tensor[], batchOf(test, false)).dataSync()[0] ?? Number.NaN,
  );
  const stored = new Float32Array(WEIGHT_COUNT);
  let at = 0;
  for (const variable of weights) {
    stored.set(variable.dataSync(), at);
    at += variable.size;
    variable.dispose();
  }
  mkdirSync(outDir, { recursive: true });
  const training = { seed, rounds, examples: seen, batchSize, heldOut: test.length, heldOutLoss };
  writeStartingModel(outDir, stored, { training });
  return training;
}
