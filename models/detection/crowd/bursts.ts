/**
 * What makes many phones trigger and is no quake. In: triggers of one cell, or of all. Out: the
 * log-likelihood ratio of a burst of unknown onset, length and share against lone false triggers.
 * The explanations are those of the gateway's network test (`crowd-alternatives.ts`), averaged over
 * their parameters where that takes the best of them.
 * @module
 */
import { logSumExp } from '../../numerics/special.js';
import { AT_ONCE_S } from '../../phones/network/crowd-alternatives.js';
import type { PreparedCell } from './cell-likelihood.js';

/** Shares of phones that a burst triggers: all equally likely. */
const SHARES = [0.05, 0.15, 0.4, 0.8] as const;
const STEP_S = 1;

/** Phones and their triggers in time, weighted to those that count. Columns, [bin]. */
export interface BurstData {
  readonly active: number;
  readonly timeS: Float64Array;
  readonly count: Float64Array;
  readonly rateHz: number;
  readonly startS: number;
  readonly endS: number;
}

/** One cell's own burst: a stadium, a stroke of lightning, a train. */
export function cellBurst(prepared: PreparedCell): BurstData | null {
  const { cell, weight, timeS, count, rateHz } = prepared;
  const span = spanOf(cell.uptime);
  if (!span || prepared.triggered < 2) return null;
  const weighted = count.map((x) => weight * x);
  return { active: weight * cell.active, timeS, count: weighted, rateHz, ...span };
}

/** All phones at once: a push message, an update. */
export function commonBurst(cells: readonly PreparedCell[]): BurstData | null {
  const span = spanOf(cells.flatMap(({ cell }) => cell.uptime));
  if (!span) return null;
  const counts = new Map<number, number>();
  let [active, rate] = [0, 0];
  for (const { cell, weight, timeS, count, rateHz } of cells) {
    active += weight * cell.active;
    rate += weight * cell.active * rateHz;
    timeS.forEach((t, b) => counts.set(t, (counts.get(t) ?? 0) + weight * (count[b] as number)));
  }
  if (active === 0 || counts.size === 0) return null;
  const sorted = [...counts].sort(([a], [b]) => a - b);
  return {
    active,
    timeS: Float64Array.from(sorted, ([t]) => t),
    count: Float64Array.from(sorted, ([, x]) => x),
    rateHz: rate / active,
    ...span,
  };
}

/**
 * log of the mean likelihood ratio over onsets in the span, lengths (exponential) and shares. Each
 * phone triggers at most once: those that did not cost log(1 - share).
 */
export function burstLogRatio(data: BurstData): number {
  const { active, timeS, count, rateHz, startS, endS } = data;
  const triggered = count.reduce((sum, x) => sum + x, 0);
  const logs: number[] = [];
  const steps = Math.max(1, Math.ceil((endS - startS) / STEP_S));
  for (let k = 0; k < steps; k++) {
    const onset = startS + k * STEP_S;
    for (const scale of AT_ONCE_S) {
      const heard = 1 - Math.exp(-(endS - onset) / scale);
      for (const share of SHARES) {
        const silent = Math.log(1 - share * heard);
        let sum = Math.max(0, active - triggered) * silent;
        for (let b = 0; b < timeS.length; b++) {
          const since = (timeS[b] as number) - onset;
          const rate = since < 0 ? 0 : (share * Math.exp(-since / scale)) / (scale * rateHz);
          sum += (count[b] as number) * Math.log(1 - share * heard + rate);
        }
        logs.push(sum);
      }
    }
  }
  return logSumExp(logs) - Math.log(logs.length);
}

function spanOf(
  uptime: readonly { readonly startS: number; readonly endS: number }[],
): { startS: number; endS: number } | null {
  if (uptime.length === 0) return null;
  return {
    startS: Math.min(...uptime.map((u) => u.startS)),
    endS: Math.max(...uptime.map((u) => u.endS)),
  };
}
