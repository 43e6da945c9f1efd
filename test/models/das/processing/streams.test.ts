/** Stateful processing: equal to scipy, numpy and ObsPy, and the same bytes however cut. @module */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  filterBlock,
  startBandPass,
  startFilter,
} from '../../../../models/das/processing/band-pass.js';
import {
  clipBlock,
  despikeBlock,
  startDespike,
} from '../../../../models/das/processing/despike.js';
import { removeCommonMode } from '../../../../models/das/processing/common-mode.js';
import {
  decimateBlock,
  decimatedCount,
  finishDecimation,
  startDecimation,
} from '../../../../models/das/processing/decimate.js';
import { repairNonFinite, requireFinite } from '../../../../models/das/processing/block.js';
import {
  staLtaBlock,
  startStaLta,
  triggerRanges,
} from '../../../../models/das/processing/sta-lta.js';
import { butterworth } from '../../../../models/signal/butterworth.js';
import { peersOf } from '../../../support/peers.js';
import { describeWithSamples } from '../../../support/sample-data.js';
import { readBrady } from '../brady.js';
import { anyCuts, bytesOf, inPackets, joined, noiseBlock, relativeError } from './blocks.js';

const { describeWithPeers, runPeer } = peersOf('das');
const CHANNELS = 7;
const SAMPLES = 700;
const block = noiseBlock(CHANNELS, SAMPLES);
const bandPass = () =>
  startBandPass({ order: 4, lowHz: 1, highHz: 10, rateHz: 100, channelCount: CHANNELS });

function staLta(kind: 'classic' | 'recursive') {
  return {
    start: startStaLta({ kind, shortSamples: 10, longSamples: 100, channelCount: CHANNELS }),
    step: (state: ReturnType<typeof startStaLta>, part: typeof block) => {
      const done = staLtaBlock({ state, block: part });
      return { block: done.ratio, state: done.state };
    },
  };
}

describe('the same bytes however the stream is cut', () => {
  const same = <State>(
    start: State,
    step: (state: State, part: typeof block) => { block: typeof block; state: State },
  ) => {
    const whole = step(start, block);
    fc.assert(
      fc.property(anyCuts(SAMPLES), (cuts) => {
        const parts = inPackets({ block, cuts, start, step });
        expect(bytesOf(parts.block)).toBe(bytesOf(whole.block));
        expect(parts.state).toEqual(whole.state);
      }),
      { numRuns: 40 },
    );
  };

  it('band-pass', () => same(bandPass(), (state, part) => filterBlock({ state, block: part })));

  it('other filters, an odd number of sections', () =>
    same(
      startFilter({
        sections: butterworth({ order: 5, rateHz: 100, kind: 'lowpass', cornerHz: 12 }),
        channelCount: CHANNELS,
      }),
      (state, part) => filterBlock({ state, block: part }),
    ));

  it.each(['classic', 'recursive'] as const)('%s STA/LTA', (kind) => {
    const { start, step } = staLta(kind);
    same(start, step);
  });

  it('decimation', () =>
    same(startDecimation({ factor: 3, channelCount: CHANNELS }), (state, part) =>
      decimateBlock({ state, block: part }),
    ));

  it('despiking', () =>
    same(startDespike({ channelCount: CHANNELS, limitSigma: 2 }), (state, part) =>
      despikeBlock({ state, block: part }),
    ));

  it('over the sample where sums are made anew and delays silenced', () => {
    const long = noiseBlock(5, 9000, 3);
    const filter = startBandPass({ order: 4, lowHz: 1, highHz: 10, rateHz: 100, channelCount: 5 });
    const filtered = inPackets({
      block: long,
      cuts: [0, 4095, 4097, 8191, 8193, 9000],
      start: filter,
      step: (state, part) => filterBlock({ state, block: part }),
    });
    expect(bytesOf(filtered.block)).toBe(
      bytesOf(filterBlock({ state: filter, block: long }).block),
    );
    const start = startStaLta({
      kind: 'classic',
      shortSamples: 50,
      longSamples: 500,
      channelCount: 5,
    });
    const ratios = inPackets({
      block: long,
      cuts: [0, 1, 8190, 8192, 8200, 9000],
      start,
      step: (state, part) => {
        const done = staLtaBlock({ state, block: part });
        return { block: done.ratio, state: done.state };
      },
    });
    expect(bytesOf(ratios.block)).toBe(bytesOf(staLtaBlock({ state: start, block: long }).ratio));
  });

  it('a state survives structured clone', () => {
    const { state } = filterBlock({ state: bandPass(), block });
    const again = filterBlock({ state: structuredClone(state), block });
    expect(bytesOf(again.block)).toBe(bytesOf(filterBlock({ state, block }).block));
  });
});

