/**
 * The starting model: three convolutions of stride two and one hidden layer give a mixture of Gaussians over the
 * coordinates of a shape (mixture density network, Bishop 1994).
 * @module
 */
import type { Tensor, Tensor2D, Tensor4D } from '@tensorflow/tfjs-core';
import type { Backend, TensorFlow } from '../../backend.js';
import { COORDINATES, KINDS, type Kind } from './shapes.js';
import { CELLS, CHANNELS, type Window } from './window.js';

const WIDTHS = [16, 24, 40] as const;
const HIDDEN = 128;
/** Hypotheses of a scene. */
export const HYPOTHESES = 8;
/** Beside the cells: sine of incidence, and the kind of source, one of each. */
export const ASIDE = 1 + KINDS.length;
/** Logarithm of weight, means, logarithms of deviations of each hypothesis. */
export const OUTPUTS = HYPOTHESES * (1 + 2 * COORDINATES);
/** Bounds of the logarithms of deviations: narrower ones would only learn the cells by heart. */
const LOG_DEVIATION = [-3, 1] as const;

const FLAT = (CELLS / 8) ** 2 * WIDTHS[2];
/** Shapes of the weights in the order in which they are stored. */
export const WEIGHT_SHAPES: readonly (readonly number[])[] = [
  ...WIDTHS.flatMap((width, k) => [
    [3, 3, k === 0 ? CHANNELS : (WIDTHS[k - 1] as number), width],
    [width],
  ]),
  [FLAT + ASIDE, HIDDEN],
  [HIDDEN],
  [HIDDEN + ASIDE, OUTPUTS],
  [OUTPUTS],
];
export const WEIGHT_COUNT = WEIGHT_SHAPES.reduce((sum, shape) => sum + sizeOf(shape), 0);

function sizeOf(shape: readonly number[]): number {
  return shape.reduce((a, b) => a * b, 1);
}

/** Mixtures of a batch: [batch, hypotheses], and twice [batch, hypotheses, coordinates]. */
export interface MixtureTensors {
  readonly logWeights: Tensor;
  readonly means: Tensor;
  readonly logDeviations: Tensor;
}

/** Of cells [batch, CELLS, CELLS, CHANNELS] and what stands beside them [batch, ASIDE]. Call inside `tf.tidy`. */
export function mixtures(
  tf: TensorFlow,
  weights: readonly Tensor[],
  cells: Tensor,
  aside: Tensor,
): MixtureTensors {
  let x: Tensor4D = tf.reshape(cells, [-1, CELLS, CELLS, CHANNELS]);
  for (let k = 0; k < WIDTHS.length; k++) {
    const stepped = tf.conv2d(x, weights[2 * k] as Tensor4D, 2, 'same');
    x = tf.relu(tf.add(stepped, weights[2 * k + 1] as Tensor));
  }
  const dense = (input: Tensor, at: number): Tensor =>
    tf.add(
      tf.matMul(tf.concat([input as Tensor2D, aside as Tensor2D], 1), weights[at] as Tensor2D),
      weights[at + 1] as Tensor,
    );
  const hidden = tf.relu(dense(tf.reshape(x, [-1, FLAT]), 6));
  const out = tf.reshape(dense(hidden, 8), [-1, HYPOTHESES, 1 + 2 * COORDINATES]);
  const part = (from: number, count: number): Tensor =>
    tf.slice(out, [0, 0, from], [-1, -1, count]);
  return {
    logWeights: tf.logSoftmax(tf.reshape(part(0, 1), [-1, HYPOTHESES])),
    means: part(1, COORDINATES),
    logDeviations: tf.clipByValue(part(1 + COORDINATES, COORDINATES), ...LOG_DEVIATION),
  };
}

/** What stands beside the cells of a window. */
export function asideOf(sineIncidence: number, kind: Kind): number[] {
  return [sineIncidence, ...KINDS.map((name) => (name === kind ? 1 : 0))];
}

/** Splits stored weights into tensors; dispose them after use. */
export function weightTensors(tf: TensorFlow, values: Float32Array): Tensor[] {
  let at = 0;
  return WEIGHT_SHAPES.map((shape) => {
    const size = sizeOf(shape);
    const tensor = tf.tensor(values.slice(at, at + size), [...shape]);
    at += size;
    return tensor;
  });
}

/** One hypothesis: its share, and the coordinates of its shape with their deviations. */
export interface Hypothesis {
  readonly weight: number;
  readonly mean: readonly number[];
  readonly deviation: readonly number[];
}

/** Hypotheses of each window, heaviest first. */
export function hypothesesOf(
  { tf }: Pick<Backend, 'tf'>,
  values: Float32Array,
  windows: readonly Pick<Window, 'cells' | 'sineIncidence'>[],
  kind: Kind,
): Hypothesis[][] {
  if (windows.length === 0) return [];
  const [logWeights, means, logDeviations] = tf.tidy(() => {
    const flat = new Float32Array(windows.length * CELLS * CELLS * CHANNELS);
    windows.forEach(({ cells }, i) => flat.set(cells, i * cells.length));
    const found = mixtures(
      tf,
      weightTensors(tf, values),
      tf.tensor(flat, [windows.length, CELLS, CELLS, CHANNELS]),
      tf.tensor(windows.map(({ sineIncidence }) => asideOf(sineIncidence, kind))),
    );
    return [found.logWeights, found.means, found.logDeviations].map((tensor) =>
      Array.from(tensor.dataSync()),
    );
  }) as [number[], number[], number[]];
  const row = (source: readonly number[], i: number): number[] =>
    source.slice(i * COORDINATES, (i + 1) * COORDINATES);
  return windows.map((_, window) =>
    Array.from({ length: HYPOTHESES }, (__, k) => {
      const i = window * HYPOTHESES + k;
      return {
        weight: Math.exp(logWeights[i] as number),
        mean: row(means, i),
        deviation: row(logDeviations, i).map(Math.exp),
      };
    }).sort((a, b) => b.weight - a.weight),
  );
}
