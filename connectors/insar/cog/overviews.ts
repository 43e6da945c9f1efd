/**
 * Reduced versions of a raster: each pixel is the mean of the up to four valid pixels below it, so that
 * missing ones neither spread nor count as zero.
 * @module
 */

import type { SampleArray } from '../tiff/samples.js';

/** A band of real numbers. */
export interface Plane {
  readonly rows: number;
  readonly columns: number;
  /** Row-major [rows, columns]. */
  readonly values: SampleArray;
}

/** Half the size, rounded up. `nodata` marks missing pixels besides NaN; null when there is none. */
export function halved(plane: Plane, nodata: number | null): Plane {
  const rows = Math.ceil(plane.rows / 2);
  const columns = Math.ceil(plane.columns / 2);
  const isFloat = plane.values instanceof Float32Array || plane.values instanceof Float64Array;
  const values = emptyLike(plane.values, rows * columns);
  const missing = missingValue(plane.values, nodata) ?? Number.NaN;
  for (let row = 0; row < rows; row++) {
    const top = 2 * row * plane.columns;
    const hasBelow = 2 * row + 1 < plane.rows;
    for (let column = 0; column < columns; column++) {
      const at = top + 2 * column;
      const hasRight = 2 * column + 1 < plane.columns;
      let [sum, count] = [0, 0];
      for (let k = 0; k < 4; k++) {
        if ((k & 1 && !hasRight) || (k & 2 && !hasBelow)) continue;
        const value = plane.values[at + (k & 1) + (k & 2 ? plane.columns : 0)] as number;
        if (Number.isNaN(value) || value === missing) continue;
        sum += value;
        count++;
      }
      const mean = count > 0 ? sum / count : missing;
      values[row * columns + column] = isFloat ? mean : Math.round(mean);
    }
  }
  return { rows, columns, values };
}

/** A zeroed array of the same type. */
export function emptyLike(values: SampleArray, length: number): SampleArray {
  return new (values.constructor as new (length: number) => SampleArray)(length);
}

/** The nodata value as an array of this type holds it. */
export function missingValue(values: SampleArray, nodata: number | null): number | null {
  return nodata !== null && values instanceof Float32Array ? Math.fround(nodata) : nodata;
}
