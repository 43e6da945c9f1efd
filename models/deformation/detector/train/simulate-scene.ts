/**
 * Interferograms to train and judge the detector on: our own sources, stratified and turbulent atmosphere, ramps,
 * decorrelation and unwrapping errors. A seed in, a scene with its labels out.
 * @module
 */
import { createRandom, type Random } from '../../../../core/random.js';
import { mogiLos, okadaLos, type LosPoints } from '../../line-of-sight.js';
import type { DetectorScene } from '../features.js';

const SIDE = 96;
const WAVELENGTH_M = 0.0555;

export interface LabelledScene {
  readonly scene: DetectorScene;
  readonly hasDeformation: boolean;
  readonly hasUnwrappingError: boolean;
  /** Largest motion of the source over the deviation of everything else; 0 without a source. */
  readonly signalToNoise: number;
}

/**
 * Half of the scenes hold a source whose largest motion is 5 to 60 deviations of the noise, a fourth an
 * unwrapping error.
 */
export function simulateLabelled(seed: number): LabelledScene {
  const random = createRandom(seed);
  const between = (low: number, high: number): number => low + (high - low) * random.uniform();
  const pixels = SIDE * SIDE;
  const topography = fractal(random, between(0.8, 1.1));
  const turbulence = fractal(random, between(0.55, 0.95));
  const turbulentM = between(0.001, 0.012);
  const stratifiedM = random.uniform() < 0.6 ? between(-0.015, 0.015) : 0;
  const whiteM = between(0.0003, 0.005);
  const noise = Float64Array.from(
    { length: pixels },
    (_, i) =>
      turbulentM * (turbulence[i] as number) +
      stratifiedM * (topography[i] as number) +
      whiteM * random.normal(),
  );
  const deviation = Math.sqrt(noise.reduce((sum, v) => sum + v * v, 0) / pixels);
  const hasDeformation = random.uniform() < 0.5;
  const signalToNoise = hasDeformation ? 5 * 12 ** random.uniform() : 0;
  const source = hasDeformation ? sourceLos(random) : null;
  const peak = source ? source.reduce((most, v) => Math.max(most, Math.abs(v)), 1e-12) : 1;
  const ramp = [between(-0.03, 0.03), between(-0.03, 0.03)] as const;
  const losM = Float32Array.from({ length: pixels }, (_, i) => {
    const [row, column] = [Math.floor(i / SIDE), i % SIDE];
    const motion = source ? ((source[i] as number) * signalToNoise * deviation) / peak : 0;
    return motion + (noise[i] as number) + (ramp[0] * row + ramp[1] * column) / SIDE;
  });
  const hasUnwrappingError = random.uniform() < 0.25 && addCycle(random, losM);
  addHoles(random, losM);
  return {
    scene: { rows: SIDE, columns: SIDE, losM, wavelengthM: WAVELENGTH_M },
    ...{ hasDeformation, hasUnwrappingError, signalToNoise },
  };
}

/** Motion of a random source, any scale; the grid is 30 to 120 km wide. */
function sourceLos(random: Random): Float64Array {
  const between = (low: number, high: number): number => low + (high - low) * random.uniform();
  const spacing = (1000 * between(30, 120)) / SIDE;
  const incidence = (between(25, 45) * Math.PI) / 180;
  const heading = ((random.uniform() < 0.5 ? -12 : -168) * Math.PI) / 180;
  const grid = (pick: (row: number, column: number) => number): Float64Array =>
    Float64Array.from({ length: SIDE * SIDE }, (_, i) => pick(Math.floor(i / SIDE), i % SIDE));
  const points: LosPoints = {
    eastM: grid((_, column) => (column - SIDE / 2) * spacing),
    northM: grid((row) => (SIDE / 2 - row) * spacing),
    lookEast: grid(() => -Math.sin(incidence) * Math.cos(heading)),
    lookNorth: grid(() => Math.sin(incidence) * Math.sin(heading)),
    lookUp: grid(() => Math.cos(incidence)),
  };
  const reach = 0.3 * SIDE * spacing;
  const place = { eastM: between(-reach, reach), northM: between(-reach, reach) };
  if (random.uniform() < 0.4) {
    return mogiLos(
      { ...place, depthM: between(0.06, 0.2) * SIDE * spacing, volumeChangeM3: 1e6 },
      points,
    );
  }
  const lengthM = between(0.1, 0.35) * SIDE * spacing;
  const widthM = lengthM * between(0.4, 1);
  const dipDeg = between(20, 85);
  const topDepthM = between(0.01, 0.08) * SIDE * spacing;
  return okadaLos(
    {
      ...{ ...place, lengthM, widthM, dipDeg, slipM: 1 },
      strikeDeg: between(0, 360),
      rakeDeg: between(-180, 180),
      centroidDepthM: topDepthM + (widthM / 2) * Math.sin((dipDeg * Math.PI) / 180),
    },
    points,
  );
}

