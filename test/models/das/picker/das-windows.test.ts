import { describe, expect, it } from 'vitest';
import { createRandom } from '../../../../core/random.js';
import {
  addDelayed,
  addPlaneWave,
  drawCarrier,
} from '../../../../models/generative/das-carrier.js';
import { GAUGE_POINTS, type DasLayout } from '../../../../models/generative/das-layout.js';
import { drawDasWindow } from '../../../../models/generative/das-windows.js';
import { addVehicle } from '../../../../models/generative/das-traffic.js';
import { TRAINING_RANGES } from '../../../../models/generative/das-ranges.js';

/** A straight fibre to the north. */
function northward(channelCount: number, spacingM: number, gaugeLengthM: number): DasLayout {
  const points = channelCount * GAUGE_POINTS;
  const at = (c: number): number => ((c - channelCount / 2) * spacingM) / 1000;
  return {
    kind: 'straight',
    channelCount,
    channelSpacingM: spacingM,
    gaugeLengthM,
    eastKm: new Float64Array(channelCount),
    northKm: Float64Array.from({ length: channelCount }, (_, c) => at(c)),
    coupling: new Float64Array(channelCount).fill(1),
    gaugeEastKm: new Float64Array(points),
    gaugeNorthKm: Float64Array.from({ length: points }, (_, i) => {
      const g = ((i % GAUGE_POINTS) + 0.5) / GAUGE_POINTS - 0.5;
      return at(Math.floor(i / GAUGE_POINTS)) + (g * gaugeLengthM) / 1000;
    }),
    gaugeAzimuth: new Float64Array(points),
  };
}

const sine = (hz: number): Float32Array =>
  Float32Array.from({ length: 2000 }, (_, i) => Math.sin((2 * Math.PI * hz * i) / 100));

function rms(values: Float32Array): number {
  return Math.sqrt(values.reduce((sum, x) => sum + x * x, 0) / values.length);
}

describe('plane waves on a fibre', () => {
  const wave = (
    azimuth: number,
    motion: 'along' | 'across',
    slownessSKm = 0.2,
    gauge = 10,
    hz = 5,
  ) => {
    const layout = northward(21, 100, gauge);
    const out = new Float32Array(21 * 2000);
    const plane = { slownessSKm, azimuth, motion };
    const delays = addPlaneWave({ out, layout, rateHz: 100, wave: sine(hz), amplitude: 1, plane });
    return { out, delays, middle: out.subarray(10 * 2000 + 500, 10 * 2000 + 1500) };
  };

  it('are heard as cos^2 of the angle, and not at all from broadside', () => {
    const along = rms(wave(0, 'along').middle);
    expect(along).toBeCloseTo(Math.SQRT1_2, 2);
    expect(rms(wave(Math.PI / 3, 'along').middle)).toBeCloseTo(0.25 * Math.SQRT1_2, 2);
    expect(rms(wave(Math.PI / 2, 'along').middle)).toBeLessThan(1e-6);
  });

  it('shear as sin cos: nothing along and across, half at 45 degrees', () => {
    expect(rms(wave(0, 'across').middle)).toBeLessThan(1e-6);
    expect(rms(wave(Math.PI / 2, 'across').middle)).toBeLessThan(1e-6);
    expect(rms(wave(Math.PI / 4, 'across').middle)).toBeCloseTo(0.5 * Math.SQRT1_2, 2);
  });

  it('move out with their apparent slowness', () => {
    const { delays } = wave(Math.PI / 3, 'along', 0.4);
    // Channels 0 and 20 lie 2 km apart; along the fibre the wave has half its slowness.
    expect((delays[20] as number) - (delays[0] as number)).toBeCloseTo(2 * 0.4 * 0.5, 10);
  });

  it('cancel along a gauge of one wavelength', () => {
    // 5 Hz at 500 m/s: 100 m.
    expect(rms(wave(0, 'along', 2, 100).middle)).toBeLessThan(0.03);
    expect(rms(wave(0, 'along', 2, 10).middle)).toBeGreaterThan(0.65);
  });

  it('shift by fractions of a sample', () => {
    const out = new Float32Array(2000);
    addDelayed(out, 0, sine(2), 3.5, 1);
    expect(out[1000]).toBeCloseTo(Math.sin(2 * Math.PI * 2 * 9.965), 2);
  });
});

