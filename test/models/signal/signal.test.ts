import { describe, expect, it } from 'vitest';
import { createRandom } from '../../../core/random.js';
import { aicCurve, aicOnset } from '../../../models/signal/aic-onset.js';
import { butterworth, sosFilter } from '../../../models/signal/butterworth.js';
import { maskedRuns } from '../../../models/signal/masked-runs.js';
import { quantile, robustSigma } from '../../../models/signal/robust.js';
import { classicStaLta, recursiveStaLta } from '../../../models/signal/sta-lta.js';
import { describeWithPeers, runPeer } from '../../support/peers.js';
import { describeWithSamples } from '../../support/sample-data.js';
import { readBrady } from '../das/brady.js';

const random = createRandom(7);
const noise = Array.from({ length: 2000 }, (_, i) => random.normal() * (i > 1200 ? 8 : 1) + 3);

const DESIGNS = [
  { order: 4, rateHz: 100, kind: 'bandpass', lowHz: 1, highHz: 10 },
  { order: 3, rateHz: 31.25, kind: 'bandpass', lowHz: 0.5, highHz: 12 },
  { order: 1, rateHz: 50, kind: 'bandpass', lowHz: 0.1, highHz: 24 },
  { order: 2, rateHz: 100, kind: 'highpass', cornerHz: 1 },
  { order: 5, rateHz: 31.25, kind: 'highpass', cornerHz: 0.3 },
  { order: 3, rateHz: 200, kind: 'lowpass', cornerHz: 20 },
] as const;

function largest(a: ArrayLike<number>, b: readonly number[]): number {
  expect(a.length).toBe(b.length);
  return b.reduce((most, value, i) => Math.max(most, Math.abs(value - (a[i] as number))), 0);
}

describeWithPeers('signal functions against scipy and ObsPy', () => {
  it('filters like butter + sosfilt, from rest and from a steady state', () => {
    const peers = runPeer<{ zero: number[]; steady: number[] }[]>(
      `
import sys, json, numpy as np
from scipy.signal import butter, sosfilt, sosfilt_zi
x = np.array(json.loads(sys.argv[1])); out = []
for d in json.loads(sys.argv[2]):
    c = [d['lowHz'], d['highHz']] if d['kind'] == 'bandpass' else d['cornerHz']
    s = butter(d['order'], c, d['kind'], fs=d['rateHz'], output='sos')
    out.append(dict(zero=sosfilt(s, x).tolist(), steady=sosfilt(s, x, zi=sosfilt_zi(s) * x[0])[0].tolist()))
print(json.dumps(out))`,
      [JSON.stringify(noise), JSON.stringify(DESIGNS)],
    );
    DESIGNS.forEach((design, i) => {
      const sections = butterworth(design);
      const peer = peers[i] as (typeof peers)[number];
      expect(largest(sosFilter(sections, noise, { initial: 'zero' }), peer.zero)).toBeLessThan(
        1e-8,
      );
      expect(largest(sosFilter(sections, noise, { initial: 'steady' }), peer.steady)).toBeLessThan(
        1e-8,
      );
    });
  });

  it('STA/LTA, AIC, median absolute deviation and quantile agree to 1e-8', () => {
    const peer = runPeer<Record<'classic' | 'recursive' | 'aic' | 'stats', number[]>>(
      `
import sys, json, numpy as np
from obspy.signal.trigger import classic_sta_lta, recursive_sta_lta, aic_simple
from scipy.stats import median_abs_deviation
x = np.array(json.loads(sys.argv[1]))
print(json.dumps(dict(
  classic=classic_sta_lta(x, 20, 200).tolist(), recursive=recursive_sta_lta(x, 20, 200).tolist(),
  aic=aic_simple(x).tolist(), stats=[median_abs_deviation(x, scale='normal'), np.quantile(x, 0.9)])))`,
      [JSON.stringify(noise)],
    );
    const windows = { samples: noise, shortSamples: 20, longSamples: 200 };
    expect(largest(classicStaLta(windows), peer.classic)).toBeLessThan(1e-8);
    expect(largest(recursiveStaLta(windows), peer.recursive)).toBeLessThan(1e-8);
    expect(largest(aicCurve(noise), peer.aic)).toBeLessThan(1e-6);
    expect(largest([robustSigma(noise), quantile(noise, 0.9)], peer.stats)).toBeLessThan(1e-8);
  });
});

