import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { localTable, timeAt } from '../../../models/traveltime/local-table.js';
import { parseVelocity } from '../../../models/traveltime/parse-velocity.js';
import {
  constantModel,
  earthModel,
  velocityModel,
} from '../../../models/traveltime/velocity-model.js';
import { travelTimeTable } from '../../../models/traveltime/travel-time-table.js';
import { timeAtHeight } from '../../../models/traveltime/travel-times.js';
import { gradientTime, TABLE } from '../detection/picks/world.js';

const out = { timeS: 0, byDistance: 0, byDepth: 0 };

describe('local tables', () => {
  it('agree with the closed form of a gradient to 20 ms', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.2, max: 120, noNaN: true }),
        fc.double({ min: 0.2, max: 30, noNaN: true }),
        fc.constantFrom(0 as const, 1 as const),
        (distanceKm, depthKm, phase) => {
          timeAt(TABLE, phase, distanceKm, depthKm, out);
          expect(Math.abs(out.timeS - gradientTime(phase, distanceKm, depthKm))).toBeLessThan(0.02);
        },
      ),
    );
  });

  it('have slopes that are their own derivatives', () => {
    const h = 0.01;
    for (const [x, z] of [
      [7.3, 4.2],
      [33.4, 11.6],
      [88.1, 2.3],
    ] as const) {
      const at = (distance: number, depth: number): number => {
        timeAt(TABLE, 0, distance, depth, out);
        return out.timeS;
      };
      const byDistance = (at(x + h, z) - at(x - h, z)) / (2 * h);
      const byDepth = (at(x, z + h) - at(x, z - h)) / (2 * h);
      timeAt(TABLE, 0, x, z, out);
      expect(out.byDistance).toBeCloseTo(byDistance, 3);
      expect(out.byDepth).toBeCloseTo(byDepth, 3);
    }
  });

  it('are exact for one velocity', () => {
    const table = localTable({
      model: constantModel({ vpKmS: 6, vpVs: 1.75 }),
      maxDistanceKm: 50,
      maxDepthKm: 20,
    });
    timeAt(table, 1, 30, 10, out);
    expect(out.timeS).toBeCloseTo((Math.hypot(30, 10) * 1.75) / 6, 4);
  });

  it('have the head wave of two layers where it comes first', () => {
    // v1 = 5 over v2 = 8 below 10 km; source at 5 km, receiver at 80 km.
    const model = velocityModel({
      name: 'two layers',
      isFlat: true,
      knots: [
        { depthKm: 0, vpKmS: 5, vsKmS: 2.9 },
        { depthKm: 10, vpKmS: 5, vsKmS: 2.9 },
        { depthKm: 10, vpKmS: 8, vsKmS: 4.6 },
      ],
    });
    const table = localTable({ model, maxDistanceKm: 100, maxDepthKm: 20 });
    timeAt(table, 0, 80, 5, out);
    const head = 80 / 8 + (10 + 5) * Math.sqrt(1 / 25 - 1 / 64);
    expect(out.timeS).toBeCloseTo(Math.min(head, Math.hypot(80, 5) / 5), 3);
    expect(head).toBeLessThan(Math.hypot(80, 5) / 5);
  });

  it.each([
    [20, 3, 2.5],
    [5, 8, 1],
    [40, 2, 4],
    [12, 6, -2],
    [12, 1, -3],
    [0, 1, -3],
  ])(
    'reach a station %s km away, %s km deeper, at %s km over the sea, as a straight ray does',
    (x, z, up) => {
      const model = constantModel({ vpKmS: 5.5, vpVs: 1.73 });
      const table = localTable({ model, maxDistanceKm: 100, maxDepthKm: 20, depthStepKm: 0.5 });
      const straightS = Math.hypot(x, z + up) / 5.5;
      // A delay of first order is 0.1 s off in the first case.
      expect(Math.abs(timeAtHeight(table, 0, x, z, up, out) - straightS)).toBeLessThan(0.012);
    },
  );

  it('agree with the global table for the same model', () => {
    const table = localTable({ model: earthModel('iasp91'), maxDistanceKm: 200, maxDepthKm: 40 });
    const global = travelTimeTable({ model: 'iasp91' });
    for (const [x, z] of [
      [20, 10],
      [90, 33],
      [180, 5],
    ] as const) {
      timeAt(table, 0, x, z, out);
      expect(Math.abs(out.timeS - global.p(x, z))).toBeLessThan(0.06);
    }
  });

  it('stay finite under a velocity inversion', () => {
    const model = velocityModel({
      name: 'inversion',
      isFlat: true,
      knots: [
        { depthKm: 0, vpKmS: 6, vsKmS: 3.4 },
        { depthKm: 5, vpKmS: 6, vsKmS: 3.4 },
        { depthKm: 5, vpKmS: 4.5, vsKmS: 2.6 },
        { depthKm: 10, vpKmS: 4.5, vsKmS: 2.6 },
        { depthKm: 10, vpKmS: 6.5, vsKmS: 3.7 },
      ],
    });
    const table = localTable({ model, maxDistanceKm: 60, maxDepthKm: 15 });
    for (const slowness of table.slowness) {
      expect(slowness.every((s) => Number.isFinite(s) && s > 0)).toBe(true);
    }
  });
});

