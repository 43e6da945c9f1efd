/** In: the path of a GeoTIFF. Out: the same pixels as a Cloud-Optimized GeoTIFF. @module */
import { UnsupportedSourceError } from '../../../core/errors.js';
import { withRaster } from '../geotiff-reader.js';
import { readTiffFile } from '../tiff/directory.js';
import { readMask } from '../tiff/read-mask.js';
import { readWindow, type Raster } from '../tiff/read.js';
import type { SampleArray } from '../tiff/samples.js';
import type { RemotePolicy } from '../remote/http-source.js';
import type { GeoTransform } from '../tiff/geo.js';
import type { PixelWindow } from '../tiff/plan.js';
import type { GeoKeyTags } from './describe.js';
import { writeCog, type CogSettings } from './write-cog.js';

const MAX_PIXELS = 2 ** 28;

/** What was written. */
export interface ConvertedCog {
  readonly rows: number;
  readonly columns: number;
  readonly dtype: string;
  readonly transform: GeoTransform | null;
  readonly crs: string | null;
  readonly bytes: number;
  /** The full image and its overviews. */
  readonly levels: number;
}

/**
 * Writes band `band` (from 1) of `from` to `to`. Throws what reading and writing throw; nothing is left
 * under `to` then. Raster metadata stay, statistics are made anew, masked pixels become nodata.
 */
export async function convertToCog(input: {
  readonly from: string;
  readonly to: string;
  readonly band: number;
  /** Only this part is read; the whole raster when absent. */
  readonly window?: PixelWindow;
  /** Hosts that `from` may be an address of. */
  readonly remote?: RemotePolicy;
  readonly settings: CogSettings;
}): Promise<ConvertedCog> {
  const use = async (raster: Raster): Promise<ConvertedCog> => {
    const { image, geo, source } = raster;
    const { rows, columns } = input.window ?? image;
    if (rows * columns > MAX_PIXELS || image.dtype.startsWith('complex')) {
      throw new UnsupportedSourceError({
        source: source.name,
        reason: `${rows} x ${columns} pixels of ${image.dtype}`,
        remedy: `give real numbers and at most ${MAX_PIXELS} pixels`,
      });
    }
    const { window } = input;
    const values = await readWindow(raster, {
      band: input.band - 1,
      ...(window ? { window } : {}),
    });
    const nodata = await leaveOutMasked(
      raster,
      values,
      window ?? { row: 0, column: 0, rows, columns },
    );
    const ofBands = new Set(geo.bandItems.map(({ name }) => name));
    const metadata = Object.fromEntries(
      Object.entries(geo.metadata).filter(
        ([name]) => !name.startsWith('STATISTICS_') && !ofBands.has(name),
      ),
    );
    const bandItems = geo.bandItems.filter(({ band }) => band === input.band - 1);
    const keys = await geoKeysOf(raster);
    const made = await writeCog(
      input.to,
      {
        ...{ rows, columns, values, metadata, bandItems },
        ...{ transform: moved(geo.transform, window), crs: geo.crs, nodata },
        ...(keys ? { geoKeys: keys } : {}),
      },
      input.settings,
    );
    const dtype = image.dtype === 'float16' ? 'float32' : image.dtype;
    const transform = moved(geo.transform, window);
    return { rows, columns, dtype, transform, crs: geo.crs, ...made };
  };
  return withRaster(input.from, use, input.remote);
}

/** A mask is not written: what it leaves out becomes nodata, which is given back. Throws UnsupportedSourceError where nothing can say that. */
async function leaveOutMasked(
  raster: Raster,
  values: SampleArray,
  window: PixelWindow,
): Promise<number | null> {
  const mask = await readMask(raster);
  if (!mask) return raster.geo.nodata;
  const isFloat = values instanceof Float32Array || values instanceof Float64Array;
  const missing = raster.geo.nodata ?? (isFloat ? Number.NaN : null);
  if (missing === null) {
    throw new UnsupportedSourceError({
      source: raster.source.name,
      reason: 'it has a mask of pixels that do not count, and no nodata value to write for them',
      remedy: 'declare one with gdal_edit.py -a_nodata',
    });
  }
  for (let i = 0; i < values.length; i++) {
    const row = window.row + Math.floor(i / window.columns);
    const column = window.column + (i % window.columns);
    if (mask[row * raster.image.columns + column] === 0) values[i] = missing;
  }
  return missing;
}

/** The transform of a window's own corner. */
function moved(transform: GeoTransform | null, window?: PixelWindow): GeoTransform | null {
  if (!transform || !window) return transform;
  const [x0, a, b, y0, d, e] = transform;
  const { row, column } = window;
  return [x0 + column * a + row * b, a, b, y0 + column * d + row * e, d, e];
}

async function geoKeysOf({ source }: Raster): Promise<GeoKeyTags | null> {
  const [first] = (await readTiffFile(source)).directories;
  const directory = await first?.numbers(34735);
  if (!first || !directory) return null;
  return {
    directory,
    doubles: (await first.numbers(34736)) ?? [],
    text: (await first.text(34737)) ?? '',
  };
}
