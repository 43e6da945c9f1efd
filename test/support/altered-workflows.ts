/**
 * The workflows with two of them changed in ways that old runs cannot follow: a step more, and the
 * steps in another order. Replaying recorded histories with these must fail.
 * @module
 */
import { proxyActivities, sleep } from '@temporalio/workflow';
import type { Activities } from '../../activities/index.js';
import type {
  DeformationResult,
  DeformStackInput,
  FuseWindowInput,
  FuseWindowResult,
} from '../../core/stages.js';
import { fuseWindow as originalFuseWindow } from '../../workflows/index.js';
import { CATALOGUE, IO } from '../../workflows/policies.js';

export {
  backfillRegion,
  invertDeformation,
  trackEvent,
  watchRegion,
} from '../../workflows/index.js';

const { readScenes } = proxyActivities<Activities>(IO);
const { loadRegion } = proxyActivities<Activities>(CATALOGUE);

/** Waits first. */
export async function fuseWindow(input: FuseWindowInput): Promise<FuseWindowResult> {
  await sleep(1000);
  return originalFuseWindow(input);
}

/** Reads the scenes before the region. */
export async function deformStack(input: DeformStackInput): Promise<DeformationResult> {
  await readScenes({ region: {} as never, uri: input.uri });
  await loadRegion({ regionId: input.regionId });
  return { deformationId: '', summary: {}, artifacts: [], notes: [] };
}
