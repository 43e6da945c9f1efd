/**
 * Stack of evidence series over (cell, depth, origin time) for P and S move-out: what an engine
 * (`stack-engine.ts`) is given and what it answers, the best cell at each origin time. It only
 * proposes candidates; the posterior is computed elsewhere.
 *
 * stack(c, t0) = sum over sensors and phases of log(1 - w + w L(t0 + TT)), where L is the
 * likelihood ratio of an onset, the largest within the time a cell spans, and w the nominal chance
 * that a wave from that cell is seen (it falls with distance).
 * @module
 */
import { InvalidInputError } from '../../core/errors.js';
import { decodeFloat32, type SensorEvidence } from '../../core/evidence.js';
import { distanceKm, type LatLon } from '../../core/geo.js';
import type { TravelTimeTable } from '../traveltime/travel-time-table.js';

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
  /** Nominal chance of being seen, over 0 and at most 1, [cell, sensor]; float32, one a phase. */
  readonly weightP: Float32Array;
  readonly weightS: Float32Array;
  readonly fold: StackFold;
}

/**
 * What turns sums of logarithms into products: log(1 + w e) = log w + log(e + 1 / w), so that a
 * sample costs one addition and one multiplication.
 */
export interface StackFold {
  /** The product of a cell's weights is 2^whole rest, [cell]; rest (float32) in [1, 2). */
  readonly wholes: Int32Array;
  readonly rests: Float32Array;
  /** So many sensors' two factors e + 1 / w stay within float32 when the product begins at 2^(start - 127). */
  readonly group: number;
  readonly start: number;
}

/** Best cell at each origin time. */
export interface StackResult {
  /** Stack of that cell, [time], nats; computed in float64 by {@link stackResult}. */
  readonly best: Float32Array;
  /**
   * Index of the best cell, [time]; the first of those that are equal. Engines compare on a grid of
   * at most 2^-14 nats (6e-5), so that rounding does not decide between equal cells.
   */
  readonly cell: Int32Array;
  readonly cellSensorSamples: number;
}

/** Evidence is clipped here: one sensor must not decide by itself. */
const CLIP_NATS = 6;
const SEEN_P = 0.8;
const SEEN_S = 0.5;
const HALF_SEEN_KM = 150;
const LEAST_SEEN = 0.05;
/** Chances go in steps of one over this, so that many cells share theirs (`stack-pairs.ts`). */
const SEEN_STEPS = 32;
/** Octaves a product may gain and lose together before it is folded; normal float32 has 253. */
const FOLD_OCTAVES = 250;
/** Octaves of one factor: two and what they begin with must stay within float32. */
const MOST_OCTAVES = 62;
/** Sensors in one float64 product of likelihood ratios. */
const VALUE_SENSORS = 32;
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
      const near = 1 / (1 + (distance / HALF_SEEN_KM) ** 2) + LEAST_SEEN;
      const seen = Math.round(near * SEEN_STEPS) / SEEN_STEPS;
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
    fold: foldWeights({ excess, weightP, weightS, cellCount, sensorCount }),
  };
}

/**
 * The constants of a stack by products. Throws InvalidInputError when a weight is not in (0, 1] or an
 * excess is -1 or less (a likelihood ratio of 0 would rule a cell out by itself).
 */
export function foldWeights(input: {
  readonly excess: Float32Array;
  readonly weightP: Float32Array;
  readonly weightS: Float32Array;
  readonly cellCount: number;
  readonly sensorCount: number;
}): StackFold {
  const { excess, weightP, weightS, cellCount, sensorCount } = input;
  const wholes = new Int32Array(cellCount);
  const rests = new Float32Array(cellCount);
  let least = 1;
  let most = 0;
  for (let c = 0; c < cellCount; c++) {
    let product = 1;
    let whole = 0;
    for (let i = c * sensorCount; i < (c + 1) * sensorCount; i++) {
      const p = weightP[i] as number;
      const s = weightS[i] as number;
      least = Math.min(least, p, s);
      most = Math.max(most, p, s);
      product *= p * s;
      if (product < 2 ** -500) {
        product *= 2 ** 500;
        whole -= 500;
      }
    }
    const twos = Math.floor(Math.log2(product));
    wholes[c] = whole + twos;
    rests[c] = product * 2 ** -twos;
  }
  let low = 0;
  let high = 0;
  for (const value of excess) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  if (!(least > 0 && most <= 1 && low > -1)) {
    throw new InvalidInputError({
      what: 'weights of a stack',
      reason: `weights from ${least} to ${most}, likelihood ratios from ${1 + low}`,
      remedy: 'give weights over 0 and at most 1, and likelihood ratios over 0',
    });
  }
  const up = Math.max(0, Math.log2(high + 1 / least));
  const down = cellCount > 0 ? Math.max(0, -Math.log2(low + 1 / most)) : 0;
  if (Math.max(up, down) > MOST_OCTAVES) {
    throw new InvalidInputError({
      what: 'evidence of a stack',
      reason: `factors from 2^${-down} to 2^${up}`,
      remedy: `give likelihood ratios and weights whose factors lie within 2^${MOST_OCTAVES}`,
    });
  }
  const most32 = Math.floor(FOLD_OCTAVES / (2 * Math.max(1, up + down)));
  const group = Math.max(1, Math.min(sensorCount, most32));
  // The least power of two that does not become subnormal on the way down.
  const start = 2 + Math.ceil(2 * group * down);
  return { wholes, rests, group, start };
}

/** The stack of one cell at one origin time, nats: the definition, in float64. */
export function stackValue(plan: StackPlan, cell: number, time: number): number {
  const { excess, pooledCount, sensorCount, shiftP, shiftS, weightP, weightS } = plan;
  let sum = 0;
  let product = 1;
  for (let s = 0; s < sensorCount; s++) {
    const i = cell * sensorCount + s;
    const k = s * pooledCount + time;
    product *= 1 + (weightP[i] as number) * (excess[k + (shiftP[i] as number)] as number);
    product *= 1 + (weightS[i] as number) * (excess[k + (shiftS[i] as number)] as number);
    // One logarithm for many factors, each within e^6 of 1.
    if (s % VALUE_SENSORS === VALUE_SENSORS - 1) {
      sum += Math.log(product);
      product = 1;
    }
  }
  return sum + Math.log(product);
}

/** The answer from the best cells that an engine found: the same bits whichever engine it was. */
export function stackResult(plan: StackPlan, cell: Int32Array): StackResult {
  const { times, sensorCount, cellCount } = plan;
  const best = Float32Array.from(cell, (c, k) =>
    cellCount === 0 ? Number.NEGATIVE_INFINITY : stackValue(plan, c, k),
  );
  return { best, cell, cellSensorSamples: cellCount * sensorCount * times.count * 2 };
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
