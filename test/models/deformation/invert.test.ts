import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { constantVectors, towardSatellite } from '../../../connectors/insar/line-of-sight.js';
import type { TaskContext } from '../../../core/compute.js';
import { createRandom } from '../../../core/random.js';
import { insarScenes, insarTable } from '../../../core/tables/insar-table.js';
import { decodeTable, encodeTable } from '../../../core/tables/ipc.js';
import type { InsarScene } from '../../../core/waveform.js';
import { invertPoints } from '../../../models/deformation/invert-points.js';
import { invertSource } from '../../../models/deformation/invert.js';
import type { DataSet } from '../../../models/deformation/inverse-problem.js';
import { mogiLos, okadaLos } from '../../../models/deformation/line-of-sight.js';
import { cholesky } from '../../../models/deformation/linear-algebra.js';
import { noiseFactor } from '../../../models/deformation/noise-covariance.js';
import { quadtree } from '../../../models/deformation/quadtree.js';
import { localFrame } from '../../../models/deformation/scene-points.js';
import { gridPoints } from '../../../models/deformation/scene-fit.js';
import { fitVariogram, semivariogram } from '../../../models/deformation/scene-noise.js';
import { sourceModel } from '../../../models/deformation/source-models.js';
import {
  auxiliaryPlane,
  marginal,
  momentMagnitude,
} from '../../../models/deformation/source-summary.js';
import { thessalyScene } from '../../support/insar-samples.js';
import { describeWithSamples, samplePath } from '../../support/sample-data.js';

/** A scene with white noise and a ramp over what `los` says; EPSG:4326, about 200 m pixels. */
function madeScene(
  headingDeg: number,
  los: (points: ReturnType<typeof gridPoints>) => Float64Array,
  seed: number,
): InsarScene {
  const [rows, columns] = [120, 120];
  const pixels = rows * columns;
  const empty: InsarScene = {
    sceneId: `made-${headingDeg}`,
    firstDate: '2020-01-01',
    secondDate: '2020-01-13',
    rows,
    columns,
    transform: [14.9, 0.002, 0, 37.9, 0, -0.002],
    crs: 'EPSG:4326',
    losM: new Float32Array(pixels),
    coherence: new Float32Array(pixels).fill(0.8),
    unitVectors: constantVectors(towardSatellite({ headingDeg, incidenceDeg: 37 }), pixels),
    wavelengthM: 0.0555,
    notes: [],
  };
  const points = gridPoints(empty, localFrame(empty));
  const random = createRandom(seed);
  const clean = los(points);
  return {
    ...empty,
    losM: Float32Array.from(clean, (v, i) =>
      i % 97 === 0
        ? Number.NaN
        : v + 0.002 * random.normal() + 0.01 + 1e-7 * (points.eastM[i] as number),
    ),
  };
}

