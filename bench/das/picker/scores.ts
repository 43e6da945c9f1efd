/**
 * Scores of picks against simulated truth. In: picks of windows. Out: precision, recall, residuals.
 * @module
 */
import type { DasWindow } from '../../../models/generative/das-windows.js';
import { median, robustSigma } from '../../../models/signal/robust.js';
import type { RivalPick } from './rivals.js';

/** A pick is right within this of its onset, s. */
export const RIGHT_S = 0.5;

/** Score of one picker at one threshold. */
export interface Score {
  readonly threshold: number;
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
  readonly residualMedianS: number;
  readonly residualSigmaS: number;
  readonly picks: number;
  readonly onsets: number;
}

export interface Scored {
  readonly window: DasWindow;
  readonly picks: readonly RivalPick[];
}

/**
 * Score of the picks of `phase` above `threshold`; 'any' takes P and S alike. Arrivals that show only
 * doubtfully count neither for nor against. Each onset is found once; a second pick there is wrong
 * only if it is further than 0.5 s.
 */
export function scorePicks(
  scored: readonly Scored[],
  phase: 'P' | 'S' | 'any',
  threshold: number,
): Score {
  let [right, wrong, onsets, found] = [0, 0, 0, 0];
  const residuals: number[] = [];
  for (const { window, picks } of scored) {
    const truth = truthOf(window, phase);
    onsets += truth.filter((t) => t.visible === 2).length;
    const hit = new Set<number>();
    for (const pick of picks) {
      if (pick.score < threshold) continue;
      if (phase !== 'any' && pick.phase !== phase) continue;
      const near = truth.findIndex(
        (t) => t.channel === pick.channel && Math.abs(t.timeS - pick.timeS) <= RIGHT_S,
      );
      const onset = truth[near];
      if (!onset) wrong++;
      else if (onset.visible === 2) {
        right++;
        if (!hit.has(near)) residuals.push(pick.timeS - onset.timeS);
        hit.add(near);
      }
    }
    found += hit.size;
  }
  const precision = right + wrong === 0 ? 0 : right / (right + wrong);
  const recall = onsets === 0 ? 0 : found / onsets;
  return {
    threshold,
    precision,
    recall,
    f1: precision + recall === 0 ? 0 : (2 * precision * recall) / (precision + recall),
    residualMedianS: residuals.length === 0 ? 0 : median(residuals),
    residualSigmaS: residuals.length === 0 ? 0 : robustSigma(residuals),
    picks: right + wrong,
    onsets,
  };
}

/** The threshold with the highest F1: each picker at its best. */
export function bestScore(
  scored: readonly Scored[],
  phase: 'P' | 'S' | 'any',
  thresholds: readonly number[],
): Score {
  const scores = thresholds.map((threshold) => scorePicks(scored, phase, threshold));
  return scores.reduce((best, score) => (score.f1 > best.f1 ? score : best));
}

function truthOf(
  window: DasWindow,
  phase: 'P' | 'S' | 'any',
): { channel: number; timeS: number; visible: number }[] {
  const { quake } = window;
  if (!quake) return [];
  const of = (times: Float64Array, visible: Uint8Array) =>
    Array.from(times, (timeS, channel) => ({
      channel,
      timeS,
      visible: visible[channel] as number,
    }));
  return [
    ...(phase === 'S' ? [] : of(quake.pTimeS, quake.pVisible)),
    ...(phase === 'P' ? [] : of(quake.sTimeS, quake.sVisible)),
  ].filter((t) => t.visible > 0);
}
