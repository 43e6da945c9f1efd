/**
 * The stack by TensorFlow.js, on any of its backends: the way of CUDA, and the fallback where no
 * kernel is compiled.
 * @module
 */
import type * as tfCore from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import { stackResult, type StackPlan, type StackResult } from './stack.js';

/** The part of TensorFlow.js the stack uses: any backend. */
export type TensorFlow = typeof tfCore;

/** Elements of one gather; bounds memory. */
const CHUNK_ELEMENTS = 4_000_000;
/** Values are compared on a grid of one over this, nats. */
const PER_NAT = 2 ** 14;

/** Stack of all cells, reduced to the best cell at each origin time. */
export async function runStack(tf: TensorFlow, plan: StackPlan): Promise<StackResult> {
  const { times, sensorCount, cellCount } = plan;
  const best = new Float32Array(times.count).fill(Number.NEGATIVE_INFINITY);
  const cell = new Int32Array(times.count);
  const perChunk = Math.max(1, Math.floor(CHUNK_ELEMENTS / Math.max(1, sensorCount * times.count)));
  const windows = tf.tensor2d(slidingWindows(plan), [sensorCount * plan.shiftCount, times.count]);
  for (let from = 0; from < cellCount; from += perChunk) {
    const to = Math.min(cellCount, from + perChunk);
    const reduced = tf.tidy(() => {
      const map = tf.round(tf.mul(stackCells(tf, plan, windows, from, to), PER_NAT));
      return { max: tf.max(map, 0), argMax: tf.argMax(map, 0) };
    });
    const max = await reduced.max.data();
    const argMax = await reduced.argMax.data();
    reduced.max.dispose();
    reduced.argMax.dispose();
    for (let k = 0; k < times.count; k++) {
      if ((max[k] as number) > (best[k] as number)) {
        best[k] = max[k] as number;
        cell[k] = from + (argMax[k] as number);
      }
    }
  }
  windows.dispose();
  return stackResult(plan, cell);
}

/**
 * The series of each sensor from each possible shift on, [sensor x shift, time]: moving out is then
 * the gathering of rows, which every backend does fast (single elements it would check one by one).
 */
export function slidingWindows(plan: StackPlan): Float32Array {
  const { excess, pooledCount, sensorCount, shiftCount, times } = plan;
  const windows = new Float32Array(sensorCount * shiftCount * times.count);
  for (let s = 0; s < sensorCount; s++) {
    for (let shift = 0; shift < shiftCount; shift++) {
      const start = s * pooledCount + shift;
      windows.set(
        excess.subarray(start, start + times.count),
        (s * shiftCount + shift) * times.count,
      );
    }
  }
  return windows;
}

/** Stack of cells [from, to): tensor [cell, time]. Call inside tf.tidy. */
export function stackCells(
  tf: TensorFlow,
  plan: StackPlan,
  windows: Tensor,
  from: number,
  to: number,
): Tensor {
  const { sensorCount, shiftCount, times } = plan;
  const rows = to - from;
  const slice = <T extends Int32Array | Float32Array>(all: T): T =>
    all.subarray(from * sensorCount, to * sensorCount) as T;
  const one = tf.scalar(1);
  const phase = (shift: Int32Array, weight: Float32Array): Tensor => {
    const row = slice(shift).map((samples, i) => samples + (i % sensorCount) * shiftCount);
    const excess = tf.gather(windows, tf.tensor1d(row, 'int32'));
    const seen = tf.tensor2d(slice(weight), [rows * sensorCount, 1]);
    const terms = tf.log(tf.add(tf.mul(excess, seen), one));
    return tf.sum(tf.reshape(terms, [rows, sensorCount, times.count]), 1);
  };
  return tf.add(phase(plan.shiftP, plan.weightP), phase(plan.shiftS, plan.weightS));
}
