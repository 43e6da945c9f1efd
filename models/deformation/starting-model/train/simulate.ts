/**
 * Windows to train on, made without scenes, because a half space has no scale: a random source in the turned frame,
 * its moving area among 24 x 24 places as the inversion finds it, and the cells about that area with stratified and turbulent
 * atmosphere, a ramp that was not quite removed, decorrelation and holes.
 * @module
 */
import { createRandom, type Random } from '../../../../core/random.js';
import { mogiDisplacement } from '../../mogi.js';
import type { SurfacePoints } from '../../okada.js';
import { createOkadaEvaluator, type OkadaShape } from '../../okada-kernel.js';
import { encode, KINDS, type Kind, type UnitShape } from '../shapes.js';
import { CELLS, normalised, REACH } from '../window.js';
import { fieldAt, makeFields, type Field } from './fields.js';

const RAD = Math.PI / 180;
/** Places along a side of the scene, as `analyseScene` has. */
const ACROSS = 24;
/** Smaller areas, in halves of the scene, are a block or two: nothing is to be seen in them. */
const LEAST_RADIUS = 0.05;
/** Length that stands for 1 on both grids, m. */
const UNIT_M = 10_000;

export interface Example {
  /** [CELLS, CELLS, CHANNELS]. */
  readonly cells: Float32Array;
  readonly sineIncidence: number;
  readonly kind: Kind;
  /** Coordinates of the true shape, see `encode`. */
  readonly z: readonly number[];
}

/** The scene from -1 to 1, and the window from -REACH to REACH, as points. */
function grid(across: number, reach: number): SurfacePoints {
  const place = (i: number): number => ((2 * (i + 0.5)) / across - 1) * reach * UNIT_M;
  const count = across * across;
  return {
    eastM: Float64Array.from({ length: count }, (_, i) => place(i % across)),
    northM: Float64Array.from({ length: count }, (_, i) => -place(Math.floor(i / across))),
  };
}

/** A source: where it is and what it does, lengths in any unit. */
interface Source extends UnitShape {
  readonly kind: Kind;
  readonly rakeDeg: number;
}

/** Makes examples; a seed each. */
export function exampleMaker(seed: number): (seed: number) => Example | null {
  const fields = makeFields(createRandom(seed), 60);
  const scene = motionOn(grid(ACROSS, 1));
  const window = motionOn(grid(CELLS, REACH));
  return (exampleSeed) => {
    const random = createRandom(exampleSeed);
    const between = (low: number, high: number): number => low + (high - low) * random.uniform();
    const source = drawSource(random);
    const size = 0.5 * Math.max(source.length, source.width) + source.depth;
    const half = size * 1.6 * 8 ** random.uniform();
    const reach = 0.35 * half;
    const east = between(-reach, reach);
    const north = between(-reach, reach);
    const sineIncidence = Math.sin(between(18, 50) * RAD);
    // Both displacement fields are those of a whole metre of slip, so their noise is the same.
    const motion = scene(scaled(source, half, east / half, north / half), sineIncidence);
    const peak = motion.reduce((most, v) => Math.max(most, Math.abs(v)), 1e-12);
    const noise = drawNoise(random, fields, peak / (5 * 60 ** random.uniform()));
    const seen = motion.map(
      (v, i) => v + noise((i % ACROSS) / ACROSS, Math.floor(i / ACROSS) / ACROSS),
    );
    const area = areaOf(seen);
    // The area that the whole scene gives wanders with ramps and holes that are not simulated here.
    const radius = area.radius * Math.exp(0.12 * random.normal());
    const middle = [
      area.east + 0.06 * radius * random.normal(),
      area.north + 0.06 * radius * random.normal(),
    ] as const;
    if (!(radius > LEAST_RADIUS)) return null;
    const unit = scaled(
      source,
      half * radius,
      (east / half - middle[0]) / radius,
      (north / half - middle[1]) / radius,
    );
    const clean = window(unit, sineIncidence);
    const slope = [0.03 * peak * random.normal(), 0.03 * peak * random.normal()] as const;
    const offset = 0.02 * peak * random.normal();
    const holes = random.uniform() < 0.6 ? (fields[random.integer(fields.length)] as Field) : null;
    const level = between(0.8, 2.5);
    const means = new Float64Array(CELLS * CELLS);
    const shares = new Float64Array(CELLS * CELLS);
    for (let cell = 0; cell < means.length; cell++) {
      const x = ((2 * ((cell % CELLS) + 0.5)) / CELLS - 1) * REACH;
      const y = (1 - (2 * (Math.floor(cell / CELLS) + 0.5)) / CELLS) * REACH;
      const [u, v] = [(1 + middle[0] + radius * x) / 2, (1 - middle[1] - radius * y) / 2];
      const isOutside = u < 0 || v < 0 || u > 1 || v > 1;
      const isHole = holes !== null && fieldAt(holes, u, v) > level;
      means[cell] =
        isOutside || isHole
          ? Number.NaN
          : (clean[cell] as number) + noise(u, v) + offset + slope[0] * x + slope[1] * y;
      shares[cell] = isOutside || isHole ? 0 : 1;
    }
    const cells = normalised(means, shares);
    return cells && { cells, sineIncidence, kind: source.kind, z: encode(unit) };
  };
}

