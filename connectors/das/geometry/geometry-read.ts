/**
 * Tables of coordinates along a fibre: a file in, its geometry out.
 *
 * - CSV with a header line: `latitude`, `longitude`, and `distance_m` or `channel`; if known
 *   `elevation_m`, `section` (`dead`, `slack` or empty: from this line to the next), `kind` (`tap`
 *   for a tap test). Lines that begin with # are comments.
 * - GeoJSON: a LineString, with lists `channel` or `distance_m` in its properties that have an entry a
 *   vertex, else the way along it counts from 0; or Points with `channel` or `distance_m`, `tap: true`
 *   for a tap test, `section`.
 * - DAS-RCN metadata (JSON), versions 1.0 to 2.0: see `geometry-rcn.ts`.
 *
 * A channel number counts as the recording counts: its distance is that of the file's channel.
 * @module
 */
import { CorruptSourceError } from '../../../core/errors.js';
import { distanceKm } from '../../../core/geo.js';
import { openSourceFile, readWholeText } from '../../source-file.js';
import { calibrateByTaps, fibreGeometry, type FibreFix, type FibreGeometry } from './geometry.js';
import type { FibreSection } from './geometry.js';
import { csvRows, type GeometryRow } from './geometry-csv.js';
import { rcnGroup, rcnRows, type RcnGroup } from './geometry-rcn.js';
import type { DasRecording } from '../recording.js';

const MAX_BYTES = 64 * 1024 * 1024;

type Numbering = Pick<DasRecording, 'firstChannel' | 'firstDistanceM' | 'spacingM'>;

/**
 * Reads the table. Throws UnavailableError, CorruptSourceError naming line or feature,
 * UnsupportedSourceError over 64 MiB, InvalidInputError when the places cannot be those of a fibre.
 */