/** Noise of unit deviation whose octaves fall off as 2^-hurst: smooth grids, one finer than the other. */
function fractal(random: Random, hurst: number): Float64Array {
  const out = new Float64Array(SIDE * SIDE);
  for (let cells = 2, weight = 1; cells <= SIDE / 2; cells *= 2, weight *= 2 ** -hurst) {
    const width = cells + 2;
    const knots = Float64Array.from({ length: width * width }, () => random.normal());
    const [shiftX, shiftY] = [random.uniform(), random.uniform()];
    for (let i = 0; i < out.length; i++) {
      const y = (Math.floor(i / SIDE) * cells) / SIDE + shiftY;
      const x = ((i % SIDE) * cells) / SIDE + shiftX;
      const [r, c] = [Math.floor(y), Math.floor(x)];
      const [v, u] = [smooth(y - r), smooth(x - c)];
      const at = r * width + c;
      const top = (knots[at] as number) * (1 - u) + (knots[at + 1] as number) * u;
      const low = (knots[at + width] as number) * (1 - u) + (knots[at + width + 1] as number) * u;
      out[i] = (out[i] as number) + weight * (top * (1 - v) + low * v);
    }
  }
  const mean = out.reduce((sum, v) => sum + v, 0) / out.length;
  const scale = Math.sqrt(out.reduce((sum, v) => sum + (v - mean) ** 2, 0) / out.length);
  return out.map((v) => (v - mean) / scale);
}

function smooth(t: number): number {
  return t * t * (3 - 2 * t);
}

/** A patch that is off by whole cycles. False when the patch came out too small or too large to count. */
function addCycle(random: Random, losM: Float32Array): boolean {
  const shape = fractal(random, 0.9);
  const level = 0.6 + 0.8 * random.uniform();
  const inside = shape.map((v) => (v > level ? 1 : 0));
  const share = inside.reduce((sum, v) => sum + v, 0) / inside.length;
  if (share < 0.02 || share > 0.4) return false;
  const cycles = (random.uniform() < 0.8 ? 1 : 2) * (random.uniform() < 0.5 ? 1 : -1);
  inside.forEach((v, i) => {
    losM[i] = (losM[i] as number) + (v * cycles * WAVELENGTH_M) / 2;
  });
  return true;
}

/** Water and forests: patches, speckle, sometimes a cut edge as of a small frame. */
function addHoles(random: Random, losM: Float32Array): void {
  const shape = fractal(random, 0.7);
  const level = 0.3 + 2.2 * random.uniform();
  const speckle = 0.15 * random.uniform() ** 2;
  const slope = 0.5 * random.normal();
  const edge = random.uniform() < 0.5 ? SIDE * 0.25 * random.uniform() : -SIDE;
  for (let i = 0; i < losM.length; i++) {
    const isCut = (i % SIDE) + slope * Math.floor(i / SIDE) < edge;
    if (isCut || (shape[i] as number) > level || random.uniform() < speckle) losM[i] = Number.NaN;
  }
}
