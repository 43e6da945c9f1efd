/** What `insar inspect` says of a file, whatever its format. @module */
import type { GeoTransform } from '../tiff/geo.js';
import type { BandStatistics, JsonNumber } from './statistics.js';

export interface InsarInspection extends BandStatistics {
  readonly file: string;
  readonly format: string;
  /** Null when the file names none that is known. */
  readonly product: string | null;
  /** What the numbers are, for example `unwrapped phase`. */
  readonly quantity: string | null;
  readonly unit: string | null;
  /** Rows, columns; for several bands see `bands`. */
  readonly shape: readonly number[];
  readonly rows: number;
  readonly columns: number;
  readonly bands: number;
  readonly dtype: string;
  readonly crs: string | null;
  /** a, b, c, d, e, f: x = a column + b row + c, y = d column + e row + f at pixel corners (rasterio). */
  readonly transform: readonly number[] | null;
  /** The same in GDAL's order: c, a, b, f, d, e. */
  readonly geoTransform: GeoTransform | null;
  readonly nodata: JsonNumber;
  /** A stored number v stands for `scale` v + `offset`; 1 and 0 where the file does not say. */
  readonly scale: number;
  readonly offset: number;
  /** Direction along the line of sight that counts as positive in the file. */
  readonly sign: 'away' | 'towards' | null;
  /** Ground to satellite, east, north, up: of the middle of the scene; null when unknown. */
  readonly lookVector: readonly number[] | null;
  readonly firstDate: string | null;
  readonly secondDate: string | null;
  readonly wavelengthM: number | null;
  /** What a scene would need and the file and its companions lack. */
  readonly missing: readonly string[];
  readonly notes: readonly string[];
  /** Storage: byte order, compression, blocks, overviews. */
  readonly storage: Readonly<Record<string, unknown>>;
  /** Of each band where there are several; the fields above are those of the first. */
  readonly bandStatistics?: readonly BandStatistics[];
}

/** GDAL's order to rasterio's. */
export function affineOf(transform: GeoTransform | null): readonly number[] | null {
  if (!transform) return null;
  const [c, a, b, f, d, e] = transform;
  return [a, b, c, d, e, f];
}
