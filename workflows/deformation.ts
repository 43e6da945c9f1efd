/**
 * Deformation: a velocity from a stack, a source from scenes that span an event.
 * @module
 */
import { proxyActivities, workflowInfo } from '@temporalio/workflow';
import type { Activities } from '../activities/index.js';
import type {
  DeformationResult,
  DeformStackInput,
  InvertDeformationInput,
} from '../core/stages.js';
import { markRun, showStage } from './details.js';
import { CATALOGUE, COMPUTE, IO } from './policies.js';

const { readScenes } = proxyActivities<Activities>(IO);
const { estimateVelocity, invertSource } = proxyActivities<Activities>(COMPUTE);
const { loadRegion, recordDeformation, notifyEvent } = proxyActivities<Activities>(CATALOGUE);

/** Line-of-sight velocity of a stack of interferograms (small baselines, least squares). */
export async function deformStack(input: DeformStackInput): Promise<DeformationResult> {
  const region = await loadRegion({ regionId: input.regionId });
  const title = `Velocity of ${region.name}`;
  markRun({ regionId: region.id, runKind: 'manual' });
  showStage({ stage: 'ingest', title, lines: [`stack ${input.uri}`] });
  const read = await readScenes({ region, uri: input.uri });
  showStage({ stage: 'invert', title, lines: [`${read.items} interferograms`, ...read.missing] });
  const velocity = await estimateVelocity({
    region,
    scenes: read.artifacts,
    ...(input.referencePixel ? { referencePixel: input.referencePixel } : {}),
    ...(input.minPairShare ? { minPairShare: input.minPairShare } : {}),
  });
  const result = await recordDeformation({ region, kind: 'velocity', product: velocity });
  showStage({ stage: 'done', title, lines: [...velocity.notes] });
  return result;
}

/** Source of the deformation in scenes, handed to the event that it belongs to. */
export async function invertDeformation(input: InvertDeformationInput): Promise<DeformationResult> {
  const region = await loadRegion({ regionId: input.regionId });
  const title = `Deformation source in ${region.name}`;
  markRun({ regionId: region.id, runKind: 'manual' });
  showStage({
    stage: 'ingest',
    title,
    lines: [input.uri ?? `${input.scenes?.length ?? 0} tables`],
  });
  const scenes = input.scenes ?? (await readScenes({ region, uri: input.uri ?? '' })).artifacts;
  showStage({ stage: 'invert', title, lines: [`model ${input.model}`] });
  const source = await invertSource({ region, scenes, model: input.model });
  const result = await recordDeformation({ region, kind: 'source', product: source });
  const told = await notifyEvent({
    region,
    deformation: result,
    ...(input.event ? { event: input.event } : {}),
  });
  showStage({
    stage: 'done',
    title,
    lines: [...source.notes, told ?? `no event to tell (${workflowInfo().workflowId})`],
  });
  return result;
}
