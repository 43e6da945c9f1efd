/**
 * In: a raw float32 grid with its header. Out: one InsarScene, displacement in metres, + towards the
 * satellite, first row in the north. What neither header, name nor companion says comes from the options
 * `quantity`, `positive`, `crs`, `firstDate`, `secondDate`, `headingDeg`, `incidenceDeg`, `wavelengthM`.
 * @module
 */
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import type { Connector, Scan } from '../../core/connector.js';
import { CorruptSourceError, UnsupportedSourceError } from '../../core/errors.js';
import { insarTable } from '../../core/tables/insar-table.js';
import type { InsarScene } from '../../core/waveform.js';
import {
  constantVectors,
  towardSatellite,
  vectorsFromElevationOrientation,
} from './line-of-sight.js';
import { readGammaHeader } from './product-files.js';
import { describeRawGrid, readRawGrid, type RawGrid } from './raw-grid.js';
import { checkDates, checkPlace, option, type Options, type Refuse } from './scene-metadata.js';
import { isTiff } from './tiff/directory.js';

/** Grids that belong to another one. */
const COMPANION = /(\.(cc|cor|coh)|lv_theta|lv_phi)$/;

/** Reader of raw grids with a COMET, GAMMA, ROI_PAC or ENVI header beside them. */
export const rawGridConnector: Connector = {
  format: 'insar/raw-grid',
  source: 'insar',
  title: 'Raw float32 grid with header (COMET, GAMMA, ROI_PAC, ENVI)',

  async probe(file) {
    if (isTiff(file.head) || COMPANION.test(file.path)) return 0;
    try {
      return (await describeRawGrid(file.path)) ? 0.9 : 0;
    } catch {
      // A header beside a file of another size may belong to another format; `scan` is not reached then.
      return 0;
    }
  },

  async scan(file, options): Promise<Scan> {
    const facts = await rawFacts(file.path, options);
    const { firstDate, secondDate, transform, crs, wavelengthM, notes } = facts;
    const end = new Date(Date.parse(secondDate) + 86_400_000).toISOString().slice(0, 10);
    const { product, rows, columns, header, nodata } = facts.grid;
    return {
      format: 'insar/raw-grid',
      source: 'insar',
      window: { start: `${firstDate}T00:00:00Z`, end: `${end}T00:00:00Z` },
      facts: {
        ...{ product, rows, columns, header, nodata, firstDate, secondDate },
        ...{ transform, crs, wavelengthM },
      },
      audit: notes,
    };
  },

  async read({ file, options }) {
    return insarTable([await readRawScene(file.path, options)]);
  },
};

/**
 * The scene of a raw grid. Throws UnsupportedSourceError with what is missing, CorruptSourceError when
 * header and file disagree or no pixel has data.
 */
export async function readRawScene(file: string, options: Options): Promise<InsarScene> {
  const facts = await rawFacts(file, options);
  const { grid, wavelengthM, metresPerUnit, transform, crs, firstDate, secondDate } = facts;
  const { rows, columns } = grid;
  const stored = northUp(await readRawGrid(file, grid), grid);
  let missing = 0;
  const losM = stored.map((value) => {
    const hasData = Number.isFinite(value) && value !== grid.nodata;
    if (!hasData) missing++;
    return hasData ? metresPerUnit * value : Number.NaN;
  });
  const name = path.basename(file);
  if (missing === losM.length) {
    const reason = `every pixel is nodata (NaN${grid.nodata === null ? '' : ` or ${grid.nodata}`})`;
    throw new CorruptSourceError({ source: name, at: 'byte 0', reason });
  }
  const unitVectors =
    'angles' in facts.look
      ? constantVectors(towardSatellite(facts.look.angles), rows * columns)
      : await vectorsOfFiles(facts.look.files, grid);
  return {
    sceneId: name,
    ...{ firstDate, secondDate, rows, columns, transform, crs, losM, unitVectors, wavelengthM },
    coherence: await coherenceOf(file, grid),
    notes: [...facts.notes, `${missing} of ${losM.length} pixels are nodata`],
  };
}

/** Look vector of a raw grid where header or companions tell it; null otherwise. */
export async function rawLookVector(
  file: string,
  grid: RawGrid,
): Promise<readonly number[] | null> {
  const look = await lookOf(file, grid, {}, () => new Error());
  if (!look) return null;
  if ('angles' in look) return towardSatellite(look.angles);
  const vectors = await vectorsOfFiles(look.files, grid);
  const pixels = vectors.length / 3;
  const middle = Math.floor(grid.rows / 2) * grid.columns + Math.floor(grid.columns / 2);
  const vector = [0, 1, 2].map((k) => vectors[k * pixels + middle] as number);
  return vector.some(Number.isNaN) ? null : vector;
}

