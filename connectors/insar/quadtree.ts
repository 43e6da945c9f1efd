/**
 * In: a table of quadtree points. Out: the points, displacement + towards the satellite. Kite
 * `export_csv` (its header names the columns); VMOD text (x, y, azimuth, incidence, displacement,
 * deviation; azimuth is the heading, clockwise from north, incidence from the vertical, radians). VMOD
 * (`util.quadtree_var`, `calc_std`) writes the standard deviation in a block over its number of pixels and
 * divides residuals by it (`Inverse.log_likelihood`), with a scale that it samples.
 * @module
 */
import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { CorruptSourceError, UnsupportedSourceError } from '../../core/errors.js';

export interface QuadtreePoints {
  readonly product: 'Kite quadtree' | 'VMOD quadtree';
  readonly columns: number;
  /** Of `east` and `north`: Kite counts as the scene's frame does, which is told from its extent. */
  readonly unit: 'm' | 'degrees';
  /** As in the file; Kite's are relative to the south-west corner of its frame. */
  readonly east: Float64Array;
  readonly north: Float64Array;
  /** Unit vectors ground to satellite, [points, 3]. */
  readonly look: Float64Array;
  /** Metres, + towards the satellite. */
  readonly losM: Float64Array;
  /** Standard deviations up to a scale, m (VMOD); null for Kite, which gives weights. */
  readonly sdM: Float64Array | null;
}

const MAX_BYTES = 2 ** 27;

/** True for text that starts like one of the two tables. */
export function looksLikeQuadtree(head: Uint8Array): boolean {
  const text = new TextDecoder('latin1').decode(head);
  if (/^#\s*node_id\s*,\s*focal_point_E/.test(text)) return true;
  const first = text.split(/\r?\n/)[0] ?? '';
  const parts = first.trim().split(/[\s,]+/);
  // A first line with NaN is a table still: `readQuadtree` names the line.
  const isNumber = (part: string): boolean =>
    /^[+-]?nan$/i.test(part) || (part !== '' && Number.isFinite(Number(part)));
  return parts.length === 6 && parts.every(isNumber);
}

/** All points. Throws CorruptSourceError with the line, UnsupportedSourceError for missing columns. */
export async function readQuadtree(file: string): Promise<QuadtreePoints> {
  const source = path.basename(file);
  const { size } = await stat(file);
  if (size > MAX_BYTES) {
    throw new UnsupportedSourceError({
      source,
      reason: `${size} bytes are too many for a table of points`,
      remedy: 'reduce it with a coarser quadtree',
    });
  }
  const lines = (await readFile(file, 'latin1')).split(/\r?\n/);
  const isKite = (lines[0] ?? '').startsWith('#');
  const names = isKite
    ? (lines[0] ?? '')
        .replace(/^#/, '')
        .split(',')
        .map((n) => n.trim())
    : VMOD;
  const column = (name: string): number => names.indexOf(name);
  const rows: number[][] = [];
  lines.forEach((line, i) => {
    if (line.trim() === '' || line.startsWith('#')) return;
    const values = line
      .trim()
      .split(isKite ? /\s*,\s*/ : /[\s,]+/)
      .map(Number);
    if (values.length !== names.length || values.some((value) => !Number.isFinite(value))) {
      throw new CorruptSourceError({
        source,
        at: `line ${i + 1}`,
        reason: `expected ${names.length} numbers (${names.join(', ')})`,
      });
    }
    rows.push(values);
  });
  if (rows.length === 0) {
    throw new CorruptSourceError({ source, at: 'line 1', reason: 'it has no point' });
  }
  const take = (name: string): Float64Array => {
    const at = column(name);
    if (at >= 0) return Float64Array.from(rows, (row) => row[at] as number);
    throw new UnsupportedSourceError({
      source,
      reason: `it lacks the column ${name}`,
      remedy: 'export it anew: geometry and displacement are needed',
    });
  };
  const [first, second] = isKite ? ['theta', 'phi'] : ['azimuth', 'incidence'];
  const [a, b] = [take(first as string), take(second as string)];
  const look = new Float64Array(3 * rows.length);
  rows.forEach((_, i) => {
    const vector = isKite
      ? elevationVector(a[i] as number, b[i] as number)
      : headingVector(a[i] as number, b[i] as number);
    if (!(vector[2] > 0)) {
      throw new CorruptSourceError({
        source,
        at: `point ${i + 1}`,
        reason: `${first} ${a[i]} and ${second} ${b[i]} are no angles in radians to a satellite`,
      });
    }
    look.set(vector, 3 * i);
  });
  const east = take(isKite ? 'focal_point_E' : 'x');
  const north = take(isKite ? 'focal_point_N' : 'y');
  const extent = Math.max(...[east, north].map(spanOf));
  return {
    product: isKite ? 'Kite quadtree' : 'VMOD quadtree',
    columns: names.length,
    // No scene is 20 m across, and none 20 degrees.
    unit: isKite && extent < 20 ? 'degrees' : 'm',
    ...{ east, north, look },
    losM: take(isKite ? 'mean_displacement' : 'displacement'),
    sdM: isKite ? null : positive(take('deviation'), source),
  };
}

function spanOf(values: Float64Array): number {
  let [low, high] = [Infinity, -Infinity];
  for (const value of values) [low, high] = [Math.min(low, value), Math.max(high, value)];
  return high - low;
}

function positive(values: Float64Array, source: string): Float64Array {
  const wrong = values.findIndex((value) => !(value > 0));
  if (wrong < 0) return values;
  throw new CorruptSourceError({
    source,
    at: `point ${wrong + 1}`,
    reason: `deviation is ${values[wrong]}, not above 0`,
  });
}

const VMOD = ['x', 'y', 'azimuth', 'incidence', 'displacement', 'deviation'];

function elevationVector(theta: number, phi: number): [number, number, number] {
  const flat = Math.cos(theta);
  return [flat * Math.cos(phi), flat * Math.sin(phi), Math.sin(theta)];
}

function headingVector(heading: number, incidence: number): [number, number, number] {
  const flat = Math.sin(incidence);
  return [-flat * Math.cos(heading), flat * Math.sin(heading), Math.cos(incidence)];
}
