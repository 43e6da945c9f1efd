/**
 * Cells that a scan looks at. In: a state and a cell. Out: the cells around it with their recent
 * triggers.
 * @module
 */
import { BIN_S, countAt, type CrowdState } from './crowd-state.js';

/** Triggers of this long count, s. */
export const SPAN_S = 12;
/** Cells this far around the hottest one are looked at, km. */
const REACH_KM = 45;
/** False triggers come in bursts: this many times the Poisson rate is believed. */
export const OVERDISPERSION = 3;

/** A cell in reach with its recent triggers. */
export interface ScanCell {
  readonly eastKm: number;
  readonly northKm: number;
  readonly active: number;
  /** False rate times a bin, a phone; inflated, for false triggers come in bursts. */
  readonly noise: number;
  readonly total: number;
  /** Bins with triggers: seconds before now of the bin's middle, and how many. */
  readonly agoS: readonly number[];
  readonly counts: readonly number[];
}

/** Cells with phones around a cell. */
export function cellsInReach(state: CrowdState, hotCell: number): ScanCell[] {
  const { grid } = state;
  const reach = Math.ceil(REACH_KM / grid.cellKm);
  const [row, column] = [Math.floor(hotCell / grid.columns), hotCell % grid.columns];
  const bins = Math.round(SPAN_S / BIN_S);
  const cells: ScanCell[] = [];
  for (let r = Math.max(0, row - reach); r <= Math.min(grid.rows - 1, row + reach); r++) {
    for (
      let c = Math.max(0, column - reach);
      c <= Math.min(grid.columns - 1, column + reach);
      c++
    ) {
      const cell = r * grid.columns + c;
      const active = state.active[cell] as number;
      if (active <= 0) continue;
      const agoS: number[] = [];
      const counts: number[] = [];
      let total = 0;
      for (let back = 0; back < bins; back++) {
        const count = countAt(state, cell, back);
        if (count === 0) continue;
        agoS.push((back + 0.5) * BIN_S);
        counts.push(count);
        total += count;
      }
      cells.push({
        eastKm: grid.eastKm[cell] as number,
        northKm: grid.northKm[cell] as number,
        active,
        noise: OVERDISPERSION * (state.rateHz[cell] as number) * BIN_S,
        total,
        agoS,
        counts,
      });
    }
  }
  return cells;
}
