import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { ApplicationFailure } from '@temporalio/common';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TASK_QUEUES } from '../../core/task-queues.js';
import { fuseWindow } from '../../workflows/index.js';
import { fakeActivities, QUAKE, REGION } from '../support/fakes.js';
import { createWorkflowEnv, withWorkers } from '../support/workflow-env.js';

const WINDOW = { start: '2020-01-30T06:45:00Z', end: '2020-01-30T06:50:00Z' };

describe('fuseWindow', () => {
  let env: TestWorkflowEnvironment;
  beforeAll(async () => {
    env = await createWorkflowEnv();
  });
  afterAll(() => env.teardown());

  const run = (
    activities: ReturnType<typeof fakeActivities>,
    input: Partial<Parameters<typeof fuseWindow>[0]> = {},
  ) =>
    withWorkers({
      env,
      activities,
      work: () =>
        env.client.workflow.execute(fuseWindow, {
          workflowId: `fuse-${Math.random()}`,
          taskQueue: TASK_QUEUES.io,
          args: [{ regionId: 'test', window: WINDOW, runKind: 'manual', ...input }],
        }),
    });

  it('carries a window through every stage and reports its quakes', async () => {
    const order: string[] = [];
    const activities = fakeActivities();
    const traced = Object.fromEntries(
      Object.entries(activities).map(([name, work]) => [
        name,
        async (input: never) => {
          order.push(name);
          return (work as (input: never) => Promise<unknown>)(input);
        },
      ]),
    ) as typeof activities;
    const result = await run(traced);
    expect(result.quakes).toEqual([QUAKE]);
    expect(result.version).toBe('abc');
    expect(order.slice(0, 3).sort()).toEqual(['ingestPhones', 'ingestReports', 'loadRegion']);
    expect(order.slice(3)).toEqual([
      'alignWindow',
      'evaluateEvidence',
      'detectQuakes',
      'updateCatalogue',
      'publishEvents',
    ]);
  });

  it('reads the overlap on both sides of the window', async () => {
    let reach: unknown;
    await run(
      fakeActivities({
        ingestPhones: async (input) => {
          reach = input.reach;
          return { ...(await fakeActivities().ingestPhones!(input)) };
        },
      }),
    );
    expect(reach).toEqual({ start: '2020-01-30T06:44:00Z', end: '2020-01-30T06:51:00Z' });
  });

  it('reads only the wanted sources', async () => {
    let asked = false;
    const activities = fakeActivities({
      ingestReports: async (input) => {
        asked = true;
        return fakeActivities().ingestReports!(input);
      },
    });
    await run(activities, { sources: ['phones'] });
    expect(asked).toBe(false);
  });

  it('says what is missing when no source has data, and declares nothing', async () => {
    const none = async () => ({
      source: 'phones' as const,
      artifacts: [],
      items: 0,
      missing: ['phones: nothing'],
      quarantined: 0,
      notes: [],
    });
    const result = await run(fakeActivities({ ingestPhones: none, ingestReports: none }));
    expect(result.quakes).toEqual([]);
    expect(result.missing).toEqual(['phones: nothing', 'phones: nothing']);
  });

  it('retries an I/O fault and fails at once on a permanent one', async () => {
    let tries = 0;
    const result = await run(
      fakeActivities({
        updateCatalogue: async () => {
          tries++;
          if (tries < 3) throw ApplicationFailure.create({ message: 'gone', type: 'Unavailable' });
          return [QUAKE];
        },
      }),
    );
    expect(result.quakes).toHaveLength(1);
    expect(tries).toBe(3);

    let permanent = 0;
    await expect(
      run(
        fakeActivities({
          alignWindow: async () => {
            permanent++;
            throw ApplicationFailure.create({ message: 'bad', type: 'InvalidInput' });
          },
        }),
      ),
    ).rejects.toThrow();
    expect(permanent).toBe(1);
  });

  it('refuses to run without a window outside a schedule', async () => {
    await expect(
      withWorkers({
        env,
        activities: fakeActivities(),
        work: () =>
          env.client.workflow.execute(fuseWindow, {
            workflowId: 'no-window',
            taskQueue: TASK_QUEUES.io,
            args: [{ regionId: REGION.id, runKind: 'scheduled' }],
          }),
      }),
    ).rejects.toMatchObject({ cause: { message: expect.stringContaining('needs a window') } });
  });
});
