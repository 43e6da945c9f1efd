/**
 * Arrivals of a stretch of fibre: what its channel groups agree on. In: probabilities and positions.
 * Out: P and S arrivals with their consensus along the best straight move-out.
 * @module
 */
import { median, robustSigma } from '../../signal/robust.js';
import type { GroupPick } from './group-picks.js';
import type { RiseAt } from './rise.js';
import { OUTPUT_HZ } from './settings.js';

/** An arrival on a stretch of fibre. */
export interface FibreArrival {
  readonly phase: 'P' | 'S';
  /** s from the window's first sample, at the stretch's middle. */
  readonly timeS: number;
  /** Along the fibre, s/km. */
  readonly slownessSKm: number;
  /** Mean over the live groups of the calibrated probability at the arrival, 0..1. */
  readonly consensus: number;
  /** Log energy ratio of the fibre there, see `riseMeter`. */
  readonly rise: number;
  /** Groups with a pick there, and the robust spread of their times about the move-out, s. */
  readonly groupCount: number;
  readonly spreadS: number;
  /** Middle of the stretch along the fibre, km. */
  readonly middleKm: number;
}

type Nameless = Omit<FibreArrival, 'phase'>;

/** Slowest apparent speed of a seismic body wave along a fibre, km/s. */
const SLOWEST_KM_S = 1.5;
/** A group agrees when its pick is within this of the move-out, s. */
export const TOLERANCE_S = 0.3;
/** Consensus below this is not an arrival. */
const LEAST_CONSENSUS = 0.12;
/** An onset needs something before it: the start of a window is blind, s. */
export const BLIND_S = 1.5;
/** Arrivals of one phase are at least this far apart, s. */
const APART_S = 1;

/** Arrivals of both phases in time order. `live`: groups that can be used; `distanceKm`: [group]. */
export function fibreArrivals(input: {
  readonly picks: readonly GroupPick[];
  readonly live: readonly number[];
  readonly distanceKm: readonly number[];
  readonly durationS: number;
  readonly riseAt: RiseAt;
}): FibreArrival[] {
  return (['P', 'S'] as const)
    .flatMap((phase) =>
      agreed({ ...input, picks: input.picks.filter((pick) => pick.phase === phase) }).map(
        (arrival): FibreArrival => ({ ...arrival, phase }),
      ),
    )
    .sort((a, b) => a.timeS - b.timeS);
}

/** What groups agree on, whatever its name; strongest first. Picks of one group must be together. */
export function agreed(input: Agreeing): Nameless[] {
  const found: Nameless[] = [];
  const { picks, middleKm } = along(input);
  for (const { slow, score } of moveOuts(input)) {
    for (let at = Math.round(BLIND_S * OUTPUT_HZ); at < score.length; at++) {
      const consensus = score[at] as number;
      if (consensus < LEAST_CONSENSUS) continue;
      if (consensus < Math.max(score[at - 1] ?? 0, score[at + 1] ?? 0)) continue;
      found.push({ ...blank, timeS: at / OUTPUT_HZ, slownessSKm: slow, consensus, middleKm });
    }
  }
  return separate(found)
    .map((arrival) => refine(arrival, picks))
    .map((a) => ({ ...a, rise: input.riseAt(a.timeS, a.slownessSKm) }));
}

interface Agreeing {
  readonly picks: readonly Pick<GroupPick, 'group' | 'timeS' | 'probability'>[];
  readonly live: readonly number[];
  readonly distanceKm: readonly number[];
  readonly durationS: number;
  readonly riseAt: RiseAt;
}

/** What a fibre says at each instant along the best move-out, [time] at 25 Hz. */
export interface ConsensusSeries {
  readonly consensus: Float64Array;
  /** 0 where nothing agrees. */
  readonly rise: Float64Array;
}

