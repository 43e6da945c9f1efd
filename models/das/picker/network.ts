/**
 * The picker's network: a U-Net over [time x channel group]. In: weights and prepared windows. Out:
 * logits of noise, P and S.
 *
 * After PhaseNet (Zhu and Beroza 2019) and PhaseNet-DAS (Zhu et al. 2023), made small: the first
 * layer halves the rate, each level takes every fourth sample and every second group, so most of the
 * work is done on few points. No normalisation layers: the input's noise level is one.
 * @module
 */
import type { Tensor, Tensor4D } from '@tensorflow/tfjs-core';
import type { TensorFlow } from '../../backend.js';

/** Classes of the output, in its order. */
export const CLASSES = ['noise', 'P', 'S'] as const;

/** Shape of one weight tensor. */
export interface WeightShape {
  readonly name: string;
  readonly shape: readonly number[];
}

/** Filters of each level; the first works at 25 Hz on all groups. */
const FILTERS = [8, 16, 24, 32] as const;
const LEVELS = FILTERS.length;

/** All weights of one network, in the order of the weight file. */
export const WEIGHT_SHAPES: readonly WeightShape[] = [
  ...layer('first', [9, 1, 1, FILTERS[0]]),
  ...layer('mix0', [5, 3, FILTERS[0], FILTERS[0]]),
  ...[1, 2, 3].flatMap((level) => {
    const [above, own] = [FILTERS[level - 1] as number, FILTERS[level] as number];
    return [
      ...layer(`down${level}`, [7, 3, above, own]),
      ...layer(`mix${level}`, [5, 3, own, own]),
    ];
  }),
  ...layer('deep', [7, 3, FILTERS[3], FILTERS[3]]),
  ...[2, 1, 0].flatMap((level) => {
    const [below, own] = [FILTERS[level + 1] as number, FILTERS[level] as number];
    return [
      ...layer(`up${level}`, [3, 1, below, own]),
      ...layer(`join${level}`, [5, 3, 2 * own, own]),
    ];
  }),
  ...layer('last', [1, 1, FILTERS[0], CLASSES.length]),
];

function layer(name: string, kernel: readonly number[]): WeightShape[] {
  return [
    { name: `${name}/kernel`, shape: kernel },
    { name: `${name}/bias`, shape: [kernel[3] as number] },
  ];
}

/** Number of values of one network. */
export const WEIGHT_COUNT = WEIGHT_SHAPES.reduce(
  (sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1),
  0,
);

/** Weight tensors by name. */
export type Weights = ReadonlyMap<string, Tensor>;

/**
 * Logits [window, time / 2, group, class] of prepared windows [window, time, group, 1]; time is a
 * multiple of 128, groups of 8. Intermediate tensors are the caller's (`tf.tidy`).
 */
export function pickerLogits(tf: TensorFlow, weights: Weights, input: Tensor4D): Tensor4D {
  const conv = (x: Tensor4D, name: string, strides: [number, number] = [1, 1]): Tensor4D => {
    const kernel = weights.get(`${name}/kernel`) as Tensor4D;
    return tf.add(tf.conv2d(x, kernel, strides, 'same'), weights.get(`${name}/bias`) as Tensor);
  };
  const mixed = (x: Tensor4D, name: string): Tensor4D => tf.add(x, tf.relu(conv(x, name)));
  let x = mixed(tf.relu(conv(input, 'first', [2, 1])), 'mix0');
  const levels = [x];
  for (let level = 1; level < LEVELS; level++) {
    x = mixed(tf.relu(conv(x, `down${level}`, [4, 2])), `mix${level}`);
    levels.push(x);
  }
  x = mixed(x, 'deep');
  for (let level = LEVELS - 2; level >= 0; level--) {
    const skip = levels[level] as Tensor4D;
    const raised = tf.image.resizeNearestNeighbor(conv(x, `up${level}`), [
      skip.shape[1],
      skip.shape[2],
    ]);
    x = tf.relu(conv(tf.concat([raised, skip], 3), `join${level}`));
  }
  return conv(x, 'last');
}
