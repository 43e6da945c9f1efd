/**
 * Station tables of associators: longitude and latitude, or kilometres on a local plane.
 * @module
 */
import { CorruptSourceError, UnsupportedSourceError } from '../../core/errors.js';
import { localPlane } from '../../core/local-plane.js';
import type { PickStations } from '../../core/picks.js';
import { findColumn, needColumn } from './columns.js';
import { parseDelimited, readText, type DelimitedTable } from './delimited.js';
import { stationListOf } from './station-files.js';

const ID = ['id', 'station', 'station_id', 'name', 'code'] as const;
const LATITUDE = ['latitude', 'lat', 'station_lat'] as const;
const LONGITUDE = ['longitude', 'lon', 'lng', 'station_lon'] as const;
const METRES = ['elevation(m)', 'elv(m)', 'elevation_m', 'elevation', 'elev', 'elevation_meters'];
const HEIGHT_KM = ['elevation(km)', 'elv(km)', 'elevation_km', 'elev_km'] as const;
const EAST = ['x', 'x(km)', 'x_km'] as const;
const NORTH = ['y', 'y(km)', 'y_km'] as const;
/** Positive down. */
const DOWN = ['z', 'z(km)', 'z_km'] as const;

/**
 * Reads stations: StationXML, FDSN station text, NonLinLoc GTSRCE lines or a table. Columns of a
 * table (any case): `id` or `station`; `latitude`, `longitude` or `x`, `y` in km; elevation in m (`elevation(m)`, `elv(m)`, `elevation`) or `z` in km, down. Without a header: the
 * table of REAL (longitude latitude network station channel elevation-km). Repeated rows of one
 * station and place (channels) are one station. Throws UnsupportedSourceError for missing columns
 * and CorruptSourceError, naming the row, for a bad number or one name at two places.
 */
export async function readStations(input: { readonly path: string }): Promise<PickStations> {
  const file = { path: input.path, text: await readText(input.path) };
  return stationsOf(stationListOf(file) ?? parseDelimited(file));
}

/** The same for a table that is already here. */
export function stationsOf(table: DelimitedTable): PickStations {
  const places = table.header ? withHeader(table) : ofReal(table);
  if (places.length === 0) {
    throw new UnsupportedSourceError({
      source: table.path,
      reason: 'it has no stations',
      remedy: 'give one station a row',
    });
  }
  const unique = new Map<string, Place>();
  for (const place of places) {
    const known = unique.get(place.id);
    if (!known) unique.set(place.id, place);
    else if (Math.hypot(known.a - place.a, known.b - place.b) > (place.isGeographic ? 0.01 : 1)) {
      throw bad(table, place.row, `station ${place.id} is at two places`);
    }
  }
  const list = [...unique.values()];
  const isGeographic = (list[0] as Place).isGeographic;
  const origin = isGeographic ? middleOf(list) : { latitude: 0, longitude: 0 };
  const { toKm } = localPlane(origin);
  const local = list.map((place) =>
    isGeographic
      ? toKm({ latitude: place.b, longitude: place.a })
      : { eastKm: place.a, northKm: place.b },
  );
  return {
    ids: list.map(({ id }) => id),
    origin,
    eastKm: Float64Array.from(local, ({ eastKm }) => eastKm),
    northKm: Float64Array.from(local, ({ northKm }) => northKm),
    elevationKm: Float64Array.from(list, ({ elevationKm }) => elevationKm),
    ...(isGeographic ? {} : { isPlane: true }),
  };
}

interface Place {
  readonly id: string;
  readonly row: number;
  /** Longitude or east. */
  readonly a: number;
  /** Latitude or north. */
  readonly b: number;
  readonly elevationKm: number;
  readonly isGeographic: boolean;
}

function withHeader(table: DelimitedTable): Place[] {
  const id = needColumn(table, ID);
  const network = findColumn(table, ['network']);
  const isGeographic = findColumn(table, LATITUDE) >= 0;
  const a = needColumn(table, isGeographic ? LONGITUDE : [...EAST, ...LONGITUDE]);
  const b = needColumn(table, isGeographic ? LATITUDE : [...NORTH, ...LATITUDE]);
  const metres = findColumn(table, METRES);
  const heightKm = findColumn(table, HEIGHT_KM);
  const down = findColumn(table, DOWN);
  return table.rows.map((cells, row) => {
    const code = (cells[id] ?? '').trim();
    const isShort = network >= 0 && cells[network] !== '' && !code.includes('.');
    const elevationKm =
      metres >= 0
        ? number(table, row, cells[metres], 'elevation') / 1000
        : heightKm >= 0
          ? number(table, row, cells[heightKm], 'elevation')
          : down >= 0
            ? -number(table, row, cells[down], 'z')
            : 0;
    return checked(table, {
      id: isShort ? `${cells[network] as string}.${code}` : code,
      row,
      a: number(table, row, cells[a], isGeographic ? 'longitude' : 'x'),
      b: number(table, row, cells[b], isGeographic ? 'latitude' : 'y'),
      elevationKm,
      isGeographic,
    });
  });
}

/** `lon lat net sta channel elevation-km` (REAL, Zhang et al. 2019). */
function ofReal(table: DelimitedTable): Place[] {
  return table.rows.map((cells, row) => {
    if (cells.length < 6) throw bad(table, row, 'not `lon lat network station channel elevation`');
    return checked(table, {
      id: `${cells[2] as string}.${cells[3] as string}`,
      row,
      a: number(table, row, cells[0], 'longitude'),
      b: number(table, row, cells[1], 'latitude'),
      elevationKm: number(table, row, cells[5], 'elevation'),
      isGeographic: true,
    });
  });
}

function checked(table: DelimitedTable, place: Place): Place {
  if (!(Math.abs(place.elevationKm) <= 12)) {
    throw bad(table, place.row, `elevation ${place.elevationKm} km (elevations are in m)`);
  }
  if (place.id === '') throw bad(table, place.row, 'a station without a name');
  if (place.isGeographic && !(Math.abs(place.b) <= 90 && Math.abs(place.a) <= 360)) {
    throw bad(table, place.row, `latitude ${place.b}, longitude ${place.a}`);
  }
  return place;
}

function middleOf(list: readonly Place[]): { latitude: number; longitude: number } {
  const base = (list[0] as Place).a;
  // The short way round, so that a network across 180 degrees has its middle there.
  const turns = list.map(({ a }) => a - base - 360 * Math.round((a - base) / 360));
  return {
    latitude: list.reduce((sum, { b }) => sum + b, 0) / list.length,
    longitude: base + turns.reduce((sum, turn) => sum + turn, 0) / list.length,
  };
}

function number(
  table: DelimitedTable,
  row: number,
  cell: string | undefined,
  field: string,
): number {
  const value = cell === undefined || cell.trim() === '' ? Number.NaN : Number(cell);
  if (Number.isFinite(value)) return value;
  throw bad(table, row, `${field} '${cell ?? ''}' is not a number`);
}

function bad(table: DelimitedTable, row: number, reason: string): CorruptSourceError {
  return new CorruptSourceError({ source: table.path, at: `row ${row + 1}`, reason });
}