type Look =
  | { readonly angles: { readonly headingDeg: number; readonly incidenceDeg: number } }
  | { readonly files: readonly [string, string] };

interface RawFacts {
  readonly grid: RawGrid;
  readonly firstDate: string;
  readonly secondDate: string;
  readonly transform: InsarScene['transform'];
  readonly crs: string;
  readonly wavelengthM: number;
  readonly metresPerUnit: number;
  readonly look: Look;
  readonly notes: readonly string[];
}

/** Everything but the numbers. */
async function rawFacts(file: string, options: Options): Promise<RawFacts> {
  const name = path.basename(file);
  const refuse: Refuse = (reason, remedy) =>
    new UnsupportedSourceError({ source: name, reason, remedy });
  const grid = await describeRawGrid(file);
  if (!grid) {
    throw refuse(
      'no header beside it describes a raw grid',
      'put a .rsc, .par or .hdr of the same name beside it',
    );
  }
  const transform = grid.transform as InsarScene['transform'] | null;
  if (!transform) {
    throw refuse(`${grid.header} does not place the grid`, 'add corner and spacing to the header');
  }
  const crs = text(options, 'crs', /^(EPSG:\d+|LOCAL:metres)$/, refuse) ?? grid.crs;
  if (!crs) {
    throw refuse(`${grid.header} names no CRS`, 'give the option crs: EPSG:<code> or LOCAL:metres');
  }
  const { rows, columns } = grid;
  checkPlace({ transform, crs, rows, columns }, refuse);
  const firstDate = text(options, 'firstDate', DATE, refuse) ?? grid.firstDate;
  const secondDate = text(options, 'secondDate', DATE, refuse) ?? grid.secondDate;
  if (!firstDate || !secondDate) {
    throw refuse(
      'its dates are unknown: neither name nor header has two',
      'put YYYYMMDD-YYYYMMDD into its name or give the options firstDate and secondDate',
    );
  }
  checkDates({ firstDate, secondDate }, refuse);
  const quantity =
    text(options, 'quantity', /^(phase|displacement)$/, refuse) ??
    (grid.quantity === 'unwrapped phase' ? 'phase' : grid.quantity);
  const positive = text(options, 'positive', /^(towards|away)$/, refuse) ?? grid.sign;
  if (!quantity || !positive) {
    throw refuse(
      `${grid.header} does not say ${quantity ? 'which direction is positive' : 'what its numbers are'}`,
      'give the options quantity (phase or displacement) and positive (towards or away, from the satellite)',
    );
  }
  const header = await gammaDateHeader(file, grid, firstDate);
  const wavelengthM =
    option(options, 'wavelengthM', refuse) ?? grid.wavelengthM ?? header?.wavelengthM ?? null;
  if (quantity === 'phase' && !(wavelengthM !== null && wavelengthM > 0)) {
    throw refuse(
      `the wavelength is unknown: ${grid.header} lacks it`,
      'give the option wavelengthM (Sentinel-1 0.05546576, ENVISAT 0.0562356424)',
    );
  }
  const own = {
    ...grid,
    headingDeg: grid.headingDeg ?? header?.headingDeg ?? null,
    incidenceDeg: grid.incidenceDeg ?? header?.incidenceDeg ?? null,
  };
  const look = await lookOf(file, own, options, refuse);
  if (!look) {
    throw refuse(
      'the line of sight is unknown: no heading and incidence angle in a header, no lv_theta and lv_phi beside it',
      'give the options headingDeg and incidenceDeg',
    );
  }
  const sign = positive === 'towards' ? 1 : -1;
  // Fringes of a map of displacement are drawn for Sentinel-1 when no other radar is named.
  const drawn = wavelengthM ?? 0.05546576;
  return {
    ...{ grid, firstDate, secondDate, transform, crs, look, wavelengthM: drawn },
    metresPerUnit: quantity === 'phase' ? (sign * drawn) / (4 * Math.PI) : sign,
    notes: [
      `${grid.product}: ${quantity}, + ${positive} ${positive === 'away' ? 'from ' : ''}the satellite; header ${grid.header}`,
      ...(quantity === 'phase' ? [`wavelength ${drawn} m`] : []),
      'angles' in look
        ? `line of sight constant over the scene: heading ${look.angles.headingDeg}, incidence ${look.angles.incidenceDeg} degrees`
        : `line of sight a pixel from ${look.files.map((f) => path.basename(f)).join(', ')}`,
      ...grid.notes,
    ],
  };
}

