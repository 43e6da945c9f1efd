import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TASK_QUEUES } from '../../core/task-queues.js';
import { hintSignal, watchRegion, watchStatusQuery } from '../../workflows/index.js';
import { fakeActivities, QUAKE } from '../support/fakes.js';
import { createWorkflowEnv, withWorkers } from '../support/workflow-env.js';

describe('watchRegion', () => {
  let env: TestWorkflowEnvironment;
  beforeAll(async () => {
    env = await createWorkflowEnv();
  });
  afterAll(() => env.teardown());

  it('fuses the windows that new segments touch, once their data has settled', async () => {
    const fused: string[] = [];
    const pages = [
      // 06:44:30 lies within what the window that starts at 06:45 reads (overlap 60 s).
      { cursor: 7, spans: [{ start: '2020-01-30T06:44:30Z', end: '2020-01-30T06:44:40Z' }] },
    ];
    const activities = fakeActivities({
      readSegments: async ({ afterId }) => pages.shift() ?? { cursor: afterId, spans: [] },
      alignWindow: async (input) => {
        fused.push(input.window.start);
        return fakeActivities().alignWindow!(input);
      },
    });
    const status = await withWorkers({
      env,
      activities,
      work: async () => {
        const handle = await env.client.workflow.start(watchRegion, {
          workflowId: 'watch-test',
          taskQueue: TASK_QUEUES.io,
          args: [{ regionId: 'test', cursor: 0, settleS: 20, pollS: 600 }],
        });
        await env.sleep('1 minute');
        const settled = await handle.query(watchStatusQuery);
        pages.push({
          cursor: 9,
          spans: [{ start: '2020-01-30T06:52:10Z', end: '2020-01-30T06:52:20Z' }],
        });
        await handle.signal(hintSignal);
        await env.sleep('1 minute');
        const hinted = await handle.query(watchStatusQuery);
        await handle.terminate();
        return [settled, hinted];
      },
    });
    expect(status[0]).toMatchObject({ cursor: 7, pending: [], fused: 2, lastQuakes: [QUAKE] });
    expect(status[1]).toMatchObject({ cursor: 9, pending: [], fused: 3 });
    expect(fused).toEqual(['2020-01-30T06:40:00Z', '2020-01-30T06:45:00Z', '2020-01-30T06:50:00Z']);
  });
});
