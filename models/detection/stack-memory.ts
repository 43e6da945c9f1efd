/**
 * Memory of the stack's SIMD kernel: a plan's rows in, addresses of the areas that its functions share out.
 * @module
 */
import { WORKSPACE_START, kernelWorkspace } from '../kernels/workspace.js';
import type { StackPlan } from './stack.js';

/** The kernel (models/kernels/assembly/stack.ts); every argument is an address or a count. */
export type StackFunctions = Readonly<
  Record<
    | 'prepareTerms'
    | 'stackTile'
    | 'findPairs'
    | 'findSingles'
    | 'pairSpans'
    | 'layRows'
    | 'placeTerms'
    | 'fillRows'
    | 'stackPairs'
    | 'stackSingles',
    (...numbers: readonly number[]) => number
  >
>;

/** The kernel with its memory laid out for a plan. Views are of this memory. */
export interface StackMemory {
  readonly plan: StackPlan;
  readonly functions: StackFunctions;
  readonly ints: Int32Array;
  readonly floats: Float32Array;
  /** Byte addresses of areas. */
  readonly at: Readonly<Record<Area, number>>;
  readonly rowBytes: number;
  /** Times, to whole blocks of 48. */
  readonly paddedTimes: number;
  /** Cells of which the areas of shifts, weights and terms hold the terms. */
  readonly tileCells: number;
  /** Cells of which the area of found rows holds the terms; 0: shared rows have no areas. */
  readonly chunkCells: number;
}

type Area =
  | 'rows'
  | 'shiftP'
  | 'shiftS'
  | 'weightP'
  | 'weightS'
  | 'terms'
  | 'wholes'
  | 'rests'
  | 'exponents'
  | 'best'
  | 'cell'
  | 'pairs'
  | 'slots'
  | 'found'
  | 'pairRows';

/** Times that the stack of pairs holds in registers, and a multiple of that and of those of the stack of terms. */
export const PAIR_TIMES = 24;
const BLOCK = 48;
/** Pairs at most, and slots of their hash table: twice as many. */
export const MOST_PAIRS = 8192;
/** Rows of pairs for a block of times: they should stay in the second cache. */
export const PAIR_ROW_BYTES = 2 ** 20;
/** Terms of a tile: near cells read near samples, which then stay in the first cache. */
const TILE_BYTES = 32_768;
const TERM_BYTES = 8;
const PAIR_BYTES = 32;
/** Cells x sensors whose pairs are found together. */
const CHUNK_TERMS = 2 ** 20;
/** A row is read up to so many samples beyond its last time and shift. */
const BEYOND = BLOCK + 4;
const LEAST_KEY = -(2 ** 31);

/** Lays out the memory of this thread's kernel, fills the rows and clears the best cells. */
export function stackMemory(input: {
  readonly plan: StackPlan;
  readonly cells: number;
  readonly hasPairs: boolean;
}): StackMemory {
  const { plan, cells, hasPairs } = input;
  const { sensorCount, pooledCount } = plan;
  const sensors = Math.max(1, sensorCount);
  const paddedTimes = Math.ceil(plan.times.count / BLOCK) * BLOCK;
  const rowBytes = 4 * (pooledCount + BEYOND);
  const tileCells = Math.max(8, Math.floor(TILE_BYTES / (2 * TERM_BYTES * sensors)));
  const tiles = Math.ceil(Math.min(cells, CHUNK_TERMS / sensors) / tileCells);
  const chunkCells = hasPairs ? tiles * tileCells : 0;
  const perTile = 4 * tileCells * sensorCount;
  const perCell = 4 * Math.max(tileCells, chunkCells);
  const layout = laidOut({
    rows: sensorCount * rowBytes,
    shiftP: perTile,
    shiftS: perTile,
    weightP: perTile,
    weightS: perTile,
    terms: 2 * TERM_BYTES * tileCells * sensorCount,
    wholes: perCell,
    rests: perCell,
    exponents: 4 * PAIR_TIMES,
    best: 4 * paddedTimes,
    cell: 4 * paddedTimes,
    pairs: hasPairs ? PAIR_BYTES * MOST_PAIRS : 0,
    slots: hasPairs ? 8 * MOST_PAIRS : 0,
    found: 2 * TERM_BYTES * chunkCells * sensorCount,
    pairRows: hasPairs ? PAIR_ROW_BYTES : 0,
  });
  const { at } = layout;
  const { functions, memory } = kernelWorkspace<StackFunctions>({
    name: 'stack',
    bytes: layout.bytes,
  });
  const ints = new Int32Array(memory.buffer);
  const floats = new Float32Array(memory.buffer);
  for (let s = 0; s < sensorCount; s++) {
    const start = (at.rows + s * rowBytes) / 4;
    floats.set(plan.excess.subarray(s * pooledCount, (s + 1) * pooledCount), start);
    floats.fill(0, start + pooledCount, start + rowBytes / 4);
  }
  ints.fill(LEAST_KEY, at.best / 4, at.best / 4 + paddedTimes);
  ints.fill(0, at.cell / 4, at.cell / 4 + paddedTimes);
  return { plan, functions, ints, floats, at, rowBytes, paddedTimes, tileCells, chunkCells };
}

/** Copies shifts and weights of cells [first, end), a tile at most, to their areas. */
export function loadTile(memory: StackMemory, first: number, end: number): void {
  const { plan, ints, floats, at } = memory;
  const [from, to] = [first * plan.sensorCount, end * plan.sensorCount];
  ints.set(plan.shiftP.subarray(from, to), at.shiftP / 4);
  ints.set(plan.shiftS.subarray(from, to), at.shiftS / 4);
  floats.set(plan.weightP.subarray(from, to), at.weightP / 4);
  floats.set(plan.weightS.subarray(from, to), at.weightS / 4);
}

/** Copies the products of weights of cells [first, end) to their areas. */
export function loadWeights(memory: StackMemory, first: number, end: number): void {
  const { plan, ints, floats, at } = memory;
  ints.set(plan.fold.wholes.subarray(first, end), at.wholes / 4);
  floats.set(plan.fold.rests.subarray(first, end), at.rests / 4);
}

/** Addresses of consecutive areas, each at a multiple of 16 bytes, and what they need together. */
function laidOut(areas: Readonly<Record<Area, number>>): {
  readonly at: Readonly<Record<Area, number>>;
  readonly bytes: number;
} {
  const at = {} as Record<Area, number>;
  let next = WORKSPACE_START;
  for (const name of Object.keys(areas) as Area[]) {
    at[name] = next;
    next += Math.ceil(areas[name] / 16) * 16;
  }
  return { at, bytes: next - WORKSPACE_START };
}
