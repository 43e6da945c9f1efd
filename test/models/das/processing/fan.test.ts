/** f-k fan filter: equal to numpy and DASCore, keeps what it should, the same bytes in packets. @module */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ChannelBlock } from '../../../../models/das/processing/block.js';
import { fanFilter } from '../../../../models/das/processing/fan-filter.js';
import type { Fan } from '../../../../models/das/processing/fan-plan.js';
import { fanStreamBlock, startFanStream } from '../../../../models/das/processing/fan-stream.js';
import { peersOf } from '../../../support/peers.js';
import { anyCuts, bytesOf, cut, inPackets, noiseBlock, relativeError } from './blocks.js';

const { describeWithPeers, runPeer } = peersOf('das');
const FAN: Fan = {
  rateHz: 100,
  channelSpacingM: 10,
  speedsMPerS: [1000, 1500, Infinity, Infinity],
};

/** A wave packet of 8 Hz crossing 160 channels at the given speed, middle of the block. */
function wave(speedMPerS: number): ChannelBlock {
  const [channelCount, sampleCount] = [160, 600];
  const samples = Float32Array.from({ length: channelCount * sampleCount }, (_, i) => {
    const x = (Math.floor(i / sampleCount) - channelCount / 2) * FAN.channelSpacingM;
    const t = ((i % sampleCount) - sampleCount / 2) / FAN.rateHz - x / speedMPerS;
    return Math.exp(-((t / 0.15) ** 2)) * Math.cos(2 * Math.PI * 8 * t);
  });
  return { samples, channelCount, sampleCount };
}

const power = (block: ChannelBlock): number => block.samples.reduce((sum, x) => sum + x * x, 0);

describe('what passes', () => {
  it.each([
    [3000, 0.9, 1.02],
    [-4000, 0.9, 1.02],
    [500, 0, 0.02],
    [-300, 0, 0.02],
  ])('a wave at %i m/s', (speed, least, most) => {
    const block = wave(speed);
    const share = power(fanFilter({ fan: { ...FAN, taperShare: 0 }, block })) / power(block);
    expect(share).toBeGreaterThanOrEqual(least);
    expect(share).toBeLessThanOrEqual(most);
  });

  it('nothing that all channels see at once when there is an upper limit', () => {
    const block = wave(1e9);
    const fan: Fan = { ...FAN, speedsMPerS: [1000, 1500, 8000, 12_000], taperShare: 0 };
    const middle = { from: 70, to: 90 };
    const kept = fanFilter({ fan, block });
    const energy = (b: ChannelBlock) =>
      power({
        ...b,
        samples: b.samples.subarray(middle.from * b.sampleCount, middle.to * b.sampleCount),
      });
    expect(energy(kept) / energy(block)).toBeLessThan(0.02);
  });

  it('an empty block', () => {
    const block = { samples: new Float32Array(0), channelCount: 0, sampleCount: 10 };
    expect(fanFilter({ fan: FAN, block }).samples.length).toBe(0);
  });

  it('no fan whose speeds do not ascend', () => {
    const fan: Fan = { ...FAN, speedsMPerS: [1500, 1000, 5000, 6000] };
    expect(() => fanFilter({ fan, block: noiseBlock(4, 8) })).toThrow(/1500, 1000/);
  });
});

describe('as a stream', () => {
  const block = noiseBlock(9, 260, 5);
  const start = startFanStream({ fan: FAN, channelCount: 9, windowSamples: 60, blindSamples: 8 });
  const step = (state: typeof start, part: ChannelBlock) => fanStreamBlock({ state, block: part });

  it('gives the same bytes however it is cut', () => {
    const whole = step(start, block);
    expect(whole.block.sampleCount).toBe(220);
    expect(whole.firstSample).toBe(8);
    fc.assert(
      fc.property(anyCuts(260), (cuts) => {
        const parts = inPackets({ block, cuts, start, step });
        expect(bytesOf(parts.block)).toBe(bytesOf(whole.block));
        expect(parts.state).toEqual(whole.state);
      }),
      { numRuns: 15 },
    );
  });

  it('has no seams: a wave comes through as through one window', () => {
    const signal = wave(3000);
    const fan = { ...FAN, taperShare: 0 };
    const stream = startFanStream({ fan, channelCount: 160, windowSamples: 240, blindSamples: 40 });
    const { block: out, firstSample } = fanStreamBlock({ state: stream, block: signal });
    const expected = cut(
      fanFilter({ fan, block: signal }),
      firstSample,
      firstSample + out.sampleCount,
    );
    expect(relativeError(out.samples, expected.samples)).toBeLessThan(0.05);
  });

  it('needs something between the blind ends', () => {
    const windows = { fan: FAN, channelCount: 3, windowSamples: 20, blindSamples: 10 };
    expect(() => startFanStream(windows)).toThrow(/20 samples, 10 blind/);
  });
});

describeWithPeers('beside numpy and DASCore', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'fan-'));
  const [channels, samples] = [90, 300];
  const block = noiseBlock(channels, samples, 11);
  const file = path.join(folder, 'block.f32');
  writeFileSync(file, block.samples);
  const PEER = `
import json, sys, numpy as np, dascore as dc
from scipy.signal.windows import tukey
x = np.fromfile(sys.argv[1], dtype='<f4').reshape(${channels}, ${samples}).astype('f8')
def fan(x, rate, dx, a, b, c, d, shape):
    f = np.fft.fftfreq(shape[1], 1 / rate)[None, :]; k = np.fft.fftfreq(shape[0], dx)[:, None]
    with np.errstate(divide='ignore', invalid='ignore'):
        v = np.where(f == 0, 0, np.abs(f) / np.abs(k))
    g = np.where(v <= a, 0, np.where(v < b, np.sin(np.pi / 2 * (v - a) / (b - a)), 1.0))
    with np.errstate(invalid='ignore'):
        g = np.where(v >= d, 0, np.where(v > c, g * np.cos(np.pi / 2 * (v - c) / (d - c)), g))
    y = np.fft.ifft2(np.fft.fft2(x, s=shape) * g).real
    return y[:x.shape[0], :x.shape[1]]
patch = dc.Patch(data=x, coords={'distance': np.arange(${channels}) * 10.0, 'time': np.arange(${samples}) * 0.01}, dims=('distance', 'time'))
# Speeds at k = 0 are up to 2e17 there, and are to be kept.
sloped = patch.slope_filter([1000, 1500, 1e19, 2e19]).data
flat = lambda a: np.asarray(a).ravel().tolist()
print(json.dumps({'band': flat(fan(x, 100, 10, 400, 700, 3000, 4000, (${channels}, ${samples}))), 'dascore': flat(sloped)}))`;
  const peer = runPeer<{ band: number[]; dascore: number[] }>(PEER, [file]);
  const plain = { padShare: 0, taperShare: 0 };

  it('equals the two-dimensional transform of numpy', () => {
    const fan: Fan = { ...FAN, ...plain, speedsMPerS: [400, 700, 3000, 4000] };
    expect(relativeError(fanFilter({ fan, block }).samples, peer.band)).toBeLessThan(2e-6);
  });

  it('equals slope_filter of DASCore', () => {
    const fan: Fan = { ...FAN, ...plain };
    expect(relativeError(fanFilter({ fan, block }).samples, peer.dascore)).toBeLessThan(2e-6);
  });
});
