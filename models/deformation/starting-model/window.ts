/**
 * What the starting model sees of a scene: 32 x 32 cells about the moving area, in units of its radius and of its
 * own motion, turned so that the satellite stands east. Free of units, size, place, flight direction and sign, because
 * a half space has no scale, and shapes keep their form when motion changes its sign.
 * @module
 */
import type { InsarScene } from '../../../core/waveform.js';
import { fromLocal, type LocalFrame } from '../local-frame.js';
import { isUsable } from '../scene-points.js';
import { blockMeans, movingArea } from '../scene-noise.js';
import type { Area } from '../source-model.js';

/** Cells on a side; half the side of the window in radii of the moving area. */
export const CELLS = 32;
export const REACH = 1.25;
/** Motion, and share of places with data. */
export const CHANNELS = 2;
/** Places looked up on a side of a cell, at most. */
const MOST_ACROSS = 4;

/** A scene as the network sees it. */
export interface Window {
  /** [CELLS, CELLS, 2], first row farthest north of the turned frame. */
  readonly cells: Float32Array;
  /** Horizontal part of the line of sight, 0 to 1: the sine of the incidence. */
  readonly sineIncidence: number;
  /** Direction to the satellite, degrees anticlockwise from east; added to a strike it gives that of the turned frame. */
  readonly turnDeg: number;
}

/** Window of a scene; null without an area, or with data in fewer than a tenth of its cells. */
export function sceneWindow(scene: InsarScene, frame: LocalFrame, area: Area): Window | null {
  const { off } = movingArea(blockMeans(scene, frame, 24));
  const [x0, dx, , y0, , dy] = scene.transform;
  const pixels = scene.rows * scene.columns;
  const pixelAt = (eastM: number, northM: number): number => {
    const { x, y } = fromLocal(frame, eastM, northM);
    const column = Math.floor((x - x0) / dx);
    const row = Math.floor((y - y0) / dy);
    if (row < 0 || column < 0 || row >= scene.rows || column >= scene.columns) return -1;
    const pixel = row * scene.columns + column;
    return isUsable(scene, pixel) ? pixel : -1;
  };
  const look = lookAt(scene, pixelAt(area.eastM, area.northM));
  const sideM = (2 * REACH * area.radiusM) / CELLS;
  if (!look || !(sideM > 0) || pixels === 0) return null;
  const turn = Math.atan2(look[1], look[0]);
  const [cos, sin] = [Math.cos(turn), Math.sin(turn)];
  const across = Math.max(
    1,
    Math.min(MOST_ACROSS, Math.round(sideM / Math.abs(dx * frame.metresPerX))),
  );
  const means = new Float64Array(CELLS * CELLS).fill(Number.NaN);
  const shares = new Float64Array(CELLS * CELLS);
  for (let cell = 0; cell < means.length; cell++) {
    let [sum, count] = [0, 0];
    for (let k = 0; k < across * across; k++) {
      const x = (cell % CELLS) + ((k % across) + 0.5) / across - CELLS / 2;
      const y = CELLS / 2 - Math.floor(cell / CELLS) - (Math.floor(k / across) + 0.5) / across;
      const eastM = area.eastM + sideM * (cos * x - sin * y);
      const northM = area.northM + sideM * (sin * x + cos * y);
      const pixel = pixelAt(eastM, northM);
      if (pixel < 0) continue;
      sum += off({ eastM, northM, value: scene.losM[pixel] as number });
      count++;
    }
    shares[cell] = count / (across * across);
    if (count > 0) means[cell] = sum / count;
  }
  const cells = normalised(means, shares);
  if (!cells) return null;
  return { cells, sineIncidence: Math.hypot(look[0], look[1]), turnDeg: (turn * 180) / Math.PI };
}

/** Mean line of sight of the scene, or that of a pixel. */
function lookAt(scene: InsarScene, pixel: number): readonly [number, number] | null {
  const pixels = scene.rows * scene.columns;
  const at = pixel >= 0 ? pixel : scene.losM.findIndex((_, i) => isUsable(scene, i));
  if (at < 0) return null;
  return [scene.unitVectors[at] as number, scene.unitVectors[pixels + at] as number];
}

/**
 * Cells as the network sees them: motion over three times its root mean square, with the sign of its third moment
 * taken out; 0 without data. Null when fewer than a tenth of the cells have data, or nothing moves.
 */
export function normalised(means: Float64Array, shares: Float64Array): Float32Array | null {
  let [squares, cubes, count] = [0, 0, 0];
  for (const value of means) {
    if (value !== value) continue;
    squares += value * value;
    cubes += value ** 3;
    count++;
  }
  if (count < means.length / 10 || !(squares > 0)) return null;
  const scale = (cubes < 0 ? -1 : 1) / (3 * Math.sqrt(squares / count));
  const out = new Float32Array(CHANNELS * means.length);
  means.forEach((value, cell) => {
    out[CHANNELS * cell] = value === value ? value * scale : 0;
    out[CHANNELS * cell + 1] = shares[cell] as number;
  });
  return out;
}

/** Seen in a mirror that runs to the satellite: north and south change places. */
export function mirrored(cells: Float32Array): Float32Array {
  const width = CELLS * CHANNELS;
  const out = new Float32Array(cells.length);
  for (let row = 0; row < CELLS; row++) {
    out.set(cells.subarray(row * width, (row + 1) * width), (CELLS - 1 - row) * width);
  }
  return out;
}
