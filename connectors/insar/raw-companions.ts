/**
 * In: a raw grid. Out: what files beside it, or beside those of the whole stack, tell of it: line of sight,
 * radar, coherence. Names are those of GAMMA (`lv_theta`, `lv_phi`, `.par` a date, `.cc`), ROI_PAC (`.cor`) and
 * LiCSBAS (`E.geo`, `N.geo`, `U.geo`, `slc.mli.par`, `.cc` as bytes).
 * @module
 */
import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { CorruptSourceError } from '../../core/errors.js';
import {
  towardSatellite,
  vectorsFromComponents,
  vectorsFromElevationOrientation,
} from './line-of-sight.js';
import { readGammaHeader, type GammaHeader } from './product-files.js';
import { filesIn, readRawGrid, type RawGrid } from './raw-grid.js';
import { PAIR_OF_DATES } from './raw-header.js';
import { option, type Options, type Refuse } from './scene-metadata.js';

/** Grids that belong to another one. */
export const COMPANION = /(\.(cc|cor|coh)|lv_theta|lv_phi)$/;

/** Where a raw grid looks from: one direction, or grids of it. */
export type Look =
  | { readonly angles: { readonly headingDeg: number; readonly incidenceDeg: number } }
  | { readonly kind: 'angles' | 'components'; readonly files: readonly string[] };

/** Line of sight by the options, else files beside the grid, else its header; null when none tells it. */
export function lookOf(file: string, grid: RawGrid, options: Options, refuse: Refuse): Look | null {
  const given = option(options, 'headingDeg', refuse);
  const from = option(options, 'incidenceDeg', refuse);
  if (grid.product === 'GAMMA' && (given === null || from === null)) {
    const found = lookFiles(file);
    if (found) return found;
  }
  const headingDeg = given ?? grid.headingDeg;
  const incidenceDeg = from ?? grid.incidenceDeg;
  const usable = headingDeg !== null && incidenceDeg !== null && incidenceDeg > 0;
  return usable && incidenceDeg < 90 ? { angles: { headingDeg, incidenceDeg } } : null;
}

/** GAMMA `look_vector` grids (elevation and orientation from east, radians) or east, north and up of LiCSBAS. */
function lookFiles(file: string): Look | null {
  for (const folder of foldersOf(file)) {
    const names = filesIn(folder);
    const all = (kind: 'angles' | 'components', endings: readonly RegExp[]): Look | null => {
      const found = endings.map((ending) => names.filter((name) => ending.test(name)));
      if (found.some((own) => own.length !== 1)) return null;
      return { kind, files: found.flat().map((name) => path.join(folder, name)) };
    };
    const look =
      all('angles', [/lv_theta$/, /lv_phi$/]) ??
      all('components', [
        /^(.*\.)?E\.geo$|\.geo\.E$/,
        /^(.*\.)?N\.geo$|\.geo\.N$/,
        /^(.*\.)?U\.geo$|\.geo\.U$/,
      ]);
    if (look) return look;
  }
  return null;
}

/** The folder of a file, those of a stack above it, and where they keep geometry. */
function foldersOf(file: string): string[] {
  const folder = path.dirname(file);
  const above = path.join(folder, '..');
  return [folder, above, path.join(above, 'geometry'), path.join(above, 'metadata')];
}

/** Unit vectors of all pixels, [3, rows, columns]. */
export async function vectorsOfFiles(
  look: Exclude<Look, { readonly angles: unknown }>,
  grid: RawGrid,
): Promise<Float32Array> {
  const plain = { ...grid, rowStart: 0, rowStride: grid.columns };
  const grids: Float32Array[] = [];
  for (const file of look.files) grids.push(northUp(await readRawGrid(file, plain), grid));
  const name = path.basename(look.files[0] ?? '');
  return look.kind === 'angles'
    ? vectorsFromElevationOrientation(grids, name).vectors
    : vectorsFromComponents(grids, name).vectors;
}

