/**
 * Is a window like those the picker was trained on? In: its features and the reference. Out: a flag,
 * a score, the reasons.
 *
 * One check knows no kind: the distance to the simulated windows (Mahalanobis 1936). The others know
 * one fault each (white noise, clipping, shuffled channels, ...): log odds, quadratic in the features,
 * fitted on simulated recordings with that fault. All limits together flag a stated share of sound
 * simulated windows.
 * @module
 */
import type { Reference } from './weights-file.js';

/** Answer for a window. */
export interface OutOfDistribution {
  readonly flag: boolean;
  /** Flagged above 1: distance over its limit, or 1 and a quarter of the log odds over a check's. */
  readonly score: number;
  /** What it looks like, then features more than three deviations away with their values. */
  readonly reasons: readonly string[];
}

const STANDS_OUT = 3;
/** Features count up to so many deviations in checks: their fits know no more. */
const MOST_DEVIATIONS = 4;
/** Log odds over a check's limit that add 1 to the score. */
const NATS = 4;

/** Judges features against the reference. */
export function outOfDistribution(
  features: readonly number[],
  reference: Reference,
): OutOfDistribution {
  const distance = mahalanobis(features, reference) / reference.limit;
  const checks = reference.checks
    .map((check) => {
      const over = checkLogOdds(deviations(features, reference), check) - check.limit;
      return { kind: check.kind, score: Math.max(0, 1 + over / NATS) };
    })
    .sort((a, b) => b.score - a.score);
  const score = Math.max(distance, ...checks.map((check) => check.score));
  const away = features
    .map((x, i) => ({
      name: reference.names[i] as string,
      value: x,
      z: (x - (reference.mean[i] as number)) / (reference.sigma[i] as number),
    }))
    .sort((a, b) => Math.abs(b.z) - Math.abs(a.z));
  const flag = score > 1;
  const named = away.filter(({ z }) => Math.abs(z) > STANDS_OUT);
  // Unusual only together: name what is furthest.
  const shown = named.length > 0 || !flag ? named : away.slice(0, 2);
  return {
    flag,
    score,
    reasons: [
      ...checks.filter((check) => check.score > 1).map(({ kind }) => `looks like ${kind}`),
      ...shown.map(
        ({ name, value, z }) =>
          `${name} ${value.toFixed(2)} is ${Math.abs(z).toFixed(1)} deviations ${z > 0 ? 'above' : 'below'} the simulated windows`,
      ),
    ],
  };
}

/** A window unlike the training keeps at least this share of its log-likelihood ratios. */
const LEAST_SHARE = 0.25;

/**
 * Share of log-likelihood ratios that a window keeps: all of them, or one over the score of one that is
 * unlike the training. What was calibrated on other data is worth less here.
 */
export function tempering({ flag, score }: Pick<OutOfDistribution, 'flag' | 'score'>): number {
  return flag ? Math.max(LEAST_SHARE, 1 / score) : 1;
}

/** sqrt((x - mean)' precision (x - mean)). */
export function mahalanobis(
  features: readonly number[],
  reference: Pick<Reference, 'mean' | 'precision'>,
): number {
  const away = features.map((x, i) => x - (reference.mean[i] as number));
  const sum = away.reduce(
    (total, a, i) =>
      total +
      a * (reference.precision[i] as number[]).reduce((s, b, j) => s + b * (away[j] as number), 0),
    0,
  );
  return Math.sqrt(Math.max(0, sum));
}

/** Features in deviations from the simulated windows' mean, bounded. */
export function deviations(
  features: readonly number[],
  { mean, sigma }: Pick<Reference, 'mean' | 'sigma'>,
): number[] {
  return features.map((x, i) => {
    const z = (x - (mean[i] as number)) / (sigma[i] as number);
    return Math.min(MOST_DEVIATIONS, Math.max(-MOST_DEVIATIONS, z));
  });
}

/** Log odds of a fault: offset + weights z + squares z^2. */
export function checkLogOdds(
  z: readonly number[],
  check: Pick<Reference['checks'][number], 'offset' | 'weights' | 'squares'>,
): number {
  return z.reduce(
    (sum, x, i) => sum + (check.weights[i] as number) * x + (check.squares[i] as number) * x * x,
    check.offset,
  );
}
