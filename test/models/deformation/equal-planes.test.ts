import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LosPoints } from '../../../models/deformation/line-of-sight.js';
import { predict } from '../../../models/deformation/inverse-problem.js';
import { sourceModel } from '../../../models/deformation/source-models.js';
import { planesOf } from '../../../models/deformation/source-summary.js';

const AREA = { eastM: 0, northM: 0, radiusM: 10_000 };
const SIDE = 7;
const grid = (pick: (k: number) => number): Float64Array =>
  Float64Array.from({ length: SIDE * SIDE }, (_, k) => pick(k));
const POINTS: LosPoints = {
  eastM: grid((k) => 3100 * ((k % SIDE) - 3)),
  northM: grid((k) => 2900 * (Math.floor(k / SIDE) - 3)),
  lookEast: grid(() => -0.6),
  lookNorth: grid(() => -0.1),
  lookUp: grid(() => Math.sqrt(1 - 0.37)),
};
const between = (low: number, high: number) =>
  fc.integer({ min: 0, max: 10_000 }).map((k) => low + ((high - low) * k) / 10_000);

/** Largest difference of two predictions relative to the largest displacement. */
function apart(
  name: 'okada' | 'dike' | 'sill',
  a: ArrayLike<number>,
  b: ArrayLike<number>,
): number {
  const model = sourceModel(name, AREA);
  const [first, second] = [predict(model, POINTS, a), predict(model, POINTS, b)];
  const most = first.reduce((m, v) => Math.max(m, Math.abs(v)), 0);
  return first.reduce((m, v, k) => Math.max(m, Math.abs(v - (second[k] as number))), 0) / most;
}

describe('equal descriptions of a rectangle', () => {
  it('steep planes take the strike of the best one, and move the ground as before', () => {
    fc.assert(
      fc.property(
        between(80, 89.9),
        between(0, 360),
        between(-180, 180),
        between(-20, 20),
        (dip, strike, rake, turn) => {
          for (const name of ['okada', 'dike'] as const) {
            const tail = name === 'okada' ? [rake, 1.2] : [1.2];
            const values = Float64Array.from([300, -500, 1000, strike, dip, 9000, 5000, ...tail]);
            const best = Float64Array.from(values);
            best[3] = strike + 180 + turn;
            best[4] = 88;
            const folded = Float64Array.from(values);
            sourceModel(name, AREA).fold?.(folded, best);
            expect(folded[4]).toBeCloseTo(180 - dip, 9);
            const off = (((folded[3] as number) - (best[3] as number)) % 360) + 540;
            expect(Math.abs((off % 360) - 180)).toBeCloseTo(Math.abs(turn), 9);
            expect(apart(name, values, folded)).toBeLessThan(1e-9);
          }
        },
      ),
      { numRuns: 60 },
    );
  });

  it('gentle planes of opposite strikes stay two', () => {
    const values = Float64Array.from([0, 0, 1000, 120, 35, 9000, 5000, 90, 1]);
    const folded = Float64Array.from(values);
    sourceModel('okada', AREA).fold?.(folded, [0, 0, 1000, 300, 55, 9000, 5000, 90, 1]);
    expect([...folded]).toEqual([...values]);
  });

  it('sills take the sides and the axis of the best one, and move the ground as before', () => {
    fc.assert(
      fc.property(
        between(0, 360),
        between(1000, 9000),
        between(1000, 9000),
        fc.integer({ min: 0, max: 3 }),
        (strike, length, width, quarters) => {
          const model = sourceModel('sill', AREA);
          const usual = Float64Array.from([200, 100, 2500, strike, length, width, 0.8]);
          model.fold?.(usual, null);
          expect(usual[4]).toBeGreaterThanOrEqual(usual[5] as number);
          expect(usual[3]).toBeGreaterThanOrEqual(0);
          expect(usual[3]).toBeLessThan(180);
          const other = Float64Array.from(usual);
          other[3] = (usual[3] as number) + 90 * quarters;
          if (quarters % 2 === 1) [other[4], other[5]] = [usual[5] as number, usual[4] as number];
          expect(apart('sill', usual, other)).toBeLessThan(1e-9);
          model.fold?.(other, usual);
          other.forEach((value, k) => expect(value).toBeCloseTo(usual[k] as number, 6));
        },
      ),
      { numRuns: 60 },
    );
  });

  it('a plane whose samples lean over the vertical is told with a dip of at most 90', () => {
    const columns = ['strikeDeg', 'dipDeg', 'rakeDeg'];
    const samples = Float64Array.from([65, 91, 4, 65.2, 90.5, 4.2, 64.8, 89.5, 4.1]);
    const [plane] = planesOf({ samples, columns, bestStrikeDeg: 65 });
    expect(plane).toMatchObject({ strikeDeg: 245, dipDeg: 89.5, share: 1 });
    expect(plane?.rakeDeg).toBeCloseTo(-4.1, 9);
  });
});
