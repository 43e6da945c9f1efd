/**
 * Log-likelihood ratio of post counts in time as a function of origin time: a burst that starts
 * after the origin, of unknown size and unknown median delay, on a steady background.
 * @module
 */
import type { PostCounts } from '../../core/evidence.js';
import { erfc, logGamma, logSumExp } from '../numerics/special.js';
import type { DetectionParameters } from './parameters.js';

/** log p(counts | quake at t0) / p(counts | none) as a function of t0, s from the window's start. */
export interface PostLikelihood {
  logRatio(originTimeS: number): number;
  /** Start of the first bin of the strongest rise, s; null when nothing rises. */
  readonly onsetS: number | null;
}

/** A burst below this many posts is not worth the name. */
const LEAST_BURST = 3;
const LARGEST_BURST = 1e5;
const STEP_S = 1;
/** A bin this many background deviations up starts a burst. */
const ONSET_DEVIATIONS = 5;

/**
 * Negative-binomial counts of mean background + A h(t - t0), h lognormal. A is profiled with an
 * Occam penalty for its log-uniform prior (3 to 1e5); the median delay is averaged over
 * `postDelayMediansS`. Null when there are no posts at all.
 */
export function postLikelihood(input: {
  readonly posts: PostCounts;
  readonly earliestS: number;
  readonly latestS: number;
  readonly parameters: DetectionParameters;
}): PostLikelihood | null {
  const { posts, earliestS, parameters } = input;
  const total = posts.counts.reduce((sum, n) => sum + n, 0);
  if (total === 0) return null;
  const background = Math.max(1e-6, posts.backgroundHz) * posts.binS;
  const size = parameters.postDispersion;
  const noise = posts.counts.reduce((sum, n) => sum + logNegativeBinomial(n, background, size), 0);
  const steps = Math.ceil((input.latestS - earliestS) / STEP_S) + 1;
  const table = new Float64Array(steps);
  const shares = new Float64Array(posts.counts.length);
  for (let k = 0; k < steps; k++) {
    const origin = earliestS + k * STEP_S;
    const perDelay = parameters.postDelayMediansS.map((median) => {
      let seen = 0;
      for (let i = 0; i < shares.length; i++) {
        const from = posts.startS + i * posts.binS - origin;
        shares[i] =
          delayCdf(from + posts.binS, median, parameters.postDelayLogSigma) -
          delayCdf(from, median, parameters.postDelayLogSigma);
        seen += shares[i] as number;
      }
      if (seen < 1e-3) return 0;
      return burstRatio(posts.counts, shares, seen, background, size, noise);
    });
    table[k] = logSumExp(perDelay) - Math.log(perDelay.length);
  }
  return {
    onsetS: burstOnset(posts, background),
    logRatio: (originTimeS) => {
      const at = Math.min(steps - 1.001, Math.max(0, (originTimeS - earliestS) / STEP_S));
      const i = Math.floor(at);
      return (table[i] as number) * (i + 1 - at) + (table[i + 1] as number) * (at - i);
    },
  };
}

/** Share of posts sent within `afterS` of the origin. */
export function delayCdf(afterS: number, medianS: number, logSigma: number): number {
  if (afterS <= 0) return 0;
  return 0.5 * erfc(-Math.log(afterS / medianS) / (logSigma * Math.SQRT2));
}

function burstRatio(
  counts: readonly number[],
  shares: Float64Array,
  seen: number,
  background: number,
  size: number,
  noise: number,
): number {
  let inBurst = 0;
  for (let i = 0; i < counts.length; i++) {
    if ((shares[i] as number) > 0) inBurst += (counts[i] as number) - background;
  }
  const amplitude = Math.min(LARGEST_BURST, Math.max(LEAST_BURST, inBurst / seen));
  let quake = 0;
  for (let i = 0; i < counts.length; i++) {
    const mean = background + amplitude * (shares[i] as number);
    quake += logNegativeBinomial(counts[i] as number, mean, size);
  }
  // Laplace: width of the amplitude's posterior in log over the width of its prior.
  const width = Math.sqrt((2 * Math.PI * (1 + 1 / size)) / Math.max(1, inBurst));
  const occam = Math.log(Math.min(1, width / Math.log(LARGEST_BURST / LEAST_BURST)));
  return quake - noise + occam;
}

function burstOnset(posts: PostCounts, background: number): number | null {
  const needed = background + ONSET_DEVIATIONS * Math.sqrt(background) + 1;
  const index = posts.counts.findIndex((n) => n > needed);
  return index < 0 ? null : posts.startS + index * posts.binS;
}

/** log pmf of a count with the given mean and size (variance mean + mean^2 / size). */
export function logNegativeBinomial(count: number, mean: number, size: number): number {
  return (
    logGamma(count + size) -
    logGamma(size) -
    logGamma(count + 1) +
    size * Math.log(size / (size + mean)) +
    (count === 0 ? 0 : count * Math.log(mean / (size + mean)))
  );
}
