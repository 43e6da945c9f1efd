import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRandom } from '../../../core/random.js';
import type { GridShape } from '../../../core/velocity-grid.js';
import { sweep } from '../../../models/traveltime/sweep.js';

type Place = readonly [x: number, y: number, z: number];

function gridOf(nodes: Place, stepKm: number): GridShape {
  return { nodes, firstKm: [0, 0, 0], stepKm: [stepKm, stepKm, stepKm] };
}

/** Every node of a grid with its index. */
function* placesOf({ nodes, firstKm, stepKm }: GridShape): Generator<readonly [number, Place]> {
  let index = 0;
  for (let i = 0; i < nodes[0]; i++) {
    for (let j = 0; j < nodes[1]; j++) {
      for (let k = 0; k < nodes[2]; k++) {
        yield [
          index++,
          [firstKm[0] + i * stepKm[0], firstKm[1] + j * stepKm[1], firstKm[2] + k * stepKm[2]],
        ];
      }
    }
  }
}

const distance = (a: Place, b: Place): number => Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);

/** Times at the nodes and their errors against `exact`, which is NaN where it says nothing. */
function errorsOf(input: {
  readonly shape: GridShape;
  readonly velocity: (place: Place) => number;
  readonly source: Place;
  readonly exact: (place: Place) => number;
}): { readonly most: number; readonly rms: number } {
  const { shape, source } = input;
  const places = [...placesOf(shape)];
  const velocityKmS = Float32Array.from(places, ([, place]) => input.velocity(place));
  const field = sweep({ shape, velocityKmS, sourceKm: source });
  const errors = places.flatMap(([i, place]) => {
    const exact = input.exact(place);
    if (Number.isNaN(exact)) return [];
    return [Math.abs((field.meanSlowness[i] as number) * distance(place, source) - exact)];
  });
  return {
    most: errors.reduce((a, b) => Math.max(a, b), 0),
    rms: Math.sqrt(errors.reduce((sum, e) => sum + e * e, 0) / errors.length),
  };
}

const V0 = 4;
const GRADIENT = 0.1;
const linear = ([, , z]: Place): number => V0 + GRADIENT * z;

/** Time along the arc in v0 + g z; NaN where the arc dives under `bottomKm`. */
function arcTime(a: Place, b: Place, bottomKm: number): number {
  const across = Math.hypot(a[0] - b[0], a[1] - b[1]);
  const [za, zb] = [a[2] + V0 / GRADIENT, b[2] + V0 / GRADIENT];
  const middle = across > 0 ? (across * across + zb * zb - za * za) / (2 * across) : 0;
  const turns = middle > 0 && middle < across;
  if (turns && Math.hypot(middle, za) - V0 / GRADIENT > bottomKm) return Number.NaN;
  const d2 = across * across + (za - zb) ** 2;
  return Math.acosh(1 + d2 / (2 * za * zb)) / GRADIENT;
}

