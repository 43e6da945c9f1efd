/**
 * The stack by pairs: in many cells a sensor's P and S come with the same delay between them and the same
 * nominal chances of being seen, so their product is computed once as a row that all those cells read.
 * Bits as by terms.
 * @module
 */
import {
  MOST_PAIRS,
  PAIR_ROW_BYTES,
  PAIR_TIMES,
  loadTile,
  loadWeights,
  type StackMemory,
} from './stack-memory.js';
import type { StackPlan } from './stack.js';

/**
 * What work costs in units of a sensor's two terms at one time: finding the pair of a cell and sensor, a
 * sample of a pair's row computed, and one read (measured, bench/fusion/stack).
 */
const COST = { find: 40, fill: 1.5, read: 0.45 } as const;
/** Samples by which rows are rounded up. */
const ROUNDING = 3;
/** Terms of cells that are stacked together: near cells read near rows. */
const TILE_TERMS = 8192;

/** Whether pairs are worth finding: what they can save must be twice what finding them costs. */
export function mayPair(plan: StackPlan, cells: number): boolean {
  const { sensorCount, times } = plan;
  return sensorCount > 0 && cells >= PAIR_TIMES && times.count * (1 - COST.read) > 2 * COST.find;
}

/**
 * Stacks cells from `from` on by pairs, as far as it pays, up to `to`. Returns the first cell that is left.
 * The memory must have areas for pairs.
 */
export function stackByPairs(memory: StackMemory, from: number, to: number): number {
  let first = from;
  while (first < to) {
    const end = stackChunk(memory, first, to);
    if (end === first) return first;
    first = end;
  }
  return to;
}

/** One chunk: as many cells as have room. Returns its end, or `first` when pairs do not pay. */
function stackChunk(memory: StackMemory, first: number, to: number): number {
  const { plan, functions, at, rowBytes, paddedTimes } = memory;
  const { sensorCount, fold } = plan;
  const { end, pairs } = findPairs(memory, first, Math.min(to, first + memory.chunkCells));
  const terms = (end - first) * sensorCount;
  const spans = functions.pairSpans(at.pairs, pairs);
  const block = blockOf(pairs, spans, paddedTimes);
  if (block < PAIR_TIMES || !pays({ terms, pairs, spans, block, times: plan.times.count }))
    return first;
  functions.layRows(at.pairs, pairs, block, at.pairRows);
  functions.placeTerms(at.pairs, at.found, terms);
  loadWeights(memory, first, end);
  const tile = Math.max(1, Math.floor(TILE_TERMS / sensorCount));
  for (let time = 0; time < paddedTimes; time += block) {
    const times = Math.min(block, paddedTimes - time);
    functions.fillRows(at.pairs, pairs, block, at.rows + 4 * time, rowBytes);
    for (let c = 0; c < end - first; c += tile) {
      functions.stackPairs(
        at.found + 4 * c * sensorCount,
        sensorCount,
        Math.min(tile, end - first - c),
        first + c,
        times,
        fold.group,
        fold.start,
        at.wholes + 4 * c,
        at.rests + 4 * c,
        at.exponents,
        at.best + 4 * time,
        at.cell + 4 * time,
      );
    }
  }
  return end;
}

/** Pairs of cells from `first` on, until `to` or until there is no room for those of another tile. */
function findPairs(
  memory: StackMemory,
  first: number,
  to: number,
): { readonly end: number; readonly pairs: number } {
  const { plan, functions, ints, at, tileCells } = memory;
  const { sensorCount } = plan;
  ints.fill(0, at.slots / 4, at.slots / 4 + 2 * MOST_PAIRS);
  let pairs = 0;
  let end = first;
  while (end < to && pairs + tileCells * sensorCount <= MOST_PAIRS) {
    const cells = Math.min(tileCells, to - end);
    loadTile(memory, end, end + cells);
    pairs = functions.findPairs(
      at.shiftP,
      at.shiftS,
      at.weightP,
      at.weightS,
      cells,
      sensorCount,
      pairs,
      at.pairs,
      at.slots,
      2 * MOST_PAIRS,
      at.found + 8 * (end - first) * sensorCount,
    );
    end += cells;
  }
  return { end, pairs };
}

/** Times of a block whose rows fill the memory that they have; 0 when not one fits. */
function blockOf(pairs: number, spans: number, paddedTimes: number): number {
  const room = (PAIR_ROW_BYTES / 4 - spans) / Math.max(1, pairs) - ROUNDING;
  return Math.min(paddedTimes, PAIR_TIMES * Math.max(0, Math.floor(room / PAIR_TIMES)));
}

function pays(chunk: {
  readonly terms: number;
  readonly pairs: number;
  readonly spans: number;
  readonly block: number;
  readonly times: number;
}): boolean {
  const { terms, pairs, spans, block, times } = chunk;
  const perTime = pairs + (spans + ROUNDING * pairs) / block;
  return times * (COST.fill * perTime + COST.read * terms) < times * terms;
}
