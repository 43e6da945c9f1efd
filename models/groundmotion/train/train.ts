/**
 * Trains the ground-motion network. Examples in, weights out. Loss = mean squared error +
 * lambda x physical inconsistency (see `inconsistency`), over all three measures together.
 * @module
 */
import type { Scalar, Tensor, Tensor2D } from '@tensorflow/tfjs-core';
import { createRandom, type Random } from '../../../core/random.js';
import type { TensorFlow } from '../../backend.js';
import { MEASURES, type Measure } from '../ground-motion-model.js';
import {
  features,
  HIDDEN,
  INPUTS,
  MONOTONE_INPUTS,
  NETWORK_FORMAT,
  NETWORK_RANGE,
  networkMedian,
  type GroundMotionWeights,
  type MeasureWeights,
} from '../network.js';
import { scatterOf } from './scatter.js';
import type { MotionExample } from './simulate.js';

export interface TrainGroundMotionInput {
  readonly tf: TensorFlow;
  readonly examples: readonly MotionExample[];
  readonly seed: number;
  readonly steps: number;
  /** Weight of the physical inconsistency. */
  readonly lambda: number;
  /** False trains a network that is not monotone by construction: for comparison only. */
  readonly isConstrained?: boolean;
  readonly onStep?: (step: number, loss: number) => void;
}

const BATCH = 256;
const LEARNING_RATE = 0.004;
/** Shifts of the collocation points. */
const STEP_M = 0.2;
const STRETCH = 1.3;
/** Least growth with magnitude and least decay with distance: units of the measure per unit M and decade. */
const LEAST_GROWTH: Readonly<Record<Measure, number>> = { pga: 0.05, pgv: 0.1, mmi: 0.2 };
const LEAST_DECAY: Readonly<Record<Measure, number>> = { pga: 0.3, pgv: 0.3, mmi: 0.6 };
/** Intensity and the one converted from peak velocity may differ by so much, MMI. */
const CONVERSION_SLACK = 0.6;

type Variables = Readonly<Record<string, ReturnType<TensorFlow['variable']>>>;

/** Adam, learning rate falling to nothing along a cosine. */
export function trainGroundMotion(input: TrainGroundMotionInput): GroundMotionWeights {
  const { tf, steps, lambda, isConstrained = true } = input;
  const random = createRandom(input.seed);
  const variables = initialWeights(tf, random, isConstrained);
  const data = Object.fromEntries(
    MEASURES.map((measure) => {
      const own = input.examples.filter((example) => example.measure === measure);
      return [measure, own.map(({ scenario, value }) => ({ x: features(scenario), value }))];
    }),
  ) as Record<Measure, { x: Float64Array; value: number }[]>;
  const optimizer = tf.train.adam(LEARNING_RATE);
  for (let step = 0; step < steps; step++) {
    (optimizer as unknown as { learningRate: number }).learningRate =
      LEARNING_RATE * 0.5 * (1 + Math.cos((Math.PI * step) / steps));
    const loss = optimizer.minimize(() => {
      const model = (measure: Measure, x: Tensor2D): Tensor =>
        forward(tf, { variables, measure, x, isConstrained });
      const errors = MEASURES.map((measure) => {
        const rows = Array.from({ length: BATCH }, () => {
          const own = data[measure];
          return own[random.integer(own.length)] as (typeof own)[number];
        });
        const x = tensorOf(
          tf,
          rows.map((row) => row.x),
        );
        const y = tf.tensor1d(rows.map((row) => row.value));
        // MMI has about three times the scatter of a log10 peak.
        const scale = measure === 'mmi' ? 0.1 : 1;
        return tf.mul(tf.mean(tf.square(tf.sub(model(measure, x), y))), scale);
      });
      const physics = tf.mul(inconsistency(tf, random, model), lambda);
      return tf.addN([...errors, physics]) as Scalar;
    }, true);
    if (loss) {
      if (step % 100 === 0) input.onStep?.(step, loss.dataSync()[0] as number);
      loss.dispose();
    }
  }
  const measures = Object.fromEntries(
    MEASURES.map((measure) => {
      const medians = readWeights(tf, { variables, measure, isConstrained });
      const own = input.examples.filter((example) => example.measure === measure);
      const residuals = own.map(({ event, scenario, value }) => ({
        event,
        magnitude: scenario.magnitude,
        residual: value - networkMedian(medians, features(scenario)),
      }));
      return [measure, { ...medians, ...scatterOf(residuals) }];
    }),
  ) as unknown as Record<Measure, MeasureWeights>;
  Object.values(variables).forEach((variable) => variable.dispose());
  optimizer.dispose();
  const { seed } = input;
  return { format: NETWORK_FORMAT, training: { seed, steps, lambda, isConstrained }, measures };
}

/**
 * Physical inconsistency at random points of the whole range: squared shortfall of growth with
 * magnitude and of decay with distance below their least values, and squared excess of the difference
 * between intensity and the intensity that peak velocity converts to (Worden et al. 2012).
 */
