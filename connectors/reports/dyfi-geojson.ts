/**
 * USGS "Did You Feel It?" cells (`dyfi_geo_10km.geojson`, `dyfi_geo_1km.geojson`) in, report table
 * of felt cells out.
 * @module
 */
import { z } from 'zod';
import type { Connector, Scan, SourceFile } from '../../core/connector.js';
import { CorruptSourceError } from '../../core/errors.js';
import { distanceKm, type LatLon } from '../../core/geo.js';
import type { ReportItem } from '../../core/waveform.js';
import {
  collectedTable,
  collector,
  feltCellScan,
  latitude,
  longitude,
  zodReason,
  type Collected,
} from './collect.js';
import { readWholeText } from '../source-file.js';

const FORMAT = 'reports/dyfi-geojson';
/** The largest product so far has 40,000 cells and 12 MB. */
const MAX_BYTES = 128 * 1024 * 1024;

const COLLECTION = z.object({
  type: z.literal('FeatureCollection'),
  features: z.array(z.unknown()),
});

const INTENSITY = z.number().min(0).max(12);
/** USGS products name the intensity `cdi` and the cell `name`; files of DYFI 4 itself `intensity` and `id`. */
const CELL = z.object({
  geometry: z.object({
    type: z.literal('Polygon'),
    coordinates: z.array(z.array(z.tuple([longitude, latitude]).rest(z.number())).min(3)).min(1),
  }),
  id: z.string().min(1).nullish().catch(null),
  properties: z
    .object({
      cdi: INTENSITY.optional(),
      intensity: INTENSITY.optional(),
      nresp: z.number().int().min(1),
      name: z.string().min(1).optional(),
    })
    .refine(({ cdi, intensity }) => cdi !== undefined || intensity !== undefined, {
      message: 'neither cdi nor intensity',
    }),
});

/**
 * Felt cells: the centre of each polygon with half its diagonal, its community decimal intensity
 * and its responses. Intensity 1 means "not felt" (Wald et al. 2011). The product has no times.
 */
export const dyfiGeojsonConnector: Connector = {
  format: FORMAT,
  source: 'reports',
  title: 'USGS Did You Feel It?, GeoJSON cells',
  probe: (file) => {
    const head = Buffer.from(file.head).toString('utf8');
    if (!/^\uFEFF?\s*\{/.test(head)) return Promise.resolve(0);
    const isCells = /"(cdi|intensity)"\s*:/.test(head) && /"nresp"\s*:/.test(head);
    if (isCells) return Promise.resolve(/"(Polygon|FeatureCollection)"/.test(head) ? 0.95 : 0);
    // The product of an event that nobody answered for.
    const isEmpty = /"FeatureCollection"/.test(head) && /"features"\s*:\s*\[\s*\]/.test(head);
    return Promise.resolve(isEmpty ? 0.5 : 0);
  },
  scan: async (file) => cellScan(await collectCells(file)),
  read: async ({ file }) => {
    const collected = await collectCells(file);
    return collectedTable({ collected, scan: cellScan(collected), window: null });
  },
};

async function collectCells(file: SourceFile): Promise<Collected> {
  const { features } = await readCollection(file);
  const collected = collector();
  const seen = new Set<string>();
  features.forEach((feature, i) => {
    const at = `features[${i}]`;
    const parsed = CELL.safeParse(feature);
    if (!parsed.success) {
      collected.reject({ at, reason: zodReason(parsed.error) });
      return;
    }
    const item = cellItem(parsed.data);
    if (item === null) {
      collected.reject({ at, reason: 'properties.name: missing, and no id' });
      return;
    }
    if (seen.has(item.sourceId)) {
      collected.reject({ at, reason: `cell ${item.sourceId} stands in the file twice` });
      return;
    }
    seen.add(item.sourceId);
    collected.take(item);
  });
  return collected.result();
}

async function readCollection(file: SourceFile): Promise<z.infer<typeof COLLECTION>> {
  const text = await readWholeText({
    file,
    maxBytes: MAX_BYTES,
    encoding: 'utf8',
    content: 'GeoJSON',
    remedy: 'use the 10 km cells, or split the file by region',
  });
  let value: unknown;
  try {
    value = JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : '';
    const position = /position (\d+)/.exec(message)?.[1] ?? text.length;
    throw new CorruptSourceError({
      source: file.path,
      at: `character ${position}`,
      reason: 'not readable as JSON',
      cause,
    });
  }
  const parsed = COLLECTION.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new CorruptSourceError({
    source: file.path,
    at: parsed.error.issues[0]?.path.join('.') || 'the outermost object',
    reason: `no GeoJSON FeatureCollection: ${parsed.error.issues[0]?.message ?? ''}`,
    cause: parsed.error,
  });
}

/** Null for a cell without a name. */
function cellItem(cell: z.infer<typeof CELL>): ReportItem | null {
  const outer = cell.geometry.coordinates[0] ?? [];
  const lon0 = outer[0]?.[0] ?? 0;
  // Around the first corner, so that a cell on the date line does not get its centre at Greenwich.
  const ring = outer.map(([lon, lat]): LatLon => ({
    latitude: lat,
    longitude: lon - 360 * Math.round((lon - lon0) / 360),
  }));
  const mean = (pick: (corner: LatLon) => number, corners: readonly LatLon[]): number =>
    corners.reduce((sum, corner) => sum + pick(corner), 0) / corners.length;
  // GeoJSON closes a ring by repeating its first corner; USGS leaves it open.
  const first = ring[0] as LatLon;
  const last = ring.at(-1) as LatLon;
  const isClosed = first.latitude === last.latitude && first.longitude === last.longitude;
  const corners = isClosed ? ring.slice(0, -1) : ring;
  const centre = {
    latitude: mean((corner) => corner.latitude, corners),
    longitude: mean((corner) => corner.longitude, corners),
  };
  const { nresp } = cell.properties;
  const cdi = cell.properties.cdi ?? cell.properties.intensity ?? 0;
  const name = cell.properties.name ?? cell.id ?? null;
  if (name === null) return null;
  const isFelt = cdi > 1;
  return {
    kind: 'felt-cell',
    // `UTM:(10S 043 436 10000)<br>UTM:(...)`: the name is written twice for a web page.
    sourceId: (name.split('<br>')[0] as string).trim(),
    timeNs: null,
    ...centre,
    radiusKm: Math.max(...corners.map((corner) => distanceKm(centre, corner))),
    intensity: cdi,
    felt: isFelt ? nresp : 0,
    notFelt: isFelt ? 0 : nresp,
  };
}

function cellScan(collected: Collected): Scan {
  return feltCellScan({
    format: FORMAT,
    collected,
    name: 'cells',
    remarks: ['the product has no times: it belongs to the event it was downloaded for'],
  });
}
