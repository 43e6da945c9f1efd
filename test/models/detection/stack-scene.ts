/** The plans that tests of the stack's engines share. @module */
import type { EvidenceSet } from '../../../core/evidence.js';
import { createRandom } from '../../../core/random.js';
import type { EventState } from '../../../models/detection/event-prior.js';
import { foldWeights, planStack, type StackPlan } from '../../../models/detection/stack.js';
import { cable, observe, phones, TABLE } from './world.js';

/** A quake on phones and a cable, and a stack of 40 cells anywhere. */
export function stackScene(): {
  readonly plan: StackPlan;
  readonly evidence: EvidenceSet;
  readonly event: EventState;
} {
  const random = createRandom(5);
  const sensors = [...phones(8, random), ...cable(2, 17, -99)];
  const event = { latitude: 17.1, longitude: -99.2, depthKm: 15, timeS: 100, magnitude: 5.5 };
  const evidence = observe({ sensors, event, seed: 3 });
  const cells = Array.from({ length: 40 }, () => ({
    latitude: 16 + 2 * random.uniform(),
    longitude: -100 + 2 * random.uniform(),
    depthKm: 30 * random.uniform(),
  }));
  const plan = planStack({
    sensors: evidence.sensors,
    cells,
    times: { startS: -60, stepS: 1, count: 361 },
    table: TABLE,
    spacingKm: 20,
  });
  return { plan, evidence, event };
}

/** A plan of random numbers, over the whole range that evidence can take. */
export function randomPlan(input: {
  readonly seed: number;
  readonly sensors: number;
  readonly cells: number;
  readonly times: number;
  readonly shifts: number;
}): StackPlan {
  const { sensors: sensorCount, cells: cellCount, times, shifts: shiftCount } = input;
  const random = createRandom(input.seed);
  const pairs = cellCount * sensorCount;
  const shifts = (): Int32Array =>
    Int32Array.from({ length: pairs }, () => random.integer(shiftCount));
  const weights = (): Float32Array =>
    Float32Array.from({ length: pairs }, () => 0.02 + 0.93 * random.uniform());
  const pooledCount = times + shiftCount;
  const arrays = {
    excess: Float32Array.from({ length: sensorCount * pooledCount }, () =>
      Math.expm1(12 * random.uniform() - 6),
    ),
    weightP: weights(),
    weightS: weights(),
  };
  return {
    ...arrays,
    times: { startS: 0, stepS: 1, count: times },
    pooledCount,
    shiftCount,
    sensorCount,
    cellCount,
    shiftP: shifts(),
    shiftS: shifts(),
    fold: foldWeights({ ...arrays, cellCount, sensorCount }),
  };
}
