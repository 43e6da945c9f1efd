/**
 * The phase picker of fibres. In: strain rate of a window. Out: picks, quakes, and whether the window
 * is of a kind the picker knows.
 * @module
 */
import { InvalidInputError } from '../../../core/errors.js';
import { effectiveChannels } from '../channels.js';
import { associate, type FibreEvent, type StretchArrivals } from './associate.js';
import { fibreArrivals } from './fibre-arrivals.js';
import { groupPicks, type GroupPick } from './group-picks.js';
import { namePicks } from './name-picks.js';
import { outOfDistribution, tempering, type OutOfDistribution } from './out-of-distribution.js';
import { fibreOnsets, type FibreOnset } from './onsets.js';
import { prepareFibre, type PreparedFibre } from './preprocess.js';
import { loadEnsemble, phaseProbabilities, type Ensemble } from './probabilities.js';
import { INPUT_HZ, LEAST_RATE_HZ, LEAST_SECONDS } from './settings.js';
import type { DistanceKm } from './sp-distance.js';
import { readPicker, type PickerFile } from './weights-file.js';
import { riseMeter } from './rise.js';
import { liveGroups, windowFeatures } from './window-features.js';

/** A picker on its backend; load once. */
export interface Picker {
  readonly ensemble: Ensemble;
  readonly file: PickerFile;
  dispose(): void;
}

/** A recording of one fibre. */
export interface FibreWindow {
  /** Strain rate, strain or phase rate in any unit, [channel * time]; NaN where unknown. */
  readonly samples: Float32Array;
  readonly channelCount: number;
  readonly sampleCount: number;
  /** 50 Hz or more. */
  readonly rateHz: number;
  readonly startNs: bigint;
  /** Distance along the fibre, ascending, m, [channel]. */
  readonly distanceM: ArrayLike<number>;
  /** Numbers of the channels, [channel]; 0, 1, 2 ... when left out. */
  readonly channels?: ArrayLike<number>;
}

export interface FibrePick {
  /** Number of the channel in the middle of those averaged. */
  readonly channel: number;
  readonly distanceM: number;
  readonly phase: 'P' | 'S';
  readonly timeNs: bigint;
  /** Calibrated on held-out simulations. */
  readonly probability: number;
  readonly sigmaS: number;
  /** Natural log against noise; see DESIGN section 5. */
  readonly logLikelihoodRatio: number;
  /** Standard deviation of the probability over the ensemble. */
  readonly ensembleSpread: number;
}

export interface PickedEvent {
  /** At the middle of the fibre; null when this phase is not seen in the window. */
  readonly pTimeNs: bigint | null;
  readonly pSigmaS: number | null;
  readonly sTimeNs: bigint | null;
  readonly sSigmaS: number | null;
  /** Epicentral distance; null without both phases. */
  readonly distanceKm: DistanceKm | null;
  /** With the prior of `quakePrior`. */
  readonly probability: number;
  /** Natural log; does not depend on the prior. */
  readonly logLikelihoodRatio: number;
}

export interface PickedWindow {
  readonly picks: readonly FibrePick[];
  readonly events: readonly PickedEvent[];
  readonly outOfDistribution: OutOfDistribution;
  /** Effective number of independent channels of each stretch of fibre. */
  readonly independentChannels: readonly number[];
  /** Channels left out: dead, missing or far louder than their neighbours. */
  readonly channelsLeftOut: number;
}

/** Picks below this probability are not reported, events below this not declared. */
const LEAST_PICK = 0.3;
const LEAST_EVENT = 0.5;
/**
 * Share of windows of a minute that hold a quake in the field: three a day. Training windows hold one
 * in two; with this prior a quake needs both of its phases, or one on nearly every channel.
 */
const QUAKE_PRIOR = 0.002;
/** Waves are straight lines over this length of fibre, m. */
const STRETCH_M = 2000;
/** Groups whose correlation is looked at. */
const MOST_CORRELATED = 32;
const MOST_VALUES = 2 ** 29;

/** Loads weights (the shipped ones by default). Throws InvalidInputError, CorruptSourceError. */
export async function loadPicker(input: { readonly dir?: string } = {}): Promise<Picker> {
  const { file, members } = readPicker(input.dir);
  const ensemble = await loadEnsemble(members);
  return { ensemble, file, dispose: () => ensemble.dispose() };
}

