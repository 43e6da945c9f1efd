/**
 * The ways through the workflows that are recorded. Each entry runs one to the point of interest
 * with fake activities and names the run. Order of the fakes' results is fixed; times are not.
 * @module
 */
import { ApplicationFailure } from '@temporalio/common';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import type { Activities } from '../../activities/index.js';
import { TASK_QUEUES } from '../../core/task-queues.js';
import { scheduleOptions } from '../../apps/schedule-options.js';
import {
  backfillRegion,
  deformStack,
  fuseWindow,
  hintSignal,
  invertDeformation,
  lateEvidenceSignal,
  trackEvent,
  watchRegion,
  watchStatusQuery,
} from '../../workflows/index.js';
import { fakeActivities, QUAKE, ref, REGION } from '../support/fakes.js';
import { withWorkers } from '../support/workflow-env.js';

/** One way through a workflow, named by what it shows. */
export interface PathOfWorkflow {
  readonly name: string;
  readonly run: (env: TestWorkflowEnvironment) => Promise<{ workflowId: string; runId?: string }>;
}

const WINDOW = { start: '2020-01-30T06:45:00Z', end: '2020-01-30T06:50:00Z' };

function nothingFrom(source: 'phones' | 'reports') {
  const missing = [`${source}: nothing`];
  return async () => ({ source, artifacts: [], items: 0, missing, quarantined: 0, notes: [] });
}

const NO_DATA: Partial<Activities> = {
  ingestPhones: nothingFrom('phones'),
  ingestReports: nothingFrom('reports'),
};

const PRODUCT = { summary: { mw: 5.3 }, artifacts: [ref('s.json')], notes: [] };

const DEFORMATION: Partial<Activities> = {
  readScenes: async () => ({
    source: 'insar',
    artifacts: [ref('scene.arrow')],
    items: 2,
    missing: ['one scene has no coherence'],
    quarantined: 0,
    notes: [],
  }),
  estimateVelocity: async () => PRODUCT,
  invertSource: async () => PRODUCT,
  recordDeformation: async ({ product }) => ({ deformationId: 'source-test-1', ...product }),
  notifyEvent: async () => 'told event ql1',
};

function fuse(
  name: string,
  overrides: Partial<Activities>,
  input: Partial<Parameters<typeof fuseWindow>[0]> = {},
): PathOfWorkflow {
  return {
    name,
    run: (env) =>
      withWorkers({
        env,
        activities: fakeActivities(overrides),
        work: async () => {
          const handle = await env.client.workflow.start(fuseWindow, {
            workflowId: name,
            taskQueue: TASK_QUEUES.io,
            args: [{ regionId: 'test', window: WINDOW, runKind: 'manual', ...input }],
          });
          await handle.result().catch(() => undefined);
          return { workflowId: name };
        },
      }),
  };
}

function backfill(
  name: string,
  overrides: Partial<Activities>,
  input: Pick<Parameters<typeof backfillRegion>[0], 'range' | 'parallel' | 'carried'>,
): PathOfWorkflow {
  return {
    name,
    run: (env) =>
      withWorkers({
        env,
        activities: fakeActivities(overrides),
        work: async () => {
          const handle = await env.client.workflow.start(backfillRegion, {
            workflowId: name,
            taskQueue: TASK_QUEUES.io,
            args: [{ regionId: 'test', ...input }],
          });
          await handle.result();
          return { workflowId: name, runId: handle.firstExecutionRunId };
        },
      }),
  };
}

const WATCH: PathOfWorkflow = {
  name: 'watch-region',
  run: async (env) => {
    const pages = [
      { cursor: 7, spans: [{ start: '2020-01-30T06:44:30Z', end: '2020-01-30T06:44:40Z' }] },
    ];
    const activities = fakeActivities({
      readSegments: async ({ afterId }) => pages.shift() ?? { cursor: afterId, spans: [] },
      alignWindow: async (input) => {
        if (input.window.start === '2020-01-30T06:40:00Z') {
          throw ApplicationFailure.nonRetryable('no overlap', 'NoSolution');
        }
        return fakeActivities().alignWindow!(input);
      },
    });
    const workflowId = 'watch-region';
    await withWorkers({
      env,
      activities,
      work: async () => {
        const handle = await env.client.workflow.start(watchRegion, {
          workflowId,
          taskQueue: TASK_QUEUES.io,
          args: [
            {
              regionId: 'test',
              cursor: 0,
              settleS: 20,
              pollS: 600,
              pending: ['2020-01-30T07:00:00Z'],
            },
          ],
        });
        await env.sleep('1 minute');
        pages.push({
          cursor: 9,
          spans: [{ start: '2020-01-30T06:52:00Z', end: '2020-01-30T06:53:00Z' }],
        });
        await handle.signal(hintSignal);
        await env.sleep('1 minute');
        await handle.query(watchStatusQuery);
        await handle.cancel();
        await handle.result().catch(() => undefined);
      },
    });
    return { workflowId };
  },
};

