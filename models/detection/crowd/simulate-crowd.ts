/**
 * Crowds drawn from the model of the likelihood: what phones of given cells say about an event, or
 * about nothing. Cells and event in, the same cells with triggers out.
 * @module
 */
import type { CrowdBin, CrowdCell, CrowdEvidence } from '../../../core/evidence.js';
import type { Random } from '../../../core/random.js';
import type { TravelTimeTable } from '../../traveltime/travel-time-table.js';
import { OVERDISPERSION } from '../../phones/network/scan-cells.js';
import type { EventState } from '../event-prior.js';
import type { DetectionParameters } from '../parameters.js';
import {
  emptyCellPrediction,
  LOG10_TRIGGER_PEAK,
  predictCell,
  S_SHARE,
  thresholdSigma,
  type CrowdTerms,
} from './cell-model.js';

/** A cell before its phones have said anything. */
export type BlankCell = Omit<CrowdCell, 'bins'>;

interface Trigger {
  readonly timeS: number;
  readonly logOdds: number;
  readonly log10PeakGal: number;
}

const CLOCK_SIGMA_S = 0.15;

/**
 * Draws. `terms`: this event's latent terms (see `drawCrowdTerms`). Every phone triggers once at most:
 * on P, on S or falsely. Phones of a cell are independent here; the likelihood counts only
 * `crowdCellPhones` of them, so its intervals are exact for cells of no more and else wider.
 */
export function simulateCrowd(input: {
  readonly cells: readonly BlankCell[];
  readonly binS: number;
  readonly event: EventState | null;
  readonly terms: CrowdTerms;
  readonly table: TravelTimeTable;
  readonly parameters: DetectionParameters;
  readonly random: Random;
}): CrowdEvidence {
  const { event, terms, table, parameters, random, binS } = input;
  const prediction = emptyCellPrediction();
  const cells = input.cells.map((blank): CrowdCell => {
    const cell = { ...blank, bins: [] };
    if (event) predictCell(prediction, cell, event, terms, table, parameters);
    const triggers: Trigger[] = [];
    for (let i = 0; i < cell.active; i++) {
      const false_ = falseTrigger(cell, parameters, random);
      const own = event ? eventTrigger(prediction, parameters, random) : null;
      const first = own ?? false_;
      const heard =
        first && cell.uptime.some((u) => first.timeS >= u.startS && first.timeS < u.endS);
      if (first && heard) triggers.push(first);
    }
    return { ...cell, bins: binned(triggers, binS) };
  });
  return { binS, cells, notes: [] };
}

/** Draws the latent terms of an event. */
export function drawCrowdTerms(parameters: DetectionParameters, random: Random): CrowdTerms {
  return {
    amplitude: Math.hypot(parameters.pgaEventSigma, parameters.crowdGainSigma) * random.normal(),
    slowness: parameters.travelTimeShare * random.normal(),
    slownessS: S_SHARE * parameters.travelTimeShare * random.normal(),
  };
}

function eventTrigger(
  prediction: ReturnType<typeof emptyCellPrediction>,
  parameters: DetectionParameters,
  random: Random,
): Trigger | null {
  const { shareP, shareS, timeP, timeS, sigmaP, sigmaS, peakP, peakS, peakSigma } = prediction;
  const pick = random.uniform();
  if (pick >= shareP + shareS) return null;
  const isP = pick < shareP;
  const expected = isP ? peakP : peakS;
  const spread = (isP ? sigmaP : sigmaS) * student4(random);
  return {
    timeS: (isP ? timeP : timeS) + spread + CLOCK_SIGMA_S * random.normal(),
    logOdds: scoreOdds(1 + parameters.crowdScoreWeight, 1, random),
    log10PeakGal: triggeringPeak(expected, peakSigma, thresholdSigma(parameters), random),
  };
}

function falseTrigger(
  cell: CrowdCell,
  parameters: DetectionParameters,
  random: Random,
): Trigger | null {
  const startS = Math.min(...cell.uptime.map((u) => u.startS));
  const endS = Math.max(...cell.uptime.map((u) => u.endS));
  // The likelihood believes in more false triggers than there are: the simulator follows it.
  const waitS = random.exponential() / (OVERDISPERSION * cell.falseRateHz);
  if (!(startS + waitS < endS)) return null;
  return {
    timeS: startS + waitS,
    logOdds: scoreOdds(1, 1 + parameters.crowdScoreWeight, random),
    log10PeakGal: LOG10_TRIGGER_PEAK + parameters.noiseAmplitudeScale * random.exponential(),
  };
}

/** A peak of the normal distribution that is over the phone's own threshold: tried until one is. */
function triggeringPeak(mean: number, sigma: number, threshold: number, random: Random): number {
  for (let k = 0; k < 1000; k++) {
    const peak = mean + sigma * random.normal();
    if (peak > LOG10_TRIGGER_PEAK + threshold * random.normal()) return peak;
  }
  return LOG10_TRIGGER_PEAK;
}

/** Log odds of a Beta(a, b) probability with a or b equal to 1. */
function scoreOdds(a: number, b: number, random: Random): number {
  const u = 1 - random.uniform();
  const p = b === 1 ? u ** (1 / a) : 1 - u ** (1 / b);
  return Math.max(-4, Math.min(4, Math.log(p / (1 - p))));
}

/** Student-t with four degrees of freedom. */
function student4(random: Random): number {
  return random.normal() / Math.sqrt((random.exponential() + random.exponential()) / 2);
}

function binned(triggers: readonly Trigger[], binS: number): CrowdBin[] {
  const bins = new Map<number, Trigger[]>();
  for (const trigger of triggers) {
    const k = Math.floor(trigger.timeS / binS);
    const own = bins.get(k);
    if (own) own.push(trigger);
    else bins.set(k, [trigger]);
  }
  return [...bins]
    .sort(([a], [b]) => a - b)
    .map(([k, own]) => ({
      timeS: (k + 0.5) * binS,
      count: own.length,
      clockSigmaS: CLOCK_SIGMA_S,
      logOdds: own.reduce((sum, t) => sum + t.logOdds, 0) / own.length,
      log10PeakGal: own.reduce((sum, t) => sum + t.log10PeakGal, 0) / own.length,
    }));
}
