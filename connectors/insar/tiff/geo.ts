/**
 * In: the tags of an image. Out: where it lies, as GDAL reads it: transform, CRS, nodata and the text
 * metadata. Source: OGC GeoTIFF 1.1 sections 7.1 to 7.4; GDAL's private tags 42112 and 42113.
 * @module
 */
import { CorruptSourceError } from '../../../core/errors.js';
import type { TiffDirectory } from './directory.js';

/** x0, dx, row rotation, y0, column rotation, -dy of the upper-left corner (GDAL order). */
export type GeoTransform = readonly [number, number, number, number, number, number];

/** What a file says of one band (from 0): role `scale`, `offset`, `unittype` or `description`. */
export interface BandItem {
  readonly name: string;
  readonly role: string;
  readonly band: number;
  readonly text: string;
}

export interface GeoReference {
  /** Null when the image is not georeferenced. */
  readonly transform: GeoTransform | null;
  /** `EPSG:<code>` of the places; null when the file names none. */
  readonly crs: string | null;
  /** Code of the heights (EPSG:4979: those above the ellipsoid of EPSG:4326); null when it names none. */
  readonly verticalEpsg: number | null;
  /** Tie points of a raster without a transform, which places it only once it is warped; 0 for all others. */
  readonly controlPoints: number;
  /** True when the file declares a CRS of its own instead of a code. */
  readonly isUserDefined: boolean;
  /** Value that stands for no data; null when undeclared. */
  readonly nodata: number | null;
  /** A stored number v stands for `scale` v + `offset` (1 and 0 when undeclared), of band 1. */
  readonly scale: number;
  readonly offset: number;
  /** Unit of band 1 as the file names it. */
  readonly unit: string | null;
  /** Scale, offset, unit and description of each band, as the file has them. */
  readonly bandItems: readonly BandItem[];
  /** Items of GDAL_METADATA without a band of their own, and those of band 1, by name. */
  readonly metadata: Readonly<Record<string, string>>;
}

const RASTER_TYPE_KEY = 1025;
const PIXEL_IS_POINT = 2;
const MODEL_TYPE_KEY = 1024;
const MODEL_IS_GEOGRAPHIC = 2;
const GEODETIC_CRS_KEY = 2048;
const PROJECTED_CRS_KEY = 3072;
/** Projection, its method and unit: present where the CRS is projected, with or without a code. */
const PROJECTION_KEYS: readonly number[] = [3074, 3075, 3076];
const VERTICAL_KEY = 4096;
/** WGS 84 with heights: its places are those of EPSG:4326. */
const WGS84_3D = 4979;
const WGS84 = 4326;
const USER_DEFINED = 32767;
const MAX_METADATA = 2 ** 20;

/** Georeference of an image. Throws CorruptSourceError naming the tag. */
export async function readGeoReference(
  directory: TiffDirectory,
  source: string,
): Promise<GeoReference> {
  const keys = await geoKeys(directory);
  const nodata = (await directory.text(42113))?.trim();
  const transform = await transformOf(directory, keys.pixelIsPoint);
  const xml = ((await directory.text(42112)) ?? '').slice(0, MAX_METADATA);
  const tie = (await directory.numbers(33922)) ?? [];
  const bandItems = bandItemsOf(xml);
  return {
    transform,
    crs: keys.crs,
    verticalEpsg: keys.verticalEpsg,
    controlPoints: transform ? 0 : Math.floor(tie.length / 6),
    isUserDefined: keys.isUserDefined,
    nodata: nodata ? parseNoData(nodata, source) : null,
    scale: bandNumber(bandItems, 'scale', source) ?? 1,
    offset: bandNumber(bandItems, 'offset', source) ?? 0,
    unit:
      bandItems.find(({ role, band }) => role === 'unittype' && band === 0)?.text.trim() || null,
    bandItems,
    metadata: metadataItems(xml),
  };
}

