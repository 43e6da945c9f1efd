import { describe, expect, it } from 'vitest';
import { decodeFloat32, type Arrival, type SensorEvidence } from '../../../core/evidence.js';
import { createRandom } from '../../../core/random.js';
import type { AlignedWaveforms } from '../../../core/waveform.js';
import { effectiveChannels } from '../../../models/das/channels.js';
import { dasEvidence, fibreEvidence } from '../../../models/das/evidence.js';
import { drawDasWindow, type DasWindow } from '../../../models/generative/das-windows.js';
import { alignWaveforms } from '../../../tensors/align-waveforms.js';
import { describeWithSamples } from '../../support/sample-data.js';
import { readBrady } from './brady.js';

const window = { start: '2020-01-01T00:00:00Z', end: '2020-01-01T00:02:00Z' };
const RATE_HZ = 100;
const COUNT = 120 * RATE_HZ;

/** A kilometre of fibre: noise of one channel each, plus a signal of time and distance (km). */
function fibre(input: {
  signal: (t: number, km: number, channel: number) => number;
  channels?: number;
  alike?: boolean;
  units?: string;
}): AlignedWaveforms {
  const { signal, channels = 40, alike = false, units = 'microstrain/s' } = input;
  const random = createRandom(3);
  const shared = alike ? Float32Array.from({ length: COUNT }, () => random.normal()) : null;
  return {
    startNs: 1_577_836_800_000_000_000n,
    rateHz: RATE_HZ,
    sampleCount: COUNT,
    components: ['strain-rate'],
    units,
    sensors: Array.from({ length: channels }, (_, c) => ({
      sensorId: `f/${c}`,
      latitude: 10,
      longitude: 20 + c * 0.0002,
      elevationM: 0,
      positionSigmaKm: 0.01,
      distanceM: (c * 990) / channels,
      quality: '',
      samples: Float32Array.from({ length: COUNT }, (_, i) => {
        const noise = shared ? (shared[i] as number) : random.normal();
        return 0.01 * noise + signal(i / RATE_HZ, (c * 0.99) / channels, c);
      }),
      mask: new Uint8Array(COUNT).fill(1),
    })),
  };
}

/** A train from `at`, with a phase of its own on each channel, as on a bent cable. */
const train = (t: number, at: number, size: number, hz: number, channel: number): number =>
  t < at ? 0 : size * Math.exp(-(t - at) / 4) * Math.sin(2 * Math.PI * hz * (t - at) + channel);

const only = (waveforms: AlignedWaveforms): SensorEvidence =>
  dasEvidence({ waveforms, window })[0] as SensorEvidence;

