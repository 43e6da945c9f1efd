/**
 * The entity of one event: starts when late evidence first arrives, and appends an origin version
 * for each piece. Nothing is overwritten.
 * @module
 */
import {
  allHandlersFinished,
  condition,
  continueAsNew,
  defineQuery,
  defineSignal,
  proxyActivities,
  rootCause,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import type { Activities } from '../activities/index.js';
import type { DeformationEvidence, QuakeLine, TrackEventInput } from '../core/stages.js';
import { markQuakes, quakeText, showStage } from './details.js';
import { CATALOGUE, COMPUTE, IO } from './policies.js';

const { updateOrigin } = proxyActivities<Activities>(COMPUTE);
const { updateCatalogue } = proxyActivities<Activities>(CATALOGUE);
const { publishEvents } = proxyActivities<Activities>(IO);

/** Late evidence for this event. Sending the same piece twice is harmless. */
export const lateEvidenceSignal = defineSignal<[DeformationEvidence]>('lateEvidence');

export interface TrackStatus {
  readonly applied: readonly string[];
  readonly waiting: number;
  readonly origins: readonly QuakeLine[];
  readonly problems: readonly string[];
}

export const trackStatusQuery = defineQuery<TrackStatus>('status');

/** Days without news after which an entity ends; the next piece of evidence starts it again. */
const IDLE = '30 days';

/** Follows one event. */
export async function trackEvent(
  input: TrackEventInput & { readonly applied?: readonly string[] },
): Promise<TrackStatus> {
  const queue: DeformationEvidence[] = [];
  const applied = new Set(input.applied ?? []);
  let origins: readonly QuakeLine[] = [];
  let problems: readonly string[] = [];
  const status = (): TrackStatus => ({
    applied: [...applied],
    waiting: queue.length,
    origins,
    problems,
  });
  setHandler(lateEvidenceSignal, (evidence) => {
    if (!applied.has(keyOf(evidence))) queue.push(evidence);
  });
  setHandler(trackStatusQuery, status);

  while (await condition(() => queue.length > 0, IDLE)) {
    const evidence = queue.shift();
    if (!evidence || applied.has(keyOf(evidence))) continue;
    showStage({
      stage: 'detect',
      title: `Event ${input.eventId}`,
      lines: [`weighing ${evidence.deformationId}`, ...origins.map(quakeText), ...problems],
    });
    try {
      const update = await updateOrigin({
        eventId: input.eventId,
        evidence,
        workflowId: workflowInfo().workflowId,
      });
      if (update.draft) {
        const lines = await updateCatalogue({ drafts: [update.draft], eventId: input.eventId });
        await publishEvents({ eventIds: [input.eventId] });
        origins = [...origins, ...lines];
        markQuakes(lines);
      } else problems = [...problems, ...update.why];
    } catch (error) {
      problems = [...problems, `${evidence.deformationId}: ${rootCause(error) ?? String(error)}`];
    }
    applied.add(keyOf(evidence));
    showStage({
      stage: 'done',
      title: `Event ${input.eventId}`,
      lines: [`${applied.size} pieces weighed`, ...origins.map(quakeText), ...problems],
    });
    if (workflowInfo().continueAsNewSuggested && queue.length === 0) {
      await condition(allHandlersFinished);
      await continueAsNew<typeof trackEvent>({ eventId: input.eventId, applied: [...applied] });
    }
  }
  return status();
}

/** The same piece counts again for a new version of the origin it was offered for. */
function keyOf(evidence: DeformationEvidence): string {
  return `${evidence.deformationId}@${evidence.basis}`;
}
