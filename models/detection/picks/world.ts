/**
 * The events of a window and who owns which pick, with the moves that raise their joint posterior:
 * birth, refit with contest of picks, death and merge. (A split is a birth from picks that a refit
 * gave up.)
 * @module
 */
import type { Claims } from './assign-picks.js';
import type { EventFit, FitStart } from './fit.js';

/** Fits again from a known event under the present claims. */
export type Refit = (start: FitStart, self: number, contest: boolean) => EventFit | null;

export interface World {
  readonly claims: Claims;
  /** Living events, in order of birth. */
  list(): readonly EventFit[];
  /** Adds proposals, best first; those whose picks are gone are fitted again. Returns the births. */
  bear(input: { fits: readonly EventFit[]; refit: Refit; keepLogOdds: number }): number;
  /** Fits every event again, best first, free to take picks from others. Returns the deaths. */
  refitAll(input: { refit: Refit; keepLogOdds: number }): number;
  /** Joins neighbours where one event explains both better. Returns the merges. */
  mergeAll(input: { refit: Refit }): number;
}

/** Only events this near to each other may be one. */
const MERGE = { timeS: 6, distanceKm: 40 };
const MAX_REFITS = 4;

export function createWorld(pickCount: number): World {
  const owner = new Int32Array(pickCount).fill(-1);
  const gain = new Float64Array(pickCount);
  const claims: Claims = { owner, gain };
  const events: (EventFit | null)[] = [];

  const release = (id: number): void => {
    const event = events[id];
    if (!event) return;
    for (const pick of event.picks) if (owner[pick] === id) owner[pick] = -1;
    events[id] = null;
  };

  /** Writes claims; events that lose picks are named in `robbed`. */
  const claim = (id: number, fit: EventFit, robbed: Set<number>): void => {
    release(id);
    fit.picks.forEach((pick, k) => {
      const before = owner[pick] as number;
      if (before >= 0 && before !== id) robbed.add(before);
      owner[pick] = id;
      gain[pick] = fit.gain[k] as number;
    });
    events[id] = fit;
  };

  const bear: World['bear'] = ({ fits, refit, keepLogOdds }) => {
    const queue = createQueue(fits);
    const robbed = new Set<number>();
    let born = 0;
    for (let next = queue.take(); next; next = queue.take()) {
      const isFree = next.fit.picks.every((pick) => (owner[pick] as number) < 0);
      if (isFree) {
        events.push(null);
        claim(events.length - 1, next.fit, robbed);
        born++;
        continue;
      }
      if (next.refits >= MAX_REFITS) continue;
      const again = refit(next.fit, -1, false);
      if (again && again.logOdds > keepLogOdds) queue.put(again, next.refits + 1);
    }
    return born;
  };

  const refitAll: World['refitAll'] = ({ refit, keepLogOdds }) => {
    let died = 0;
    let todo = living().sort((a, b) => odds(b) - odds(a) || a - b);
    for (let round = 0; round < 3 && todo.length > 0; round++) {
      const robbed = new Set<number>();
      for (const id of todo) {
        const event = events[id];
        if (!event) continue;
        const fit = refit(event, id, true);
        if (fit && fit.logOdds > keepLogOdds) claim(id, fit, robbed);
        else {
          release(id);
          died++;
        }
      }
      todo = [...robbed].sort((a, b) => a - b);
    }
    // Whoever lost picks in the last round must not keep what it no longer owns.
    for (const id of todo) {
      const event = events[id];
      if (!event) continue;
      const fit = refit(event, id, false);
      if (fit && fit.logOdds > keepLogOdds) claim(id, fit, new Set());
      else {
        release(id);
        died++;
      }
    }
    return died;
  };

  const mergeAll: World['mergeAll'] = ({ refit }) => {
    const order = living().sort((a, b) => at(a).timeS - at(b).timeS || a - b);
    let merged = 0;
    for (let i = 0; i < order.length; i++) {
      for (let j = i + 1; j < order.length; j++) {
        const [a, b] = [order[i] as number, order[j] as number];
        const [first, second] = [events[a], events[b]];
        if (!first) break;
        if (!second) continue;
        if (second.timeS - first.timeS > MERGE.timeS) break;
        const apart = Math.hypot(first.eastKm - second.eastKm, first.northKm - second.northKm);
        if (apart > MERGE.distanceKm) continue;
        if (tryMerge(a, b, first, second, refit)) merged++;
      }
    }
    return merged;
  };

  const tryMerge = (
    a: number,
    b: number,
    first: EventFit,
    second: EventFit,
    refit: Refit,
  ): boolean => {
    const [strongId, strong, weakId, weak] =
      first.logOdds >= second.logOdds ? [a, first, b, second] : [b, second, a, first];
    release(weakId);
    const joined = refit(strong, strongId, false);
    if (joined && joined.logOdds >= strong.logOdds + Math.max(0, weak.logOdds)) {
      claim(strongId, joined, new Set());
      return true;
    }
    claim(weakId, weak, new Set());
    return false;
  };

  const living = (): number[] => events.flatMap((event, id) => (event ? [id] : []));
  const at = (id: number): EventFit => events[id] as EventFit;
  const odds = (id: number): number => at(id).logOdds;

  return {
    claims,
    list: () => events.filter((event) => event !== null),
    bear,
    refitAll,
    mergeAll,
  };
}

interface Queued {
  readonly fit: EventFit;
  readonly refits: number;
  readonly rank: number;
}

/** Binary heap: highest log odds first, then the one that came first. */
function createQueue(fits: readonly EventFit[]): {
  take(): Queued | undefined;
  put(fit: EventFit, refits: number): void;
} {
  const heap: Queued[] = [];
  let rank = 0;
  const before = (a: Queued, b: Queued): boolean =>
    a.fit.logOdds > b.fit.logOdds || (a.fit.logOdds === b.fit.logOdds && a.rank < b.rank);
  const put = (fit: EventFit, refits: number): void => {
    const item = { fit, refits, rank: rank++ };
    let i = heap.push(item) - 1;
    while (i > 0) {
      const parent = (i - 1) >> 1;
      if (!before(item, heap[parent] as Queued)) break;
      heap[i] = heap[parent] as Queued;
      i = parent;
    }
    heap[i] = item;
  };
  const take = (): Queued | undefined => {
    const top = heap[0];
    const last = heap.pop();
    if (top === undefined || last === undefined || heap.length === 0) return top;
    let i = 0;
    for (;;) {
      let child = 2 * i + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && before(heap[child + 1] as Queued, heap[child] as Queued))
        child++;
      if (!before(heap[child] as Queued, last)) break;
      heap[i] = heap[child] as Queued;
      i = child;
    }
    heap[i] = last;
    return top;
  };
  for (const fit of fits) put(fit, 0);
  return { take, put };
}
