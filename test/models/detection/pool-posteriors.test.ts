import { describe, expect, it } from 'vitest';
import { createRandom } from '../../../core/random.js';
import type { EventPosterior } from '../../../models/detection/event-posterior.js';
import { poolPosteriors } from '../../../models/detection/pool-posteriors.js';
import { temperedSmc, type SmcProblem } from '../../../models/detection/tempered-smc.js';
import { logNormalDensity, logSumExp } from '../../../models/numerics/special.js';

const run = (latitude: number, logEvidence: number, count: number): EventPosterior => {
  const column = (value: number): Float64Array => new Float64Array(count).fill(value);
  return {
    samples: {
      latitude: column(latitude),
      longitude: column(2 * latitude),
      depthKm: column(10),
      timeS: column(5),
      magnitude: column(4),
      logWeight: column(-Math.log(count)),
    },
    terms: Float64Array.from({ length: 2 * count }, (_, i) => latitude + (i % 2)),
    logEvidence,
    temperatures: 3,
    acceptance: 0.3,
  };
};

describe('pooled runs', () => {
  it('weigh each run by its evidence, keep draws whole, and average the evidence', () => {
    const pooled = poolPosteriors(
      [run(1, Math.log(1), 50), run(2, Math.log(3), 50)],
      400,
      createRandom(1),
    );
    const { latitude, longitude, logWeight } = pooled.samples;
    const ofSecond = latitude.filter((x) => x === 2).length;
    expect(ofSecond).toBeGreaterThanOrEqual(299);
    expect(ofSecond).toBeLessThanOrEqual(301);
    latitude.forEach((x, k) => {
      expect(longitude[k]).toBe(2 * x);
      expect(Array.from(pooled.terms.subarray(2 * k, 2 * k + 2))).toEqual([x, x + 1]);
    });
    expect(logSumExp(logWeight)).toBeCloseTo(0, 12);
    expect(pooled.logEvidence).toBeCloseTo(Math.log(2), 12);
  });

  it('give a single run back', () => {
    const one = run(1, 0, 5);
    expect(poolPosteriors([one], 5, createRandom(1))).toBe(one);
  });
});

describe('many first draws', () => {
  /** A broad mode and, far off, a narrow one with three quarters of the mass; proposal wide. */
  const problem: SmcProblem = {
    dimension: 2,
    draw: (random) => Float64Array.of(100 * random.normal(), 100 * random.normal()),
    logProposal: ([x, y]: ArrayLike<number> & Iterable<number>) =>
      logNormalDensity(x as number, 100) + logNormalDensity(y as number, 100),
    logTarget: ([x, y]: ArrayLike<number> & Iterable<number>) =>
      logSumExp([
        Math.log(0.25) + logNormalDensity(x as number, 30) + logNormalDensity(y as number, 30),
        Math.log(0.75) +
          logNormalDensity((x as number) - 150, 3) +
          logNormalDensity(y as number, 3),
      ]),
  };
  const shareOfNarrow = (draws: number, seed: number): number => {
    const result = temperedSmc({ problem, count: 200, random: createRandom(seed), draws });
    const x = Array.from({ length: 200 }, (_, i) => result?.states[2 * i] as number);
    return x.filter((value) => Math.abs(value - 150) < 20).length / 200;
  };

  it('find a narrow mode that few draws miss', () => {
    const mean = (draws: number): number =>
      [1, 2, 3, 4].reduce((sum, seed) => sum + shareOfNarrow(draws, seed) / 4, 0);
    expect(mean(10_000)).toBeGreaterThan(0.5);
    expect(mean(10_000)).toBeLessThan(0.95);
    expect(mean(200)).toBeLessThan(0.4);
  });
});
