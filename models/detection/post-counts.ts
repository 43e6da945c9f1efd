/**
 * Log-likelihood ratio of post counts in time as a function of origin time: a burst that starts
 * after the origin, of unknown size and unknown delay, on a steady background.
 *
 * Posts come in clusters (one post brings forth others), so counts are over-dispersed: the rate in a
 * bin is Gamma of a shape proportional to its expected share. Then the total is negative binomial
 * and the counts given the total are Dirichlet-multinomial: however many posts there are, they fix
 * the curve of delays no better than `postClusters` independent people would, and merging bins
 * changes nothing.
 * @module
 */
import type { PostCounts } from '../../core/evidence.js';
import { erfc, logGamma, logSumExp } from '../numerics/special.js';
import type { DetectionParameters } from './parameters.js';
import { expectedTable } from './people/expected-table.js';

/** log p(counts | quake at t0) / p(counts | none) as a function of t0, s from the window's start. */
export interface PostLikelihood {
  /** `logExpected`: natural log of the posts that people lead to expect; without it any number. */
  logRatio(originTimeS: number, logExpected?: number): number;
  /** Start of the first bin of the strongest rise, s; null when nothing rises. */
  readonly onsetS: number | null;
}

/** A delay after the origin: reaction time plus a lognormal. */
export interface PostDelay {
  /** Nobody posts sooner, s. */
  readonly reactionS: number;
  /** Median of what comes on top, s. */
  readonly medianS: number;
  readonly logSigma: number;
}

/** A burst below this many posts is not worth the name. */
const LEAST_BURST = 3;
const LARGEST_BURST = 1e5;
/** Sizes tried, evenly in the logarithm, and the edges about them. */
const SIZES = 48;
const SIZE_EDGES = Array.from(
  { length: SIZES + 1 },
  (_, k) => Math.log(LEAST_BURST) + (k / SIZES) * Math.log(LARGEST_BURST / LEAST_BURST),
);
const STEP_S = 1;
/** The shape of the counts is worked out at every so manieth size, linear between. */
const SHAPE_STEP = 4;
/** A bin this many background deviations up starts a burst. */
const ONSET_DEVIATIONS = 5;
/** Keeps the share of a bin without background above zero. */
const LEAST_SHARE = 1e-9;

/**
 * Counts of mean background + A h(t - t0), h the density of the delay. A is averaged over a
 * log-uniform prior (3 to 1e5), the delay over all pairs of `postDelayMediansS` and
 * `postDelayLogSigmas`. Without a quake there is the background and, at `falseBurstsPerDay`, a burst
 * of the same kind that somebody else set off: so posts alone never speak more than
 * -log(false bursts in the window) for a quake at an unknown time. With `expectedSigma`, the doubt
 * about an expected number of posts (natural log), that number can be given for each event (see
 * `people/size-prior.ts`). Null when there are no posts; their silence counts when posts are expected
 * and the feeds are known to have been up.
 */
export function postLikelihood(input: {
  readonly posts: PostCounts;
  readonly earliestS: number;
  readonly latestS: number;
  readonly parameters: DetectionParameters;
  readonly expectedSigma?: number;
}): PostLikelihood | null {
  const { posts, earliestS, latestS, parameters, expectedSigma } = input;
  const { counts } = posts;
  const isSilenceKnown =
    expectedSigma !== undefined && posts.upS !== undefined && posts.upS.some((upS) => upS > 0);
  if (counts.every((n) => n === 0) && !isSilenceKnown) return null;
  const background = Math.max(1e-6, posts.backgroundHz) * posts.binS;
  const up = counts.map((_, i) => (posts.upS?.[i] ?? posts.binS) / posts.binS);
  const quiet = clusteredCounts(counts, up, parameters.postClusters);
  const none = new Float64Array(counts.length);
  const noise = anySize(quiet(none, 0, background));
  const steps = Math.ceil((latestS - earliestS) / STEP_S) + 1;
  const table = new Float64Array(steps);
  const shares = new Float64Array(counts.length);
  const delays = postDelays(parameters);
  const expected =
    expectedSigma === undefined
      ? null
      : expectedTable({
          ...{ steps, edges: SIZE_EDGES, delays: delays.length },
          ...{ sigma: expectedSigma, people: parameters.people },
        });
  for (let k = 0; k < steps; k++) {
    const origin = earliestS + k * STEP_S;
    const perDelay = delays.map((delay, d) => {
      let seen = 0;
      for (let i = 0; i < shares.length; i++) {
        const from = posts.startS + i * posts.binS - origin;
        shares[i] =
          (up[i] as number) * (delayCdf(from + posts.binS, delay) - delayCdf(from, delay));
        seen += shares[i] as number;
      }
      const bySize = quiet(shares, seen, background);
      expected?.add(d, bySize);
      return anySize(bySize);
    });
    table[k] = logSumExp(perDelay) - Math.log(perDelay.length);
    expected?.finish(k);
  }
  const falseBursts = (parameters.falseBurstsPerDay * (latestS - earliestS)) / 86_400;
  const share = falseBursts / (1 + falseBursts);
  const falseBurst = logSumExp(table) - Math.log(steps);
  const without = logSumExp([Math.log(1 - share) + noise, Math.log(share) + falseBurst]);
  expected?.close(without);
  return {
    onsetS: burstOnset(posts, background),
    logRatio: (originTimeS, logExpected) => {
      const at = Math.min(steps - 1.001, Math.max(0, (originTimeS - earliestS) / STEP_S));
      const i = Math.floor(at);
      if (expected && logExpected !== undefined) {
        const { lower, upper } = expected.at(i, logExpected);
        return lower * (i + 1 - at) + upper * (at - i) - without;
      }
      return (table[i] as number) * (i + 1 - at) + (table[i + 1] as number) * (at - i) - without;
    },
  };
}

