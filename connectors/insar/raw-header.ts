/**
 * In: the text of a header beside a raw grid. Out: the grid it describes. COMET practical (`.par` with
 * ifg_width), GAMMA DEM/MAP parameters (`.par` with width and nlines), ROI_PAC (`.rsc`; two bands amplitude
 * and phase when the size says so), ENVI (`.hdr`).
 * @module
 */
import { CorruptSourceError, UnsupportedSourceError } from '../../core/errors.js';
import { isoDate } from './products/layers.js';
import type { GeoTransform } from './tiff/geo.js';

export interface RawGrid {
  readonly product: string;
  readonly quantity: 'unwrapped phase' | 'displacement' | null;
  readonly unit: 'rad' | 'm' | null;
  readonly sign: 'away' | 'towards' | null;
  readonly rows: number;
  readonly columns: number;
  readonly isLittleEndian: boolean;
  readonly isSouthFirst: boolean;
  /** Float32 numbers before the first of a row, and between the starts of rows. */
  readonly rowStart: number;
  readonly rowStride: number;
  readonly transform: GeoTransform | null;
  readonly crs: string | null;
  readonly nodata: number | null;
  readonly wavelengthM: number | null;
  readonly headingDeg: number | null;
  /** From the vertical, of the middle of the scene. */
  readonly incidenceDeg: number | null;
  /** `YYYY-MM-DD`, of the header or the name of the file. */
  readonly firstDate: string | null;
  readonly secondDate: string | null;
  readonly header: string;
  readonly notes: readonly string[];
}

const LIGHT_SPEED = 299_792_458;
const MAX_PIXELS = 2 ** 28;

/**
 * The grid of a header; `bytes` is the size of the file beside it. Null when the header is of none of the four
 * kinds. Throws CorruptSourceError naming the field, UnsupportedSourceError for other samples than float32.
 */
export function parseRawHeader(text: string, source: string, bytes: number): RawGrid | null {
  const fields = fieldsOf(text);
  const grid = fields.has('ifg_width')
    ? cometGrid(fields, source)
    : fields.has('WIDTH')
      ? roiPacGrid(fields, source, bytes)
      : fields.has('nlines')
        ? gammaGrid(fields, source)
        : fields.has('samples')
          ? enviGrid(fields, source)
          : null;
  const dates = PAIR_OF_DATES.exec(fields.get('DATE12') ?? '');
  return grid && dates
    ? { ...grid, firstDate: isoDate(dates[1]), secondDate: isoDate(dates[2]) }
    : grid;
}

/** Two dates, as names of files and `DATE12` write them. */
export const PAIR_OF_DATES = /(?<!\d)(\d{8}|\d{6})[-_](\d{8}|\d{6})(?!\d)/;

type Fields = ReadonlyMap<string, string>;

/** `key: value`, `key = value` and `KEY value` lines. */
function fieldsOf(text: string): Fields {
  const fields = new Map<string, string>();
  const flat = text.replace(/\{([^}]*)\}/g, (_, inner: string) => inner.replace(/\s*\n\s*/g, ' '));
  for (const line of flat.split(/\r?\n/)) {
    const match =
      /^\s*([A-Za-z_][\w ]*?)\s*=\s*(\S.*)$/.exec(line) ??
      /^\s*([A-Za-z_]\w*)(?:\s*:\s*|\s+)(\S.*)$/.exec(line);
    if (match) fields.set(match[1] as string, (match[2] as string).trim());
  }
  return fields;
}

function numberIn(fields: Fields, name: string, source: string): number | null {
  const text = fields.get(name);
  if (text === undefined) return null;
  const value = Number(/^\S+/.exec(text)?.[0]);
  if (Number.isFinite(value)) return value;
  throw new CorruptSourceError({ source, at: name, reason: `'${text.slice(0, 40)}' is no number` });
}

function size(fields: Fields, names: readonly [string, string], source: string): [number, number] {
  const [rows, columns] = names.map((name) => numberIn(fields, name, source) ?? 0) as [
    number,
    number,
  ];
  const fits = Number.isInteger(rows) && Number.isInteger(columns) && rows > 0 && columns > 0;
  if (fits && rows * columns <= MAX_PIXELS) return [rows, columns];
  throw new CorruptSourceError({
    source,
    at: names.join(', '),
    reason: `${rows} x ${columns} is no size of a grid`,
  });
}

/** Four numbers of a header; NaN for each that it lacks. */
function places(
  fields: Fields,
  names: readonly string[],
  source: string,
): [number, number, number, number] {
  const found = names.map((name) => numberIn(fields, name, source) ?? Number.NaN);
  return found as [number, number, number, number];
}

const NOTHING = {
  ...{ quantity: null, unit: null, sign: null, rowStart: 0, isSouthFirst: false },
  ...{ transform: null, crs: null, nodata: null, wavelengthM: null, headingDeg: null, notes: [] },
  ...{ incidenceDeg: null, firstDate: null, secondDate: null },
} as const;

/** EPSG code of WGS 84 / UTM; null for a zone that is none. */
function utmCode(zone: number, isNorth: boolean): string | null {
  const known = Number.isInteger(zone) && zone >= 1 && zone <= 60;
  return known ? `EPSG:${(isNorth ? 32_600 : 32_700) + zone}` : null;
}

