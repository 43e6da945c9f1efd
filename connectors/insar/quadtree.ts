/**
 * In: a table of quadtree points. Out: the points, displacement + towards the satellite. Kite
 * `export_csv` (its header names the columns); VMOD text (x, y, azimuth, incidence, displacement,
 * variance; azimuth is the heading, clockwise from north, incidence from the vertical, radians).
 * @module
 */
import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { CorruptSourceError, UnsupportedSourceError } from '../../core/errors.js';

export interface QuadtreePoints {
  readonly product: 'Kite quadtree' | 'VMOD quadtree';
  readonly columns: number;
  /** Metres, or what the scene's frame counts in, as in the file. */
  readonly east: Float64Array;
  readonly north: Float64Array;
  /** Unit vectors ground to satellite, [points, 3]. */
  readonly look: Float64Array;
  /** Metres, + towards the satellite. */
  readonly losM: Float64Array;
  /** Variance, m^2 (VMOD); null for Kite, which gives weights. */
  readonly varianceM2: Float64Array | null;
}

const MAX_BYTES = 2 ** 27;

/** True for text that starts like one of the two tables. */
export function looksLikeQuadtree(head: Uint8Array): boolean {
  const text = new TextDecoder('latin1').decode(head);
  if (/^#\s*node_id\s*,\s*focal_point_E/.test(text)) return true;
  const first = text.split(/\r?\n/)[0] ?? '';
  const parts = first.trim().split(/[\s,]+/);
  return parts.length === 6 && parts.every((part) => part !== '' && Number.isFinite(Number(part)));
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
  return {
    product: isKite ? 'Kite quadtree' : 'VMOD quadtree',
    columns: names.length,
    east: take(isKite ? 'focal_point_E' : 'x'),
    north: take(isKite ? 'focal_point_N' : 'y'),
    look,
    losM: take(isKite ? 'mean_displacement' : 'displacement'),
    varianceM2: isKite ? null : take('variance'),
  };
}

const VMOD = ['x', 'y', 'azimuth', 'incidence', 'displacement', 'variance'];

function elevationVector(theta: number, phi: number): [number, number, number] {
  const flat = Math.cos(theta);
  return [flat * Math.cos(phi), flat * Math.sin(phi), Math.sin(theta)];
}

function headingVector(heading: number, incidence: number): [number, number, number] {
  const flat = Math.sin(incidence);
  return [-flat * Math.cos(heading), flat * Math.sin(heading), Math.cos(incidence)];
}
