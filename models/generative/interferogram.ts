/**
 * An interferogram of a simulated quake: Okada displacement along the line of sight, turbulent
 * atmosphere, an orbital ramp and decorrelated patches.
 * @module
 */
import { fromLocalKm, toLocalKm, type LatLon } from '../../core/geo.js';
import type { Random } from '../../core/random.js';
import type { InsarScene } from '../../core/waveform.js';
import { okadaDisplacement } from '../deformation/okada.js';
import type { SimulatedSource } from './source.js';

/** Sentinel-1 (radar frequency 5.405000454334350 GHz). */
const WAVELENGTH_M = 0.05546576;

/** Scene of `sizeKm` about a centre, + towards the satellite, north up, EPSG:4326. */
export function simulateScene(input: {
  readonly random: Random;
  readonly source: SimulatedSource;
  readonly centre: LatLon;
  readonly sizeKm: number;
  readonly pixels: number;
  readonly incidenceDeg: number;
  readonly headingDeg: number;
  readonly firstDate: string;
  readonly secondDate: string;
  /** Standard deviation of the atmosphere, m. */
  readonly atmosphereM: number;
}): InsarScene {
  const { source, centre, pixels, random } = input;
  const half = input.sizeKm / 2;
  const northWest = fromLocalKm(centre, { eastKm: -half, northKm: half });
  const southEast = fromLocalKm(centre, { eastKm: half, northKm: -half });
  const dLon = (southEast.longitude - northWest.longitude) / pixels;
  const dLat = (northWest.latitude - southEast.latitude) / pixels;
  const count = pixels * pixels;
  const eastM = new Float64Array(count);
  const northM = new Float64Array(count);
  for (let i = 0; i < count; i++) {
    const { eastKm, northKm } = toLocalKm(source, {
      latitude: northWest.latitude - (Math.floor(i / pixels) + 0.5) * dLat,
      longitude: northWest.longitude + ((i % pixels) + 0.5) * dLon,
    });
    eastM[i] = eastKm * 1000;
    northM[i] = northKm * 1000;
  }
  const displacement = okadaDisplacement(
    {
      eastM: 0,
      northM: 0,
      // The hypocentre is taken as the centre; a fault that would break the surface is moved down.
      centroidDepthM: Math.max(
        source.depthKm * 1000,
        500 * source.widthKm * Math.sin((source.dipDeg * Math.PI) / 180) + 200,
      ),
      strikeDeg: source.strikeDeg,
      dipDeg: source.dipDeg,
      rakeDeg: source.rakeDeg,
      slipM: source.slipM,
      lengthM: source.lengthKm * 1000,
      widthM: source.widthKm * 1000,
    },
    { eastM, northM },
  );
  const look = lookVector(input);
  const noise = smoothNoise(random, pixels, Math.max(2, pixels / 8));
  const ramp = [random.normal(), random.normal()].map((value) => (0.01 * value) / pixels);
  const losM = new Float32Array(count);
  const coherence = new Float32Array(count);
  const patches = smoothNoise(random, pixels, Math.max(2, pixels / 16));
  for (let i = 0; i < count; i++) {
    const row = Math.floor(i / pixels);
    const column = i % pixels;
    coherence[i] = Math.min(0.95, Math.max(0.05, 0.75 + 0.2 * (patches[i] as number)));
    losM[i] =
      (displacement.eastM[i] as number) * look[0] +
      (displacement.northM[i] as number) * look[1] +
      (displacement.upM[i] as number) * look[2] +
      input.atmosphereM * (noise[i] as number) +
      (ramp[0] as number) * row +
      (ramp[1] as number) * column +
      0.002 * random.normal();
    if ((coherence[i] as number) < 0.3) losM[i] = Number.NaN;
  }
  const unitVectors = new Float32Array(3 * count);
  look.forEach((value, k) => unitVectors.fill(value, k * count, (k + 1) * count));
  return {
    sceneId: `${input.firstDate}_${input.secondDate}`,
    firstDate: input.firstDate,
    secondDate: input.secondDate,
    rows: pixels,
    columns: pixels,
    transform: [northWest.longitude, dLon, 0, northWest.latitude, 0, -dLat],
    crs: 'EPSG:4326',
    losM,
    coherence,
    unitVectors,
    wavelengthM: WAVELENGTH_M,
    notes: ['SIMULATED'],
  };
}

/** Ground to satellite as east, north, up, for a right-looking radar. */
function lookVector(input: { incidenceDeg: number; headingDeg: number }): [number, number, number] {
  const incidence = (input.incidenceDeg * Math.PI) / 180;
  const heading = (input.headingDeg * Math.PI) / 180;
  return [
    -Math.sin(incidence) * Math.cos(heading),
    Math.sin(incidence) * Math.sin(heading),
    Math.cos(incidence),
  ];
}

/** Gaussian field of unit variance, correlated over about `scale` pixels (bilinear lattice). */
function smoothNoise(random: Random, pixels: number, scale: number): Float32Array {
  const nodes = Math.ceil(pixels / scale) + 2;
  const lattice = Float64Array.from({ length: nodes * nodes }, () => random.normal());
  const field = new Float32Array(pixels * pixels);
  for (let i = 0; i < field.length; i++) {
    const y = Math.floor(i / pixels) / scale;
    const x = (i % pixels) / scale;
    const [y0, x0] = [Math.floor(y), Math.floor(x)];
    const [fy, fx] = [y - y0, x - x0];
    const at = (r: number, c: number): number => lattice[(y0 + r) * nodes + x0 + c] as number;
    const value =
      (1 - fy) * ((1 - fx) * at(0, 0) + fx * at(0, 1)) + fy * ((1 - fx) * at(1, 0) + fx * at(1, 1));
    // A mean of independent nodes varies less than one of them: down to half between four.
    field[i] = value / (Math.hypot(1 - fx, fx) * Math.hypot(1 - fy, fy));
  }
  return field;
}
