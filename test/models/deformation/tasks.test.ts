import { expect, it } from 'vitest';
import type { TaskContext } from '../../../core/compute.js';
import { insarTable } from '../../../core/tables/insar-table.js';
import { encodeTable } from '../../../core/tables/ipc.js';
import { deformationTasks } from '../../../models/deformation/tasks.js';
import { mexicoScenes } from '../../support/insar-samples.js';
import { describeWithSamples } from '../../support/sample-data.js';

describeWithSamples('deformation tasks', ['insar/mexico-city-2018/expected.json'], () => {
  it('give the velocity of a stack from its tables, in a form that can be cloned', async () => {
    const scenes = await mexicoScenes();
    const seen: number[] = [];
    const context: TaskContext = {
      progress: ({ fraction }) => seen.push(fraction),
      throwIfCancelled: () => undefined,
    };
    const output = deformationTasks.sbasVelocity(
      {
        arrow: scenes.map((scene) => encodeTable(insarTable([scene]))),
        referencePixel: { row: 9, column: 8 },
        thresholds: { minPairShare: 1 },
      },
      context,
    );
    const { summary, grids } = structuredClone(output);
    expect(summary.solvedPixels).toBe(5882);
    expect(Math.abs(summary.minMmPerYear - -301.9177311)).toBeLessThan(1e-5);
    expect(grids.velocityMmPerYear[30 * 100 + 50]).toBeCloseTo(-145.54463, 4);
    expect(grids.rows * grids.columns).toBe(grids.sdMmPerYear.length);
    expect(seen.length).toBeGreaterThan(0);
  });
});
