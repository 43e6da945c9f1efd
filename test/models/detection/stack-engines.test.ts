import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { loadBackend } from '../../../models/backend.js';
import { simdEngine, stackEngine, tensorEngine } from '../../../models/detection/stack-engine.js';
import { stackParallel } from '../../../models/detection/stack-parallel.js';
import { stackPart } from '../../../models/detection/stack-simd.js';
import {
  foldWeights,
  stackValue,
  type StackPlan,
  type StackResult,
} from '../../../models/detection/stack.js';
import type { StackProbe } from './stack-probe.js';
import { randomPlan, stackScene } from './stack-scene.js';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const PROBE = fileURLToPath(new URL('./stack-probe.ts', import.meta.url));
const CHROMIUM = '/usr/lib/chromium';
const DRIVER = path.join(CHROMIUM, 'vk_swiftshader_icd.json');
/** The grid on which engines compare, and float32 rounding of a sum of some hundred nats, nats. */
const TOLERANCE = 1.5e-4;

/** At each time the chosen cell's stack, in float64, is the largest within the tolerance. */
function expectBest(plan: StackPlan, result: StackResult): void {
  expect(result.cell).toHaveLength(plan.times.count);
  for (let k = 0; k < plan.times.count; k++) {
    let largest = Number.NEGATIVE_INFINITY;
    for (let c = 0; c < plan.cellCount; c++) largest = Math.max(largest, stackValue(plan, c, k));
    const value = stackValue(plan, result.cell[k] as number, k);
    expect(largest - value).toBeLessThan(TOLERANCE);
    expect(result.best[k]).toBe(Math.fround(value));
  }
}

const SHAPES = [
  { seed: 1, sensors: 23, cells: 77, times: 600, shifts: 50 },
  { seed: 2, sensors: 1, cells: 1, times: 1, shifts: 1 },
  { seed: 3, sensors: 7, cells: 500, times: 33, shifts: 9 },
  // Products over 2^2000 and under 2^-1000.
  { seed: 4, sensors: 150, cells: 20, times: 64, shifts: 20 },
] as const;

describe('the SIMD kernel', () => {
  it.each(SHAPES)('finds the best cells of $sensors sensors and $cells cells', async (shape) => {
    const plan = randomPlan(shape);
    expectBest(plan, await simdEngine.run(plan));
  });

  it('gives what TensorFlow.js gives', async () => {
    const tensors = tensorEngine(await loadBackend());
    for (const plan of [stackScene().plan, randomPlan(SHAPES[0])]) {
      const ours = await simdEngine.run(plan);
      const theirs = await tensors.run(plan);
      expectBest(plan, theirs);
      let different = 0;
      for (let k = 0; k < plan.times.count; k++) {
        expect(Math.abs((ours.best[k] as number) - (theirs.best[k] as number))).toBeLessThan(
          TOLERANCE,
        );
        if (ours.cell[k] !== theirs.cell[k]) different++;
      }
      expect(different).toBeLessThanOrEqual(0.01 * plan.times.count);
    }
  });

  it('gives the first of equal cells, however rounding falls', async () => {
    const plan = randomPlan({ seed: 5, sensors: 9, cells: 40, times: 100, shifts: 10 });
    // Every cell twice; and where nothing is known, all are equal.
    const half = (20 * plan.sensorCount) as number;
    for (const all of [plan.shiftP, plan.shiftS, plan.weightP, plan.weightS]) {
      all.copyWithin(half, 0, half);
    }
    const twice = { ...plan, fold: foldWeights(plan) };
    const { cell } = await simdEngine.run(twice);
    expect(Math.max(...cell)).toBeLessThan(20);
    const silent = { ...twice, excess: new Float32Array(plan.excess.length) };
    const result = await simdEngine.run({ ...silent, fold: foldWeights(silent) });
    expect(new Set(result.cell)).toEqual(new Set([0]));
    expect(new Set(result.best)).toEqual(new Set([0]));
  });

  it('gives the bits of the whole in parts, whose memory threads share', async () => {
    const plan = randomPlan(SHAPES[2]);
    const sent: { from: number; to: number; isShared: boolean }[] = [];
    const pool: Parameters<typeof stackParallel>[0]['pool'] = {
      run: (_name, input) => {
        const { from, to } = input;
        sent.push({ from, to, isShared: input.plan.shiftP.buffer instanceof SharedArrayBuffer });
        return Promise.resolve(stackPart(structuredClone(input)) as never);
      },
      close: () => Promise.resolve(),
    };
    const whole = await simdEngine.run(plan);
    expect(await stackParallel({ pool, parts: 3, plan })).toEqual(whole);
    expect(sent.map(({ from, to }) => [from, to])).toEqual([
      [0, 167],
      [167, 333],
      [333, 500],
    ]);
    expect(sent.every(({ isShared }) => isShared)).toBe(true);
  });

  it('refuses weights and likelihood ratios that have no logarithm', () => {
    const plan = randomPlan(SHAPES[1]);
    expect(() => foldWeights({ ...plan, weightP: Float32Array.of(0) })).toThrow(/weights from 0/);
    expect(() => foldWeights({ ...plan, weightS: Float32Array.of(1.5) })).toThrow(/to 1.5/);
    expect(() => foldWeights({ ...plan, excess: Float32Array.of(-1, 0) })).toThrow(/ratios from 0/);
  });

  it('is what detection stacks with where there is no GPU', async () => {
    const backend = await loadBackend();
    const engine = await stackEngine(backend);
    const isCpu = backend.name === 'tensorflow-cpu' || backend.name === 'wasm';
    if (isCpu) expect(engine.name).toBe('simd-kernel');
    expect(await stackEngine(backend)).toBe(engine);
  });
});

const lack = existsSync(DRIVER) ? null : 'SwiftShader is not installed (Debian package chromium)';
describe('the WGSL kernel', () => {
  it.skipIf(lack !== null && !process.env['CI'])(
    'gives the bits of the SIMD kernel on SwiftShader',
    () => {
      expect(lack).toBeNull();
      const { stdout, stderr, status } = spawnSync(process.execPath, ['--import', 'tsx', PROBE], {
        encoding: 'utf8',
        cwd: ROOT,
        env: {
          ...process.env,
          QUAKELOOM_BACKEND: 'webgpu',
          VK_ICD_FILENAMES: DRIVER,
          LD_LIBRARY_PATH: [CHROMIUM, process.env['LD_LIBRARY_PATH']].filter(Boolean).join(':'),
        },
      });
      expect(status, stderr).toBe(0);
      const probe = JSON.parse(stdout) as StackProbe;
      expect(probe.name).toBe('webgpu-kernel');
      expect(probe.plans).toHaveLength(3);
      for (const { engine, simd } of probe.plans) expect(engine).toEqual(simd);
    },
    60_000,
  );
});
