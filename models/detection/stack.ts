/**
 * Stack of evidence series over (cell, depth, origin time) for P and S move-out with TensorFlow.js:
 * series in, the best cell at each origin time out. It only proposes candidates; the posterior is
 * computed elsewhere.
 *
 * stack(c, t0) = sum over sensors and phases of log(1 - w + w L(t0 + TT)), where L is the
 * likelihood ratio of an onset, the largest within the time a cell spans, and w the nominal chance
 * that a wave from that cell is seen (it falls with distance).
 * @module
 */
import type * as tfCore from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import { decodeFloat32, type SensorEvidence } from '../../core/evidence.js';
import { distanceKm, type LatLon } from '../../core/geo.js';
import type { TravelTimeTable } from '../traveltime/travel-time-table.js';

/** The part of TensorFlow.js the stack uses: any backend. */
export type TensorFlow = typeof tfCore;

/** A point of the search grid. */
export interface SearchCell extends LatLon {
  readonly depthKm: number;
}

/** Time axis of a stack: origin times startS + k stepS. */
export interface StackTimes {
  readonly startS: number;
  readonly stepS: number;
  readonly count: number;
}

/** Series and move-out of one stack, ready for the backend. */
export interface StackPlan {
  readonly times: StackTimes;
  /** L - 1, pooled in time, [sensor, pooled time]; float32. */
  readonly excess: Float32Array;
  readonly pooledCount: number;
  /** Shifts run from 0 to one less than this. */
  readonly shiftCount: number;
  readonly sensorCount: number;
  readonly cellCount: number;
  /** Samples between origin and arrival, [cell, sensor]; int32, one a phase. */
  readonly shiftP: Int32Array;
  readonly shiftS: Int32Array;
  /** Nominal chance of being seen, [cell, sensor]; float32, one a phase. */
  readonly weightP: Float32Array;
  readonly weightS: Float32Array;
}

/** Best cell at each origin time. */
export interface StackResult {
  /** [time], nats. */
  readonly best: Float32Array;
  /** Index of the best cell, [time]. */
  readonly cell: Int32Array;
  readonly cellSensorSamples: number;
}

/** Evidence is clipped here: one sensor must not decide by itself. */
const CLIP_NATS = 6;
const SEEN_P = 0.8;
const SEEN_S = 0.5;
const HALF_SEEN_KM = 150;
/** Elements of one gather; bounds memory. */
const CHUNK_ELEMENTS = 4_000_000;
const SLOWEST_KM_S = 6;

/** Prepares a stack: pools the series, computes shifts and weights. */
export function planStack(input: {
  readonly sensors: readonly SensorEvidence[];
  readonly cells: readonly SearchCell[];
  readonly times: StackTimes;
  readonly table: TravelTimeTable;
  /** Horizontal spacing of the cells, km: how far an onset may be off its predicted time. */
  readonly spacingKm: number;
}): StackPlan {
  const { sensors, cells, times, table } = input;
  const cellCount = cells.length;
  const sensorCount = sensors.length;
  const shiftP = new Int32Array(cellCount * sensorCount);
  const shiftS = new Int32Array(cellCount * sensorCount);
  const weightP = new Float32Array(cellCount * sensorCount);
  const weightS = new Float32Array(cellCount * sensorCount);
  let maxShift = 0;
  cells.forEach((cell, c) => {
    sensors.forEach((sensor, s) => {
      const i = c * sensorCount + s;
      const distance = distanceKm(cell, sensor);
      const depth = cell.depthKm + sensor.elevationM / 1000;
      const seen = 1 / (1 + (distance / HALF_SEEN_KM) ** 2) + 0.05;
      shiftP[i] = Math.round(table.p(distance, depth) / times.stepS);
      shiftS[i] = Math.round(table.s(distance, depth) / times.stepS);
      weightP[i] = Math.min(0.95, SEEN_P * seen);
      weightS[i] = Math.min(0.95, SEEN_S * seen);
      maxShift = Math.max(maxShift, shiftS[i] as number);
    });
  });
  const pooledCount = times.count + maxShift + 1;
  const tolerance = Math.ceil(input.spacingKm / 2 / SLOWEST_KM_S / times.stepS);
  const excess = new Float32Array(sensorCount * pooledCount);
  sensors.forEach((sensor, s) => {
    excess.set(pooledExcess(sensor, times, pooledCount, tolerance), s * pooledCount);
  });
  return {
    times,
    excess,
    pooledCount,
    shiftCount: maxShift + 1,
    sensorCount,
    cellCount,
    shiftP,
    shiftS,
    weightP,
    weightS,
  };
}

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
      const map = stackCells(tf, plan, windows, from, to);
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
  return { best, cell, cellSensorSamples: cellCount * sensorCount * times.count * 2 };
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

/** L - 1 on the stack's clock, the largest within +-tolerance samples. 0 where there is no data. */
function pooledExcess(
  sensor: SensorEvidence,
  times: StackTimes,
  count: number,
  tolerance: number,
): Float32Array {
  const raw = new Float32Array(count).fill(Number.NaN);
  const raise = (timeS: number, llr: number): void => {
    const k = Math.floor((timeS - times.startS) / times.stepS);
    if (k < 0 || k >= count || Number.isNaN(llr)) return;
    const clipped = Math.min(CLIP_NATS, Math.max(-CLIP_NATS, llr));
    const old = raw[k] as number;
    raw[k] = Number.isNaN(old) ? clipped : Math.max(old, clipped);
  };
  const series = sensor.series.llrBase64 === '' ? [] : decodeFloat32(sensor.series.llrBase64);
  for (let i = 0; i < series.length; i++) {
    raise(sensor.series.startS + i / sensor.series.rateHz, series[i] as number);
  }
  // Arrivals too: a producer may send no series, and an arrival is a peak of it anyway.
  for (const arrival of sensor.arrivals) raise(arrival.timeS, arrival.logLikelihoodRatio);
  const excess = new Float32Array(count);
  for (let k = 0; k < count; k++) {
    let largest = Number.NaN;
    for (let j = Math.max(0, k - tolerance); j <= Math.min(count - 1, k + tolerance); j++) {
      const value = raw[j] as number;
      if (!Number.isNaN(value) && !(value <= largest)) largest = value;
    }
    excess[k] = Number.isNaN(largest) ? 0 : Math.expm1(largest);
  }
  return excess;
}
