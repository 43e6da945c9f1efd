/** In: the stored numbers of a scene. Out: a refusal when some are no motion of the ground. @module */
import { CorruptSourceError } from '../../core/errors.js';

/** 5,000 rad are 20 m and more at the wavelengths of satellites; no quake moved the ground so far. */
const MOST = { rad: 5000, m: 100 } as const;

/**
 * Refuses numbers beyond any ground motion, such as -9999 where another value is declared as no data or none is:
 * kept, they would be displacements. Throws CorruptSourceError with the value and how many pixels hold it.
 */
export function checkPlausible(input: {
  readonly values: Float32Array | Float64Array;
  readonly nodata: number | null;
  readonly unit: 'rad' | 'm';
  readonly columns: number;
  readonly source: string;
}): void {
  const { values, nodata, unit, columns, source } = input;
  const limit = MOST[unit];
  const isWrong = (value: number): boolean =>
    Number.isFinite(value) && Math.abs(value) > limit && value !== nodata && !isNear(value, nodata);
  const first = values.findIndex(isWrong);
  if (first < 0) return;
  const value = values[first] as number;
  let count = 0;
  for (const each of values) if (each === value) count++;
  throw new CorruptSourceError({
    source,
    at: `row ${Math.floor(first / columns)}, column ${first % columns}`,
    reason: `${count} of ${values.length} pixels are ${value} ${unit}, which no ground moves; nodata is ${
      nodata === null ? 'not declared' : `declared as ${nodata}`
    }: declare it (gdal_edit.py -a_nodata ${value}) if it stands for no data`,
  });
}

/** A nodata value in text may have fewer digits than the samples. */
function isNear(value: number, nodata: number | null): boolean {
  return nodata !== null && Math.fround(nodata) === Math.fround(value);
}