describe('dasEvidence', () => {
  it('finds P and S that cross the fibre, in microstrain/s', () => {
    const evidence = only(
      fibre({
        signal: (t, km, c) =>
          train(t, 40 + km / 6, 0.08, 5, c) + train(t, 52 + km / 3.5, 0.4, 3, c),
      }),
    );
    expect(evidence.arrivals.map((a) => a.phase)).toEqual(['P', 'S']);
    expect(Math.abs((evidence.arrivals[0]?.timeS ?? 0) - 40.08)).toBeLessThan(0.15);
    expect(Math.abs((evidence.arrivals[1]?.timeS ?? 0) - 52.14)).toBeLessThan(0.2);
    expect(evidence.arrivals[1]?.log10Amplitude).toBeCloseTo(Math.log10(0.4), 1);
    expect(evidence.log10Threshold).toBeLessThan(Math.log10(0.08));
    expect(evidence.positionSigmaKm).toBe(0.01);
    const series = decodeFloat32(evidence.series.llrBase64);
    expect(series[40 * 5]).toBeGreaterThan(4);
    expect(Math.max(...series.slice(0, 39 * 5))).toBeLessThan(0.5);
  });

  it('counts copies of one channel as one', () => {
    const unrelated = only(fibre({ signal: () => 0 }));
    const copies = only(fibre({ signal: () => 0, alike: true }));
    const independent = (e: SensorEvidence): number =>
      Number(/([\d.]+) independent/.exec(e.notes[0] as string)?.[1]);
    expect(independent(copies)).toBeCloseTo(1, 1);
    expect(independent(unrelated)).toBeGreaterThan(35);
  });

  it('leaves out bursts that all channels share', () => {
    const evidence = only(fibre({ signal: (t) => train(t, 40, 0.5, 5, 0) }));
    expect(evidence.arrivals).toEqual([]);
    expect(evidence.notes.join()).toContain('1 common-mode bursts left out');
    expect(evidence.falseRateHz).toBeGreaterThan(only(fibre({ signal: () => 0 })).falseRateHz);
  });

  it('leaves out dead, wild and clipped channels', () => {
    const waveforms = fibre({ signal: () => 0 });
    waveforms.sensors[3]?.samples.fill(0);
    waveforms.sensors[4]?.samples.forEach((x, i, all) => (all[i] = x * 1000));
    waveforms.sensors[5]?.samples.forEach((x, i, all) => {
      all[i] = Math.max(-0.01, Math.min(0.01, x));
    });
    expect(only(waveforms).notes[0]).toContain('3 dead, wild or clipped');
  });

  it('gives no amplitude without strain-rate units, and no arrival without a wave', () => {
    const evidence = only(
      fibre({ signal: (t, km, c) => train(t, 40 + km / 6, 0.3, 5, c), units: 'counts' }),
    );
    expect(evidence.arrivals.map((a) => [a.phase, a.log10Amplitude])).toEqual([['unknown', null]]);
    expect(evidence.notes.join()).toContain('units are counts');
    expect(only(fibre({ signal: () => 0 })).arrivals).toEqual([]);
  });

  it('is up only while half of its channels have data', () => {
    const waveforms = fibre({ signal: () => 0 });
    waveforms.sensors.forEach((s, c) => s.mask.fill(0, 6000, c < 25 ? 7000 : 6000));
    const { uptime } = only(waveforms);
    expect(uptime.length).toBe(2);
    expect(uptime[0]?.endS).toBeLessThanOrEqual(60);
    expect(uptime[1]?.startS).toBeGreaterThanOrEqual(74.5);
  });

  it('splits a long fibre into segments of a kilometre', () => {
    const long = fibre({ signal: () => 0, channels: 30 });
    const sensors = long.sensors.map((s, c) => ({ ...s, distanceM: 1000 + c * 100 }));
    const evidence = dasEvidence({ waveforms: { ...long, sensors }, window });
    expect(evidence.map((e) => e.sensorId)).toEqual(['f#0', 'f#1', 'f#2']);
  });
});

describe('effectiveChannels', () => {
  it('is n for orthogonal channels and 1 for equal ones', () => {
    const sine = (k: number): number[] =>
      Array.from({ length: 100 }, (_, i) => Math.sin((2 * Math.PI * k * i) / 100));
    expect(effectiveChannels([1, 2, 3].map(sine), 0, 100)).toBeCloseTo(3, 10);
    expect(effectiveChannels([1, 1, 1].map(sine), 0, 100)).toBeCloseTo(1, 10);
    expect(effectiveChannels([1, 1, 2].map(sine), 0, 100)).toBeCloseTo(9 / 5, 10);
  });
});

/** Channels of a simulated window with a quake, aligned. */
function simulated(input: {
  readonly seconds?: number;
  readonly rateHz?: number;
  readonly signalToNoise?: number;
  readonly seed?: number;
}): { waveforms: AlignedWaveforms; quake: DasWindow['quake'] } {
  const { seconds = 40, rateHz = 100, signalToNoise = 30, seed = 2_000_000_001 } = input;
  const sampleCount = Math.round(seconds * rateHz);
  const drawn = drawDasWindow({
    seed,
    channelCount: 32,
    channelSpacingM: 10,
    sampleCount,
    rateHz,
    hasQuake: signalToNoise > 0,
    signalToNoise,
    commonModeCount: 0,
    impactCount: 0,
    vehicleSpeedsMS: [],
  });
  const sensors = Array.from({ length: 32 }, (_, c) => ({
    sensorId: `f/${c}`,
    latitude: 10,
    longitude: 20 + c * 0.0001,
    elevationM: 0,
    positionSigmaKm: 0.01,
    distanceM: c * 10,
    quality: '',
    samples: drawn.samples.slice(c * sampleCount, (c + 1) * sampleCount),
    mask: new Uint8Array(sampleCount).fill(1),
  }));
  const waveforms: AlignedWaveforms = {
    startNs: 1_577_836_800_000_000_000n,
    rateHz,
    sampleCount,
    components: ['strain-rate'],
    units: 'microstrain/s',
    sensors,
  };
  return { waveforms, quake: drawn.quake };
}

