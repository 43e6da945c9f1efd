import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mogiDisplacement } from '../../../models/deformation/mogi.js';
import {
  okadaDisplacement,
  okadaUnitResponse,
  topDepthM,
  type OkadaSource,
} from '../../../models/deformation/okada.js';
import { describeWithPeers, runPeer } from '../../support/peers.js';

const close = (actual: ArrayLike<number>, expected: number[], relative: number): void => {
  expected.forEach((value, i) => {
    const error = Math.abs((actual[i] as number) - value);
    expect(error, `component ${i}: ${actual[i]} not ${value}`).toBeLessThanOrEqual(
      relative * Math.abs(value) + 1e-14,
    );
  });
};

describe('Okada 1985, table 2', () => {
  it('case 2 to the 12 digits of 40-digit arithmetic', () => {
    const u = okadaUnitResponse({ x: 2, y: 3, depth: 4, dipDeg: 70, length: 3, width: 2 });
    close(
      u,
      [
        -0.00868916500425618, -0.00429758218974183, -0.00274740582763881, -0.00468234876283551,
        -0.0352672679687178, -0.0356385576732686, -0.000265996009644012, 0.0105640748769831,
        0.003214193114221,
      ],
      1e-11,
    );
  });

  it('case 3, vertical plane', () => {
    const u = okadaUnitResponse({ x: 0, y: 0, depth: 4, dipDeg: 90, length: 3, width: 2 });
    close(u, [0, 5.2530970424e-3, 0, 0, 0, 0, 1.2228481472e-2, 0, -1.6062745824e-2], 1e-6);
  });

  it('case 4, dip -90, where the plain formulas divide by zero', () => {
    const u = okadaUnitResponse({ x: 0, y: 0, depth: 4, dipDeg: -90, length: 3, width: 2 });
    close(u, [0, -1.3030973496e-3, 0, 0, 0, 0, 3.5067175049e-3, 0, -7.7401301824e-3], 1e-6);
  });
});

const source: OkadaSource = {
  eastM: 1000,
  northM: -500,
  centroidDepthM: 5000,
  strikeDeg: 315,
  dipDeg: 36,
  rakeDeg: -100,
  slipM: 1.15,
  lengthM: 9900,
  widthM: 9400,
};

const dipArbitrary = fc.oneof(
  fc.double({ min: -90, max: 90, noNaN: true }),
  fc.constantFrom(0, 90, -90, 45, -45),
);

describe('singular places', () => {
  const edges = [0, 1, 2, 3, 1.5, -1, 5];
  for (const dipDeg of [0, 1e-7, 30, 45, 90, -30, -90, 89.99999999]) {
    // The upper edge in the surface, and well below it.
    for (const depth of [2 * Math.abs(Math.sin((dipDeg * Math.PI) / 180)), 4]) {
      it(`dip ${dipDeg}, lower edge at ${depth.toFixed(2)}: finite on trace, edges, corners`, () => {
        // A plane in the surface itself has no single displacement.
        if (depth < 1e-3) return;
        for (const x of edges) {
          for (const y of edges.flatMap((e) => [e, e * Math.cos((dipDeg * Math.PI) / 180)])) {
            const u = okadaUnitResponse({ x, y, depth, dipDeg, length: 3, width: 2 });
            expect([...u].every(Number.isFinite), `x ${x} y ${y}: ${u.join(' ')}`).toBe(true);
          }
        }
      });
    }
  }

  it('is continuous up to dip 90 from both formula branches', () => {
    const at = (dipDeg: number): Float64Array =>
      okadaUnitResponse({ x: 2, y: 3, depth: 4, dipDeg, length: 3, width: 2 });
    for (const step of [1e-2, 1e-3, 1e-4, 1e-5, 1e-6]) {
      close(at(90 - step), [...at(90)], 3 * step);
      close(at(-90 + step), [...at(-90)], 3 * step);
    }
  });
});

