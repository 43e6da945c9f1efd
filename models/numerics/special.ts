/**
 * Special functions and log-domain sums, accurate enough for likelihoods.
 * @module
 */

const SQRT2 = Math.SQRT2;
const LOG_2PI = Math.log(2 * Math.PI);

/**
 * Complementary error function, relative error < 1.2e-7 everywhere (Numerical Recipes, Chebyshev
 * fit `erfcc`).
 */
export function erfc(x: number): number {
  const z = Math.abs(x);
  const t = 1 / (1 + 0.5 * z);
  const polynomial =
    -z * z -
    1.26551223 +
    t *
      (1.00002368 +
        t *
          (0.37409196 +
            t *
              (0.09678418 +
                t *
                  (-0.18628806 +
                    t *
                      (0.27886807 +
                        t *
                          (-1.13520398 +
                            t * (1.48851587 + t * (-0.82215223 + t * 0.17087277))))))));
  const value = t * Math.exp(polynomial);
  return x >= 0 ? value : 2 - value;
}

/** Standard normal distribution function. */
export function normalCdf(x: number): number {
  return 0.5 * erfc(-x / SQRT2);
}

/** log of normalCdf, also far in the lower tail, where normalCdf underflows. */
export function logNormalCdf(x: number): number {
  if (x > -25) return Math.log(normalCdf(x));
  return -0.5 * x * x - 0.5 * LOG_2PI - Math.log(-x);
}

/** log density of N(0, sigma^2) at x. */
export function logNormalDensity(x: number, sigma: number): number {
  const z = x / sigma;
  return -0.5 * z * z - Math.log(sigma) - 0.5 * LOG_2PI;
}

const LANCZOS = [
  676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059,
  12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
] as const;

/** log of the gamma function for x > 0 (Lanczos, g = 7, relative error about 1e-14). */
export function logGamma(x: number): number {
  if (x < 0.5) return Math.log(Math.PI / Math.abs(Math.sin(Math.PI * x))) - logGamma(1 - x);
  const y = x - 1;
  let sum = 0.99999999999980993;
  for (let i = 0; i < LANCZOS.length; i++) sum += (LANCZOS[i] as number) / (y + i + 1);
  const t = y + 7.5;
  return 0.5 * LOG_2PI + (y + 0.5) * Math.log(t) - t + Math.log(sum);
}

/** log sum exp; -Infinity for an empty or all -Infinity list. */
export function logSumExp(values: ArrayLike<number>): number {
  let max = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < values.length; i++) max = Math.max(max, values[i] as number);
  if (max === Number.NEGATIVE_INFINITY) return max;
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += Math.exp((values[i] as number) - max);
  return max + Math.log(sum);
}

/** 1 / (1 + exp(-x)) without overflow. */
export function logistic(x: number): number {
  return x >= 0 ? 1 / (1 + Math.exp(-x)) : Math.exp(x) / (1 + Math.exp(x));
}

/**
 * Distribution function of two halves of a Student-t with even `nu` degrees of freedom, joined at
 * their mode 0: scale `early` below it, `late` above. Finite sum of Abramowitz & Stegun 26.7.4.
 */
export function splitStudentCdf(x: number, early: number, late: number, nu: number): number {
  const z = x / (x < 0 ? early : late);
  const c2 = nu / (nu + z * z);
  let term = 1;
  let sum = 1;
  for (let k = 2; k < nu; k += 2) {
    term *= (c2 * (k - 1)) / k;
    sum += term;
  }
  // P(|T| < |z|): sine times the sum.
  const inside = Math.sqrt(1 - c2) * sum;
  const share = x < 0 ? early * (1 - inside) : early + late * inside;
  return share / (early + late);
}