describe('silence', () => {
  it('leaves no subnormal numbers behind', () => {
    const quiet = { samples: new Float32Array(4 * 45_000), channelCount: 4, sampleCount: 45_000 };
    quiet.samples[0] = 1;
    const start = startBandPass({ order: 4, lowHz: 1, highHz: 10, rateHz: 100, channelCount: 4 });
    const { state } = filterBlock({ state: start, block: quiet });
    expect(state.delays.every((x) => x === 0)).toBe(true);
  });

  it('has ratio 0', () => {
    const { start } = staLta('classic');
    const zeros = { ...block, samples: new Float32Array(block.samples.length) };
    expect(staLtaBlock({ state: start, block: zeros }).ratio.samples.every((x) => x === 0)).toBe(
      true,
    );
  });
});

describe('wrong input', () => {
  it('other channels than the state', () => {
    expect(() => filterBlock({ state: bandPass(), block: noiseBlock(3, 10) })).toThrow(
      /3 channels for a filter of 7/,
    );
  });
  it('a block whose sizes contradict each other', () => {
    expect(() => filterBlock({ state: bandPass(), block: { ...block, sampleCount: 3 } })).toThrow(
      /4900 samples for 7 channels of 3/,
    );
  });
  it('names the first sample that is not finite, and repairs it', () => {
    const bad = { ...block, samples: block.samples.slice() };
    bad.samples[2 * SAMPLES + 5] = Number.NEGATIVE_INFINITY;
    expect(() => requireFinite(bad)).toThrow(/channel 2, sample 5 is -Infinity/);
    const { block: good, repaired } = repairNonFinite(bad);
    expect(requireFinite(good).samples[2 * SAMPLES + 5]).toBe(0);
    expect([...repaired]).toEqual([0, 0, 1, 0, 0, 0, 0]);
  });
  it('windows and factors that cannot be', () => {
    const windows = { kind: 'classic', channelCount: 4 } as const;
    expect(() => startStaLta({ ...windows, shortSamples: 5, longSamples: 5 })).toThrow(/short 5/);
    expect(() => startDecimation({ factor: 1.5, channelCount: 4 })).toThrow(/factor 1.5/);
    expect(() => startDespike({ channelCount: 4, half: 40 })).toThrow(/40 samples/);
    const none = new Uint8Array(CHANNELS);
    expect(() => removeCommonMode({ block, usable: none })).toThrow(/0 usable channels/);
  });
  it('clips', () => {
    const wild = { samples: Float32Array.of(-5, Number.NaN, 0.5), channelCount: 1, sampleCount: 3 };
    expect([...clipBlock(wild, 1).samples]).toEqual([-1, 0, 0.5]);
  });
});

describeWithPeers('equal to scipy and numpy', () => {
  const PEER = `
import json, sys, numpy as np
from scipy import signal, ndimage
x = np.fromfile(sys.argv[1], dtype='<f4').reshape(${CHANNELS}, ${SAMPLES})
x64 = x.astype('f8')
band = signal.butter(4, [1, 10], 'band', fs=100, output='sos')
low = signal.butter(5, 12, 'low', fs=100, output='sos')
m = ndimage.median_filter(x, size=(1, 7), mode='nearest')
pad = np.pad(x, ((0, 0), (3, 3)), mode='edge')
w = np.lib.stride_tricks.sliding_window_view(pad, 7, axis=1)
d = np.median(np.abs(w - m[:, :, None]), axis=2)
h = np.where(np.abs(x - m) > np.float32(2 * 1.482602218505602) * d, m, x)
flat = lambda a: np.asarray(a, 'f8').ravel().tolist()
print(json.dumps({
  'band': flat(signal.sosfilt(band, x64)),
  'low': flat(signal.sosfilt(low, x64)),
  'decimated3': flat(signal.decimate(x64, 3, ftype='fir')),
  'decimated8': flat(signal.decimate(x64, 8, ftype='fir')),
  'commonOdd': flat(x - np.median(x, axis=0)),
  'commonEven': flat(x - np.median(x[:6], axis=0)),
  'hampel': flat(h),
}))`;
  const folder = mkdtempSync(path.join(tmpdir(), 'streams-'));
  const file = path.join(folder, 'block.f32');
  writeFileSync(file, block.samples);
  const peer = runPeer<Record<string, number[]>>(PEER, [file]);
  const peerOf = (name: string) => peer[name] as number[];

  it('band-pass (sosfilt)', () => {
    const { samples } = filterBlock({ state: bandPass(), block }).block;
    expect(relativeError(samples, peerOf('band'))).toBeLessThan(2e-7);
  });
  it('low-pass with a first-order section', () => {
    const sections = butterworth({ order: 5, rateHz: 100, kind: 'lowpass', cornerHz: 12 });
    const start = startFilter({ sections, channelCount: CHANNELS });
    const { samples } = filterBlock({ state: start, block }).block;
    expect(relativeError(samples, peerOf('low'))).toBeLessThan(2e-7);
  });
  it.each([3, 8])('decimation by %i (decimate, FIR), every output sample', (factor) => {
    const start = startDecimation({ factor, channelCount: CHANNELS, cornerShare: 1 });
    const { block: most, state } = decimateBlock({ state: start, block });
    expect(most.sampleCount).toBe(decimatedCount(start, SAMPLES));
    const all = joined([most, finishDecimation(state)], CHANNELS);
    expect(relativeError(all.samples, peerOf(`decimated${factor}`))).toBeLessThan(1e-6);
  });
  it('common mode of odd and even numbers of channels (median)', () => {
    expect(Array.from(removeCommonMode({ block }).block.samples)).toEqual(peerOf('commonOdd'));
    const usable = Uint8Array.of(1, 1, 1, 1, 1, 1, 0);
    const even = removeCommonMode({ block, usable }).block.samples;
    expect(Array.from(even)).toEqual(peerOf('commonEven'));
  });
  it('despiking, edges included (median_filter)', () => {
    const start = startDespike({ channelCount: CHANNELS, limitSigma: 2 });
    const whole = despikeBlock({ state: start, block, isLast: true });
    expect(Array.from(whole.block.samples)).toEqual(peerOf('hampel'));
    expect(whole.replaced.reduce((a, b) => a + b, 0)).toBeGreaterThan(100);
    const first = despikeBlock({ state: start, block });
    const none = { samples: new Float32Array(0), channelCount: CHANNELS, sampleCount: 0 };
    const rest = despikeBlock({ state: first.state, block: none, isLast: true });
    expect(Array.from(joined([first.block, rest.block], CHANNELS).samples)).toEqual(
      peerOf('hampel'),
    );
  });
});

