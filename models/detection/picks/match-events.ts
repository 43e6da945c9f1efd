/** Which found event is which reference event: by time and place, one to one. Pure. @module */

/** What is compared: seconds and kilometres on one plane. */
export interface PlacedEvent {
  readonly timeS: number;
  readonly eastKm: number;
  readonly northKm: number;
}

export interface Match {
  readonly truth: number;
  readonly found: number;
}

/** Within 3 s and 20 km, greedily by (dt/3)^2 + (dx/20)^2: the field's usual local rule. */
export const NEAR = { timeS: 3, distanceKm: 20 };

export function matchNear(truth: readonly PlacedEvent[], found: readonly PlacedEvent[]): Match[] {
  const order = found.map((_, i) => i).sort((a, b) => time(found, a) - time(found, b));
  const pairs: { cost: number; truth: number; found: number }[] = [];
  truth.forEach((event, t) => {
    let low = 0;
    let high = order.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (time(found, order[middle] as number) < event.timeS - NEAR.timeS) low = middle + 1;
      else high = middle;
    }
    for (let k = low; k < order.length; k++) {
      const f = order[k] as number;
      const candidate = found[f] as PlacedEvent;
      const dt = candidate.timeS - event.timeS;
      if (dt > NEAR.timeS) break;
      const dx = epicentralKm(event, candidate);
      if (dx > NEAR.distanceKm) continue;
      pairs.push({
        cost: (dt / NEAR.timeS) ** 2 + (dx / NEAR.distanceKm) ** 2,
        truth: t,
        found: f,
      });
    }
  });
  return greedy(pairs);
}

const time = (found: readonly PlacedEvent[], i: number): number => (found[i] as PlacedEvent).timeS;

/** Epicentral distance, km. */
export function epicentralKm(
  a: { eastKm: number; northKm: number },
  b: { eastKm: number; northKm: number },
): number {
  return Math.hypot(a.eastKm - b.eastKm, a.northKm - b.northKm);
}

/** Best pairs first, each side once. */
export function greedy(pairs: { cost: number; truth: number; found: number }[]): Match[] {
  pairs.sort((a, b) => a.cost - b.cost || a.truth - b.truth || a.found - b.found);
  const usedTruth = new Set<number>();
  const usedFound = new Set<number>();
  const matches: Match[] = [];
  for (const pair of pairs) {
    if (usedTruth.has(pair.truth) || usedFound.has(pair.found)) continue;
    usedTruth.add(pair.truth);
    usedFound.add(pair.found);
    matches.push({ truth: pair.truth, found: pair.found });
  }
  return matches;
}
