/**
 * The stack by a SIMD kernel on one core. In: a plan, or a part of its cells for one thread of many.
 * Out: the best cell at each origin time; parts merge to the same bits as the whole.
 * @module
 */
import { UnavailableError } from '../../core/errors.js';
import { kernelWorkspace } from '../kernels/workspace.js';
import { loadTile, loadWeights, stackMemory, type StackMemory } from './stack-memory.js';
import { mayPair, stackByPairs } from './stack-pairs.js';
import { stackResult, type StackPlan, type StackResult } from './stack.js';

/** Cells [from, to) of a plan. */
export interface StackPartInput {
  readonly plan: StackPlan;
  readonly from: number;
  readonly to: number;
}

/** The best cells of a part. */
export interface StackPart {
  /** Ordered as the stacks are, [time]: octaves of the product in the upper 18 bits. */
  readonly key: Int32Array;
  /** Index of the cell in the plan, [time]. */
  readonly cell: Int32Array;
}

const LEAST_KEY = -(2 ** 31);

/** Whether the set-up has compiled the kernel. */
export function hasStackKernel(): boolean {
  try {
    kernelWorkspace({ name: 'stack', bytes: 0 });
    return true;
  } catch (error) {
    if (error instanceof UnavailableError) return false;
    throw error;
  }
}

/** Stack of all cells. Throws UnavailableError where the kernel is not compiled. */
export function runStackSimd(plan: StackPlan): StackResult {
  const { cell } = stackPart({ plan, from: 0, to: plan.cellCount });
  return stackResult(plan, cell);
}

/**
 * Stack of cells [from, to), by pairs as far as that pays. A worker thread can do this: plans survive
 * structured clone.
 */
export function stackPart(input: StackPartInput): StackPart {
  const { plan, from, to } = input;
  const hasPairs = mayPair(plan, to - from);
  const memory = stackMemory({ plan, cells: to - from, hasPairs });
  stackByTerms(memory, hasPairs ? stackByPairs(memory, from, to) : from, to);
  const { ints, at } = memory;
  const found = (start: number): Int32Array => ints.slice(start / 4, start / 4 + plan.times.count);
  return { key: found(at.best), cell: found(at.cell) };
}

/** Stacks cells [from, to) into the best so far, one term after the other. */
function stackByTerms(memory: StackMemory, from: number, to: number): void {
  const { plan, functions, at, rowBytes, tileCells, paddedTimes } = memory;
  const { sensorCount, fold } = plan;
  for (let first = from; first < to; first += tileCells) {
    const end = Math.min(first + tileCells, to);
    loadTile(memory, first, end);
    loadWeights(memory, first, end);
    functions.prepareTerms(
      at.shiftP,
      at.shiftS,
      at.weightP,
      at.weightS,
      end - first,
      sensorCount,
      rowBytes,
      at.terms,
    );
    functions.stackTile(
      at.terms,
      sensorCount,
      end - first,
      first,
      at.rows,
      paddedTimes,
      fold.group,
      fold.start,
      at.wholes,
      at.rests,
      at.exponents,
      at.best,
      at.cell,
    );
  }
}

/** Parts in order of their cells to the whole: of equal cells the first stays. */
export function mergeStackParts(plan: StackPlan, parts: readonly StackPart[]): StackResult {
  const key = new Int32Array(plan.times.count).fill(LEAST_KEY);
  const cell = new Int32Array(plan.times.count);
  for (const part of parts) {
    for (let k = 0; k < key.length; k++) {
      if ((part.key[k] as number) <= (key[k] as number)) continue;
      key[k] = part.key[k] as number;
      cell[k] = part.cell[k] as number;
    }
  }
  return stackResult(plan, cell);
}

/** The plan with its arrays in shared memory, so that threads are sent references, not copies. */
export function shareStackPlan(plan: StackPlan): StackPlan {
  const ints = (from: Int32Array): Int32Array => {
    const to = new Int32Array(new SharedArrayBuffer(from.byteLength));
    to.set(from);
    return to;
  };
  const floats = (from: Float32Array): Float32Array => {
    const to = new Float32Array(new SharedArrayBuffer(from.byteLength));
    to.set(from);
    return to;
  };
  return {
    ...plan,
    excess: floats(plan.excess),
    shiftP: ints(plan.shiftP),
    shiftS: ints(plan.shiftS),
    weightP: floats(plan.weightP),
    weightS: floats(plan.weightS),
    fold: { ...plan.fold, wholes: ints(plan.fold.wholes), rests: floats(plan.fold.rests) },
  };
}
