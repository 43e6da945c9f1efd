/** Reference catalogues in, events as columns of numbers out. @module */
import { CorruptSourceError, UnsupportedSourceError } from '../../core/errors.js';
import { localPlane } from '../../core/local-plane.js';
import type { PickStations } from '../../core/picks.js';
import { findColumn, needColumn } from './columns.js';
import { readDelimited, type DelimitedTable } from './delimited.js';
import { parseEpochS } from './time-text.js';

/** One event of a catalogue, on the stations' plane. */
export interface CatalogueEvent {
  readonly timeS: number;
  readonly eastKm: number;
  readonly northKm: number;
  readonly depthKm: number;
  readonly magnitude: number;
}

const TIME = ['time', 'origin_time', 'event_time', 'timestamp', 't', 'datetime'] as const;
const LATITUDE = ['latitude', 'lat', 'event_lat'] as const;
const LONGITUDE = ['longitude', 'lon', 'lng', 'event_lon'] as const;
const DEPTH_KM = ['depthkm', 'depth_km', 'depth(km)', 'depth', 'z_km', 'z(km)', 'z'] as const;
const DEPTH_M = ['depth(m)', 'depth_m'] as const;
const MAGNITUDE = ['magnitude', 'mag', 'ml', 'mw', 'm', 'event_magnitude'] as const;
const EAST = ['x', 'x(km)', 'x_km'] as const;
const NORTH = ['y', 'y(km)', 'y_km'] as const;

/**
 * Reads a table of events (any case): `time` (ISO-8601 UTC or seconds), `latitude` and `longitude`
 * (or `x`, `y` in km for stations on a plane), `depth` in km (or `depth(m)`), `magnitude`. Rows without
 * a magnitude are left out and counted. Throws UnsupportedSourceError naming the missing column,
 * CorruptSourceError naming the row.
 */
export async function readEventTable(input: {
  readonly path: string;
  readonly stations: PickStations;
}): Promise<{ readonly events: readonly CatalogueEvent[]; readonly withoutMagnitude: number }> {
  const { stations } = input;
  const table = await readDelimited(input);
  if (!table.header) {
    throw new UnsupportedSourceError({
      source: input.path,
      reason: 'its first line names no columns',
      remedy: 'give a header with time, latitude, longitude, depth, magnitude',
    });
  }
  const isPlane = stations.isPlane ?? false;
  const time = needColumn(table, TIME);
  const a = needColumn(table, isPlane ? NORTH : LATITUDE);
  const b = needColumn(table, isPlane ? EAST : LONGITUDE);
  const metres = findColumn(table, DEPTH_M);
  const depth = metres >= 0 ? metres : needColumn(table, DEPTH_KM);
  const magnitude = needColumn(table, MAGNITUDE);
  const { toKm } = localPlane(stations.origin);
  let withoutMagnitude = 0;
  const events = table.rows.flatMap((cells, row): CatalogueEvent[] => {
    const size = (cells[magnitude] ?? '').trim();
    if (size === '' || size.toLowerCase() === 'nan') {
      withoutMagnitude++;
      return [];
    }
    const number = (at: number): number => numberAt(table, cells, row, at);
    const timeS = parseEpochS((cells[time] ?? '').trim());
    if (!Number.isFinite(timeS)) throw bad(table, row, `time '${cells[time] ?? ''}'`);
    const place = isPlane
      ? { eastKm: number(b), northKm: number(a) }
      : toKm({ latitude: number(a), longitude: number(b) });
    return [
      {
        timeS,
        ...place,
        depthKm: number(depth) / (metres >= 0 ? 1000 : 1),
        magnitude: number(magnitude),
      },
    ];
  });
  return { events: events.sort((x, y) => x.timeS - y.timeS), withoutMagnitude };
}

function numberAt(
  table: DelimitedTable,
  cells: readonly string[],
  row: number,
  at: number,
): number {
  const cell = (cells[at] ?? '').trim();
  const value = cell === '' ? Number.NaN : Number(cell);
  if (Number.isFinite(value)) return value;
  throw bad(table, row, `'${cell}' is not a number`);
}

function bad(table: DelimitedTable, row: number, reason: string): CorruptSourceError {
  return new CorruptSourceError({ source: table.path, at: `row ${row + 1}`, reason });
}
