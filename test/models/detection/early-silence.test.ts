import { describe, expect, it } from 'vitest';
import { distanceKm } from '../../../core/geo.js';
import { createRandom } from '../../../core/random.js';
import { jointModel } from '../../../models/detection/joint-likelihood.js';
import { DEFAULT_PARAMETERS } from '../../../models/detection/parameters.js';
import {
  logNegativeBinomial,
  postDelays,
  delayCdf,
  postLikelihood,
} from '../../../models/detection/post-counts.js';
import { simulateEvidence } from '../../../models/detection/simulate-evidence.js';
import { logSumExp, splitStudentCdf } from '../../../models/numerics/special.js';
import { cable, REGION, TABLE, WINDOW, WINDOW_S } from './world.js';

const parameters = DEFAULT_PARAMETERS;
/** So large that every onset is over the threshold. */
const EVENT = { latitude: 17, longitude: -99, depthKm: 10, timeS: 60, magnitude: 7 };

describe('two halves of a Student-t', () => {
  it('have the distribution function that is the integral of their density', () => {
    const [early, late, nu] = [0.7, 1.9, 4];
    // Student-t with 4 degrees of freedom: 3/8 (1 + z^2 / 4)^(-5/2).
    const density = (x: number): number =>
      (2 * 0.375 * (1 + (x / (x < 0 ? early : late)) ** 2 / 4) ** -2.5) / (early + late);
    const step = 0.005;
    let sum = 0;
    for (let x = -400; x < 6; x += step) {
      sum += step * density(x + step / 2);
      if (Math.abs((x + step) % 1) < step / 2 && x > -6) {
        expect(splitStudentCdf(x + step, early, late, nu)).toBeCloseTo(sum, 4);
      }
    }
    expect(splitStudentCdf(1e9, early, late, nu)).toBeCloseTo(1, 9);
  });
});

describe('silence of a sensor', () => {
  it.each([0, 1, 2, 4])('counts %s s after P as often as the simulator stays silent', (afterS) => {
    const [first] = cable(1, 16.3, -98.6);
    if (!first) throw new Error('no segment');
    const sensor = { ...first, falseRateHz: 0 };
    const travelS = TABLE.p(distanceKm(first, EVENT), EVENT.depthKm);
    const nowS = EVENT.timeS + travelS + afterS;
    const random = createRandom(4711);
    const draws = 4000;
    let silent = 0;
    const blank = { window: WINDOW, sensors: [sensor], event: EVENT, table: TABLE, parameters };
    for (let k = 0; k < draws; k++) {
      const [seen] = simulateEvidence({ ...blank, random }).sensors;
      if (!seen?.arrivals.some(({ timeS }) => timeS < nowS)) silent++;
    }
    const series = { startS: 0, rateHz: 2, llrBase64: '' };
    const quiet = { ...sensor, uptime: [{ startS: 0, endS: nowS }], arrivals: [], series };
    const model = jointModel({
      evidence: { window: WINDOW, sensors: [quiet], reports: null },
      ...{ region: REGION, parameters },
    });
    const predicted = Math.exp(model.logLikelihood(EVENT, [0]));
    // 99 % of binomial counts, and 1 % more: the error of a pick that has not come is taken as its mean.
    const spread = 2.58 * Math.sqrt(draws * predicted * (1 - predicted)) + 0.01 * draws;
    expect(Math.abs(silent - draws * predicted)).toBeLessThan(spread);
  });
});

describe('posts', () => {
  /** Independent negative binomials whose sizes share out the clusters, over a fine grid of sizes. */
  const brute = (counts: readonly number[], timeS: number, binS: number, hz: number): number => {
    const delays = postDelays(parameters);
    const sizes = Array.from({ length: 400 }, (_, k) => 3 * (1e5 / 3) ** ((k + 0.5) / 400));
    const log = (means: readonly number[]): number => {
      const perMean = parameters.postClusters / means.reduce((a, b) => a + b, 0);
      return counts.reduce((sum, n, i) => {
        const mean = means[i] as number;
        return sum + logNegativeBinomial(n, mean, perMean * mean);
      }, 0);
    };
    const shares = delays.map((delay) =>
      counts.map(
        (_, i) => delayCdf((i + 1) * binS - timeS, delay) - delayCdf(i * binS - timeS, delay),
      ),
    );
    const each = shares.flatMap((own) =>
      sizes.map((size) => log(own.map((share) => hz * binS + size * share))),
    );
    return logSumExp(each) - Math.log(each.length) - log(counts.map(() => hz * binS));
  };
  const binS = 5;
  const hz = 1 / 120;
  const ratio = (counts: readonly number[], timeS: number): number => {
    const posts = { startS: 0, binS, counts, backgroundHz: hz };
    const span = { earliestS: -60, latestS: WINDOW_S };
    const calm = { ...parameters, falseBurstsPerDay: 1e-290 };
    return postLikelihood({ posts, ...span, parameters: calm })?.logRatio(timeS) ?? 0;
  };

  it('before anybody can have posted say next to nothing, also after a chance post', () => {
    const counts = [0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    // Everybody needs five seconds: bins end 5 s after one origin, 7 s after the other.
    expect(ratio(counts, 60)).toBeCloseTo(0, 6);
    expect(Math.abs(ratio(counts, 58))).toBeLessThan(0.3);
    expect(ratio(counts, 58)).toBeCloseTo(brute(counts, 58, binS, hz), 1);
  });

  it.each([
    [[0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], 56],
    [[0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 12], 54],
    [[0, 1, 0, 0, 0, 1, 2, 9, 0, 41, 20, 30, 25, 8], 24],
  ])('%j are as likely as independent counts with clusters shared out', (counts, timeS) => {
    expect(ratio(counts, timeS)).toBeCloseTo(brute(counts, timeS, binS, hz), 0);
  });
});
