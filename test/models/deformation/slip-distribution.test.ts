import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRandom } from '../../../core/random.js';
import { prepare, type DataSet } from '../../../models/deformation/inverse-problem.js';
import { okadaLos } from '../../../models/deformation/line-of-sight.js';
import { solveNonNegative } from '../../../models/deformation/nonnegative.js';
import { distributeSlip, widenPlane } from '../../../models/deformation/slip-distribution.js';

describe('least squares without negative unknowns', () => {
  it('meets the conditions of Karush, Kuhn and Tucker', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 12 }), fc.integer(), (n, seed) => {
        const random = createRandom(seed);
        const a = Array.from({ length: n + 4 }, () =>
          Float64Array.from({ length: n }, () => random.normal()),
        );
        const b = Float64Array.from({ length: n + 4 }, () => random.normal());
        const normal = new Float64Array(n * n);
        const right = new Float64Array(n);
        a.forEach((row, k) =>
          row.forEach((v, i) => {
            right[i] = (right[i] as number) + v * (b[k] as number);
            row.forEach((w, j) => (normal[i * n + j] = (normal[i * n + j] as number) + v * w));
          }),
        );
        const x = solveNonNegative(normal, right);
        for (let i = 0; i < n; i++) {
          let gradient = right[i] as number;
          for (let j = 0; j < n; j++) gradient -= (normal[i * n + j] as number) * (x[j] as number);
          expect(x[i]).toBeGreaterThanOrEqual(0);
          if ((x[i] as number) > 0) expect(Math.abs(gradient)).toBeLessThan(1e-8);
          else expect(gradient).toBeLessThan(1e-8);
        }
      }),
      { numRuns: 200 },
    );
  });
});

describe('distributed slip', () => {
  it('finds two patches of slip on a plane, their moment, and smooths by the noise', () => {
    const random = createRandom(4);
    const n = 400;
    const place = (): Float64Array =>
      Float64Array.from({ length: n }, () => -25_000 + 50_000 * random.uniform());
    const points = {
      eastM: place(),
      northM: place(),
      lookEast: new Float64Array(n).fill(-0.6),
      lookNorth: new Float64Array(n).fill(-0.1),
      lookUp: new Float64Array(n).fill(Math.sqrt(1 - 0.37)),
    };
    const plane = {
      ...{ eastM: 0, northM: 0, topDepthM: 1000, strikeDeg: 30, dipDeg: 45, rakeDeg: -90 },
      ...{ lengthM: 20_000, widthM: 12_000 },
    };
    const sin = Math.SQRT1_2;
    const strike = (30 * Math.PI) / 180;
    // Two 5 km squares in the middle depth, 10 km apart along strike, with 1 and 0.5 m.
    const losM = new Float64Array(n);
    const truth = [
      { along: -5000, slipM: 1 },
      { along: 5000, slipM: 0.5 },
    ];
    for (const { along, slipM } of truth) {
      const part = okadaLos(
        {
          eastM: along * Math.sin(strike),
          northM: along * Math.cos(strike),
          centroidDepthM: 1000 + 6000 * sin,
          ...{ strikeDeg: 30, dipDeg: 45, rakeDeg: -90, slipM, lengthM: 5000, widthM: 5000 },
        },
        points,
      );
      part.forEach((v, i) => (losM[i] = (losM[i] as number) + v));
    }
    const noisy = (sd: number): DataSet => ({
      name: 'made',
      points,
      losM: losM.map((v) => v + 0.02 + sd * random.normal()),
      nuisance: 'offset',
      noise: { sdM: new Float64Array(n).fill(sd) },
    });
    const fit = (sd: number) =>
      distributeSlip({ plane, sets: [prepare(noisy(sd))], rigidityPa: 30e9, seed: 1, patches: 60 });
    const fine = fit(0.001);
    const momentNm = 30e9 * 25e6 * 1.5;
    expect(fine.momentNm.mean / momentNm).toBeGreaterThan(0.9);
    expect(fine.momentNm.mean / momentNm).toBeLessThan(1.15);
    expect(fine.slipM.every((s) => s >= 0)).toBe(true);
    // The stronger patch lies in the first half along strike.
    const largest = fine.slipM.indexOf(Math.max(...fine.slipM));
    expect(largest % fine.along).toBeLessThan(fine.along / 2);
    const predicted = fine.predict(points);
    const mean = losM.reduce((s, v, i) => s + v - (predicted[i] as number), 0) / n;
    const rms = Math.sqrt(
      losM.reduce((s, v, i) => s + (v - (predicted[i] as number) - mean) ** 2, 0) / n,
    );
    expect(rms).toBeLessThan(0.0015);
    expect(fine.mw.p05).toBeLessThan(fine.mw.p95);
    // Where the data say less, less slip is put into peaks.
    const coarse = fit(0.03);
    expect(Math.max(...coarse.slipM)).toBeLessThan(Math.max(...fine.slipM));
  });

  it('widens a plane without leaving the ground', () => {
    const wide = widenPlane({
      ...{ eastM: 0, northM: 0, topDepthM: 100, strikeDeg: 0, dipDeg: 60, rakeDeg: 0 },
      ...{ lengthM: 10_000, widthM: 5000 },
    });
    expect(wide.topDepthM).toBeCloseTo(0, 6);
    expect(wide.lengthM).toBeGreaterThan(10_000);
    // The plane dips east, and its lower part grew more.
    expect(wide.eastM).toBeGreaterThan(0);
  });
});
