/**
 * Cells of a crowd of phones. In: bounds. Out: a flat grid of equal cells with their places.
 * @module
 */
import { InvalidInputError } from '../../../core/errors.js';
import { KM_PER_DEGREE } from '../../../core/geo.js';
import type { Bounds } from '../../../core/region.js';

/** Row-major cells from the south-west; east and north are km from the middle of the bounds. */
export interface CrowdGrid {
  readonly bounds: Bounds;
  readonly cellKm: number;
  readonly rows: number;
  readonly columns: number;
  readonly count: number;
  /** [cell] */
  readonly eastKm: Float64Array;
  readonly northKm: Float64Array;
  readonly kmPerDegreeEast: number;
}

const MOST_CELLS = 250_000;

/** Grid over bounds. Throws InvalidInputError for empty bounds or more than 250,000 cells. */
export function crowdGrid(input: { readonly bounds: Bounds; readonly cellKm: number }): CrowdGrid {
  const { bounds, cellKm } = input;
  const { west, east, south, north } = bounds;
  const kmPerDegreeEast = KM_PER_DEGREE * Math.cos((((south + north) / 2) * Math.PI) / 180);
  const widthKm = (east - west) * kmPerDegreeEast;
  const heightKm = (north - south) * KM_PER_DEGREE;
  const columns = Math.max(1, Math.ceil(widthKm / cellKm));
  const rows = Math.max(1, Math.ceil(heightKm / cellKm));
  const count = rows * columns;
  if (!(widthKm > 0 && heightKm > 0 && cellKm > 0) || count > MOST_CELLS) {
    throw new InvalidInputError({
      what: 'crowd grid',
      reason: `${widthKm.toFixed(0)} x ${heightKm.toFixed(0)} km in cells of ${cellKm} km`,
      remedy: `give bounds with an area and at most ${MOST_CELLS} cells`,
    });
  }
  const eastKm = new Float64Array(count);
  const northKm = new Float64Array(count);
  for (let i = 0; i < count; i++) {
    eastKm[i] = ((i % columns) + 0.5) * cellKm - widthKm / 2;
    northKm[i] = (Math.floor(i / columns) + 0.5) * cellKm - heightKm / 2;
  }
  return { bounds, cellKm, rows, columns, count, eastKm, northKm, kmPerDegreeEast };
}

/** Cell of a place; -1 outside. */
export function cellOf(grid: CrowdGrid, latitude: number, longitude: number): number {
  const column = Math.floor(((longitude - grid.bounds.west) * grid.kmPerDegreeEast) / grid.cellKm);
  const row = Math.floor(((latitude - grid.bounds.south) * KM_PER_DEGREE) / grid.cellKm);
  const inside = column >= 0 && column < grid.columns && row >= 0 && row < grid.rows;
  return inside ? row * grid.columns + column : -1;
}

/** Latitude and longitude of a point given in km from the middle of the grid. */
export function placeOf(
  grid: CrowdGrid,
  eastKm: number,
  northKm: number,
): { readonly latitude: number; readonly longitude: number } {
  const { west, east, south, north } = grid.bounds;
  return {
    latitude: (south + north) / 2 + northKm / KM_PER_DEGREE,
    longitude: (west + east) / 2 + eastKm / grid.kmPerDegreeEast,
  };
}
