/**
 * Proposes events: log-likelihood ratios of picks are stacked over (cell, origin time).
 *
 * Each pick adds its channel's weight to the origin times that it fits in a cell, a box as wide as
 * the cell's spread of travel times. A box is two entries of a difference series, so that the cost
 * is picks x cells, whatever the resolution. Of each block of cells the local maxima over time come
 * out.
 * @module
 */
import type { PickModel } from './pick-model.js';
import { BIN_S, blocksOf, PAD, PER_NAT, WEIGHT, type Cell } from './scan-cells.js';

/** Proposed event. */
export interface Candidate {
  readonly timeS: number;
  readonly eastKm: number;
  readonly northKm: number;
  readonly depthKm: number;
  /** Stacked log-likelihood ratio, nats. */
  readonly stack: number;
}

const CHUNK_BINS = 4096;
/** Maxima of one block are this far apart at least, s. */
const APART_S = 1;
/** A weaker maximum this near to a stronger one is its side lobe; later passes see what is left. */
const LOBE = { timeS: 2.5, distanceKm: 60 };
/** Bounded time: no more candidates than this in a chunk of 2048 s. */
const MAX_PER_CHUNK = 4000;

/**
 * Local maxima of the stack over `threshold` nats among picks that `isFree` lets through, in order
 * of time. Deterministic.
 */
export function scan(input: {
  readonly model: PickModel;
  readonly isFree: (pick: number) => boolean;
  readonly threshold: number;
}): Candidate[] {
  const { model } = input;
  const { picks } = model;
  if (picks.count === 0) return [];
  const lists = freeLists(model, input.isFree);
  const blocks = blocksOf(model);
  const firstS = (picks.timeS[0] as number) - 100;
  const lastBin = Math.ceil(((picks.timeS[picks.count - 1] as number) - firstS) / BIN_S) + 1;
  const bins = lists.timeS.map((t) => (t - firstS) / BIN_S);
  const threshold = Math.round(input.threshold * PER_NAT);
  const difference = new Int32Array(CHUNK_BINS + 64);
  const best = new Int32Array(CHUNK_BINS);
  const bestCell = new Int32Array(CHUNK_BINS);
  const begin = Int32Array.from(lists.start.subarray(0, lists.start.length - 1));
  const candidates: Candidate[] = [];
  for (let chunk = 0; chunk < lastBin; chunk += CHUNK_BINS) {
    // First pick of each channel that an origin of this chunk can reach.
    for (let c = 0; c < begin.length; c++) {
      let k = begin[c] as number;
      while (k < (lists.start[c + 1] as number) && (bins[k] as number) < chunk - 32) k++;
      begin[c] = k;
    }
    // Fewer picks than could reach the threshold together: an empty stretch costs nothing.
    if (picksWithin(lists, bins, begin, chunk + CHUNK_BINS) * WEIGHT.max * PER_NAT < threshold)
      continue;
    const found: Candidate[] = [];
    for (const cells of blocks) {
      best.fill(threshold);
      bestCell.fill(-1);
      for (let i = 0; i < cells.length; i++) {
        stackCell(cells[i] as Cell, { lists, bins, begin, chunk, difference });
        maximise(difference, best, bestCell, i, (cells[i] as Cell).prior);
      }
      collectMaxima({ best, bestCell, cells, chunk, firstS, found });
    }
    found.sort((a, b) => b.stack - a.stack || a.timeS - b.timeS);
    candidates.push(...withoutSideLobes(found).slice(0, MAX_PER_CHUNK));
  }
  return candidates.sort((a, b) => a.timeS - b.timeS || b.stack - a.stack);
}

/** Of candidates, strongest first, those that no stronger one near in time and place explains. */
function withoutSideLobes(found: readonly Candidate[]): Candidate[] {
  const kept: Candidate[] = [];
  const bySecond = new Map<number, Candidate[]>();
  for (const candidate of found) {
    const second = Math.floor(candidate.timeS / LOBE.timeS);
    let isLobe = false;
    for (let k = second - 1; k <= second + 1 && !isLobe; k++) {
      isLobe = (bySecond.get(k) ?? []).some(
        (strong) =>
          Math.abs(strong.timeS - candidate.timeS) <= LOBE.timeS &&
          Math.hypot(strong.eastKm - candidate.eastKm, strong.northKm - candidate.northKm) <=
            LOBE.distanceKm,
      );
    }
    if (isLobe) continue;
    kept.push(candidate);
    const list = bySecond.get(second);
    if (list) list.push(candidate);
    else bySecond.set(second, [candidate]);
  }
  return kept;
}

