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

/** Heights under this make no difference to a first-order delay that would be seen, km. */
const LOW_KM = 0.3;

/**
 * Time to a station at a height, s, where the first-order delay does not do (high mountains, boreholes):
 * the path leaves the layers at the point of the surface that Fermat's principle asks for, guessed
 * from the slowness and from the straight line, so that the error is of second order in the guess. The
 * velocity of the surface holds above it and down to a buried sensor. Of two buried places the
 * upper one is taken for the receiver.
 */
export function timeAtHeight(
  table: LocalTable,
  phase: 0 | 1,
  distanceKm: number,
  depthKm: number,
  elevationKm: number,
  out: TimeAndSlopes,
): number {
  const isUnder = -elevationKm > depthKm;
  const sourceKm = isUnder ? -elevationKm : depthKm;
  const heightKm = isUnder ? -depthKm : elevationKm;
  timeAt(table, phase, distanceKm, sourceKm, out);
  const first = out.timeS + elevationDelay(table, phase, heightKm, out);
  if (Math.abs(heightKm) < LOW_KM) return first;
  const u = table.surfaceSlowness[phase];
  const legKm = (slowness: number): number =>
    Math.abs(heightKm) *
    (slowness < u ? slowness / Math.sqrt(u * u - slowness * slowness) : Infinity);
  const straightKm = (Math.abs(heightKm) * distanceKm) / Math.max(sourceKm + heightKm, 1e-3);
  const at = (asideKm: number): number => {
    const sign = heightKm > 0 ? 1 : -1;
    timeAt(table, phase, Math.max(0, distanceKm - sign * asideKm), sourceKm, out);
    return out.timeS + sign * u * Math.hypot(asideKm, heightKm);
  };
  const guess = at(Math.min(legKm(out.byDistance), straightKm));
  // Of a path upwards the least time is true, of one that is cut short the greatest.
  const better = at(Math.min(legKm(out.byDistance), straightKm));
  return heightKm > 0 ? Math.min(guess, better) : Math.max(guess, better);
}
