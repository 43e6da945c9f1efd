/**
 * Is a window like those the picker was trained on? In: its features and the reference. Out: a flag,
 * a score, the features that stand out.
 * @module
 */
import type { Reference } from './weights-file.js';

/** Answer for a window. */
export interface OutOfDistribution {
  readonly flag: boolean;
  /** Mahalanobis distance over the limit that 1 % of simulated windows exceed: flagged above 1. */
  readonly score: number;
  /** Features more than three deviations away, furthest first, with their values. */
  readonly reasons: readonly string[];
}

const STANDS_OUT = 3;

/** Mahalanobis (1936) distance to the simulated windows. */
export function outOfDistribution(
  features: readonly number[],
  reference: Reference,
): OutOfDistribution {
  const score = mahalanobis(features, reference) / reference.limit;
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
    reasons: shown.map(
      ({ name, value, z }) =>
        `${name} ${value.toFixed(2)} is ${Math.abs(z).toFixed(1)} deviations ${z > 0 ? 'above' : 'below'} the simulated windows`,
    ),
  };
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