interface Lists {
  readonly start: Int32Array;
  readonly timeS: Float64Array;
}

function freeLists(model: PickModel, isFree: (pick: number) => boolean): Lists {
  const start = new Int32Array(model.start.length);
  const timeS = new Float64Array(model.picks.count);
  let n = 0;
  for (let c = 0; c + 1 < start.length; c++) {
    start[c] = n;
    for (let k = model.start[c] as number; k < (model.start[c + 1] as number); k++) {
      if (isFree(model.order[k] as number)) timeS[n++] = model.orderTimeS[k] as number;
    }
  }
  start[start.length - 1] = n;
  return { start, timeS: timeS.subarray(0, n) };
}

/** Picks from `begin` on that an origin before bin `end` can reach. */
function picksWithin(lists: Lists, bins: Float64Array, begin: Int32Array, end: number): number {
  let count = 0;
  for (let c = 0; c < begin.length; c++) {
    const to = lists.start[c + 1] as number;
    for (let k = begin[c] as number; k < to && (bins[k] as number) < end + REACH_BINS; k++) count++;
  }
  return count;
}

/** Longest travel time, bins, with room for slow models. */
const REACH_BINS = 400;

function stackCell(
  cell: Cell,
  input: {
    readonly lists: Lists;
    readonly bins: Float64Array;
    readonly begin: Int32Array;
    readonly chunk: number;
    readonly difference: Int32Array;
  },
): void {
  const { lists, bins, begin, chunk, difference } = input;
  difference.fill(0);
  for (const { channel, shift, half, weight } of cell.entries) {
    const end = lists.start[channel + 1] as number;
    const offset = chunk + shift - PAD;
    const top = CHUNK_BINS + 2 * PAD;
    for (let k = begin[channel] as number; k < end; k++) {
      const b = ((bins[k] as number) - offset) | 0;
      if (b >= top) break;
      if (b < half) continue;
      difference[b - half]! += weight;
      difference[b + half + 1]! -= weight;
    }
  }
}

function maximise(
  difference: Int32Array,
  best: Int32Array,
  bestCell: Int32Array,
  cell: number,
  prior: number,
): void {
  let sum = prior;
  for (let i = 0; i < PAD; i++) sum += difference[i] as number;
  for (let i = 0; i < CHUNK_BINS; i++) {
    sum = (sum + (difference[i + PAD] as number)) | 0;
    if (sum > (best[i] as number)) {
      best[i] = sum;
      bestCell[i] = cell;
    }
  }
}

function collectMaxima(input: {
  readonly best: Int32Array;
  readonly bestCell: Int32Array;
  readonly cells: readonly Cell[];
  readonly chunk: number;
  readonly firstS: number;
  readonly found: Candidate[];
}): void {
  const { best, bestCell, cells } = input;
  const apart = Math.round(APART_S / BIN_S);
  for (let i = 0; i < CHUNK_BINS; i++) {
    if ((bestCell[i] as number) < 0) continue;
    const value = best[i] as number;
    let isMaximum = true;
    for (let j = Math.max(0, i - apart); j <= Math.min(CHUNK_BINS - 1, i + apart); j++) {
      const other = best[j] as number;
      if (other > value || (other === value && j < i)) isMaximum = false;
    }
    if (!isMaximum) continue;
    let last = i;
    while (last + 1 < CHUNK_BINS && best[last + 1] === value) last++;
    const cell = cells[bestCell[i] as number] as Cell;
    input.found.push({
      timeS: input.firstS + (input.chunk + (i + last) / 2 + 0.5) * BIN_S,
      eastKm: cell.eastKm,
      northKm: cell.northKm,
      depthKm: cell.depthKm,
      stack: value / PER_NAT,
    });
  }
}