function drawSource(random: Random): Source {
  const between = (low: number, high: number): number => low + (high - low) * random.uniform();
  const share = random.uniform();
  const kind = KINDS[share < 0.45 ? 0 : share < 0.8 ? 1 : 2] as Kind;
  const length = kind === 'point' ? 0.01 : 1;
  const quake = kind === 'okada';
  return {
    ...{ kind, length, east: 0, north: 0 },
    width: length * 0.25 * 5 ** random.uniform(),
    depth: kind === 'point' ? 1 : 0.01 + 0.8 * random.uniform() ** 2,
    dipDeg: quake ? between(10, 89) : between(40, 89.5),
    strikeDeg: between(0, 360),
    rakeDeg: between(-180, 180),
  };
}

/** The source where lengths count in `unit`, at a place in it. */
function scaled(source: Source, unit: number, east: number, north: number): Source {
  const { length, width, depth } = source;
  return {
    ...{ ...source, east, north },
    ...{ length: length / unit, width: width / unit, depth: depth / unit },
  };
}

/** Line-of-sight motion on a grid for a unit of slip, of opening or of volume. */
function motionOn(points: SurfacePoints): (source: Source, sineIncidence: number) => Float64Array {
  const { unitResponses } = createOkadaEvaluator(points);
  const n = points.eastM.length;
  return (source, sineIncidence) => {
    const cosine = Math.sqrt(1 - sineIncidence ** 2);
    const place = { eastM: UNIT_M * source.east, northM: UNIT_M * source.north };
    if (source.kind === 'point') {
      const depthM = UNIT_M * source.depth;
      const moved = mogiDisplacement({ ...place, depthM, volumeChangeM3: depthM ** 2 }, points);
      return moved.eastM.map((e, i) => sineIncidence * e + cosine * (moved.upM[i] as number));
    }
    const widthM = UNIT_M * source.width;
    const shape: OkadaShape = {
      ...{ ...place, strikeDeg: source.strikeDeg, dipDeg: source.dipDeg, widthM },
      centroidDepthM: UNIT_M * source.depth + (widthM / 2) * Math.sin(source.dipDeg * RAD),
      lengthM: UNIT_M * source.length,
    };
    const units = unitResponses(shape);
    const parts =
      source.kind === 'dike'
        ? [0, 0, 1]
        : [Math.cos(source.rakeDeg * RAD), Math.sin(source.rakeDeg * RAD), 0];
    return Float64Array.from({ length: n }, (_, i) =>
      parts.reduce(
        (sum, part, k) =>
          sum +
          part *
            (sineIncidence * (units[3 * k * n + i] as number) +
              cosine * (units[(3 * k + 2) * n + i] as number)),
        0,
      ),
    );
  };
}

/** Atmosphere and decorrelation of one scene at places from 0 to 1. */
function drawNoise(random: Random, fields: readonly Field[], deviation: number) {
  const turbulence = fields[random.integer(fields.length)] as Field;
  const topography = fields[random.integer(fields.length)] as Field;
  const turn = random.uniform();
  const [turbulent, stratified, white] = [
    deviation * random.uniform(),
    random.uniform() < 0.5 ? deviation * random.uniform() * (turn < 0.5 ? 1 : -1) : 0,
    0.3 * deviation * random.uniform(),
  ];
  return (u: number, v: number): number =>
    turbulent * fieldAt(turbulence, turn < 0.5 ? u : v, turn < 0.5 ? v : u) +
    stratified * fieldAt(topography, u, v) +
    white * random.normal();
}

/** As `movingArea`, for places in -1 to 1 and no plane: what stands out by four robust deviations. */
function areaOf(values: Float64Array) {
  const sorted = values.slice().sort();
  const middle = sorted[sorted.length >> 1] as number;
  const away = values.map((v) => Math.abs(v - middle)).sort();
  const limit = 4 * 1.4826 * (away[away.length >> 1] as number);
  const sums = (least: number): readonly number[] => {
    let [w, wx, wy, wr] = [0, 0, 0, 0];
    values.forEach((v, i) => {
      if (!(Math.abs(v - middle) > least)) return;
      const x = (2 * ((i % ACROSS) + 0.5)) / ACROSS - 1;
      const y = 1 - (2 * (Math.floor(i / ACROSS) + 0.5)) / ACROSS;
      const weight = (v - middle) ** 2;
      w += weight;
      wx += weight * x;
      wy += weight * y;
      wr += weight * (x * x + y * y);
    });
    return [w, wx, wy, wr];
  };
  const found = sums(limit);
  const [w, wx, wy, wr] = (found[0] ? found : sums(0)) as [number, number, number, number];
  const [east, north] = [wx / w, wy / w];
  return { east, north, radius: 3 * Math.sqrt(Math.max(0, wr / w - east * east - north * north)) };
}
