/**
 * Trains the detector from nothing to the shipped files, on simulated scenes only.
 * @module
 */
import { mkdirSync } from 'node:fs';
import type { Scalar, Tensor, Variable } from '@tensorflow/tfjs-core';
import { createRandom } from '../../../../core/random.js';
import { loadBackend, type Backend } from '../../../backend.js';
import { CELLS, CHANNELS, detectorInput } from '../features.js';
import { logits, OUTPUTS, probabilities, WEIGHT_COUNT, WEIGHT_SHAPES } from '../network.js';
import { writeDetector, type DetectorFile } from '../weights-file.js';
import { simulateLabelled } from './simulate-scene.js';

/** What made the shipped weights. */
export const TRAINING_DEFAULTS = {
  seed: 1,
  scenes: 3600,
  epochs: 14,
  /** Scenes that choose the thresholds, and as many others that are only judged. */
  heldOut: 600,
  batchSize: 32,
  learningRate: 0.004,
} as const;

/** Simulated scenes as the network sees them. */
export interface Examples {
  readonly inputs: readonly Float32Array[];
  /** [deformation, unwrapping error], 0 or 1. */
  readonly labels: readonly (readonly [number, number])[];
}

/** Scenes of seeds from `first` on; those without enough data are left out. */
export function makeExamples(first: number, count: number, log?: (line: string) => void): Examples {
  const inputs: Float32Array[] = [];
  const labels: [number, number][] = [];
  for (let k = 0; k < count; k++) {
    const made = simulateLabelled(first + k);
    const input = detectorInput(made.scene);
    if (k % 500 === 499) log?.(`${k + 1} of ${count} scenes`);
    if (!input) continue;
    inputs.push(input);
    labels.push([made.hasDeformation ? 1 : 0, made.hasUnwrappingError ? 1 : 0]);
  }
  return { inputs, labels };
}

/** Trains, chooses thresholds, judges, writes weights and description into `outDir`. */
export async function trainDetector(
  input: Partial<Record<keyof typeof TRAINING_DEFAULTS, number>> & {
    readonly outDir: string;
    readonly log?: (line: string) => void;
  },
): Promise<DetectorFile['scores']> {
  const settings = { ...TRAINING_DEFAULTS, ...input };
  const { seed, scenes, epochs, heldOut, batchSize, log, outDir } = settings;
  const backend = await loadBackend();
  const { tf } = backend;
  const examples = makeExamples(seed * 1_000_000, scenes, log);
  const random = createRandom(seed);
  const weights = WEIGHT_SHAPES.map((shape) => {
    const size = shape.reduce((a, b) => a * b, 1);
    const inputs = size / (shape.at(-1) as number);
    // He et al. 2015; biases start at zero.
    const spread = shape.length === 1 ? 0 : Math.sqrt(2 / inputs);
    const values = Float32Array.from({ length: size }, () => spread * random.normal());
    return tf.variable(tf.tensor(values, [...shape]));
  });
  const steps = Math.floor(examples.inputs.length / batchSize);
  const size = CELLS * CELLS * CHANNELS;
  for (let epoch = 0; epoch < epochs; epoch++) {
    const order = shuffled(examples.inputs.length, random.integer);
    const rate = settings.learningRate * 0.5 * (1 + Math.cos((Math.PI * epoch) / epochs)) + 1e-4;
    const optimizer = tf.train.adam(rate);
    let loss = 0;
    for (let step = 0; step < steps; step++) {
      const picks = order.slice(step * batchSize, (step + 1) * batchSize);
      const batch = new Float32Array(batchSize * size);
      const labels = new Float32Array(batchSize * OUTPUTS);
      picks.forEach((at, k) => {
        batch.set(
          turned(examples.inputs[at] as Float32Array, random.integer(8), random.integer(2)),
          k * size,
        );
        labels.set(examples.labels[at] as readonly [number, number], k * OUTPUTS);
      });
      loss += tf.tidy(() => {
        const x = tf.tensor(batch, [batchSize, CELLS, CELLS, CHANNELS]);
        const y = tf.tensor(labels, [batchSize, OUTPUTS]);
        const value = optimizer.minimize(
          () => tf.losses.sigmoidCrossEntropy(y, logits(tf, weights as Tensor[], x)) as Scalar,
          true,
          weights as Variable[],
        );
        return (value?.dataSync()[0] ?? 0) / steps;
      });
    }
    optimizer.dispose();
    log?.(`epoch ${epoch + 1} of ${epochs}: loss ${loss.toFixed(4)}`);
  }
  const stored = new Float32Array(WEIGHT_COUNT);
  let at = 0;
  for (const variable of weights) {
    stored.set(variable.dataSync(), at);
    at += variable.size;
  }
  const judged = judgeWeights(backend, stored, { seed, heldOut, ...(log ? { log } : {}) });
  mkdirSync(outDir, { recursive: true });
  writeDetector(outDir, stored, { training: { seed, scenes, epochs, heldOut }, ...judged });
  return judged.scores;
}

