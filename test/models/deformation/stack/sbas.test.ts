import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { createRandom } from '../../../../core/random.js';
import type { InsarScene } from '../../../../core/waveform.js';
import { pairNetwork, triplets } from '../../../../models/deformation/stack/network.js';
import { sbasVelocity } from '../../../../models/deformation/stack/sbas.js';
import { mexicoScenes, readNpy, sydneyScenes } from '../../../support/insar-samples.js';
import { describeWithSamples, samplePath } from '../../../support/sample-data.js';

const DATES = ['2020-01-01', '2020-01-13', '2020-01-25', '2020-02-18', '2020-03-13', '2020-04-06'];
const [ROWS, COLUMNS] = [4, 5];

/** Scenes of a ground that moves at `rate(pixel)` mm/yr; `hole` removes values. */
function stack(
  pairs: readonly (readonly [number, number])[],
  rate: (pixel: number) => number,
  options: { noiseMm?: number; hole?: (pair: number, pixel: number) => boolean } = {},
): InsarScene[] {
  const random = createRandom(5);
  const pixels = ROWS * COLUMNS;
  return pairs.map(([a, b], k) => {
    const [firstDate, secondDate] = [DATES[a] as string, DATES[b] as string];
    const years = (Date.parse(secondDate) - Date.parse(firstDate)) / 86_400_000 / 365.25;
    return {
      sceneId: `${firstDate}_${secondDate}`,
      firstDate,
      secondDate,
      rows: ROWS,
      columns: COLUMNS,
      transform: [10, 0.001, 0, 50, 0, -0.001],
      crs: 'EPSG:4326',
      losM: Float32Array.from({ length: pixels }, (_, i) =>
        options.hole?.(k, i)
          ? Number.NaN
          : (rate(i) * years + (options.noiseMm ?? 0) * random.normal()) / 1000,
      ),
      coherence: Float32Array.from({ length: pixels }, (_, i) => (i === 11 ? 0.9 : 0.5)),
      unitVectors: new Float32Array(3 * pixels).fill(Math.sqrt(1 / 3)),
      wavelengthM: 0.0555,
      notes: [],
    };
  });
}

const CHAIN = [
  [0, 1],
  [1, 2],
  [0, 2],
  [2, 3],
  [1, 3],
  [3, 4],
  [4, 5],
  [3, 5],
] as const;

