/** Region to Temporal Schedule: a pure function, tested without a server. @module */
import type { ScheduleOptions, ScheduleOptionsStartWorkflowAction } from '@temporalio/client';
import type { RegionConfig } from '../core/region.js';
import { TASK_QUEUES } from '../core/task-queues.js';
import type { fuseWindow } from '../workflows/index.js';

/**
 * Schedule that starts `fuseWindow` at the start of every window; the workflow itself waits, on a
 * durable timer, for the window's end, the overlap and the latency. Temporal appends the nominal
 * time to the workflow id, which makes it the window's key.
 */
export function scheduleOptions(input: {
  region: RegionConfig;
  latencyS: number;
  paused: boolean;
}): ScheduleOptions<ScheduleOptionsStartWorkflowAction<typeof fuseWindow>> {
  const { region, latencyS, paused } = input;
  return {
    scheduleId: `fuse-${region.id}`,
    spec: { intervals: [{ every: region.windowS * 1000 }] },
    policies: {
      // Windows are independent of each other.
      overlap: 'ALLOW_ALL',
      // After an outage every missed window of the last day is fused.
      catchupWindow: '1 day',
      pauseOnFailure: false,
    },
    state: { paused },
    action: {
      type: 'startWorkflow',
      workflowType: 'fuseWindow',
      workflowId: `fuse-${region.id}`,
      taskQueue: TASK_QUEUES.io,
      args: [{ regionId: region.id, runKind: 'scheduled', latencyS }],
      staticSummary: `${region.id}, scheduled`,
    },
  };
}
