/** A network on a three-dimensional velocity grid: which stations it serves, and their times. @module */
import path from 'node:path';
import { InvalidInputError } from '../../../core/errors.js';
import type { PickStations } from '../../../core/picks.js';
import type { VelocityGrid } from '../../../core/velocity-grid.js';
import { cacheDir } from '../../../infra/cache-dir.mjs';
import {
  gridTimes,
  stationsInGrid,
  type GridTimes,
} from '../../../models/traveltime/grid-times.js';
import { fieldStore } from './field-store.js';

/**
 * Stations of a list that lie on the grid and a line on each that does not. Throws InvalidInputError
 * when none does.
 */
export function networkOnGrid(
  grid: VelocityGrid,
  stations: PickStations,
): { readonly stations: PickStations; readonly remarks: readonly string[] } {
  const { rows, leftOut } = stationsInGrid(grid, stations);
  if (rows.length === 0) {
    throw new InvalidInputError({
      what: `velocity grid ${grid.name}`,
      reason: `no station lies in it (${leftOut[0] ?? 'there are none'})`,
      remedy: 'check the projection, the unit and the origin of the grid against the stations',
    });
  }
  return {
    stations: rowsOf(stations, rows),
    remarks: [...grid.notes, ...leftOut.map((line) => `left out: ${line}`)],
  };
}

/** Times of the grid; tables are kept in the user's cache folder. `log` is told when sweeps begin. */
export function timesOnGrid(
  grid: VelocityGrid,
  stations: PickStations,
  log: (line: string) => void,
): GridTimes {
  const store = fieldStore({ folder: path.join(cacheDir(), 'travel-times') });
  let isTold = false;
  return gridTimes({
    grid,
    stations,
    store: {
      ...store,
      get: (key, count) => {
        const values = store.get(key, count);
        if (!values && !isTold) {
          isTold = true;
          log(
            `Sweeping travel times of up to ${stations.ids.length} stations, P and S, on ${grid.vpKmS.length} nodes; they are kept for the next time.`,
          );
        }
        return values;
      },
    },
  });
}

/** A note where a place lies outside the grid, else null. */
export function outsideNote(
  grid: VelocityGrid,
  [xKm, yKm]: readonly [number, number],
  depthKm: number,
): string | null {
  const { nodes, firstKm, stepKm } = grid.shape;
  const isInside = [xKm, yKm, depthKm].every((at, a) => {
    const first = firstKm[a] as number;
    return at >= first && at <= first + ((nodes[a] as number) - 1) * (stepKm[a] as number);
  });
  return isInside
    ? null
    : 'the most probable place lies outside the velocity grid, where times are continued';
}

/** The same stations, but only some rows. */
export function rowsOf(stations: PickStations, rows: readonly number[]): PickStations {
  const pick = (values: Float64Array): Float64Array =>
    Float64Array.from(rows, (s) => values[s] as number);
  return {
    ...stations,
    ids: rows.map((s) => stations.ids[s] as string),
    eastKm: pick(stations.eastKm),
    northKm: pick(stations.northKm),
    elevationKm: pick(stations.elevationKm),
  };
}
