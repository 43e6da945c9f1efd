/**
 * Central interval of a binomial count. In: trials, probability, what may lie outside. Out: counts.
 * @module
 */
import { logGamma } from '../../../models/numerics/special.js';

/** Least and most successes, each tail holding at most `alpha / 2`. */
export function binomialInterval(n: number, p: number, alpha: number): readonly [number, number] {
  const mass = (k: number): number =>
    Math.exp(
      logGamma(n + 1) -
        logGamma(k + 1) -
        logGamma(n - k + 1) +
        k * Math.log(p) +
        (n - k) * Math.log(1 - p),
    );
  let low = 0;
  for (let below = mass(0); low < n && below <= alpha / 2; below += mass(low)) low++;
  let high = n;
  for (let above = mass(n); high > 0 && above <= alpha / 2; above += mass(high)) high--;
  return [low, high];
}
