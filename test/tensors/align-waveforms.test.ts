import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nsToIso } from '../../core/time.js';
import type { AlignedWaveforms, WaveformSegment } from '../../core/waveform.js';
import { alignWaveforms, maskGaps } from '../../tensors/align-waveforms.js';
import { encodeWaveformWindow } from '../../tensors/window-io.js';

const START_NS = 1_500_000_000_000_000_000n;
const window = { start: nsToIso(START_NS), end: nsToIso(START_NS + 20_000_000_000n) };

function segment(over: Partial<WaveformSegment>): WaveformSegment {
  return {
    sensorId: 'dev',
    component: 'x',
    startNs: START_NS,
    rateHz: 100,
    samples: new Float32Array(0),
    units: 'gal',
    latitude: 1,
    longitude: 2,
    elevationM: 3,
    positionSigmaKm: 0.1,
    distanceM: null,
    quality: '',
    ...over,
  };
}

/** A record of a function of time (s from the window's start). */
function record(input: {
  rateHz: number;
  offsetS: number;
  seconds: number;
  of: (t: number) => number;
}): WaveformSegment {
  const { rateHz, offsetS, seconds, of } = input;
  const samples = Float32Array.from({ length: Math.round(seconds * rateHz) }, (_, i) =>
    of(offsetS + i / rateHz),
  );
  return segment({ rateHz, startNs: START_NS + BigInt(Math.round(offsetS * 1e9)), samples });
}

/** The samples [from, to) of a record as a segment of its own. */
function piece(of: WaveformSegment, from: number, to: number): WaveformSegment {
  const startNs = of.startNs + BigInt(Math.round((from / of.rateHz) * 1e9));
  return { ...of, startNs, samples: of.samples.slice(from, to) };
}

function align(segments: readonly WaveformSegment[], rateHz = 100): AlignedWaveforms {
  return alignWaveforms({ segments, window, rateHz, components: ['x'] });
}

const wave = (t: number): number => Math.sin(2 * Math.PI * 3 * t) + 0.5 * Math.cos(11 * t) + 0.25;

