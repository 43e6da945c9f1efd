import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRandom } from '../../../core/random.js';
import {
  handled,
  otherWindow,
  quakeWindow,
  recordWindows,
} from '../../../models/generative/phone-windows.js';
import { areaUnderCurve, evaluateClasses } from '../../../models/phones/classifier/evaluate.js';
import {
  checkWeights,
  featureProbability,
  rawProbability,
  WEIGHT_SHAPES,
} from '../../../models/phones/classifier/network.js';
import { trainNetwork } from '../../../models/phones/classifier/train.js';
import { parseNetworks, WEIGHTS_FORMAT } from '../../../models/phones/classifier/weights-file.js';
import { featureInput, rawInput } from '../../../models/phones/classifier/window.js';
import { loadBackend } from '../../../models/backend.js';
import { readFileSync } from 'node:fs';

const random = createRandom(3);
const weights = (network: keyof typeof WEIGHT_SHAPES) =>
  Object.fromEntries(
    Object.entries(WEIGHT_SHAPES[network]).map(([name, shape]) => [
      name,
      Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => 0.3 * random.normal() + 0.01),
    ]),
  );

describe('inputs', () => {
  it('do not see gravity, and the raw one keeps sign and order of size', () => {
    const window = handled(createRandom(5));
    const shifted = window.map((v, i) => v + (i < 50 ? 981 : 0));
    const [a, b] = [rawInput(window), rawInput(shifted)];
    a.forEach((value, i) => expect(b[i]).toBeCloseTo(value, 3));
    const [f, g] = [featureInput(window), featureInput(shifted)];
    f.forEach((value, i) => expect(g[i]).toBeCloseTo(value, 2));
  });

  it('are finite for silence and for anything a phone can record', () => {
    expect(Array.from(featureInput(new Float32Array(150))).every(Number.isFinite)).toBe(true);
    fc.assert(
      fc.property(
        fc.array(fc.float({ min: -20000, max: 20000, noNaN: true }), {
          minLength: 150,
          maxLength: 150,
        }),
        (values) => {
          const window = Float32Array.from(values);
          return [...rawInput(window), ...featureInput(window)].every(Number.isFinite);
        },
      ),
      { numRuns: 50 },
    );
  });
});

describe('plain-array networks', () => {
  it('compute what TensorFlow computes', async () => {
    const { tf } = await loadBackend();
    const w = weights('raw');
    const input = rawInput(quakeWindow(createRandom(8)));
    const logit = tf.tidy(() => {
      const t = (name: string) => tf.tensor(w[name] as number[], [...WEIGHT_SHAPES.raw[name]!]);
      let x = tf.tensor3d(input, [1, 50, 3]);
      for (const i of [0, 1, 2]) {
        const kernel = t(`conv${i}`) as typeof x;
        x = tf.relu(tf.add(tf.conv1d(x, kernel, 2, 'valid'), t(`bias${i}`)));
      }
      const pooled = tf.concat([tf.mean(x, 1), tf.max(x, 1)], 1);
      const dense = tf.matMul(pooled as never, t('dense') as never);
      return tf.add(dense, t('denseBias')).dataSync()[0] as number;
    });
    expect(rawProbability(w, input)).toBeCloseTo(1 / (1 + Math.exp(-logit)), 5);
  });

  it('learn to tell large from small', async () => {
    const { tf } = await loadBackend();
    const draw = createRandom(9);
    const windows = Array.from({ length: 200 }, (_, k) => ({
      window: Float32Array.from({ length: 150 }, () => (k % 2 === 0 ? 40 : 1) * draw.normal()),
      isQuake: k % 2 === 0,
    }));
    for (const network of ['raw', 'features'] as const) {
      const trained = trainNetwork({
        tf,
        windows,
        network,
        steps: 60,
        batch: 32,
        learningRate: 0.05,
        seed: 1,
      });
      checkWeights(network, trained);
      const right = windows.filter(({ window, isQuake }) => {
        const p =
          network === 'raw'
            ? rawProbability(trained, rawInput(window))
            : featureProbability(trained, featureInput(window));
        return p > 0.5 === isQuake;
      });
      expect(right.length).toBeGreaterThan(195);
    }
  }, 60_000);

  it('name a weight of the wrong size or that is no number', () => {
    const good = weights('features');
    expect(() => checkWeights('features', { ...good, hidden: [1] })).toThrow(/hidden/);
    expect(() => checkWeights('features', { ...good, outBias: [Number.NaN] })).toThrow(/outBias/);
    expect(() => parseNetworks('{', 'x')).toThrow(/not JSON/);
    expect(() => parseNetworks('{"format":"other"}', 'x')).toThrow(WEIGHTS_FORMAT);
  });
});

describe('the shipped networks', () => {
  const file = new URL('../../../models/weights/phones/phone-networks.json', import.meta.url);
  it('tell simulated quakes from handling and quiet', () => {
    const networks = parseNetworks(readFileSync(file, 'utf8'), 'phone-networks.json');
    const draw = createRandom(123_456);
    const score = (window: Float32Array): number => rawProbability(networks.raw, rawInput(window));
    const quakes = Array.from({ length: 150 }, () => score(quakeWindow(draw)));
    const others = Array.from({ length: 150 }, () => score(otherWindow(draw, [])));
    expect(areaUnderCurve(quakes, others)).toBeGreaterThan(0.9);
  });
});

describe('evaluation', () => {
  it('area under the curve is the chance that a positive scores higher, ties half', () => {
    expect(areaUnderCurve([0.9, 0.8], [0.1, 0.2])).toBe(1);
    expect(areaUnderCurve([0.5], [0.5])).toBe(0.5);
    expect(areaUnderCurve([0.3, 0.7], [0.5, 0.7])).toBe(0.375);
    expect(areaUnderCurve([], [1])).toBeNull();
  });

  it('counts what is flagged by class', () => {
    const { classes } = evaluateClasses({
      limit: 0.5,
      classes: [{ name: 'a', isQuake: false, scores: [0.5, 0.4, 0.9, 0.1] }],
    });
    expect(classes).toEqual([{ name: 'a', isQuake: false, windows: 4, flaggedShare: 0.5 }]);
  });

  it('cuts every second of a record into windows', () => {
    const record = { name: 'r', components: [0, 1, 2].map(() => new Float32Array(125)) };
    expect(recordWindows(record).length).toBe(4);
  });
});
