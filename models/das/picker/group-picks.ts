/**
 * Picks of single channel groups. In: probabilities of P and S. Out: peaks with calibrated
 * probability and the spread of their times.
 * @module
 */
import type { Calibration } from './weights-file.js';
import type { PhaseProbabilities } from './probabilities.js';
import { OUTPUT_HZ } from './settings.js';

/** A pick of one group. */
export interface GroupPick {
  readonly group: number;
  readonly phase: 'P' | 'S';
  /** s from the window's first sample. */
  readonly timeS: number;
  /** Calibrated: the share of such picks that are within 0.5 s of an onset of this phase. */
  readonly probability: number;
  /** log-likelihood ratio against noise: logit(probability) - logit(prior). */
  readonly logLikelihoodRatio: number;
  /** Standard deviation of the time, s. */
  readonly sigmaS: number;
  /** Probability before calibration, and its spread over the ensemble. */
  readonly peak: number;
  readonly spread: number;
}

/** Peaks below this (before calibration) are not looked at. */
export const LEAST_PEAK = 0.1;
/** Peaks of one phase are at least this far apart, s. */
const APART_S = 1;

const logit = (p: number): number => Math.log(p / (1 - p));

/** Calibrated probability by Platt (1999): logistic in the logit of the raw one. */
export function calibrated(
  { slope, offset }: { readonly slope: number; readonly offset: number },
  raw: number,
): number {
  const bounded = Math.min(1 - 1e-6, Math.max(1e-6, raw));
  return 1 / (1 + Math.exp(-(offset + slope * logit(bounded))));
}

/** All peaks, by group and time. */
export function groupPicks(
  probabilities: PhaseProbabilities,
  calibration: Calibration,
): GroupPick[] {
  const { groupCount, outputCount } = probabilities;
  const picks: GroupPick[] = [];
  for (let group = 0; group < groupCount; group++) {
    for (const phase of ['P', 'S'] as const) {
      const all = phase === 'P' ? probabilities.p : probabilities.s;
      const row = all.subarray(group * outputCount, (group + 1) * outputCount);
      for (const at of peaksOf(row)) {
        const peak = row[at] as number;
        const { slope, offset, prior } = calibration.pick[phase];
        const probability = calibrated({ slope, offset }, peak);
        picks.push({
          group,
          phase,
          timeS: (at + vertex(row, at)) / OUTPUT_HZ,
          probability,
          logLikelihoodRatio: logit(Math.min(1 - 1e-6, probability)) - logit(prior),
          sigmaS: calibration.sigma.floor + calibration.sigma.slope * (1 - probability),
          peak,
          spread: probabilities.spread[group * outputCount + at] as number,
        });
      }
    }
  }
  return picks;
}

/** Local maxima, highest first when they are too near each other; in time order. */
function peaksOf(row: Float32Array): number[] {
  const tops: number[] = [];
  for (let i = 0; i < row.length; i++) {
    const value = row[i] as number;
    if (value < LEAST_PEAK) continue;
    if (value >= (row[i - 1] ?? 0) && value > (row[i + 1] ?? 0)) tops.push(i);
  }
  tops.sort((a, b) => (row[b] as number) - (row[a] as number));
  const kept: number[] = [];
  for (const i of tops) {
    if (kept.every((k) => Math.abs(k - i) >= APART_S * OUTPUT_HZ)) kept.push(i);
  }
  return kept.sort((a, b) => a - b);
}

/** Top of the parabola through a peak and its neighbours in the logarithm: exact for a Gaussian. */
function vertex(row: Float32Array, at: number): number {
  const log = (i: number): number => Math.log(Math.max(1e-9, row[i] ?? 1e-9));
  const [before, top, after] = [log(at - 1), log(at), log(at + 1)];
  const bend = before - 2 * top + after;
  return bend < 0 ? Math.max(-0.5, Math.min(0.5, (before - after) / (2 * bend))) : 0;
}
