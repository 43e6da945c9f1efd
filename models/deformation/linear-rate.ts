/**
 * In: cumulative displacement at epochs. Out: the straight line through it with its errors.
 * @module
 */

/** Line y = rate * t + intercept; NaN where it is undefined. */
export interface LinearRate {
  readonly rate: number;
  readonly intercept: number;
  /** Standard error of the rate from the scatter about the line; NaN with fewer than 3 epochs. */
  readonly rateSd: number;
  readonly rSquared: number;
  readonly samples: number;
}

/**
 * Ordinary least squares over the epochs that have a value (NaN = none). Units are those of
 * `values` and `times`. The error is that of scipy.stats.linregress, as PyRate reports it.
 */
export function fitLinearRate(times: ArrayLike<number>, values: ArrayLike<number>): LinearRate {
  let n = 0;
  let sumT = 0;
  let sumY = 0;
  for (let i = 0; i < times.length; i++) {
    if (Number.isNaN(values[i] as number)) continue;
    n++;
    sumT += times[i] as number;
    sumY += values[i] as number;
  }
  const [meanT, meanY] = [sumT / n, sumY / n];
  let tt = 0;
  let ty = 0;
  let yy = 0;
  for (let i = 0; i < times.length; i++) {
    if (Number.isNaN(values[i] as number)) continue;
    const t = (times[i] as number) - meanT;
    const y = (values[i] as number) - meanY;
    tt += t * t;
    ty += t * y;
    yy += y * y;
  }
  if (n < 2 || tt === 0) {
    const none = Number.NaN;
    return { rate: none, intercept: none, rateSd: none, rSquared: none, samples: n };
  }
  const rate = ty / tt;
  const scatter = Math.max(0, yy - rate * ty);
  return {
    rate,
    intercept: meanY - rate * meanT,
    rateSd: n > 2 ? Math.sqrt(scatter / (n - 2) / tt) : Number.NaN,
    rSquared: yy > 0 ? (ty * ty) / (tt * yy) : Number.NaN,
    samples: n,
  };
}
