import { describe, expect, it } from 'vitest';
import {
  compoundDisplacement,
  pointCompoundDisplacement,
} from '../../../models/deformation/compound-dislocation.js';
import { mctigueDisplacement } from '../../../models/deformation/mctigue.js';
import { mogiDisplacement } from '../../../models/deformation/mogi.js';
import { okadaDisplacement, type Displacement } from '../../../models/deformation/okada.js';
import { pennyDisplacement, pennyVolumeM3 } from '../../../models/deformation/penny-crack.js';
import { spheroidDisplacement } from '../../../models/deformation/prolate-spheroid.js';

const points = {
  eastM: Float64Array.of(100, 2000, -3500, 5000, -8000),
  northM: Float64Array.of(300, -1500, 2500, 6000, -200),
};
const at = { eastM: 200, northM: -100 };

/** Largest difference relative to the largest displacement. */
function apart(a: Displacement, b: Displacement | readonly (readonly number[])[]): number {
  const rows = Array.isArray(b)
    ? (b as readonly (readonly number[])[])
    : [(b as Displacement).eastM, (b as Displacement).northM, (b as Displacement).upM];
  let [difference, size] = [0, 0];
  [a.eastM, a.northM, a.upM].forEach((row, k) =>
    row.forEach((value, i) => {
      const truth = rows[k]?.[i] as number;
      difference = Math.max(difference, Math.abs(value - truth));
      size = Math.max(size, Math.abs(truth));
    }),
  );
  return difference / size;
}

describe('against the values of an independent implementation (VMOD, MIT)', () => {
  it('McTigue: radius 1.2 km, depth 3 km, pressure / shear modulus 1e-3', () => {
    const u = mctigueDisplacement(
      { ...at, depthM: 3000, radiusM: 1200, volumeChangeM3: Math.PI * 1200 ** 3 * 1e-3 },
      points,
    );
    expect(
      apart(u, [
        [
          -0.004969259092907653, 0.0453108348233476, -0.030465007724694286, 0.01082223007838533,
          -0.015987537730995677,
        ],
        [
          0.01987703637163061, -0.03524176041815925, 0.021407843266001394, 0.013753250724614688,
          -0.00019496997232921795,
        ],
        [
          0.14907777278722956, 0.07551805803891266, 0.02470135761461699, 0.006763893798990832,
          0.005849099169876469,
        ],
      ]),
    ).toBeLessThan(1e-14);
  });

  const yang = [
    {
      ...{ semiMajorM: 1500, semiMinorM: 800, plungeDeg: 40, trendDeg: 30 },
      east: [
        -0.00043554293719169895, 0.020113726830910304, -0.017002641262850806, 0.006484898579321431,
        -0.008462545092688501,
      ],
      north: [
        0.009758443344523278, -0.013536497120829164, 0.012185071094073472, 0.00807628374547579,
        0.00023272472206228682,
      ],
      up: [
        0.06059781649469853, 0.035261462259753795, 0.0153280805818099, 0.0051058513052000265,
        0.003398114372807015,
      ],
    },
    {
      ...{ semiMajorM: 1500, semiMinorM: 300, plungeDeg: 15, trendDeg: 100 },
      east: [
        0.00014298578224561246, 0.0032680150338434914, -0.0013276412840493767,
        0.0010427745692066683, -0.000514386539298702,
      ],
      north: [
        0.001258745662532291, -0.0028367600434059197, 0.0011550197976696458, 0.0015050178808809049,
        -5.01886102826786e-5,
      ],
      up: [
        0.011260074718504653, 0.007131103942247974, 0.0015387224191693583, 0.0007598887295436896,
        0.000336096770464811,
      ],
    },
  ];
  for (const { east, north, up, ...shape } of yang) {
    it(`Yang: plunge ${shape.plungeDeg}, axes ${shape.semiMajorM} and ${shape.semiMinorM} m`, () => {
      const u = spheroidDisplacement(
        { ...at, depthM: 3500, pressureRatio: 1e-3, ...shape },
        points,
      );
      expect(apart(u, [east, north, up])).toBeLessThan(1e-11);
    });
  }

  it('penny crack: depth 1.5 km, radius 1.5 km, by 40 nodes an interval', () => {
    const u = pennyDisplacement(
      { ...at, depthM: 1500, radiusM: 1500, pressureRatio: 1e-3 },
      points,
    );
    const truth = [
      0.8951630672778454, 0.13461106918312576, 0.006832646807758918, 0.0004732012570154312,
      0.00035974962821067605,
    ];
    u.upM.forEach((up, i) => expect(Math.abs(up - (truth[i] as number))).toBeLessThan(2e-12));
  });

  it('compound dislocation, turned by 25 degrees', () => {
    const u = compoundDisplacement(
      { ...at, depthM: 3500, rotationDeg: [25, 0, 0], semiAxesM: [800, 500, 300], openingM: 0.5 },
      points,
    );
    expect(
      apart(u, [
        [
          -0.0006545299007383251, 0.005593233963193758, -0.004718405664550795,
          0.0017578980612264466, -0.001652881874365332,
        ],
        [
          0.003177206841673321, -0.004704295956475629, 0.0035920682553018473, 0.002441786191279148,
          -2.1994049715985784e-5,
        ],
        [
          0.025293139453155197, 0.011712145899829544, 0.004749607464425801, 0.0013346034991611692,
          0.0008299727861696693,
        ],
      ]),
    ).toBeLessThan(1e-12);
  });
});