describeWithSamples(
  'Brady, check values of scipy and ObsPy',
  ['das/brady_eq_daspy_example_f32.h5'],
  () => {
    const brady = readBrady();
    const record = () => {
      const samples = new Float32Array(500 * 5000);
      for (let c = 0; c < 500; c++) samples.set(brady.channel(c), c * 5000);
      return { samples, channelCount: 500, sampleCount: 5000 };
    };

    it('band-passed 1-10 Hz', () => {
      const start = startBandPass({
        order: 4,
        lowHz: 1,
        highHz: 10,
        rateHz: 100,
        channelCount: 500,
      });
      const { samples } = filterBlock({ state: start, block: record() }).block;
      const mean = samples.reduce((a, b) => a + b, 0) / samples.length;
      const std = Math.sqrt(samples.reduce((a, b) => a + (b - mean) ** 2, 0) / samples.length);
      expect(Math.abs(std / 0.1131690901 - 1)).toBeLessThan(1e-6);
      const expected: Record<number, number[]> = {
        0: [-0.0485550983, -0.0283140311, -0.0059652492, 0.0127806484, 0.0234935509],
        // All as scipy 1.17.1 gives them.
        250: [0.0515757374, 0.0374035884, 0.0054133585, -0.0352734317, -0.0728431496],
        499: [0.0133768948, 0.0006713108, -0.0137716366, -0.0259704865, -0.0326866926],
      };
      for (const [channel, values] of Object.entries(expected)) {
        const at = Number(channel) * 5000 + 1000;
        values.forEach((value, i) => {
          expect(Math.abs((samples[at + i] as number) / value - 1)).toBeLessThan(1e-6);
        });
      }
    });

    it('STA/LTA maxima and triggers', () => {
      const channels = [0, 100, 250, 400, 499];
      const samples = new Float32Array(5 * 5000);
      channels.forEach((c, i) => samples.set(brady.channel(c), i * 5000));
      const start = startBandPass({ order: 4, lowHz: 1, highHz: 10, rateHz: 100, channelCount: 5 });
      const raw = { samples, channelCount: 5, sampleCount: 5000 };
      const few = filterBlock({ state: start, block: raw }).block;
      const ratios = (kind: 'classic' | 'recursive') => {
        const windows = { kind, shortSamples: 50, longSamples: 500, channelCount: 5 };
        const { ratio } = staLtaBlock({ state: startStaLta(windows), block: few });
        return channels.map((_, i) => ratio.samples.subarray(i * 5000, (i + 1) * 5000));
      };
      const maxima = (rows: Float32Array[]) =>
        rows.map((row) => {
          const most = Math.max(...row);
          return [Number(most.toFixed(4)), row.indexOf(most)];
        });
      const classic = ratios('classic');
      expect(maxima(classic)).toEqual([
        [7.3026, 912],
        [8.7183, 883],
        [7.8092, 2925],
        [7.8964, 2867],
        [8.0532, 2961],
      ]);
      expect(maxima(ratios('recursive'))).toEqual([
        [5.8669, 881],
        [7.1255, 856],
        [6.3236, 2913],
        [5.7925, 2867],
        [6.4508, 2962],
      ]);
      const triggers = classic.map((ratio) => triggerRanges({ ratio, on: 4, off: 1.5 }));
      expect(triggers.map((list) => list.map(({ on, off }) => [on, off]))).toEqual([
        [
          [871, 1126],
          [2868, 3135],
        ],
        [
          [837, 1111],
          [2823, 3068],
        ],
        [
          [877, 1083],
          [2842, 3064],
        ],
        [
          [942, 1039],
          [1180, 1227],
          [2821, 3044],
        ],
        [
          [866, 1022],
          [2832, 3022],
        ],
      ]);
    });
  },
);
