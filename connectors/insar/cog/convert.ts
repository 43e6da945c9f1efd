/** In: the path of a GeoTIFF. Out: the same pixels as a Cloud-Optimized GeoTIFF. @module */
import { UnsupportedSourceError } from '../../../core/errors.js';
import { withRaster } from '../geotiff-reader.js';
import { readTiffFile } from '../tiff/directory.js';
import { readWindow, type Raster } from '../tiff/read.js';
import type { GeoKeyTags } from './describe.js';
import { writeCog, type CogSettings } from './write-cog.js';

const MAX_PIXELS = 2 ** 28;

/** What was written. */
export interface ConvertedCog {
  readonly rows: number;
  readonly columns: number;
  readonly dtype: string;
  readonly bytes: number;
  /** The full image and its overviews. */
  readonly levels: number;
}

/**
 * Writes band `band` (from 1) of `from` to `to`. Throws what reading and writing throw; nothing is left
 * under `to` then. Raster metadata stay, statistics are made anew.
 */
export async function convertToCog(input: {
  readonly from: string;
  readonly to: string;
  readonly band: number;
  readonly settings: CogSettings;
}): Promise<ConvertedCog> {
  return withRaster(input.from, async (raster) => {
    const { image, geo, source } = raster;
    if (image.rows * image.columns > MAX_PIXELS || image.dtype.startsWith('complex')) {
      throw new UnsupportedSourceError({
        source: source.name,
        reason: `${image.rows} x ${image.columns} pixels of ${image.dtype}`,
        remedy: `give real numbers and at most ${MAX_PIXELS} pixels`,
      });
    }
    const values = await readWindow(raster, { band: input.band - 1 });
    const metadata = Object.fromEntries(
      Object.entries(geo.metadata).filter(([name]) => !name.startsWith('STATISTICS_')),
    );
    const keys = await geoKeysOf(raster);
    const { rows, columns } = image;
    const made = await writeCog(
      input.to,
      {
        ...{ rows, columns, values, metadata },
        ...{ transform: geo.transform, crs: geo.crs, nodata: geo.nodata },
        ...(keys ? { geoKeys: keys } : {}),
      },
      input.settings,
    );
    return { rows, columns, dtype: image.dtype === 'float16' ? 'float32' : image.dtype, ...made };
  });
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