function inconsistency(
  tf: TensorFlow,
  random: Random,
  model: (measure: Measure, x: Tensor2D) => Tensor,
): Tensor {
  const between = ([low, high]: readonly [number, number]): number =>
    low + (high - low) * random.uniform();
  const points = Array.from({ length: BATCH }, () =>
    features({
      magnitude: between(NETWORK_RANGE.magnitude),
      distanceKm: 400 ** random.uniform(),
      depthKm: between(NETWORK_RANGE.depthKm),
      vs30: 150 * 10 ** random.uniform(),
      mechanism: 'strike-slip',
    }),
  );
  const larger = points.map((x) => x.map((v, i) => (i === 0 ? v + STEP_M / 1.5 : v)));
  const farther = points.map((x) => {
    const radius = 30 * 10 ** -(x[1] as number);
    const shifts = [0, -Math.log10(STRETCH), (-(STRETCH - 1) * radius) / 100];
    return x.map((v, i) => v + (shifts[i] ?? 0));
  });
  const [at, up, away] = [points, larger, farther].map((rows) => tensorOf(tf, rows)) as [
    Tensor2D,
    Tensor2D,
    Tensor2D,
  ];
  const terms: Tensor[] = [];
  const here = new Map<Measure, Tensor>();
  const shortfall = (least: number, difference: Tensor): Tensor =>
    tf.mean(tf.square(tf.relu(tf.sub(least, difference))));
  for (const measure of MEASURES) {
    const value = model(measure, at);
    here.set(measure, value);
    const growth = tf.div(tf.sub(model(measure, up), value), STEP_M);
    const decay = tf.div(tf.sub(value, model(measure, away)), Math.log10(STRETCH));
    terms.push(shortfall(LEAST_GROWTH[measure], growth), shortfall(LEAST_DECAY[measure], decay));
  }
  const pgv = here.get('pgv') as Tensor;
  const line = (a: number, b: number): Tensor => tf.add(tf.mul(pgv, b), a);
  const converted = tf.maximum(tf.minimum(line(3.78, 1.47), line(4.62, 2.17)), line(2.89, 3.16));
  const gap = tf.abs(tf.sub(here.get('mmi') as Tensor, converted));
  terms.push(tf.mul(tf.mean(tf.square(tf.relu(tf.sub(gap, CONVERSION_SLACK)))), 0.1));
  return tf.addN(terms as Tensor2D[]);
}

interface NetworkOf {
  readonly variables: Variables;
  readonly measure: Measure;
  readonly isConstrained: boolean;
}

/** Effective weights: softplus keeps them >= 0 where they must be. */
function effective(tf: TensorFlow, of: NetworkOf, name: string): Tensor {
  const raw = of.variables[`${of.measure}.${name}`] as Tensor;
  const isFree = !of.isConstrained || name.endsWith('Bias') || name === 'side';
  return isFree ? raw : tf.softplus(raw);
}

function forward(tf: TensorFlow, of: NetworkOf & { readonly x: Tensor2D }): Tensor {
  const weight = (name: string): Tensor2D => effective(tf, of, name) as Tensor2D;
  const monotone = tf.slice2d(of.x, [0, 0], [-1, MONOTONE_INPUTS]);
  const input = tf.concat([weight('near'), weight('side')], 0) as Tensor2D;
  const first = tf.tanh(tf.add(tf.matMul(of.x, input), weight('inputBias'))) as Tensor2D;
  const sum = tf.matMul(first, weight('middle'));
  const second = tf.tanh(tf.add(sum, weight('middleBias'))) as Tensor2D;
  const deep = tf.matMul(second, weight('output'));
  const skip = tf.matMul(monotone, weight('skip'));
  return tf.squeeze(tf.add(tf.add(deep, skip), weight('outputBias')), [1]);
}

function initialWeights(tf: TensorFlow, random: Random, isConstrained: boolean): Variables {
  const shapes: Readonly<Record<string, readonly [number, number]>> = {
    near: [MONOTONE_INPUTS, HIDDEN],
    side: [INPUTS - MONOTONE_INPUTS, HIDDEN],
    inputBias: [1, HIDDEN],
    middle: [HIDDEN, HIDDEN],
    middleBias: [1, HIDDEN],
    output: [HIDDEN, 1],
    outputBias: [1, 1],
    skip: [MONOTONE_INPUTS, 1],
  };
  return Object.fromEntries(
    MEASURES.flatMap((measure) =>
      Object.entries(shapes).map(([name, [rows, columns]]) => {
        const isPositive = isConstrained && ['near', 'middle', 'output', 'skip'].includes(name);
        const [mean, spread] = isPositive ? [name === 'middle' ? -3.5 : -2, 1] : [0, 0.3];
        // Biases differ so that units bend at different places.
        const values = Float32Array.from(
          { length: rows * columns },
          () => mean + (name.endsWith('Bias') ? 1 : spread) * random.normal(),
        );
        return [`${measure}.${name}`, tf.variable(tf.tensor2d(values, [rows, columns]))];
      }),
    ),
  );
}

function readWeights(tf: TensorFlow, of: NetworkOf): Omit<MeasureWeights, 'tau' | 'phi'> {
  const read = (name: string): number[] =>
    tf.tidy(() => Array.from(effective(tf, of, name).dataSync(), (v) => Number(v.toPrecision(7))));
  return {
    input: [...read('near'), ...read('side')],
    inputBias: read('inputBias'),
    middle: read('middle'),
    middleBias: read('middleBias'),
    output: read('output'),
    outputBias: read('outputBias')[0] as number,
    skip: read('skip'),
  };
}

const tensorOf = (tf: TensorFlow, rows: readonly Float64Array[]): Tensor2D =>
  tf.tensor2d(Float32Array.from(rows.flatMap((row) => [...row])), [rows.length, INPUTS]);
