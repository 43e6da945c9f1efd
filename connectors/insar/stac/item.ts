/**
 * STAC items (SpatioTemporal Asset Catalog 1.0.0 and 1.1.0) of rasters: read, and written for scenes.
 * @module
 */
import { z } from 'zod';
import { CorruptSourceError, UnsupportedSourceError } from '../../../core/errors.js';
import type { GeoTransform } from '../tiff/geo.js';
import { utmToLonLat } from '../../../core/utm.js';

/** A file of an item. */
export interface StacAsset {
  readonly key: string;
  /** Absolute, resolved against where the item came from. */
  readonly href: string;
  readonly type: string | null;
  readonly roles: readonly string[];
}

export interface StacItem {
  readonly id: string;
  /** west, south, east, north, degrees; null when the item has no place. */
  readonly bbox: readonly number[] | null;
  readonly start: string | null;
  readonly end: string | null;
  /** `EPSG:<code>` of the projection extension; null when not given. */
  readonly crs: string | null;
  readonly assets: readonly StacAsset[];
}

const schema = z.object({
  type: z.literal('Feature'),
  stac_version: z.string().regex(/^1\.[01]\./),
  id: z.string().min(1).max(1000),
  bbox: z.array(z.number()).min(4).max(6).nullish(),
  properties: z
    .object({
      datetime: z.string().nullish(),
      start_datetime: z.string().nullish(),
      end_datetime: z.string().nullish(),
      'proj:epsg': z.int().nullish(),
      'proj:code': z.string().nullish(),
    })
    .loose(),
  assets: z.record(
    z.string(),
    z.object({
      href: z.string().min(1),
      type: z.string().nullish(),
      roles: z.array(z.string()).nullish(),
    }),
  ),
});

const MAX_BYTES = 2 ** 24;

/** Reads an item; `base` is its own address or path. Throws CorruptSourceError naming the field. */
export function readStacItem(text: string, base: string): StacItem {
  const corrupt = (at: string, reason: string): CorruptSourceError =>
    new CorruptSourceError({ source: base, at, reason });
  if (text.length > MAX_BYTES) throw corrupt('byte 0', `${text.length} characters are too many`);
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw corrupt('byte 0', 'it is not JSON');
  }
  const parsed = schema.safeParse(json);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw corrupt(issue?.path.join('.') || 'item', issue?.message ?? 'is wrong');
  }
  const { id, bbox, properties, assets } = parsed.data;
  const epsg = properties['proj:epsg'];
  const box = bbox?.length === 6 ? [0, 1, 3, 4].map((i) => bbox[i] as number) : bbox;
  return {
    id,
    bbox: box ?? null,
    start: properties.start_datetime ?? properties.datetime ?? null,
    end: properties.end_datetime ?? properties.datetime ?? null,
    crs: properties['proj:code'] ?? (epsg ? `EPSG:${epsg}` : null),
    assets: Object.entries(assets).map(([key, asset]) => ({
      key,
      href: resolve(asset.href, base),
      type: asset.type ?? null,
      roles: asset.roles ?? [],
    })),
  };
}

function resolve(href: string, base: string): string {
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(href)) return href;
  const isUrl = /^[a-z][a-z0-9+.-]*:\/\//i.test(base);
  if (isUrl) return new URL(href, base).href;
  return href.startsWith('/') ? href : `${base.replace(/[^/]*$/, '')}${href}`;
}

/** What an item is made of. */
export interface StacItemInput {
  readonly id: string;
  readonly rows: number;
  readonly columns: number;
  readonly transform: GeoTransform;
  /** EPSG:4326 or UTM on WGS 84 (EPSG:326zz, EPSG:327zz). */
  readonly crs: string;
  /** `YYYY-MM-DD`. */
  readonly firstDate: string;
  readonly secondDate: string;
  readonly assets: readonly {
    readonly key: string;
    readonly href: string;
    readonly title: string;
    readonly roles: readonly string[];
  }[];
}

const COG_TYPE = 'image/tiff; application=geotiff; profile=cloud-optimized';

/**
 * The JSON object of a STAC 1.0.0 item. Throws UnsupportedSourceError for a CRS whose degrees are not
 * known here.
 */
export function stacItem(input: StacItemInput): Readonly<Record<string, unknown>> {
  const { id, rows, columns, transform, crs, firstDate, secondDate } = input;
  const [x0, dx, , y0, , dy] = transform;
  const [x1, y1] = [x0 + columns * dx, y0 + rows * dy];
  const corners = [
    [x0, y1],
    [x1, y1],
    [x1, y0],
    [x0, y0],
  ] as const;
  const ring = corners.map(([x, y]) => toDegrees(x, y, crs, id));
  const [longitudes, latitudes] = [ring.map(([lon]) => lon), ring.map(([, lat]) => lat)];
  return {
    type: 'Feature',
    stac_version: '1.0.0',
    stac_extensions: ['https://stac-extensions.github.io/projection/v1.1.0/schema.json'],
    id,
    geometry: { type: 'Polygon', coordinates: [[...ring, ring[0]]] },
    bbox: [
      Math.min(...longitudes),
      Math.min(...latitudes),
      Math.max(...longitudes),
      Math.max(...latitudes),
    ],
    properties: {
      datetime: null,
      start_datetime: `${firstDate}T00:00:00Z`,
      end_datetime: `${secondDate}T23:59:59Z`,
      'proj:epsg': Number(crs.slice('EPSG:'.length)),
      'proj:shape': [rows, columns],
      'proj:transform': [dx, 0, x0, 0, dy, y0],
    },
    links: [],
    assets: Object.fromEntries(
      input.assets.map(({ key, href, title, roles }) => [
        key,
        { href, title, roles, type: COG_TYPE },
      ]),
    ),
  };
}

function toDegrees(x: number, y: number, crs: string, id: string): readonly [number, number] {
  if (crs === 'EPSG:4326') return [x, y];
  const utm = /^EPSG:32([67])(\d\d)$/.exec(crs);
  const zone = Number(utm?.[2]);
  if (utm && zone >= 1 && zone <= 60) {
    return utmToLonLat({ eastM: x, northM: y, zone, isSouth: utm[1] === '7' });
  }
  throw new UnsupportedSourceError({
    source: id,
    reason: `${crs} cannot be turned into degrees`,
    remedy: 'give it in EPSG:4326 or UTM on WGS 84',
  });
}
