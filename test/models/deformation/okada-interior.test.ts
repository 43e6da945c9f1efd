import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRandom } from '../../../core/random.js';
import { okadaInterior } from '../../../models/deformation/okada-interior.js';
import { okadaDisplacement, type OkadaSource } from '../../../models/deformation/okada.js';
import { describeWithPeers, runPeer } from '../../support/peers.js';

/** Okada's axes: x along strike, y up-dip, slips in m; strike 90 makes x east and y north. */
function dc3d(input: {
  point: readonly [number, number, number];
  depth: number;
  dipDeg: number;
  along: readonly [number, number];
  upDip: readonly [number, number];
  slip: readonly [number, number, number];
}): number[] {
  const { dipDeg, depth, along, upDip, slip } = input;
  const dip = (dipDeg * Math.PI) / 180;
  const middle = (upDip[0] + upDip[1]) / 2;
  const u = okadaInterior(
    {
      eastM: (along[0] + along[1]) / 2,
      northM: middle * Math.cos(dip),
      centroidDepthM: depth - middle * Math.sin(dip),
      strikeDeg: 90,
      dipDeg,
      rakeDeg: (Math.atan2(slip[1], slip[0]) * 180) / Math.PI,
      slipM: Math.hypot(slip[0], slip[1]),
      openingM: slip[2],
      lengthM: along[1] - along[0],
      widthM: upDip[1] - upDip[0],
    },
    {
      eastM: Float64Array.of(input.point[0]),
      northM: Float64Array.of(input.point[1]),
      upM: Float64Array.of(input.point[2]),
    },
  );
  return [u.eastM[0] as number, u.northM[0] as number, u.upM[0] as number];
}

describe('Okada 1992 inside the half-space', () => {
  const base = {
    point: [10, -20, -30],
    depth: 50,
    dipDeg: 70,
    along: [-80, 120],
    upDip: [-30, 25],
  } as const;
  // Single-precision values of Okada's own program.
  const cases = [
    { slip: [50, 0, 0], u: [1.2417108536e1, 2.4456708e-1, -1.3600187e-1] },
    { slip: [0, 50, 0], u: [-9.69447e-2, -2.6143124, 1.28799038e1] },
    { slip: [0, 0, 50], u: [7.6826751e-2, -1.70519657e1, 1.28724794e1] },
    { slip: [200, -150, 100], u: [5.01129227e1, -2.52827263e1, -1.34387598e1] },
  ] as const;
  for (const { slip, u } of cases) {
    it(`DC3D, slip ${slip.join(' ')}`, () => {
      dc3d({ ...base, slip }).forEach((value, k) => {
        const truth = u[k] as number;
        expect(Math.abs(value - truth)).toBeLessThan(1e-5 * Math.abs(truth));
      });
    });
  }

  it('case 2 of table 2 (1985) and its derivatives at the surface', () => {
    const table = [
      { rakeDeg: 0, slipM: 1, openingM: 0 },
      { rakeDeg: 90, slipM: 1, openingM: 0 },
      { rakeDeg: 0, slipM: 0, openingM: 1 },
    ];
    // dux/dx, dux/dy, duy/dx, duy/dy, duz/dx, duz/dy by 40-digit arithmetic.
    const truth = [
      [
        -0.00122043867527, 0.000246969739443, -0.00819137287933, -0.000581397522733,
        -0.00517496869567, 0.000294538961511,
      ],
      [
        -0.00886724552791, -0.000151858232183, 0.0040565856176, -0.0103548765424, 0.00408812849,
        0.00262625478746,
      ],
      [
        -0.000565495476213, 0.00199274360804, -0.00106621379601, 0.0122971098567,
        -0.000373021935165, 0.010400955547,
      ],
    ];
    const sin = Math.sin((70 * Math.PI) / 180);
    const cos = Math.cos((70 * Math.PI) / 180);
    table.forEach((slip, k) => {
      const { gradient } = okadaInterior(
        {
          eastM: 1.5,
          northM: cos,
          centroidDepthM: 4 - sin,
          strikeDeg: 90,
          dipDeg: 70,
          lengthM: 3,
          widthM: 2,
          ...slip,
        },
        { eastM: Float64Array.of(2), northM: Float64Array.of(3), upM: Float64Array.of(0) },
      );
      [0, 1, 3, 4, 6, 7].forEach((at, i) => {
        const value = truth[k]?.[i] as number;
        expect(Math.abs((gradient[at] as number) - value)).toBeLessThan(1e-11 * Math.abs(value));
      });
    });
  });
});

