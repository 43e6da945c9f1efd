/**
 * Places on a north-up grid.
 * @module
 */

export interface PlacedGrid {
  readonly rows: number;
  readonly columns: number;
  /** GDAL order, upper-left corner. */
  readonly transform: readonly [number, number, number, number, number, number];
}

/** Row and column (pixel centres are whole numbers) of a coordinate in the CRS of the grid. */
export function pixelAt(
  grid: PlacedGrid,
  x: number,
  y: number,
): { readonly row: number; readonly column: number; readonly isInside: boolean } {
  const [x0, dx, , y0, , dy] = grid.transform;
  const column = (x - x0) / dx - 0.5;
  const row = (y - y0) / dy - 0.5;
  const isInside =
    column >= -0.5 && row >= -0.5 && column <= grid.columns - 0.5 && row <= grid.rows - 0.5;
  return { row, column, isInside };
}

/** Centre of a pixel. */
export function centreOf(grid: PlacedGrid, row: number, column: number): readonly [number, number] {
  const [x0, dx, , y0, , dy] = grid.transform;
  return [x0 + (column + 0.5) * dx, y0 + (row + 0.5) * dy];
}

/**
 * Values of `source` at the pixel centres of `target` (same CRS), bilinear; NaN outside and where any of the
 * four neighbours that carry weight has none.
 */
export function resample(
  source: PlacedGrid,
  values: Float32Array,
  target: PlacedGrid,
): Float32Array {
  const out = new Float32Array(target.rows * target.columns);
  for (let row = 0; row < target.rows; row++) {
    for (let column = 0; column < target.columns; column++) {
      const at = pixelAt(source, ...centreOf(target, row, column));
      out[row * target.columns + column] = at.isInside
        ? bilinear(source, values, at.row, at.column)
        : Number.NaN;
    }
  }
  return out;
}

function bilinear(grid: PlacedGrid, values: Float32Array, row: number, column: number): number {
  const r = Math.min(grid.rows - 1, Math.max(0, row));
  const c = Math.min(grid.columns - 1, Math.max(0, column));
  const [r0, c0] = [Math.floor(r), Math.floor(c)];
  const [v, u] = [r - r0, c - c0];
  let sum = 0;
  for (const [down, right, weight] of [
    [0, 0, (1 - v) * (1 - u)],
    [0, 1, (1 - v) * u],
    [1, 0, v * (1 - u)],
    [1, 1, v * u],
  ] as const) {
    // Grids that agree to rounding must not take in a neighbour that has no data.
    if (weight > 1e-6) sum += weight * (values[(r0 + down) * grid.columns + c0 + right] as number);
  }
  return sum;
}