describe('factored fast sweeping', () => {
  const metres = (most: number): fc.Arbitrary<number> =>
    fc.integer({ min: 0, max: 1000 * most }).map((at) => at / 1000);
  const uniform = (source: Place, v: number): number =>
    errorsOf({
      shape: gridOf([25, 25, 13], 1),
      velocity: () => v,
      source,
      exact: (place) => distance(place, source) / v,
    }).most;

  it.each<[string, (most: number) => fc.Arbitrary<number>]>([
    ['on a node', (most) => fc.integer({ min: 0, max: most })],
    ['anywhere', metres],
  ])('is exact to 0.1 microseconds for one velocity and a source %s', (_, along) => {
    fc.assert(
      fc.property(
        ...[along(24), along(24), along(12), fc.constantFrom(0.5, 3.5, 6, 8)],
        (x: number, y: number, z: number, v: number) => {
          // float32 holds the velocity, float64 the times.
          expect(uniform([x, y, z], v)).toBeLessThan(1e-7);
        },
      ),
      { numRuns: 10 },
    );
  });

  it('settles where velocities jump from node to node', () => {
    const shape: GridShape = { nodes: [21, 19, 15], firstKm: [0, 0, 0], stepKm: [1, 1.5, 0.7] };
    fc.assert(
      fc.property(
        ...[metres(20), metres(27), metres(9.8), fc.integer({ min: 1, max: 1_000_000 })],
        (x: number, y: number, z: number, seed: number) => {
          const random = createRandom(seed);
          const velocityKmS = new Float32Array(21 * 19 * 15).map(() => 1 + 7 * random.uniform());
          const field = sweep({ shape, velocityKmS, sourceKm: [x, y, z] });
          expect(field.lastMoveS).toBe(0);
        },
      ),
      { numRuns: 10 },
    );
  });

  it('follows the arcs of a gradient, with second-order convergence', () => {
    const source: Place = [10.3, 20.7, 2.2];
    const errors = [2, 1].map((h) =>
      errorsOf({
        shape: gridOf([60 / h + 1, 60 / h + 1, 24 / h + 1], h),
        velocity: linear,
        source,
        exact: (place) => arcTime(source, place, 24),
      }),
    );
    expect(errors[1]?.rms).toBeLessThan(0.0005);
    expect(errors[1]?.most).toBeLessThan(0.0035);
    expect((errors[0] as { rms: number }).rms / (errors[1] as { rms: number }).rms).toBeGreaterThan(
      3.5,
    );
  });

  it('has steps of its own on every axis', () => {
    const source: Place = [10.3, 20.7, 2.2];
    const shape: GridShape = { nodes: [41, 31, 25], firstKm: [0, 0, 0], stepKm: [1.5, 2, 1] };
    const { rms } = errorsOf({
      shape,
      velocity: linear,
      source,
      exact: (place) => arcTime(source, place, 24),
    });
    expect(rms).toBeLessThan(0.002);
  });

  it('has the head wave of two layers, better with a finer grid', () => {
    // v1 = 5 over v2 = 8 below 10 km; receivers in the upper layer.
    const source: Place = [3, 20, 5];
    const exact = (place: Place): number => {
      if (place[2] > 9) return Number.NaN;
      const across = Math.hypot(place[0] - source[0], place[1] - source[1]);
      const legs = 15 - place[2];
      const direct = distance(place, source) / 5;
      const critical = legs * Math.tan(Math.asin(5 / 8));
      const head = across / 8 + legs * Math.sqrt(1 / 25 - 1 / 64);
      return across >= critical ? Math.min(direct, head) : direct;
    };
    const [coarse, fine] = [1, 0.5].map((h) =>
      errorsOf({
        shape: gridOf([70 / h + 1, 40 / h + 1, 16 / h + 1], h),
        velocity: ([, , z]) => (z < 10 ? 5 : 8),
        source,
        exact,
      }),
    ) as [{ rms: number; most: number }, { rms: number; most: number }];
    expect(coarse.most).toBeLessThan(0.12);
    expect(fine.most).toBeLessThan(0.06);
    expect(fine.rms).toBeLessThan(0.65 * coarse.rms);
  });

  it('obeys reciprocity in a model without symmetry', () => {
    const shape = gridOf([41, 41, 21], 1);
    const places = [...placesOf(shape)];
    const velocityKmS = Float32Array.from(
      places,
      ([, [x, y, z]]) => 5 + 0.08 * z + 0.8 * Math.sin(x / 6) * Math.cos(y / 9) * Math.exp(-z / 10),
    );
    const [a, b]: [Place, Place] = [
      [4, 7, 3],
      [35, 30, 12],
    ];
    const index = ([x, y, z]: Place): number => (x * 41 + y) * 21 + z;
    const between = (from: Place, to: Place): number => {
      const field = sweep({ shape, velocityKmS, sourceKm: from });
      expect(field.lastMoveS).toBeLessThan(1e-8);
      return (field.meanSlowness[index(to)] as number) * distance(from, to);
    };
    expect(Math.abs(between(a, b) - between(b, a))).toBeLessThan(0.005);
  });

  it.each([
    ['a source outside', gridOf([5, 5, 5], 1), [9, 1, 1] as Place, /the source's x of 9 km/],
    ['a thin grid', gridOf([2, 5, 5], 1), [1, 1, 1] as Place, /2 x 5 x 5 nodes/],
    ['a huge grid', gridOf([1000, 1000, 1000], 1), [1, 1, 1] as Place, /the limit is 16000000/],
  ])('refuses %s before it takes memory', (_, shape, sourceKm, message) => {
    expect(() => sweep({ shape, velocityKmS: new Float32Array(0), sourceKm })).toThrow(message);
  });
});