/**
 * Picks P and S on one window of a fibre and declares quakes. In a window unlike the training, what
 * speaks for a quake counts less (see `tempering`).
 * @throws InvalidInputError naming the field when the window cannot be picked: lengths that do not
 * fit, under 10 s, under 50 Hz, distances that do not ascend
 */
export async function pickFibreWindow(
  input: FibreWindow & {
    readonly picker: Picker;
    readonly leastPickProbability?: number;
    readonly leastEventProbability?: number;
    /** Expected share of windows with a quake, in (0, 1). */
    readonly quakePrior?: number;
  },
): Promise<PickedWindow> {
  checkWindow(input);
  const { picker, channelCount } = input;
  const { calibration, reference } = picker.file;
  const channelSpacingM = spacingOf(input);
  const prepared = prepareFibre({ ...input, channelSpacingM });
  const live = liveGroups(prepared);
  const probabilities = await phaseProbabilities(picker.ensemble, prepared);
  const alone = groupPicks(probabilities, calibration);
  const distanceKm = groupDistancesKm(prepared, input.distanceM);
  const stretches = arrivalsOfStretches({ prepared, picks: alone, live, distanceKm });
  const priorLogOdds = logOdds(input.quakePrior ?? QUAKE_PRIOR);
  const leastRatio = logOdds(input.leastEventProbability ?? LEAST_EVENT) - priorLogOdds;
  const known = outOfDistribution(
    windowFeatures({ ...input, prepared, channelSpacingM }),
    reference,
  );
  const share = tempering(known);
  const events = associate({
    stretches,
    calibration,
    leastProbability: probabilityOf(leastRatio / share + logOdds(calibration.event.prior)),
  }).map((event) => ({ ...event, logLikelihoodRatio: share * event.logLikelihoodRatio }));
  const picks = namePicks({ picks: alone, events, distanceKm, calibration: calibration.pick });
  const least = input.leastPickProbability ?? LEAST_PICK;
  return {
    picks: picks
      .filter((pick) => pick.probability >= least)
      .map((pick) => reported(input, prepared, pick)),
    events: events.map((event) => dated(event, input.startNs, priorLogOdds)),
    outOfDistribution: known,
    independentChannels: stretches.map((stretch) => stretch.independent),
    channelsLeftOut: channelCount - prepared.channelUsed.reduce((a, b) => a + b, 0),
  };
}

/** Where the groups' middle channels lie along the fibre, km, [group]. `distanceM`: [channel]. */
export function groupDistancesKm(prepared: PreparedFibre, distanceM: ArrayLike<number>): number[] {
  return Array.from(
    { length: prepared.groupCount },
    (_, g) => (distanceM[middleChannel(prepared, g, distanceM.length)] as number) / 1000,
  );
}

/** A stretch's arrivals by name, and its onsets whatever their name. */
export interface StretchOnsets extends StretchArrivals {
  readonly onsets: readonly FibreOnset[];
}

/** Arrivals of each 2 km of fibre. */
export function arrivalsOfStretches(input: {
  readonly prepared: PreparedFibre;
  readonly picks: readonly GroupPick[];
  readonly live: readonly number[];
  /** [group]. */
  readonly distanceKm: readonly number[];
}): StretchOnsets[] {
  const { prepared, picks, live, distanceKm } = input;
  const first = distanceKm[0] as number;
  const stretches = new Map<number, number[]>();
  for (const g of live) {
    const at = Math.floor(((distanceKm[g] as number) - first) / (STRETCH_M / 1000));
    stretches.set(at, [...(stretches.get(at) ?? []), g]);
  }
  const byGroup = [...picks].sort((a, b) => a.group - b.group);
  return [...stretches.values()].map((groups) => {
    const own = {
      picks: byGroup.filter(({ group }) => groups.includes(group)),
      live: groups,
      distanceKm,
      durationS: prepared.sampleCount / INPUT_HZ,
      riseAt: riseMeter({ prepared, groups, distanceKm }),
    };
    const arrivals = fibreArrivals(own);
    const until = Math.min(...arrivals.map((a) => a.timeS));
    return {
      arrivals,
      onsets: fibreOnsets(own),
      independent: independentGroups(prepared, groups, until),
    };
  });
}

