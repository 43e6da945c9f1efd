/**
 * Statistics of stored values in one pass over blocks, in memory that does not grow with the file.
 * @module
 */
import type { SampleArray, SampleBlock } from './recording.js';
import type { StoredBlock } from './blocks.js';

export interface SampleStatistics {
  /** Finite values. */
  readonly count: number;
  /** NaN and infinite values; they are left out of the rest. */
  readonly notFinite: number;
  /** NaN where there is no finite value, as are mean and std. */
  readonly min: number;
  readonly max: number;
  readonly mean: number;
  /** Of the population (divided by the count). */
  readonly std: number;
  /** The first stored values in the order of the file, as float64. */
  readonly first: readonly number[];
}

/** Values listed in `first`. */
const FIRST = 5;
/** Values summed before partial results are combined: keeps the error of a sum small. */
const GROUP = 4096;

/**
 * Mean and deviation by groups of 4096 values, each in two passes, combined pairwise (Chan, Golub
 * and LeVeque 1983): the relative error stays near float64's own however large the file and its
 * offset. `part` is what the blocks come from, `timeAxis` its order.
 */
export async function sampleStatistics(input: {
  readonly blocks: AsyncIterable<StoredBlock>;
  readonly part: SampleBlock;
  readonly timeAxis: 0 | 1;
}): Promise<SampleStatistics> {
  const total = emptyMoments();
  const first: number[] = [];
  const { part, timeAxis } = input;
  const axes = timeAxis === 0 ? (['time', 'channel'] as const) : (['channel', 'time'] as const);
  const width = part[axes[1]][1] - part[axes[1]][0];
  for await (const block of input.blocks) {
    addValues(total, block.values);
    // Row-major position of the block's values in the whole part.
    const columns = block[axes[1]][1] - block[axes[1]][0];
    const row0 = block[axes[0]][0] - part[axes[0]][0];
    const column0 = block[axes[1]][0] - part[axes[1]][0];
    if (row0 * width + column0 >= FIRST) continue;
    for (let i = 0; i < Math.min(block.values.length, FIRST * columns); i++) {
      const at = (row0 + Math.floor(i / columns)) * width + column0 + (i % columns);
      if (at < FIRST) first[at] = Number(block.values[i]);
    }
  }
  return {
    count: total.count,
    notFinite: total.notFinite,
    min: total.count > 0 ? total.min : Number.NaN,
    max: total.count > 0 ? total.max : Number.NaN,
    mean: total.count > 0 ? total.mean : Number.NaN,
    std: total.count > 0 ? Math.sqrt(total.m2 / total.count) : Number.NaN,
    first,
  };
}

interface Moments {
  count: number;
  notFinite: number;
  min: number;
  max: number;
  mean: number;
  /** Sum of squared deviations from the mean. */
  m2: number;
}

function emptyMoments(): Moments {
  return { count: 0, notFinite: 0, min: Infinity, max: -Infinity, mean: 0, m2: 0 };
}

function addValues(total: Moments, values: SampleArray): void {
  const numbers =
    values instanceof BigInt64Array || values instanceof BigUint64Array
      ? Float64Array.from(values, Number)
      : values;
  for (let from = 0; from < numbers.length; from += GROUP) {
    combine(total, groupMoments(numbers, from, Math.min(numbers.length, from + GROUP)));
  }
}

function groupMoments(
  values: Exclude<SampleArray, BigInt64Array | BigUint64Array>,
  from: number,
  to: number,
): Moments {
  const group = emptyMoments();
  let sum = 0;
  for (let i = from; i < to; i++) {
    const value = values[i] as number;
    if (!Number.isFinite(value)) {
      group.notFinite++;
      continue;
    }
    sum += value;
    group.count++;
    if (value < group.min) group.min = value;
    if (value > group.max) group.max = value;
  }
  if (group.count === 0) return group;
  const mean = sum / group.count;
  // The second sum takes away what rounding left in the first mean.
  let [residual, squares] = [0, 0];
  for (let i = from; i < to; i++) {
    const off = (values[i] as number) - mean;
    if (!Number.isFinite(off)) continue;
    residual += off;
    squares += off * off;
  }
  group.mean = mean + residual / group.count;
  group.m2 = squares - residual ** 2 / group.count;
  return group;
}

function combine(total: Moments, group: Moments): void {
  total.notFinite += group.notFinite;
  if (group.count === 0) return;
  const count = total.count + group.count;
  const step = group.mean - total.mean;
  total.mean += (step * group.count) / count;
  total.m2 += group.m2 + (step * step * total.count * group.count) / count;
  total.count = count;
  total.min = Math.min(total.min, group.min);
  total.max = Math.max(total.max, group.max);
}
