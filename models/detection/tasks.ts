/**
 * The compute tasks of detection: what worker threads run. Input and output survive structured
 * clone.
 * @module
 */
import type { TaskContext, TaskTable } from '../../core/compute.js';
import type { EvidenceSet } from '../../core/evidence.js';
import type { OriginEstimate, SourceContribution } from '../../core/quake.js';
import type { Region } from '../../core/region.js';
import { loadBackend } from '../backend.js';
import type { DeformationEvidence } from './deformation-likelihood.js';
import { detectWith, type DetectInput, type DetectResult } from './detect.js';
import { stackPart } from './stack-simd.js';
import { LEAST_EFFECTIVE_SHARE, reweightByDeformation, rerunWithDeformation } from './reweight.js';
import { decodeSamples, encodeSamples } from './samples-table.js';
import { originMarginals } from './summarise.js';

/** An origin and what arrived late. */
export interface UpdateOriginInput {
  /** Latest origin of the event. */
  readonly origin: OriginEstimate;
  /** Its posterior samples, Arrow IPC bytes as encodeSamples writes them. */
  readonly samplesArrow: Uint8Array;
  readonly region: Region;
  readonly deformation: DeformationEvidence;
  readonly seed: number;
  /** Evidence of the window: makes a rerun exact. */
  readonly evidence?: EvidenceSet;
}

/** The next origin of the same event. */
export interface UpdateOriginResult {
  readonly origin: OriginEstimate;
  readonly samplesArrow: Uint8Array;
  /** Effective samples of the reweighting, also when a rerun followed. */
  readonly effectiveSamples: number;
  readonly method: 'reweighted' | 'rerun' | 'rerun-approximate';
}

/** Detects quakes in a window with the best tensor backend there is. */
export async function detectQuakes(
  input: DetectInput,
  context?: TaskContext,
): Promise<DetectResult> {
  const backend = await loadBackend();
  return detectWith(backend, input, context);
}

/** Updates an origin by deformation: reweights its samples, or reruns from them. */
export function updateOrigin(input: UpdateOriginInput, context?: TaskContext): UpdateOriginResult {
  const { samples, windowStart } = decodeSamples(input.samplesArrow);
  context?.throwIfCancelled();
  const first = reweightByDeformation({ samples, deformation: input.deformation });
  const rerun = first.trusted
    ? null
    : rerunWithDeformation({
        samples,
        deformation: input.deformation,
        region: input.region,
        seed: input.seed,
        ...(input.evidence ? { evidence: input.evidence } : {}),
      });
  const updated = rerun ?? first;
  const method = rerun ? (rerun.exact ? 'rerun' : 'rerun-approximate') : 'reweighted';
  const share = Math.round((100 * first.effectiveSamples) / samples.latitude.length);
  const contribution: SourceContribution = { source: 'insar', nats: first.logEvidence, items: 1 };
  context?.progress({ fraction: 1, note: `${method}, ${share} % effective` });
  return {
    origin: {
      ...input.origin,
      ...originMarginals(updated.samples, windowStart),
      contributions: [
        ...input.origin.contributions.filter((c) => c.source !== 'insar'),
        contribution,
      ],
      notes: [
        ...input.origin.notes,
        rerun
          ? `deformation: only ${share} % of the samples stayed effective (limit ` +
            `${100 * LEAST_EFFECTIVE_SHARE} %), sampler rerun` +
            (rerun.exact ? '' : ' from a Gaussian of the old posterior')
          : `deformation: samples reweighted, ${share} % effective`,
      ],
    },
    samplesArrow: encodeSamples({ samples: updated.samples, windowStart }),
    effectiveSamples: first.effectiveSamples,
    method,
  };
}

/** Tasks by name, for the thread pool; `stackPart` is one thread's share of a large stack. */
export const detectionTasks = {
  detectQuakes,
  updateOrigin,
  stackPart,
} as const satisfies TaskTable;
