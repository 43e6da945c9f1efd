/**
 * The map of shaking of an event that is published: made in a worker thread, stored beside its other
 * exports. An event without one is published all the same, with a note that says why.
 * @module
 */
import { Context } from '@temporalio/activity';
import { describeError, isQuakeError } from '../core/errors.js';
import type { Quake } from '../core/quake.js';
import { shakingFiles } from '../catalogue/export/shaking.js';
import type { ActivityDeps } from './deps.js';
import type { StepContext } from './step.js';
import { storeShaking } from './store-shaking.js';

/** Smaller quakes are felt in a cell or two, if at all. */
const LEAST_MAGNITUDE = 3;
/** Faults of the machine are worth as many tries of the activity; then the event goes out without. */
const TRIES = 3;
/** Notes of an event are read by people. */
const LONGEST_REASON = 300;

/** Makes the map of the preferred version unless there is one. Returns a note when it cannot be made. */
export async function publishShaking(
  deps: ActivityDeps,
  quake: Quake,
  { signal, report }: StepContext,
): Promise<string | null> {
  const { eventId, preferred } = quake;
  const { origin, provenance, version } = preferred;
  if (origin.magnitude.p50 < LEAST_MAGNITUDE) return null;
  const known = await deps.catalogue.getShaking({ eventId });
  if (known?.version === version && known.problem === null) return null;
  try {
    const { summary, map, metadata } = await deps.compute.run(
      'mapShaking',
      {
        eventId,
        originTime: origin.originTime,
        samplesArrow: await deps.store.get(provenance.posterior),
        evidence: provenance.evidence ? await deps.store.get(provenance.evidence) : null,
        isSynthetic: provenance.synthetic,
      },
      { signal, onProgress: report },
    );
    const files = shakingFiles({ map, metadata });
    const { store, catalogue } = deps;
    await storeShaking({ store, catalogue, eventId, version, summary, files });
    return null;
  } catch (error) {
    if (signal.aborted) throw error;
    const isWorthATry = isQuakeError(error) && error.retryable;
    if (isWorthATry && Context.current().info.attempt < TRIES) throw error;
    const reason = (error instanceof Error ? describeError(error) : String(error)).slice(
      0,
      LONGEST_REASON,
    );
    const problem = `no map of shaking: ${reason}`;
    await deps.catalogue.putShaking({
      id: `${eventId}-v${version}`,
      eventId,
      version,
      summary: {},
      artifacts: [],
      problem,
    });
    return problem;
  }
}
