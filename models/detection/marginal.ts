/** Equally weighted samples of one parameter in, its marginal out. Pure. @module */
import type { Marginal } from '../../core/quake.js';

/** Mean, standard deviation and quantiles of at least one sample, in the samples' unit. */
export function marginalOf(samples: Float64Array): Marginal {
  const sorted = samples.slice().sort();
  const n = sorted.length;
  const mean = sorted.reduce((a, b) => a + b, 0) / n;
  const sd = Math.sqrt(sorted.reduce((sum, v) => sum + (v - mean) ** 2, 0) / n);
  const at = (share: number): number => sorted[Math.min(n - 1, Math.floor(share * n))] as number;
  return { mean, sd, p05: at(0.05), p50: at(0.5), p95: at(0.95) };
}
