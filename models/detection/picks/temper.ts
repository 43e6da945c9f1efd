/**
 * Makes stated probabilities true: log odds and what turned out on held-out events in, slope and
 * offset of the odds out (Platt 1999).
 * @module
 */
import { logistic } from '../../numerics/special.js';

/** Existence probability = logistic(slope x log odds + offset). */
export interface Temper {
  readonly slope: number;
  readonly offset: number;
}

/** How well probabilities agree with outcomes. */
export interface Reliability {
  readonly events: number;
  readonly real: number;
  /** Mean of -ln p(outcome), nats. */
  readonly logLoss: number;
  readonly brier: number;
  /** Mean |stated - observed| over tenths of probability, weighted by their events. */
  readonly calibrationError: number;
}

const STEPS = 60;
/** The prior on slope and offset, so that few or perfectly parted events give finite numbers. */
const RIDGE = 0.05;
const SLOPE = { least: 0.01, most: 1, prior: 0.4 };

/** Maximum a posteriori by Newton's method; slope kept between 0.01 and 1. */
export function fitTemper(
  rows: readonly { readonly logOdds: number; readonly isReal: boolean }[],
): Temper {
  let [slope, offset] = [SLOPE.prior, 0];
  for (let step = 0; step < STEPS; step++) {
    let [ga, gb] = [RIDGE * (SLOPE.prior - slope), -RIDGE * offset];
    let [haa, hab, hbb] = [RIDGE, 0, RIDGE];
    for (const { logOdds, isReal } of rows) {
      const p = logistic(slope * logOdds + offset);
      const miss = (isReal ? 1 : 0) - p;
      const w = p * (1 - p);
      ga += miss * logOdds;
      gb += miss;
      haa += w * logOdds * logOdds;
      hab += w * logOdds;
      hbb += w;
    }
    const det = haa * hbb - hab * hab;
    const da = (hbb * ga - hab * gb) / det;
    const db = (haa * gb - hab * ga) / det;
    const factor = Math.min(1, 0.3 / Math.max(Math.abs(da), 1e-12));
    slope = Math.min(SLOPE.most, Math.max(SLOPE.least, slope + factor * da));
    offset += factor * db;
    if (Math.abs(da) + Math.abs(db) < 1e-9) break;
  }
  return { slope, offset };
}

/** Scores of a temper on events that it was not fitted on. */
export function reliabilityOf(
  rows: readonly { readonly logOdds: number; readonly isReal: boolean }[],
  temper: Temper,
): Reliability {
  const bins = Array.from({ length: 10 }, () => ({ count: 0, stated: 0, real: 0 }));
  let [logLoss, brier] = [0, 0];
  for (const { logOdds, isReal } of rows) {
    const p = logistic(temper.slope * logOdds + temper.offset);
    const outcome = isReal ? 1 : 0;
    logLoss -= Math.log(Math.max(1e-12, isReal ? p : 1 - p)) / rows.length;
    brier += (outcome - p) ** 2 / rows.length;
    const bin = bins[Math.min(9, Math.floor(10 * p))] as (typeof bins)[number];
    bin.count++;
    bin.stated += p;
    bin.real += outcome;
  }
  const calibrationError = bins.reduce(
    (sum, { stated, real }) => sum + Math.abs(stated - real) / Math.max(1, rows.length),
    0,
  );
  const real = rows.filter(({ isReal }) => isReal).length;
  return { events: rows.length, real, logLoss, brier, calibrationError };
}
