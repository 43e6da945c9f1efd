/**
 * Scores of an associator against a reference: detection by time and place or by shared picks,
 * location and magnitude errors of matched events, paired block bootstrap. Pure.
 * @module
 */
import {
  epicentralKm as distance,
  greedy,
  matchNear,
  type Match,
} from '../../models/detection/picks/match-events.js';
import type { TrueEvent } from './datasets.js';

export { matchNear };

/** What a system found. */
export interface FoundEvent {
  readonly timeS: number;
  readonly eastKm: number;
  readonly northKm: number;
  readonly depthKm: number;
  readonly magnitude: number | null;
  /** Larger is surer: orders events in precision-recall curves. */
  readonly rank: number;
  /** Rows of the pick file. */
  readonly picks: readonly number[];
}

/** PyOcto's rule: shared picks / max(found, true) of at least 0.6. */
export function matchPicks(truth: readonly TrueEvent[], found: readonly FoundEvent[]): Match[] {
  const owner = new Map<number, number>();
  truth.forEach(({ picks }, t) => picks.forEach((pick) => owner.set(pick, t)));
  const pairs: { cost: number; truth: number; found: number }[] = [];
  found.forEach(({ picks }, f) => {
    const shared = new Map<number, number>();
    for (const pick of picks) {
      const t = owner.get(pick);
      if (t !== undefined) shared.set(t, (shared.get(t) ?? 0) + 1);
    }
    for (const [t, count] of shared) {
      const share = count / Math.max(picks.length, (truth[t] as TrueEvent).picks.length);
      if (share >= 0.6) pairs.push({ cost: -share, truth: t, found: f });
    }
  });
  return greedy(pairs);
}

export interface Score {
  readonly found: number;
  readonly matched: number;
  readonly reference: number;
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
  readonly epicentreKm: number;
  readonly depthKm: number;
  readonly depthBiasKm: number;
  readonly originS: number;
  readonly magnitudeBias: number;
  readonly magnitudeMad: number;
}

/** `isWanted`: which true events count for recall (all found ones count for precision). */
export function score(
  truth: readonly TrueEvent[],
  found: readonly FoundEvent[],
  matches: readonly Match[],
  isWanted: (event: TrueEvent) => boolean = () => true,
): Score {
  const reference = truth.filter(isWanted).length;
  const recalled = matches.filter(({ truth: t }) => isWanted(truth[t] as TrueEvent)).length;
  const precision = found.length === 0 ? 0 : matches.length / found.length;
  const recall = reference === 0 ? 0 : recalled / reference;
  const pairs = matches.map(
    ({ truth: t, found: f }) => [truth[t], found[f]] as [TrueEvent, FoundEvent],
  );
  const dz = pairs.map(([t, f]) => f.depthKm - t.depthKm);
  const dm = pairs.flatMap(([t, f]) => (f.magnitude === null ? [] : [f.magnitude - t.magnitude]));
  const bias = median(dm);
  return {
    found: found.length,
    matched: matches.length,
    reference,
    precision,
    recall,
    f1: f1Of(precision, recall),
    epicentreKm: median(pairs.map(([t, f]) => distance(t, f))),
    depthKm: median(dz.map(Math.abs)),
    depthBiasKm: median(dz),
    originS: median(pairs.map(([t, f]) => Math.abs(f.timeS - t.timeS))),
    magnitudeBias: bias,
    magnitudeMad: median(dm.map((d) => Math.abs(d - bias))),
  };
}

export const f1Of = (precision: number, recall: number): number =>
  precision + recall === 0 ? 0 : (2 * precision * recall) / (precision + recall);

export function median(values: readonly number[]): number {
  if (values.length === 0) return Number.NaN;
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1
    ? (sorted[middle] as number)
    : ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2;
}

/** The rule of the synthetic sets: >= 8 picks, >= 3 P, >= 2 S, >= 3 stations with both. */
export function isDetectable(
  phaseOf: (row: number) => { readonly station: number; readonly phase: number },
): (event: TrueEvent) => boolean {
  return ({ picks }) => {
    const p = new Set<number>();
    const s = new Set<number>();
    for (const row of picks) {
      const { station, phase } = phaseOf(row);
      (phase === 0 ? p : s).add(station);
    }
    const both = [...p].filter((station) => s.has(station)).length;
    return picks.length >= 8 && p.size >= 3 && s.size >= 2 && both >= 3;
  };
}

/** Precision and recall by lowering the least rank, at most `steps` points. */
export function precisionRecall(
  truth: readonly TrueEvent[],
  found: readonly FoundEvent[],
  steps = 40,
): { readonly rank: number; readonly precision: number; readonly recall: number }[] {
  const ranks = found.map(({ rank }) => rank).sort((a, b) => b - a);
  const levels = Array.from({ length: steps }, (_, k) =>
    Math.max(0, Math.round(((k + 1) * ranks.length) / steps) - 1),
  );
  return [...new Set(levels.map((k) => ranks[k]))].flatMap((rank) => {
    if (rank === undefined) return [];
    const kept = found.filter((event) => event.rank >= rank);
    const { precision, recall } = score(truth, kept, matchNear(truth, kept));
    return [{ rank, precision, recall }];
  });
}

