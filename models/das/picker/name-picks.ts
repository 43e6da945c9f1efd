/**
 * Gives picks the phase that the whole fibre agrees on. In: picks of single groups and quakes. Out:
 * picks, one a group and arrival.
 *
 * One component of one channel often cannot tell P from S; the fibre can, by what came before. What a
 * group says about an arrival under either name is taken together.
 * @module
 */
import type { EventArrival, FibreEvent } from './associate.js';
import type { GroupPick } from './group-picks.js';
import type { Calibration } from './weights-file.js';

/** Picks within this of a quake's arrival speak of it, s; less when S follows P closely. */
const NEAR_S = 0.8;
const SHARE_OF_SP = 0.4;

/** Renames picks. `distanceKm`: [group]. Events without both phases change nothing. */
export function namePicks(input: {
  readonly picks: readonly GroupPick[];
  readonly events: readonly FibreEvent[];
  readonly distanceKm: readonly number[];
  readonly calibration: Calibration['pick'];
}): GroupPick[] {
  let picks = [...input.picks];
  for (const { p, s } of input.events) {
    if (!p || !s) continue;
    const nearS = Math.min(NEAR_S, SHARE_OF_SP * (s.timeS - p.timeS));
    for (const [phase, arrival] of [
      ['P', p],
      ['S', s],
    ] as const) {
      picks = renamed({ ...input, picks, phase, arrival, nearS });
    }
  }
  return picks;
}

function renamed(input: {
  readonly picks: readonly GroupPick[];
  readonly phase: 'P' | 'S';
  readonly arrival: EventArrival;
  readonly nearS: number;
  readonly distanceKm: readonly number[];
  readonly calibration: Calibration['pick'];
}): GroupPick[] {
  const { picks, phase, arrival, nearS, distanceKm, calibration } = input;
  const expected = (group: number): number => {
    const km = distanceKm[group] as number;
    // The stretch that the group lies in, or the nearest one that heard the wave.
    const stretch = arrival.stretches.reduce((a, b) =>
      Math.abs(b.middleKm - km) < Math.abs(a.middleKm - km) ? b : a,
    );
    return stretch.timeS + stretch.slownessSKm * (km - stretch.middleKm);
  };
  const kept: GroupPick[] = [];
  const near = new Map<number, GroupPick[]>();
  for (const pick of picks) {
    if (Math.abs(pick.timeS - expected(pick.group)) > nearS) kept.push(pick);
    else near.set(pick.group, [...(near.get(pick.group) ?? []), pick]);
  }
  for (const [, own] of near) {
    const best = own.reduce((a, b) => (b.probability > a.probability ? b : a));
    const strongest = (of: 'P' | 'S'): number =>
      Math.max(0, ...own.filter((x) => x.phase === of).map((x) => x.probability));
    const probability = Math.min(1 - 1e-6, 1 - (1 - strongest('P')) * (1 - strongest('S')));
    const { prior } = calibration[phase];
    const logLikelihoodRatio =
      Math.log(probability / (1 - probability)) - Math.log(prior / (1 - prior));
    kept.push({ ...best, phase, probability, logLikelihoodRatio });
  }
  return kept.sort((a, b) => a.group - b.group || a.timeS - b.timeS);
}