describe('a simulated volcano', () => {
  const truth = { eastM: 1500, northM: -800, depthM: 3000, volumeChangeM3: 4e6 };
  const scenes = [-12, -168].map((heading, i) =>
    madeScene(heading, (points) => mogiLos(truth, points), i + 1),
  );
  const options = { model: 'mogi', seed: 11, samples: 300, maxPoints: 200 } as const;

  it('is found within its own error bars by both tracks together', () => {
    const result = invertSource({ scenes, ...options });
    for (const [name, value] of Object.entries(truth)) {
      const m = result.marginals[name];
      expect(Math.abs((m?.mean ?? NaN) - value), name).toBeLessThan(4 * (m?.sd ?? NaN));
      expect(m?.sd).toBeLessThan(0.1 * Math.abs(value));
    }
    expect(result.varianceReduction).toBeGreaterThan(0.9);
    expect(result.pixelRmsM).toBeCloseTo(0.002, 3);
    expect(result.residualRmsM).toBeLessThan(0.001);
    expect(result.mw).toBeNull();
    expect(Math.max(...result.rHat)).toBeLessThan(1.2);
    const [x, y] = [result.location.x, result.location.y];
    expect(x).toBeCloseTo(15.02 + 1500 / (111194.9 * Math.cos((37.78 * Math.PI) / 180)), 2);
    expect(y).toBeCloseTo(37.78 - 800 / 111194.9, 2);
  });

  it('comes out the same for the same seed, also when the scenes come from tables', () => {
    const few = { ...options, samples: 50, moves: 2 };
    const direct = invertSource({ scenes, ...few });
    const tables = scenes.map((scene) => encodeTable(insarTable([scene])));
    const read = tables.flatMap((bytes) => insarScenes(decodeTable(bytes, 'scene')));
    const again = structuredClone(invertSource({ scenes: read, ...few }));
    expect(again.samples).toEqual(direct.samples);
    expect(again.scenes[1]?.residualM).toEqual(direct.scenes[1]?.residualM);
    expect(direct.columns.slice(0, 4)).toEqual(Object.keys(truth));
    expect(invertSource({ scenes, ...few, seed: 12 }).samples).not.toEqual(direct.samples);
  });

  it('reports progress and stops when told to', () => {
    const seen: number[] = [];
    const context: TaskContext = {
      progress: ({ fraction }) => seen.push(fraction),
      throwIfCancelled: () => {
        if (seen.length > 5) throw new Error('cancelled');
      },
    };
    expect(() => invertSource({ scenes, ...options }, context)).toThrow('cancelled');
    expect(seen.length).toBeGreaterThan(5);
    expect(seen.every((f) => f >= 0 && f <= 1)).toBe(true);
  });

  it('refuses scenes in different CRS', () => {
    const [a, b] = scenes as [InsarScene, InsarScene];
    expect(() => invertSource({ scenes: [a, { ...b, crs: 'EPSG:32633' }], ...options })).toThrow(
      /different CRS/,
    );
  });
});

describe('a simulated earthquake', () => {
  it('is found from two tracks', () => {
    const truth = {
      eastM: -1000,
      northM: 2000,
      centroidDepthM: 6000,
      strikeDeg: 140,
      dipDeg: 50,
      rakeDeg: -80,
      slipM: 1,
      lengthM: 9000,
      widthM: 6000,
    };
    const scenes = [-12, -168].map((heading, i) =>
      madeScene(heading, (points) => okadaLos(truth, points), i + 5),
    );
    const result = invertSource({
      scenes,
      model: 'okada',
      ...{ seed: 2, samples: 200, maxPoints: 120, moves: 3 },
    });
    const mw = momentMagnitude(32e9 * 9000 * 6000 * 1);
    expect(Math.abs((result.mw?.mean ?? NaN) - mw)).toBeLessThan(0.05);
    expect(result.varianceReduction).toBeGreaterThan(0.97);
    const strike = ((result.best['strikeDeg'] ?? NaN) + 360) % 360;
    expect(Math.abs(strike - 140)).toBeLessThan(5);
    expect(Math.abs((result.best['dipDeg'] ?? NaN) - 50)).toBeLessThan(5);
    expect(result.notes.join()).toContain('auxiliary plane');
  });
});

