/**
 * A second look at quakes that were declared one by one. The first of them was found with the arrivals of all
 * others in its way, so each is found again in what the others leave (relocate), goes when nothing
 * is left for it (death), gives way to two that explain more (split) or to one that explains both (merge). The moves
 * are those of a birth-and-death sampler, taken greedily.
 * @module
 */
import type { Arrival, EvidenceSet } from '../../core/evidence.js';
import { distanceKm } from '../../core/geo.js';
import { EXPLAINED, withoutEvent, type ArrivalShares } from './arrival-shares.js';
import type { Candidate } from './candidates.js';

/** A quake with what it was found in and what of that it explains. */
export interface Claim {
  readonly evidence: EvidenceSet;
  readonly shares: ArrivalShares;
  /** Middle of its posterior. */
  readonly middle: Candidate;
  /** log odds that it exists. */
  readonly logOdds: number;
  /** Other places and times that by themselves looked like a quake. */
  readonly rivals: readonly Candidate[];
}

/**
 * Finds the best quake in evidence: at the candidates given, and anywhere unless `only` there. Null when
 * none is declared.
 */
export type FindQuake<Quake extends Claim> = (
  evidence: EvidenceSet,
  where: { readonly candidates: readonly Candidate[]; readonly only: boolean },
) => Promise<Quake | null>;

const SWEEPS = 2;
/** Quakes nearer than this in time and place may be one. */
const ONE_S = 15;
const ONE_KM = 60;
/** Candidates of the stack nearer in time than this are one. */
const APART_S = 5;
/** Nearer than this they are the same answer. */
const SAME_S = 2;
const SAME_KM = 5;

/** The quakes after as many sweeps as change something, at most two; in the order they came. */
export async function reviseQuakes<Quake extends Claim>(input: {
  readonly evidence: EvidenceSet;
  readonly quakes: readonly Quake[];
  readonly find: FindQuake<Quake>;
  readonly maxQuakes: number;
}): Promise<{ readonly quakes: readonly Quake[]; readonly notes: readonly string[] }> {
  const { evidence, find, maxQuakes } = input;
  const notes: string[] = [];
  let quakes = input.quakes;
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    const before = quakes;
    let moved = sweep > 0;
    for (const quake of before) {
      // The last was found in what these others leave.
      if (quakes.length < 2 || (!moved && quake === before.at(-1))) break;
      const others = quakes.filter((other) => other !== quake);
      const again = await find(leftBy(evidence, others, [quake]), {
        candidates: [quake.middle],
        only: false,
      });
      quakes = again ? quakes.map((q) => (q === quake ? again : q)) : others;
      moved ||= !again || !isSame(again.middle, quake.middle);
      if (!again) notes.push(`${told(quake)}: gone, the other quakes leave nothing for it`);
    }
    for (const quake of quakes) {
      if (!quakes.includes(quake) || quakes.length >= maxQuakes) continue;
      const two = await split({ evidence, find, quakes, quake });
      if (two) notes.push(`${told(quake)}: two quakes explain more`);
      if (two) quakes = quakes.flatMap((q) => (q === quake ? two : [q]));
    }
    for (const [one, two] of closePairs(quakes)) {
      if (!quakes.includes(one) || !quakes.includes(two)) continue;
      const merged = await merge({ evidence, find, quakes, one, two });
      if (merged) notes.push(`${told(two)}: one quake explains it and another one`);
      if (merged) quakes = quakes.flatMap((q) => (q === one ? [merged] : q === two ? [] : [q]));
    }
    const changed =
      quakes.length !== before.length ||
      quakes.some((quake, k) => !isSame(quake.middle, (before[k] as Quake).middle));
    if (!changed) break;
  }
  return { quakes, notes };
}