/** Metres, + away from the satellite, row 0 in the south; the corner is the centre of a pixel. */
function cometGrid(fields: Fields, source: string): RawGrid {
  const [rows, columns] = size(fields, ['ifg_length', 'ifg_width'], source);
  const [x, y, dx, dy] = ['corner_x', 'corner_y', 'x_spacing', 'y_spacing'].map((name) =>
    numberIn(fields, name, source),
  ) as [number | null, number | null, number | null, number | null];
  const placed = x !== null && y !== null && dx !== null && dy !== null;
  return {
    ...NOTHING,
    product: 'COMET float32 grid (derived from LiCSAR)',
    ...{ quantity: 'displacement', unit: 'm', sign: 'away', rows, columns, rowStride: columns },
    ...{ isLittleEndian: true, isSouthFirst: true, header: source, nodata: Number.NaN },
    transform: placed ? [x - dx / 2, dx, 0, y + (rows - 0.5) * dy, 0, -dy] : null,
    crs: 'LOCAL:metres',
    notes: [
      'row 0 of the file is the south edge; the transform is that of the grid turned north-up',
    ],
  };
}

function gammaGrid(fields: Fields, source: string): RawGrid {
  const [rows, columns] = size(fields, ['nlines', 'width'], source);
  const degrees = fields.has('corner_lat');
  const names = degrees
    ? ['corner_lon', 'post_lon', 'corner_lat', 'post_lat']
    : ['corner_east', 'post_east', 'corner_north', 'post_north'];
  const [x, dx, y, dy] = places(fields, names, source);
  const placed = !Number.isNaN(x + dx + y + dy);
  const frequency = numberIn(fields, 'radar_frequency', source);
  const utm = /UTM/i.test(fields.get('DEM_projection') ?? '')
    ? utmCode(
        numberIn(fields, 'projection_zone', source) ?? Number.NaN,
        numberIn(fields, 'false_northing', source) === 0,
      )
    : null;
  return {
    ...NOTHING,
    product: 'GAMMA',
    ...{ quantity: 'unwrapped phase', unit: 'rad', sign: 'away', rows, columns },
    ...{ rowStride: columns, isLittleEndian: false, header: source, nodata: 0 },
    // GAMMA gives the centre of the first pixel.
    transform: placed ? [x - dx / 2, dx, 0, y - dy / 2, 0, dy] : null,
    crs: degrees ? 'EPSG:4326' : utm,
    wavelengthM: frequency === null ? null : LIGHT_SPEED / frequency,
    headingDeg: numberIn(fields, 'heading', source),
    incidenceDeg: numberIn(fields, 'incidence_angle', source),
  };
}

function roiPacGrid(fields: Fields, source: string, bytes: number): RawGrid {
  const [rows, columns] = size(fields, ['FILE_LENGTH', 'WIDTH'], source);
  const [x, dx, y, dy] = places(fields, ['X_FIRST', 'X_STEP', 'Y_FIRST', 'Y_STEP'], source);
  const placed = !Number.isNaN(x + dx + y + dy);
  const isPair = bytes === 8 * rows * columns;
  const utm = /^UTM\s*(\d+)$/i.exec(fields.get('PROJECTION') ?? '');
  const isDegrees = /^deg/i.test(fields.get('X_UNIT') ?? 'degrees');
  return {
    ...NOTHING,
    product: 'ROI_PAC',
    ...{ quantity: 'unwrapped phase', unit: 'rad', sign: 'away', rows, columns },
    rowStride: isPair ? 2 * columns : columns,
    rowStart: isPair ? columns : 0,
    ...{ isLittleEndian: true, header: source, nodata: 0 },
    transform: placed ? [x, dx, 0, y, 0, dy] : null,
    crs: placed ? (utm ? utmCode(Number(utm[1]), y >= 0) : isDegrees ? 'EPSG:4326' : null) : null,
    wavelengthM: numberIn(fields, 'WAVELENGTH', source),
    headingDeg: numberIn(fields, 'HEADING_DEG', source) ?? numberIn(fields, 'HEADING', source),
    incidenceDeg:
      numberIn(fields, 'INCIDENCE_ANGLE', source) ??
      numberIn(fields, 'CENTER_INCIDENCE_ANGLE', source),
    notes: isPair ? ['two bands a line, amplitude and phase: the phase is read'] : [],
  };
}

/** ENVI says nothing of what the numbers mean. */
function enviGrid(fields: Fields, source: string): RawGrid {
  const [rows, columns] = size(fields, ['lines', 'samples'], source);
  const refuse = (reason: string): UnsupportedSourceError =>
    new UnsupportedSourceError({
      source,
      reason,
      remedy: 'give one band of float32 (data type 4)',
    });
  if (Number(fields.get('data type')) !== 4) throw refuse(`data type ${fields.get('data type')}`);
  if (Number(fields.get('bands') ?? 1) !== 1) throw refuse(`${fields.get('bands')} bands`);
  const map = (fields.get('map info') ?? '')
    .replace(/^\{|\}$/g, '')
    .split(',')
    .map((p) => p.trim());
  const [column, row, x, y, dx, dy] = map.slice(1, 7).map(Number);
  const placed = [column, row, x, y, dx, dy].every((v) => Number.isFinite(v));
  const [cx, cy, sx, sy] = [x, y, dx, dy] as [number, number, number, number];
  return {
    ...NOTHING,
    product: 'ENVI float32 grid',
    ...{ rows, columns, rowStride: columns, header: source },
    isLittleEndian: (fields.get('byte order') ?? '0') === '0',
    transform: placed
      ? [cx - ((column as number) - 1) * sx, sx, 0, cy + ((row as number) - 1) * sy, 0, -sy]
      : null,
    crs: /Geographic/i.test(map[0] ?? '')
      ? 'EPSG:4326'
      : /^UTM$/i.test(map[0] ?? '')
        ? utmCode(Number(map[7]), !/south/i.test(map[8] ?? ''))
        : null,
    nodata: numberIn(fields, 'data ignore value', source),
  };
}
