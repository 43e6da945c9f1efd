/**
 * Onset by the Akaike information criterion on the samples themselves (Maeda 1985). In: a stretch
 * that holds one onset. Out: the sample that best splits it into noise and signal.
 * @module
 */

/**
 * Entry i is AIC for a split after sample i, k = i + 1 samples before it:
 * k log var(x[0..k)) + (n - k - 1) log var(x[k..n)), natural log, a part of variance 0 counting 0;
 * the last entry repeats the one before. The same as ObsPy's `aic_simple`. Shape [n].
 */
export function aicCurve(samples: ArrayLike<number>): Float64Array {
  const n = samples.length;
  const curve = new Float64Array(n);
  if (n <= 2) return curve;
  // Sums of deviations from the overall mean: var = (S2 - S1^2 / m) / m loses no digits then.
  let mean = 0;
  for (let i = 0; i < n; i++) mean += (samples[i] as number) / n;
  const sum = new Float64Array(n + 1);
  const squares = new Float64Array(n + 1);
  for (let i = 0; i < n; i++) {
    const x = (samples[i] as number) - mean;
    sum[i + 1] = (sum[i] as number) + x;
    squares[i + 1] = (squares[i] as number) + x * x;
  }
  const logVariance = (from: number, to: number): number => {
    const m = to - from;
    const s1 = (sum[to] as number) - (sum[from] as number);
    const s2 = (squares[to] as number) - (squares[from] as number);
    const variance = (s2 - (s1 * s1) / m) / m;
    // Rounding leaves a trace of variance in a constant stretch.
    return variance > 1e-14 * ((s2 + s1 * s1) / m) ? Math.log(variance) : 0;
  };
  for (let i = 0; i < n - 1; i++) {
    curve[i] = (i + 1) * logVariance(0, i + 1) + (n - i - 2) * logVariance(i + 1, n);
  }
  curve[n - 1] = curve[n - 2] as number;
  return curve;
}

/**
 * First sample after the best split; null for stretches too short to split (under 12 samples). The
 * four samples at each end are not tried: their variances mean little.
 */
export function aicOnset(samples: ArrayLike<number>): number | null {
  if (samples.length < 12) return null;
  const curve = aicCurve(samples);
  let best = 4;
  for (let i = 5; i < curve.length - 5; i++) {
    if ((curve[i] as number) < (curve[best] as number)) best = i;
  }
  return best + 1;
}
