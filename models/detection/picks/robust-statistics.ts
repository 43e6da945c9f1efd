/** Small statistics of the learners. Pure. @module */

/** Middle value; 0 of none. */
export function median(values: readonly number[]): number {
  if (values.length === 0) return 0;
  const sorted = Float64Array.from(values).sort();
  return sorted[sorted.length >> 1] as number;
}

/** Mean, or `fallback` of none. */
export function mean(values: readonly number[], fallback: number): number {
  return values.length === 0 ? fallback : values.reduce((a, b) => a + b, 0) / values.length;
}

/** Standard deviation, or `fallback` of fewer than two. */
export function deviation(values: readonly number[], fallback: number): number {
  if (values.length < 2) return fallback;
  const m = mean(values, 0);
  return Math.sqrt(values.reduce((sum, v) => sum + (v - m) ** 2, 0) / values.length);
}
