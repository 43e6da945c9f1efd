/**
 * Onsets of a stretch of fibre: what some channels call P and others S is one. In: picks of groups.
 * Out: onsets in time order, each with the name the fibre gives it.
 * @module
 */
import { agreed, TOLERANCE_S, type FibreArrival } from './fibre-arrivals.js';
import type { GroupPick } from './group-picks.js';
import type { RiseAt } from './rise.js';

/** An onset; its consensus is that of an onset of either name. */
export interface FibreOnset extends Omit<FibreArrival, 'phase'> {
  /** 'unknown' when neither name has twice the other's consensus. */
  readonly phase: 'P' | 'S' | 'unknown';
}

/** Picks of one group under both names within this are one, s. */
const SAME_S = 0.4;
/** A name is sure when it has this many times the other's consensus. */
const SURE = 2;

/** Onsets in time order. `live`: groups that can be used; `distanceKm`: [group]. */
export function fibreOnsets(input: {
  readonly picks: readonly GroupPick[];
  readonly live: readonly number[];
  readonly distanceKm: readonly number[];
  readonly durationS: number;
  readonly riseAt: RiseAt;
}): FibreOnset[] {
  return agreed({ ...input, picks: eitherName(input.picks) })
    .map((onset): FibreOnset => ({ ...onset, phase: nameOf(onset, input) }))
    .sort((a, b) => a.timeS - b.timeS);
}

/** One pick a group and time: the chance that it is P or S. */
export function eitherName(
  picks: readonly GroupPick[],
): Pick<GroupPick, 'group' | 'timeS' | 'probability'>[] {
  const groups = new Map<number, GroupPick[]>();
  for (const pick of picks) groups.set(pick.group, [...(groups.get(pick.group) ?? []), pick]);
  const together: Pick<GroupPick, 'group' | 'timeS' | 'probability'>[] = [];
  for (const [group, own] of [...groups].sort(([a], [b]) => a - b)) {
    const left = [...own].sort((a, b) => b.probability - a.probability || a.timeS - b.timeS);
    for (let pick = left.shift(); pick !== undefined; pick = left.shift()) {
      const { timeS, phase } = pick;
      const twin = left.findIndex(
        (other) => other.phase !== phase && Math.abs(other.timeS - timeS) <= SAME_S,
      );
      const other = twin < 0 ? undefined : left.splice(twin, 1)[0];
      const probability = 1 - (1 - pick.probability) * (1 - (other?.probability ?? 0));
      together.push({ group, timeS, probability });
    }
  }
  return together;
}

/** Which name the picks about the move-out give. */
function nameOf(
  onset: Omit<FibreArrival, 'phase'>,
  input: { readonly picks: readonly GroupPick[]; readonly distanceKm: readonly number[] },
): FibreOnset['phase'] {
  let [p, s] = [0, 0];
  for (const pick of input.picks) {
    const km = (input.distanceKm[pick.group] as number) - onset.middleKm;
    const away = Math.abs(pick.timeS - onset.slownessSKm * km - onset.timeS);
    if (away > 2 * TOLERANCE_S) continue;
    if (pick.phase === 'P') p += pick.probability;
    else s += pick.probability;
  }
  return p >= SURE * s ? 'P' : s >= SURE * p ? 'S' : 'unknown';
}
