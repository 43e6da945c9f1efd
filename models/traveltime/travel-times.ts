/**
 * Travel times to a network's stations, from layers or from a grid, behind one call: what associators
 * and locators ask millions of times.
 * @module
 */
import type { Arrival } from './grid-field.js';
import type { GridTimes } from './grid-times.js';
import { timeAt, type LocalTable, type TimeAndSlopes } from './local-table.js';

/** A table by distance and depth, or tables of every station on a three-dimensional grid. */
export type TravelTimes = LocalTable | GridTimes;

/** Something for `timeTo` to write into. */
export function emptyArrival(): Arrival {
  return { timeS: 0, byDistance: 0, byDepth: 0, byEast: 0, byNorth: 0 };
}

/**
 * Time and slopes from a place `dxKm` east and `dyKm` north of a station (a row of the network's
 * stations). Of layers: to sea level, `elevationDelay` comes on top. Of a grid: to the station.
 */
export function timeTo(
  times: TravelTimes,
  station: number,
  phase: 0 | 1,
  dxKm: number,
  dyKm: number,
  depthKm: number,
  out: Arrival,
): void {
  if (times.isGrid) {
    times.around(station, phase, dxKm, dyKm, depthKm, out);
    return;
  }
  const distance = Math.sqrt(dxKm * dxKm + dyKm * dyKm) + 1e-6;
  timeAt(times, phase, distance, depthKm, out);
  out.byEast = (out.byDistance * dxKm) / distance;
  out.byNorth = (out.byDistance * dyKm) / distance;
}

/** Time by which a station above sea level hears later, s: vertical slowness of the surface layer. */
export function elevationDelay(
  times: TravelTimes,
  phase: 0 | 1,
  elevationKm: number,
  slopes: TimeAndSlopes,
): number {
  if (times.isGrid) return 0;
  const u = times.surfaceSlowness[phase];
  const vertical2 = u * u - slopes.byDistance * slopes.byDistance;
  return vertical2 > 0 ? elevationKm * Math.sqrt(vertical2) : 0;
}
