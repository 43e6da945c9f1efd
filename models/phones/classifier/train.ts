/**
 * Trains the phone's two networks with TensorFlow.js. In: windows with labels. Out: weights in plain
 * arrays, and the loss along the way.
 * @module
 */
import type { Scalar, Tensor, Tensor2D, Tensor3D } from '@tensorflow/tfjs-core';
import { createRandom } from '../../../core/random.js';
import type { TensorFlow } from '../../backend.js';
import { RAW_LAYERS, WEIGHT_SHAPES, type NetworkWeights } from './network.js';
import { COMPONENTS, featureInput, rawInput, WINDOW_SAMPLES, type MotionWindow } from './window.js';

/** One labelled window. */
export interface LabelledWindow {
  readonly window: MotionWindow;
  readonly isQuake: boolean;
}

export interface TrainInput {
  readonly tf: TensorFlow;
  readonly windows: readonly LabelledWindow[];
  readonly network: keyof typeof WEIGHT_SHAPES;
  readonly steps: number;
  readonly batch: number;
  readonly learningRate: number;
  readonly seed: number;
  readonly onStep?: (step: number, loss: number) => void;
}

/** Adam on the logistic loss, learning rate falling to nothing along a cosine. */
export function trainNetwork(input: TrainInput): NetworkWeights {
  const { tf, network, windows, batch, steps } = input;
  const random = createRandom(input.seed);
  const inputs = windows.map((w) =>
    network === 'raw' ? rawInput(w.window) : featureInput(w.window),
  );
  const size = inputs[0]?.length ?? 0;
  const fixed = network === 'features' ? standardisation(inputs) : {};
  const variables = initialWeights(input, random.normal);
  const optimizer = tf.train.adam(input.learningRate);
  for (let step = 0; step < steps; step++) {
    const xs = new Float32Array(batch * size);
    const ys = new Float32Array(batch);
    for (let b = 0; b < batch; b++) {
      const k = random.integer(windows.length);
      xs.set(inputs[k] as Float32Array, b * size);
      ys[b] = windows[k]?.isQuake === true ? 1 : 0;
    }
    const rate = input.learningRate * 0.5 * (1 + Math.cos((Math.PI * step) / steps));
    (optimizer as unknown as { learningRate: number }).learningRate = rate;
    const loss = optimizer.minimize(
      () =>
        tf.tidy(() => {
          const logits =
            network === 'raw'
              ? rawLogits(tf, variables, tf.tensor3d(xs, [batch, WINDOW_SAMPLES, COMPONENTS]))
              : featureLogits(tf, variables, standardised(tf, xs, fixed));
          const y = tf.tensor1d(ys);
          return tf.mean(tf.sub(tf.softplus(logits), tf.mul(y, logits))) as Scalar;
        }),
      true,
    );
    if (loss) {
      if (step % 20 === 0) input.onStep?.(step, loss.dataSync()[0] as number);
      loss.dispose();
    }
  }
  const trained = Object.fromEntries(
    Object.entries(variables).map(([name, v]) => [name, Array.from(v.dataSync(), round)]),
  );
  Object.values(variables).forEach((v) => v.dispose());
  optimizer.dispose();
  return { ...fixed, ...trained };
}

type Variables = Record<string, ReturnType<TensorFlow['variable']>>;

function initialWeights({ tf, network }: TrainInput, normal: () => number): Variables {
  const shapes = Object.entries(WEIGHT_SHAPES[network]).filter(
    ([name]) => name !== 'mean' && name !== 'scale',
  );
  return Object.fromEntries(
    shapes.map(([name, shape]) => {
      const count = shape.reduce((a, b) => a * b, 1);
      const fanIn = shape.slice(0, -1).reduce((a, b) => a * b, 1);
      // He et al. (2015); biases, the only vectors, start at 0.
      const scale = shape.length === 1 ? 0 : Math.sqrt(2 / fanIn);
      const values = Float32Array.from({ length: count }, () => scale * normal());
      return [name, tf.variable(tf.tensor(values, [...shape]))];
    }),
  );
}

function rawLogits(tf: TensorFlow, v: Variables, x: Tensor3D): Tensor {
  let signal: Tensor3D = x;
  RAW_LAYERS.forEach((_, i) => {
    const kernel = v[`conv${i}`] as unknown as Tensor3D;
    const bias = v[`bias${i}`] as Tensor;
    signal = tf.relu(tf.add(tf.conv1d(signal, kernel, 2, 'valid'), bias));
  });
  const pooled = tf.concat([tf.mean(signal, 1), tf.max(signal, 1)], 1) as Tensor2D;
  const out = tf.matMul(pooled, v['dense'] as unknown as Tensor2D);
  return tf.squeeze(tf.add(out, v['denseBias'] as Tensor), [1]);
}

function featureLogits(tf: TensorFlow, v: Variables, x: Tensor2D): Tensor {
  const sum = tf.matMul(x, v['hidden'] as unknown as Tensor2D);
  const hidden = tf.sigmoid(tf.add(sum, v['hiddenBias'] as Tensor)) as Tensor2D;
  const out = tf.matMul(hidden, v['out'] as unknown as Tensor2D);
  return tf.squeeze(tf.add(out, v['outBias'] as Tensor), [1]);
}

function standardisation(inputs: readonly Float32Array[]): { mean: number[]; scale: number[] } {
  const mean = [0, 1, 2].map(
    (k) => inputs.reduce((sum, x) => sum + (x[k] as number), 0) / inputs.length,
  );
  const scale = [0, 1, 2].map((k) =>
    Math.sqrt(
      inputs.reduce((sum, x) => sum + ((x[k] as number) - (mean[k] as number)) ** 2, 0) /
        inputs.length,
    ),
  );
  return { mean: mean.map(round), scale: scale.map(round) };
}

function standardised(
  tf: TensorFlow,
  xs: Float32Array,
  fixed: { readonly mean?: readonly number[]; readonly scale?: readonly number[] },
): Tensor2D {
  const values = xs.map(
    (x, i) => (x - (fixed.mean?.[i % 3] as number)) / (fixed.scale?.[i % 3] as number),
  );
  return tf.tensor2d(values, [xs.length / 3, 3]);
}

/** Five digits: a phone needs no more, and the file stays small. */
function round(value: number): number {
  return Number(value.toPrecision(5));
}
