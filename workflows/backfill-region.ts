/**
 * Fuses every window of a time range: pages of bounded children; failures are collected, not fatal.
 * @module
 */
import {
  continueAsNew,
  defineQuery,
  executeChild,
  isCancellation,
  proxyActivities,
  rootCause,
  setHandler,
} from '@temporalio/workflow';
import type { Activities } from '../activities/index.js';
import { windowWorkflowId, type BackfillInput, type BackfillProgress } from '../core/stages.js';
import { windowsBetween, type TimeWindow } from '../core/time.js';
import { markRun, showStage } from './details.js';
import { fuseWindow } from './fuse-window.js';
import { mapWithLimit } from './map-with-limit.js';
import { CATALOGUE } from './policies.js';

const { loadRegion } = proxyActivities<Activities>(CATALOGUE);

/** Windows a run handles before it continues as new; keeps histories short. */
const PAGE = 200;

export const backfillProgressQuery = defineQuery<BackfillProgress>('progress');

/** Runs `fuseWindow` for every window of the range. Leave it and come back: the id is the range. */
export async function backfillRegion(input: BackfillInput): Promise<BackfillProgress> {
  const region = await loadRegion({ regionId: input.regionId });
  const windows = windowsBetween(input.range, region.windowS);
  let progress: BackfillProgress = input.carried ?? {
    windows: windows.length,
    done: 0,
    failed: 0,
    quakes: 0,
    failures: [],
  };
  setHandler(backfillProgressQuery, () => progress);
  markRun({ regionId: input.regionId, runKind: 'backfill' });
  const show = (): void =>
    showStage({
      stage: progress.done + progress.failed === progress.windows ? 'done' : 'ingest',
      title: `Backfill of ${region.name}, ${input.range.start} to ${input.range.end}`,
      lines: [
        `${progress.done} of ${progress.windows} windows done, ${progress.failed} failed`,
        `${progress.quakes} quakes`,
        ...progress.failures.map((failure) => `${failure.window}: ${failure.reason}`),
      ],
    });
  show();

  const first = input.carried?.nextWindow ?? 0;
  const page = windows.slice(first, first + PAGE);
  await mapWithLimit(page, input.parallel, async (window) => {
    try {
      const result = await fuseChild({ input, window });
      progress = { ...progress, done: progress.done + 1, quakes: progress.quakes + result };
    } catch (error) {
      if (isCancellation(error)) throw error;
      const failure = { window: window.start, reason: rootCause(error) ?? String(error) };
      progress = {
        ...progress,
        failed: progress.failed + 1,
        failures: [...progress.failures, failure].slice(0, 20),
      };
    }
    show();
  });

  const next = first + page.length;
  if (next < windows.length) {
    await continueAsNew<typeof backfillRegion>({
      ...input,
      carried: { ...progress, nextWindow: next },
    });
  }
  return progress;
}

async function fuseChild(work: { input: BackfillInput; window: TimeWindow }): Promise<number> {
  const { regionId, sources } = work.input;
  const result = await executeChild(fuseWindow, {
    workflowId: windowWorkflowId(regionId, work.window.start),
    args: [
      {
        regionId,
        window: work.window,
        runKind: 'backfill',
        ...(sources ? { sources } : {}),
      },
    ],
    staticSummary: `${regionId} ${work.window.start}, backfill`,
  });
  return result.quakes.length;
}
