/** The live chain: gates open for waves that cross the fibre, and only for those. @module */
import { describe, expect, it } from 'vitest';
import { createRandom } from '../../../core/random.js';
import { advanceLiveChain, type GateHook } from '../../../models/das/live-chain.js';
import { startLiveChain } from '../../../models/das/live-state.js';
import {
  DEFAULT_GATE_SETTINGS,
  gateGroups,
  type OpenGate,
} from '../../../models/das/moveout-gate.js';
import { describeWithSamples } from '../../support/sample-data.js';
import { readBrady } from './brady.js';
import { cut } from './processing/blocks.js';
import type { ChannelBlock } from '../../../models/das/processing/block.js';

const CHANNELS = 120;
const RATE = 200;
const SECONDS = 30;
const distanceKm = Array.from({ length: CHANNELS }, (_, c) => 0.01 * c);

/** Noise, plus what `add` puts on channel c at t seconds. */
function record(add: (c: number, t: number) => number): ChannelBlock {
  const random = createRandom(5);
  const length = SECONDS * RATE;
  const samples = Float32Array.from({ length: CHANNELS * length }, (_, i) => {
    return random.normal() + add(Math.floor(i / length), (i % length) / RATE);
  });
  return { samples, channelCount: CHANNELS, sampleCount: length };
}

/** A 5 Hz wave train that starts at time 0. */
const train = (t: number): number =>
  t < 0 || t > 3 ? 0 : 30 * Math.sin(2 * Math.PI * 5 * t) * Math.exp(-t);

function live(block: ChannelBlock, hook?: GateHook<number>, packetSamples = RATE) {
  let chain = startLiveChain({ channelCount: CHANNELS, rateHz: RATE, distanceKm });
  const gates: (OpenGate & { readonly packet: number })[] = [];
  const candidates: number[] = [];
  let [broken, usable] = [0, 0];
  for (let at = 0, packet = 0; at < block.sampleCount; at += packetSamples, packet++) {
    const part = cut(block, at, Math.min(block.sampleCount, at + packetSamples));
    const out = advanceLiveChain<number>({ chain, packet: part, ...(hook ? { hook } : {}) });
    chain = out.chain;
    gates.push(...out.gates.map((gate) => ({ ...gate, packet })));
    candidates.push(...out.candidates);
    broken += out.brokenChannels;
    usable = out.usableChannels;
  }
  return { gates, candidates, broken, usable };
}

describe('gates', () => {
  it('open for a wave at 3 km/s, once a group, at its time and slowness', () => {
    const block = record((c, t) => train(t - 15 - (distanceKm[c] as number) / 3));
    const { gates } = live(block);
    const groups = gateGroups(CHANNELS, DEFAULT_GATE_SETTINGS);
    expect(gates.map(({ from, to }) => ({ from, to }))).toEqual(groups);
    for (const gate of gates) {
      const middle = 0.005 * (gate.from + gate.to - 1);
      expect(gate.timeS - (15 + middle / 3)).toBeGreaterThan(-0.05);
      expect(gate.timeS - (15 + middle / 3)).toBeLessThan(0.3);
      expect(Math.abs(gate.slownessSKm - 1 / 3)).toBeLessThan(0.35);
      expect(gate.packet).toBeLessThanOrEqual(16);
      expect(gate.agreeing).toBeGreaterThan(30);
      expect(gate.ratio).toBeGreaterThan(4);
    }
  });

  it.each([
    ['quiet noise', () => 0],
    [
      'a car at 20 m/s',
      (c: number, t: number) => 3 * train(t - 6 - (distanceKm[c] as number) / 0.02),
    ],
    ['steps that all channels see', (_: number, t: number) => (t > 12 ? 500 : 0)],
    ['a burst in all channels at once', (_: number, t: number) => 20 * train(t - 12)],
    [
      'spikes of five neighbours',
      (c: number, t: number) => (c >= 50 && c < 55 && t === 14 ? 5000 : 0),
    ],
  ])('stay shut for %s', (_, add) => {
    expect(live(record(add)).gates).toEqual([]);
  });

  it('do not depend on the length of packets', () => {
    const block = record((c, t) => train(t - 15 - (distanceKm[c] as number) / 3));
    const times = (packetSamples: number) => {
      const { gates } = live(block, undefined, packetSamples);
      return new Set(gates.map((gate) => gate.from));
    };
    expect(times(37)).toEqual(times(200));
    expect(times(6000).size).toBeGreaterThan(0);
  });
});

