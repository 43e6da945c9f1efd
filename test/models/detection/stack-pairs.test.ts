import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRandom } from '../../../core/random.js';
import { stackMemory } from '../../../models/detection/stack-memory.js';
import { mayPair, stackByPairs } from '../../../models/detection/stack-pairs.js';
import { mergeStackParts, stackPart, runStackSimd } from '../../../models/detection/stack-simd.js';
import { foldWeights, type StackPlan } from '../../../models/detection/stack.js';
import { randomPlan } from './stack-scene.js';

/** Fewer cells than pairs are tried for: these are stacked term by term. */
const FEW = 20;

interface GridShape {
  readonly seed: number;
  readonly sensors: number;
  readonly across: number;
  readonly times: number;
  readonly samplesPerS: number;
}

/** Cells on a square of 100 km at two depths; chances fall with distance, in steps. */
function gridPlan(shape: GridShape): StackPlan {
  const { sensors, across, times, samplesPerS } = shape;
  const random = createRandom(shape.seed);
  const places = Array.from({ length: sensors }, () => [
    120 * random.uniform() - 10,
    120 * random.uniform() - 10,
  ]);
  const cells = Array.from({ length: 2 * across * across }, (_, c) => ({
    x: (100 * (c % across)) / across,
    y: (100 * (Math.floor(c / across) % across)) / across,
    z: c < across * across ? 5 : 15,
  }));
  const km = cells.flatMap(({ x, y, z }) =>
    places.map(([east = 0, north = 0]) => Math.hypot(x - east, y - north, z)),
  );
  const shiftP = Int32Array.from(km, (d) => Math.round((d / 6) * samplesPerS));
  const shiftS = Int32Array.from(km, (d) => Math.round((d / 3.5) * samplesPerS));
  const shiftCount = shiftS.reduce((a, b) => Math.max(a, b), 0) + 1;
  const random01 = randomPlan({ seed: shape.seed, sensors, cells: 1, times, shifts: shiftCount });
  const arrays = {
    excess: random01.excess,
    weightP: Float32Array.from(km, (d) => Math.round(32 / (1.2 + (d / 80) ** 2)) / 40 + 0.05),
    weightS: Float32Array.from(km, (d) => Math.round(32 / (1.2 + (d / 80) ** 2)) / 60 + 0.05),
  };
  const [sensorCount, cellCount] = [sensors, cells.length];
  return {
    ...random01,
    ...arrays,
    shiftP,
    shiftS,
    cellCount,
    fold: foldWeights({ ...arrays, cellCount, sensorCount }),
  };
}

/** The first cell that is left when pairs have taken what they can. */
function taken(plan: StackPlan): number {
  const memory = stackMemory({ plan, cells: plan.cellCount, hasPairs: true });
  return stackByPairs(memory, 0, plan.cellCount);
}

describe('the stack of pairs', () => {
  it('gives the bits of the stack of terms', () => {
    const shape = fc.record({
      seed: fc.integer({ min: 1, max: 1e6 }),
      sensors: fc.integer({ min: 1, max: 40 }),
      across: fc.integer({ min: 6, max: 16 }),
      times: fc.integer({ min: 160, max: 400 }),
      samplesPerS: fc.constantFrom(0.5, 1, 2, 10),
    });
    fc.assert(
      fc.property(shape, (grid) => {
        const plan = gridPlan(grid);
        const whole = stackPart({ plan, from: 0, to: plan.cellCount });
        const parts = [];
        for (let from = 0; from < plan.cellCount; from += FEW) {
          parts.push(stackPart({ plan, from, to: Math.min(from + FEW, plan.cellCount) }));
        }
        expect(runStackSimd(plan)).toEqual(mergeStackParts(plan, parts));
        const keys = parts.map(({ key }) => key);
        expect(whole.key).toEqual(
          Int32Array.from(whole.key, (_, k) => Math.max(...keys.map((key) => key[k] as number))),
        );
      }),
      { numRuns: 25, seed: 7 },
    );
  });

  it('takes all cells of a grid, in as many chunks as they need', () => {
    const plan = gridPlan({ seed: 1, sensors: 30, across: 40, times: 240, samplesPerS: 1 });
    expect(mayPair(plan, plan.cellCount)).toBe(true);
    expect(taken(plan)).toBe(plan.cellCount);
    const fine = gridPlan({ seed: 2, sensors: 60, across: 30, times: 200, samplesPerS: 4 });
    const whole = stackPart({ plan: fine, from: 0, to: fine.cellCount });
    const halves = [
      stackPart({ plan: fine, from: 0, to: 700 }),
      stackPart({ plan: fine, from: 700, to: fine.cellCount }),
    ];
    expect(mergeStackParts(fine, halves)).toEqual(mergeStackParts(fine, [whole]));
  });

  it('takes cells whose delays differ by phases of their own', () => {
    const fine = gridPlan({ seed: 5, sensors: 8, across: 12, times: 2000, samplesPerS: 20 });
    const memory = stackMemory({ plan: fine, cells: fine.cellCount, hasPairs: true });
    const called: string[] = [];
    const watched = (name: 'stackPairs' | 'stackSingles') => ({
      [name]: (...numbers: readonly number[]): number => {
        called.push(name);
        return memory.functions[name](...numbers);
      },
    });
    const functions = { ...memory.functions, ...watched('stackPairs'), ...watched('stackSingles') };
    expect(stackByPairs({ ...memory, functions }, 0, fine.cellCount)).toBe(fine.cellCount);
    expect(new Set(called)).toEqual(new Set(['stackSingles']));
  });

  it('leaves cells that share nothing, few cells and short stacks to the terms', () => {
    const random = randomPlan({ seed: 3, sensors: 12, cells: 300, times: 400, shifts: 60 });
    expect(taken(random)).toBe(0);
    expect(mayPair(random, FEW)).toBe(false);
    const short = randomPlan({ seed: 3, sensors: 12, cells: 300, times: 100, shifts: 60 });
    expect(mayPair(short, 300)).toBe(false);
    const alone = randomPlan({ seed: 3, sensors: 0, cells: 300, times: 400, shifts: 60 });
    expect(mayPair(alone, 300)).toBe(false);
  });

  it('refuses evidence whose factors leave float32', () => {
    const plan = randomPlan({ seed: 4, sensors: 2, cells: 2, times: 4, shifts: 3 });
    const excess = plan.excess.slice();
    excess[1] = 2 ** 70;
    expect(() => foldWeights({ ...plan, excess })).toThrow(/factors from 2\^/);
    expect(() => foldWeights({ ...plan, weightP: plan.weightP.fill(2 ** -70) })).toThrow(/2\^70/);
  });
});