describe('SBAS on made-up ground', () => {
  it('returns the velocities that made the stack, relative to the reference', () => {
    const result = sbasVelocity({
      scenes: stack(CHAIN, (i) => 10 * i - 30),
      referencePixel: { row: 0, column: 2 },
    });
    result.velocityMmPerYear.forEach((v, i) => expect(v).toBeCloseTo(10 * (i - 2), 3));
    expect(result.epochs).toEqual(DATES);
    expect(result.overallResidualRmsMm).toBeLessThan(1e-4);
    expect(result.temporalCoherence[7]).toBeCloseTo(1, 6);
    expect(result.cumulativeMm[5 * 20 + 3]).toBeCloseTo((10 * 96) / 365.25, 4);
    expect(result.loops).toHaveLength(3);
  });

  it('solves pixels with holes by the pairs they have, and flags bridged gaps', () => {
    const scenes = stack(CHAIN, (i) => 10 * i, {
      // Pixel 4 lacks one redundant pair; pixel 6 lacks both pairs that join epochs 2 and 3.
      hole: (k, i) => (i === 4 && k === 2) || (i === 6 && (k === 3 || k === 4)),
    });
    const result = sbasVelocity({ scenes, referencePixel: { row: 0, column: 0 } });
    expect(result.velocityMmPerYear[4]).toBeCloseTo(40, 3);
    expect(result.rankDeficient[4]).toBe(0);
    expect(result.rankDeficient[6]).toBe(1);
    expect(result.rankDeficientPixels).toBe(1);
    // The motion is a straight line, which is what NSBAS assumes in the gap.
    expect(result.velocityMmPerYear[6]).toBeCloseTo(60, 1);
  });

  it('counts rejected pixels by reason and says which threshold left nothing', () => {
    const scenes = stack(CHAIN, () => 5, { hole: (k, i) => i === 3 || (i === 8 && k > 1) });
    const result = sbasVelocity({ scenes });
    expect(result.rejectedPixels).toEqual({
      'no data in any pair': 1,
      'data in fewer than 4 of 8 pairs (minPairShare 0.5)': 1,
    });
    expect(result.solvedPixels).toBe(18);
    expect(() => sbasVelocity({ scenes, thresholds: { minCoherence: 0.95 } })).toThrow(
      /no pixel survives \(.*18 pixels: mean coherence below minCoherence 0.95/,
    );
    expect(() => sbasVelocity({ scenes, thresholds: { minPairCoherence: 0.95 } })).toThrow(
      /none of 8 pairs can be used: 8 pairs: mean coherence .* below minPairCoherence 0.95/,
    );
  });

  it('drops a pair whose every loop is bad and names the reason', () => {
    const scenes = stack(CHAIN, () => 5);
    const broken = scenes.map((scene, k) =>
      k === 7 ? { ...scene, losM: scene.losM.map((v, i) => v + (i % 2) * 0.03) } : scene,
    );
    const result = sbasVelocity({ scenes: broken, referencePixel: { row: 0, column: 0 } });
    // The three pairs of the bad loop are in no other loop, so none of them can be acquitted.
    expect(result.pairs.filter((p) => !p.used).map((p) => p.reason)).toEqual(
      Array(3).fill(expect.stringContaining('maxLoopRmsRad 1.5')),
    );
    expect(result.notes.join()).toContain('5 of 8 pairs used');
  });

  it('chooses the most coherent pixel and says why', () => {
    const { reference } = sbasVelocity({ scenes: stack(CHAIN, () => 5) });
    expect(reference).toMatchObject({ row: 2, column: 1 });
    expect(reference.reason).toContain('mean coherence 0.900');
  });

  it('drops pairs without data at a given reference', () => {
    const scenes = stack(CHAIN, () => 5, { hole: (k, i) => i === 0 && k === 2 });
    const result = sbasVelocity({ scenes, referencePixel: { row: 0, column: 0 } });
    expect(result.pairs[2]).toMatchObject({
      used: false,
      reason: 'no data at the reference pixel',
    });
  });

  it('gives an error that matches the scatter', () => {
    const result = sbasVelocity({
      scenes: stack(CHAIN, () => 0, { noiseMm: 1 }),
      referencePixel: { row: 0, column: 0 },
    });
    expect(result.sdMmPerYear.slice(1).every((sd) => sd > 0 && sd < 40)).toBe(true);
  });

  it('refuses empty stacks, other grids, and references outside', () => {
    const scenes = stack(CHAIN, () => 5);
    expect(() => sbasVelocity({ scenes: [] })).toThrow(/no interferograms/);
    const moved = scenes.map((s, k) => (k === 1 ? { ...s, crs: 'EPSG:32633' } : s));
    expect(() => sbasVelocity({ scenes: moved })).toThrow(/grid, CRS or wavelength/);
    expect(() => sbasVelocity({ scenes, referencePixel: { row: 4, column: 0 } })).toThrow(
      /outside 4 x 5/,
    );
  });

  it('finds loops of three', () => {
    const network = pairNetwork(stack(CHAIN, () => 0));
    expect(triplets(network)).toEqual([
      [0, 1, 2],
      [1, 3, 4],
      [5, 6, 7],
    ]);
  });
});

describeWithSamples('Mexico City 2018', ['insar/mexico-city-2018/expected.json'], () => {
  it('reproduces the double-precision reference solution', async () => {
    const expected = JSON.parse(
      readFileSync(samplePath('insar/mexico-city-2018/expected.json'), 'utf8'),
    ) as {
      epochs: string[];
      validPixels: number;
      losVelocityMmPerYear: Record<'min' | 'max' | 'mean' | 'std', number>;
      velocityAt: { row: number; column: number; mmPerYear: number }[];
      residualRmsMm: number;
      triplets: number;
      loopClosure: Record<'rmsRadMin' | 'rmsRadMax' | 'maxAbsRad', number>;
    };
    const result = sbasVelocity({
      scenes: await mexicoScenes(),
      referencePixel: { row: 9, column: 8 },
      thresholds: { minPairShare: 1 },
    });
    expect(result.epochs.map((d) => d.replaceAll('-', ''))).toEqual(expected.epochs);
    expect(result.solvedPixels).toBe(expected.validPixels);
    for (const { row, column, mmPerYear } of expected.velocityAt) {
      const found = result.velocityMmPerYear[row * 100 + column] as number;
      expect(Math.abs(found - mmPerYear)).toBeLessThan(1e-5);
    }
    const v = result.velocityMmPerYear.filter((x) => !Number.isNaN(x));
    const mean = v.reduce((sum, x) => sum + x, 0) / v.length;
    const { losVelocityMmPerYear: stats } = expected;
    expect(Math.abs(Math.min(...v) - stats.min)).toBeLessThan(1e-5);
    expect(Math.abs(Math.max(...v) - stats.max)).toBeLessThan(1e-5);
    expect(Math.abs(mean - stats.mean)).toBeLessThan(1e-5);
    const std = Math.sqrt(v.reduce((sum, x) => sum + (x - mean) ** 2, 0) / v.length);
    expect(Math.abs(std - stats.std)).toBeLessThan(1e-5);
    expect(result.overallResidualRmsMm).toBeCloseTo(expected.residualRmsMm, 5);
    expect(result.loops).toHaveLength(expected.triplets);
    const rms = result.loops.map((loop) => loop.rmsRad);
    expect(Math.min(...rms)).toBeCloseTo(expected.loopClosure.rmsRadMin, 5);
    expect(Math.max(...rms)).toBeCloseTo(expected.loopClosure.rmsRadMax, 5);
    expect(Math.max(...result.loops.map((l) => l.maxAbsRad))).toBeCloseTo(
      expected.loopClosure.maxAbsRad,
      4,
    );
  });
});

describeWithSamples('Sydney', ['insar/sydney-small/expected-npy/tscuml_0.npy'], () => {
  const npy = (name: string): Float32Array | Float64Array =>
    readNpy(samplePath(`insar/sydney-small/expected-npy/${name}.npy`)).values;

  it('fits the same line, error, R squared and sample count as PyRate to its time series', async () => {
    const series = npy('tscuml_0');
    const scenes = await sydneyScenes();
    const [first, ...later] = pairNetwork(scenes).epochs;
    const [rate, intercept, error, rSquared, samples] = [
      ...['rate', 'intercept', 'error', 'rsquared', 'samples'].map((name) => npy(`linear_${name}`)),
    ] as [Float32Array, Float32Array, Float32Array, Float32Array, Float32Array];
    // One pair from the first epoch to every other: their displacements are the series itself. The reference
    // is an added pixel that stays at zero.
    const pixels = 72 * 47;
    const result = sbasVelocity({
      scenes: later.map((secondDate, k) => ({
        ...(scenes[0] as InsarScene),
        ...{ sceneId: secondDate, firstDate: first as string, secondDate, rows: 73 },
        losM: Float32Array.from({ length: pixels + 47 }, (_, i) =>
          i < pixels ? (series[i * 12 + k] as number) / 1000 : 0,
        ),
        coherence: new Float32Array(pixels + 47).fill(Number.NaN),
      })),
      referencePixel: { row: 72, column: 0 },
    });
    let compared = 0;
    for (let i = 0; i < pixels; i++) {
      if (Number.isNaN(rate[i] as number)) continue;
      const near = (ours: Float32Array, theirs: Float32Array): void =>
        expect(Math.abs((ours[i] as number) - (theirs[i] as number))).toBeLessThan(2e-5);
      near(result.velocityMmPerYear, rate);
      near(result.terms['interceptMm'] as Float32Array, intercept);
      near(result.sdMmPerYear, error);
      const isWhole = samples[i] === 13;
      expect(result.rankDeficient[i]).toBe(isWhole ? 0 : 1);
      // The epoch that is missing is put onto the line, which changes what there is to explain.
      if (isWhole) near(result.rSquared, rSquared);
      compared++;
    }
    expect(compared).toBe(72 * 47 - 701);
  });

  // PyRate also removed orbital ramps and atmosphere and counts + away from the satellite, so the
  // maps agree in shape (opposite in sign) and not to the last digit.
  it('solves the stack to a map like that of PyRate', async () => {
    const result = sbasVelocity({ scenes: await sydneyScenes() });
    expect(result.epochs).toHaveLength(13);
    expect(result.overallResidualRmsMm).toBeLessThan(1);
    const theirs = npy('linear_rate');
    const both = [...result.velocityMmPerYear]
      .map((v, i) => [-v, theirs[i] as number] as const)
      .filter(([a, b]) => !Number.isNaN(a + b));
    expect(both.length).toBeGreaterThan(2600);
    const means = [0, 1].map(
      (k) => both.reduce((s, pair) => s + (pair[k] as number), 0) / both.length,
    );
    const moment = (k: 0 | 1, l: 0 | 1): number =>
      both.reduce((s, p) => s + (p[k] - (means[k] as number)) * (p[l] - (means[l] as number)), 0);
    const correlation = moment(0, 1) / Math.sqrt(moment(0, 0) * moment(1, 1));
    expect(correlation).toBeGreaterThan(0.95);
    expect(Math.sqrt(moment(0, 0) / moment(1, 1))).toBeCloseTo(1, 0);
  });
});