describe('alignWaveforms', () => {
  it('passes samples that lie on the grid through bit-exactly', () => {
    const source = record({ rateHz: 100, offsetS: 0, seconds: 20, of: wave });
    const aligned = align([source]);
    expect(aligned.startNs).toBe(START_NS);
    expect(aligned.sampleCount).toBe(2000);
    expect(aligned.sensors[0]?.samples).toEqual(source.samples);
    expect(aligned.sensors[0]?.mask.every((m) => m === 1)).toBe(true);
  });

  it('anchors the grid at the epoch, not at the window', () => {
    const odd = { start: nsToIso(START_NS + 3_000_000n), end: window.end };
    const aligned = alignWaveforms({ segments: [], window: odd, rateHz: 31.25, components: ['x'] });
    expect(aligned.startNs % 32_000_000n).toBe(0n);
    expect(aligned.startNs).toBeGreaterThanOrEqual(START_NS + 3_000_000n);
    expect(aligned.startNs).toBeLessThan(START_NS + 35_000_000n);
  });

  it.each([
    { rateHz: 100, offsetS: 0.0031, to: 100 },
    { rateHz: 26, offsetS: -0.5, to: 100 },
    { rateHz: 500, offsetS: 0.0007, to: 100 },
    { rateHz: 1000, offsetS: -1, to: 31.25 },
    { rateHz: 3215.8, offsetS: -0.1234567, to: 200 },
  ])('resamples $rateHz Hz to $to Hz within 3e-4 of the band-limited truth', (c) => {
    const source = record({ ...c, seconds: 22, of: wave });
    const aligned = align([source], c.to);
    const sensor = aligned.sensors[0];
    let worst = 0;
    let used = 0;
    for (let k = 0; k < aligned.sampleCount; k++) {
      if (sensor?.mask[k] !== 1) continue;
      const t = Number(aligned.startNs - START_NS) / 1e9 + k / c.to;
      worst = Math.max(worst, Math.abs((sensor.samples[k] as number) - wave(t)));
      used++;
    }
    expect(used).toBeGreaterThan(0.85 * aligned.sampleCount);
    expect(worst).toBeLessThan(3e-4);
  });

  it('keeps aliases 70 dB down when it decimates', () => {
    const source = record({
      rateHz: 500,
      offsetS: -1,
      seconds: 22,
      of: (t) => Math.sin(2 * Math.PI * 60 * t),
    });
    const sensor = align([source]).sensors[0];
    expect(sensor?.mask.every((m) => m === 1)).toBe(true);
    expect(Math.max(...(sensor?.samples ?? []).map(Math.abs))).toBeLessThan(10 ** (-70 / 20));
  });

  it('masks gaps and fills nothing in them', () => {
    const source = record({ rateHz: 100, offsetS: 0, seconds: 20, of: wave });
    const aligned = align([piece(source, 0, 500), piece(source, 700, 2000)]);
    expect(maskGaps(aligned.sensors[0]?.mask as Uint8Array, 100)).toEqual([{ startS: 5, endS: 7 }]);
    expect(aligned.sensors[0]?.samples.slice(500, 700).every((v) => v === 0)).toBe(true);
    // Off the grid the filter needs its support: the gap grows, it never shrinks.
    const shifted = { startNs: START_NS - 4_000_000n };
    const resampled = align([
      { ...piece(source, 0, 500), ...shifted },
      { ...piece(source, 700, 2000), startNs: START_NS + 6_996_000_000n },
    ]);
    const gaps = maskGaps(resampled.sensors[0]?.mask as Uint8Array, 100);
    const hole = gaps.find((g) => g.startS > 4 && g.endS < 8);
    expect(hole?.startS).toBeLessThanOrEqual(5);
    expect(hole?.endS).toBeGreaterThanOrEqual(7);
  });

  it('treats non-finite samples as missing', () => {
    const source = record({ rateHz: 100, offsetS: 0, seconds: 20, of: wave });
    source.samples[42] = Number.NaN;
    source.samples[43] = Number.POSITIVE_INFINITY;
    const aligned = align([source]);
    expect([...(aligned.sensors[0]?.mask.slice(41, 45) ?? [])]).toEqual([1, 0, 0, 1]);
  });

  it('masks samples given twice with different values and says so', () => {
    const source = record({ rateHz: 100, offsetS: 0, seconds: 20, of: wave });
    const other = piece(source, 100, 103);
    other.samples[1] = 99;
    const aligned = align([source, other]);
    expect([...(aligned.sensors[0]?.mask.slice(99, 104) ?? [])]).toEqual([1, 1, 0, 1, 1]);
    expect(aligned.sensors[0]?.quality).toContain('1 samples given twice');
  });

  it('needs all components for a mask of 1', () => {
    const x = record({ rateHz: 100, offsetS: 0, seconds: 20, of: wave });
    const y = { ...piece(x, 0, 1000), component: 'y' };
    const components = ['x', 'y'];
    const aligned = alignWaveforms({ segments: [x, y], window, rateHz: 100, components });
    expect(maskGaps(aligned.sensors[0]?.mask as Uint8Array, 100)).toEqual([
      { startS: 10, endS: 20 },
    ]);
    expect(aligned.sensors[0]?.samples.slice(1000, 2000).every((v) => v === 0)).toBe(true);
  });

  it('follows the true rate of blocks whose stamps drift from the nominal rate', () => {
    // 32 samples a block at a true 30.06 Hz, called 31.25 Hz and stamped at their last sample, in ms.
    const trueHz = 30.06;
    const blocks = Array.from({ length: 22 }, (_, b) => {
      const samples = Float32Array.from({ length: 32 }, (_, i) => wave((b * 32 + i) / trueHz));
      const lastMs = Math.round(((b * 32 + 31) / trueHz) * 1000);
      const startNs = START_NS + BigInt(lastMs) * 1_000_000n - 992_000_000n;
      return segment({ rateHz: 31.25, startNs, samples });
    });
    const aligned = align(blocks, 31.25);
    const sensor = aligned.sensors[0];
    const errors: number[] = [];
    for (let k = 0; k < aligned.sampleCount; k++) {
      if (sensor?.mask[k] === 1)
        errors.push(Math.abs((sensor.samples[k] as number) - wave(k / 31.25)));
    }
    expect(errors.length).toBeGreaterThan(550);
    // 1 ms of stamp rounding at 3 Hz is 0.02 of the amplitude; nominal times would be 0.8 s off.
    expect(Math.max(...errors)).toBeLessThan(0.03);
  });

  it('refuses mixed units and rates without a whole-nanosecond interval', () => {
    const source = record({ rateHz: 100, offsetS: 0, seconds: 1, of: wave });
    expect(() => align([source, { ...source, units: 'counts' }])).toThrow(/mixes counts and gal/);
    expect(() => align([source], 30)).toThrow(/whole number of nanoseconds/);
  });

  it('gives identical bytes for any cuts, order and repetition of the same samples', () => {
    const rates = [100, 31.25, 26, 250, 3215.8];
    fc.assert(
      fc.property(
        fc.constantFrom(...rates),
        fc.integer({ min: -3_000_000_000, max: 3_000_000_000 }),
        fc.array(fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.nat(1)), {
          minLength: 1,
          maxLength: 12,
        }),
        fc.integer(),
        (rateHz, offsetNs, cuts, seed) => {
          const random = (n: number): number =>
            Math.abs(Math.sin(n * 12.9898 + seed) * 43758.5) % 1;
          const whole = record({ rateHz, offsetS: offsetNs / 1e9, seconds: 21, of: wave });
          const n = whole.samples.length;
          // A hole, so that gaps are cut and repeated too.
          const parts = [
            [0, Math.floor(n * 0.6)],
            [Math.floor(n * 0.62), n],
          ] as const;
          const reference = align(parts.map(([a, b]) => piece(whole, a, b)));
          const pieces = parts.flatMap(([from, to]) => {
            const at = [...cuts.map(([c]) => Math.floor(c * n)), from, to]
              .filter((c) => c >= from && c <= to)
              .sort((a, b) => a - b);
            return at
              .slice(1)
              .map((end, i) => [at[i] as number, end] as const)
              .filter(([a, b]) => b > a)
              .flatMap(([a, b], i) => [
                piece(whole, a, b),
                // Repeated and overlapping: starts up to 50 samples earlier.
                ...(cuts[i % cuts.length]?.[1] === 1
                  ? [piece(whole, Math.max(from, a - 50), b)]
                  : []),
              ]);
          });
          const shuffled = pieces
            .map((p, i) => ({ p, key: random(i) }))
            .sort((a, b) => a.key - b.key)
            .map(({ p }) => p);
          expect(Buffer.compare(bytes(align(shuffled)), bytes(reference))).toBe(0);
        },
      ),
      { numRuns: 60 },
    );
  });
});

function bytes(aligned: AlignedWaveforms): Uint8Array {
  return encodeWaveformWindow(aligned);
}