describe('parts', () => {
  it('variogram: the exact values of four samples in a row', () => {
    const { gamma, pairs } = semivariogram({
      eastM: [0, 1, 2, 3],
      northM: [0, 0, 0, 0],
      values: [0, 1, 3, 6],
      edgesM: [1, 2, 3],
    });
    expect([...gamma]).toEqual([14 / 6, 8.5, 18]);
    expect([...pairs]).toEqual([3, 2, 1]);
  });

  it('variogram fit: returns the model that made it', () => {
    const lagM = Float64Array.from({ length: 20 }, (_, k) => 2000 * (k + 1));
    const gamma = lagM.map((h) => 4 + 25 * (1 - Math.exp(-h / 8000)));
    expect(gamma[3]).toBeCloseTo(19.803, 3);
    expect(gamma[11]).toBeCloseTo(27.7553, 4);
    const fit = fitVariogram({ lagM, gamma, pairs: new Float64Array(20).fill(100) });
    expect(fit.rangeM / 8000).toBeCloseTo(1, 1);
    expect(fit.sillM2).toBeCloseTo(25, 0);
    expect(fit.nuggetM2).toBeCloseTo(4, 0);
  });

  it('quadtree: every pixel once, dense where the ground moves, within the cap', () => {
    const source = { eastM: 0, northM: 0, depthM: 2500, volumeChangeM3: 5e6 };
    const scene = madeScene(-12, (points) => mogiLos(source, points), 3);
    const points = quadtree(scene, localFrame(scene), { maxPoints: 200, stdM: 0.003 });
    expect(points.losM.length).toBeLessThanOrEqual(200);
    expect(points.losM.length).toBeGreaterThan(64);
    const data = scene.losM.filter((v) => !Number.isNaN(v)).length;
    expect(points.pixels.reduce((sum, n) => sum + n, 0)).toBe(data);
    const size = (inside: boolean): number => {
      const sizes = [...points.sizeEastM].filter(
        (_, i) =>
          Math.hypot(points.eastM[i] as number, points.northM[i] as number) < 4000 === inside,
      );
      return sizes.reduce((sum, s) => sum + s, 0) / sizes.length;
    };
    expect(size(true)).toBeLessThan(size(false) / 1.5);
  });

  it('covariance: has a Cholesky factor even without noise', () => {
    const scene = madeScene(-12, (points) => points.eastM.map(() => 0), 3);
    const points = quadtree(scene, localFrame(scene), { maxPoints: 100, stdM: 1 });
    for (const noise of [
      { sillM2: 0, rangeM: 1, nuggetM2: 0, pairs: 0 },
      { sillM2: 1e-4, rangeM: 1e7, nuggetM2: 0, pairs: 0 },
    ]) {
      const factor = noiseFactor({ ...points, varianceM2: points.varianceM2.fill(0) }, noise);
      expect(factor.every(Number.isFinite)).toBe(true);
    }
    expect(cholesky(Float64Array.of(1, 2, 2, 1), 2)).toBeNull();
  });

  it('auxiliary plane: that of a pure thrust and of a published solution', () => {
    const thrust = auxiliaryPlane({ strikeDeg: 0, dipDeg: 30, rakeDeg: 90 });
    expect(thrust).toEqual({
      strikeDeg: expect.closeTo(180, 6) as number,
      dipDeg: expect.closeTo(60, 6) as number,
      rakeDeg: expect.closeTo(90, 6) as number,
    });
    const there = auxiliaryPlane({ strikeDeg: 314, dipDeg: 36, rakeDeg: -88 });
    const back = auxiliaryPlane(there);
    expect(back.strikeDeg).toBeCloseTo(314, 6);
    expect(back.dipDeg).toBeCloseTo(36, 6);
    expect(back.rakeDeg).toBeCloseTo(-88, 6);
  });

  it('magnitude: Mw 6.29 of the published Thessaly rectangle', () => {
    expect(momentMagnitude(32e9 * 9900 * 9400 * 1.15)).toBeCloseTo(6.29, 2);
  });
});

