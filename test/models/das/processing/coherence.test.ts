/** Slant stacks, ground motion and channel verdicts on waves that are known exactly. @module */
import { describe, expect, it } from 'vitest';
import type { ChannelBlock } from '../../../../models/das/processing/block.js';
import { channelQuality } from '../../../../models/das/processing/channel-quality.js';
import { strainToMotion } from '../../../../models/das/processing/ground-motion.js';
import { semblanceScore, slantStack } from '../../../../models/das/processing/slant-stack.js';
import { noiseBlock } from './blocks.js';

const RATE = 100;
const CHANNELS = 30;
const SAMPLES = 1000;
const distanceKm = Array.from({ length: CHANNELS }, (_, i) => 0.01 * i);
const middleKm = 0.145;
const scan = { maxSKm: 1, steps: 50 };
const windows = { rateHz: RATE, distanceKm, scan, windowSamples: 50, hopSamples: 10 };

/** Ground velocity of a plane wave at 5 s in the middle, m/s, as a function of time there. */
const velocity = (t: number): number =>
  1e-6 * Math.exp(-(((t - 5) / 0.3) ** 2)) * Math.cos(2 * Math.PI * 4 * (t - 5));

/** Its strain: -p v. */
function strain(slownessSKm: number, noise = 0): ChannelBlock {
  const random = noiseBlock(CHANNELS, SAMPLES, 9).samples;
  const samples = Float32Array.from({ length: CHANNELS * SAMPLES }, (_, i) => {
    const offset = (distanceKm[Math.floor(i / SAMPLES)] as number) - middleKm;
    const t = (i % SAMPLES) / RATE - slownessSKm * offset;
    return -(slownessSKm / 1000) * velocity(t) + noise * (random[i] as number);
  });
  return { samples, channelCount: CHANNELS, sampleCount: SAMPLES };
}

describe('slant stack', () => {
  it.each([0.4, -0.2, 0.7])('finds a wave of %f s/km', (slowness) => {
    const stack = slantStack({ ...windows, block: strain(slowness) });
    const at = stack.atSample.findIndex((sample) => sample >= 500);
    expect(stack.slownessSKm[at]).toBeCloseTo(slowness, 6);
    expect(stack.semblance[at]).toBeGreaterThan(0.98);
  });

  it('gives the semblance of its definition for unshifted channels', () => {
    const block = noiseBlock(5, 40, 2);
    const { semblance } = slantStack({
      block,
      rateHz: RATE,
      distanceKm: [0, 0, 0, 0, 0],
      scan: { maxSKm: 0, steps: 0 },
      windowSamples: 40,
      hopSamples: 40,
    });
    let [top, bottom] = [0, 0];
    for (let t = 0; t < 40; t++) {
      const values = [0, 1, 2, 3, 4].map((c) => block.samples[c * 40 + t] as number);
      top += values.reduce((a, b) => a + b, 0) ** 2;
      bottom += 5 * values.reduce((a, b) => a + b * b, 0);
    }
    expect(semblance).toHaveLength(1);
    expect(semblance[0]).toBeCloseTo(top / bottom, 12);
  });

  it('stands far above its noise only where the wave is', () => {
    const { semblance, atSample } = slantStack({ ...windows, block: strain(0.3, 1e-10) });
    const score = semblanceScore({ semblance, baseline: 20, gap: 5 });
    const known = [...score].map((s) => (Number.isNaN(s) ? 0 : s));
    const best = known.indexOf(Math.max(...known));
    expect(Math.abs((atSample[best] as number) - 500)).toBeLessThan(40);
    expect(score[best]).toBeGreaterThan(8);
    expect(score[0]).toBeNaN();
    const quiet = [...score].filter((_, i) => (atSample[i] as number) < 400 && i > 25);
    expect(Math.max(...quiet)).toBeLessThan(6);
  });

  it('wants a distance a channel', () => {
    expect(() => slantStack({ ...windows, block: strain(0.1), distanceKm: [0] })).toThrow(
      /1 distances for 30/,
    );
  });
});

describe('strain to velocity', () => {
  it.each([0.4, -0.24])('gives back the ground velocity of a wave of %f s/km', (slowness) => {
    const input = { ...windows, block: strain(slowness), minSKm: 0.05, minSemblance: 0.5 };
    const { motion, slownessSKm } = strainToMotion(input);
    // Channel 14, 5 m before the middle, is the nearest one.
    const offset = (distanceKm[14] as number) - middleKm;
    for (let i = 440; i < 560; i++) {
      const expected = velocity(i / RATE - slowness * offset);
      expect(Math.abs((motion[i] as number) - expected)).toBeLessThan(2e-9);
      expect(slownessSKm[i]).toBeCloseTo(slowness, 6);
    }
  });

  it('does not divide by a slowness near zero', () => {
    const samples = Float32Array.from({ length: CHANNELS * SAMPLES }, (_, i) =>
      velocity((i % SAMPLES) / RATE),
    );
    const block = { samples, channelCount: CHANNELS, sampleCount: SAMPLES };
    const { motion } = strainToMotion({ ...windows, block, minSKm: 0.05, minSemblance: 0.5 });
    expect(motion.slice(440, 560).every((x) => x === 0)).toBe(true);
  });
});

describe('channel quality', () => {
  it('names dead, saturated, noisy and broken channels', () => {
    const block = noiseBlock(40, 1600, 4);
    const row = (c: number) => block.samples.subarray(c * 1600, (c + 1) * 1600);
    row(3).fill(0.25);
    row(7).forEach((x, i, r) => (r[i] = Math.max(-0.8, Math.min(0.8, x))));
    row(11).forEach((x, i, r) => (r[i] = 30 * x));
    row(20)[17] = Number.NaN;
    // An earthquake is no noise.
    row(30).forEach((x, i, r) => (r[i] = i > 1000 ? 100 * x : x));
    const { verdicts, usable } = channelQuality({ block });
    const odd = verdicts.flatMap((verdict, c) => (verdict === 'good' ? [] : [[c, verdict]]));
    expect(odd).toEqual([
      [3, 'dead'],
      [7, 'saturated'],
      [11, 'noisy'],
      [20, 'not-finite'],
    ]);
    expect(usable.reduce((a, b) => a + b, 0)).toBe(36);
  });

  it('takes the full scale when it is known', () => {
    const block = noiseBlock(6, 1600, 4);
    const { verdicts } = channelQuality({ block, limits: { fullScale: 0.9 } });
    expect(new Set(verdicts)).toEqual(new Set(['saturated']));
  });
});