async function geoKeys(directory: TiffDirectory): Promise<{
  readonly crs: string | null;
  readonly verticalEpsg: number | null;
  readonly isUserDefined: boolean;
  readonly pixelIsPoint: boolean;
}> {
  // Section 7.1.3: four header numbers, then four numbers a key.
  const numbers = (await directory.numbers(34735)) ?? [];
  const keys = new Map<number, number>();
  for (let i = 4; i + 3 < numbers.length; i += 4) {
    // Only keys whose value is stored in place hold codes; others count by being there.
    keys.set(numbers[i] as number, numbers[i + 1] === 0 ? (numbers[i + 3] as number) : Number.NaN);
  }
  // A projection without a code is not the geographic CRS under it.
  const isProjected =
    PROJECTION_KEYS.some((key) => keys.has(key)) &&
    keys.get(MODEL_TYPE_KEY) !== MODEL_IS_GEOGRAPHIC;
  const code =
    keys.get(PROJECTED_CRS_KEY) ?? (isProjected ? USER_DEFINED : keys.get(GEODETIC_CRS_KEY));
  const isNamed = (value: number | undefined): value is number =>
    value !== undefined && value > 0 && value < USER_DEFINED;
  // GDAL takes heights from files of GeoTIFF 1.1 only.
  const vertical = (numbers[2] ?? 0) > 0 ? keys.get(VERTICAL_KEY) : undefined;
  return {
    crs: isNamed(code) ? `EPSG:${code === WGS84_3D ? WGS84 : code}` : null,
    verticalEpsg: code === WGS84_3D ? WGS84_3D : isNamed(vertical) ? vertical : null,
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
  // The second forms are those of Microsoft's C library, which GDAL reads, too.
  if (/^[+-]?(nan|1\.#(qnan|snan|ind))/i.test(text)) return Number.NaN;
  if (/^[+-]?(inf|1\.#inf)/i.test(text)) return text.startsWith('-') ? -Infinity : Infinity;
  const value = Number(text);
  if (Number.isNaN(value) || /^[+-]?0x/i.test(text)) {
    throw new CorruptSourceError({
      source,
      at: 'TIFF tag 42113 (GDAL_NODATA)',
      reason: `'${text.slice(0, 40)}' is no number`,
    });
  }
  return value;
}

/** What GDAL keeps of single bands under roles. */
function bandItemsOf(xml: string): BandItem[] {
  return [...xml.matchAll(/<Item ([^>]*)>([^<]*)<\/Item>/g)].flatMap(
    ([, names = '', text = '']) => {
      const attribute = (name: string): string | undefined =>
        new RegExp(`\\b${name}="([^"]*)"`).exec(names)?.[1];
      const [name, role, sample] = [attribute('name'), attribute('role'), attribute('sample')];
      if (!name || !role || !sample) return [];
      return [{ name, role, band: Number(sample), text: plainText(text) }];
    },
  );
}

function bandNumber(
  items: readonly BandItem[],
  role: 'scale' | 'offset',
  source: string,
): number | undefined {
  const text = items.find((item) => item.role === role && item.band === 0)?.text;
  const value = text === undefined || text.trim() === '' ? undefined : Number(text);
  if (value === undefined || Number.isFinite(value)) return value;
  throw new CorruptSourceError({
    source,
    at: `TIFF tag 42112 (GDAL_METADATA), ${role}`,
    reason: `'${text?.slice(0, 40)}' is no number`,
  });
}

const ENTITIES: Readonly<Record<string, string>> = {
  ...{ lt: '<', gt: '>', quot: '"', apos: "'", amp: '&' },
};

function metadataItems(xml: string): Readonly<Record<string, string>> {
  const items: Record<string, string> = {};
  for (const match of xml.matchAll(/<Item ([^>]*)>([^<]*)<\/Item>/g)) {
    const name = /\bname="([^"]*)"/.exec(match[1] ?? '')?.[1];
    if (name === undefined || /\bsample="[1-9]/.test(match[1] ?? '')) continue;
    items[name] = plainText(match[2] ?? '');
  }
  return items;
}

function plainText(xml: string): string {
  return xml.replace(/&(lt|gt|quot|apos|amp);/g, (_, entity: string) => ENTITIES[entity] as string);
}
