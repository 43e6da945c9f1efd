import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { PostCounts } from '../../../core/evidence.js';
import { createRandom } from '../../../core/random.js';
import { DEFAULT_PARAMETERS } from '../../../models/detection/parameters.js';
import {
  delayCdf,
  logNegativeBinomial,
  postDelays,
  postLikelihood,
} from '../../../models/detection/post-counts.js';
import { describeWithSamples, samplePath } from '../../support/sample-data.js';
import { binomial99, observe, WINDOW_S } from './world.js';

const parameters = DEFAULT_PARAMETERS;

/** Posterior of the origin time under a uniform prior, from posts alone, on a grid of 1 s. */
function timesOf(posts: PostCounts, latestS: number) {
  const earliestS = -parameters.leadS;
  const likelihood = postLikelihood({ posts, earliestS, latestS, parameters });
  if (!likelihood) throw new Error('no posts');
  const times = Array.from({ length: latestS - earliestS + 1 }, (_, k) => earliestS + k);
  const logs = times.map((t) => likelihood.logRatio(t));
  const largest = Math.max(...logs);
  const weights = logs.map((log) => Math.exp(log - largest));
  const total = weights.reduce((a, b) => a + b, 0);
  const moment = (power: number): number =>
    times.reduce((sum, t, k) => sum + ((weights[k] as number) / total) * t ** power, 0);
  const below = (truth: number): number =>
    times.reduce((sum, t, k) => sum + (t < truth ? (weights[k] as number) / total : 0), 0);
  const mean = moment(1);
  return {
    mean,
    sd: Math.sqrt(moment(2) - mean * mean),
    below,
    logEvidence: largest + Math.log(total / times.length),
  };
}

describe('the delay of a post', () => {
  it('is lognormal after the time to react', () => {
    const delay = { reactionS: 5, medianS: 40, logSigma: 0.9 };
    expect(delayCdf(5, delay)).toBe(0);
    expect(delayCdf(45, delay)).toBeCloseTo(0.5, 6);
    // One standard deviation of a normal: 0.841345.
    expect(delayCdf(5 + 40 * Math.exp(0.9), delay)).toBeCloseTo(0.841345, 5);
    expect(delayCdf(1e9, delay)).toBeCloseTo(1, 9);
  });

  it('may be as short as a few seconds and as long as ten minutes', () => {
    const shares = postDelays(parameters).map((delay) => delayCdf(12, delay));
    expect(Math.max(...shares)).toBeGreaterThan(0.2);
    expect(Math.max(...parameters.postDelayMediansS)).toBeGreaterThanOrEqual(600);
  });
});

describe('counts', () => {
  it('are negative binomial: probabilities add up to 1 with the stated mean and variance', () => {
    const [mean, size] = [7, 3];
    let [sum, first, second] = [0, 0, 0];
    for (let n = 0; n < 400; n++) {
      const p = Math.exp(logNegativeBinomial(n, mean, size));
      sum += p;
      first += p * n;
      second += p * n * n;
    }
    expect(sum).toBeCloseTo(1, 9);
    expect(first).toBeCloseTo(mean, 8);
    expect(second - first * first).toBeCloseTo(mean + (mean * mean) / size, 6);
  });

  it('of a storm are worth no more than the odds of a burst that no quake set off', () => {
    const burst = (posts: number): PostCounts => ({
      startS: 0,
      binS: 10,
      // Rises for a minute and goes on: 1, 2, 4, 6 ... posts out of 100.
      counts: Array.from({ length: 30 }, (_, i) =>
        i < 10 ? 0 : Math.round((posts / 100) * Math.min(6, i - 9)),
      ),
      backgroundHz: 1e-3,
    });
    const limit = -Math.log((parameters.falseBurstsPerDay * (300 + parameters.leadS)) / 86_400);
    const small = timesOf(burst(100), 300);
    const large = timesOf(burst(10_000), 300);
    expect(small.logEvidence).toBeGreaterThan(5);
    expect(large.logEvidence).toBeLessThanOrEqual(limit + 0.01);
    // A hundred times as many posts do not make the time a hundredfold surer.
    expect(large.sd).toBeGreaterThan(0.5 * small.sd);
    expect(large.sd).toBeGreaterThan(10);
  });

  it('hold the origin time as often as they say: within the 99 % binomial interval', () => {
    const trials = 60;
    let covered = 0;
    for (let k = 0; k < trials; k++) {
      const random = createRandom(5000 + k);
      const timeS = -60 + 360 * random.uniform();
      const event = { latitude: 17, longitude: -99, depthKm: 10, timeS, magnitude: 5.5 };
      const posts = observe({
        sensors: [],
        event,
        seed: 6000 + k,
        reports: { cells: [], posts: { binS: 10, backgroundHz: 0.01, burst: 200 } },
      }).reports?.posts;
      if (!posts || posts.counts.every((n) => n === 0)) {
        covered += 0.9;
        continue;
      }
      const rank = timesOf(posts, WINDOW_S).below(timeS);
      if (rank >= 0.05 && rank <= 0.95) covered++;
    }
    const [low, high] = binomial99(trials, 0.9);
    expect(covered).toBeGreaterThanOrEqual(low);
    expect(covered).toBeLessThanOrEqual(high);
  });
});

const QUAKES = [
  ['felt/napa-nc72282711/tweets_derived_no_text_no_ids.csv', '2014-08-24T10:20:44Z', 200],
  [
    'felt/crisislex-tweet-times/2012_Costa_Rica_earthquake_timestamps.csv',
    '2012-09-05T14:42:08Z',
    1,
  ],
  [
    'felt/crisislex-tweet-times/2012_Guatemala_earthquake_timestamps.csv',
    '2012-11-07T16:35:46Z',
    1,
  ],
  ['felt/crisislex-tweet-times/2012_Italy_earthquakes_timestamps.csv', '2012-05-20T02:03:52Z', 1],
] as const;

describeWithSamples(
  'posts of real quakes',
  QUAKES.map(([file]) => file),
  () => {
    it.each(QUAKES)('%s: the origin within two standard deviations', (file, origin, least) => {
      const startS = 240;
      const counts = new Array<number>(54).fill(0);
      for (const line of readFileSync(samplePath(file), 'utf8').split('\n').slice(1)) {
        const bin = Math.floor((Date.parse(line.split(',')[0] ?? '') - Date.parse(origin)) / 1e4);
        const k = bin + startS / 10;
        if (k >= 0 && k < counts.length) counts[k] = (counts[k] as number) + 1;
      }
      const posts = { startS: 0, binS: 10, counts, backgroundHz: 2e-4 };
      expect(counts.reduce((a, b) => a + b, 0)).toBeGreaterThan(least);
      const { mean, sd, logEvidence } = timesOf(posts, 540);
      expect(Math.abs(mean - startS)).toBeLessThan(2 * sd);
      expect(sd).toBeGreaterThan(10);
      expect(logEvidence).toBeGreaterThan(3);
      expect(logEvidence).toBeLessThan(15);
    });
  },
);