describe('signal functions', () => {
  it('find the onset of a change of variance', () => {
    expect(Math.abs((aicOnset(noise) as number) - 1200)).toBeLessThan(5);
    expect(aicOnset([1, 2, 3])).toBeNull();
  });

  it('start steady: a constant stays constant', () => {
    const constant = new Float32Array(50).fill(7);
    const low = butterworth({ order: 3, rateHz: 100, kind: 'lowpass', cornerHz: 5 });
    const high = butterworth({ order: 3, rateHz: 100, kind: 'highpass', cornerHz: 5 });
    for (const y of sosFilter(low, constant, { initial: 'steady' })) expect(y).toBeCloseTo(7, 10);
    for (const y of sosFilter(high, constant, { initial: 'steady' })) expect(y).toBeCloseTo(0, 10);
  });

  it('refuse corners beyond Nyquist and windows out of order', () => {
    const beyond = { order: 4, rateHz: 20, kind: 'highpass', cornerHz: 10 } as const;
    expect(() => butterworth(beyond)).toThrow(/corners 10 Hz at 20 Hz/);
    const swapped = { samples: noise, shortSamples: 200, longSamples: 20 };
    expect(() => classicStaLta(swapped)).toThrow(/STA\/LTA windows/);
  });

  it('split a mask into runs', () => {
    expect(maskedRuns(Uint8Array.from([1, 1, 0, 1, 0, 1, 1, 1]), 2)).toEqual([
      { from: 0, to: 2 },
      { from: 5, to: 8 },
    ]);
  });
});

describeWithSamples('the Brady earthquake', ['das/brady_eq_daspy_example_f32.h5'], () => {
  const brady = readBrady();
  const sections = butterworth({ order: 4, rateHz: 100, kind: 'bandpass', lowHz: 1, highHz: 10 });
  const filtered = (channel: number): Float64Array =>
    sosFilter(sections, brady.channel(channel), { initial: 'zero' });

  it('filters to the reference values', () => {
    const expected: Record<number, number[]> = {
      0: [-0.0485550983, -0.0283140311, -0.0059652492, 0.0127806484, 0.0234935509],
      250: [0.0515757374, 0.0374033836, 0.0054133585, -0.0352734317, -0.0728431496],
      499: [0.0133768948, 0.0006713108, -0.0137716366, -0.0259704865, -0.0326866926],
    };
    for (const [channel, values] of Object.entries(expected)) {
      expect(largest(filtered(Number(channel)).slice(1000, 1005), values)).toBeLessThan(1e-6);
    }
    let [sum, squares, n] = [0, 0, 0];
    for (let c = 0; c < 500; c++) {
      for (const v of filtered(c)) {
        sum += v;
        squares += v * v;
        n++;
      }
    }
    expect(Math.sqrt(squares / n - (sum / n) ** 2)).toBeCloseTo(0.1131690901, 6);
  });

  it('has the reference STA/LTA maxima', () => {
    const peak = (ratio: Float64Array): [number, number] => {
      const most = ratio.reduce((a, b) => Math.max(a, b), 0);
      return [Number(most.toFixed(4)), ratio.indexOf(most)];
    };
    const channels = [0, 100, 250, 400, 499];
    const windows = (c: number) => ({
      samples: filtered(c),
      shortSamples: 50,
      longSamples: 500,
    });
    expect(channels.map((c) => peak(classicStaLta(windows(c))))).toEqual([
      [7.3026, 912],
      [8.7183, 883],
      [7.8092, 2925],
      [7.8964, 2867],
      [8.0532, 2961],
    ]);
    expect(channels.map((c) => peak(recursiveStaLta(windows(c))))).toEqual([
      [5.8669, 881],
      [7.1255, 856],
      [6.3236, 2913],
      [5.7925, 2867],
      [6.4508, 2962],
    ]);
  });
});
