/**
 * Held-out scenes, made as a person would meet them and not as the training windows are: whole grids of pixels with
 * holes, ramps, correlated and stratified atmosphere; a quake, a dike or a point, seen from one track or two.
 * @module
 */
import { constantVectors, towardSatellite } from '../../../connectors/insar/line-of-sight.js';
import { createRandom, type Random } from '../../../core/random.js';
import type { InsarScene } from '../../../core/waveform.js';
import { mogiLos, okadaLos } from '../../../models/deformation/line-of-sight.js';
import { gridPoints } from '../../../models/deformation/scene-fit.js';
import { localFrame } from '../../../models/deformation/scene-points.js';

const SIDE = 100;
const WAVES = 120;

export interface HeldOutCase {
  readonly kind: 'okada' | 'dike' | 'mogi';
  readonly tracks: number;
  /** Shape by parameter name, natural units. */
  readonly truth: Readonly<Record<string, number>>;
  readonly scenes: readonly InsarScene[];
  /** Largest motion over the deviation of the noise, first track. */
  readonly signalToNoise: number;
}

/** Case of a seed: quakes, dikes and points in turn, one track and two in turn. */
export function heldOutCase(seed: number): HeldOutCase {
  const random = createRandom(31_000_019 + 101 * seed);
  const between = (low: number, high: number): number => low + (high - low) * random.uniform();
  const kind = (['okada', 'dike', 'mogi'] as const)[seed % 3] as HeldOutCase['kind'];
  const tracks = seed % 2 === 0 ? 1 : 2;
  const lengthM = between(3000, 20_000);
  const widthM = lengthM * between(0.3, 1);
  const topDepthM = between(100, 0.4 * lengthM);
  const dipDeg = kind === 'okada' ? between(20, 85) : between(55, 89);
  const depthM = between(1500, 8000);
  const size = kind === 'mogi' ? 2 * depthM : lengthM + topDepthM;
  const spacingM = (size * between(2, 8)) / SIDE;
  const place = {
    eastM: between(-0.15, 0.15) * SIDE * spacingM,
    northM: between(-0.15, 0.15) * SIDE * spacingM,
  };
  const strikeDeg = between(0, 360);
  const rakeDeg = between(-180, 180);
  const noiseShare = 0.01 * 15 ** random.uniform();
  const truth: Record<string, number> =
    kind === 'mogi'
      ? { ...place, depthM }
      : { ...place, topDepthM, strikeDeg, dipDeg, lengthM, widthM };
  const clean = (points: ReturnType<typeof gridPoints>): Float64Array =>
    kind === 'mogi'
      ? mogiLos({ ...place, depthM, volumeChangeM3: 5e6 }, points)
      : okadaLos(
          {
            ...{ ...place, strikeDeg, dipDeg, lengthM, widthM, rakeDeg },
            ...(kind === 'okada' ? { slipM: 1 } : { slipM: 0, openingM: 1 }),
            centroidDepthM: topDepthM + (widthM / 2) * Math.sin((dipDeg * Math.PI) / 180),
          },
          points,
        );
  const first = random.integer(2);
  const headings = [-12, -168].map((heading) => heading + between(-4, 4));
  const scenes = Array.from({ length: tracks }, (_, k) =>
    makeScene({
      ...{ random, spacingM, clean, noiseShare, sceneId: `${seed}-${k}` },
      headingDeg: headings[(first + k) % 2] as number,
      incidenceDeg: between(22, 45),
    }),
  );
  return { kind, tracks, truth, scenes, signalToNoise: 1 / noiseShare };
}

function makeScene(input: {
  readonly random: Random;
  readonly spacingM: number;
  readonly clean: (points: ReturnType<typeof gridPoints>) => Float64Array;
  /** Deviation of the noise over the largest motion. */
  readonly noiseShare: number;
  readonly sceneId: string;
  readonly headingDeg: number;
  readonly incidenceDeg: number;
}): InsarScene {
  const { random, spacingM, headingDeg, incidenceDeg, sceneId } = input;
  const pixels = SIDE * SIDE;
  const half = (SIDE * spacingM) / 2;
  const empty: InsarScene = {
    ...{ sceneId, firstDate: '2020-01-01', secondDate: '2020-01-13', rows: SIDE, columns: SIDE },
    transform: [-half, spacingM, 0, half, 0, -spacingM],
    crs: 'LOCAL:metres',
    losM: new Float32Array(pixels),
    coherence: new Float32Array(pixels).fill(0.8),
    unitVectors: constantVectors(towardSatellite({ headingDeg, incidenceDeg }), pixels),
    wavelengthM: 0.0555,
    notes: [],
  };
  const motion = input.clean(gridPoints(empty, localFrame(empty)));
  const peak = motion.reduce((most, v) => Math.max(most, Math.abs(v)), 0);
  const deviation = input.noiseShare * peak;
  const turbulence = waves(random, 0.15);
  const topography = waves(random, 0.3);
  const forest = waves(random, 0.1);
  const stratified = 0.6 * random.normal();
  const slope = [random.normal(), random.normal()] as const;
  const limit = 1 + 1.5 * random.uniform();
  const losM = Float32Array.from(motion, (v, i) => {
    const [x, y] = [(i % SIDE) / SIDE, Math.floor(i / SIDE) / SIDE];
    if (forest(x, y) > limit || random.uniform() < 0.02) return Number.NaN;
    const air = turbulence(x, y) + stratified * topography(x, y) + 0.2 * random.normal();
    return v + deviation * (air + 2 * (slope[0] * x + slope[1] * y) + 1);
  });
  return { ...empty, losM };
}

/** Covariance exp(-distance / range) of unit variance: random waves whose wavenumbers follow (1 + k^2 b^2)^(-3/2). */
function waves(random: Random, range: number): (x: number, y: number) => number {
  const all = Array.from({ length: WAVES }, () => {
    const wave = Math.sqrt((1 - random.uniform()) ** -2 - 1) / range;
    const angle = 2 * Math.PI * random.uniform();
    return [
      wave * Math.cos(angle),
      wave * Math.sin(angle),
      2 * Math.PI * random.uniform(),
    ] as const;
  });
  return (x, y) =>
    Math.sqrt(2 / WAVES) *
    all.reduce((sum, [u, v, phase]) => sum + Math.cos(u * x + v * y + phase), 0);
}
