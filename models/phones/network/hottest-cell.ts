/**
 * Where a crowd's triggers are most surprising. In: a state. Out: a cell worth a scan, or none.
 * @module
 */
import { OVERDISPERSION } from './scan-cells.js';
import { BIN_S, BINS, type CrowdState } from './crowd-state.js';

/**
 * The cell whose 3 x 3 neighbourhood has the most surprising triggers of the last four seconds, when
 * they are surprising at all and at least `leastShare` of its phones; null otherwise. Cheap: runs
 * at every batch.
 */
export function hottestCell(
  state: CrowdState,
  leastShare: number,
): { cell: number; surprise: number } | null {
  const { grid } = state;
  const slots = recentSlots(state.newestBin);
  const totals = new Float64Array(grid.count);
  let all = 0;
  for (let cell = 0; cell < grid.count; cell++) {
    if (state.active[cell] === 0) continue;
    let sum = 0;
    for (const slot of slots) sum += state.counts[cell * BINS + slot] as number;
    totals[cell] = sum;
    all += sum;
  }
  if (all < LEAST_TRIGGERS) return null;
  let best: { cell: number; surprise: number } | null = null;
  for (let cell = 0; cell < grid.count; cell++) {
    if (totals[cell] === 0) continue;
    const [row, column] = [Math.floor(cell / grid.columns), cell % grid.columns];
    let [x, expected, active] = [0, 0, 0];
    for (let r = Math.max(0, row - 1); r <= Math.min(grid.rows - 1, row + 1); r++) {
      for (let c = Math.max(0, column - 1); c <= Math.min(grid.columns - 1, column + 1); c++) {
        const at = r * grid.columns + c;
        x += totals[at] as number;
        active += state.active[at] as number;
        expected += (state.active[at] as number) * (state.rateHz[at] as number) * SPAN_S;
      }
    }
    expected = OVERDISPERSION * expected + 1e-3;
    if (x < LEAST_TRIGGERS || x <= expected || x < leastShare * active) continue;
    const surprise = poissonSurprise(x, expected);
    if (surprise > LEAST_SURPRISE && (!best || surprise > best.surprise)) {
      best = { cell, surprise };
    }
  }
  return best;
}

/** Log of the Poisson tail of `x` or more where fewer are expected, to first order; nats, positive. */
export function poissonSurprise(x: number, expected: number): number {
  return x * Math.log(x / expected) - x + expected;
}

export const LEAST_SURPRISE = 8;
export const LEAST_TRIGGERS = 4;
const SPAN_S = 4;

/** Where the bins of the last four seconds lie in the ring. */
function recentSlots(newestBin: number): number[] {
  const bins = Math.round(SPAN_S / BIN_S);
  return Array.from({ length: bins }, (_, back) => newestBin - back)
    .filter((bin) => bin >= 0)
    .map((bin) => bin % BINS);
}
