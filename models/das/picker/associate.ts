/**
 * From arrivals along a fibre to quakes. In: arrivals of each stretch. Out: events, P and S paired,
 * with calibrated probability and distance.
 * @module
 */
import type { FibreArrival } from './fibre-arrivals.js';
import { distanceFromSP, type DistanceKm } from './sp-distance.js';
import type { Calibration } from './weights-file.js';

/** Arrivals of a stretch with the number of its channels that count. */
export interface StretchArrivals {
  readonly arrivals: readonly FibreArrival[];
  /** Effective number of independent channels. */
  readonly independent: number;
}

/** A quake; times in s from the window's first sample. */
export interface FibreEvent {
  /** Null when the window does not hold it, or it is too weak. */
  readonly p: EventArrival | null;
  readonly s: EventArrival | null;
  readonly distanceKm: DistanceKm | null;
  readonly probability: number;
  /** logit(probability) - logit(prior), natural log. */
  readonly logLikelihoodRatio: number;
}

export interface EventArrival {
  readonly timeS: number;
  readonly sigmaS: number;
  readonly consensus: number;
  /** The arrival on each stretch of fibre that heard it. */
  readonly stretches: readonly FibreArrival[];
}

/**
 * S follows P by 1 s (8 km) to 75 s (600 km). Nearer than that, channels that disagree about the name
 * of one arrival would make a pair.
 */
const LEAST_SP_S = 1;
const MOST_SP_S = 75;
/** Later arrivals within this many times S-P after S are coda of the same quake, at least 5 s. */
const CODA_TIMES = 2;
const LEAST_CODA_S = 8;
/** Velocity models and phase names spread onsets by at least this, s. */
const LEAST_SIGMA_S = 0.05;
const SLOWEST_KM_S = 1.5;
/** Arrivals called P and S within this are one arrival, s. */
const SAME_S = 1;

/** Consensus shrunk by the number of channels that speak: one channel alone is half of a proof. */
export function weighed(consensus: number, independent: number): number {
  return (consensus * independent) / (independent + 1);
}

/**
 * Onsets of at least this log-likelihood ratio are evidence: 99 of 100 simulated onsets that were
 * found at all. The false rate counts the same.
 */
export const LEAST_EVIDENCE = 3;

/** Log odds of a shrunken consensus, finite at 0 and 1. */
export function consensusLogOdds(weighedConsensus: number): number {
  return Math.log((weighedConsensus + 0.02) / (1.02 - weighedConsensus));
}

/** What an arrival is judged by: its shrunken consensus and the rise of the fibre's energy. */
export interface Mark {
  readonly weight: number;
  readonly rise: number;
}

/** The features of a mark's calibration: constant, log odds of the consensus, rise. */
export function markFeatures({ weight, rise }: Mark): number[] {
  return [1, consensusLogOdds(weight), Math.min(MOST_RISE, Math.max(-MOST_RISE, rise))];
}

/** Rises beyond e^4 are as good as that: simulations hold few. */
const MOST_RISE = 4;

/**
 * log p(mark | onset) - log p(mark | false arrival): what simulated onsets and the arrivals of windows
 * without quakes say, by a logistic.
 */
export function arrivalLogRatio(map: Calibration['arrival'], mark: Mark): number {
  const [, odds = 0, rise = 0] = markFeatures(mark);
  const { offset, slope, prior } = map;
  return offset + slope * odds + map.rise * rise - Math.log(prior / (1 - prior));
}

/**
 * log p(data | onset at this second) - log p(data | noise) of an onset of either name on so many
 * independent channels: its consensus and rise among false ones, and how rare these are at all.
 */
export function onsetLogRatio(
  calibration: Pick<Calibration, 'onset'>,
  { consensus, rise }: Pick<FibreArrival, 'consensus' | 'rise'>,
  independent: number,
): number {
  const { onset } = calibration;
  return onset.rarity + arrivalLogRatio(onset, { weight: weighed(consensus, independent), rise });
}

/** An arrival that is likelier false than not adds nothing to an event. */
function strength(calibration: EventCalibration, mark: Mark | null): number {
  return mark === null ? 0 : Math.max(0, arrivalLogRatio(calibration.arrival, mark));
}

/** What events are judged by. */
export type EventCalibration = Pick<Calibration, 'arrival' | 'event'>;

/** The features of an event's calibration: constant, strengths of P and S, both there. */
export function eventFeatures(
  calibration: EventCalibration,
  p: Mark | null,
  s: Mark | null,
): number[] {
  const [ownP, ownS] = [strength(calibration, p), strength(calibration, s)];
  return [1, ownP, ownS, ownP > 0 && ownS > 0 ? 1 : 0];
}

/** Probability that arrivals with these marks (null: none) are a quake. */
export function eventProbability(
  calibration: EventCalibration,
  p: Mark | null,
  s: Mark | null,
): number {
  const [, ownP = 0, ownS = 0, isPair = 0] = eventFeatures(calibration, p, s);
  const { event } = calibration;
  const z = event.offset + event.p * ownP + event.s * ownS + event.pair * isPair;
  return 1 / (1 + Math.exp(-z));
}

interface Weighed extends FibreArrival {
  readonly weight: number;
  readonly independent: number;
  readonly stretches: readonly FibreArrival[];
}