const TRACK: PathOfWorkflow = {
  name: 'track-event',
  run: async (env) => {
    const workflowId = 'track-event';
    const activities = fakeActivities({
      updateOrigin: async ({ evidence }) => {
        if (evidence.deformationId === 'broken') {
          throw ApplicationFailure.nonRetryable('singular', 'NoSolution');
        }
        if (evidence.deformationId === 'known') return { draft: null, why: ['already in it'] };
        return { draft: {} as never, why: [] };
      },
      updateCatalogue: async ({ eventId }) => [{ ...QUAKE, eventId: eventId ?? '', version: 2 }],
    });
    const piece = (deformationId: string) => ({
      deformationId,
      artifact: ref(`${deformationId}.json`),
      basis: 1,
    });
    await withWorkers({
      env,
      activities,
      work: async () => {
        const handle = await env.client.workflow.signalWithStart(trackEvent, {
          workflowId,
          taskQueue: TASK_QUEUES.io,
          args: [{ eventId: 'ql1' }],
          signal: lateEvidenceSignal,
          signalArgs: [piece('scene-a')],
        });
        for (const id of ['scene-a', 'broken', 'known', 'scene-b']) {
          await handle.signal(lateEvidenceSignal, piece(id));
        }
        await handle.result();
      },
    });
    return { workflowId };
  },
};

const STACK: PathOfWorkflow = {
  name: 'deform-stack',
  run: (env) =>
    withWorkers({
      env,
      activities: fakeActivities(DEFORMATION),
      work: async () => {
        await env.client.workflow.execute(deformStack, {
          workflowId: 'deform-stack',
          taskQueue: TASK_QUEUES.io,
          args: [{ regionId: 'test', uri: 'file:/stack' }],
        });
        return { workflowId: 'deform-stack' };
      },
    }),
};

function inversion(
  name: string,
  input: Partial<Parameters<typeof invertDeformation>[0]>,
  overrides: Partial<Activities> = {},
): PathOfWorkflow {
  return {
    name,
    run: (env) =>
      withWorkers({
        env,
        activities: fakeActivities({ ...DEFORMATION, ...overrides }),
        work: async () => {
          await env.client.workflow.execute(invertDeformation, {
            workflowId: name,
            taskQueue: TASK_QUEUES.io,
            args: [{ regionId: 'test', model: 'okada', ...input }],
          });
          return { workflowId: name };
        },
      }),
  };
}

/** Two steps that fail once or twice before they do what they should. */
function flaky(): Partial<Activities> {
  let tries = 0;
  return {
    updateCatalogue: async () => {
      if (++tries < 3) throw ApplicationFailure.create({ message: 'gone', type: 'Unavailable' });
      return [QUAKE];
    },
  };
}

/** Ways for the time-skipping server. */
export const PATHS: readonly PathOfWorkflow[] = [
  fuse('fuse-window-quakes', {}),
  fuse('fuse-window-without-data', NO_DATA),
  fuse('fuse-window-one-source', {}, { sources: ['phones'] }),
  fuse('fuse-window-retries', flaky()),
  fuse('fuse-window-late-evidence', {
    loadRegion: async () => ({
      ...REGION,
      sources: [...REGION.sources, { kind: 'insar', id: 'scenes', uri: 'file:/scenes' }],
    }),
    ingestInsar: async () => ({
      source: 'insar',
      artifacts: [ref('scene.arrow')],
      items: 1,
      missing: [],
      quarantined: 0,
      notes: [],
    }),
  }),
  fuse('fuse-window-failed', {
    alignWindow: async () => {
      throw ApplicationFailure.nonRetryable('bad', 'InvalidInput');
    },
  }),
  backfill(
    'backfill-region-failure',
    {
      alignWindow: async (input) => {
        if (input.window.start === '2020-01-30T06:10:00Z') {
          throw ApplicationFailure.nonRetryable('bad window', 'NoSolution');
        }
        return fakeActivities().alignWindow!(input);
      },
    },
    { range: { start: '2020-01-30T06:00:00Z', end: '2020-01-30T06:20:00Z' }, parallel: 2 },
  ),
  backfill('backfill-region-continues-as-new', NO_DATA, {
    range: { start: '2020-01-30T00:00:00Z', end: '2020-01-30T16:45:00Z' },
    parallel: 20,
  }),
  backfill('backfill-region-continued', NO_DATA, {
    range: { start: '2020-01-30T00:00:00Z', end: '2020-01-30T16:45:00Z' },
    parallel: 20,
    carried: { windows: 201, done: 199, failed: 1, quakes: 3, failures: [], nextWindow: 200 },
  }),
  WATCH,
  TRACK,
  STACK,
  inversion('invert-deformation', {
    scenes: [ref('a.arrow')],
    event: { eventId: 'ql1', version: 1 },
  }),
  inversion('invert-deformation-no-event', { uri: 'file:/scenes', model: 'mogi' }, {
    notifyEvent: async () => null,
  }),
];

/** A window of one second, so that a real server need not wait long for it. */
const SHORT_REGION = { ...REGION, windowS: 1, overlapS: 0 };

/** Ways that need a server with schedules. */
export const SCHEDULED_PATHS: readonly PathOfWorkflow[] = [
  {
    name: 'fuse-window-scheduled',
    run: (env) =>
      withWorkers({
        env,
        activities: fakeActivities({ loadRegion: async () => SHORT_REGION }),
        work: async () => {
          const options = scheduleOptions({ region: SHORT_REGION, latencyS: 1, paused: true });
          const schedule = await env.client.schedule.create(options);
          await schedule.trigger();
          for (;;) {
            const { recentActions } = (await schedule.describe()).info;
            const started = recentActions[0]?.action.workflow;
            if (!started) continue;
            await env.client.workflow.getHandle(started.workflowId).result();
            return { workflowId: started.workflowId, runId: started.firstExecutionRunId };
          }
        },
      }),
  },
];