/** What some quakes leave of the evidence, with all that `keep` claim; reports go to one of these. */
export function leftBy(
  evidence: EvidenceSet,
  quakes: readonly Claim[],
  keep: readonly Claim[],
): EvidenceSet {
  const kept = new Set(keep.flatMap(claimed));
  const left = quakes.reduce(
    (rest, quake) => withoutEvent(rest, sharesIn(rest, quake), (arrival) => kept.has(arrival)),
    evidence,
  );
  const reports = keep.some((quake) => quake.evidence.reports) ? evidence.reports : left.reports;
  return { ...left, reports };
}

/** Arrivals keep their identity while others around them are taken out. */
function claimed({ evidence, shares }: Claim): Arrival[] {
  return evidence.sensors.flatMap((sensor, i) =>
    sensor.arrivals.filter((_, k) => (shares.bySensor[i]?.probability[k] ?? 0) >= EXPLAINED),
  );
}

/** The shares of a quake for the arrivals of other evidence; it does not know all of them. */
function sharesIn(evidence: EvidenceSet, { evidence: own, shares }: Claim): ArrivalShares {
  const bySensor = shares.bySensor.map((share, i) => {
    const known = new Map(
      (own.sensors[i]?.arrivals ?? []).map((arrival, k) => [arrival, share.probability[k] ?? 0]),
    );
    const arrivals = evidence.sensors[i]?.arrivals ?? [];
    return { ...share, probability: arrivals.map((arrival) => known.get(arrival) ?? 0) };
  });
  return { ...shares, bySensor };
}

/** Two quakes in place of one, when together they are likelier. */
async function split<Quake extends Claim>(input: {
  readonly evidence: EvidenceSet;
  readonly find: FindQuake<Quake>;
  readonly quakes: readonly Quake[];
  readonly quake: Quake;
}): Promise<readonly [Quake, Quake] | null> {
  const { evidence, find, quakes, quake } = input;
  const others = quakes.filter((q) => q !== quake);
  const own = leftBy(evidence, others, [quake]);
  const rivals = quake.rivals.filter((rival) =>
    quakes.every(({ middle }) => apartS(rival, middle) >= APART_S),
  );
  for (const rival of rivals) {
    const first = await find(own, { candidates: [rival], only: true });
    if (!first || isSame(first.middle, quake.middle)) continue;
    const second = await find(leftBy(own, [first], []), {
      candidates: [quake.middle],
      only: true,
    });
    if (second && first.logOdds + second.logOdds > quake.logOdds) return [first, second];
  }
  return null;
}

/** One quake in place of two, when it leaves nothing for another. */
async function merge<Quake extends Claim>(input: {
  readonly evidence: EvidenceSet;
  readonly find: FindQuake<Quake>;
  readonly quakes: readonly Quake[];
  readonly one: Quake;
  readonly two: Quake;
}): Promise<Quake | null> {
  const { evidence, find, quakes, one, two } = input;
  const others = quakes.filter((q) => q !== one && q !== two);
  const both = leftBy(evidence, others, [one, two]);
  const candidates = [one.middle, two.middle];
  const merged = await find(both, { candidates, only: true });
  if (!merged) return null;
  const more = await find(leftBy(both, [merged], []), { candidates, only: false });
  return more ? null : merged;
}

function closePairs<Quake extends Claim>(quakes: readonly Quake[]): (readonly [Quake, Quake])[] {
  return quakes.flatMap((one, i) =>
    quakes
      .slice(i + 1)
      .filter((two) => isNear(one.middle, two.middle))
      .map((two) => [one, two] as const),
  );
}

const apartS = (a: Candidate, b: Candidate): number =>
  a.timeS === null || b.timeS === null ? Infinity : Math.abs(a.timeS - b.timeS);
const isNear = (a: Candidate, b: Candidate): boolean =>
  apartS(a, b) < ONE_S && distanceKm(a, b) < ONE_KM;
const isSame = (a: Candidate, b: Candidate): boolean =>
  apartS(a, b) < SAME_S && distanceKm(a, b) < SAME_KM;

const told = ({ middle }: Claim): string =>
  `quake at ${middle.latitude.toFixed(2)}, ${middle.longitude.toFixed(2)}, ${(middle.timeS ?? 0).toFixed(1)} s`;
