import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { associate, type StretchArrivals } from '../../../../models/das/picker/associate.js';
import { fibreArrivals, type FibreArrival } from '../../../../models/das/picker/fibre-arrivals.js';
import { fromFloat16, toFloat16 } from '../../../../models/das/picker/float16.js';
import type { GroupPick } from '../../../../models/das/picker/group-picks.js';
import { mahalanobis } from '../../../../models/das/picker/out-of-distribution.js';
import { groupSizeFor, prepareFibre } from '../../../../models/das/picker/preprocess.js';
import { makeResampler } from '../../../../models/das/picker/resample.js';
import { distanceFromSP } from '../../../../models/das/picker/sp-distance.js';
import {
  adamStep,
  decodeState,
  encodeState,
  freshState,
} from '../../../../models/das/picker/train/adam.js';
import { fitLogistic, reliability } from '../../../../models/das/picker/train/logistic.js';
import { createRandom } from '../../../../core/random.js';
import { travelTimeTable } from '../../../../models/traveltime/travel-time-table.js';

const sine = (hz: number, rateHz: number, seconds: number): Float32Array =>
  Float32Array.from({ length: Math.round(seconds * rateHz) }, (_, i) =>
    Math.sin((2 * Math.PI * hz * i) / rateHz),
  );

const resampled = (samples: Float32Array, rateHz: number): Float32Array => {
  const { outputCount, run } = makeResampler(rateHz);
  const out = new Float32Array(outputCount(samples.length));
  run(samples, out, 0);
  return out;
};

describe('resampling to 50 Hz', () => {
  it.each([50, 62.5, 100, 125, 200, 250, 1000, 3215.8])('keeps 8 Hz at %d Hz', (rateHz) => {
    const out = resampled(sine(8, rateHz, 10), rateHz);
    const wanted = sine(8, 50, 10);
    // Away from the ends, where the signal is not known beyond.
    for (let i = 20; i < 470; i++) {
      expect(Math.abs((out[i] as number) - (wanted[i] as number))).toBeLessThan(0.02);
    }
  });

  it.each([100, 200, 500])('removes 42 Hz, which would look like 8 Hz, at %d Hz', (rateHz) => {
    const out = resampled(sine(42, rateHz, 10), rateHz).subarray(20, 470);
    expect(Math.max(...out.map(Math.abs))).toBeLessThan(0.01);
  });
});

describe('preparation', () => {
  const noise = (channels: number, samples: number): Float32Array => {
    const random = createRandom(5);
    return Float32Array.from({ length: channels * samples }, () => random.normal());
  };
  const prepare = (samples: Float32Array, channelCount: number) =>
    prepareFibre({ samples, channelCount, sampleCount: 2000, rateHz: 100, channelSpacingM: 1 });

  it('averages channels to about 8 m', () => {
    expect([0.25, 1, 2, 4, 8, 20].map(groupSizeFor)).toEqual([8, 8, 4, 2, 1, 1]);
  });

  it('does not depend on units', () => {
    const samples = noise(8, 2000);
    const a = prepare(samples, 8).values;
    const b = prepare(
      samples.map((x) => 1e-9 * x),
      8,
    ).values;
    expect(Math.max(...a.map((x, i) => Math.abs(x - (b[i] as number))))).toBeLessThan(1e-4);
  });

  it('leaves out dead, wild and broken channels, and says so', () => {
    const samples = noise(8, 2000);
    samples.fill(0, 2000, 4000);
    for (let i = 4000; i < 6000; i++) samples[i] = 1000 * (samples[i] as number);
    samples.fill(Number.NaN, 6000, 7000);
    const { channelUsed, values } = prepare(samples, 8);
    expect([...channelUsed]).toEqual([1, 0, 0, 0, 1, 1, 1, 1]);
    expect(values.every(Number.isFinite)).toBe(true);
  });
});

describe('half precision', () => {
  it('is exact for its own numbers and near for others', () => {
    for (let half = 0; half < 0x7c00; half++) expect(toFloat16(fromFloat16(half))).toBe(half);
    fc.assert(
      fc.property(fc.double({ min: 6.2e-5, max: 65000, noNaN: true }), (x) => {
        expect(Math.abs(fromFloat16(toFloat16(x)) / x - 1)).toBeLessThanOrEqual(2 ** -11 + 1e-7);
        expect(fromFloat16(toFloat16(-x))).toBe(-fromFloat16(toFloat16(x)));
      }),
    );
    // 2^-24 is the smallest; halves of it round to even.
    expect([toFloat16(2 ** -24), toFloat16(2 ** -25), toFloat16(1), toFloat16(-2)]).toEqual([
      1, 0, 0x3c00, 0xc000,
    ]);
  });
});

describe('distance from S-P', () => {
  it.each([10, 50, 150, 300])('contains a crustal quake at %d km', (km) => {
    const table = travelTimeTable({ model: 'iasp91' });
    const sMinusPS = table.s(km, 8) - table.p(km, 8);
    const distance = distanceFromSP({ sMinusPS, sigmaS: 0.1 });
    expect(distance?.p05).toBeLessThan(km);
    expect(distance?.p95).toBeGreaterThan(km);
    expect(Math.abs((distance?.p50 ?? 0) - km)).toBeLessThan(0.15 * km + 3);
  });

  it('has no answer beyond the tables', () => {
    expect(distanceFromSP({ sMinusPS: 300, sigmaS: 0.1 })).toBeNull();
  });
});