describeWithSamples('Thessaly 2021', ['insar/thessaly-2021/greece.unw'], () => {
  // Fewer points, samples and moves than by default: bench/insar/thessaly measures the full inversion, this
  // proves that source, interval and magnitude come out right from the real grid.
  it('falls inside the published ranges', { timeout: 120_000 }, () => {
    const result = invertSource({
      scenes: [thessalyScene()],
      model: 'okada',
      ...{ seed: 1, maxPoints: 120, samples: 200, moves: 3 },
    });
    const { strikeDeg: strike, rakeDeg } = result.best as Record<string, number>;
    const { dipDeg } = result.marginals;
    const strikeDeg = ((strike as number) + 360) % 360;
    expect(strikeDeg).toBeGreaterThan(300);
    expect(strikeDeg).toBeLessThan(325);
    // The interval meets the published dips, 28 to 41.
    expect(dipDeg?.p95).toBeGreaterThan(28);
    expect(dipDeg?.p05).toBeLessThan(41);
    expect(rakeDeg).toBeLessThan(-70); // normal faulting
    expect(result.mw?.p05).toBeGreaterThan(6.2);
    expect(result.mw?.p95).toBeLessThan(6.35);
    // Of means over 1 km cells, as the least-squares figure of the sample's notes; single pixels hold noise.
    expect(result.varianceReduction).toBeGreaterThan(0.965);
    expect(result.residualRmsM).toBeLessThan(0.0072);
    expect(result.pixelVarianceReduction).toBeGreaterThan(0.95);
    expect(result.planes[0]?.share).toBeGreaterThan(0.99);
    expect(result.notes.join()).toContain('one line of sight only');
    expect(result.samples.length).toBe(200 * result.columns.length);
  });
});

const VOLCANO = 'insar/synthetic-volcano';

describeWithSamples('synthetic volcano', [`${VOLCANO}/expected.json`], () => {
  const { mogiFits } = JSON.parse(readFileSync(samplePath(`${VOLCANO}/expected.json`), 'utf8')) as {
    mogiFits: {
      fits: {
        files: string[];
        xM: number;
        yM: number;
        depthM: number;
        volumeChangeM3: number;
        offsetsM: number[];
      }[];
    };
  };

  /** Columns: x, y, azimuth, incidence, LOS, variance; unweighted, one offset a track. */
  function dataSet(file: string): DataSet {
    const rows = readFileSync(samplePath(`${VOLCANO}/${file}`), 'utf8')
      .trim()
      .split('\n')
      .map(
        (line) => line.trim().split(/\s+/).map(Number) as [number, number, number, number, number],
      );
    const column = (pick: (row: (typeof rows)[number]) => number): Float64Array =>
      Float64Array.from(rows, pick);
    return {
      name: file,
      losM: column((r) => r[4]),
      nuisance: 'offset',
      noise: { sdM: column(() => 0.001) },
      points: {
        eastM: column((r) => r[0]),
        northM: column((r) => r[1]),
        lookEast: column((r) => -Math.cos(r[2]) * Math.sin(r[3])),
        lookNorth: column((r) => Math.sin(r[2]) * Math.sin(r[3])),
        lookUp: column((r) => Math.cos(r[3])),
      },
    };
  }

  for (const fit of mogiFits.fits) {
    it(`${fit.files.join(' and ')}: the least-squares Mogi source`, { timeout: 120_000 }, () => {
      const area = { eastM: 0, northM: 0, radiusM: 8000, peakM: 0.05, backgroundM: 0.001 };
      const result = invertPoints({
        sets: fit.files.map(dataSet),
        model: sourceModel('mogi', area),
        area,
        seed: 3,
        samples: 100,
        moves: 3,
        starts: 4,
      });
      const [x, y, depth, volume] = result.modes[0]?.values as number[];
      expect(Math.abs((x ?? NaN) - fit.xM)).toBeLessThan(0.5);
      expect(Math.abs((y ?? NaN) - fit.yM)).toBeLessThan(0.5);
      expect(Math.abs((depth ?? NaN) - fit.depthM)).toBeLessThan(0.5);
      expect((volume ?? NaN) / fit.volumeChangeM3).toBeCloseTo(1, 4);
      result.nuisance.forEach((offset, i) => {
        expect(offset[0]).toBeCloseTo(fit.offsetsM[i] as number, 3);
      });
      const width = result.columns.length;
      for (const [k, value] of [fit.xM, fit.yM, fit.depthM, fit.volumeChangeM3].entries()) {
        const m = marginal(result.samples, width, k);
        expect(Math.abs(m.p50 - value)).toBeLessThan(2.5 * m.sd);
      }
    });
  }
});
