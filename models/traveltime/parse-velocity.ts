/**
 * Text of a velocity file in, model out: 1-D CSV, NonLinLoc LAYER lines, TauP `nd` and `tvel`.
 * @module
 */
import { CorruptSourceError, UnsupportedSourceError } from '../../core/errors.js';
import type { VelocityKnot } from './earth-models.js';
import { velocityModel, type VelocityModel } from './velocity-model.js';

/** Vp / Vs where a table has no S. */
const DEFAULT_VP_VS = 1.73;
/** Depth to which the last LAYER with a gradient goes on, km below its top. */
const LAST_LAYER_KM = 100;
const MAX_LINES = 10_000;

/**
 * Recognises the format by its content:
 * - CSV with a header: `depth,vp,vs` (km, km/s; also `depth_km`, `z`, `p`, `s`; without S 1.73 is
 *   taken); linear between rows, a repeated depth is a discontinuity; flat Earth;
 * - NonLinLoc control lines `LAYER depth Vp Vp-gradient Vs Vs-gradient rho rho-gradient`; flat;
 * - `nd`: depth vp vs [rho ...] with words such as `mantle` between; sphere;
 * - `tvel`: two lines of comment, then depth vp vs rho; sphere.
 * Throws UnsupportedSourceError when it is none of these, CorruptSourceError naming the line, and
 * InvalidInputError for implausible values.
 */
export function parseVelocity(input: {
  readonly name: string;
  readonly text: string;
}): VelocityModel {
  const lines = input.text.split(/\r?\n/);
  if (lines.length > MAX_LINES) throw unknown(input.name, `${lines.length} lines`);
  if (lines.some((line) => /^\s*LAYER\s/.test(line))) return layerModel(input.name, lines);
  const [first = ''] = lines.filter((line) => line.trim() !== '' && !line.startsWith('#'));
  const mark = [';', '\t', ','].find((one) => first.includes(one)) ?? /\s+/;
  const header = cellsOf(first.toLowerCase().replace(/^\uFEFF/, ''), mark).map((cell) =>
    cell.replaceAll(/[\s"]/g, ''),
  );
  if (columnOf(header, DEPTH) >= 0 && columnOf(header, P) >= 0) {
    return tableModel(input.name, lines, header, mark);
  }
  return globalModel(input.name, lines);
}

const DEPTH = ['depth', 'depth_km', 'depth(km)', 'z', 'z_km', 'depthkm'];
const P = ['vp', 'p', 'vp_km_s', 'vp(km/s)', 'vpkms'];
const S = ['vs', 's', 'vs_km_s', 'vs(km/s)', 'vskms'];

/** Blanks around a line divide no cells. */
const cellsOf = (line: string, mark: string | RegExp): string[] => line.trim().split(mark);

function columnOf(header: readonly string[], names: readonly string[]): number {
  return header.findIndex((cell) => names.includes(cell));
}

function tableModel(
  name: string,
  lines: readonly string[],
  header: readonly string[],
  mark: string | RegExp,
): VelocityModel {
  const [depth, p, s] = [columnOf(header, DEPTH), columnOf(header, P), columnOf(header, S)];
  const knots: VelocityKnot[] = [];
  let isHeader = true;
  lines.forEach((line, i) => {
    if (line.trim() === '' || line.startsWith('#')) return;
    if (isHeader) {
      isHeader = false;
      return;
    }
    const cells = cellsOf(line, mark);
    const vpKmS = number(name, i, cells[p]);
    const vsKmS = s < 0 ? vpKmS / DEFAULT_VP_VS : number(name, i, cells[s]);
    knots.push({ depthKm: number(name, i, cells[depth]), vpKmS, vsKmS });
  });
  return velocityModel({ name, isFlat: true, knots });
}

function layerModel(name: string, lines: readonly string[]): VelocityModel {
  const layers = lines.flatMap((line, i) => {
    if (!/^\s*LAYER\s/.test(line)) return [];
    const cells = line.trim().split(/\s+/).slice(1, 6);
    const [top, vp, gp, vs, gs] = cells.map((cell) => number(name, i, cell));
    if (gs === undefined) throw corrupt(name, i, 'LAYER needs depth, Vp, gradient, Vs, gradient');
    return [{ top: top as number, vp: vp as number, gp: gp as number, vs: vs as number, gs }];
  });
  const knots: VelocityKnot[] = [];
  layers.forEach((given, i) => {
    const next = layers[i + 1];
    // Tables have no negative depths: what lies above sea level is left out, the surface layer
    // begins there with the velocity that its gradient has reached.
    if (given.top < 0 && next && next.top <= 0) return;
    const aboveKm = Math.max(0, -given.top);
    const { gp, gs } = given;
    const [vp, vs] = [given.vp + gp * aboveKm, given.vs + gs * aboveKm];
    const layer = { top: given.top + aboveKm, vp, vs, gp, gs };
    knots.push({ depthKm: layer.top, vpKmS: layer.vp, vsKmS: layer.vs });
    if (!next && layer.gp === 0 && layer.gs === 0) return;
    const thickness = next ? next.top - layer.top : LAST_LAYER_KM;
    knots.push({
      depthKm: layer.top + thickness,
      vpKmS: layer.vp + layer.gp * thickness,
      vsKmS: layer.vs + layer.gs * thickness,
    });
  });
  return velocityModel({ name, isFlat: true, knots });
}

function globalModel(name: string, lines: readonly string[]): VelocityModel {
  const knots: VelocityKnot[] = [];
  let comments = 0;
  for (const [i, line] of lines.entries()) {
    const cells = line
      .replace(/(#|\/\/).*$/, '')
      .trim()
      .split(/\s+/);
    const [depthKm, vpKmS, vsKmS] = cells.map(Number);
    // Words of `nd`: mantle, outer-core.
    if (cells.length === 1 && !/^[-+.\d]/.test(cells[0] as string)) continue;
    if (cells.length < 3 || ![depthKm, vpKmS, vsKmS].every(Number.isFinite)) {
      // The two comment lines of `tvel` stand before all numbers.
      if (knots.length === 0 && ++comments <= 2) continue;
      if (knots.length === 0) throw unknown(name, 'no lines of depth, Vp, Vs');
      throw corrupt(name, i, `'${line.trim().slice(0, 60)}' is not depth, Vp, Vs`);
    }
    if (vsKmS === 0 && knots.length === 0) {
      throw corrupt(name, i, 'water (Vs 0) at the top: give the model from the sea floor down');
    }
    if (vsKmS === 0) break;
    knots.push({ depthKm: depthKm as number, vpKmS: vpKmS as number, vsKmS: vsKmS as number });
  }
  if (knots.length < 2) throw unknown(name, 'no lines of depth, Vp, Vs');
  return velocityModel({ name, isFlat: false, knots });
}

function number(name: string, line: number, cell: string | undefined): number {
  const value = cell === undefined || cell.trim() === '' ? Number.NaN : Number(cell);
  if (Number.isFinite(value)) return value;
  throw corrupt(name, line, `'${cell ?? ''}' is not a number`);
}

function corrupt(source: string, line: number, reason: string): CorruptSourceError {
  return new CorruptSourceError({ source, at: `line ${line + 1}`, reason });
}

function unknown(source: string, reason: string): UnsupportedSourceError {
  return new UnsupportedSourceError({
    source,
    reason: `not a velocity model: ${reason}`,
    remedy: 'give a CSV with depth,vp,vs, NonLinLoc LAYER lines, or a TauP nd or tvel file',
  });
}
