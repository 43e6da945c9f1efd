/**
 * In: the tags of an image. Out: where it lies, as GDAL reads it: transform, CRS, nodata and the text
 * metadata. Source: OGC GeoTIFF 1.1 sections 7.1 to 7.4; GDAL's private tags 42112 and 42113.
 * @module
 */
import { CorruptSourceError } from '../../../core/errors.js';
import type { TiffDirectory } from './directory.js';

/** x0, dx, row rotation, y0, column rotation, -dy of the upper-left corner (GDAL order). */
export type GeoTransform = readonly [number, number, number, number, number, number];

export interface GeoReference {
  /** Null when the image is not georeferenced. */
  readonly transform: GeoTransform | null;
  /** `EPSG:<code>`; null when the file names none. */
  readonly crs: string | null;
  /** True when the file declares a CRS of its own instead of a code. */
  readonly isUserDefined: boolean;
  /** Value that stands for no data; null when undeclared. */
  readonly nodata: number | null;
  /** Items of GDAL_METADATA without a band of their own, by name. */
  readonly metadata: Readonly<Record<string, string>>;
}

const RASTER_TYPE_KEY = 1025;
const PIXEL_IS_POINT = 2;
const GEODETIC_CRS_KEY = 2048;
const PROJECTED_CRS_KEY = 3072;
const USER_DEFINED = 32767;
const MAX_METADATA = 2 ** 20;

/** Georeference of an image. Throws CorruptSourceError naming the tag. */
export async function readGeoReference(
  directory: TiffDirectory,
  source: string,
): Promise<GeoReference> {
  const keys = await geoKeys(directory);
  const nodata = (await directory.text(42113))?.trim();
  return {
    transform: await transformOf(directory, keys.pixelIsPoint),
    crs: keys.crs,
    isUserDefined: keys.isUserDefined,
    nodata: nodata ? parseNoData(nodata, source) : null,
    metadata: metadataItems((await directory.text(42112)) ?? ''),
  };
}

async function geoKeys(
  directory: TiffDirectory,
): Promise<{ crs: string | null; isUserDefined: boolean; pixelIsPoint: boolean }> {
  // Section 7.1.3: four header numbers, then four numbers a key.
  const numbers = (await directory.numbers(34735)) ?? [];
  const keys = new Map<number, number>();
  for (let i = 4; i + 3 < numbers.length; i += 4) {
    // Only keys whose value is stored in place hold codes.
    if (numbers[i + 1] === 0) keys.set(numbers[i] as number, numbers[i + 3] as number);
  }
  const code = keys.get(PROJECTED_CRS_KEY) ?? keys.get(GEODETIC_CRS_KEY);
  const named = code !== undefined && code > 0 && code < USER_DEFINED;
  return {
    crs: named ? `EPSG:${code}` : null,
    isUserDefined: code === USER_DEFINED,
    pixelIsPoint: keys.get(RASTER_TYPE_KEY) === PIXEL_IS_POINT,
  };
}

async function transformOf(
  directory: TiffDirectory,
  pixelIsPoint: boolean,
): Promise<GeoTransform | null> {
  const shift = pixelIsPoint ? 0.5 : 0;
  const scale = await directory.numbers(33550);
  const tie = await directory.numbers(33922);
  if (scale && scale.length >= 2 && scale[0] !== 0 && scale[1] !== 0) {
    if (!tie || tie.length < 6) return null;
    const [dx, dy] = [scale[0] as number, Math.abs(scale[1] as number)];
    const x0 = (tie[3] as number) - ((tie[0] as number) + shift) * dx;
    const y0 = (tie[4] as number) + ((tie[1] as number) + shift) * dy;
    return [x0, dx, 0, y0, 0, -dy];
  }
  const matrix = await directory.numbers(34264);
  if (!matrix || matrix.length !== 16) return null;
  const [a, b, , c, d, e, , f] = matrix as number[] as [
    ...[number, number, number, number, number, number, number, number],
  ];
  return [c - shift * (a + b), a, b, f - shift * (d + e), d, e];
}

function parseNoData(text: string, source: string): number {
  if (/^[+-]?nan/i.test(text)) return Number.NaN;
  if (/^[+-]?inf/i.test(text)) return text.startsWith('-') ? -Infinity : Infinity;
  const value = Number(text);
  if (Number.isNaN(value)) {
    throw new CorruptSourceError({
      source,
      at: 'TIFF tag 42113 (GDAL_NODATA)',
      reason: `'${text.slice(0, 40)}' is no number`,
    });
  }
  return value;
}

const ENTITIES: Readonly<Record<string, string>> = {
  ...{ lt: '<', gt: '>', quot: '"', apos: "'", amp: '&' },
};

function metadataItems(xml: string): Readonly<Record<string, string>> {
  const items: Record<string, string> = {};
  for (const match of xml.slice(0, MAX_METADATA).matchAll(/<Item ([^>]*)>([^<]*)<\/Item>/g)) {
    const name = /\bname="([^"]*)"/.exec(match[1] ?? '')?.[1];
    if (name === undefined || /\bsample="[1-9]/.test(match[1] ?? '')) continue;
    items[name] = (match[2] ?? '').replace(
      /&(lt|gt|quot|apos|amp);/g,
      (_, entity: string) => ENTITIES[entity] as string,
    );
  }
  return items;
}
