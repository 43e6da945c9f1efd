/**
 * The map of shaking of a published event, for the worker threads: posterior samples and evidence as
 * stored in, map and summary out.
 * @module
 */
import type { Task, TaskTable } from '../../core/compute.js';
import type { EvidenceSet } from '../../core/evidence.js';
import type { IsoTime } from '../../core/time.js';
import { decodeSamples } from '../detection/samples-table.js';
import type { GroundMotionModel } from '../groundmotion/ground-motion-model.js';
import { describeShaking, modelNamed, type DescribedShaking } from './describe.js';
import { equalSamples, observationsOf } from './event-data.js';
import type { QuakeSample } from './prior.js';

/** Half the side of a published map in cells, 31 x 31 in all: under a second to make. */
const HALF_CELLS = 15;
/** Intensity to which a published map reaches, and the least and most half side, km. */
const EDGE_MMI = 3;
const REACH_KM = [30, 300] as const;
/** As the command takes it where nobody knows better, m/s. */
const VS30 = 400;

export interface MapShakingInput {
  readonly eventId: string;
  readonly originTime: IsoTime;
  /** Arrow IPC bytes as `encodeSamples` writes them. */
  readonly samplesArrow: Uint8Array;
  /** Bytes of the window's JSON `EvidenceSet`; null when the event has none: then it is the prior's map. */
  readonly evidence: Uint8Array | null;
  readonly isSynthetic: boolean;
}

/** Map of an event. Throws CorruptSourceError for samples that cannot be read. */
const mapShaking: Task<MapShakingInput, DescribedShaking> = (input) => {
  const { samples: posterior } = decodeSamples(input.samplesArrow);
  const samples = equalSamples(posterior);
  const evidence = input.evidence
    ? (JSON.parse(new TextDecoder().decode(input.evidence)) as EvidenceSet)
    : null;
  const { originTime } = input;
  const radiusKm = reachKm({ samples, model: modelNamed('network') });
  return describeShaking({
    eventId: input.eventId,
    samples,
    samplesKnowData: true,
    mechanism: null,
    observations: evidence ? observationsOf(evidence, { origin: { originTime } }) : [],
    settings: {
      model: 'network',
      vs30: VS30,
      radiusKm,
      // A little more, so that rounding adds no cell.
      spacingKm: (radiusKm / HALF_CELLS) * (1 + 1e-9),
      places: [],
    },
    notes: input.isSynthetic ? ['the event is SIMULATED'] : [],
  });
};

/** Distance at which the median of the mean quake falls to intensity 3, km, from 30 to 300. */
export function reachKm(input: {
  readonly samples: readonly QuakeSample[];
  readonly model: GroundMotionModel;
}): number {
  const { samples, model } = input;
  const average = (pick: (sample: QuakeSample) => number): number =>
    samples.reduce((sum, sample) => sum + pick(sample), 0) / samples.length;
  const magnitude = average((sample) => sample.magnitude);
  const depthKm = average((sample) => sample.depthKm);
  const isFelt = (distanceKm: number): boolean =>
    model.predict('mmi', {
      magnitude,
      depthKm,
      distanceKm,
      vs30: VS30,
      mechanism: 'unspecified',
    }).median > EDGE_MMI;
  let [low, high]: [number, number] = [...REACH_KM];
  if (!isFelt(low)) return low;
  if (isFelt(high)) return high;
  while (high - low > 1) {
    const middle = (low + high) / 2;
    if (isFelt(middle)) low = middle;
    else high = middle;
  }
  return Math.round(high);
}

/** Tasks of this stage, for a worker pool. */
export const shakingTasks = { mapShaking } as const satisfies TaskTable;
