import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRandom } from '../../../../core/random.js';
import type { InsarScene } from '../../../../core/waveform.js';
import { connectedComponents } from '../../../../models/deformation/stack/components.js';
import { correctScene } from '../../../../models/deformation/stack/corrections.js';
import { eastAndUp } from '../../../../models/deformation/stack/decompose.js';
import { tieToGnss } from '../../../../models/deformation/stack/gnss-tie.js';
import { resample } from '../../../../models/deformation/stack/grid-place.js';
import { median } from '../../../../models/deformation/stack/loop-closure.js';
import { phaseWeight } from '../../../../models/deformation/stack/weights.js';
import { towardSatellite } from '../../../../connectors/insar/line-of-sight.js';

const [ROWS, COLUMNS] = [20, 30];
const PIXELS = ROWS * COLUMNS;
const TRANSFORM = [500_000, 100, 0, 4_000_000, 0, -100] as const;

function scene(losM: (i: number) => number, headingDeg = -12): InsarScene {
  const look = towardSatellite({ headingDeg, incidenceDeg: 38 });
  return {
    ...{ sceneId: 'a', firstDate: '2020-01-01', secondDate: '2020-01-13' },
    ...{ rows: ROWS, columns: COLUMNS, transform: TRANSFORM, crs: 'EPSG:32633' },
    losM: Float32Array.from({ length: PIXELS }, (_, i) => losM(i)),
    coherence: new Float32Array(PIXELS).fill(0.8),
    unitVectors: Float32Array.from(
      { length: 3 * PIXELS },
      (_, i) => look[Math.floor(i / PIXELS)] as number,
    ),
    wavelengthM: 0.0555,
    notes: [],
  };
}

const kmEast = (i: number): number => ((i % COLUMNS) + 0.5 - COLUMNS / 2) * 0.1;
const kmNorth = (i: number): number => -(Math.floor(i / COLUMNS) + 0.5 - ROWS / 2) * 0.1;

describe('corrections of an interferogram', () => {
  it('finds a ramp and a height term beside a corner that moves', () => {
    const random = createRandom(3);
    const heightM = Float32Array.from({ length: PIXELS }, () => 2000 * random.uniform());
    const bulge = (i: number): number => (kmEast(i) > 1.1 && kmNorth(i) > 0.6 ? 0.05 : 0);
    const { scene: flat, applied } = correctScene(
      scene(
        (i) =>
          0.01 +
          0.004 * kmEast(i) -
          0.007 * kmNorth(i) +
          0.00001 * (heightM[i] as number) +
          bulge(i) +
          1e-5 * random.normal(),
      ),
      { ramp: 'linear', heightM },
    );
    expect(applied.coefficients['perKmEast']).toBeCloseTo(4, 1);
    expect(applied.coefficients['perKmNorth']).toBeCloseTo(-7, 1);
    expect(applied.coefficients['perKmHeight']).toBeCloseTo(10, 1);
    flat.losM.forEach((v, i) => expect(Math.abs(v - bulge(i))).toBeLessThan(5e-4));
    expect(applied.sdAfterMm).toBeLessThan(applied.sdBeforeMm);
  });

  it('takes out the slant of a difference of zenith delays', () => {
    const cosine = Math.cos((38 * Math.PI) / 180);
    const first = new Float32Array(PIXELS).fill(2.3);
    const second = Float32Array.from({ length: PIXELS }, (_, i) => 2.3 + 0.01 * kmEast(i));
    // More delay at the second date is a longer path, which looks like motion away.
    const { scene: clean, applied } = correctScene(
      scene((i) => 0.02 - (0.01 * kmEast(i)) / cosine),
      {
        ramp: 'none',
        zenithDelayM: new Map([
          ['2020-01-01', first],
          ['2020-01-13', second],
        ]),
      },
    );
    clean.losM.forEach((v) => expect(v).toBeCloseTo(0.02, 6));
    expect(applied.sdAfterDelayMm).toBeLessThan(0.01);
    expect(() =>
      correctScene(
        scene(() => 1),
        { ramp: 'none', zenithDelayM: new Map() },
      ),
    ).toThrow(/no zenith delay of 2020-01-01/);
  });

  it('refuses terms that the pixels cannot tell apart', () => {
    const heightM = new Float32Array(PIXELS).fill(500);
    expect(() =>
      correctScene(
        scene(() => 0),
        { ramp: 'none', heightM },
      ),
    ).toThrow(/cannot tell offset, perKmHeight apart/);
  });
});

describe('connected components', () => {
  it('parts at holes and at jumps of half a cycle', () => {
    const half = 0.0555 / 4;
    const { labels, sizes } = connectedComponents(
      scene((i) => {
        const column = i % COLUMNS;
        if (column === 10) return Number.NaN;
        return column > 19 ? 2.5 * half : 0.9 * half * (column % 2);
      }),
    );
    expect([...sizes]).toEqual([10 * ROWS, 10 * ROWS, 9 * ROWS]);
    expect(labels[10]).toBe(0);
    expect(new Set(labels).size).toBe(4);
  });

  it('joins a spiral that meets itself, and drops incoherent pixels', () => {
    const spiral = '#####|....#|###.#|#...#|#####'.split('|');
    const cells = spiral.join('');
    const result = connectedComponents(
      {
        ...{ rows: 5, columns: 5, wavelengthM: 0.0555 },
        losM: Float32Array.from(cells, (c) => (c === '#' ? 0 : Number.NaN)),
        coherence: Float32Array.from(cells, (_, i) => (i === 9 ? 0.1 : 0.9)),
      },
      0.3,
    );
    expect([...result.sizes]).toEqual([11, 5]);
  });
});