/** Look vector of a raw grid where header or companions tell it, at its middle; null otherwise. */
export async function rawLookVector(
  file: string,
  grid: RawGrid,
): Promise<readonly number[] | null> {
  const look = lookOf(file, grid, {}, NO_OPTIONS);
  if (!look) return null;
  if ('angles' in look) return towardSatellite(look.angles);
  const vectors = await vectorsOfFiles(look, grid);
  const pixels = vectors.length / 3;
  const middle = Math.floor(grid.rows / 2) * grid.columns + Math.floor(grid.columns / 2);
  const vector = [0, 1, 2].map((k) => vectors[k * pixels + middle] as number);
  return vector.some(Number.isNaN) ? null : vector;
}

const NO_OPTIONS: Refuse = (reason, remedy) => {
  throw new TypeError(`${reason}: ${remedy}`);
};

/**
 * GAMMA keeps radar frequency, heading and incidence in the parameter file of each date, LiCSBAS the frequency in
 * one for all.
 */
export async function gammaDateHeader(
  file: string,
  grid: RawGrid,
  firstDate: string,
): Promise<GammaHeader | null> {
  if (grid.product !== 'GAMMA') return null;
  const digits = firstDate.replaceAll('-', '');
  const folder = path.dirname(file);
  const above = path.join(folder, '..');
  const places = [folder, path.join(folder, 'headers'), above, path.join(above, 'headers')];
  const isOfDate = (name: string): boolean => /\d{8}/.exec(name)?.[0] === digits;
  const isOfAll = (name: string): boolean => /^(slc\.)?mli\.par$/.test(name);
  for (const isOwn of [isOfDate, isOfAll]) {
    for (const place of places) {
      const names = filesIn(place).filter(
        (name) => name.endsWith('.par') && name !== grid.header && isOwn(name),
      );
      for (const name of names) {
        const header = await readGammaHeader(path.join(place, name));
        if (header.wavelengthM !== null) return header;
      }
    }
  }
  return null;
}

/**
 * `.cc`, `.cor` or `.coh` of the pair beside the grid or in `cc`, 0 to 1; NaN without. ROI_PAC keeps it as the second
 * of two bands, LiCSBAS as bytes of which 255 is 1: the size tells.
 */
export async function coherenceOf(file: string, grid: RawGrid): Promise<Float32Array> {
  const found = coherenceFile(file);
  const pixels = grid.rows * grid.columns;
  if (!found) return new Float32Array(pixels).fill(Number.NaN);
  const { size } = await stat(found);
  const values =
    size === pixels
      ? Float32Array.from(await readFile(found), (byte) => byte / 255)
      : await readRawGrid(found, {
          ...grid,
          rowStart: size === 8 * pixels ? grid.columns : 0,
          rowStride: size === 8 * pixels ? 2 * grid.columns : grid.columns,
        });
  const wrong = values.findIndex((value) => value < 0 || value > 1.0001);
  if (wrong >= 0) {
    throw new CorruptSourceError({
      source: path.basename(found),
      at: `pixel ${wrong}`,
      reason: `coherence is ${values[wrong]}, outside 0 to 1`,
    });
  }
  return northUp(values, grid);
}

function coherenceFile(file: string): string | null {
  const name = path.basename(file);
  const folder = path.dirname(file);
  const stem = name.replace(/\.[^.]+$/, '');
  const own = ['.cc', '.cor', '.coh'].map((ending) => stem + ending);
  const pair = PAIR_OF_DATES.exec(name)?.[0];
  for (const place of [folder, path.join(folder, '..', 'cc')]) {
    const names = filesIn(place);
    const found =
      names.find((other) => own.includes(other)) ??
      names.find((other) => pair && other.includes(pair) && /\.(cc|cor|coh)$/.test(other));
    if (found) return path.join(place, found);
  }
  return null;
}

/** Rows turned so that the first is in the north. */
export function northUp(
  values: Float32Array,
  { rows, columns, isSouthFirst }: RawGrid,
): Float32Array {
  if (!isSouthFirst) return values;
  const out = new Float32Array(values.length);
  for (let row = 0; row < rows; row++) {
    out.set(values.subarray(row * columns, (row + 1) * columns), (rows - 1 - row) * columns);
  }
  return out;
}