/** Effective number of independent channels in the noise before the first arrival. */
function independentGroups(
  prepared: PreparedFibre,
  groups: readonly number[],
  untilS: number,
): number {
  const quiet = Math.round((untilS - 0.5) * INPUT_HZ);
  const to = quiet > 3 * INPUT_HZ && Number.isFinite(quiet) ? quiet : prepared.sampleCount;
  const step = Math.max(1, groups.length / MOST_CORRELATED);
  const rows: Float32Array[] = [];
  for (let k = 0; k < groups.length; k += step) {
    const at = (groups[Math.floor(k)] as number) * prepared.paddedCount;
    rows.push(prepared.values.subarray(at, at + prepared.sampleCount));
  }
  return Math.max(1, effectiveChannels(rows, Math.max(0, to - 20 * INPUT_HZ), to));
}

function checkWindow(input: FibreWindow): void {
  const { samples, channelCount, sampleCount, rateHz, distanceM, channels } = input;
  const refuse = (what: string, reason: string, remedy: string): never => {
    throw new InvalidInputError({ what, reason, remedy });
  };
  if (!Number.isInteger(channelCount) || channelCount < 1 || !Number.isInteger(sampleCount)) {
    refuse('shape', `${channelCount} channels x ${sampleCount}`, 'give whole positive numbers');
  }
  if (!(rateHz >= LEAST_RATE_HZ) || rateHz > 1e6) {
    refuse('rateHz', `${rateHz} Hz`, `give at least ${LEAST_RATE_HZ} Hz: the picker needs 1-20 Hz`);
  }
  if (!(sampleCount >= LEAST_SECONDS * rateHz)) {
    refuse('window', `${sampleCount} samples at ${rateHz} Hz`, `give at least ${LEAST_SECONDS} s`);
  }
  if (samples.length !== channelCount * sampleCount || samples.length > MOST_VALUES) {
    refuse(
      'samples',
      `${samples.length} values for ${channelCount} channels of ${sampleCount}`,
      `give [channel * time], at most ${MOST_VALUES} values at once`,
    );
  }
  if (distanceM.length !== channelCount || (channels && channels.length !== channelCount)) {
    refuse('distanceM', `${distanceM.length} for ${channelCount} channels`, 'give one a channel');
  }
  for (let c = 1; c < channelCount; c++) {
    if (!((distanceM[c] as number) > (distanceM[c - 1] as number))) {
      refuse('distanceM', `channel ${c} does not lie after channel ${c - 1}`, 'sort the channels');
    }
  }
}

/** Median distance of neighbours, m. */
function spacingOf({ distanceM }: FibreWindow): number {
  const steps = Array.from({ length: distanceM.length - 1 }, (_, c) => {
    return (distanceM[c + 1] as number) - (distanceM[c] as number);
  }).sort((a, b) => a - b);
  return steps[steps.length >> 1] ?? 10;
}

function middleChannel(prepared: PreparedFibre, group: number, channelCount: number): number {
  const first = group * prepared.groupSize;
  const last = Math.min(channelCount, first + prepared.groupSize) - 1;
  return (first + last) >> 1;
}

function atNs(startNs: bigint, timeS: number): bigint {
  return startNs + BigInt(Math.round(timeS * 1e9));
}

function reported(input: FibreWindow, prepared: PreparedFibre, pick: GroupPick): FibrePick {
  const middle = middleChannel(prepared, pick.group, input.channelCount);
  return {
    channel: input.channels?.[middle] ?? middle,
    distanceM: input.distanceM[middle] as number,
    phase: pick.phase,
    timeNs: atNs(input.startNs, pick.timeS),
    probability: pick.probability,
    sigmaS: pick.sigmaS,
    logLikelihoodRatio: pick.logLikelihoodRatio,
    ensembleSpread: pick.spread,
  };
}

const logOdds = (p: number): number => Math.log(p / (1 - p));
const probabilityOf = (odds: number): number => 1 / (1 + Math.exp(-odds));

function dated(event: FibreEvent, startNs: bigint, priorLogOdds: number): PickedEvent {
  return {
    pTimeNs: event.p && atNs(startNs, event.p.timeS),
    pSigmaS: event.p && event.p.sigmaS,
    sTimeNs: event.s && atNs(startNs, event.s.timeS),
    sSigmaS: event.s && event.s.sigmaS,
    distanceKm: event.distanceKm,
    probability: probabilityOf(event.logLikelihoodRatio + priorLogOdds),
    logLikelihoodRatio: event.logLikelihoodRatio,
  };
}
