/**
 * Deterministic random numbers: xoshiro128** seeded by splitmix32. The same seed gives the same
 * numbers on every machine. Not for cryptography.
 * @module
 */
export interface Random {
  /** Uniform in [0, 1), 32 bits. */
  uniform(): number;
  /** Standard normal (Box-Muller, both values used). */
  normal(): number;
  /** Integer in [0, n). */
  integer(n: number): number;
  /** Exponential with mean 1. */
  exponential(): number;
  /** Poisson with the given mean. */
  poisson(mean: number): number;
}

/** Makes a generator. `seed` is any integer; seeds that differ by 1 give unrelated streams. */
export function createRandom(seed: number): Random {
  let mix = seed >>> 0;
  const next32 = (): number => {
    mix = (mix + 0x9e3779b9) >>> 0;
    let z = mix;
    z = Math.imul(z ^ (z >>> 16), 0x85ebca6b);
    z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35);
    return (z ^ (z >>> 16)) >>> 0;
  };
  let [a, b, c, d] = [next32(), next32(), next32(), next32()];
  let spare: number | null = null;
  const rotl = (x: number, k: number): number => ((x << k) | (x >>> (32 - k))) >>> 0;

  const uniform = (): number => {
    const result = Math.imul(rotl(Math.imul(b, 5), 7), 9) >>> 0;
    const t = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= t;
    d = rotl(d, 11);
    return result / 4294967296;
  };
  const normal = (): number => {
    if (spare !== null) {
      const value = spare;
      spare = null;
      return value;
    }
    const radius = Math.sqrt(-2 * Math.log(1 - uniform()));
    const angle = 2 * Math.PI * uniform();
    spare = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  };
  const poisson = (mean: number): number => {
    if (mean > 30) {
      // Split: a Poisson sum is Poisson, and the product method underflows for large means.
      const half = Math.floor(mean / 2);
      return poisson(half) + poisson(mean - half);
    }
    const limit = Math.exp(-mean);
    let product = uniform();
    let count = 0;
    while (product > limit) {
      product *= uniform();
      count++;
    }
    return count;
  };
  return {
    uniform,
    normal,
    integer: (n) => Math.floor(uniform() * n),
    exponential: () => -Math.log(1 - uniform()),
    poisson,
  };
}

/** A 32-bit seed from text (FNV-1a), so that a window key or run name can seed a run. */
export function seedFromText(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) {
    hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  }
  return hash >>> 0;
}
