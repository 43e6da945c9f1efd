import { ApplicationFailure } from '@temporalio/common';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TASK_QUEUES } from '../../core/task-queues.js';
import { lateEvidenceSignal, trackEvent, trackStatusQuery } from '../../workflows/index.js';
import { fakeActivities, QUAKE, ref } from '../support/fakes.js';
import { createWorkflowEnv, withWorkers } from '../support/workflow-env.js';

describe('trackEvent', () => {
  let env: TestWorkflowEnvironment;
  beforeAll(async () => {
    env = await createWorkflowEnv();
  });
  afterAll(() => env.teardown());

  it('weighs each piece once, goes on after one that fails, ends when idle', async () => {
    const weighed: string[] = [];
    const activities = fakeActivities({
      updateOrigin: async ({ evidence }) => {
        weighed.push(`${evidence.deformationId}@${evidence.basis}`);
        if (evidence.deformationId === 'broken') {
          throw ApplicationFailure.nonRetryable('singular', 'NoSolution');
        }
        return { draft: {} as never, why: [] };
      },
      updateCatalogue: async ({ eventId }) => [{ ...QUAKE, eventId: eventId ?? '', version: 2 }],
    });
    const piece = (deformationId: string, basis: number) => ({
      deformationId,
      artifact: ref(`${deformationId}.json`),
      basis,
    });
    const status = await withWorkers({
      env,
      activities,
      work: async () => {
        const handle = await env.client.workflow.signalWithStart(trackEvent, {
          workflowId: 'event-ql1',
          taskQueue: TASK_QUEUES.io,
          args: [{ eventId: 'ql1' }],
          signal: lateEvidenceSignal,
          signalArgs: [piece('scene-a', 1)],
        });
        await handle.signal(lateEvidenceSignal, piece('scene-a', 1));
        await handle.signal(lateEvidenceSignal, piece('broken', 1));
        await handle.signal(lateEvidenceSignal, piece('scene-a', 3));
        const final = await handle.result();
        return [final, await handle.query(trackStatusQuery)];
      },
    });
    expect(weighed).toEqual(['scene-a@1', 'broken@1', 'scene-a@3']);
    expect(status[0]).toEqual(status[1]);
    expect(status[0]?.applied).toEqual(weighed);
    expect(status[0]?.origins.map((origin) => origin.eventId)).toEqual(['ql1', 'ql1']);
    expect(status[0]?.problems).toEqual(['broken: singular']);
  });
});
