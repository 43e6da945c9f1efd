/**
 * What else makes many phones trigger. In: cells with their triggers. Out: log-likelihood ratios of
 * explanations that are no quake, against false triggers alone, nats.
 * @module
 */
import { SPAN_S, type ScanCell } from './scan-cells.js';
import { BIN_S } from './crowd-state.js';

/** Delay scales of things that reach all phones at once (push messages, updates), s. */
export const AT_ONCE_S = [0.5, 1.5, 4, 12, 40] as const;

/** One cell may do what it likes: a stadium, a lightning stroke, a building site. */
export function localLogRatio(cells: readonly ScanCell[]): number {
  return cells.reduce((most, cell) => {
    const bins = Math.round(SPAN_S / BIN_S);
    const expected = cell.active * cell.noise * bins;
    if (cell.total <= expected) return most;
    let sum = -cell.total + expected;
    for (const count of cell.counts) sum += count * Math.log(count / (cell.active * cell.noise));
    return Math.max(most, sum);
  }, 0);
}

/** All phones at one time with one share: best over start, delay and share. */
export function simultaneousLogRatio(cells: readonly ScanCell[], firstAgoS: number): number {
  const bins = Math.round(SPAN_S / BIN_S);
  const totals = new Float64Array(bins);
  let [active, noise, triggered] = [0, 0, 0];
  for (const cell of cells) {
    active += cell.active;
    noise += cell.active * cell.noise;
    triggered += cell.total;
    cell.agoS.forEach((ago, i) => {
      const back = Math.floor(ago / BIN_S);
      totals[back] = (totals[back] as number) + (cell.counts[i] as number);
    });
  }
  if (active === 0) return 0;
  noise /= active;
  let best = 0;
  for (const scale of AT_ONCE_S) {
    for (let lead = 0; lead <= 3; lead += 0.5) {
      const startAgo = firstAgoS + lead;
      const arrived = 1 - Math.exp(-startAgo / scale);
      const share = Math.min(1, triggered / active / arrived);
      let sum = -active * share * arrived;
      for (let back = 0; back < bins; back++) {
        const x = totals[back] as number;
        const since = startAgo - back * BIN_S;
        if (x === 0 || since <= 0) continue;
        const bin = Math.exp(-Math.max(0, since - BIN_S) / scale) - Math.exp(-since / scale);
        sum += x * Math.log(1 + (share * bin) / noise);
      }
      best = Math.max(best, sum);
    }
  }
  return best;
}
