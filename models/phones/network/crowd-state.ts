/**
 * What a region's detector knows of its phones: how many are active in each cell, and when triggers
 * arrived in the last minute. In: batches. Out: the same state, brought up to date.
 * @module
 */
import type { CrowdGrid } from './crowd-grid.js';

/** Bins of arrival time: length and number kept. */
export const BIN_S = 0.25;
export const BINS = 240;

/** State of one region. Owned by one caller: `ingest` changes it in place. */
export interface CrowdState {
  readonly grid: CrowdGrid;
  /** Steady phones, [cell]. */
  readonly active: Float64Array;
  /** Triggers, [cell, bin]; a ring: bin k lies at k modulo BINS. */
  readonly counts: Uint32Array;
  /** False triggers a phone and second, smoothed over ten minutes, [cell]. */
  readonly rateHz: Float64Array;
  /** Number of the newest bin since the epoch of the caller's clock; -1 before the first batch. */
  newestBin: number;
  /** Bin of the last trigger of each device: one device counts once in 30 s. */
  readonly lastOfDevice: Map<string | number, number>;
  /** Triggers left out: outside the grid, repeated, or with a clock that cannot be. */
  refused: { outside: number; repeated: number; clock: number };
}

/** What arrived since the last batch. Columns of one length, [trigger]. */
export interface TriggerBatch {
  /** Time of the batch on the server's clock, s. */
  readonly nowS: number;
  /** Cell of each trigger (`cellOf`); -1 outside. */
  readonly cell: Int32Array;
  /** Arrival on the server's clock and trigger on the device's, s. */
  readonly arrivalS: Float64Array;
  readonly deviceS: Float64Array;
  readonly device: readonly (string | number)[] | Int32Array;
}

/** Rate that an unknown cell starts with: 0.7 triggers an hour and phone (MyShake's STA/LTA). */
export const PRIOR_RATE_HZ = 0.7 / 3600;
/** ... and that this many phones would have to gainsay: a handful cannot tell their own rate. */
export const PRIOR_PHONES = 100;
const SMOOTHING_S = 600;
const REPEAT_BINS = 30 / BIN_S;
/** A device whose clock is further off than this before or after arrival is not believed, s. */
const CLOCK = { aheadS: 1, behindS: 5 };

/** A region without phones yet. */
export function crowdState(grid: CrowdGrid): CrowdState {
  return {
    grid,
    active: new Float64Array(grid.count),
    counts: new Uint32Array(grid.count * BINS),
    rateHz: new Float64Array(grid.count).fill(PRIOR_RATE_HZ),
    newestBin: -1,
    lastOfDevice: new Map(),
    refused: { outside: 0, repeated: 0, clock: 0 },
  };
}

/**
 * Counts a batch. Times are arrivals: a wrong device clock cannot move a trigger, it only makes the
 * device unbelievable. Bins older than a minute are forgotten.
 */
export function ingest(state: CrowdState, batch: TriggerBatch): void {
  advance(state, Math.floor(batch.nowS / BIN_S));
  for (let i = 0; i < batch.cell.length; i++) {
    const cell = batch.cell[i] as number;
    const bin = Math.floor((batch.arrivalS[i] as number) / BIN_S);
    if (cell < 0 || cell >= state.grid.count || !(bin > state.newestBin - BINS)) {
      state.refused.outside++;
      continue;
    }
    const behindS = (batch.arrivalS[i] as number) - (batch.deviceS[i] as number);
    if (!(behindS > -CLOCK.aheadS && behindS < CLOCK.behindS)) {
      state.refused.clock++;
      continue;
    }
    const device = batch.device[i] as string | number;
    const last = state.lastOfDevice.get(device);
    if (last !== undefined && bin - last < REPEAT_BINS) {
      state.refused.repeated++;
      continue;
    }
    state.lastOfDevice.set(device, bin);
    const at = cell * BINS + (Math.min(bin, state.newestBin) % BINS);
    state.counts[at] = (state.counts[at] as number) + 1;
  }
}

/** Triggers of a cell in the bin that lies `back` before the newest. */
export function countAt(state: CrowdState, cell: number, back: number): number {
  const bin = state.newestBin - back;
  return bin < 0 ? 0 : (state.counts[cell * BINS + (bin % BINS)] as number);
}

/** Clears the bins that come anew and lets those that leave teach the rate. */
function advance(state: CrowdState, bin: number): void {
  if (state.newestBin < 0) {
    state.newestBin = bin;
    return;
  }
  const steps = Math.min(bin - state.newestBin, BINS);
  if (steps <= 0) return;
  const { count } = state.grid;
  const keep = Math.exp((-steps * BIN_S) / SMOOTHING_S);
  for (let cell = 0; cell < count; cell++) {
    let leaving = 0;
    for (let k = 1; k <= steps; k++) {
      const at = cell * BINS + ((state.newestBin + k) % BINS);
      leaving += state.counts[at] as number;
      state.counts[at] = 0;
    }
    const active = state.active[cell] as number;
    if (active === 0) continue;
    const seen =
      (leaving + PRIOR_RATE_HZ * PRIOR_PHONES * steps * BIN_S) /
      ((active + PRIOR_PHONES) * steps * BIN_S);
    state.rateHz[cell] = keep * (state.rateHz[cell] as number) + (1 - keep) * seen;
  }
  state.newestBin = bin;
  if (state.lastOfDevice.size > 2_000_000 || bin % 400 < steps) forget(state);
}

function forget(state: CrowdState): void {
  for (const [device, last] of state.lastOfDevice) {
    if (state.newestBin - last > REPEAT_BINS) state.lastOfDevice.delete(device);
  }
}
