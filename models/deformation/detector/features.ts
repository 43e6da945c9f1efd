/**
 * What the detector sees of a scene: 48 x 48 cells of motion in units of its own scatter, of data, and of jumps
 * between neighbours. Free of units, look and size, so that one network serves all radars.
 * @module
 */
import type { InsarScene } from '../../../core/waveform.js';

/** Side of the input in cells, and its channels. */
export const CELLS = 48;
export const CHANNELS = 3;

/** The parts of a scene that are looked at. */
export type DetectorScene = Pick<InsarScene, 'rows' | 'columns' | 'losM' | 'wavelengthM'>;

/**
 * [CELLS, CELLS, 3]: asinh of the mean displacement over its robust deviation, plane removed (0 without data);
 * share of pixels with data; share of neighbours that differ by more than half a cycle. Null when fewer than a tenth
 * of the pixels have data.
 */
export function detectorInput(scene: DetectorScene): Float32Array | null {
  const { rows, columns, losM } = scene;
  const half = scene.wavelengthM / 4;
  const sum = new Float64Array(CELLS * CELLS);
  const data = new Float64Array(CELLS * CELLS);
  const pixels = new Float64Array(CELLS * CELLS);
  const jumps = new Float64Array(CELLS * CELLS);
  const steps = new Float64Array(CELLS * CELLS);
  const add = (grid: Float64Array, at: number, value: number): void => {
    grid[at] = (grid[at] as number) + value;
  };
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const cell =
        Math.floor((row * CELLS) / rows) * CELLS + Math.floor((column * CELLS) / columns);
      const i = row * columns + column;
      const value = losM[i] as number;
      add(pixels, cell, 1);
      if (value !== value) continue;
      add(sum, cell, value);
      add(data, cell, 1);
      for (const other of [
        column + 1 < columns ? losM[i + 1] : Number.NaN,
        row + 1 < rows ? losM[i + columns] : Number.NaN,
      ] as number[]) {
        if (other !== other) continue;
        add(steps, cell, 1);
        if (Math.abs(other - value) > half) add(jumps, cell, 1);
      }
    }
  }
  // A scene smaller than the input leaves cells without pixels: they take the value of the cell that holds them.
  const source = (cell: number): number => {
    const row = Math.floor((Math.floor(cell / CELLS) * rows) / CELLS);
    const column = Math.floor(((cell % CELLS) * columns) / CELLS);
    const up = Math.floor((row * CELLS) / rows);
    const left = Math.floor((column * CELLS) / columns);
    return up * CELLS + left;
  };
  const cells = Int32Array.from({ length: CELLS * CELLS }, (_, cell) =>
    pixels[cell] === 0 ? source(cell) : cell,
  );
  const means = Float64Array.from(cells, (at) => (sum[at] as number) / (data[at] as number));
  const known = [...means.keys()].filter((at) => !Number.isNaN(means[at] as number));
  if (known.length < 0.1 * means.length) return null;
  const flat = withoutPlane(means, known);
  const sizes = Float64Array.from(known, (at) => Math.abs(flat[at] as number)).sort();
  const scale = Math.max(1.4826 * (sizes[sizes.length >> 1] as number), scene.wavelengthM / 1000);
  const input = new Float32Array(CELLS * CELLS * CHANNELS);
  cells.forEach((at, cell) => {
    const value = flat[cell] as number;
    input[cell * CHANNELS] = Number.isNaN(value) ? 0 : Math.asinh(value / scale) / 2;
    input[cell * CHANNELS + 1] = (data[at] as number) / Math.max(1, pixels[at] as number);
    input[cell * CHANNELS + 2] = steps[at] ? 4 * ((jumps[at] as number) / steps[at]) : 0;
  });
  return input;
}

/** Without the plane of least absolute residuals (re-weighted least squares). */
function withoutPlane(means: Float64Array, known: readonly number[]): Float64Array {
  const x = (at: number): number => (at % CELLS) / CELLS - 0.5;
  const y = (at: number): number => Math.floor(at / CELLS) / CELLS - 0.5;
  let plane: readonly [number, number, number] = [0, 0, 0];
  const off = (at: number): number =>
    (means[at] as number) - plane[0] - plane[1] * x(at) - plane[2] * y(at);
  for (let round = 0; round < 12; round++) {
    let [w0, wx, wy, wxx, wxy, wyy, v0, vx, vy] = [1e-9, 0, 0, 1e-9, 0, 1e-9, 0, 0, 0];
    for (const at of known) {
      const w = round === 0 ? 1 : 1 / Math.max(1e-5, Math.abs(off(at)));
      const [a, b, v] = [x(at), y(at), means[at] as number];
      w0 += w;
      wx += w * a;
      wy += w * b;
      wxx += w * a * a;
      wxy += w * a * b;
      wyy += w * b * b;
      v0 += w * v;
      vx += w * a * v;
      vy += w * b * v;
    }
    const determinant =
      w0 * (wxx * wyy - wxy * wxy) - wx * (wx * wyy - wxy * wy) + wy * (wx * wxy - wxx * wy);
    if (!(Math.abs(determinant) > 1e-12)) break;
    plane = [
      (v0 * (wxx * wyy - wxy * wxy) - wx * (vx * wyy - wxy * vy) + wy * (vx * wxy - wxx * vy)) /
        determinant,
      (w0 * (vx * wyy - vy * wxy) - v0 * (wx * wyy - wxy * wy) + wy * (wx * vy - vx * wy)) /
        determinant,
      (w0 * (wxx * vy - wxy * vx) - wx * (wx * vy - vx * wy) + v0 * (wx * wxy - wxx * wy)) /
        determinant,
    ];
  }
  return Float64Array.from(means, (_, at) => off(at));
}