const pick = (group: number, phase: 'P' | 'S', timeS: number, probability: number): GroupPick => ({
  group,
  phase,
  timeS,
  probability,
  logLikelihoodRatio: 0,
  sigmaS: 0.1,
  peak: probability,
  spread: 0,
});

describe('consensus along a fibre', () => {
  const groups = Array.from({ length: 40 }, (_, g) => g);
  const distanceKm = groups.map((g) => 0.05 * g);
  const arrivals = (slowness: number): FibreArrival[] =>
    fibreArrivals({
      picks: groups.map((g) => pick(g, 'P', 10 + slowness * (0.05 * g - 0.975), 0.9)),
      live: groups,
      distanceKm,
      durationS: 30,
      riseAt: () => 0,
    });

  it('finds a wave of 3 km/s', () => {
    const [arrival, ...others] = arrivals(1 / 3);
    expect(others).toHaveLength(0);
    expect(arrival?.timeS).toBeCloseTo(10, 1);
    expect(arrival?.consensus).toBeCloseTo(0.9, 5);
    expect(arrival?.groupCount).toBe(40);
  });

  it('does not agree on a car of 20 m/s', () => {
    expect(Math.max(0, ...arrivals(50).map((a) => a.consensus))).toBeLessThan(0.2);
  });
});

describe('association', () => {
  const calibration = {
    arrival: { offset: 0.7, slope: 2.2, rise: 0, prior: 0.7 },
    event: { offset: -3, p: 2.5, s: 2.5, pair: 0, prior: 0.3 },
  };
  const arrival = (phase: 'P' | 'S', timeS: number, consensus: number): FibreArrival => ({
    phase,
    timeS,
    slownessSKm: 0,
    consensus,
    rise: 1,
    groupCount: 30,
    spreadS: 0.1,
    middleKm: 0.5,
  });
  const events = (arrivals: FibreArrival[]) =>
    associate({
      stretches: [{ arrivals, independent: 10 } satisfies StretchArrivals],
      calibration,
      leastProbability: 0.5,
    });

  it('pairs P and S, and takes channels that call S P for S', () => {
    const [event, ...others] = events([
      arrival('P', 8.4, 0.6),
      arrival('P', 28.2, 0.6),
      arrival('S', 28.4, 0.4),
    ]);
    expect(others).toHaveLength(0);
    expect([event?.p?.timeS, event?.s?.timeS]).toEqual([8.4, 28.4]);
  });

  it('tells two quakes apart', () => {
    const found = events([
      arrival('P', 5, 0.8),
      arrival('S', 8, 0.8),
      arrival('P', 40, 0.8),
      arrival('S', 42, 0.8),
    ]);
    expect(found.map((e) => [e.p?.timeS, e.s?.timeS])).toEqual([
      [5, 8],
      [40, 42],
    ]);
  });

  it('declares nothing from one weak arrival', () => {
    expect(events([arrival('P', 5, 0.15)])).toHaveLength(0);
  });
});

describe('fitting', () => {
  it('finds the logistic that made the answers', () => {
    const random = createRandom(3);
    const rows = Array.from({ length: 4000 }, () => [1, 2 * random.normal()]);
    const answers = rows.map(
      ([, x = 0]) => random.uniform() < 1 / (1 + Math.exp(-(-0.7 + 1.3 * x))),
    );
    const [offset = 0, slope = 0] = fitLogistic(rows, answers);
    expect(Math.abs(offset + 0.7)).toBeLessThan(0.15);
    expect(Math.abs(slope - 1.3)).toBeLessThan(0.15);
  });

  it('measures calibration: none lacking, and over-confidence', () => {
    const random = createRandom(4);
    const p = Array.from({ length: 20000 }, () => random.uniform());
    const truth = p.map((x) => random.uniform() < x);
    expect(reliability(p, truth).ece).toBeLessThan(0.02);
    // Half of all are true whatever is said: the error is the mean of |p - 0.5|.
    const coin = p.map(() => random.uniform() < 0.5);
    expect(reliability(p, coin).ece).toBeCloseTo(0.25, 1);
  });

  it('goes down a valley and survives being stored', () => {
    let state = freshState(Float32Array.of(3, -2));
    for (let k = 0; k < 300; k++) {
      const bytes = encodeState(state);
      state = decodeState(bytes, 2) ?? state;
      const gradient = state.weights.map((w, i) => w - i);
      state = adamStep({ state, gradient, learningRate: 0.05 });
    }
    expect(state.step).toBe(300);
    expect(Math.abs(state.weights[0] as number)).toBeLessThan(0.05);
    expect(Math.abs((state.weights[1] as number) - 1)).toBeLessThan(0.05);
    expect(decodeState(encodeState(state), 3)).toBeNull();
  });

  it('measures distances in deviations', () => {
    const reference = {
      mean: [1, 2],
      precision: [
        [0.25, 0],
        [0, 1],
      ],
    };
    expect(mahalanobis([3, 2], reference)).toBeCloseTo(1, 12);
    expect(mahalanobis([1, 5], reference)).toBeCloseTo(3, 12);
  });
});
