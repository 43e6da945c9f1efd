/**
 * Trains the eikonal network on the equation alone, then measures it against the sweeper. No travel
 * time is ever shown to it.
 * @module
 */
import type { Scalar, Tensor, Variable } from '@tensorflow/tfjs-core';
import { createRandom, type Random } from '../../../../core/random.js';
import { loadBackend, type TensorFlow } from '../../../backend.js';
import { BASIN_BOX, BASIN_SOURCE_DEPTH_KM, basinVelocity } from '../basin-region.js';
import { judge } from '../judge.js';
import { LAYERS, WEIGHT_COUNT, WEIGHT_SHAPES, type EikonalScale } from '../network.js';
import { writeEikonal, type EikonalFile } from '../weights-file.js';

/** What made the shipped weights. */
export const TRAINING_DEFAULTS = { seed: 1, steps: 10_000, batch: 1024, rate: 0.004 } as const;

const SCALE: EikonalScale = {
  firstKm: BASIN_BOX.first,
  lastKm: BASIN_BOX.last,
  referenceSlowness: 1 / 5.5,
};
/** Share of receivers drawn near their source, where the field bends most. */
const NEAR_SHARE = 0.25;
const NEAR_KM = 15;

/** Trains, measures and writes into `outDir`; returns the error against the sweeper. */
export async function trainEikonal(
  input: Partial<Record<keyof typeof TRAINING_DEFAULTS, number>> & {
    readonly outDir: string;
    readonly log?: (line: string) => void;
  },
): Promise<EikonalFile['error']> {
  const { seed, steps, batch, rate, outDir, log } = { ...TRAINING_DEFAULTS, ...input };
  const { tf } = await loadBackend();
  const random = createRandom(seed);
  const variables = WEIGHT_SHAPES.map((shape) => {
    const size = shape.reduce((a, b) => a * b, 1);
    // Glorot & Bengio 2010; biases start at zero.
    const spread =
      shape.length === 1 ? 0 : Math.sqrt(2 / ((shape[0] as number) + (shape[1] as number)));
    return tf.variable(
      tf.tensor(
        Float32Array.from({ length: size }, () => spread * random.normal()),
        [...shape],
      ),
    );
  });
  const optimizer = tf.train.adam(rate, 0.9, 0.99);
  for (let step = 0; step < steps; step++) {
    Object.assign(optimizer, {
      learningRate: rate * 0.5 * (1 + Math.cos((Math.PI * step) / steps)) + 2e-6,
    });
    const examples = draw(random, batch);
    const isTold = step % 250 === 0 || step === steps - 1;
    tf.tidy(() => {
      const loss = optimizer.minimize(
        () => equationLoss(tf, variables, examples, batch),
        isTold,
        variables as Variable[],
      );
      if (isTold && loss)
        log?.(`step ${step}: residual ${Math.sqrt(loss.dataSync()[0] as number).toFixed(5)}`);
    });
  }
  optimizer.dispose();
  const weights = new Float32Array(WEIGHT_COUNT);
  let at = 0;
  for (const variable of variables) {
    weights.set(variable.dataSync(), at);
    at += variable.size;
    variable.dispose();
  }
  const error = judge({ scale: SCALE, weights });
  writeEikonal(outDir, weights, {
    region: 'basin',
    scale: SCALE,
    training: { seed, steps, batch },
    error,
  });
  return error;
}

interface Examples {
  /** Scaled places, [batch, 6]. */
  readonly inputs: Float32Array;
  /** Direction from source to receiver, [batch, 3]; distance, km, and velocity at the receiver, [batch]. */
  readonly direction: Float32Array;
  readonly distanceKm: Float32Array;
  readonly velocityKmS: Float32Array;
}

function draw(random: Random, batch: number): Examples {
  const inputs = new Float32Array(6 * batch);
  const direction = new Float32Array(3 * batch);
  const distanceKm = new Float32Array(batch);
  const velocityKmS = new Float32Array(batch);
  for (let k = 0; k < batch; k++) {
    const isNear = random.uniform() < NEAR_SHARE;
    const source = [0, 0, 0];
    const receiver = [0, 0, 0];
    for (let a = 0; a < 3; a++) {
      const [first, last] = [BASIN_BOX.first[a] as number, BASIN_BOX.last[a] as number];
      const deepest = a === 2 ? BASIN_SOURCE_DEPTH_KM : last;
      source[a] = first + random.uniform() * (deepest - first);
      const near = (source[a] as number) + NEAR_KM * (2 * random.uniform() - 1);
      receiver[a] = isNear
        ? Math.min(last, Math.max(first, near))
        : first + random.uniform() * (last - first);
      const half = (last - first) / 2;
      inputs[6 * k + a] = ((source[a] as number) - first) / half - 1;
      inputs[6 * k + 3 + a] = ((receiver[a] as number) - first) / half - 1;
    }
    const away = receiver.map((value, a) => value - (source[a] as number));
    const r = Math.max(1e-3, Math.hypot(...away));
    away.forEach((value, a) => (direction[3 * k + a] = value / r));
    distanceKm[k] = r;
    velocityKmS[k] = basinVelocity(
      receiver[0] as number,
      receiver[1] as number,
      receiver[2] as number,
    );
  }
  return { inputs, direction, distanceKm, velocityKmS };
}

/** Mean square of v |grad T| - 1. The derivatives are carried forward beside the values. */
function equationLoss(
  tf: TensorFlow,
  weights: readonly Tensor[],
  examples: Examples,
  batch: number,
): Scalar {
  const x = tf.tensor2d(examples.inputs, [batch, 6]);
  const first = weights[0] as Tensor;
  let value: Tensor = tf.tanh(tf.add(tf.matMul(x, first), weights[1] as Tensor));
  const slope = tf.sub(1, tf.square(value));
  let rows = [0, 1, 2].map((a): Tensor =>
    tf.mul(slope, tf.slice(first, [3 + a, 0], [1, LAYERS[1]])),
  );
  for (let layer = 1; layer < LAYERS.length - 1; layer++) {
    const product = tf.matMul(tf.concat([value, ...rows], 0), weights[2 * layer] as Tensor);
    const parts = tf.split(product, 4, 0);
    const sum = tf.add(parts[0] as Tensor, weights[2 * layer + 1] as Tensor);
    if (layer === LAYERS.length - 2) {
      value = sum;
      rows = parts.slice(1);
      break;
    }
    value = tf.tanh(sum);
    const own = tf.sub(1, tf.square(value));
    rows = parts.slice(1).map((part) => tf.mul(part, own));
  }
  const mean = tf.mul(tf.exp(value), SCALE.referenceSlowness);
  const r = tf.tensor2d(examples.distanceKm, [batch, 1]);
  const unit = tf.split(tf.tensor2d(examples.direction, [batch, 3]), 3, 1);
  let square: Tensor = tf.zeros([batch, 1]);
  rows.forEach((row, a) => {
    const half = ((SCALE.lastKm[a] as number) - (SCALE.firstKm[a] as number)) / 2;
    const gradient = tf.mul(mean, tf.add(unit[a] as Tensor, tf.mul(r, tf.div(row, half))));
    square = tf.add(square, tf.square(gradient));
  });
  const velocity = tf.tensor2d(examples.velocityKmS, [batch, 1]);
  return tf.mean(tf.square(tf.sub(tf.mul(tf.sqrt(square), velocity), 1)));
}
