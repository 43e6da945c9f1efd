/**
 * In: the path of a GeoTIFF. Out: band 1 of its first image with size, CRS, transform and nodata.
 * Every pixel is the stored one or the file is refused. Windows, overviews, several bands, threads and
 * remote files: `tiff/read.ts`, which this is the short way to.
 * @module
 */
import { UnsupportedSourceError } from '../../core/errors.js';
import type { RemotePolicy } from './remote/http-source.js';
import { openByteSource } from './remote/open-source.js';
import type { GeoTransform } from './tiff/geo.js';
import type { SampleType } from './tiff/image.js';
import { openRaster, readWindow, type Raster } from './tiff/read.js';

export type { SampleType } from './tiff/image.js';

/** What the header says; GDAL's conventions. */
export interface GeoTiffInfo {
  readonly rows: number;
  readonly columns: number;
  readonly bands: number;
  readonly dtype: SampleType;
  /** Value that stands for no data as declared in GDAL_NODATA; null when undeclared. */
  readonly nodata: number | null;
  /** x0, dx, 0, y0, 0, -dy of the upper-left corner; null when the file is not georeferenced. */
  readonly transform: GeoTransform | null;
  /** `EPSG:<code>`; null when the file names none. */
  readonly crs: string | null;
  readonly compression: string;
  readonly littleEndian: boolean;
  /** Items of GDAL_METADATA. */
  readonly metadata: Readonly<Record<string, string>>;
}

export interface GeoTiffBand {
  readonly info: GeoTiffInfo;
  /** Row-major [y, x], row 0 first, as stored: nodata values are kept. */
  readonly values: Float32Array | Float64Array;
}

/** Files above this are read by windows, not whole. */
const MAX_PIXELS = 2 ** 28;

/** Header of a GeoTIFF. Throws UnavailableError, CorruptSourceError or UnsupportedSourceError. */
export async function readGeoTiffInfo(file: string): Promise<GeoTiffInfo> {
  return withRaster(file, (raster) => describe(raster));
}

/** Band 1 of a GeoTIFF, whole. Errors as readGeoTiffInfo; CorruptSourceError names the block. */
export async function readGeoTiff(file: string): Promise<GeoTiffBand> {
  return withRaster(file, async (raster) => {
    const info = describe(raster);
    const samples = await readWindow(raster);
    const isFloat = samples instanceof Float32Array || samples instanceof Float64Array;
    return { info, values: isFloat ? samples : Float64Array.from(samples) };
  });
}

/**
 * Opens a GeoTIFF, hands it to `use` and closes it. `remote` lets `file` be an address, too. Errors as
 * readGeoTiffInfo and openHttpSource.
 */
export async function withRaster<Result>(
  file: string,
  use: (raster: Raster) => Result | Promise<Result>,
  remote: RemotePolicy = { allowedHosts: [] },
): Promise<Result> {
  const source = await openByteSource(file, remote);
  try {
    return await use(await openRaster(source));
  } finally {
    await source.close();
  }
}

function describe({ source, image, geo }: Raster): GeoTiffInfo {
  const { rows, columns, bands, dtype, compression, littleEndian } = image;
  const refuse = (reason: string, remedy: string): UnsupportedSourceError =>
    new UnsupportedSourceError({ source: source.name, reason, remedy });
  if (rows * columns > MAX_PIXELS) {
    throw refuse(`${rows} x ${columns} pixels`, `crop it to at most ${MAX_PIXELS} pixels`);
  }
  if (bands > 1) throw refuse(`${bands} bands`, 'give a file with one band');
  if (dtype.startsWith('complex')) {
    throw refuse(
      `${dtype} samples (complex)`,
      'give unwrapped phase as float32; a complex interferogram must be unwrapped first',
    );
  }
  const { nodata, transform, crs, metadata } = geo;
  return {
    ...{ rows, columns, bands, dtype, nodata, transform, crs, compression, littleEndian, metadata },
  };
}
