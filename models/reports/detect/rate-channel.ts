/**
 * One stream of first-hand posts (a language, or all of them) in, a likelihood ratio of "many more
 * than usual just now" out.
 *
 * Usual is a rate learned by hour of the week (UTC), shrunk to the mean of all hours, or the rate of
 * the last minutes where that is higher: what grows slowly (a viral post, a festival) carries its own
 * background along. Counts are negative binomial: variance = dispersion x mean + mean^2 / shape.
 * @module
 */
import { logGamma } from '../../numerics/special.js';

/** All numbers of the test. */
export interface RateParameters {
  /**
   * Stretches tried, s, and what a long one must show beyond the threshold: a crowd that gathers over
   * minutes is seldom an earthquake.
   */
  readonly windows: readonly { readonly lengthS: number; readonly extra: number }[];
  /** The recent rate is that of so long before a stretch. */
  readonly recentS: number;
  /** Variance over mean of counts before any was learned; bunches make it more than 1. */
  readonly firstDispersion: number;
  /** Fewer posts are no burst. */
  readonly leastPosts: number;
  /** Natural log of the likelihood ratio that declares, for short stretches. */
  readonly threshold: number;
  /** The first stretch of a stream only teaches. */
  readonly learningS: number;
  /** Nothing is declared again in the same stream for so long. */
  readonly refractoryS: number;
}

export const RATE_PARAMETERS: RateParameters = {
  windows: [
    ...[10, 20, 40, 80].map((lengthS) => ({ lengthS, extra: 0 })),
    { lengthS: 160, extra: 1 },
    { lengthS: 300, extra: 8 },
    { lengthS: 600, extra: 20 },
  ],
  recentS: 900,
  firstDispersion: 1.5,
  leastPosts: 5,
  threshold: 13,
  learningS: 600,
  refractoryS: 1800,
};

/** Seconds in which the feeds were up, of any stretch: outages are unknown, not silent. */
export type UpSeconds = (fromS: number, toS: number) => number;

/** What the test found at an instant. */
export interface RateFinding {
  readonly logRatio: number;
  /** Stretch of the largest ratio and its posts. */
  readonly windowS: number;
  readonly posts: number;
  readonly firstPostS: number;
  /** Posts expected in it. */
  readonly expected: number;
}

/** What a channel has learned: numbers by hour of the week, nothing of any post. */
export interface RateState {
  /** Posts and seconds, shape [168]. */
  readonly posts: readonly number[];
  readonly seconds: readonly number[];
  readonly totalPosts: number;
  readonly totalSeconds: number;
  readonly squares: number;
  readonly expectedPosts: number;
  /** Next block to learn from, and counts of it and later ones. */
  readonly block: number;
  readonly pending: readonly (readonly [number, number])[];
}

export interface RateChannel {
  /** Takes a post; times must not fall. Gives the best finding when a burst is over the threshold. */
  add(timeS: number): RateFinding | null;
  /** Removes the last post of the minute that begins there, for deletions; false when it is past keeping. */
  remove(timeS: number): boolean;
  /** For going on after a restart. */
  state(): RateState;
}

const HOURS = 168;
const HOUR_S = 3600;
/** Blocks by which the background learns, and how old they are when it does, s. */
const BLOCK_S = 300;
const BLOCK_DELAY_BLOCKS = 6;
/** A block teaches at most this many times what was expected, plus 3. */
const WINSOR_TIMES = 3;
/** Hours of exposure with which an hour of the week is pulled to the mean. */
const SHRINK_S = 6 * HOUR_S;
/** Before anything was seen: half a post an hour or less. */
const PRIOR = { posts: 0.5, seconds: 1 * HOUR_S };
/** Posts expected by which the first dispersion is outweighed, and the range it stays in. */
const DISPERSION_PRIOR_POSTS = 1;
const LARGEST_DISPERSION = 3;
/** The recent rate starts from half a post at the usual rate. */
const RECENT_PRIOR_POSTS = 0.5;

