/**
 * Station tables of associators: longitude and latitude, or kilometres on a local plane.
 * @module
 */
import { CorruptSourceError, UnsupportedSourceError } from '../../core/errors.js';
import { KM_PER_DEGREE } from '../../core/geo.js';
import { localPlane } from '../../core/local-plane.js';
import type { PickStations } from '../../core/picks.js';
import { findColumn, needColumn } from './columns.js';
import { parseDelimited, readText, type DelimitedTable } from './delimited.js';
import { stationListOf } from './station-files.js';

const ID = ['id', 'station', 'station_id', 'name', 'code', 'station_code', 'sta'] as const;
const NETWORK = ['network', 'net', 'network_code', 'station_network_code'] as const;
const LATITUDE = ['latitude', 'lat', 'station_lat', 'station_latitude_deg'] as const;
const LONGITUDE = ['longitude', 'lon', 'lng', 'station_lon', 'station_longitude_deg'] as const;
const METRES = [
  ...['elevation(m)', 'elv(m)', 'elevation_m', 'elevation', 'elev', 'elevation_meters'],
  ...['station_elevation_m', 'elv'],
];
const HEIGHT_KM = ['elevation(km)', 'elv(km)', 'elevation_km', 'elev_km'] as const;
const EAST = ['x', 'x(km)', 'x_km'] as const;
const NORTH = ['y', 'y(km)', 'y_km'] as const;
/** Rows of one name farther apart than this are two stations. */
const SAME_STATION_KM = 1.1;
/** Channels of one station code nearer than this are one sensor; an array by location codes is wider. */
const SAME_SENSOR_KM = 0.05;
/** Positive down. */
const DOWN = ['z', 'z(km)', 'z_km'] as const;

/**
 * Reads stations: StationXML, FDSN station text, NonLinLoc GTSRCE lines or a table. Columns of a
 * table (any case): `id` or `station`; `latitude`, `longitude` or `x`, `y` in km; elevation in m (`elevation(m)`, `elv(m)`, `elevation`) or `z` in km, down. Without a header: the
 * table of REAL (longitude latitude network station channel elevation-km). Repeated rows of one
 * station and place, and channels `NET.STA.LOC.CHA` at one place, are one station. Throws UnsupportedSourceError for missing columns
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
    else if (apartKm(known, place) > SAME_STATION_KM) {
      throw bad(table, place.row, `station ${place.id} is at two places`);
    }
  }
  const list = withoutChannels([...unique.values()]);
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
  const id = idColumn(table);
  const network = findColumn(table, NETWORK);
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

/**
 * Of `NET.STA.LOC.CHA` at one place the first: channels of a station are one sensor, whose silence would
 * count as often as it is listed.
 */
function withoutChannels(places: readonly Place[]): readonly Place[] {
  const kept = new Map<string, Place[]>();
  return places.filter((place) => {
    const code = place.id.split('.').slice(0, 2).join('.');
    const others = kept.get(code) ?? [];
    if (others.some((other) => apartKm(other, place) < SAME_SENSOR_KM)) return false;
    kept.set(code, [...others, place]);
    return true;
  });
}

/** Near enough for a tolerance. */
const apartKm = (one: Place, other: Place): number =>
  Math.hypot(one.a - other.a, one.b - other.b) * (one.isGeographic ? KM_PER_DEGREE : 1);

/** The name's column; where `id` only numbers the rows and another column names stations, that one. */
function idColumn(table: DelimitedTable): number {
  const id = needColumn(table, ID);
  const other = findColumn(table, ID.slice(1));
  if (other < 0 || id === other) return id;
  const counts = (row: readonly string[]): boolean => /^\d+$/.test((row[id] ?? '').trim());
  return table.rows.every(counts) && !table.rows.every((row) => row[id] === row[other])
    ? other
    : id;
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
  // A comma inside a cell is the decimal mark of a table divided by something else.
  const text = (cell ?? '').trim().replace(',', '.');
  const value = text === '' ? Number.NaN : Number(text);
  if (Number.isFinite(value)) return value;
  throw bad(table, row, `${field} '${cell ?? ''}' is not a number`);
}

function bad(table: DelimitedTable, row: number, reason: string): CorruptSourceError {
  return new CorruptSourceError({ source: table.path, at: `row ${row + 1}`, reason });
}
