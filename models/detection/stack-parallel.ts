/**
 * A large stack on several worker threads: each takes a share of the cells, in memory that all see.
 * @module
 */
import type { ComputePool } from '../../core/compute.js';
import { mergeStackParts, shareStackPlan, type stackPart } from './stack-simd.js';
import type { StackPlan, StackResult } from './stack.js';

/**
 * Stack of all cells, in `parts` tasks of the pool; the bits of `runStackSimd`. The plan is copied
 * unless it is shared already (`shareStackPlan`).
 */
export async function stackParallel(input: {
  readonly pool: ComputePool<{ stackPart: typeof stackPart }>;
  readonly parts: number;
  readonly plan: StackPlan;
}): Promise<StackResult> {
  const { pool, parts } = input;
  const isShared = input.plan.shiftP.buffer instanceof SharedArrayBuffer;
  const plan = isShared ? input.plan : shareStackPlan(input.plan);
  const bound = (part: number): number => Math.round((part * plan.cellCount) / parts);
  const found = await Promise.all(
    Array.from({ length: parts }, (_, k) =>
      pool.run('stackPart', { plan, from: bound(k), to: bound(k + 1) }),
    ),
  );
  return mergeStackParts(plan, found);
}
