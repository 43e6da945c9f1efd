/**
 * Station lists of other programs in the form of station tables: StationXML, FDSN station text and
 * NonLinLoc GTSRCE lines.
 * @module
 */
import { CorruptSourceError, UnsupportedSourceError } from '../../core/errors.js';
import type { DelimitedTable } from './delimited.js';
import { childrenOf, parseXml, textAt } from './xml-tree.js';

const HEADER = ['id', 'latitude', 'longitude', 'elevation(m)'] as const;

/** The list as a station table; null when the text is a table already. */
export function stationListOf(input: {
  readonly path: string;
  readonly text: string;
}): DelimitedTable | null {
  const { path, text } = input;
  if (/^\uFEFF?\s*</.test(text)) return ofStationXml(path, text);
  if (/^\s*GTSRCE\s/m.test(text)) return ofNonLinLoc(path, text);
  const first = /^\uFEFF?#?\s*([^\n]*)/.exec(text)?.[1] ?? '';
  return first.split('|').length >= 5 ? ofFdsnText(path, text) : null;
}

/** FDSN StationXML 1.x: the station's place, not the channels'. */
function ofStationXml(path: string, text: string): DelimitedTable {
  const root = parseXml({ source: path, text, skip: new Set(['Response', 'Channel']) });
  if (root.name !== 'FDSNStationXML') {
    throw new UnsupportedSourceError({
      source: path,
      reason: `its root is <${root.name}>`,
      remedy: 'give FDSN StationXML, a station table, or NonLinLoc GTSRCE lines',
    });
  }
  const rows = childrenOf(root, 'Network').flatMap((network) =>
    childrenOf(network, 'Station').map((station) => [
      `${network.attributes['code'] ?? ''}.${station.attributes['code'] ?? ''}`,
      textAt(station, 'Latitude') ?? '',
      textAt(station, 'Longitude') ?? '',
      textAt(station, 'Elevation') ?? '0',
    ]),
  );
  return { path, header: HEADER, rows: withoutRepeats(rows) };
}

/** `#Network|Station|Latitude|Longitude|Elevation|SiteName|StartTime|EndTime` (fdsnws-station). */
function ofFdsnText(path: string, text: string): DelimitedTable {
  const rows = text.split(/\r?\n/).flatMap((line, i) => {
    if (line.trim() === '' || /^\uFEFF?#|^\uFEFF?Network\s*\|/i.test(line)) return [];
    const cells = line.split('|').map((cell) => cell.trim());
    const [network, station, latitude, longitude, elevation] = cells;
    if (elevation === undefined) {
      const reason = 'not Network|Station|Latitude|Longitude|Elevation';
      throw new CorruptSourceError({ source: path, at: `line ${i + 1}`, reason });
    }
    return [
      [`${network as string}.${station as string}`, latitude ?? '', longitude ?? '', elevation],
    ];
  });
  return { path, header: HEADER, rows: withoutRepeats(rows) };
}

/**
 * `GTSRCE label type ...` of NonLinLoc control files: LATLON (degrees), LATLONDM (degrees, minutes,
 * N or S), LATLONDS (and seconds) or XYZ (km), then depth (km, down) and elevation (km, up).
 */
function ofNonLinLoc(path: string, text: string): DelimitedTable {
  const rows: string[][] = [];
  let isPlane: boolean | null = null;
  text.split(/\r?\n/).forEach((line, i) => {
    if (!/^\s*GTSRCE\s/.test(line)) return;
    const fail = (reason: string): CorruptSourceError =>
      new CorruptSourceError({ source: path, at: `line ${i + 1}`, reason });
    const [, label = '', type = '', ...cells] = line.trim().split(/\s+/);
    const value = (cell: string | undefined): number => {
      const number = cell === undefined || cell === '' ? Number.NaN : Number(cell);
      if (Number.isFinite(number)) return number;
      throw fail(`'${cell ?? ''}' is not a number`);
    };
    const plane = type === 'XYZ';
    if (isPlane !== null && plane !== isPlane) throw fail('kilometres and degrees in one list');
    isPlane = plane;
    const [a, b, rest] = placeOf(type, cells, value, fail);
    const upKm =
      (rest[1] === undefined ? 0 : value(rest[1])) - (rest[0] === undefined ? 0 : value(rest[0]));
    rows.push([label, String(a), String(b), String(upKm * 1000)]);
  });
  const header = isPlane ? (['id', 'y', 'x', 'elevation(m)'] as const) : HEADER;
  return { path, header, rows: withoutRepeats(rows) };
}

/** North or latitude, east or longitude, and the cells after them. */
function placeOf(
  type: string,
  cells: readonly string[],
  value: (cell: string | undefined) => number,
  fail: (reason: string) => CorruptSourceError,
): readonly [number, number, readonly string[]] {
  const sign = (cell: string | undefined): number => {
    const letter = cell?.toUpperCase() ?? '';
    if (!'NSEW'.includes(letter) || letter === '')
      throw fail(`'${cell ?? ''}' is not N, S, E or W`);
    return letter === 'S' || letter === 'W' ? -1 : 1;
  };
  switch (type) {
    case 'LATLON':
      return [value(cells[0]), value(cells[1]), cells.slice(2)];
    case 'XYZ':
      return [value(cells[1]), value(cells[0]), cells.slice(2)];
    case 'LATLONDM':
      return [
        sign(cells[2]) * (value(cells[0]) + value(cells[1]) / 60),
        sign(cells[5]) * (value(cells[3]) + value(cells[4]) / 60),
        cells.slice(6),
      ];
    case 'LATLONDS': {
      const degrees = (at: number): number =>
        value(cells[at]) + value(cells[at + 1]) / 60 + value(cells[at + 2]) / 3600;
      return [sign(cells[3]) * degrees(0), sign(cells[7]) * degrees(4), cells.slice(8)];
    }
    default:
      throw fail(`GTSRCE type '${type}' is none of LATLON, LATLONDM, LATLONDS, XYZ`);
  }
}

/** Epochs of one station: the last place counts, as it stands in the list. */
function withoutRepeats(rows: readonly (readonly string[])[]): readonly (readonly string[])[] {
  return [...new Map(rows.map((row) => [row[0] as string, row])).values()];
}
