import { describe, expect, it } from 'vitest';
import { loadBackend } from '../../../models/backend.js';
import {
  reportCandidate,
  separatedPeaks,
  stackCandidates,
} from '../../../models/detection/candidates.js';
import { runStack, slidingWindows, stackCells } from '../../../models/detection/stack-tensor.js';
import { stackEngine } from '../../../models/detection/stack-engine.js';
import type { StackPlan } from '../../../models/detection/stack.js';
import { PRIOR, REGION, TABLE } from './world.js';
import { stackScene } from './stack-scene.js';

/** The definition, one term at a time in float64. */
function scalarStack(plan: StackPlan): number[][] {
  return Array.from({ length: plan.times.count }, (_, n) =>
    Array.from({ length: plan.cellCount }, (__, c) => {
      let sum = 0;
      for (let s = 0; s < plan.sensorCount; s++) {
        const i = c * plan.sensorCount + s;
        for (const [shift, weight] of [
          [plan.shiftP, plan.weightP],
          [plan.shiftS, plan.weightS],
        ] as const) {
          const k = s * plan.pooledCount + n + (shift[i] as number);
          sum += Math.log(1 + (weight[i] as number) * (plan.excess[k] as number));
        }
      }
      return sum;
    }),
  );
}

const { plan, evidence, event } = stackScene();

describe('stack', () => {
  it('equals the scalar definition on the tensor backend', async () => {
    const { tf } = await loadBackend();
    const truth = scalarStack(plan);
    const map = tf.tidy(() => {
      const shape: [number, number] = [plan.sensorCount * plan.shiftCount, plan.times.count];
      const windows = tf.tensor2d(slidingWindows(plan), shape);
      return stackCells(tf, plan, windows, 0, plan.cellCount);
    });
    const values = (await map.array()) as number[][];
    map.dispose();
    let worst = 0;
    truth.forEach((row, n) =>
      row.forEach((v, c) => {
        worst = Math.max(
          worst,
          Math.abs((values[c]?.[n] as number) - v) / Math.max(1, Math.abs(v)),
        );
      }),
    );
    expect(worst).toBeLessThan(1e-5);

    const result = await runStack(tf, plan);
    truth.forEach((row, n) => {
      expect(Math.abs((result.best[n] as number) - Math.max(...row))).toBeLessThan(1e-4);
      const chosen = row[result.cell[n] as number] as number;
      expect(Math.max(...row) - chosen).toBeLessThan(1e-4);
    });
  });

  it('leaves no tensors behind', async () => {
    const { tf } = await loadBackend();
    const before = tf.memory().numTensors;
    await runStack(tf, plan);
    expect(tf.memory().numTensors).toBe(before);
  });

  it('puts its best candidate near the event', async () => {
    const { candidates, work } = await stackCandidates({
      engine: await stackEngine(await loadBackend()),
      evidence,
      region: REGION,
      table: TABLE,
      earliestS: PRIOR.earliestS,
      latestS: PRIOR.latestS,
      limit: 4,
    });
    const best = candidates[0];
    expect(best?.latitude).toBeGreaterThan(16.9);
    expect(best?.latitude).toBeLessThan(17.3);
    expect(Math.abs((best?.timeS as number) - event.timeS)).toBeLessThan(5);
    expect(work.cells).toBeGreaterThan(300);
    expect(work.cellSensorSamples).toBeGreaterThan(work.cells * 10 * 361);
  });

  it('separates peaks and stops at the floor', () => {
    const values = Float32Array.of(0, 5, 9, 8, 0, 0, 7, 1.5);
    expect(separatedPeaks(values, 2, 3)).toEqual([2, 6]);
    expect(separatedPeaks(values, 1, 3)).toEqual([2, 3, 6]);
  });
});

describe('reports', () => {
  it('lean to the strongest cells', () => {
    const cell = (
      latitude: number,
      intensity: number,
    ): Parameters<typeof reportCandidate>[0][0] => ({
      cellId: String(latitude),
      latitude,
      longitude: -99,
      radiusKm: 5,
      intensity,
      felt: 5,
      notFelt: 0,
    });
    const candidate = reportCandidate([cell(17, 7), cell(18, 3), cell(19, 3)], 130);
    expect(candidate?.latitude).toBeCloseTo(17.02, 1);
    expect(candidate?.timeS).toBe(105);
    expect(reportCandidate([], 130)).toBeNull();
  });
});
