/** Tests of calibration: binomial intervals, chi-squared, Kolmogorov-Smirnov. Pure. @module */
import { logGamma } from '../models/numerics/special.js';

/** Least and greatest count that leave `tail` of a binomial beyond them on each side. */
export function binomialInterval(input: {
  readonly n: number;
  readonly p: number;
  readonly tail: number;
}): readonly [low: number, high: number] {
  const { n, p, tail } = input;
  const mass = (k: number): number =>
    Math.exp(
      logGamma(n + 1) -
        logGamma(k + 1) -
        logGamma(n - k + 1) +
        k * Math.log(p) +
        (n - k) * Math.log1p(-p),
    );
  let low = 0;
  let below = mass(0);
  while (below < tail && low < n) below += mass(++low);
  let high = n;
  let above = mass(n);
  while (above < tail && high > 0) above += mass(--high);
  return [low, high];
}

/** P(chi-squared of `degrees` >= x): the regularised upper incomplete gamma function. */
export function chiSquaredUpperTail(x: number, degrees: number): number {
  const a = degrees / 2;
  const z = x / 2;
  if (z <= 0) return 1;
  if (z < a + 1) {
    let term = 1 / a;
    let sum = term;
    for (let k = 1; k < 500; k++) {
      term *= z / (a + k);
      sum += term;
    }
    return 1 - sum * Math.exp(-z + a * Math.log(z) - logGamma(a));
  }
  // Lentz's continued fraction (Numerical Recipes 6.2).
  let b = z + 1 - a;
  let c = 1e300;
  let d = 1 / b;
  let h = d;
  for (let i = 1; i < 500; i++) {
    const an = -i * (i - a);
    b += 2;
    d = 1 / (an * d + b);
    c = b + an / c;
    h *= d * c;
  }
  return h * Math.exp(-z + a * Math.log(z) - logGamma(a));
}

/** Largest distance of the sample's distribution from the uniform one, with its p-value. */
export function kolmogorovSmirnov(values: readonly number[]): {
  readonly statistic: number;
  readonly pValue: number;
} {
  const sorted = [...values].sort((a, b) => a - b);
  const n = sorted.length;
  let statistic = 0;
  sorted.forEach((v, i) => {
    statistic = Math.max(statistic, v - i / n, (i + 1) / n - v);
  });
  // Marsaglia, Tsang & Wang 2003, their approximation for the tail.
  const t = statistic * (Math.sqrt(n) + 0.12 + 0.11 / Math.sqrt(n));
  let pValue = 0;
  for (let k = 1; k <= 100; k++)
    pValue += 2 * (k % 2 === 1 ? 1 : -1) * Math.exp(-2 * k * k * t * t);
  return { statistic, pValue: t < 0.2 ? 1 : Math.min(1, Math.max(0, pValue)) };
}
