/** Numbers for the benchmark of the stack: stations and cells in a square, noise and a quake. @module */
import { createRandom } from '../../../core/random.js';
import { foldWeights, type StackPlan } from '../../../models/detection/stack.js';

/** Size of a scene. */
export interface SceneShape {
  readonly sensors: number;
  readonly cells: number;
  readonly times: number;
  readonly samplesPerS: number;
}

const SIDE_KM = 200;
const P_KM_S = 6;
const S_KM_S = 3.5;

/**
 * A plan as detection makes it, but that the weights are the same in all cells: only so can a linear
 * stack (parstack) do the same work, on rows of log(1 + w e).
 */
export function scene(shape: SceneShape): StackPlan {
  const { sensors: sensorCount, cells: cellCount, times: count, samplesPerS } = shape;
  const random = createRandom(11);
  const place = (): readonly [number, number] => [
    SIDE_KM * random.uniform(),
    SIDE_KM * random.uniform(),
  ];
  const stations = Array.from({ length: sensorCount }, place);
  const across = Math.ceil(Math.sqrt(cellCount));
  const pairs = cellCount * sensorCount;
  const [shiftP, shiftS] = [new Int32Array(pairs), new Int32Array(pairs)];
  const [weightP, weightS] = [new Float32Array(pairs), new Float32Array(pairs)];
  const seen = stations.map(() => [0.1 + 0.85 * random.uniform(), 0.1 + 0.5 * random.uniform()]);
  for (let c = 0; c < cellCount; c++) {
    const x = (SIDE_KM * (c % across)) / across;
    const y = (SIDE_KM * Math.floor(c / across)) / across;
    stations.forEach(([east, north], s) => {
      const km = Math.hypot(x - east, y - north, 10);
      const i = c * sensorCount + s;
      shiftP[i] = Math.round((km / P_KM_S) * samplesPerS);
      shiftS[i] = Math.round((km / S_KM_S) * samplesPerS);
      weightP[i] = seen[s]?.[0] as number;
      weightS[i] = seen[s]?.[1] as number;
    });
  }
  const shiftCount = shiftS.reduce((a, b) => Math.max(a, b), 0) + 1;
  const pooledCount = count + shiftCount;
  const excess = Float32Array.from({ length: sensorCount * pooledCount }, () => {
    const llr = random.uniform() < 0.01 ? 5 * random.uniform() : -2 + 0.5 * random.normal();
    return Math.expm1(Math.max(-6, Math.min(6, llr)));
  });
  const quake = Math.floor(cellCount / 3);
  for (let s = 0; s < sensorCount; s++) {
    for (const shift of [shiftP, shiftS]) {
      const k = Math.floor(count / 2) + (shift[quake * sensorCount + s] as number);
      excess[s * pooledCount + k] = Math.expm1(4);
    }
  }
  return {
    times: { startS: 0, stepS: 1 / samplesPerS, count },
    excess,
    pooledCount,
    shiftCount,
    sensorCount,
    cellCount,
    shiftP,
    shiftS,
    weightP,
    weightS,
    fold: foldWeights({ excess, weightP, weightS, cellCount, sensorCount }),
  };
}

/** Rows of log(1 + w e), [sensor, P and S, pooled time]: what a linear stack sums. */
export function logRows(plan: StackPlan): Float32Array {
  const { sensorCount, pooledCount, excess, weightP, weightS } = plan;
  const rows = new Float32Array(2 * sensorCount * pooledCount);
  for (let row = 0; row < 2 * sensorCount; row++) {
    const s = row >> 1;
    const w = (row % 2 === 0 ? weightP : weightS)[s] as number;
    for (let k = 0; k < pooledCount; k++) {
      rows[row * pooledCount + k] = Math.log1p(w * (excess[s * pooledCount + k] as number));
    }
  }
  return rows;
}

/** Shifts of those rows, [cell, row]. */
export function phaseShifts(plan: StackPlan): Int32Array {
  const shifts = new Int32Array(2 * plan.shiftP.length);
  plan.shiftP.forEach((p, i) => {
    shifts[2 * i] = p;
    shifts[2 * i + 1] = plan.shiftS[i] as number;
  });
  return shifts;
}

/** Every `step`-th cell of a plan. */
export function someCells(plan: StackPlan, step: number): StackPlan {
  const { sensorCount } = plan;
  const cellCount = Math.floor(plan.cellCount / step);
  const pick = <T extends Int32Array | Float32Array>(all: T, width: number): T => {
    const some = all.slice(0, cellCount * width) as T;
    for (let c = 0; c < cellCount; c++) {
      some.set(all.subarray(c * step * width, (c * step + 1) * width), c * width);
    }
    return some;
  };
  return {
    ...plan,
    cellCount,
    shiftP: pick(plan.shiftP, sensorCount),
    shiftS: pick(plan.shiftS, sensorCount),
    weightP: pick(plan.weightP, sensorCount),
    weightS: pick(plan.weightS, sensorCount),
    fold: {
      ...plan.fold,
      wholes: pick(plan.fold.wholes, 1),
      rests: pick(plan.fold.rests, 1),
    },
  };
}