describe('fibreEvidence', () => {
  const middle = (times: Float64Array): number => times[16] as number;

  it('has the onsets of a simulated quake, with amplitudes, the same every time', async () => {
    const { waveforms, quake } = simulated({});
    const once = await fibreEvidence({ waveforms, window });
    const [{ arrivals, series, notes, uptime }] = once as [SensorEvidence];
    for (const times of [quake?.pTimeS, quake?.sTimeS]) {
      const at = middle(times as Float64Array);
      if (at < 2 || at > 39) continue;
      const own = arrivals.find((a) => Math.abs(a.timeS - at) < 0.5);
      expect(own?.logLikelihoodRatio).toBeGreaterThan(3);
      expect(own?.sigmaS).toBeGreaterThanOrEqual(0.1);
      expect(own?.log10Amplitude).not.toBeNull();
      const llr = decodeFloat32(series.llrBase64);
      const near = llr.slice(Math.floor(at * 5) - 3, Math.floor(at * 5) + 4);
      expect(Math.max(...near)).toBeGreaterThan(3);
    }
    expect(arrivals.length).toBeGreaterThan(0);
    expect(notes.join()).toContain('picked by the network');
    expect(uptime).toEqual([{ startS: 1.5, endS: 39.5 }]);
    expect(await fibreEvidence({ waveforms, window })).toEqual(once);
  });

  it('does not know what it did not hear', async () => {
    const { waveforms } = simulated({});
    waveforms.sensors.forEach(({ mask }) => mask.fill(0, 1500, 2600));
    const [{ uptime, series, arrivals }] = (await fibreEvidence({ waveforms, window })) as [
      SensorEvidence,
    ];
    expect(uptime).toEqual([
      { startS: 1.5, endS: 14.5 },
      { startS: 27.5, endS: 39.5 },
    ]);
    expect(arrivals.filter(({ timeS }) => timeS > 14.5 && timeS < 27.5)).toEqual([]);
    const llr = decodeFloat32(series.llrBase64);
    expect(llr.slice(15 * 5, 27 * 5).every((x) => x === 0)).toBe(true);
    expect(llr.slice(5 * 5, 10 * 5).every((x) => x !== 0)).toBe(true);
  });

  it('does not depend on how a long window is tiled', async () => {
    const { waveforms } = simulated({ seconds: 150 });
    const cut = 1280;
    const later: AlignedWaveforms = {
      ...waveforms,
      startNs: waveforms.startNs + BigInt(cut) * 10_000_000n,
      sampleCount: waveforms.sampleCount - cut,
      sensors: waveforms.sensors.map((s) => ({
        ...s,
        samples: s.samples.slice(cut),
        mask: s.mask.slice(cut),
      })),
    };
    const arrivalsOf = async (of: AlignedWaveforms): Promise<Arrival[]> => {
      const [evidence] = await fibreEvidence({ waveforms: of, window });
      return (evidence?.arrivals ?? []).filter((a) => a.timeS > 25 && a.logLikelihoodRatio > 4);
    };
    const [whole, part] = [await arrivalsOf(waveforms), await arrivalsOf(later)];
    expect(whole.length).toBeGreaterThan(0);
    expect(part.map((a) => a.phase)).toEqual(whole.map((a) => a.phase));
    part.forEach((arrival, i) => {
      expect(Math.abs(arrival.timeS - (whole[i]?.timeS ?? 0))).toBeLessThan(0.05);
      const away = arrival.logLikelihoodRatio - (whole[i]?.logLikelihoodRatio ?? 0);
      expect(Math.abs(away)).toBeLessThan(0.7);
    });
  });

  it.each([
    ['31.25 Hz are under', { rateHz: 31.25 }, undefined],
    ['shorter than', { seconds: 8 }, undefined],
    ['weights of the picker are missing', {}, null],
  ] as const)('falls back to STA/LTA: %s', async (why, drawn, picker) => {
    const { waveforms } = simulated({ ...drawn });
    const found = await fibreEvidence({
      waveforms,
      window,
      ...(picker === undefined ? {} : { picker }),
    });
    const plain = dasEvidence({ waveforms, window });
    expect(found.map((e) => e.arrivals)).toEqual(plain.map((e) => e.arrivals));
    expect(found.every(({ notes }) => notes.some((n) => n.includes(why)))).toBe(true);
  });

  it('tempers what comes from a window unlike the training', async () => {
    const { waveforms } = simulated({});
    const before = await fibreEvidence({ waveforms, window });
    const random = createRandom(5);
    waveforms.sensors.forEach(({ samples }) =>
      samples.forEach((_, i) => (samples[i] = random.normal())),
    );
    const after = await fibreEvidence({ waveforms, window });
    expect(before[0]?.notes.join()).not.toContain('out of distribution');
    expect(after[0]?.notes.join()).toMatch(
      /out of distribution.*ratios times 0\.\d+; looks like white noise/,
    );
    const llr = decodeFloat32(after[0]?.series.llrBase64 ?? '');
    expect(Math.min(...llr)).toBeGreaterThan(-3);
  });
});