const arbitrary = fc.record({
  eastM: fc.constant(0),
  northM: fc.constant(0),
  strikeDeg: fc.double({ min: 0, max: 360, noNaN: true }),
  dipDeg: fc.oneof(
    fc.double({ min: -90, max: 90, noNaN: true }),
    fc.constantFrom(0, 45, 90, -90, 89.999, 89.4, 1e-7),
  ),
  rakeDeg: fc.double({ min: -180, max: 180, noNaN: true }),
  slipM: fc.constant(1),
  openingM: fc.double({ min: 0, max: 1, noNaN: true }),
  lengthM: fc.double({ min: 2000, max: 20000, noNaN: true }),
  widthM: fc.double({ min: 2000, max: 9000, noNaN: true }),
  centroidDepthM: fc.double({ min: 5000, max: 12000, noNaN: true }),
});
const place = fc.double({ min: -20000, max: 20000, noNaN: true });

describe('properties', () => {
  it('at the surface: the formulas of 1985, and no traction', () => {
    fc.assert(
      fc.property(arbitrary, place, place, (source: OkadaSource, east, north) => {
        const at = { eastM: Float64Array.of(east), northM: Float64Array.of(north) };
        const inside = okadaInterior(source, { ...at, upM: Float64Array.of(0) });
        const outside = okadaDisplacement(source, at);
        for (const k of ['eastM', 'northM', 'upM'] as const) {
          expect(Math.abs((inside[k][0] as number) - (outside[k][0] as number))).toBeLessThan(
            1e-10,
          );
        }
        const g = (k: number): number => inside.gradient[k] as number;
        // shear 2 and 5 against 6 and 7; lambda (ee + nn + uu) + 2 mu uu = 0 with lambda = mu
        expect(Math.abs(g(2) + g(6))).toBeLessThan(1e-13);
        expect(Math.abs(g(5) + g(7))).toBeLessThan(1e-13);
        expect(Math.abs(g(0) + g(4) + 3 * g(8))).toBeLessThan(1e-13);
      }),
    );
  });

  it('a plane of negative dip is one of positive dip with the opposite strike and slip', () => {
    fc.assert(
      fc.property(arbitrary, place, place, (source: OkadaSource, east, north) => {
        const at = {
          eastM: Float64Array.of(east),
          northM: Float64Array.of(north),
          upM: Float64Array.of(0),
        };
        const { strikeDeg, dipDeg, rakeDeg } = source;
        const turned = { strikeDeg: strikeDeg + 180, dipDeg: -dipDeg, rakeDeg: rakeDeg + 180 };
        const a = okadaDisplacement(source, at);
        const b = okadaDisplacement({ ...source, ...turned }, at);
        expect(Math.abs((a.upM[0] as number) - (b.upM[0] as number))).toBeLessThan(1e-10);
        expect(Math.abs((a.eastM[0] as number) - (b.eastM[0] as number))).toBeLessThan(1e-10);
      }),
    );
  });

  it('the gradient is that of the displacement', () => {
    fc.assert(
      fc.property(arbitrary, place, place, (source: OkadaSource, east, north) => {
        const up = -15_000;
        const near = (de: number, dn: number, du: number) =>
          okadaInterior(source, {
            eastM: Float64Array.of(east + de),
            northM: Float64Array.of(north + dn),
            upM: Float64Array.of(up + du),
          });
        const { gradient } = near(0, 0, 0);
        const slopes = (axis: number, h: number): number[] => {
          const step = [0, 0, 0];
          step[axis] = h;
          const [a, b, c] = step as [number, number, number];
          const [plus, minus] = [near(a, b, c), near(-a, -b, -c)];
          return (['eastM', 'northM', 'upM'] as const).map(
            (k) => ((plus[k][0] as number) - (minus[k][0] as number)) / (2 * h),
          );
        };
        for (const axis of [0, 1, 2]) {
          const [wide, narrow] = [slopes(axis, 5), slopes(axis, 2.5)];
          narrow.forEach((slope, row) => {
            // Near an edge differences themselves are rough, by about what halving the step changes.
            const rough = Math.abs(slope - (wide[row] as number));
            const off = Math.abs(slope - (gradient[3 * row + axis] as number));
            expect(off).toBeLessThan(2e-8 + 4 * rough);
          });
        }
      }),
      { numRuns: 60 },
    );
  });

  it('is finite on the plane, its edges and their continuation, and refuses points above ground', () => {
    for (const dipDeg of [0, 30, 90, -90]) {
      const source = {
        ...{ eastM: 0, northM: 0, strikeDeg: 90, dipDeg, rakeDeg: 30, slipM: 1 },
        ...{ openingM: 1, lengthM: 4, widthM: 2, centroidDepthM: 5 },
      };
      const [sin, cos] = [Math.sin((dipDeg * Math.PI) / 180), Math.cos((dipDeg * Math.PI) / 180)];
      for (const x of [-3, -2, 0, 2, 3]) {
        for (const w of [-2, -1, 0, 1, 2]) {
          const u = okadaInterior(source, {
            eastM: Float64Array.of(x),
            northM: Float64Array.of(w * cos),
            upM: Float64Array.of(-5 + w * sin),
          });
          const all = [...u.eastM, ...u.northM, ...u.upM, ...u.gradient];
          expect(all.every(Number.isFinite), `dip ${dipDeg} x ${x} w ${w}`).toBe(true);
        }
      }
      const above = { eastM: Float64Array.of(0), northM: Float64Array.of(0) };
      expect(() => okadaInterior(source, { ...above, upM: Float64Array.of(1) })).toThrow(/above/);
    }
  });
});

