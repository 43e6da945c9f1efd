/**
 * Dense first-arrival tables of a region with slopes, for associators and locators that ask
 * millions of times: a velocity model in, times and derivatives at (distance, depth) out.
 * @module
 */
import { EARTH_RADIUS_KM } from '../../core/geo.js';
import { flattenDepthKm, type FlatLayers, type VelocityKnot } from './earth-models.js';
import { firstArrivals } from './first-arrival.js';
import type { VelocityModel } from './velocity-model.js';

/** Table of both phases; receiver at sea level. */
export interface LocalTable {
  readonly isGrid?: false;
  readonly model: VelocityModel;
  readonly distanceStepKm: number;
  readonly depthStepKm: number;
  readonly columns: number;
  readonly rows: number;
  /** Mean slowness T / R, s/km, [phase][row, column]. T = R x slowness has no kink at the source. */
  readonly slowness: readonly [Float32Array, Float32Array];
  /** Slowness of the surface layer, s/km, [phase]: stations higher up wait that much longer. */
  readonly surfaceSlowness: readonly [number, number];
  readonly maxDistanceKm: number;
  readonly maxDepthKm: number;
}

/** What `timeAt` writes: time (s), derivative by distance and by depth (s/km). */
export interface TimeAndSlopes {
  timeS: number;
  byDistance: number;
  byDepth: number;
}

const LAYER_STEP_KM = 1;
/** Where R is 0 the mean slowness is taken this far away. */
const NEAR_KM = 1e-3;

/**
 * Builds the table. A gradient becomes a staircase of 1 km layers (velocity of the middle), whose
 * head waves have the diving ray as their envelope; the tests hold the error against the closed
 * form under 20 ms.
 */
export function localTable(input: {
  readonly model: VelocityModel;
  readonly maxDistanceKm: number;
  readonly maxDepthKm: number;
  readonly distanceStepKm?: number;
  readonly depthStepKm?: number;
}): LocalTable {
  const { distanceStepKm = 1, depthStepKm = 1 } = input;
  const columns = Math.ceil(input.maxDistanceKm / distanceStepKm) + 2;
  const rows = Math.ceil(input.maxDepthKm / depthStepKm) + 2;
  const tables = (['P', 'S'] as const).map((phase) => {
    const layers = layersOf(input.model, phase);
    const slowness = new Float32Array(rows * columns);
    for (let row = 0; row < rows; row++) {
      const depthKm = Math.max(row * depthStepKm, NEAR_KM);
      const sourceKm = input.model.isFlat ? depthKm : flattenDepthKm(depthKm);
      const time = firstArrivals(layers, sourceKm);
      for (let column = 0; column < columns; column++) {
        const distanceKm = Math.max(column * distanceStepKm, NEAR_KM);
        slowness[row * columns + column] = time(distanceKm) / Math.hypot(distanceKm, depthKm);
      }
    }
    return slowness;
  });
  const [top] = input.model.knots as readonly [VelocityKnot];
  return {
    model: input.model,
    distanceStepKm,
    depthStepKm,
    columns,
    rows,
    slowness: tables as unknown as readonly [Float32Array, Float32Array],
    surfaceSlowness: [1 / top.vpKmS, 1 / top.vsKmS],
    maxDistanceKm: (columns - 2) * distanceStepKm,
    maxDepthKm: (rows - 2) * depthStepKm,
  };
}

/** Constant layers of a model: no thicker than 1 km where the velocity changes. */
function layersOf(model: VelocityModel, phase: 'P' | 'S'): FlatLayers {
  const topKm: number[] = [];
  const velocityKmS: number[] = [];
  const put = (depthKm: number, middleKm: number, velocity: number): void => {
    topKm.push(model.isFlat ? depthKm : flattenDepthKm(depthKm));
    const stretch = model.isFlat ? 1 : EARTH_RADIUS_KM / (EARTH_RADIUS_KM - middleKm);
    velocityKmS.push(velocity * stretch);
  };
  const speed = (knot: VelocityKnot): number => (phase === 'P' ? knot.vpKmS : knot.vsKmS);
  for (let i = 1; i < model.knots.length; i++) {
    const upper = model.knots[i - 1] as VelocityKnot;
    const lower = model.knots[i] as VelocityKnot;
    const thickness = lower.depthKm - upper.depthKm;
    if (thickness <= 0) continue;
    const isConstant = model.isFlat && speed(upper) === speed(lower);
    const parts = isConstant ? 1 : Math.ceil(thickness / LAYER_STEP_KM);
    for (let part = 0; part < parts; part++) {
      const middle = (part + 0.5) / parts;
      put(
        upper.depthKm + (part / parts) * thickness,
        upper.depthKm + middle * thickness,
        speed(upper) + middle * (speed(lower) - speed(upper)),
      );
    }
  }
  const last = model.knots.at(-1) as VelocityKnot;
  put(last.depthKm, last.depthKm, speed(last));
  return { topKm: Float64Array.from(topKm), velocityKmS: Float64Array.from(velocityKmS) };
}

/**
 * Time and slopes by bilinear interpolation of the mean slowness, written into `out`. Distances and
 * depths beyond the table are continued with its edge; negative depths count as 0.
 */
export function timeAt(
  table: LocalTable,
  phase: 0 | 1,
  distanceKm: number,
  depthKm: number,
  out: TimeAndSlopes,
): void {
  const slowness = table.slowness[phase];
  const depth = depthKm > 0 ? (depthKm < table.maxDepthKm ? depthKm : table.maxDepthKm) : 0;
  const within = distanceKm < table.maxDistanceKm ? distanceKm : table.maxDistanceKm;
  const u = within / table.distanceStepKm;
  const v = depth / table.depthStepKm;
  const column = u | 0;
  const row = v | 0;
  const fu = u - column;
  const fv = v - row;
  const i = row * table.columns + column;
  const a = slowness[i] as number;
  const b = slowness[i + 1] as number;
  const c = slowness[i + table.columns] as number;
  const d = slowness[i + table.columns + 1] as number;
  const upper = a + (b - a) * fu;
  const lower = c + (d - c) * fu;
  const mean = upper + (lower - upper) * fv;
  const r = Math.sqrt(distanceKm * distanceKm + depth * depth) + 1e-9;
  out.timeS = mean * r;
  out.byDistance =
    (mean * distanceKm) / r + (r * (b - a + (d - c - b + a) * fv)) / table.distanceStepKm;
  out.byDepth = (mean * depth) / r + (r * (lower - upper)) / table.depthStepKm;
}
