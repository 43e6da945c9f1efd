/**
 * A seed in, two interferograms (ascending and descending) of a random quake or dike with correlated noise and
 * a ramp out, with the truth.
 * @module
 */
import { constantVectors, towardSatellite } from '../../../connectors/insar/line-of-sight.js';
import { createRandom, type Random } from '../../../core/random.js';
import type { InsarScene } from '../../../core/waveform.js';
import { okadaLos } from '../../../models/deformation/line-of-sight.js';
import { localFrame } from '../../../models/deformation/scene-points.js';
import { gridPoints } from '../../../models/deformation/scene-fit.js';
import { momentMagnitude } from '../../../models/deformation/source-summary.js';

const SIDE = 90;
const SPACING_M = 500;
const MODES = 400;
export const RIGIDITY_PA = 32e9;

export interface SimulatedCase {
  readonly kind: 'okada' | 'dike';
  readonly truth: Readonly<Record<string, number>>;
  readonly scenes: readonly InsarScene[];
}

/** The case of a seed; even seeds are quakes, odd ones dikes. */
export function simulateCase(seed: number): SimulatedCase {
  const random = createRandom(7_000_003 * (seed + 1));
  const between = (low: number, high: number): number => low + (high - low) * random.uniform();
  const kind = seed % 2 === 0 ? 'okada' : 'dike';
  const quake = kind === 'okada';
  const shape = {
    eastM: between(-4000, 4000),
    northM: between(-4000, 4000),
    topDepthM: quake ? between(500, 4000) : between(300, 2500),
    strikeDeg: between(0, 360),
    dipDeg: quake ? between(25, 80) : between(60, 88),
    lengthM: quake ? between(6000, 16_000) : between(4000, 9000),
    widthM: quake ? between(4000, 10_000) : between(2500, 6000),
  };
  const strength = quake
    ? { rakeDeg: between(-180, 180), slipM: between(0.4, 2) }
    : { openingM: between(0.5, 2) };
  const truth: Record<string, number> = { ...shape, ...strength };
  if (quake) {
    const slipM = truth['slipM'] as number;
    truth['mw'] = momentMagnitude(RIGIDITY_PA * shape.lengthM * shape.widthM * slipM);
  }
  const scenes = [-12, -168].map((headingDeg, k) =>
    scene(headingDeg, `${seed}-${k}`, random, {
      rakeDeg: 0,
      slipM: 0,
      ...shape,
      ...strength,
      centroidDepthM:
        shape.topDepthM + (shape.widthM / 2) * Math.sin((shape.dipDeg * Math.PI) / 180),
    }),
  );
  return { kind, truth, scenes };
}

function scene(
  headingDeg: number,
  sceneId: string,
  random: Random,
  source: Parameters<typeof okadaLos>[0],
): InsarScene {
  const pixels = SIDE * SIDE;
  const half = (SIDE * SPACING_M) / 2;
  const empty: InsarScene = {
    ...{ sceneId, firstDate: '2020-01-01', secondDate: '2020-01-13', rows: SIDE, columns: SIDE },
    transform: [-half, SPACING_M, 0, half, 0, -SPACING_M],
    crs: 'LOCAL:metres',
    losM: new Float32Array(pixels),
    coherence: new Float32Array(pixels).fill(0.8),
    unitVectors: constantVectors(towardSatellite({ headingDeg, incidenceDeg: 38 }), pixels),
    wavelengthM: 0.0555,
    notes: [],
  };
  const points = gridPoints(empty, localFrame(empty));
  const clean = okadaLos(source, points);
  const noise = correlatedNoise(points, random);
  const slope = [2e-7 * random.normal(), 2e-7 * random.normal()] as const;
  const white = 0.001 + 0.001 * random.uniform();
  return {
    ...empty,
    losM: Float32Array.from(clean, (v, i) => {
      const ramp = slope[0] * (points.eastM[i] as number) + slope[1] * (points.northM[i] as number);
      return v + (noise[i] as number) + ramp + 0.01 + white * random.normal();
    }),
  };
}

/** Covariance sill exp(-distance / range): random waves whose wavenumbers follow its spectrum (1 + k^2 b^2)^(-3/2). */
function correlatedNoise(
  points: { readonly eastM: Float64Array; readonly northM: Float64Array },
  random: Random,
): Float64Array {
  const sd = 0.003 + 0.005 * random.uniform();
  const rangeM = 3000 + 6000 * random.uniform();
  const out = new Float64Array(points.eastM.length);
  for (let k = 0; k < MODES; k++) {
    const wave = Math.sqrt((1 - random.uniform()) ** -2 - 1) / rangeM;
    const angle = 2 * Math.PI * random.uniform();
    const phase = 2 * Math.PI * random.uniform();
    const [e, n] = [wave * Math.cos(angle), wave * Math.sin(angle)];
    for (let i = 0; i < out.length; i++) {
      const at = e * (points.eastM[i] as number) + n * (points.northM[i] as number) + phase;
      out[i] = (out[i] as number) + Math.cos(at);
    }
  }
  return out.map((v) => sd * Math.sqrt(2 / MODES) * v);
}
