import { ApplicationFailure } from '@temporalio/common';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TASK_QUEUES } from '../../core/task-queues.js';
import { backfillProgressQuery, backfillRegion } from '../../workflows/index.js';
import { fakeActivities } from '../support/fakes.js';
import { createWorkflowEnv, withWorkers } from '../support/workflow-env.js';

describe('backfillRegion', () => {
  let env: TestWorkflowEnvironment;
  beforeAll(async () => {
    env = await createWorkflowEnv();
  });
  afterAll(() => env.teardown());

  it('fuses every window, bounded, and collects failures without stopping', async () => {
    let running = 0;
    let most = 0;
    const activities = fakeActivities({
      alignWindow: async (input) => {
        running++;
        most = Math.max(most, running);
        await new Promise((resolve) => setImmediate(resolve));
        running--;
        if (input.window.start === '2020-01-30T06:10:00Z') {
          throw ApplicationFailure.create({ message: 'bad window', type: 'NoSolution' });
        }
        return fakeActivities().alignWindow!(input);
      },
    });
    const { result, windowRuns } = await withWorkers({
      env,
      activities,
      work: async () => {
        const handle = await env.client.workflow.start(backfillRegion, {
          workflowId: 'backfill-1',
          taskQueue: TASK_QUEUES.io,
          args: [
            {
              regionId: 'test',
              range: { start: '2020-01-30T06:00:00Z', end: '2020-01-30T06:28:00Z' },
              parallel: 2,
            },
          ],
        });
        const progress = await handle.result();
        const status = await handle.query(backfillProgressQuery);
        const child = env.client.workflow.getHandle('fuse-test-2020-01-30T06:05:00Z');
        return { result: [progress, status], windowRuns: await child.describe() };
      },
    });
    const expected = {
      windows: 6,
      done: 5,
      failed: 1,
      quakes: 5,
      failures: [{ window: '2020-01-30T06:10:00Z', reason: 'bad window' }],
    };
    expect(result).toEqual([expected, expected]);
    expect(most).toBeLessThanOrEqual(2);
    expect(windowRuns.status.name).toBe('COMPLETED');
  });

  it('continues as new over long ranges and counts every window once', async () => {
    const seen = new Map<string, number>();
    const activities = fakeActivities({
      ingestPhones: async (input) => {
        seen.set(input.reach.start, (seen.get(input.reach.start) ?? 0) + 1);
        return {
          source: 'phones',
          artifacts: [],
          items: 0,
          missing: [],
          quarantined: 0,
          notes: [],
        };
      },
      ingestReports: async () => ({
        source: 'reports',
        artifacts: [],
        items: 0,
        missing: [],
        quarantined: 0,
        notes: [],
      }),
    });
    const progress = await withWorkers({
      env,
      activities,
      work: () =>
        env.client.workflow.execute(backfillRegion, {
          workflowId: 'backfill-long',
          taskQueue: TASK_QUEUES.io,
          args: [
            {
              regionId: 'test',
              range: { start: '2020-01-30T00:00:00Z', end: '2020-01-30T17:30:00Z' },
              parallel: 20,
            },
          ],
        }),
    });
    expect(progress).toMatchObject({ windows: 210, done: 210, failed: 0 });
    expect(seen.size).toBe(210);
    expect([...seen.values()].every((count) => count === 1)).toBe(true);
  });
});
