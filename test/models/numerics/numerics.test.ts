import { describe, expect, it } from 'vitest';
import { createRandom } from '../../../core/random.js';
import {
  erfc,
  logGamma,
  logNormalCdf,
  logSumExp,
  normalCdf,
} from '../../../models/numerics/special.js';
import {
  cholesky,
  invertPositiveDefinite,
  logDeterminant,
  symmetricEigen2,
} from '../../../models/numerics/linear-algebra.js';
import {
  effectiveSampleSize,
  systematicResample,
  weightedMoments,
  weightedQuantiles,
} from '../../../models/numerics/weighted.js';

describe('special functions', () => {
  it('equal tabulated values', () => {
    expect(erfc(0.5)).toBeCloseTo(0.4795001222, 6);
    expect(erfc(-1)).toBeCloseTo(1.8427007929, 6);
    expect(erfc(3) / 2.209049699858544e-5).toBeCloseTo(1, 6);
    expect(normalCdf(1.959963985)).toBeCloseTo(0.975, 6);
    expect(logNormalCdf(-10)).toBeCloseTo(-53.23128515051247, 4);
    expect(logNormalCdf(-40)).toBeCloseTo(-804.608442, 2);
    expect(logGamma(0.3)).toBeCloseTo(1.0957979948180756, 10);
    expect(logGamma(11)).toBeCloseTo(Math.log(3628800), 10);
    expect(logSumExp([-1000, -1000])).toBeCloseTo(-1000 + Math.LN2, 12);
    expect(logSumExp([])).toBe(Number.NEGATIVE_INFINITY);
  });
});

describe('linear algebra', () => {
  it('inverts a covariance', () => {
    const m = Float64Array.of(4, 1, 0.5, 1, 3, -0.2, 0.5, -0.2, 2);
    const inverse = invertPositiveDefinite(m, 3);
    for (let i = 0; i < 3; i++) {
      for (let j = 0; j < 3; j++) {
        let sum = 0;
        for (let k = 0; k < 3; k++)
          sum += (m[i * 3 + k] as number) * (inverse[k * 3 + j] as number);
        expect(sum).toBeCloseTo(i === j ? 1 : 0, 12);
      }
    }
    // 4 (6 - 0.04) - 1 (2 + 0.1) + 0.5 (-0.2 - 1.5)
    expect(Math.exp(logDeterminant(cholesky(m, 3), 3))).toBeCloseTo(20.89, 10);
  });

  it('refuses what is not positive definite', () => {
    expect(() => cholesky(Float64Array.of(1, 2, 2, 1), 2)).toThrow(/pivot 1/);
  });

  it('finds the axes of an ellipse', () => {
    const { large, small, axis } = symmetricEigen2(5, 3, 5);
    expect([large, small]).toEqual([8, 2]);
    expect(Math.abs(axis[0])).toBeCloseTo(Math.SQRT1_2, 12);
  });
});

describe('weighted samples', () => {
  it('have the statistics of what they stand for', () => {
    expect(weightedQuantiles([3, 1, 2], [0.2, 0.5, 0.3], [0.05, 0.5, 0.6, 0.95])).toEqual([
      1, 1, 2, 3,
    ]);
    expect(weightedMoments([1, 3], [0.25, 0.75]).mean).toBe(2.5);
    expect(weightedMoments([1, 3], [0.25, 0.75]).sd).toBeCloseTo(Math.sqrt(0.75), 12);
    expect(effectiveSampleSize([0.5, 0.5, 0])).toBe(2);
    const picks = systematicResample([0.1, 0.6, 0.3], 1000, createRandom(1));
    const counts = [0, 0, 0];
    for (const i of picks) counts[i] = (counts[i] as number) + 1;
    counts.forEach((c, i) => expect(Math.abs(c - [100, 600, 300][i]!)).toBeLessThanOrEqual(1));
  });
});
