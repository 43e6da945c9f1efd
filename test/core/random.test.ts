import { describe, expect, it } from 'vitest';
import { createRandom, seedFromText, type Random } from '../../core/random.js';

const COUNT = 40_000;

function draw(random: Random, pick: (random: Random) => number, count = COUNT): number[] {
  return Array.from({ length: count }, () => pick(random));
}

function moments(values: readonly number[]): { mean: number; variance: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  return { mean, variance };
}

/** Mean and variance within five standard errors, given the fourth central moment. */
function expectMoments(
  values: readonly number[],
  truth: { mean: number; variance: number; fourth: number },
): void {
  const { mean, variance } = moments(values);
  const n = values.length;
  expect(Math.abs(mean - truth.mean)).toBeLessThan(5 * Math.sqrt(truth.variance / n));
  const sigma = Math.sqrt((truth.fourth - truth.variance ** 2) / n);
  expect(Math.abs(variance - truth.variance)).toBeLessThan(5 * sigma);
}

describe('random numbers', () => {
  it('are those of xoshiro128** for this state of the seed, on every machine', () => {
    const random = createRandom(1);
    const first = [random.uniform(), random.uniform(), random.normal(), random.integer(1000)];
    const again = createRandom(1);
    expect([again.uniform(), again.uniform(), again.normal(), again.integer(1000)]).toEqual(first);
    // Multiples of 2^-32: nothing of them depends on a libm.
    expect(draw(createRandom(42), (r) => r.uniform() * 2 ** 32, 100).every(Number.isInteger)).toBe(
      true,
    );
  });

  it('every kind of draw is reproducible', () => {
    const all = (r: Random): number =>
      r.uniform() + r.normal() + r.integer(7) + r.exponential() + r.poisson(3.5) + r.poisson(100);
    expect(draw(createRandom(7), all, 200)).toEqual(draw(createRandom(7), all, 200));
    expect(draw(createRandom(7), all, 5)).not.toEqual(draw(createRandom(8), all, 5));
  });

  it('uniform: moments, range and no empty bin', () => {
    const values = draw(createRandom(3), (r) => r.uniform());
    expectMoments(values, { mean: 1 / 2, variance: 1 / 12, fourth: 1 / 80 });
    expect(values.every((value) => value >= 0 && value < 1)).toBe(true);
    const bins = new Array<number>(100).fill(0);
    for (const value of values) bins[Math.floor(value * 100)]! += 1;
    const chiSquare = bins.reduce((sum, n) => sum + (n - 400) ** 2 / 400, 0);
    // 99 degrees of freedom: mean 99, standard deviation 14.
    expect(chiSquare).toBeGreaterThan(45);
    expect(chiSquare).toBeLessThan(170);
  });

  it('normal: moments and tails', () => {
    const values = draw(createRandom(4), (r) => r.normal());
    expectMoments(values, { mean: 0, variance: 1, fourth: 3 });
    const outside = values.filter((value) => Math.abs(value) > 1.959964).length / COUNT;
    expect(outside).toBeGreaterThan(0.0445);
    expect(outside).toBeLessThan(0.0555);
    expect(values.every(Number.isFinite)).toBe(true);
  });

  it('the two values of a Box-Muller pair are uncorrelated', () => {
    const values = draw(createRandom(5), (r) => r.normal());
    let sum = 0;
    for (let i = 0; i + 1 < COUNT; i += 2) sum += values[i]! * values[i + 1]!;
    expect(Math.abs(sum / (COUNT / 2))).toBeLessThan(5 / Math.sqrt(COUNT / 2));
  });

  it('exponential: moments', () => {
    const values = draw(createRandom(6), (r) => r.exponential());
    expectMoments(values, { mean: 1, variance: 1, fourth: 9 });
    expect(values.every((value) => value >= 0 && Number.isFinite(value))).toBe(true);
  });

  it.each([0.1, 1, 12.5, 29.9, 30.1, 61, 1000])('Poisson of mean %d: moments', (mean) => {
    const values = draw(createRandom(9), (r) => r.poisson(mean), 8000);
    expectMoments(values, { mean, variance: mean, fourth: mean + 3 * mean ** 2 });
    expect(values.every((value) => Number.isInteger(value) && value >= 0)).toBe(true);
  });

  it('Poisson of mean 0 is 0', () => {
    expect(draw(createRandom(9), (r) => r.poisson(0), 100).every((value) => value === 0)).toBe(
      true,
    );
  });

  it('integers are evenly spread', () => {
    const counts = [0, 0, 0, 0, 0, 0];
    for (const value of draw(createRandom(10), (r) => r.integer(6))) counts[value]! += 1;
    for (const n of counts) {
      expect(Math.abs(n - COUNT / 6)).toBeLessThan(5 * Math.sqrt((COUNT * 5) / 36));
    }
  });

  it('neighbouring seeds give unrelated streams', () => {
    const length = 2000;
    const streams = Array.from({ length: 30 }, (_, seed) =>
      draw(createRandom(seed), (r) => r.uniform() - 0.5, length),
    );
    const sigma = 1 / 12 / Math.sqrt(length);
    for (let seed = 0; seed + 1 < streams.length; seed++) {
      for (const lag of [0, 1, 2, 3, 4]) {
        let sum = 0;
        for (let i = 0; i + lag < length; i++) {
          sum += streams[seed]![i]! * streams[seed + 1]![i + lag]!;
        }
        expect(Math.abs(sum / length)).toBeLessThan(5 * sigma);
      }
    }
    // The first draw of each seed is uniform too: windows use one draw of many seeds.
    const first = Array.from({ length: COUNT }, (_, seed) => createRandom(seed).uniform());
    expectMoments(first, { mean: 1 / 2, variance: 1 / 12, fourth: 1 / 80 });
  });

  it('seeds of texts are FNV-1a', () => {
    // Test vectors of the FNV specification (draft-eastlake-fnv, 32 bits).
    expect(seedFromText('')).toBe(0x811c9dc5);
    expect(seedFromText('a')).toBe(0xe40c292c);
    expect(seedFromText('foobar')).toBe(0xbf9cf968);
  });
});
