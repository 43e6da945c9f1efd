import { describe, expect, it } from 'vitest';
import { towardSatellite, constantVectors } from '../../../connectors/insar/line-of-sight.js';
import type { TaskContext } from '../../../core/compute.js';
import { createRandom } from '../../../core/random.js';
import { insarTable } from '../../../core/tables/insar-table.js';
import { encodeTable } from '../../../core/tables/ipc.js';
import type { InsarScene } from '../../../core/waveform.js';
import { okadaLos } from '../../../models/deformation/line-of-sight.js';
import { gridPoints } from '../../../models/deformation/scene-fit.js';
import { localFrame } from '../../../models/deformation/scene-points.js';
import { silenceOf } from '../../../models/deformation/silence.js';
import { deformationTasks } from '../../../models/deformation/tasks.js';
import { noDeformationLogLikelihood } from '../../../models/detection/deformation-likelihood.js';

const [ROWS, COLUMNS] = [96, 96];
const PIXELS = ROWS * COLUMNS;
const QUIET: TaskContext = { progress: () => undefined, throwIfCancelled: () => undefined };

/** Atmosphere of a few millimetres with waves of all lengths, and a quake of `slipM` (0: none). */
function scene(seed: number, slipM: number, missing = 0): InsarScene {
  const random = createRandom(seed);
  const waves = Array.from({ length: 60 }, () => {
    const angle = 2 * Math.PI * random.uniform();
    const wave = (2 * Math.PI) / (4000 + 30_000 * random.uniform());
    return [
      wave * Math.cos(angle),
      wave * Math.sin(angle),
      2 * Math.PI * random.uniform(),
    ] as const;
  });
  const look = towardSatellite({ headingDeg: -12, incidenceDeg: 38 });
  const empty: InsarScene = {
    ...{ sceneId: `s${seed}`, firstDate: '2020-01-01', secondDate: '2020-01-13' },
    ...{ rows: ROWS, columns: COLUMNS, transform: [15, 0.004, 0, 38, 0, -0.004] },
    crs: 'EPSG:4326',
    losM: new Float32Array(PIXELS),
    coherence: new Float32Array(PIXELS).fill(0.8),
    unitVectors: constantVectors(look, PIXELS),
    wavelengthM: 0.0555,
    notes: [],
  };
  const points = gridPoints(empty, localFrame(empty));
  const quake = okadaLos(
    {
      ...{
        eastM: 2000,
        northM: -3000,
        centroidDepthM: 5000,
        strikeDeg: 30,
        dipDeg: 45,
        rakeDeg: -90,
      },
      ...{ slipM, lengthM: 9000, widthM: 7000 },
    },
    points,
  );
  return {
    ...empty,
    losM: Float32Array.from(quake, (v, i) => {
      if (i < missing * PIXELS) return Number.NaN;
      const [e, n] = [points.eastM[i] as number, points.northM[i] as number];
      const air = waves.reduce((sum, [a, b, c]) => sum + Math.cos(a * e + b * n + c), 0);
      return v + 0.0007 * air + 0.002 * random.normal();
    }),
  };
}

describe('scenes that show nothing', () => {
  it('are silent, and a quake of a metre is not', () => {
    for (let seed = 1; seed <= 3; seed++) {
      const silence = silenceOf([scene(seed, 0)], 1);
      expect(silence?.detectableM).toBeGreaterThan(0.005);
      expect(silence?.detectableM).toBeLessThan(0.06);
      expect(silenceOf([scene(seed, 1)], 1)).toBeNull();
      // One track that shows motion is enough.
      expect(silenceOf([scene(seed, 0), scene(seed, 1)], 1)).toBeNull();
    }
  });

  it('say nothing when they lack data or degrees', () => {
    expect(silenceOf([scene(1, 0, 0.6)], 1)).toBeNull();
    const metres = {
      ...scene(1, 0),
      crs: 'EPSG:32633',
      transform: [0, 400, 0, 0, 0, -400] as const,
    };
    expect(silenceOf([metres], 1)).toBeNull();
  });

  it('become evidence that bounds magnitude and depth, instead of a source fitted to noise', () => {
    const arrow = [2, 3].map((seed) => encodeTable(insarTable([scene(seed, 0)])));
    const { summary, grids } = structuredClone(
      deformationTasks.invertSource({ arrow, model: 'okada', seed: 5 }, QUIET),
    );
    expect(grids).toEqual([]);
    expect(summary).toMatchObject({ model: 'none', mw: null, firstDate: '2020-01-01' });
    const { evidence } = summary;
    if (evidence?.kind !== 'nothing-seen') throw new Error('no bound');
    const at = (magnitude: number, depthKm: number): number =>
      noDeformationLogLikelihood({
        ...{ bounds: evidence.bounds, detectableM: evidence.detectableM },
        event: { latitude: 37.8, longitude: 15.2, timeS: 0, magnitude, depthKm },
      });
    expect(at(4.5, 10)).toBeGreaterThan(-0.05);
    expect(at(6.8, 8)).toBeLessThan(-5);
    expect(at(6.8, 80)).toBeGreaterThan(at(6.8, 8) + 3);
  });
});
