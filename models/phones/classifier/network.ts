/**
 * The phone's networks in plain arrays: small enough to ship, no library. In: a window's input and
 * weights. Out: the probability that the window shows an earthquake.
 * @module
 */
import { InvalidInputError } from '../../../core/errors.js';
import { COMPONENTS, WINDOW_SAMPLES } from './window.js';

/** Layers of the raw network: convolutions in time, stride 2, then a mean and a largest value. */
export const RAW_LAYERS = [
  { kernel: 7, from: COMPONENTS, to: 10 },
  { kernel: 5, from: 10, to: 16 },
  { kernel: 3, from: 16, to: 24 },
] as const;
const HIDDEN_FEATURES = 5;

/** Weights by name; all flat. Convolutions [kernel, in, out] as in TensorFlow. */
export type NetworkWeights = Readonly<Record<string, readonly number[] | Float32Array>>;

/** Shapes of the weights of each network, in the order they are stored. */
export const WEIGHT_SHAPES = {
  raw: {
    ...Object.fromEntries(
      RAW_LAYERS.flatMap((l, i) => [
        [`conv${i}`, [l.kernel, l.from, l.to]],
        [`bias${i}`, [l.to]],
      ]),
    ),
    dense: [2 * RAW_LAYERS[2].to, 1],
    denseBias: [1],
  } as Readonly<Record<string, readonly number[]>>,
  features: {
    mean: [3],
    scale: [3],
    hidden: [3, HIDDEN_FEATURES],
    hiddenBias: [HIDDEN_FEATURES],
    out: [HIDDEN_FEATURES, 1],
    outBias: [1],
  } as Readonly<Record<string, readonly number[]>>,
} as const;

/** Throws InvalidInputError naming the weight whose size is wrong or that is not finite. */
export function checkWeights(network: keyof typeof WEIGHT_SHAPES, weights: NetworkWeights): void {
  for (const [name, shape] of Object.entries(WEIGHT_SHAPES[network])) {
    const wanted = shape.reduce((a, b) => a * b, 1);
    const values = weights[name];
    if (values?.length === wanted && Array.from(values).every(Number.isFinite)) continue;
    throw new InvalidInputError({
      what: `weight ${name} of the ${network} network`,
      reason: `${values?.length ?? 0} values, ${wanted} finite ones expected`,
      remedy: 'train again with quakeloom phones train',
    });
  }
}

/** Raw network: `input` as `rawInput` gives it. Probability for balanced classes. */
export function rawProbability(weights: NetworkWeights, input: Float32Array): number {
  let signal = input;
  let length: number = WINDOW_SAMPLES;
  RAW_LAYERS.forEach((layer, i) => {
    const kernel = weights[`conv${i}`] as ArrayLike<number>;
    const bias = weights[`bias${i}`] as ArrayLike<number>;
    const out = Math.floor((length - layer.kernel) / 2) + 1;
    const next = new Float32Array(out * layer.to);
    for (let t = 0; t < out; t++) {
      for (let o = 0; o < layer.to; o++) {
        let sum = bias[o] as number;
        for (let k = 0; k < layer.kernel; k++) {
          for (let c = 0; c < layer.from; c++) {
            const w = kernel[(k * layer.from + c) * layer.to + o] as number;
            sum += w * (signal[(2 * t + k) * layer.from + c] as number);
          }
        }
        next[t * layer.to + o] = Math.max(0, sum);
      }
    }
    signal = next;
    length = out;
  });
  const channels = RAW_LAYERS[2].to;
  const dense = weights['dense'] as ArrayLike<number>;
  let logit = (weights['denseBias'] as ArrayLike<number>)[0] as number;
  for (let c = 0; c < channels; c++) {
    let [sum, most] = [0, 0];
    for (let t = 0; t < length; t++) {
      const value = signal[t * channels + c] as number;
      sum += value;
      most = Math.max(most, value);
    }
    logit += (dense[c] as number) * (sum / length) + (dense[channels + c] as number) * most;
  }
  return 1 / (1 + Math.exp(-logit));
}

/** The 3-5-1 network of MyShake: `input` as `featureInput` gives it. */
export function featureProbability(weights: NetworkWeights, input: Float32Array): number {
  const w = (name: string, i: number): number => (weights[name] as ArrayLike<number>)[i] as number;
  let logit = w('outBias', 0);
  for (let h = 0; h < HIDDEN_FEATURES; h++) {
    let sum = w('hiddenBias', h);
    for (let k = 0; k < 3; k++) {
      const x = ((input[k] as number) - w('mean', k)) / w('scale', k);
      sum += x * w('hidden', k * HIDDEN_FEATURES + h);
    }
    logit += w('out', h) / (1 + Math.exp(-sum));
  }
  return 1 / (1 + Math.exp(-logit));
}
