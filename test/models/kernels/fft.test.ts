/** Mixed-radix transforms against their definition; the transpose. @module */
import { describe, expect, it } from 'vitest';
import {
  fastLength,
  fftPlan,
  runFft,
  smoothLength,
  type PassFunction,
} from '../../../models/kernels/fft-plan.js';
import { WORKSPACE_START, kernelWorkspace } from '../../../models/kernels/workspace.js';

/** Four series of complex numbers, [length][re 4, im 4]. */
function transformed(values: Float32Array, length: number, inverse: boolean): Float32Array {
  const plan = fftPlan(length);
  const [a, b] = [WORKSPACE_START, WORKSPACE_START + 32 * length];
  const twiddlesAt = b + 32 * length;
  const { functions, memory } = kernelWorkspace<{ pass: PassFunction }>({
    name: 'fft',
    bytes: 64 * length + plan.twiddles.byteLength,
  });
  new Float32Array(memory.buffer, a, 8 * length).set(values);
  new Float32Array(memory.buffer, twiddlesAt, plan.twiddles.length).set(plan.twiddles);
  const at = runFft({ plan, pass: functions.pass, from: a, spare: b, twiddlesAt, inverse });
  return new Float32Array(memory.buffer, at, 8 * length).slice();
}

function signal(length: number): Float32Array {
  return Float32Array.from({ length: 8 * length }, (_, i) => Math.sin(i * i * 0.37 + i));
}

describe('FFT of four series at once', () => {
  it.each([1, 2, 3, 4, 5, 6, 15, 16, 60, 225, 256])('of %i is the discrete sum', (length) => {
    const x = signal(length);
    const got = transformed(x, length, false);
    for (let lane = 0; lane < 4; lane++) {
      for (let f = 0; f < length; f++) {
        let [re, im] = [0, 0];
        for (let t = 0; t < length; t++) {
          const angle = (-2 * Math.PI * ((f * t) % length)) / length;
          const [a, b] = [x[8 * t + lane] as number, x[8 * t + 4 + lane] as number];
          re += a * Math.cos(angle) - b * Math.sin(angle);
          im += a * Math.sin(angle) + b * Math.cos(angle);
        }
        expect(Math.abs((got[8 * f + lane] as number) - re)).toBeLessThan(2e-5);
        expect(Math.abs((got[8 * f + 4 + lane] as number) - im)).toBeLessThan(2e-5);
      }
    }
  });

  it('and back gives the series again', () => {
    const length = 6750;
    const x = signal(length);
    const back = transformed(transformed(x, length, false), length, true);
    const worst = x.reduce((w, v, i) => Math.max(w, Math.abs((back[i] as number) / length - v)), 0);
    expect(worst).toBeLessThan(2e-6);
  });

  it('takes lengths of 2, 3 and 5 only, and finds them', () => {
    expect(() => fftPlan(7)).toThrow(/7 is not a product/);
    expect(smoothLength(4999)).toBe(5000);
    expect(fastLength(6600)).toBeGreaterThanOrEqual(6600);
    expect(fftPlan(fastLength(6600)).length).toBeLessThan(6600 * 1.1);
  });
});

describe('transpose', () => {
  it.each([
    [16, 16],
    [33, 50],
    [1, 7],
    [200, 1000],
  ])('of %i rows and %i columns', (rows, columns) => {
    const size = rows * columns;
    const { functions, memory } = kernelWorkspace<{
      transpose(from: number, to: number, rows: number, columns: number): void;
    }>({ name: 'transpose', bytes: 8 * size });
    const from = new Float32Array(memory.buffer, WORKSPACE_START, size);
    from.forEach((_, i) => (from[i] = i));
    functions.transpose(WORKSPACE_START, WORKSPACE_START + 4 * size, rows, columns);
    const to = new Float32Array(memory.buffer, WORKSPACE_START + 4 * size, size);
    const expected = Array.from(
      { length: size },
      (_, i) => (i % rows) * columns + Math.floor(i / rows),
    );
    expect(Array.from(to)).toEqual(expected);
  });
});
