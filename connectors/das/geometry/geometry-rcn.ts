/**
 * Channels of DAS-RCN metadata (JSON): a document in, their coordinates out. Versions 1.0 and 1.1
 * (DAS-RCN/DAS_metadata: an object a channel below a channel group, in `Attributes` or without) and
 * 2.0 (FDSN/DAS-metadata: lists `x_coordinates`, `y_coordinates`, ... of a channel group).
 * Coordinates are degrees, or metres of UTM where the channel group's `coordinate_system` says so.
 * @module
 */
import { CorruptSourceError, UnsupportedSourceError } from '../../../core/errors.js';
import { utmToLonLat } from '../../../core/utm.js';
import { metresIn } from '../length-units.js';
import type { GeometryRow } from './geometry-csv.js';

type Json = Readonly<Record<string, unknown>>;

/** What a channel group states of its channels' coordinates; null: nothing. */
export type RcnGroup = Json | null;

/** The channel group that holds for the parts of `object`; `outer` where it states none. */
export function rcnGroup(object: Json, outer: RcnGroup): RcnGroup {
  const attributes = object['Attributes'];
  const stated = isJson(attributes) ? attributes : object;
  return 'coordinate_system' in stated || 'x_coordinate_unit' in stated ? stated : outer;
}

/**
 * Rows of the channel or the lists of channels that `object` is; null when it is neither (texts that
 * define the fields are none). Throws CorruptSourceError naming the field, UnsupportedSourceError
 * for coordinates of another system than degrees and UTM.
 */
export function rcnRows(path: string, object: Json, group: RcnGroup): GeometryRow[] | null {
  const xs = object['x_coordinates'];
  if (Array.isArray(xs)) return listed(path, object, group);
  if (!('x_coordinate' in object && 'y_coordinate' in object)) return null;
  if (!isValue(object['x_coordinate']) || !isValue(object['y_coordinate'])) return null;
  const row = channelRow(path, group, {
    x: object['x_coordinate'],
    y: object['y_coordinate'],
    elevation: object['elevation_above_sea_level'] ?? object['elevation'],
    distance: object['distance_along_fiber'],
    id: object['channel_id'],
  });
  return [row];
}

function listed(path: string, object: Json, group: RcnGroup): GeometryRow[] {
  const xs = object['x_coordinates'] as readonly unknown[];
  const list = (name: string): readonly unknown[] => {
    const values = object[name];
    if (values === undefined || values === null) return [];
    if (Array.isArray(values) && (values.length === 0 || values.length === xs.length)) {
      return values as readonly unknown[];
    }
    const count = Array.isArray(values) ? `${values.length} entries` : 'no list';
    throw corrupt(path, name, `${count} for ${xs.length} of x_coordinates`);
  };
  const [ys, elevations] = [list('y_coordinates'), list('elevations_above_sea_level')];
  const [distances, ids] = [list('distances_along_fiber'), list('channel_ids')];
  return xs.map((x, i) =>
    channelRow(path, group, {
      x,
      y: ys[i],
      elevation: elevations[i],
      distance: distances[i],
      id: ids[i],
    }),
  );
}

function channelRow(
  path: string,
  group: RcnGroup,
  channel: { x: unknown; y: unknown; elevation: unknown; distance: unknown; id: unknown },
): GeometryRow {
  const x = real(path, 'x_coordinate', channel.x);
  const y = real(path, 'y_coordinate', channel.y);
  if (x === null || y === null) throw corrupt(path, 'x_coordinate', 'a channel has no coordinates');
  const distance = real(path, 'distance_along_fiber', channel.distance);
  const elevation = real(path, 'elevation_above_sea_level', channel.elevation);
  const metres = (name: string): number => metresOf(path, group, name);
  return {
    ...placeOf(path, group, x, y),
    elevationM: elevation === null ? null : elevation * metres('elevation_above_sea_level_unit'),
    distanceM: distance === null ? null : distance * metres('distance_along_fiber_unit'),
    // An identifier such as A0001 is no number to count by; the distance places the channel.
    channel:
      distance === null || isNumeric(channel.id) ? real(path, 'channel_id', channel.id) : null,
    isTap: false,
    section: null,
  };
}

function placeOf(
  path: string,
  group: RcnGroup,
  x: number,
  y: number,
): { readonly latitude: number; readonly longitude: number } {
  const system = text(group, 'coordinate_system').toLowerCase();
  const frame = text(group, 'reference_frame');
  if (system === 'utm' || /\butm\b/i.test(frame)) {
    const zone = /(\d{1,2})\s*([NSC-HJ-MP-X])?\s*$/i.exec(frame);
    const number = Number(zone?.[1]);
    if (!(number >= 1 && number <= 60)) {
      throw corrupt(path, 'reference_frame', `'${frame.slice(0, 40)}' names no zone of UTM`);
    }
    // `S` is south, as in `UTM Zone 11S`; so are the latitude bands C to M.
    const isSouth = /^[SC-HJ-M]$/i.test(zone?.[2] ?? 'N');
    const [longitude, latitude] = utmToLonLat({ eastM: x, northM: y, zone: number, isSouth });
    return { latitude, longitude };
  }
  if (system === 'local' || /^m(et(er|re)s?)?$/i.test(text(group, 'x_coordinate_unit'))) {
    throw new UnsupportedSourceError({
      source: path,
      reason: `coordinates of the system '${system || 'metres'}' cannot be placed on the earth`,
      remedy: 'give them in degrees, or in UTM with its zone in reference_frame',
    });
  }
  return { latitude: y, longitude: x };
}

function metresOf(path: string, group: RcnGroup, name: string): number {
  const unit = text(group, name);
  const metres = metresIn(unit || 'm');
  if (metres !== undefined) return metres;
  throw corrupt(path, name, `'${unit.slice(0, 40)}' is no known unit of length`);
}

function text(group: RcnGroup, name: string): string {
  const value = group?.[name];
  return typeof value === 'string' ? value.trim() : '';
}

function isJson(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A coordinate, or a text that may be meant as one; not the sentence or flag of a definition. */
function isValue(value: unknown): boolean {
  return (
    typeof value === 'number' ||
    value === null ||
    (typeof value === 'string' && !/\s/.test(value.trim()))
  );
}

function isNumeric(value: unknown): boolean {
  return typeof value === 'number' || (typeof value === 'string' && /^\d+$/.test(value));
}

function real(path: string, at: string, value: unknown): number | null {
  if (value === undefined || value === null || value === '') return null;
  const number = typeof value === 'number' ? value : Number(value);
  if (typeof value !== 'boolean' && Number.isFinite(number)) return number;
  throw corrupt(path, at, `'${String(value).slice(0, 40)}' is no number`);
}

function corrupt(path: string, at: string, reason: string): CorruptSourceError {
  return new CorruptSourceError({ source: path, at, reason });
}