describeWithPeers('pyrocko', () => {
  it('agrees on displacement and gradient at 300 places inside', () => {
    const random = createRandom(1992);
    const between = (low: number, high: number): number => low + (high - low) * random.uniform();
    const cases = Array.from({ length: 300 }, () => ({
      source: {
        ...{ eastM: 0, northM: 0, slipM: 1, strikeDeg: between(0, 360) },
        // The peer loses its digits near the vertical and at dip 0 on its axes.
        ...{ dipDeg: between(2, 86), rakeDeg: between(-180, 180), openingM: between(0, 1) },
        ...{ lengthM: between(2000, 20_000), widthM: between(2000, 9000) },
        centroidDepthM: between(5000, 12_000),
      },
      east: between(-20_000, 20_000),
      north: between(-20_000, 20_000),
      up: between(-20_000, 0),
    }));
    // North, east, down; their gradient is [component, derivative] transposed to ours.
    const theirs = runPeer<number[][]>(
      `import json,sys
import numpy as np
from pyrocko.modelling import okada_ext
out=[]
for r in json.loads(sys.argv[1]):
    s=r['source'];rake=np.radians(s['rakeDeg'])
    src=np.array([[0.,0.,s['centroidDepthM'],s['strikeDeg'],s['dipDeg'],-s['lengthM']/2,s['lengthM']/2,-s['widthM']/2,s['widthM']/2]])
    dis=np.array([[np.cos(rake),np.sin(rake),s['openingM']]])
    out.append([float(v) for v in okada_ext.okada(src,dis,np.array([[r['north'],r['east'],-r['up']]]),32e9,32e9,1,0)[0]])
print(json.dumps(out))`,
      [JSON.stringify(cases)],
    );
    let [worst, worstGradient] = [0, 0];
    cases.forEach(({ source, east, north, up }, i) => {
      const u = okadaInterior(source, {
        eastM: Float64Array.of(east),
        northM: Float64Array.of(north),
        upM: Float64Array.of(up),
      });
      const t = theirs[i] as number[];
      const at = (k: number): number => t[k] as number;
      const differences = [
        (u.eastM[0] as number) - at(1),
        (u.northM[0] as number) - at(0),
        (u.upM[0] as number) + at(2),
      ];
      worst = Math.max(worst, ...differences.map(Math.abs));
      const order = [1, 0, 2];
      const sign = [1, 1, -1];
      for (let row = 0; row < 3; row++) {
        for (let column = 0; column < 3; column++) {
          const value =
            at(3 + 3 * (order[column] as number) + (order[row] as number)) *
            (sign[row] as number) *
            (sign[column] as number);
          const difference = (u.gradient[3 * row + column] as number) - value;
          worstGradient = Math.max(worstGradient, Math.abs(difference));
        }
      }
    });
    expect(worst).toBeLessThan(1e-11);
    expect(worstGradient).toBeLessThan(1e-13);
  });
});