export async function readFibreGeometry(
  path: string,
  recording: Numbering,
): Promise<FibreGeometry> {
  const text = await readWholeText({
    file: await openSourceFile({ path }),
    maxBytes: MAX_BYTES,
    encoding: 'utf8',
    content: 'fibre coordinates',
    remedy: 'thin the table: places between its entries are interpolated',
  });
  const rows = /^\s*[{[]/.test(text) ? jsonRows(path, text) : csvRows(path, text);
  const placed = rows.map((row) => ({ row, fix: fixOf(path, row, recording) }));
  const surveyed = placed.filter(({ row }) => !row.isTap);
  const taps = placed.filter(({ row }) => row.isTap).map(({ fix }) => fix);
  if (surveyed.length === 0) return fibreGeometry({ fixes: taps });
  const sections = surveyed.flatMap(({ row, fix }, i): FibreSection[] => {
    if (row.section !== 'dead' && row.section !== 'slack') return [];
    const toM = surveyed[i + 1]?.fix.distanceM ?? Infinity;
    return [{ kind: row.section, fromM: fix.distanceM, toM }];
  });
  const line = fibreGeometry({ fixes: surveyed.map(({ fix }) => fix), sections });
  return calibrateByTaps(line, taps);
}

function fixOf(path: string, row: GeometryRow, recording: Numbering): FibreFix {
  const { latitude, longitude, elevationM, channel } = row;
  const { firstChannel, firstDistanceM, spacingM } = recording;
  const counted = channel === null ? null : firstDistanceM + (channel - firstChannel) * spacingM;
  const distanceM = row.distanceM ?? counted;
  if (distanceM === null) {
    const reason = `the place ${latitude}, ${longitude} has neither distance nor channel`;
    throw new CorruptSourceError({ source: path, at: 'distance_m', reason });
  }
  return { latitude, longitude, elevationM, distanceM };
}

type Json = Readonly<Record<string, unknown>>;

function jsonRows(path: string, text: string): GeometryRow[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : 'not JSON';
    throw new CorruptSourceError({ source: path, at: 'JSON', reason, cause });
  }
  const rows: GeometryRow[] = [];
  collect(path, value, rows, { depth: 0, group: null });
  if (rows.length > 0) return rows;
  throw new CorruptSourceError({
    source: path,
    at: 'JSON',
    reason: 'no LineString, no Points and no channels with coordinates',
  });
}

/** Walks the tree; 32 levels are more than any of the formats has. */
function collect(
  path: string,
  value: unknown,
  rows: GeometryRow[],
  at: { readonly depth: number; readonly group: RcnGroup },
): void {
  if (at.depth > 32 || typeof value !== 'object' || value === null) return;
  const depth = at.depth + 1;
  if (Array.isArray(value)) {
    for (const part of value) collect(path, part, rows, { ...at, depth });
    return;
  }
  const object = value as Json;
  const group = rcnGroup(object, at.group);
  const channels = rcnRows(path, object, group);
  const found = channels ?? geoJsonRows(path, object);
  if (found === null) {
    for (const part of Object.values(object)) collect(path, part, rows, { depth, group });
    return;
  }
  // Not spread into one call: a line may have more vertices than a call takes arguments.
  for (const row of found) rows.push(row);
}

/** Rows of a GeoJSON feature or line; null when it is neither. */
function geoJsonRows(path: string, object: Json): GeometryRow[] | null {
  if (object['type'] === 'Feature') return featureRows(path, object);
  return object['type'] === 'LineString' ? lineRows(path, object, {}) : null;
}

function featureRows(path: string, feature: Json): GeometryRow[] {
  const geometry = (feature['geometry'] ?? {}) as Json;
  const properties = (feature['properties'] ?? {}) as Json;
  if (geometry['type'] === 'LineString') return lineRows(path, geometry, properties);
  if (geometry['type'] !== 'Point') return [];
  return [
    {
      ...coordinate(path, geometry['coordinates']),
      distanceM: real(path, 'distance_m', properties['distance_m']),
      channel: real(path, 'channel', properties['channel']),
      isTap: properties['tap'] === true,
      section: typeof properties['section'] === 'string' ? properties['section'] : null,
    },
  ];
}

function lineRows(path: string, line: Json, properties: Json): GeometryRow[] {
  const vertices = Array.isArray(line['coordinates']) ? (line['coordinates'] as unknown[]) : [];
  const list = (name: string): unknown[] | null => {
    const values = properties[name];
    if (!Array.isArray(values)) return null;
    if (values.length === vertices.length) return values as unknown[];
    const reason = `${values.length} entries for ${vertices.length} vertices`;
    throw new CorruptSourceError({ source: path, at: `properties.${name}`, reason });
  };
  const [distances, channels] = [list('distance_m'), list('channel')];
  let alongM = 0;
  let before: { latitude: number; longitude: number } | null = null;
  return vertices.map((vertex, i) => {
    const at = coordinate(path, vertex);
    if (before !== null) alongM += 1000 * distanceKm(before, at);
    before = at;
    const stated = real(path, 'distance_m', distances?.[i]);
    const channel = real(path, 'channel', channels?.[i]);
    const distanceM = stated ?? (channel === null ? alongM : null);
    return { ...at, distanceM, channel, isTap: false, section: null };
  });
}

function coordinate(
  path: string,
  value: unknown,
): Pick<GeometryRow, 'latitude' | 'longitude' | 'elevationM'> {
  const [longitude, latitude, elevationM] = Array.isArray(value) ? (value as unknown[]) : [];
  if (typeof longitude !== 'number' || typeof latitude !== 'number') {
    const reason = 'expected [longitude, latitude]';
    throw new CorruptSourceError({ source: path, at: 'coordinates', reason });
  }
  return { latitude, longitude, elevationM: typeof elevationM === 'number' ? elevationM : null };
}

/** A number or the text of one; null when absent. Throws CorruptSourceError on anything else. */
function real(path: string, at: string, value: unknown): number | null {
  if (value === undefined || value === null || value === '') return null;
  const number = typeof value === 'number' ? value : Number(value);
  if (Number.isFinite(number)) return number;
  const reason = `'${String(value).slice(0, 40)}' is no number`;
  throw new CorruptSourceError({ source: path, at, reason });
}
