/**
 * A map of shaking: medians of intensity, peak acceleration and peak velocity on a grid of latitude and
 * longitude, each with its standard deviation.
 * @module
 */

/** One layer of a map, row-major from the north-west corner, `rows * columns` long. */
export interface ShakingLayer {
  /** MMI, log10 gal or log10 cm/s. */
  readonly median: Float64Array;
  /** Standard deviation in the same units, of the motion at the cell's centre. */
  readonly sigma: Float64Array;
}

export interface ShakingMap {
  readonly rows: number;
  readonly columns: number;
  /** Outer edge of the north-west cell and size of a cell, degrees. */
  readonly west: number;
  readonly north: number;
  readonly cellDeg: { readonly longitude: number; readonly latitude: number };
  readonly layers: {
    readonly mmi: ShakingLayer;
    readonly pga: ShakingLayer;
    readonly pgv: ShakingLayer;
  };
}

/** Names of the layers in the order of all tables. */
export const SHAKING_LAYERS = ['mmi', 'pga', 'pgv'] as const;

/** Centre of a cell, degrees. */
export function cellCentre(
  map: Pick<ShakingMap, 'columns' | 'west' | 'north' | 'cellDeg'>,
  index: number,
): { readonly latitude: number; readonly longitude: number } {
  const row = Math.floor(index / map.columns);
  const column = index % map.columns;
  return {
    latitude: map.north - (row + 0.5) * map.cellDeg.latitude,
    longitude: map.west + (column + 0.5) * map.cellDeg.longitude,
  };
}