describe('properties', () => {
  const points = {
    eastM: Float64Array.from([3000, -8000, 12000]),
    northM: Float64Array.from([7000, 100, -4000]),
  };

  it('turning source and points together turns the displacement', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 360, noNaN: true }), dipArbitrary, (turn, dipDeg) => {
        const radians = (turn * Math.PI) / 180;
        const [c, s] = [Math.cos(radians), Math.sin(radians)];
        // clockwise by `turn`
        const spin = (e: number, n: number): [number, number] => [e * c + n * s, n * c - e * s];
        const base = { ...source, dipDeg, centroidDepthM: 6000 };
        const [eastM, northM] = spin(base.eastM, base.northM);
        const spun = points.eastM.map((_, i) => i).length;
        const moved = {
          eastM: Float64Array.from(
            { length: spun },
            (_, i) => spin(points.eastM[i] as number, points.northM[i] as number)[0],
          ),
          northM: Float64Array.from(
            { length: spun },
            (_, i) => spin(points.eastM[i] as number, points.northM[i] as number)[1],
          ),
        };
        const before = okadaDisplacement(base, points);
        const after = okadaDisplacement(
          { ...base, eastM, northM, strikeDeg: base.strikeDeg + turn },
          moved,
        );
        for (let i = 0; i < spun; i++) {
          const [e, n] = spin(before.eastM[i] as number, before.northM[i] as number);
          expect(after.eastM[i]).toBeCloseTo(e, 9);
          expect(after.northM[i]).toBeCloseTo(n, 9);
          expect(after.upM[i]).toBeCloseTo(before.upM[i] as number, 9);
        }
      }),
    );
  });

  it('two halves of a fault add up to the whole', () => {
    const whole = okadaDisplacement(source, points);
    const radians = (source.strikeDeg * Math.PI) / 180;
    const halves = [-1, 1].map((side) =>
      okadaDisplacement(
        {
          ...source,
          lengthM: source.lengthM / 2,
          eastM: source.eastM + (side * source.lengthM * Math.sin(radians)) / 4,
          northM: source.northM + (side * source.lengthM * Math.cos(radians)) / 4,
        },
        points,
      ),
    );
    whole.upM.forEach((up, i) => {
      expect((halves[0]?.upM[i] as number) + (halves[1]?.upM[i] as number)).toBeCloseTo(up, 12);
    });
  });

  it('knows the depth of the upper edge', () => {
    expect(topDepthM({ centroidDepthM: 5000, widthM: 4000, dipDeg: 30 })).toBeCloseTo(4000, 9);
  });
});

describeWithPeers('pyrocko', () => {
  it('agrees at 400 random geometries and points to 1e-12 m', () => {
    const random = fc.sample(
      fc.record({
        strikeDeg: fc.double({ min: 0, max: 360, noNaN: true }),
        dipDeg: fc.double({ min: 2, max: 88, noNaN: true }),
        rakeDeg: fc.double({ min: -180, max: 180, noNaN: true }),
        slipM: fc.double({ min: 0.1, max: 3, noNaN: true }),
        openingM: fc.double({ min: 0, max: 1, noNaN: true }),
        lengthM: fc.double({ min: 1000, max: 40000, noNaN: true }),
        widthM: fc.double({ min: 1000, max: 15000, noNaN: true }),
        topM: fc.double({ min: 1, max: 10000, noNaN: true }),
        east: fc.double({ min: -30000, max: 30000, noNaN: true }),
        north: fc.double({ min: -30000, max: 30000, noNaN: true }),
      }),
      { numRuns: 400, seed: 20210303 },
    );
    // pyrocko: (north, east, depth of the reference point, strike, dip, al1, al2, aw1, aw2).
    const theirs = runPeer<number[][]>(
      `import json,sys
import numpy as np
from pyrocko.modelling import okada_ext
out=[]
for r in json.loads(sys.argv[1]):
    depth=r['topM']+r['widthM']/2*np.sin(np.radians(r['dipDeg']))
    src=np.array([[0.,0.,depth,r['strikeDeg'],r['dipDeg'],-r['lengthM']/2,r['lengthM']/2,-r['widthM']/2,r['widthM']/2]])
    rake=np.radians(r['rakeDeg'])
    dis=np.array([[r['slipM']*np.cos(rake),r['slipM']*np.sin(rake),r['openingM']]])
    u=okada_ext.okada(src,dis,np.array([[r['north'],r['east'],0.]]),32e9,32e9,1,0)[0]
    out.append([float(u[1]),float(u[0]),float(-u[2])])
print(json.dumps(out))`,
      [JSON.stringify(random)],
    );
    let worst = 0;
    random.forEach((r, i) => {
      const u = okadaDisplacement(
        {
          ...r,
          eastM: 0,
          northM: 0,
          centroidDepthM: r.topM + (r.widthM / 2) * Math.sin((r.dipDeg * Math.PI) / 180),
        },
        { eastM: Float64Array.of(r.east), northM: Float64Array.of(r.north) },
      );
      [u.eastM[0], u.northM[0], u.upM[0]].forEach((value, k) => {
        worst = Math.max(worst, Math.abs((value as number) - (theirs[i]?.[k] as number)));
      });
    });
    expect(worst).toBeLessThan(1e-12);
  });
});

describe('Mogi', () => {
  it('has the exact values of 1e6 m3 at 3 km depth', () => {
    const u = mogiDisplacement(
      { eastM: 0, northM: 0, depthM: 3000, volumeChangeM3: 1e6 },
      { eastM: Float64Array.of(0, 1000, 3000, 10000), northM: new Float64Array(4) },
    );
    close(
      u.upM,
      [0.0265258238486492, 0.0226481454470192, 0.00937829495996985, 0.000629350959287452],
      1e-13,
    );
    close(u.eastM, [0, 0.00754938181567306, 0.00937829495996985, 0.00209783653095817], 1e-13);
  });
});