describe('limits', () => {
  it('McTigue with a vanishing radius is Mogi', () => {
    const strength = { ...at, depthM: 9000, volumeChangeM3: 1e6 };
    const u = mctigueDisplacement({ ...strength, radiusM: 1 }, points);
    expect(apart(u, mogiDisplacement(strength, points))).toBeLessThan(1e-11);
  });

  it('a spheroid with equal axes is Mogi whatever its attitude, and nearly so for nearly equal axes', () => {
    const volumeChangeM3 = Math.PI * 100 ** 3 * 1e-3;
    const mogi = mogiDisplacement({ ...at, depthM: 5000, volumeChangeM3 }, points);
    for (const [plungeDeg, trendDeg] of [
      [0, 0],
      [30, 77],
      [90, 10],
    ] as const) {
      const shape = { ...at, depthM: 5000, plungeDeg, trendDeg, pressureRatio: 1e-3 };
      const sphere = { ...shape, semiMajorM: 100, semiMinorM: 100 };
      expect(apart(spheroidDisplacement(sphere, points), mogi)).toBeLessThan(1e-13);
      const near = { ...shape, semiMajorM: 100 * (1 + 1e-9), semiMinorM: 100 };
      expect(apart(spheroidDisplacement(near, points), mogi)).toBeLessThan(1e-8);
    }
  });

  it('spheroid: continuous up to vertical and horizontal axes', () => {
    const shape = { ...at, depthM: 5000, trendDeg: 40, semiMajorM: 2000, semiMinorM: 700 };
    for (const [plungeDeg, step] of [
      [90, -1e-7],
      [0, 1e-7],
    ] as const) {
      const exact = spheroidDisplacement({ ...shape, plungeDeg, pressureRatio: 1e-3 }, points);
      const near = spheroidDisplacement(
        { ...shape, plungeDeg: plungeDeg + step, pressureRatio: 1e-3 },
        points,
      );
      expect(apart(near, exact)).toBeLessThan(1e-8);
    }
  });

  it('a deep penny crack is a point tensile dislocation of its volume, 8 (1 - nu) / 3 p a^3 / mu', () => {
    const crack = { ...at, depthM: 100_000, radiusM: 500, pressureRatio: 1e-3 };
    const volume = pennyVolumeM3(crack);
    expect(volume / (((8 * 0.75) / 3) * 1e-3 * 500 ** 3)).toBeCloseTo(1, 5);
    const point = pointCompoundDisplacement(
      { ...at, depthM: 100_000, rotationDeg: [0, 0, 0], potencyM3: [0, 0, volume] },
      points,
    );
    expect(apart(pennyDisplacement(crack, points), point)).toBeLessThan(5e-5);
  });

  it('a point compound of three equal potencies is Mogi whatever its attitude (equation 10)', () => {
    const u = pointCompoundDisplacement(
      { ...at, depthM: 3000, rotationDeg: [13, 40, 77], potencyM3: [0.6e6, 0.6e6, 0.6e6] },
      points,
    );
    const mogi = mogiDisplacement({ ...at, depthM: 3000, volumeChangeM3: 1e6 }, points);
    expect(apart(u, mogi)).toBeLessThan(1e-14);
  });

  it('a small compound dislocation is a point compound', () => {
    const turned = { ...at, depthM: 9000, rotationDeg: [13, 40, 77] } as const;
    const small = compoundDisplacement(
      { ...turned, semiAxesM: [10, 20, 30], openingM: 0.5 },
      points,
    );
    const point = pointCompoundDisplacement(
      { ...turned, potencyM3: [4 * 20 * 30 * 0.5, 4 * 10 * 30 * 0.5, 4 * 10 * 20 * 0.5] },
      points,
    );
    expect(apart(small, point)).toBeLessThan(2e-5);
  });

  it('a compound with one axis of no length is a tensile rectangle', () => {
    const flat = compoundDisplacement(
      { ...at, depthM: 4000, rotationDeg: [30, 0, 0], semiAxesM: [800, 500, 0], openingM: 0.5 },
      points,
    );
    const rectangle = okadaDisplacement(
      {
        ...{ ...at, centroidDepthM: 4000, strikeDeg: 90, dipDeg: -30, rakeDeg: 0, slipM: 0 },
        ...{ lengthM: 1600, widthM: 1000, openingM: 0.5 },
      },
      points,
    );
    expect(apart(flat, rectangle)).toBeLessThan(1e-12);
    expect(() =>
      compoundDisplacement(
        { ...at, depthM: 400, rotationDeg: [0, 0, 0], semiAxesM: [1, 1, 500], openingM: 1 },
        points,
      ),
    ).toThrow(/above the surface/);
  });
});
