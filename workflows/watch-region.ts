/**
 * Keeps a region fused while data comes in: reads the segment index from a cursor, fuses a window
 * once its data has settled, again (as a new version) when late data comes. Lives for ever by
 * continue-as-new.
 * @module
 */
import {
  allHandlersFinished,
  condition,
  continueAsNew,
  defineQuery,
  defineSignal,
  executeChild,
  isCancellation,
  proxyActivities,
  rootCause,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import type { Activities } from '../activities/index.js';
import {
  LIVE_MARGIN_S,
  windowWorkflowId,
  type QuakeLine,
  type WatchInput,
} from '../core/stages.js';
import { addSeconds, windowsBetween, type IsoTime } from '../core/time.js';
import { markRun, quakeText, showStage } from './details.js';
import { fuseWindow } from './fuse-window.js';
import { CATALOGUE } from './policies.js';

const { loadRegion, readSegments } = proxyActivities<Activities>(CATALOGUE);

/** New data may be there; looking sooner is all it does. */
export const hintSignal = defineSignal('hint');

export interface WatchStatus {
  readonly cursor: number;
  /** Windows whose data has not settled yet or that are being fused. */
  readonly pending: readonly IsoTime[];
  readonly fused: number;
  readonly lastQuakes: readonly QuakeLine[];
  readonly problems: readonly string[];
}

export const watchStatusQuery = defineQuery<WatchStatus>('status');

/** Rounds of looking before a run continues as new. */
const ROUNDS = 500;

/** Watches one region; `hint` wakes it, the `status` query says what it is doing. */
export async function watchRegion(input: WatchInput): Promise<never> {
  const region = await loadRegion({ regionId: input.regionId });
  let hints = 0;
  let cursor = input.cursor;
  let fused = 0;
  let lastQuakes: readonly QuakeLine[] = [];
  let problems: readonly string[] = [];
  const pending = new Set(input.pending ?? []);
  setHandler(hintSignal, () => {
    hints++;
  });
  setHandler(watchStatusQuery, () => ({
    cursor,
    pending: [...pending],
    fused,
    lastQuakes,
    problems,
  }));
  markRun({ regionId: region.id, runKind: 'watch' });

  for (let round = 0; round < ROUNDS && !workflowInfo().continueAsNewSuggested; round++) {
    showStage({
      stage: pending.size > 0 ? 'ingest' : 'wait',
      title: `Watch of ${region.name}`,
      lines: [
        `cursor ${cursor}, ${pending.size} windows pending, ${fused} fused in this run`,
        ...lastQuakes.map(quakeText),
        ...problems,
      ],
    });
    const news = await readSegments({ regionId: region.id, afterId: cursor });
    cursor = news.cursor;
    for (const reach of news.spans) {
      // A segment serves every window that reads it.
      const marginS = region.overlapS + LIVE_MARGIN_S;
      const served = windowsBetween(
        { start: addSeconds(reach.start, -marginS), end: addSeconds(reach.end, marginS) },
        region.windowS,
      );
      for (const window of served) pending.add(window.start);
    }
    if (news.spans.length === 0 && pending.size > 0) {
      const starts = [...pending].sort();
      for (const start of starts) {
        const outcome = await fuseSettled({ regionId: region.id, start, windowS: region.windowS });
        if (outcome.kind === 'busy') continue;
        pending.delete(start);
        if (outcome.kind === 'fused') {
          fused++;
          if (outcome.quakes.length > 0) lastQuakes = outcome.quakes;
        } else problems = [...problems, outcome.reason].slice(-10);
      }
    } else {
      const seen = hints;
      const waitS = pending.size > 0 ? input.settleS : input.pollS;
      // While data settles a hint must not shorten the wait.
      if (pending.size > 0) await condition(() => false, waitS * 1000);
      else await condition(() => hints > seen, waitS * 1000);
    }
  }
  await condition(allHandlersFinished);
  return continueAsNew<typeof watchRegion>({ ...input, cursor, pending: [...pending] });
}

type Outcome =
  | { readonly kind: 'fused'; readonly quakes: readonly QuakeLine[] }
  | { readonly kind: 'busy' }
  | { readonly kind: 'failed'; readonly reason: string };

async function fuseSettled(input: {
  regionId: string;
  start: IsoTime;
  windowS: number;
}): Promise<Outcome> {
  const window = { start: input.start, end: addSeconds(input.start, input.windowS) };
  try {
    const result = await executeChild(fuseWindow, {
      workflowId: windowWorkflowId(input.regionId, input.start),
      args: [{ regionId: input.regionId, window, runKind: 'watch' }],
      staticSummary: `${input.regionId} ${input.start}, watch`,
    });
    return { kind: 'fused', quakes: result.quakes };
  } catch (error) {
    if (isCancellation(error)) throw error;
    // A backfill or schedule is fusing the same window: look again later.
    if (error instanceof WorkflowExecutionAlreadyStartedError) return { kind: 'busy' };
    return { kind: 'failed', reason: `${input.start}: ${rootCause(error) ?? String(error)}` };
  }
}