export function consensusSeries(input: Agreeing): ConsensusSeries {
  const bins = Math.ceil(input.durationS * OUTPUT_HZ) + 1;
  const [consensus, rise] = [new Float64Array(bins), new Float64Array(bins)];
  const slowness = new Float64Array(bins);
  for (const { slow, score } of moveOuts(input)) {
    score.forEach((value, i) => {
      if (value <= (consensus[i] as number)) return;
      consensus[i] = value;
      slowness[i] = slow;
    });
  }
  consensus.forEach((value, i) => {
    if (value < LEAST_CONSENSUS) return;
    rise[i] = input.riseAt(i / OUTPUT_HZ, slowness[i] as number);
  });
  return { consensus, rise };
}

/** Picks of live groups with their place about the middle of these, km. */
function along({ picks, live, distanceKm }: Agreeing) {
  const ends = live.map((g) => distanceKm[g] as number);
  const [first, last] = [Math.min(...ends), Math.max(...ends)];
  const middleKm = (first + last) / 2;
  const inLive = new Set(live);
  return {
    middleKm,
    reachKm: (last - first) / 2,
    picks: picks
      .filter((pick) => inLive.has(pick.group))
      .map((pick) => ({ ...pick, km: (distanceKm[pick.group] as number) - middleKm })),
  };
}

/** Consensus of each bin of a sample along each move-out. */
function moveOuts(input: Agreeing): { slow: number; score: Float64Array }[] {
  if (input.live.length === 0) return [];
  const { picks, reachKm } = along(input);
  const bins = Math.ceil(input.durationS * OUTPUT_HZ) + 1;
  const steps = Math.ceil(reachKm / SLOWEST_KM_S / (TOLERANCE_S / 2));
  return Array.from({ length: 2 * steps + 1 }, (_, k) => {
    const slow = steps === 0 ? 0 : (k - steps) / steps / SLOWEST_KM_S;
    const score = agreement(picks, slow, bins);
    return { slow, score: score.map((x) => x / input.live.length) };
  });
}

const blank = { groupCount: 0, spreadS: 0, rise: 0 } as const;

/** Sum over groups of the best probability within the tolerance of each instant. */
function agreement(
  picks: readonly { group: number; timeS: number; probability: number; km: number }[],
  slow: number,
  bins: number,
): Float64Array {
  const score = new Float64Array(bins);
  const best = new Float64Array(bins);
  const width = Math.round(TOLERANCE_S * OUTPUT_HZ);
  for (let i = 0; i < picks.length;) {
    const { group } = picks[i] as { group: number };
    best.fill(0);
    for (; i < picks.length && picks[i]?.group === group; i++) {
      const pick = picks[i] as (typeof picks)[number];
      const centre = Math.round((pick.timeS - slow * pick.km) * OUTPUT_HZ);
      for (let k = Math.max(0, centre - width); k <= Math.min(bins - 1, centre + width); k++) {
        if (pick.probability > (best[k] as number)) best[k] = pick.probability;
      }
    }
    for (let k = 0; k < bins; k++) score[k] = (score[k] as number) + (best[k] as number);
  }
  return score;
}

/** Strongest first; weaker ones nearby are the same arrival. Ties go to the faster wave. */
function separate(found: readonly Nameless[]): Nameless[] {
  const ranked = [...found].sort(
    (a, b) =>
      b.consensus - a.consensus ||
      Math.abs(a.slownessSKm) - Math.abs(b.slownessSKm) ||
      a.timeS - b.timeS,
  );
  const kept: Nameless[] = [];
  for (const arrival of ranked) {
    if (kept.every((k) => Math.abs(k.timeS - arrival.timeS) >= APART_S)) kept.push(arrival);
  }
  return kept;
}

/** Time as the median of the groups' picks about the move-out. */
function refine(
  arrival: Nameless,
  picks: readonly { group: number; timeS: number; probability: number; km: number }[],
): Nameless {
  const near = picks
    .map((pick) => ({ ...pick, at: pick.timeS - arrival.slownessSKm * pick.km }))
    .filter((pick) => Math.abs(pick.at - arrival.timeS) <= 2 * TOLERANCE_S);
  if (near.length === 0) return arrival;
  const times = near.map((pick) => pick.at);
  return {
    ...arrival,
    timeS: median(times),
    groupCount: new Set(near.map((pick) => pick.group)).size,
    spreadS: times.length > 2 ? robustSigma(times) : TOLERANCE_S,
  };
}