/** Events above `leastProbability`, in time order. Each arrival belongs to one event at most. */
export function associate(input: {
  readonly stretches: readonly StretchArrivals[];
  readonly calibration: EventCalibration;
  readonly leastProbability: number;
}): FibreEvent[] {
  const { calibration, leastProbability } = input;
  let open = mergeStretches(input.stretches);
  const events: FibreEvent[] = [];
  for (;;) {
    const best = bestEvent(open, calibration);
    if (!best || best.event.probability < leastProbability) break;
    events.push(best.event);
    open = open.filter((arrival) => !belongsTo(arrival, best.event));
  }
  return events.sort((a, b) => startOf(a) - startOf(b));
}

/** The strongest candidate whatever its probability: what calibration is fitted on. */
export function bestCandidate(
  stretches: readonly StretchArrivals[],
  calibration: EventCalibration,
): { readonly p: Mark | null; readonly s: Mark | null } {
  const best = bestEvent(mergeStretches(stretches), calibration);
  return { p: best?.p ?? null, s: best?.s ?? null };
}

function startOf(event: FibreEvent): number {
  return event.p?.timeS ?? event.s?.timeS ?? 0;
}

interface Candidate {
  readonly event: FibreEvent;
  readonly p: Weighed | null;
  readonly s: Weighed | null;
}

function bestEvent(open: readonly Weighed[], calibration: EventCalibration): Candidate | null {
  let best: Candidate | null = null;
  const consider = (p: Weighed | null, s: Weighed | null): void => {
    const probability = eventProbability(calibration, p, s);
    if (best && probability <= best.event.probability) return;
    best = { p, s, event: makeEvent(p, s, probability, calibration.event.prior) };
  };
  const ps = open.filter((arrival) => arrival.phase === 'P');
  const ss = open.filter((arrival) => arrival.phase === 'S');
  for (const p of ps) {
    consider(p, null);
    for (const s of ss) {
      const gap = s.timeS - p.timeS;
      if (gap >= LEAST_SP_S && gap <= MOST_SP_S) consider(p, asS(s, ps, p));
    }
  }
  for (const s of ss) consider(null, s);
  return best;
}

/**
 * The S of a pair: channels that call the same arrival P speak for it too, since on one component S
 * alone often looks like P. What is P of the pair itself does not count twice.
 */
function asS(s: Weighed, ps: readonly Weighed[], own: Weighed): Weighed {
  const mistaken = ps.filter((p) => p !== own && Math.abs(p.timeS - s.timeS) <= SAME_S);
  const weight = Math.min(1, s.weight + Math.max(0, ...mistaken.map((p) => p.weight)));
  return { ...s, weight };
}

function makeEvent(
  p: Weighed | null,
  s: Weighed | null,
  probability: number,
  prior: number,
): FibreEvent {
  const bounded = Math.min(1 - 1e-6, Math.max(1e-6, probability));
  const [pArrival, sArrival] = [p && summary(p), s && summary(s)];
  const distanceKm =
    pArrival && sArrival
      ? distanceFromSP({
          sMinusPS: sArrival.timeS - pArrival.timeS,
          sigmaS: Math.hypot(pArrival.sigmaS, sArrival.sigmaS),
        })
      : null;
  return {
    p: pArrival,
    s: sArrival,
    distanceKm,
    probability,
    logLikelihoodRatio: Math.log(bounded / (1 - bounded)) - Math.log(prior / (1 - prior)),
  };
}

function summary(arrival: Weighed): EventArrival {
  return {
    timeS: arrival.timeS,
    sigmaS: Math.hypot(LEAST_SIGMA_S, arrival.spreadS / Math.sqrt(arrival.independent)),
    consensus: arrival.consensus,
    stretches: arrival.stretches,
  };
}

/** Its own arrivals, and whatever comes between P and the end of the coda. */
function belongsTo(arrival: FibreArrival, { p, s }: FibreEvent): boolean {
  const first = p?.timeS ?? s?.timeS ?? 0;
  const last = s?.timeS ?? first;
  const coda = Math.max(LEAST_CODA_S, CODA_TIMES * (last - first));
  // An S without its P: the P came before, and everything in between is of this quake.
  const lead = p ? 1.5 : 3;
  return arrival.timeS >= first - lead && arrival.timeS <= last + coda;
}

/** Arrivals that several stretches see within the time a wave needs between them become one. */
function mergeStretches(stretches: readonly StretchArrivals[]): Weighed[] {
  const groups: Weighed[][] = [];
  const all = stretches.flatMap(({ arrivals, independent }) =>
    arrivals.map((a) => ({
      ...a,
      independent,
      weight: weighed(a.consensus, independent),
      stretches: [a],
    })),
  );
  for (const arrival of [...all].sort((a, b) => b.weight - a.weight)) {
    const group = groups.find(([head]) => head !== undefined && isSameWave(head, arrival));
    if (group) group.push(arrival);
    else groups.push([arrival]);
  }
  return groups.map((group) => {
    const head = group[0] as Weighed;
    // Stretches that stay silent count against: the mean over all, but never less than a share.
    const heard = group.reduce((sum, a) => sum + a.weight, 0) / stretches.length;
    const independent = group.reduce((sum, a) => sum + a.independent, 0);
    return { ...head, independent, stretches: group, weight: Math.max(heard, 0.7 * head.weight) };
  });
}

function isSameWave(a: FibreArrival, b: FibreArrival): boolean {
  const apartKm = Math.abs(a.middleKm - b.middleKm);
  return (
    a.phase === b.phase &&
    (apartKm > 0 || a.timeS === b.timeS) &&
    Math.abs(a.timeS - b.timeS) <= apartKm / SLOWEST_KM_S + 0.4
  );
}
