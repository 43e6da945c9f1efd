/** Gaps, overlaps and repeated packets: the chain sees each sample once, and starts anew at a gap. @module */
import { describe, expect, it } from 'vitest';
import { createRandom } from '../../../core/random.js';
import {
  advanceLiveStream,
  startLiveStream,
  type TimedGate,
} from '../../../models/das/live-stream.js';
import type { ChannelBlock } from '../../../models/das/processing/block.js';
import { cut } from './processing/blocks.js';

const CHANNELS = 60;
const RATE = 100;
const SECONDS = 50;
const ORIGIN_NS = 1_600_000_000_000_000_000n;
const distanceKm = Array.from({ length: CHANNELS }, (_, c) => 0.01 * c);

/** Noise around an offset of each channel, and waves at 3 km/s. */
function record(waves: readonly number[], offset = 0): ChannelBlock {
  const random = createRandom(5);
  const length = SECONDS * RATE;
  const samples = Float32Array.from({ length: CHANNELS * length }, (_, i) => {
    const c = Math.floor(i / length);
    const t = (i % length) / RATE - (distanceKm[c] as number) / 3;
    const sum = waves.reduce((total, at) => total + train(t - at), 0);
    return random.normal() + offset * (c + 1) + sum;
  });
  return { samples, channelCount: CHANNELS, sampleCount: length };
}

const train = (t: number): number =>
  t < 0 || t > 3 ? 0 : 30 * Math.sin(2 * Math.PI * 5 * t) * Math.exp(-t);

/** Runs packets `[from, to)`, s, through a stream, each stamped `shiftNs` off its place. */
function live(
  block: ChannelBlock,
  packets: readonly (readonly [number, number])[],
  shiftNs = (_: number) => 0n,
) {
  let stream = startLiveStream({ channelCount: CHANNELS, rateHz: RATE, distanceKm });
  const gates: TimedGate[] = [];
  const gaps: number[] = [];
  let [taken, repeated] = [0, 0];
  packets.forEach(([fromS, toS], i) => {
    const [from, to] = [Math.round(fromS * RATE), Math.round(toS * RATE)];
    const startNs = ORIGIN_NS + BigInt(from) * 10_000_000n + shiftNs(i);
    const out = advanceLiveStream({ stream, packet: { ...cut(block, from, to), startNs } });
    stream = out.stream;
    gates.push(...out.gates);
    if (out.gapS > 0) gaps.push(out.gapS);
    taken += out.taken;
    repeated += out.repeated;
  });
  return { gates, gaps, taken, repeated, stream };
}

const seconds = (from: number, to: number): [number, number][] =>
  Array.from({ length: to - from }, (_, i) => [from + i, from + i + 1]);

describe('live stream', () => {
  it('opens the same gates with overlapping and repeated packets as without', () => {
    const block = record([20, 40]);
    const clean = live(block, seconds(0, SECONDS));
    expect(clean.gates.length).toBeGreaterThan(2);
    const messy = seconds(0, SECONDS).flatMap(([from, to]): [number, number][] => [
      [Math.max(0, from - 0.3), to],
      [from, to],
      [Math.max(0, from - 5), Math.max(1, to - 5)],
    ]);
    const { gates, gaps, taken, repeated } = live(block, messy);
    expect(gates).toEqual(clean.gates);
    expect(gaps).toEqual([]);
    expect(taken).toBe(SECONDS * RATE);
    expect(repeated).toBeGreaterThan(2 * (SECONDS - 6) * RATE);
  });

  it('gives gates their absolute time, following the stamps of a clock that drifts', () => {
    const block = record([20]);
    const steady = live(block, seconds(0, SECONDS)).gates;
    const middleKm = 0.005 * ((steady[0]?.from ?? 0) + (steady[0]?.to ?? 0) - 1);
    const lateS = Number((steady[0]?.timeNs ?? 0n) - ORIGIN_NS) / 1e9 - (20 + middleKm / 3);
    expect(lateS).toBeGreaterThan(-0.05);
    expect(lateS).toBeLessThan(0.3);
    // 1 ms a packet: after ten packets more than half a sample in all, and still no gap.
    const drifting = live(block, seconds(0, SECONDS), (i) => BigInt(i) * 1_000_000n);
    expect(drifting.gaps).toEqual([]);
    expect(drifting.gates.length).toBe(steady.length);
    drifting.gates.forEach((gate, i) => {
      const shiftMs = Number(gate.timeNs - (steady[i]?.timeNs ?? 0n)) / 1e6;
      expect(shiftMs).toBeGreaterThan(18);
      expect(shiftMs).toBeLessThan(23);
    });
  });

  it('starts anew after a gap, as if the stream began there', () => {
    const block = record([12, 40]);
    const { gates, gaps } = live(block, [...seconds(0, 15), ...seconds(25, SECONDS)]);
    expect(gaps).toEqual([10]);
    const before = live(block, seconds(0, 15));
    const after = live(block, seconds(25, SECONDS));
    expect(before.gates.length).toBeGreaterThan(0);
    expect(after.gates.length).toBeGreaterThan(0);
    expect(gates).toEqual([...before.gates, ...after.gates]);
  });

  it('is blind at the edges of gaps: an offset that begins there opens nothing', () => {
    const block = record([], 200);
    const packets = [...seconds(0, 12), ...seconds(13, 26), ...seconds(29, SECONDS)];
    const { gates, gaps } = live(block, packets);
    expect(gaps).toEqual([1, 3]);
    expect(gates).toEqual([]);
  });

  it('takes a missing sample for a gap, a stamp a little off for none', () => {
    const block = record([]);
    const jitter = live(block, seconds(0, 10), (i) => (i % 2 === 0 ? 4_000_000n : 0n));
    expect(jitter.gaps).toEqual([]);
    const missing = live(block, [...seconds(0, 5), [5.01, 6]]);
    expect(missing.gaps).toEqual([0.01]);
  });
});