const DATE = /^\d{4}-\d{2}-\d{2}$/;

function text(options: Options, key: string, form: RegExp, refuse: Refuse): string | null {
  const value = options[key];
  if (value === undefined) return null;
  if (typeof value === 'string' && form.test(value)) return value;
  throw refuse(`option ${key} is '${String(value)}'`, `write it as ${form.source}`);
}

async function lookOf(
  file: string,
  grid: RawGrid,
  options: Options,
  refuse: Refuse | (() => Error),
): Promise<Look | null> {
  const given = option(options, 'headingDeg', refuse as Refuse);
  const from = option(options, 'incidenceDeg', refuse as Refuse);
  if (grid.product === 'GAMMA' && (given === null || from === null)) {
    const files = lookFiles(file);
    if (files) return { files };
  }
  const headingDeg = given ?? grid.headingDeg;
  const incidenceDeg = from ?? grid.incidenceDeg;
  const usable = headingDeg !== null && incidenceDeg !== null && incidenceDeg > 0;
  return usable && incidenceDeg < 90 ? { angles: { headingDeg, incidenceDeg } } : null;
}

/** GAMMA `look_vector` grids beside a file: elevation and orientation from east, radians. */
function lookFiles(file: string): readonly [string, string] | null {
  const folder = path.dirname(file);
  const find = (ending: RegExp): string[] => readdirSync(folder).filter((n) => ending.test(n));
  const [theta, phi] = [find(/lv_theta$/), find(/lv_phi$/)];
  const [first, second] = [theta[0], phi[0]];
  if (theta.length !== 1 || phi.length !== 1 || !first || !second) return null;
  return [path.join(folder, first), path.join(folder, second)];
}

async function vectorsOfFiles(
  files: readonly [string, string],
  grid: RawGrid,
): Promise<Float32Array> {
  const plain = { ...grid, rowStart: 0, rowStride: grid.columns };
  const grids: Float32Array[] = [];
  for (const file of files) grids.push(northUp(await readRawGrid(file, plain), grid));
  return vectorsFromElevationOrientation(grids, path.basename(files[0])).vectors;
}

/** GAMMA keeps radar frequency, heading and incidence in the parameter file of each date. */
async function gammaDateHeader(file: string, grid: RawGrid, firstDate: string) {
  if (grid.product !== 'GAMMA') return null;
  const digits = firstDate.replaceAll('-', '');
  const folder = path.dirname(file);
  for (const place of [folder, path.join(folder, 'headers'), path.join(folder, '..', 'headers')]) {
    if (!existsSync(place)) continue;
    const names = readdirSync(place).filter(
      (name) => name.endsWith('.par') && name !== grid.header && /\d{8}/.exec(name)?.[0] === digits,
    );
    for (const name of names.sort()) {
      const header = await readGammaHeader(path.join(place, name));
      if (header.wavelengthM !== null) return header;
    }
  }
  return null;
}

/** `.cc`, `.cor` or `.coh` of the same grid beside it; NaN without. ROI_PAC keeps it as the second of two bands. */
async function coherenceOf(file: string, grid: RawGrid): Promise<Float32Array> {
  const stem = file.replace(/\.[^.]+$/, '');
  const found = ['.cc', '.cor', '.coh'].map((e) => stem + e).find((f) => existsSync(f));
  if (!found) return new Float32Array(grid.rows * grid.columns).fill(Number.NaN);
  const values = northUp(await readRawGrid(found, grid), grid);
  const wrong = values.findIndex((value) => value < 0 || value > 1.0001);
  if (wrong >= 0) {
    throw new CorruptSourceError({
      source: path.basename(found),
      at: `pixel ${wrong}`,
      reason: `coherence is ${values[wrong]}, outside 0 to 1`,
    });
  }
  return values;
}

function northUp(values: Float32Array, { rows, columns, isSouthFirst }: RawGrid): Float32Array {
  if (!isSouthFirst) return values;
  const out = new Float32Array(values.length);
  for (let row = 0; row < rows; row++) {
    out.set(values.subarray(row * columns, (row + 1) * columns), (rows - 1 - row) * columns);
  }
  return out;
}
