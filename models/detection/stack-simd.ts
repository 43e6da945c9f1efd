/**
 * The stack by a SIMD kernel on one core. In: a plan, or a part of its cells for one thread of many.
 * Out: the best cell at each origin time; parts merge to the same bits as the whole.
 * @module
 */
import { UnavailableError } from '../../core/errors.js';
import { WORKSPACE_START, kernelWorkspace } from '../kernels/workspace.js';
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

interface Functions {
  prepareTerms(
    ...numbers: [
      shiftP: number,
      shiftS: number,
      weightP: number,
      weightS: number,
      cells: number,
      sensors: number,
      stride: number,
      terms: number,
    ]
  ): void;
  stackTile(
    ...numbers: [
      terms: number,
      count: number,
      cells: number,
      first: number,
      rows: number,
      times: number,
      group: number,
      start: number,
      wholes: number,
      rests: number,
      exponents: number,
      best: number,
      cell: number,
    ]
  ): void;
}

/** Times that the kernel holds in registers. */
const BLOCK = 24;
/** Terms of a tile: near cells read near samples, which then stay in the first cache. */
const TILE_BYTES = 32_768;
const TERM_BYTES = 8;
const EXPONENT_BYTES = 4 * BLOCK;
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

/** Stack of cells [from, to). A worker thread can do this: plans survive structured clone. */
export function stackPart(input: StackPartInput): StackPart {
  const { plan, from, to } = input;
  const { sensorCount, pooledCount, times, fold } = plan;
  const count = times.count;
  const padded = Math.ceil(count / BLOCK) * BLOCK;
  const rowBytes = 4 * (pooledCount + BLOCK);
  const tile = Math.max(8, Math.floor(TILE_BYTES / (2 * TERM_BYTES * Math.max(1, sensorCount))));
  const perTile = 4 * tile * sensorCount;
  const layout = laidOut({
    rows: sensorCount * rowBytes,
    shiftP: perTile,
    shiftS: perTile,
    weightP: perTile,
    weightS: perTile,
    terms: 2 * TERM_BYTES * tile * sensorCount,
    wholes: 4 * tile,
    rests: 4 * tile,
    exponents: EXPONENT_BYTES,
    best: 4 * padded,
    cell: 4 * padded,
  });
  const { at } = layout;
  const { functions, memory } = kernelWorkspace<Functions>({ name: 'stack', bytes: layout.bytes });
  const ints = new Int32Array(memory.buffer);
  const floats = new Float32Array(memory.buffer);
  for (let s = 0; s < sensorCount; s++) {
    const start = (at.rows + s * rowBytes) / 4;
    floats.set(plan.excess.subarray(s * pooledCount, (s + 1) * pooledCount), start);
    floats.fill(0, start + pooledCount, start + rowBytes / 4);
  }
  ints.fill(LEAST_KEY, at.best / 4, at.best / 4 + padded);
  ints.fill(0, at.cell / 4, at.cell / 4 + padded);
  for (let first = from; first < to; first += tile) {
    const end = Math.min(first + tile, to);
    const slice = <T extends Int32Array | Float32Array>(all: T): T =>
      all.subarray(first * sensorCount, end * sensorCount) as T;
    ints.set(slice(plan.shiftP), at.shiftP / 4);
    ints.set(slice(plan.shiftS), at.shiftS / 4);
    floats.set(slice(plan.weightP), at.weightP / 4);
    floats.set(slice(plan.weightS), at.weightS / 4);
    ints.set(fold.wholes.subarray(first, end), at.wholes / 4);
    floats.set(fold.rests.subarray(first, end), at.rests / 4);
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
      2 * sensorCount,
      end - first,
      first,
      at.rows,
      padded,
      fold.group,
      fold.start,
      at.wholes,
      at.rests,
      at.exponents,
      at.best,
      at.cell,
    );
  }
  return {
    key: ints.slice(at.best / 4, at.best / 4 + count),
    cell: ints.slice(at.cell / 4, at.cell / 4 + count),
  };
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

/** Addresses of consecutive areas, each at a multiple of 16 bytes, and what they need together. */
function laidOut<Name extends string>(
  areas: Readonly<Record<Name, number>>,
): { readonly at: Readonly<Record<Name, number>>; readonly bytes: number } {
  const at = {} as Record<Name, number>;
  let next = WORKSPACE_START;
  for (const name of Object.keys(areas) as Name[]) {
    at[name] = next;
    next += Math.ceil(areas[name] / 16) * 16;
  }
  return { at, bytes: next - WORKSPACE_START };
}
