import { describe, expect, it } from 'vitest';
import { createRandom } from '../../../../core/random.js';
import type { InsarScene } from '../../../../core/waveform.js';
import {
  connectedParts,
  flatPairs,
  pairNetwork,
} from '../../../../models/deformation/stack/network.js';
import { DEFAULT_THRESHOLDS } from '../../../../models/deformation/stack/sbas.js';
import { solvePixels, type Weighting } from '../../../../models/deformation/stack/solve-pixels.js';
import { timeModel } from '../../../../models/deformation/stack/time-model.js';
import { phaseWeight } from '../../../../models/deformation/stack/weights.js';

const EPOCHS = 9;
const PIXELS = 41;
const PAIRS = Array.from({ length: EPOCHS }, (_, a) =>
  [1, 2, 4].map((step) => [a, a + step] as const).filter(([, b]) => b < EPOCHS),
).flat();

/** Random pairs with a third of all values missing, so that almost every pixel has pairs of its own; pixel 0 is whole. */
function scatteredStack(copies: number): InsarScene[] {
  const random = createRandom(11);
  const date = (k: number): string =>
    new Date(Date.UTC(2020, 0, 1 + 12 * k)).toISOString().slice(0, 10);
  const repeat = (values: Float32Array): Float32Array =>
    Float32Array.from({ length: copies * PIXELS }, (_, i) => values[i % PIXELS] as number);
  return PAIRS.map(([a, b], k) => {
    const los = Float32Array.from({ length: PIXELS }, (_, i) =>
      random.uniform() < 0.33 && i > 0
        ? Number.NaN
        : 0.004 * random.normal() + 0.0001 * i * (b - a),
    );
    const coherence = Float32Array.from({ length: PIXELS }, () => 0.2 + 0.7 * random.uniform());
    return {
      ...{ sceneId: String(k), firstDate: date(a), secondDate: date(b), rows: copies },
      ...{ columns: PIXELS, crs: 'EPSG:4326', wavelengthM: 0.0555, notes: [] },
      transform: [10, 0.001, 0, 50, 0, -0.001],
      losM: repeat(los),
      coherence: repeat(coherence),
      unitVectors: new Float32Array(3 * copies * PIXELS).fill(Math.sqrt(1 / 3)),
    };
  });
}

function solve(scenes: readonly InsarScene[], weighting: Weighting) {
  const network = pairNetwork(scenes);
  const terms = { seasonal: false, steps: [] };
  const { epochs, years } = network;
  return solvePixels({
    ...{ scenes, network, weighting, referenceIndex: 0, looks: 20 },
    model: timeModel({ epochs, years, bootstrap: 8, seed: 1, terms }),
    thresholds: { ...DEFAULT_THRESHOLDS, minPairShare: 0.2 },
    meanCoherence: new Float32Array((scenes[0] as InsarScene).losM.length).fill(Number.NaN),
    pairCoherence: scenes.map((_, k) => 0.3 + 0.02 * k),
  });
}

/** Solution of a symmetric system by elimination without pivots. */
function eliminate(matrix: number[][], right: number[]): number[] {
  const n = right.length;
  const rows = matrix.map((row, i) => [...row, right[i] as number]);
  for (let k = 0; k < n; k++) {
    const pivot = rows[k] as number[];
    for (const row of rows.slice(k + 1)) {
      const factor = (row[k] as number) / (pivot[k] as number);
      for (let j = k; j <= n; j++) row[j] = (row[j] as number) - factor * (pivot[j] as number);
    }
  }
  const solution = new Array<number>(n).fill(0);
  for (let k = n - 1; k >= 0; k--) {
    const row = rows[k] as number[];
    let sum = row[n] as number;
    for (let j = k + 1; j < n; j++) sum -= (row[j] as number) * (solution[j] as number);
    solution[k] = sum / (row[k] as number);
  }
  return solution;
}

describe('pixels with pairs of their own', () => {
  it.each(['none', 'pair'] as const)(
    'come out as in groups that share a factor, weights %s',
    (weighting) => {
      const single = solve(scatteredStack(1), weighting);
      const shared = solve(scatteredStack(20), weighting);
      // Both paths and both kinds of networks were met.
      expect(single.rankDeficientPixels).toBeGreaterThan(1);
      expect(single.solvedPixels - single.rankDeficientPixels).toBeGreaterThan(10);
      const first = (grid: Float32Array, epochs = 1): number[][] =>
        Array.from({ length: epochs }, (_, e) => [
          ...grid.subarray((e * grid.length) / epochs, (e * grid.length) / epochs + PIXELS),
        ]);
      for (const name of [
        ...([
          'velocityMmPerYear',
          'sdMmPerYear',
          'covarianceSdMmPerYear',
          'temporalCoherence',
        ] as const),
        ...(['bootstrapSdMmPerYear', 'residualRmsMm', 'rSquared'] as const),
      ]) {
        expect(first(single[name]), name).toEqual(first(shared[name]));
      }
      expect(first(single.cumulativeMm, EPOCHS)).toEqual(first(shared.cumulativeMm, EPOCHS));
      expect([...single.pairCount]).toEqual([...shared.pairCount.subarray(0, PIXELS)]);
    },
  );

  it('solve the dense weighted normal equations, weights by pixel', () => {
    const scenes = scatteredStack(1);
    const network = pairNetwork(scenes);
    const solved = solve(scenes, 'pixel');
    let compared = 0;
    for (let i = 1; i < PIXELS; i++) {
      const valid = scenes.flatMap((s, k) => (Number.isNaN(s.losM[i]) ? [] : [k]));
      const pairs = flatPairs(valid.map((k) => network.pairs[k] as readonly [number, number]));
      const { count } = connectedParts(EPOCHS, pairs);
      expect(solved.rankDeficient[i], `pixel ${i}`).toBe(count > 1 ? 1 : 0);
      if (count > 1) continue;
      const matrix = Array.from({ length: EPOCHS - 1 }, () =>
        new Array<number>(EPOCHS - 1).fill(0),
      );
      const right = new Array<number>(EPOCHS - 1).fill(0);
      for (const k of valid) {
        const scene = scenes[k] as InsarScene;
        const weight = phaseWeight(scene.coherence[i] as number, 20);
        const value = 1000 * ((scene.losM[i] as number) - (scene.losM[0] as number));
        const ends = (network.pairs[k] as readonly [number, number]).map((e) => e - 1);
        ends.forEach((row, r) => {
          if (row < 0) return;
          const sign = r === 0 ? -1 : 1;
          right[row] = (right[row] as number) + sign * weight * value;
          ends.forEach((column, c) => {
            if (column < 0) return;
            const line = matrix[row] as number[];
            line[column] = (line[column] as number) + (r === c ? weight : -weight);
          });
        });
      }
      const expected = [0, ...eliminate(matrix, right)];
      expected.forEach((value, e) => {
        expect(solved.cumulativeMm[e * PIXELS + i]).toBeCloseTo(value, 4);
      });
      compared++;
    }
    expect(compared).toBeGreaterThan(10);
  });
});