describeWithSamples('the Brady earthquake', ['das/brady_eq_daspy_example_f32.h5'], () => {
  it('P at +8.4 s, S at +28.4 s, nothing in the first 8 s', () => {
    const window = { start: '2016-03-21T07:37:30Z', end: '2016-03-21T07:38:21Z' };
    const waveforms = alignWaveforms({
      segments: readBrady().segments(),
      window,
      rateHz: 100,
      components: ['strain-rate'],
    });
    const evidence = dasEvidence({ waveforms, window });
    expect(evidence.length).toBe(1);
    const { arrivals, notes, series } = evidence[0] as SensorEvidence;
    const fileStartS = 0.532309;
    const p = arrivals.find((a) => a.phase === 'P');
    const s = arrivals.find((a) => a.phase === 'S');
    expect(Math.abs((p?.timeS ?? 0) - fileStartS - 8.4)).toBeLessThan(0.5);
    expect(Math.abs((s?.timeS ?? 0) - fileStartS - 28.4)).toBeLessThan(1.5);
    expect(arrivals.length).toBe(2);
    expect(arrivals.filter((a) => a.timeS < fileStartS + 7.9)).toEqual([]);
    expect(arrivals.every((a) => a.logLikelihoodRatio > 3 && a.logLikelihoodRatio < 7)).toBe(true);
    // Units of the file are unknown: no amplitude.
    expect(arrivals.every((a) => a.log10Amplitude === null)).toBe(true);
    expect(notes[0]).toMatch(/500 channels.* independent/);
    const llr = decodeFloat32(series.llrBase64);
    expect(Math.max(...llr.slice(0, Math.floor((fileStartS + 7.2) * 5)))).toBeLessThan(1);
  });

  it('and by the picker', async () => {
    const window = { start: '2016-03-21T07:37:30Z', end: '2016-03-21T07:38:21Z' };
    const waveforms = alignWaveforms({
      segments: readBrady().segments(),
      window,
      rateHz: 100,
      components: ['strain-rate'],
    });
    const [evidence] = await fibreEvidence({ waveforms, window });
    const fileStartS = 0.532309;
    const { arrivals = [], notes = [] } = evidence ?? {};
    expect(arrivals.map((a) => a.phase)).toEqual(['P', 'S']);
    expect(Math.abs((arrivals[0]?.timeS ?? 0) - fileStartS - 8.368)).toBeLessThan(0.3);
    expect(Math.abs((arrivals[1]?.timeS ?? 0) - fileStartS - 28.368)).toBeLessThan(0.7);
    expect(arrivals.every((a) => a.logLikelihoodRatio > 3 && a.logLikelihoodRatio < 9)).toBe(true);
    expect(notes.join()).not.toContain('out of distribution');
  });
});
