/** Where a raster lies and what it holds, as tags of a TIFF. @module */
import type { Tag } from './directory-bytes.js';
import type { BandItem, GeoTransform } from '../tiff/geo.js';
import { missingValue, type Plane } from './overviews.js';

/** GeoTIFF keys, their numbers and their texts (GeoTIFF 1.1 section 7.1). */
export interface GeoKeyTags {
  readonly directory: readonly number[];
  readonly doubles: readonly number[];
  readonly text: string;
}

/** A raster to be written. */
export interface CogInput extends Plane {
  /** Null for a raster without georeference. */
  readonly transform: GeoTransform | null;
  /** `EPSG:<code>`; null for none. */
  readonly crs: string | null;
  readonly nodata: number | null;
  /** GeoKey tags 34735 to 34737 of the raster it is made from: they say more than a code. */
  readonly geoKeys?: GeoKeyTags;
  /** Further items of GDAL_METADATA. */
  readonly metadata?: Readonly<Record<string, string>>;
  /** Scale, offset, unit and description of its one band. */
  readonly bandItems?: readonly Pick<BandItem, 'name' | 'role' | 'text'>[];
}

const RASTER_TYPE = 1025;

/** The keys of the source, pixels being areas, or those of the EPSG code; none without either. */
export function geoKeyTags(input: CogInput): Tag[] {
  const { geoKeys } = input;
  if (geoKeys && geoKeys.directory.length >= 4) {
    const directory = geoKeys.directory.map((value, i, all) =>
      i % 4 === 3 && i > 4 && all[i - 3] === RASTER_TYPE ? 1 : value,
    );
    const ascii = [...geoKeys.text].map((sign) => sign.charCodeAt(0) & 0xff);
    return [
      { tag: 34735, type: 'short', values: directory },
      ...(geoKeys.doubles.length > 0
        ? [{ tag: 34736, type: 'double', values: geoKeys.doubles } as const]
        : []),
      ...(ascii.length > 0 ? [{ tag: 34737, type: 'ascii', values: [...ascii, 0] } as const] : []),
    ];
  }
  const code = Number(/^EPSG:(\d+)$/.exec(input.crs ?? '')?.[1] ?? Number.NaN);
  if (Number.isNaN(code)) return [];
  const isGeographic = code >= 4001 && code <= 4999 && isInDegrees(input);
  const place = isGeographic ? [2048, 0, 1, code] : [3072, 0, 1, code];
  const model = [1024, 0, 1, isGeographic ? 2 : 1];
  return [
    { tag: 34735, type: 'short', values: [1, 1, 0, 3, ...model, RASTER_TYPE, 0, 1, 1, ...place] },
  ];
}

/** EPSG codes from 4001 to 4999 are geographic systems but for some, which are in metres. */
function isInDegrees({ transform, columns }: CogInput): boolean {
  if (!transform) return true;
  return Math.abs(transform[3]) <= 91 && Math.abs(transform[0] + columns * transform[1]) <= 721;
}

/** GDAL_METADATA with the items and the statistics of the valid pixels. */
export function metadataXml(input: CogInput): string {
  const items = Object.entries(input.metadata ?? {}).map(
    ([name, value]) => `<Item name="${escape(name)}">${escape(value)}</Item>`,
  );
  for (const { name, role, text } of input.bandItems ?? []) {
    items.push(
      `<Item name="${escape(name)}" sample="0" role="${escape(role)}">${escape(text)}</Item>`,
    );
  }
  for (const [name, value] of Object.entries(statistics(input))) {
    items.push(`<Item name="STATISTICS_${name}" sample="0">${value}</Item>`);
  }
  return `<GDALMetadata>${items.join('')}</GDALMetadata>`;
}

function statistics({ values, nodata }: CogInput): Readonly<Record<string, number>> {
  const missing = missingValue(values, nodata);
  let [count, sum, min, max] = [0, 0, Infinity, -Infinity];
  const isValid = (value: number): boolean => Number.isFinite(value) && value !== missing;
  for (const value of values) {
    if (!isValid(value)) continue;
    count++;
    sum += value;
    if (value < min) min = value;
    if (value > max) max = value;
  }
  if (count === 0) return { VALID_PERCENT: 0 };
  const mean = sum / count;
  let squares = 0;
  for (const value of values) if (isValid(value)) squares += (value - mean) ** 2;
  const percent = Number(((100 * count) / values.length).toPrecision(4));
  return {
    ...{ MAXIMUM: max, MEAN: mean, MINIMUM: min },
    ...{ STDDEV: Math.sqrt(squares / count), VALID_PERCENT: percent },
  };
}

const ESCAPES: Readonly<Record<string, string>> = {
  '<': '&lt;',
  '>': '&gt;',
  '&': '&amp;',
  '"': '&quot;',
};

function escape(text: string): string {
  return text.replace(/[<>&"]/g, (sign) => ESCAPES[sign] as string);
}
