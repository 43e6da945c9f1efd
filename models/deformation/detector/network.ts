/**
 * The detector: three convolutions with pooling, the largest and the mean of each feature, one layer. Small on
 * purpose: it is trained on simulated scenes only and must not learn their details.
 * @module
 */
import type { Tensor, Tensor2D, Tensor4D } from '@tensorflow/tfjs-core';
import type { Backend, TensorFlow } from '../../backend.js';
import { CELLS, CHANNELS } from './features.js';

const WIDTHS = [10, 16, 24] as const;
/** Deformation, unwrapping error. */
export const OUTPUTS = 2;

/** Shapes of the weights in the order in which they are stored. */
export const WEIGHT_SHAPES: readonly (readonly number[])[] = [
  ...WIDTHS.flatMap((width, k) => [
    [3, 3, k === 0 ? CHANNELS : (WIDTHS[k - 1] as number), width],
    [width],
  ]),
  [2 * WIDTHS[2], OUTPUTS],
  [OUTPUTS],
];
export const WEIGHT_COUNT = WEIGHT_SHAPES.reduce(
  (sum, shape) => sum + shape.reduce((a, b) => a * b, 1),
  0,
);

/** Logits [batch, 2] of inputs [batch, CELLS, CELLS, CHANNELS]. Call inside `tf.tidy`. */
export function logits(tf: TensorFlow, weights: readonly Tensor[], input: Tensor): Tensor {
  let x: Tensor4D = tf.reshape(input, [-1, CELLS, CELLS, CHANNELS]);
  for (let k = 0; k < WIDTHS.length; k++) {
    const stepped = tf.conv2d(x, weights[2 * k] as Tensor4D, 1, 'same');
    x = tf.maxPool<Tensor4D>(tf.relu(tf.add(stepped, weights[2 * k + 1] as Tensor)), 2, 2, 'same');
  }
  const pooled = tf.concat([tf.max(x, [1, 2]), tf.mean(x, [1, 2])], 1) as Tensor2D;
  return tf.add(tf.matMul(pooled, weights[6] as Tensor2D), weights[7] as Tensor);
}

/** Splits stored weights into tensors; dispose them after use. */
export function weightTensors(tf: TensorFlow, values: Float32Array): Tensor[] {
  let at = 0;
  return WEIGHT_SHAPES.map((shape) => {
    const size = shape.reduce((a, b) => a * b, 1);
    const tensor = tf.tensor(values.slice(at, at + size), [...shape]);
    at += size;
    return tensor;
  });
}

/** Probabilities [inputs][deformation, unwrapping error] before calibration. */
export function probabilities(
  { tf }: Pick<Backend, 'tf'>,
  values: Float32Array,
  inputs: readonly Float32Array[],
): number[][] {
  return tf.tidy(() => {
    const flat = new Float32Array(inputs.length * CELLS * CELLS * CHANNELS);
    inputs.forEach((input, i) => flat.set(input, i * input.length));
    const input = tf.tensor(flat, [inputs.length, CELLS, CELLS, CHANNELS]);
    const out = tf.sigmoid(logits(tf, weightTensors(tf, values), input));
    const data = out.dataSync();
    return inputs.map((_, i) => [...data.slice(i * OUTPUTS, (i + 1) * OUTPUTS)] as number[]);
  });
}
