/**
 * The stack by rows that many cells share. A sensor's P and S come in many cells with the same delay between them
 * and the same nominal chances of being seen: their product is computed once as a row that all those cells read.
 * Where delays differ too much, each phase has a row of its own. Bits as by terms.
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

/** What rows hold. */
interface RowKind {
  readonly find: 'findPairs' | 'findSingles';
  readonly stack: 'stackPairs' | 'stackSingles';
  /** Rows that a cell reads of a sensor. */
  readonly perSensor: 1 | 2;
  /** Cost of a sample of a row computed, and of a sensor's sample read. */
  readonly fill: number;
  readonly read: number;
}

/**
 * What work costs in units of a sensor's two terms at one time: finding the rows of a cell and sensor, a
 * sample of a row computed, and one read (measured, bench/fusion/stack).
 */
const FIND = 40;
const PAIRS: RowKind = {
  ...{ find: 'findPairs', stack: 'stackPairs', perSensor: 1 },
  ...{ fill: 1.5, read: 0.45 },
};
const SINGLES: RowKind = {
  ...{ find: 'findSingles', stack: 'stackSingles', perSensor: 2 },
  ...{ fill: 1, read: 0.7 },
};
/** Samples by which rows are rounded up. */
const ROUNDING = 3;
/** Terms of cells that are stacked together: near cells read near rows. */
const TILE_TERMS = 2048;

/** Whether pairs are worth finding: what they can save must be twice what finding them costs. */
export function mayPair(plan: StackPlan, cells: number): boolean {
  const { sensorCount, times } = plan;
  return sensorCount > 0 && cells >= PAIR_TIMES && times.count * (1 - PAIRS.read) > 2 * FIND;
}

/**
 * Stacks cells from `from` on by shared rows, as far as it pays, up to `to`. Returns the first cell that is
 * left. The memory must have areas for rows.
 */
export function stackByPairs(memory: StackMemory, from: number, to: number): number {
  let first = from;
  while (first < to) {
    let end = stackChunk(memory, PAIRS, first, to);
    if (end === first) end = stackChunk(memory, SINGLES, first, to);
    if (end === first) return first;
    first = end;
  }
  return to;
}

/** One chunk: as many cells as have room. Returns its end, or `first` when such rows do not pay. */
function stackChunk(memory: StackMemory, kind: RowKind, first: number, to: number): number {
  const { plan, functions, at, rowBytes, paddedTimes } = memory;
  const { sensorCount, fold } = plan;
  const { end, rows } = findRows(memory, kind, first, Math.min(to, first + memory.chunkCells));
  const spans = functions.pairSpans(at.pairs, rows);
  const block = blockOf(rows, spans, paddedTimes);
  const terms = (end - first) * sensorCount;
  if (block < PAIR_TIMES || !pays(kind, { terms, rows, spans, block, times: plan.times.count }))
    return first;
  functions.layRows(at.pairs, rows, block, at.pairRows);
  functions.placeTerms(at.pairs, at.found, kind.perSensor * terms);
  loadWeights(memory, first, end);
  const perCell = kind.perSensor * sensorCount;
  const tile = Math.max(1, Math.floor(TILE_TERMS / perCell));
  for (let time = 0; time < paddedTimes; time += block) {
    const times = Math.min(block, paddedTimes - time);
    functions.fillRows(at.pairs, rows, block, at.rows + 4 * time, rowBytes);
    for (let c = 0; c < end - first; c += tile) {
      functions[kind.stack](
        at.found + 4 * c * perCell,
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

/** Rows of cells from `first` on, until `to` or until there is no room for those of another tile. */
function findRows(
  memory: StackMemory,
  kind: RowKind,
  first: number,
  to: number,
): { readonly end: number; readonly rows: number } {
  const { plan, functions, ints, at, tileCells } = memory;
  const perCell = kind.perSensor * plan.sensorCount;
  ints.fill(0, at.slots / 4, at.slots / 4 + 2 * MOST_PAIRS);
  let rows = 0;
  let end = first;
  while (end < to && rows + tileCells * perCell <= MOST_PAIRS) {
    const cells = Math.min(tileCells, to - end);
    loadTile(memory, end, end + cells);
    rows = functions[kind.find](
      at.shiftP,
      at.shiftS,
      at.weightP,
      at.weightS,
      cells,
      plan.sensorCount,
      rows,
      at.pairs,
      at.slots,
      2 * MOST_PAIRS,
      at.found + 8 * (end - first) * perCell,
    );
    end += cells;
  }
  return { end, rows };
}

/** Times of a block whose rows fill the memory that they have; 0 when not one fits. */
function blockOf(rows: number, spans: number, paddedTimes: number): number {
  const room = (PAIR_ROW_BYTES / 4 - spans) / Math.max(1, rows) - ROUNDING;
  return Math.min(paddedTimes, PAIR_TIMES * Math.max(0, Math.floor(room / PAIR_TIMES)));
}

function pays(
  kind: RowKind,
  chunk: {
    readonly terms: number;
    readonly rows: number;
    readonly spans: number;
    readonly block: number;
    readonly times: number;
  },
): boolean {
  const { terms, rows, spans, block, times } = chunk;
  const perTime = rows + (spans + ROUNDING * rows) / block;
  return times * (kind.fill * perTime + kind.read * terms) < times * terms;
}
