import { expect, it } from 'vitest';
import { createRandom } from '../../../core/random.js';
import { effectiveShare } from '../../../models/deformation/effective-share.js';
import { predict, prepare, type DataSet } from '../../../models/deformation/inverse-problem.js';
import { cholesky } from '../../../models/deformation/linear-algebra.js';
import { refine } from '../../../models/deformation/optimise.js';
import { sourceModel } from '../../../models/deformation/source-models.js';

const SIDE = 17;
const COUNT = SIDE * SIDE;
const place = (k: number): number => 1000 * (k - (SIDE - 1) / 2);
const eastM = Float64Array.from({ length: COUNT }, (_, i) => place(i % SIDE));
const northM = Float64Array.from({ length: COUNT }, (_, i) => place(Math.floor(i / SIDE)));
const fill = (v: number): Float64Array => new Float64Array(COUNT).fill(v);
const POINTS = { eastM, northM, lookEast: fill(-0.6), lookNorth: fill(-0.1), lookUp: fill(0.7937) };
const MODEL = sourceModel('mogi', { eastM: 0, northM: 0, radiusM: 5000 });
const TRUTH = [300, -200, 3000, 4e6];
const NOISE_M = 0.003;

/** Noise that falls off exponentially over `rangeM`; none of it shared when 0. */
function noise(rangeM: number): (seed: number) => Float64Array {
  const covariance = new Float64Array(COUNT * COUNT);
  for (let i = 0; i < COUNT; i++) {
    for (let j = 0; j < COUNT; j++) {
      const x = (eastM[i] as number) - (eastM[j] as number);
      const y = (northM[i] as number) - (northM[j] as number);
      covariance[i * COUNT + j] =
        i === j ? 1 : rangeM > 0 ? Math.exp(-Math.hypot(x, y) / rangeM) : 0;
    }
  }
  const factor = cholesky(covariance, COUNT, 0) as Float64Array;
  return (seed) => {
    const random = createRandom(seed);
    const white = Float64Array.from({ length: COUNT }, () => random.normal());
    return white.map((_, i) => {
      let sum = 0;
      for (let j = 0; j <= i; j++) sum += (factor[i * COUNT + j] as number) * (white[j] as number);
      return NOISE_M * sum;
    });
  };
}

/** Scatter of the fitted source over realisations, and the mean share: [parameters]. */
function simulate(rangeM: number, runs: number) {
  const draw = noise(rangeM);
  const clean = predict(MODEL, POINTS, TRUTH);
  const fits: number[][] = [];
  let share = 0;
  for (let run = 0; run < runs; run++) {
    const errors = draw(run);
    const set: DataSet = {
      ...{ name: 'a', points: POINTS, nuisance: 'offset', noise: { sdM: fill(NOISE_M) } },
      losM: clean.map((v, i) => v + (errors[i] as number)),
    };
    const prepared = [prepare(set)];
    const mode = refine(MODEL, prepared, TRUTH, 30);
    fits.push([...mode.values]);
    share += effectiveShare(MODEL, prepared, mode.values, run) / runs;
  }
  const scatter = TRUTH.map((truth, k) =>
    Math.sqrt(fits.reduce((sum, fit) => sum + ((fit[k] as number) - truth) ** 2, 0) / runs),
  );
  return { scatter, share };
}

it('weakens the likelihood by as much as correlated errors scatter a source more', () => {
  const white = simulate(0, 40);
  expect(white.share).toBeGreaterThan(0.8);
  const correlated = simulate(4000, 40);
  // Variances grow as the inverse of the share: the mean over parameters, in logarithms.
  const growth =
    correlated.scatter.reduce((sum, v, k) => sum + Math.log(v / (white.scatter[k] as number)), 0) /
    TRUTH.length;
  const expected = 0.5 * Math.log(white.share / correlated.share);
  expect(expected).toBeGreaterThan(0.3);
  expect(Math.abs(growth - expected), `${growth} against ${expected}`).toBeLessThan(0.3);
});
