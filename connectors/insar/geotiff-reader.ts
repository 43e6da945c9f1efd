/**
 * In: the path of a GeoTIFF. Out: band 1 of its first image with size, CRS, transform and nodata.
 * Every pixel is the stored one or the file is refused. Windows, overviews, several bands, threads and
 * remote files: `tiff/read.ts`, which this is the short way to.
 * @module
 */
import { existsSync } from 'node:fs';
import { CorruptSourceError, UnsupportedSourceError } from '../../core/errors.js';
import type { RemotePolicy } from './remote/http-source.js';
import { openByteSource } from './remote/open-source.js';
import type { GeoTransform } from './tiff/geo.js';
import type { SampleType } from './tiff/image.js';
import { readMask } from './tiff/read-mask.js';
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
  /** True when stored numbers stand for others by a declared scale or offset. */
  readonly isScaled: boolean;
  /** Unit as the file names it; null when it names none. */
  readonly unit: string | null;
  /** Items of GDAL_METADATA. */
  readonly metadata: Readonly<Record<string, string>>;
}

export interface GeoTiffBand {
  readonly info: GeoTiffInfo;
  /**
   * Row-major [y, x], row 0 first, as stored: nodata values are kept. Pixels that a mask leaves out are NaN; numbers
   * with a declared scale or offset have it applied, and are NaN where they are nodata.
   */
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
    const values = isFloat ? samples : Float64Array.from(samples);
    const { scale, offset } = raster.geo;
    if (info.isScaled) {
      const nodata = info.nodata === null ? null : Math.fround(info.nodata);
      values.forEach((value, i) => {
        const isMissing = value === info.nodata || (isFloat && value === nodata);
        values[i] = isMissing ? Number.NaN : scale * value + offset;
      });
    }
    const counts = (await readMask(raster)) ?? (await readMaskBeside(file, info));
    counts?.forEach((counted, i) => {
      if (counted === 0) values[i] = Number.NaN;
    });
    return { info, values };
  });
}

/** GDAL's mask in a file of its own, `<file>.msk`: 0 does not count; null when there is none. */
async function readMaskBeside(file: string, info: GeoTiffInfo): Promise<Uint8Array | null> {
  const beside = `${file}.msk`;
  if (!existsSync(beside)) return null;
  return withRaster(beside, async (raster) => {
    const { rows, columns } = raster.image;
    if (rows !== info.rows || columns !== info.columns) {
      throw new CorruptSourceError({
        source: raster.source.name,
        at: 'TIFF tags 256 and 257',
        reason: `the mask has ${rows} x ${columns} pixels, its raster ${info.rows} x ${info.columns}`,
      });
    }
    return Uint8Array.from(await readWindow(raster), (value) => (value === 0 ? 0 : 1));
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
  const { nodata, transform, crs, unit, metadata } = geo;
  return {
    ...{ isScaled: geo.scale !== 1 || geo.offset !== 0, unit },
    ...{ rows, columns, bands, dtype, nodata, transform, crs, compression, littleEndian, metadata },
  };
}