describe('vehicles', () => {
  it('pass at their own speed', () => {
    const layout = northward(60, 10, 10);
    // Along the fibre only on most draws: try seeds until the road follows the fibre.
    const slopes = Array.from({ length: 12 }, (_, seed) => {
      const out = new Float32Array(60 * 6000);
      const base = { random: createRandom(seed), ranges: TRAINING_RANGES, layout, rateHz: 100 };
      addVehicle({ ...base, sampleCount: 6000, out, speedMS: 20 });
      const centre = (c: number): number => {
        let [sum, weight] = [0, 0];
        for (let i = 0; i < 6000; i++) {
          const energy = (out[c * 6000 + i] as number) ** 2;
          sum += (energy * i) / 100;
          weight += energy;
        }
        return sum / weight;
      };
      return Math.abs(400 / (centre(50) - centre(10)));
    });
    const right = slopes.filter((speed) => Math.abs(speed - 20) < 3).length;
    expect(right).toBeGreaterThanOrEqual(4);
  });
});

describe('simulated windows', () => {
  const draw = (seed: number, over = {}) =>
    drawDasWindow({ seed, channelCount: 16, sampleCount: 3000, rateHz: 100, ...over });

  it('are the same for the same seed, and another for another', () => {
    const [a, b, c] = [draw(1), draw(1), draw(2)];
    expect(Buffer.from(a.samples.buffer).equals(Buffer.from(b.samples.buffer))).toBe(true);
    expect(a.quake?.pTimeS).toEqual(b.quake?.pTimeS);
    expect(Buffer.from(a.samples.buffer).equals(Buffer.from(c.samples.buffer))).toBe(false);
  });

  it('are finite, with S after P, and stronger quakes show on more channels', () => {
    let [weak, strong] = [0, 0];
    for (let seed = 10; seed < 26; seed++) {
      const window = draw(seed, { hasQuake: true, signalToNoise: 20 });
      expect(window.samples.every(Number.isFinite)).toBe(true);
      const { quake } = window;
      if (!quake) throw new Error('a quake was asked for');
      quake.sTimeS.forEach((s, c) => expect(s).toBeGreaterThan(quake.pTimeS[c] as number));
      strong += quake.pVisible.filter((v) => v === 2).length;
      const faint = draw(seed, { hasQuake: true, signalToNoise: 0.5 }).quake;
      weak += faint?.pVisible.filter((v) => v === 2).length ?? 0;
    }
    expect(strong).toBeGreaterThan(2 * weak);
  });

  it('hold what is asked for', () => {
    const window = draw(3, { hasQuake: false, vehicleSpeedsMS: [20, 12], commonModeCount: 2 });
    expect(window.quake).toBeNull();
    expect(window.vehicleSpeedsMS).toEqual([20, 12]);
    expect(window.commonModeCount).toBe(2);
  });
});

describe('carriers', () => {
  it('have unit strength in their band', () => {
    const carrier = drawCarrier({
      random: createRandom(1),
      sampleCount: 5000,
      rateHz: 100,
      lowHz: 4,
      highHz: 6,
    });
    expect(rms(carrier)).toBeCloseTo(1, 3);
    let crossings = 0;
    for (let i = 1; i < 5000; i++) {
      if ((carrier[i] as number) * (carrier[i - 1] as number) < 0) crossings++;
    }
    // Rice: twice the centre frequency a second; the slopes of the band are gentle.
    expect(crossings / 50 / 2).toBeGreaterThan(3.5);
    expect(crossings / 50 / 2).toBeLessThan(8);
  });
});
