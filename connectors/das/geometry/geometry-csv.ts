/** A CSV table of coordinates along a fibre in, its rows out; see `geometry-read.ts`. @module */
import { CorruptSourceError } from '../../../core/errors.js';

/** A place as tables state it. */
export interface GeometryRow {
  readonly latitude: number;
  readonly longitude: number;
  readonly elevationM: number | null;
  readonly distanceM: number | null;
  readonly channel: number | null;
  readonly isTap: boolean;
  readonly section: string | null;
}

/** Names in use for each column, lower case. */
const NAMES = {
  latitude: ['latitude', 'lat'],
  longitude: ['longitude', 'lon', 'lng'],
  elevationM: ['elevation_m', 'elevation', 'elev'],
  distanceM: ['distance_m', 'distance'],
  channel: ['channel', 'channel_id'],
  kind: ['kind'],
  section: ['section'],
} as const;

/** Rows of the table. Throws CorruptSourceError naming the line and column. */
export function csvRows(path: string, text: string): GeometryRow[] {
  const lines = text
    .split(/\r?\n/)
    .map((line, i) => ({ line: line.trim(), number: i + 1 }))
    .filter(({ line }) => line !== '' && !line.startsWith('#'));
  const header = cells(lines[0]?.line ?? '').map((name) => name.toLowerCase());
  const column = (name: keyof typeof NAMES): number =>
    header.findIndex((each) => (NAMES[name] as readonly string[]).includes(each));
  if (column('latitude') < 0 || column('longitude') < 0) {
    throw new CorruptSourceError({
      source: path,
      at: `line ${lines[0]?.number ?? 1}`,
      reason: 'no columns latitude and longitude',
    });
  }
  return lines.slice(1).map(({ line, number }) => {
    const row = cells(line);
    const cell = (name: keyof typeof NAMES): string => row[column(name)] ?? '';
    const real = (name: keyof typeof NAMES): number | null => {
      const value = cell(name);
      if (value === '') return null;
      if (Number.isFinite(Number(value))) return Number(value);
      throw bad(path, number, `${name} '${value.slice(0, 40)}' is no number`);
    };
    const [latitude, longitude] = [real('latitude'), real('longitude')];
    if (latitude === null || longitude === null) throw bad(path, number, 'no coordinates');
    return {
      latitude,
      longitude,
      elevationM: real('elevationM'),
      distanceM: real('distanceM'),
      channel: real('channel'),
      isTap: cell('kind').toLowerCase() === 'tap',
      section: cell('section').toLowerCase() || null,
    };
  });
}

function cells(line: string): string[] {
  return line.split(',').map((cell) => cell.trim().replace(/^"(.*)"$/, '$1'));
}

function bad(path: string, line: number, reason: string): CorruptSourceError {
  return new CorruptSourceError({ source: path, at: `line ${line}`, reason });
}