/** Thresholds from one set of scenes, scores from another; neither was trained on. */
export function judgeWeights(
  backend: Backend,
  weights: Float32Array,
  settings: {
    readonly seed: number;
    readonly heldOut: number;
    readonly log?: (line: string) => void;
  },
): Pick<DetectorFile, 'thresholds' | 'scores'> {
  const { seed, heldOut, log } = settings;
  const [tuning, test] = [500_000, 700_000].map((offset) => {
    const { inputs, labels } = makeExamples(seed * 1_000_000 + offset, heldOut, log);
    const found = inputs.flatMap((one) => probabilities(backend, weights, [one]));
    return [0, 1].map((k) => ({
      found: found.map((p) => p[k] as number),
      labels: labels.map((l) => l[k] as number),
    }));
  }) as [JudgedOutput[], JudgedOutput[]];
  const thresholds = tuning.map(({ found, labels }) => chooseThreshold(found, labels));
  const scores = test.map(({ found, labels }, k) =>
    scoreAt(thresholds[k] as number, found, labels),
  );
  const named = <T>([deformation, unwrapping]: readonly T[]) => ({
    deformation: deformation as T,
    unwrapping: unwrapping as T,
  });
  return { thresholds: named(thresholds), scores: named(scores) };
}

interface JudgedOutput {
  readonly found: number[];
  readonly labels: number[];
}

/** Largest threshold that still finds 91 in 100: more would cost false flags. */
function chooseThreshold(found: readonly number[], labels: readonly number[]): number {
  const positives = found.filter((_, i) => labels[i] === 1).sort((a, b) => a - b);
  return positives[Math.floor(0.09 * positives.length)] as number;
}

/** Precision, recall and share of false flags among scenes without. */
export function scoreAt(threshold: number, found: readonly number[], labels: readonly number[]) {
  let [hits, misses, falseFlags, quiet] = [0, 0, 0, 0];
  found.forEach((p, i) => {
    const flagged = p > threshold;
    if (labels[i] === 1) {
      if (flagged) hits++;
      else misses++;
    } else if (flagged) falseFlags++;
    else quiet++;
  });
  return {
    precision: hits / Math.max(1, hits + falseFlags),
    recall: hits / Math.max(1, hits + misses),
    falsePositiveShare: falseFlags / Math.max(1, falseFlags + quiet),
  };
}

/** One of the eight symmetries of a square, and the sign of the motion. */
function turned(input: Float32Array, symmetry: number, flip: number): Float32Array {
  const out = new Float32Array(input.length);
  for (let row = 0; row < CELLS; row++) {
    for (let column = 0; column < CELLS; column++) {
      let [r, c] = [row, column];
      if (symmetry & 1) r = CELLS - 1 - r;
      if (symmetry & 2) c = CELLS - 1 - c;
      if (symmetry & 4) [r, c] = [c, r];
      const [to, from] = [(row * CELLS + column) * CHANNELS, (r * CELLS + c) * CHANNELS];
      out[to] = (flip ? -1 : 1) * (input[from] as number);
      for (let k = 1; k < CHANNELS; k++) out[to + k] = input[from + k] as number;
    }
  }
  return out;
}

function shuffled(count: number, integer: (n: number) => number): number[] {
  const order = Array.from({ length: count }, (_, i) => i);
  for (let i = count - 1; i > 0; i--) {
    const j = integer(i + 1);
    [order[i], order[j]] = [order[j] as number, order[i] as number];
  }
  return order;
}
