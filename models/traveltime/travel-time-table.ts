/**
 * First-arrival tables of P and S over (epicentral distance, source depth) with interpolation:
 * a model's name in, `p(distanceKm, depthKm)` and `s(...)` out.
 * @module
 */
import { EARTH_MODELS, flatLayers, flattenDepthKm, type EarthModelName } from './earth-models.js';
import { firstArrivals } from './first-arrival.js';

/** Interpolated first arrivals, s. Distances over `maxDistanceKm` continue with the last slope. */
export interface TravelTimeTable {
  readonly model: EarthModelName;
  /** First P at a surface receiver; depth in km below it, clipped to 0..maxDepthKm. */
  p(distanceKm: number, depthKm: number): number;
  /** First S. */
  s(distanceKm: number, depthKm: number): number;
  readonly maxDistanceKm: number;
  readonly maxDepthKm: number;
}

const DISTANCE_STEP_KM = 2;
const MAX_DISTANCE_KM = 600;
const COLUMNS = MAX_DISTANCE_KM / DISTANCE_STEP_KM + 1;
/** Every km through the crust, whose interfaces must be nodes, then every 5 km. */
const FINE_DEPTH_KM = 60;
const COARSE_STEP_KM = 5;
const MAX_DEPTH_KM = 200;
const ROWS = FINE_DEPTH_KM + 1 + (MAX_DEPTH_KM - FINE_DEPTH_KM) / COARSE_STEP_KM;
const LAYER_STEP_KM = 2.5;
/** At distance 0 and depth 0 the mean slowness is that of the top layer. */
const TINY_KM = 1e-6;

const made = new Map<EarthModelName, TravelTimeTable>();

/**
 * Table of one model, 0-600 km and 0-200 km deep; computed once in a process (about 0.5 s).
 *
 * What is interpolated (bilinearly) is T / hypot(distance, depth), which has no singularity at the
 * source. Spherical Earth by flattening, no ellipticity. Against ObsPy TauPy (first of p, P, Pn ...)
 * the error is under 0.1 s for depths to 200 km; the tests hold it there.
 */
export function travelTimeTable(input: { readonly model: EarthModelName }): TravelTimeTable {
  const known = made.get(input.model);
  if (known) return known;
  const p = meanSlowness(input.model, 'P');
  const s = meanSlowness(input.model, 'S');
  const table: TravelTimeTable = {
    model: input.model,
    p: (distanceKm, depthKm) => interpolate(p, distanceKm, depthKm),
    s: (distanceKm, depthKm) => interpolate(s, distanceKm, depthKm),
    maxDistanceKm: MAX_DISTANCE_KM,
    maxDepthKm: MAX_DEPTH_KM,
  };
  made.set(input.model, table);
  return table;
}

/** Mean slowness T/R, s/km, [depth row, distance column]. */
function meanSlowness(model: EarthModelName, phase: 'P' | 'S'): Float64Array {
  const layers = flatLayers({ model: EARTH_MODELS[model], phase, stepKm: LAYER_STEP_KM });
  const table = new Float64Array(ROWS * COLUMNS);
  for (let row = 0; row < ROWS; row++) {
    const depthKm = depthOfRow(row);
    const time = firstArrivals(layers, flattenDepthKm(depthKm));
    for (let column = 0; column < COLUMNS; column++) {
      const distanceKm = column * DISTANCE_STEP_KM;
      const atSource = row === 0 && column === 0;
      table[row * COLUMNS + column] = atSource
        ? time(TINY_KM) / TINY_KM
        : time(distanceKm) / Math.hypot(distanceKm, depthKm);
    }
  }
  return table;
}

function depthOfRow(row: number): number {
  return row <= FINE_DEPTH_KM ? row : FINE_DEPTH_KM + (row - FINE_DEPTH_KM) * COARSE_STEP_KM;
}

function interpolate(table: Float64Array, distanceKm: number, depthKm: number): number {
  if (distanceKm > MAX_DISTANCE_KM) {
    const last = interpolate(table, MAX_DISTANCE_KM, depthKm);
    const before = interpolate(table, MAX_DISTANCE_KM - 50, depthKm);
    return last + ((last - before) / 50) * (distanceKm - MAX_DISTANCE_KM);
  }
  const depth = depthKm < 0 ? 0 : depthKm > MAX_DEPTH_KM ? MAX_DEPTH_KM : depthKm;
  const rowAt =
    depth <= FINE_DEPTH_KM ? depth : FINE_DEPTH_KM + (depth - FINE_DEPTH_KM) / COARSE_STEP_KM;
  const row = Math.min(ROWS - 2, Math.floor(rowAt));
  const columnAt = distanceKm / DISTANCE_STEP_KM;
  const column = Math.min(COLUMNS - 2, Math.floor(columnAt));
  const v = rowAt - row;
  const u = columnAt - column;
  const i = row * COLUMNS + column;
  const upper = (table[i] as number) * (1 - u) + (table[i + 1] as number) * u;
  const lower = (table[i + COLUMNS] as number) * (1 - u) + (table[i + COLUMNS + 1] as number) * u;
  return (upper * (1 - v) + lower * v) * Math.sqrt(distanceKm * distanceKm + depth * depth);
}
