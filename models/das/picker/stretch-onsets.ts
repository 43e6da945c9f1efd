/**
 * Onsets of a stretch of fibre up to a few kilometres, for evidence. In: samples of its channels. Out:
 * onsets named by the network and by the quakes they make, the consensus at each instant.
 * @module
 */
import { associate, type EventArrival } from './associate.js';
import { consensusSeries, type ConsensusSeries } from './fibre-arrivals.js';
import { groupPicks } from './group-picks.js';
import { eitherName, type FibreOnset } from './onsets.js';
import { outOfDistribution, type OutOfDistribution } from './out-of-distribution.js';
import { arrivalsOfStretches, groupDistancesKm, type Picker } from './pick-fibre-window.js';
import { prepareFibre } from './preprocess.js';
import { phaseProbabilities } from './probabilities.js';
import { riseMeter } from './rise.js';
import { INPUT_HZ, OUTPUT_HZ } from './settings.js';
import { liveGroups, windowFeatures } from './window-features.js';

/** Times in s from the stretch's first sample. */
export type NamedOnset = Pick<FibreOnset, 'phase' | 'timeS' | 'consensus' | 'rise' | 'spreadS'>;

export interface StretchEvidence {
  /** In time order. */
  readonly onsets: readonly NamedOnset[];
  /** Of an onset of either name along the best move-out. */
  readonly series: ConsensusSeries & { readonly rateHz: number };
  /** Effective number of independent channels. */
  readonly independent: number;
  readonly channelsLeftOut: number;
  readonly outOfDistribution: OutOfDistribution;
}

/** An onset this near a quake's arrival is that arrival, s. */
const SAME_S = 1;
/** Quakes of this probability (with the calibration's prior) name their onsets. */
const NAMING_PROBABILITY = 0.9;

/** `samples`: [channel * time], NaN where unknown; `distanceM`: [channel], ascending. */
export async function stretchOnsets(input: {
  readonly picker: Picker;
  readonly samples: Float32Array;
  readonly rateHz: number;
  readonly distanceM: readonly number[];
}): Promise<StretchEvidence> {
  const { picker, samples, rateHz, distanceM } = input;
  const channelCount = distanceM.length;
  const sampleCount = samples.length / channelCount;
  const length = (distanceM[channelCount - 1] as number) - (distanceM[0] as number);
  const channelSpacingM = channelCount > 1 ? length / (channelCount - 1) : 10;
  const { calibration, reference } = picker.file;
  const prepared = prepareFibre({ samples, channelCount, sampleCount, rateHz, channelSpacingM });
  const probabilities = await phaseProbabilities(picker.ensemble, prepared);
  const picks = groupPicks(probabilities, calibration);
  const live = liveGroups(prepared);
  const distanceKm = groupDistancesKm(prepared, distanceM);
  const stretches = arrivalsOfStretches({ prepared, picks, live, distanceKm });
  const events = associate({ stretches, calibration, leastProbability: NAMING_PROBABILITY });
  const durationS = prepared.sampleCount / INPUT_HZ;
  const riseAt = riseMeter({ prepared, groups: live, distanceKm });
  const used = prepared.channelUsed.reduce((a, b) => a + b, 0);
  const named = stretches
    .flatMap(({ onsets }) => onsets)
    .map((onset) => events.reduce(namedBy, onset as NamedOnset));
  return {
    onsets: named.sort((a, b) => a.timeS - b.timeS),
    series: {
      rateHz: OUTPUT_HZ,
      ...consensusSeries({ picks: eitherName(picks), live, distanceKm, durationS, riseAt }),
    },
    independent: stretches.reduce((sum, stretch) => sum + stretch.independent, 0) || 1,
    channelsLeftOut: channelCount - used,
    outOfDistribution: outOfDistribution(
      windowFeatures({ ...input, prepared, sampleCount, channelSpacingM }),
      reference,
    ),
  };
}

/** A quake knows which of its onsets is which, and the time of the picks that say so. */
function namedBy(
  onset: NamedOnset,
  event: { readonly p: EventArrival | null; readonly s: EventArrival | null },
): NamedOnset {
  if (!event.p || !event.s) return onset;
  for (const [phase, arrival] of [
    ['P', event.p],
    ['S', event.s],
  ] as const) {
    const own = arrival.stretches.find((a) => Math.abs(a.timeS - onset.timeS) < SAME_S);
    if (own) return { ...onset, phase, timeS: own.timeS, spreadS: own.spreadS };
  }
  return onset;
}
