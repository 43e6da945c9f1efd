/**
 * Bursts in a stream of posts. In: counts in bins. Out: where the count first leaves its background,
 * and that background.
 * @module
 */

export interface Burst {
  /** First bin of the burst. */
  readonly bin: number;
  /** Log-likelihood ratio of the counts up to the bin where it was noticed, natural log. */
  readonly logLikelihoodRatio: number;
}

/** Before anything was counted: half a post in a minute, which the first hour overrules. */
const PRIOR = { shape: 0.5, seconds: 60 };
/** Counts of the last minute do not belong to the background: they may be the burst's first. */
const GUARD_S = 60;
/** A bin may raise the background by no more than a count of this chance. */
const WINSOR_CHANCE = 1e-3;
/** Lengths of the stretches tried, bins. */
const STRETCHES = [1, 3, 6] as const;
/** The first ten minutes only teach the rate: a busy stream would be a burst against the prior. */
const LEARNING_S = 600;
/** One in e^10 = 22,000 stretches of pure background reaches this. */
export const BURST_LOG_RATIO = 10;

/**
 * Walks the bins. The background is a Poisson rate with a Gamma posterior from all bins older than
 * a minute, each counted at most as high as one in a thousand, so that an earlier burst hardly
 * raises it. A stretch of 1, 3 or 6 bins is a burst when a Poisson rate of its own explains its
 * count e^10 times better than the background's predictive (negative binomial) distribution; none is
 * looked for in the first ten minutes. The
 * background is that before the burst, else that of all bins, posts a second.
 */
export function findBurst(input: { readonly counts: ArrayLike<number>; readonly binS: number }): {
  readonly burst: Burst | null;
  readonly backgroundHz: number;
} {
  const { counts, binS } = input;
  const guard = Math.ceil(GUARD_S / binS);
  let { shape, seconds }: { shape: number; seconds: number } = PRIOR;
  for (let i = 0; i < counts.length; i++) {
    if (i > guard) {
      const old = counts[i - guard - 1] as number;
      const learnt = i * binS >= LEARNING_S;
      shape += learnt ? Math.min(old, winsorLimit(shape, seconds, binS)) : old;
      seconds += binS;
    }
    for (const length of STRETCHES) {
      if (i + 1 < length || (i + 1 - length) * binS < LEARNING_S) continue;
      let count = 0;
      for (let k = i - length + 1; k <= i; k++) count += counts[k] as number;
      const ratio = logRatio({ count, shape, seconds, stretchS: length * binS });
      if (ratio < BURST_LOG_RATIO) continue;
      let first = i - length + 1;
      while (counts[first] === 0) first++;
      return { burst: { bin: first, logLikelihoodRatio: ratio }, backgroundHz: shape / seconds };
    }
  }
  return { burst: null, backgroundHz: shape / seconds };
}

/** ln Poisson(n | n) - ln NegBin(n | shape, seconds); 0 for counts below the expected one. */
function logRatio(input: {
  count: number;
  shape: number;
  seconds: number;
  stretchS: number;
}): number {
  const { count, shape, seconds, stretchS } = input;
  if (count <= (shape / seconds) * stretchS) return 0;
  return count * Math.log(count) - count - logFactorial(count) - logPredictive(input);
}

function logPredictive(input: {
  count: number;
  shape: number;
  seconds: number;
  stretchS: number;
}): number {
  const { count, shape, seconds, stretchS } = input;
  let log = shape * Math.log(seconds / (seconds + stretchS));
  for (let k = 0; k < count; k++) {
    log += Math.log(((shape + k) / (k + 1)) * (stretchS / (seconds + stretchS)));
  }
  return log;
}

function winsorLimit(shape: number, seconds: number, binS: number): number {
  let above = 1;
  for (let count = 0; ; count++) {
    above -= Math.exp(logPredictive({ count, shape, seconds, stretchS: binS }));
    if (above < WINSOR_CHANCE) return count;
  }
}

function logFactorial(n: number): number {
  let log = 0;
  for (let k = 2; k <= n; k++) log += Math.log(k);
  return log;
}