describe('parts of the time series', () => {
  it('weighs by the Cramer-Rao bound', () => {
    expect(1 / phaseWeight(0.7, 20)).toBeCloseTo(0.0260204, 7);
    expect(phaseWeight(0, 20)).toBe(phaseWeight(0.05, 20));
  });

  it('finds the median of any values', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ noNaN: true }), { minLength: 1, maxLength: 60 }),
        (values) => {
          const sorted = [...values].sort((a, b) => a - b);
          const [low, high] = [(values.length - 1) >> 1, values.length >> 1];
          const expected =
            low === high ? sorted[low] : ((sorted[low] as number) + (sorted[high] as number)) / 2;
          expect(median(Float64Array.from(values))).toBeCloseTo(expected as number, 9);
        },
      ),
    );
  });

  it('resamples a plane exactly and does not reach beyond the data', () => {
    const source = { rows: 6, columns: 8, transform: [0, 2, 0, 12, 0, -2] as const };
    const plane = (x: number, y: number): number => 3 + 0.5 * x - 0.25 * y;
    const values = Float32Array.from({ length: 48 }, (_, i) =>
      plane(1 + 2 * (i % 8), 11 - 2 * Math.floor(i / 8)),
    );
    const target = { rows: 3, columns: 3, transform: [4.5, 1, 0, 9.5, 0, -1] as const };
    resample(source, values, target).forEach((v, i) =>
      expect(v).toBeCloseTo(plane(5 + (i % 3), 9 - Math.floor(i / 3)), 5),
    );
    const far = { rows: 1, columns: 1, transform: [40, 1, 0, 9.5, 0, -1] as const };
    expect(resample(source, values, far)[0]).toBeNaN();
  });
});

/** A map that sees the same motion everywhere. */
function track(headingDeg: number, motion: readonly [number, number, number], shift = 0) {
  const { unitVectors } = scene(() => 0, headingDeg);
  const los = [0, 1, 2].reduce(
    (sum, k) => sum + (unitVectors[k * PIXELS] as number) * (motion[k] as number),
    shift,
  );
  return {
    ...{ rows: ROWS, columns: COLUMNS, transform: TRANSFORM, crs: 'EPSG:32633', unitVectors },
    velocityMmPerYear: new Float32Array(PIXELS).fill(los),
    sdMmPerYear: new Float32Array(PIXELS).fill(1),
  };
}

describe('tracks and stations', () => {
  it('turns two tracks into east and up, and tells how motion north leaks', () => {
    const tracks = [track(-12, [7, 0, -20]), track(-168, [7, 0, -20])];
    const found = eastAndUp(tracks);
    expect(found.eastMmPerYear[5]).toBeCloseTo(7, 4);
    expect(found.upMmPerYear[5]).toBeCloseTo(-20, 4);
    const north = eastAndUp([track(-12, [0, 10, 0]), track(-168, [0, 10, 0])]);
    expect(north.eastMmPerYear[0]).toBeCloseTo(10 * found.northLeak.east, 4);
    expect(north.upMmPerYear[0]).toBeCloseTo(10 * found.northLeak.up, 4);
    // Both see up at 38 degrees: sd = 1 / (sqrt(2) cos 38).
    expect(found.upSdMmPerYear[0]).toBeCloseTo(
      1 / (Math.SQRT2 * Math.cos((38 * Math.PI) / 180)),
      4,
    );
    expect(() => eastAndUp([track(-12, [1, 0, 0]), track(-12.1, [1, 0, 0])])).toThrow(/one side/);
  });

  it('brings a map into the frame of stations', () => {
    const map = track(-12, [3, 0, -5], 4);
    const station = (name: string, x: number, y: number) => ({
      ...{ name, x, y, east: 3, north: 0, up: -5, eastSd: 0.5, northSd: 0.5, upSd: 1 },
    });
    const stations = [
      station('A', 500_500, 3_999_500),
      station('B', 502_500, 3_998_500),
      station('far', 0, 0),
    ];
    const tie = tieToGnss({ map, stations, tilt: false });
    expect(tie.offsetMmPerYear).toBeCloseTo(-4, 5);
    expect(tie.velocityMmPerYear[0]).toBeCloseTo((map.velocityMmPerYear[0] as number) - 4, 4);
    expect(tie.stations.map(({ reason }) => reason)).toEqual(['', '', 'outside the map']);
    expect(() => tieToGnss({ map, stations, tilt: true })).toThrow(/a plane needs four/);
    expect(() => tieToGnss({ map, stations: [station('far', 0, 0)], tilt: false })).toThrow(
      /none of 1 lies on pixels/,
    );
  });

  it('finds the tilt of a map', () => {
    const flat = track(-12, [0, 0, 0]);
    const tilted = {
      ...flat,
      velocityMmPerYear: flat.velocityMmPerYear.map((_, i) => 2 + kmEast(i) - 3 * kmNorth(i)),
    };
    const stations = [
      [300, 300],
      [2700, 300],
      [300, 1700],
      [2700, 1700],
    ].map(([x, y], k) => ({
      ...{ name: `S${k}`, x: 500_000 + (x as number), y: 4_000_000 - (y as number) },
      ...{ east: 0, north: 0, up: 0, eastSd: 1, northSd: 1, upSd: 1 },
    }));
    const tie = tieToGnss({ map: tilted, stations, tilt: true });
    tie.velocityMmPerYear.forEach((v) => expect(Math.abs(v)).toBeLessThan(1e-4));
    // 3 km from west to east and 2 km from south to north.
    expect(tie.tiltMmPerYear?.east).toBeCloseTo(-3, 4);
    expect(tie.tiltMmPerYear?.north).toBeCloseTo(6, 4);
  });
});