describe('the hook', () => {
  it('gets the samples up to the gate and hands candidates on', () => {
    const block = record((c, t) => train(t - 15 - (distanceKm[c] as number) / 3));
    const seen: number[] = [];
    const { candidates, gates } = live(block, ({ gate, block: context, rateHz, startS }) => {
      expect(rateHz).toBe(100);
      expect(context.channelCount).toBe(gate.to - gate.from);
      // The wave is in the samples where the gate says: loud after, quiet before.
      const at = Math.round((gate.timeS - startS) * rateHz);
      const row = context.samples.subarray(0, context.sampleCount);
      const loud = (from: number, to: number) =>
        Math.max(...row.subarray(from, to).map((x) => Math.abs(x)));
      expect(loud(at, at + 30)).toBeGreaterThan(3 * loud(at - 200, at - 40));
      seen.push(startS);
      return [gate.from];
    });
    expect(candidates).toEqual(gates.map((gate) => gate.from));
    expect(seen.every((startS) => startS === 0)).toBe(true);
  });
});

describe('bad channels', () => {
  it('do not count: dead, far too loud, or with samples that are no numbers', () => {
    const block = record((c, t) => (c < 10 ? 1e4 * Math.sin(2 * Math.PI * (3 + 0.3 * c) * t) : 0));
    block.samples.fill(0, 20 * block.sampleCount, 30 * block.sampleCount);
    block.samples[40 * block.sampleCount + 700] = Number.NaN;
    const { usable, broken, gates } = live(block);
    expect(broken).toBe(1);
    expect(gates).toEqual([]);
    // Ten far too loud, ten dead.
    expect(usable).toBe(CHANNELS - 20);
  });

  it('want a packet of all channels', () => {
    const chain = startLiveChain({ channelCount: CHANNELS, rateHz: RATE, distanceKm });
    const packet = { samples: new Float32Array(200), channelCount: 1, sampleCount: 200 };
    expect(() => advanceLiveChain({ chain, packet })).toThrow(/1 channels for a chain of 120/);
    expect(() => startLiveChain({ channelCount: 3, rateHz: RATE, distanceKm })).toThrow(
      /120 distances/,
    );
  });
});

describeWithSamples('the Brady earthquake', ['das/brady_eq_daspy_example_f32.h5'], () => {
  it('opens gates at P and at S, not before', () => {
    const brady = readBrady();
    const samples = new Float32Array(500 * 5000);
    for (let c = 0; c < 500; c++) samples.set(brady.channel(c), c * 5000);
    const block = { samples, channelCount: 500, sampleCount: 5000 };
    let chain = startLiveChain({
      channelCount: 500,
      rateHz: 100,
      distanceKm: Array.from({ length: 500 }, (_, c) => 0.001 * c),
      settings: { decimation: 1 },
    });
    const times: number[] = [];
    for (let at = 0; at < 5000; at += 100) {
      const out = advanceLiveChain({ chain, packet: cut(block, at, at + 100) });
      chain = out.chain;
      times.push(...out.gates.map((gate) => gate.timeS));
    }
    expect(times.length).toBeGreaterThan(10);
    expect(Math.min(...times)).toBeGreaterThan(8);
    expect(Math.min(...times)).toBeLessThan(9.5);
    expect(times.some((t) => t > 28 && t < 30)).toBe(true);
  });
});