export function createRateChannel(input: {
  readonly startS: number;
  readonly up: UpSeconds;
  readonly parameters?: RateParameters;
  /** What was learned before; then `startS` is when the channel first started. */
  readonly state?: RateState;
}): RateChannel {
  const { up, startS, state } = input;
  const parameters = input.parameters ?? RATE_PARAMETERS;
  const longest = Math.max(...parameters.windows.map(({ lengthS }) => lengthS));
  const keepS = longest + parameters.recentS + 60;
  const posts = Float64Array.from(state?.posts ?? { length: HOURS }, (n) => Number(n ?? 0));
  const seconds = Float64Array.from(state?.seconds ?? { length: HOURS }, (n) => Number(n ?? 0));
  let totalPosts = state?.totalPosts ?? PRIOR.posts;
  let totalSeconds = state?.totalSeconds ?? PRIOR.seconds;
  let squares = state?.squares ?? DISPERSION_PRIOR_POSTS * parameters.firstDispersion;
  let expectedPosts = state?.expectedPosts ?? DISPERSION_PRIOR_POSTS;
  let times: number[] = [];
  let quietUntilS = startS + parameters.learningS;
  let block = state?.block ?? Math.floor(startS / BLOCK_S);
  const pending = new Map<number, number>(state?.pending);

  const usual = (atS: number): { rate: number; shape: number } => {
    const mean = totalPosts / totalSeconds;
    const hour = hourOfWeek(atS);
    const shape = (posts[hour] as number) + mean * SHRINK_S;
    return { rate: shape / ((seconds[hour] as number) + SHRINK_S), shape: Math.max(0.5, shape) };
  };

  const learnUntil = (nowS: number): void => {
    const last = Math.floor(nowS / BLOCK_S) - BLOCK_DELAY_BLOCKS;
    for (; block < last; block++) {
      const from = Math.max(startS, block * BLOCK_S);
      const exposure = up(from, (block + 1) * BLOCK_S);
      const seen = pending.get(block) ?? 0;
      pending.delete(block);
      if (exposure <= 0) continue;
      const hour = hourOfWeek(from);
      const expected = usual(from).rate * exposure;
      const isLearning = from - startS < 12 * BLOCK_S;
      const taken = isLearning ? seen : Math.min(seen, WINSOR_TIMES * expected + 3);
      squares += (taken - expected) ** 2;
      expectedPosts += expected;
      posts[hour] = (posts[hour] as number) + taken;
      seconds[hour] = (seconds[hour] as number) + exposure;
      totalPosts += taken;
      totalSeconds += exposure;
    }
  };

  const examine = (nowS: number): RateFinding | null => {
    const { rate, shape } = usual(nowS);
    let best: RateFinding | null = null;
    let first = times.length;
    const dispersion = Math.min(LARGEST_DISPERSION, Math.max(1.001, squares / expectedPosts));
    for (const { lengthS: windowS, extra } of parameters.windows) {
      const fromS = nowS - windowS;
      while (first > 0 && (times[first - 1] as number) > fromS) first--;
      const count = times.length - first;
      if (count < parameters.leastPosts) continue;
      const beforeS = fromS - parameters.recentS;
      let recent = 0;
      for (let i = first - 1; i >= 0 && (times[i] as number) > beforeS; i--) recent++;
      const exposure = Math.max(0, up(Math.max(startS, beforeS), fromS));
      const recentRate = (RECENT_PRIOR_POSTS + recent) / (RECENT_PRIOR_POSTS / rate + exposure);
      const isRecent = recentRate > rate;
      const mean = Math.max(1e-9, (isRecent ? recentRate : rate) * Math.max(1, up(fromS, nowS)));
      const logRatio = burstRatio({
        count,
        mean,
        shape: isRecent ? RECENT_PRIOR_POSTS + recent : shape,
        dispersion,
      });
      if (logRatio < parameters.threshold + extra) continue;
      if (best === null || logRatio > best.logRatio) {
        const firstPostS = times[first] as number;
        best = { logRatio, windowS, posts: count, firstPostS, expected: mean };
      }
    }
    return best;
  };

  return {
    add: (timeS) => {
      learnUntil(timeS);
      const own = Math.floor(timeS / BLOCK_S);
      pending.set(own, (pending.get(own) ?? 0) + 1);
      if (times.length > 0 && (times[0] as number) < timeS - 2 * keepS) {
        times = times.filter((t) => t > timeS - keepS);
      }
      times.push(timeS);
      if (timeS < quietUntilS) return null;
      const found = examine(timeS);
      if (found === null) return null;
      quietUntilS = timeS + parameters.refractoryS;
      return found;
    },
    remove: (timeS) => {
      const own = Math.floor(timeS / BLOCK_S);
      const waiting = pending.get(own) ?? 0;
      const minute = Math.floor(timeS / 60);
      const at = times.findLastIndex((t) => Math.floor(t / 60) === minute);
      if (at >= 0) times.splice(at, 1);
      if (waiting > 0) pending.set(own, waiting - 1);
      return at >= 0 || waiting > 0;
    },
    state: () => ({
      posts: [...posts],
      seconds: [...seconds],
      totalPosts,
      totalSeconds,
      squares,
      expectedPosts,
      block,
      pending: [...pending],
    }),
  };
}

/**
 * ln Poisson(n | n) - ln NegBin(n | mean, variance); 0 when there are no more than expected.
 */
export function burstRatio(input: {
  readonly count: number;
  readonly mean: number;
  readonly shape: number;
  readonly dispersion: number;
}): number {
  const { count: n, mean, shape, dispersion } = input;
  if (n <= mean) return 0;
  const k = 1 / ((dispersion - 1) / mean + 1 / shape);
  const negative =
    logGamma(n + k) -
    logGamma(k) -
    logGamma(n + 1) +
    k * Math.log(k / (k + mean)) +
    n * Math.log(mean / (k + mean));
  return n * Math.log(n) - n - logGamma(n + 1) - negative;
}

/** Hour of the week, UTC, 0 to 167; 1970 began on a Thursday, which does not matter. */
function hourOfWeek(atS: number): number {
  return ((Math.floor(atS / HOUR_S) % HOURS) + HOURS) % HOURS;
}