describe('velocity files', () => {
  it('reads CSV, with S from P where it is missing', () => {
    const model = parseVelocity({ name: 'm.csv', text: 'depth,vp\n0,5.19\n10,6.92\n' });
    expect(model).toMatchObject({ isFlat: true });
    expect(model.knots[1]?.vsKmS).toBeCloseTo(4, 10);
  });

  it('reads NonLinLoc layers with gradients', () => {
    const text = 'LAYER 0.0 5.0 0.1 2.9 0.05 2.7 0\nLAYER 10.0 6.5 0 3.7 0 2.9 0\n';
    expect(parseVelocity({ name: 'nll', text }).knots).toEqual([
      { depthKm: 0, vpKmS: 5, vsKmS: 2.9 },
      { depthKm: 10, vpKmS: 6, vsKmS: 3.4 },
      { depthKm: 10, vpKmS: 6.5, vsKmS: 3.7 },
    ]);
  });

  it('begins layers that reach above the sea at it, with the velocity they have there', () => {
    const text =
      'LAYER -3 3 0 1.7 0 2 0\nLAYER -1 5 0.1 2.9 0.05 2.7 0\nLAYER 10 6.5 0 3.7 0 2.9 0\n';
    const { knots } = parseVelocity({ name: 'nll', text });
    expect(knots[0]).toMatchObject({ depthKm: 0, vpKmS: 5.1 });
    expect(knots[1]?.depthKm).toBe(10);
    expect(knots[1]?.vpKmS).toBeCloseTo(6.1, 12);
  });

  it.each(['depth vp vs\n0 5 3\n9 6 3.5\n', 'Depth (km), Vp (km/s), Vs (km/s)\n0,5,3\n9,6,3.5'])(
    'takes the header of %j',
    (text) => {
      const { knots, isFlat } = parseVelocity({ name: 'm.csv', text });
      expect(isFlat).toBe(true);
      expect(knots[1]).toEqual({ depthKm: 9, vpKmS: 6, vsKmS: 3.5 });
    },
  );

  it('reads nd and tvel, cut at 410 km, as a sphere', () => {
    const nd = parseVelocity({
      name: 'm.nd',
      text: '0 5.8 3.4 2.6 1456 600\n35 6.5 3.8 2.9\nmantle\n35 8.0 4.5 3.3\n900 11.2 6.3 4.5\nouter-core\n2891 8.1 0 9.9\n',
    });
    expect(nd.isFlat).toBe(false);
    expect(nd.knots).toHaveLength(3);
    const tvel = parseVelocity({
      name: 'm.tvel',
      text: 'one P\none S\n0 5.8 3.36 2.72\n20 5.8 3.36 2.72\n',
    });
    expect(tvel.knots).toHaveLength(2);
  });

  it.each([
    ['hello world', /not a velocity model/],
    ['depth,vp,vs\n0,5,3\n5,x,3\n', /not a number.*line 3/],
    ['depth,vp,vs\n0,5,6\n', /S is not slower than P/],
    ['depth,vp,vs\n0,5000,3000\n', /out of the range/],
    ['depth,vp,vs\n5,5,3\n1,6,3.5\n', /less deep/],
    ['LAYER 0 5 0\n', /LAYER needs/],
    ['0 5.8 3.4\n35 6,5 3.8\nmantle\n35 8 4.5\n', /'35 6,5 3.8' is not depth.*line 2/],
    ['0 1.5 0\n3 1.5 0\n3 6 3.5\n9 6.5 3.8\n', /sea floor/],
    ['import json\nimport os\nprint("x y z")\n0 5 3\n9 6 3.5\n', /not a velocity model/],
  ])('refuses %j', (text, message) => {
    expect(() => parseVelocity({ name: 'bad', text })).toThrow(
      expect.objectContaining({ message: expect.stringMatching(message) as string }) as Error,
    );
  });
});