/** Delays considered, of equal prior weight. */
export function postDelays(parameters: DetectionParameters): PostDelay[] {
  return parameters.postDelayMediansS.flatMap((medianS) =>
    parameters.postDelayLogSigmas.map((logSigma) => ({
      reactionS: parameters.postReactionS,
      medianS,
      logSigma,
    })),
  );
}

/** Share of posts sent within `afterS` of the origin. */
export function delayCdf(afterS: number, delay: PostDelay): number {
  const left = afterS - delay.reactionS;
  if (left <= 0) return 0;
  return 0.5 * erfc(-Math.log(left / delay.medianS) / (delay.logSigma * Math.SQRT2));
}

/** log p(counts) whatever the size. */
function anySize(perSize: Float64Array): number {
  return logSumExp(perSize) - Math.log(SIZES);
}

/**
 * log p(counts) for each size, without the constant that all means share; `seen` is the sum of the
 * shares, `up` the share of each bin in which posts would have been heard: the background is less by
 * as much. The array is filled anew by each call.
 */
function clusteredCounts(
  counts: readonly number[],
  up: readonly number[],
  clusters: number,
): (shares: Float64Array, seen: number, background: number) => Float64Array {
  const total = counts.reduce((sum, n) => sum + n, 0);
  const upBins = up.reduce((sum, share) => sum + share, 0);
  const sizes = Array.from({ length: SIZES }, (_, k) =>
    Math.exp(Math.log(LEAST_BURST) + ((k + 0.5) / SIZES) * Math.log(LARGEST_BURST / LEAST_BURST)),
  );
  const perSize = new Float64Array(SIZES);
  const shapes = new Float64Array(SIZES / SHAPE_STEP + 1);
  return (shares, seen, background) => {
    const steady = background * upBins;
    for (let k = 0; k < SIZES; k++) {
      const mean = steady + (sizes[k] as number) * seen;
      // The negative binomial without its factorials, which do not depend on the mean.
      perSize[k] = total * Math.log(mean) - (total + clusters) * Math.log(clusters + mean);
    }
    /** log p(counts | total), Dirichlet-multinomial, for a burst of this many posts seen. */
    const shape = (burst: number): number => {
      let log = logGamma(clusters) - logGamma(total + clusters);
      for (let i = 0; i < counts.length; i++) {
        const n = counts[i] as number;
        if (n === 0) continue;
        const own = seen > 0 ? (burst * (shares[i] as number)) / seen : 0;
        const share = ((up[i] as number) * background + own) / (steady + burst);
        const size = clusters * Math.max(LEAST_SHARE, share);
        log += logGamma(n + size) - logGamma(size);
      }
      return log;
    };
    // How much of each bin is background depends on the size: before anybody can have posted, one
    // chance post must not be weighed as if a burst of the likeliest size had begun.
    const step = seen > 0 ? SHAPE_STEP : SIZES;
    shapes.fill(Number.NaN);
    const shapeAt = (node: number): number => {
      const k = Math.min(SIZES - 1, node * step);
      const known = shapes[node] as number;
      return Number.isNaN(known) ? (shapes[node] = shape((sizes[k] as number) * seen)) : known;
    };
    for (let k = 0; k < SIZES; k++) {
      const node = Math.floor(k / step);
      const past = k / step - node;
      const lower = shapeAt(node);
      perSize[k] =
        (perSize[k] as number) + lower + (past > 0 ? past * (shapeAt(node + 1) - lower) : 0);
    }
    return perSize;
  };
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
