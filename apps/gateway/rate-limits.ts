/**
 * In: names and the time. Out: whether a name may pass: a token bucket each.
 * @module
 */

export interface RateLimiter {
  /** Takes one token; false when the name is over its rate. */
  pass(name: string): boolean;
}

/** Buckets hold `burst` tokens and fill with `rateHz` a second. Idle full buckets are forgotten. */
export function createRateLimiter(input: {
  readonly rateHz: number;
  readonly burst: number;
  readonly maxNames: number;
  readonly nowMs: () => number;
}): RateLimiter {
  const { rateHz, burst, maxNames, nowMs } = input;
  const buckets = new Map<string, { tokens: number; atMs: number }>();
  const level = (bucket: { tokens: number; atMs: number }, now: number): number =>
    Math.min(burst, bucket.tokens + (Math.max(0, now - bucket.atMs) * rateHz) / 1000);
  return {
    pass(name) {
      const now = nowMs();
      const bucket = buckets.get(name);
      if (!bucket) {
        if (buckets.size >= maxNames) {
          for (const [other, state] of buckets) {
            if (level(state, now) >= burst) buckets.delete(other);
          }
          // Nothing idle: more names at once than the gateway was made for.
          if (buckets.size >= maxNames) return false;
        }
        buckets.set(name, { tokens: burst - 1, atMs: now });
        return true;
      }
      bucket.tokens = level(bucket, now);
      bucket.atMs = now;
      if (bucket.tokens < 1) return false;
      bucket.tokens -= 1;
      return true;
    },
  };
}