/** Highest recall of wanted events at a precision, by lowering the least rank. */
export function recallAtPrecision(input: {
  readonly truth: readonly TrueEvent[];
  readonly found: readonly FoundEvent[];
  readonly isWanted: (event: TrueEvent) => boolean;
  readonly precision: number;
}): {
  readonly recall: number;
  readonly precision: number;
  readonly rank: number;
  readonly bestF1: number;
} {
  const { truth, found, isWanted } = input;
  const wanted = truth.filter(isWanted).length;
  const byFound = new Map(matchPicks(truth, found).map(({ truth: t, found: f }) => [f, t]));
  const order = found
    .map((_, i) => i)
    .sort((a, b) => (found[b] as FoundEvent).rank - (found[a] as FoundEvent).rank);
  let matched = 0;
  let recalled = 0;
  let best = { recall: 0, precision: 1, rank: Infinity, bestF1: 0 };
  let bestF1 = 0;
  order.forEach((f, i) => {
    const t = byFound.get(f);
    if (t !== undefined) {
      matched++;
      if (isWanted(truth[t] as TrueEvent)) recalled++;
    }
    const rank = (found[f] as FoundEvent).rank;
    const next = order[i + 1];
    // A threshold takes all events of one rank.
    if (next !== undefined && (found[next] as FoundEvent).rank === rank) return;
    const precision = matched / (i + 1);
    const recall = recalled / wanted;
    bestF1 = Math.max(bestF1, f1Of(precision, recall));
    if (precision >= input.precision && recall > best.recall)
      best = { recall, precision, rank, bestF1 };
  });
  return { ...best, bestF1 };
}

/** Counts of one system by block of time. */
interface BlockCounts {
  readonly found: Float64Array;
  readonly matched: Float64Array;
}

export interface PairedDifference {
  readonly difference: number;
  readonly low: number;
  readonly high: number;
  /** F1 of both with their own 95 % intervals: [value, low, high]. */
  readonly first: readonly [number, number, number];
  readonly second: readonly [number, number, number];
}

/**
 * F1 of the first system minus that of the second with a 95 % interval: blocks of time are drawn
 * with replacement, the same for both (Kuensch 1989). Matched pairs count in the block of the true
 * event, unmatched found events in the block of their own time.
 */
export function pairedBootstrap(input: {
  readonly truth: readonly TrueEvent[];
  readonly first: readonly FoundEvent[];
  readonly second: readonly FoundEvent[];
  readonly fromS: number;
  readonly toS: number;
  readonly blockS: number;
  readonly uniform: () => number;
  readonly draws?: number;
}): PairedDifference {
  const { truth, fromS, toS, blockS, uniform, draws = 4000 } = input;
  const n = Math.ceil((toS - fromS) / blockS);
  const blockOf = (timeS: number): number =>
    Math.min(n - 1, Math.max(0, Math.floor((timeS - fromS) / blockS)));
  const reference = new Float64Array(n);
  for (const event of truth) reference[blockOf(event.timeS)]!++;
  const count = (found: readonly FoundEvent[]): BlockCounts => {
    const counts = { found: new Float64Array(n), matched: new Float64Array(n) };
    const partner = new Map(matchNear(truth, found).map((m) => [m.found, m.truth]));
    found.forEach((event, i) => {
      const t = partner.get(i);
      const block = blockOf(t === undefined ? event.timeS : (truth[t] as TrueEvent).timeS);
      counts.found[block]!++;
      if (t !== undefined) counts.matched[block]!++;
    });
    return counts;
  };
  const counts = [count(input.first), count(input.second)] as const;
  const f1 = (of: BlockCounts, weight: (block: number) => number): number => {
    let [matched, all] = [0, 0];
    for (let b = 0; b < n; b++) {
      const w = weight(b);
      matched += w * (of.matched[b] as number);
      all += w * ((of.found[b] as number) + (reference[b] as number));
    }
    return all === 0 ? 0 : (2 * matched) / all;
  };
  const samples: [number[], number[], number[]] = [[], [], []];
  for (let draw = 0; draw < draws; draw++) {
    const times = new Float64Array(n);
    for (let k = 0; k < n; k++) times[Math.floor(uniform() * n)]!++;
    const [a, b] = [
      f1(counts[0], (k) => times[k] as number),
      f1(counts[1], (k) => times[k] as number),
    ];
    samples[0].push(a);
    samples[1].push(b);
    samples[2].push(a - b);
  }
  for (const sample of samples) sample.sort((a, b) => a - b);
  const interval = (sample: readonly number[]): [number, number] => [
    sample[Math.floor(0.025 * draws)] as number,
    sample[Math.ceil(0.975 * draws) - 1] as number,
  ];
  const [a, b] = [f1(counts[0], () => 1), f1(counts[1], () => 1)];
  const [low, high] = interval(samples[2]);
  return {
    difference: a - b,
    low,
    high,
    first: [a, ...interval(samples[0])],
    second: [b, ...interval(samples[1])],
  };
}
