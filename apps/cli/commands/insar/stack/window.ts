/** Parts of a grid: the area of interest of a stack, and the same part of every scene. @module */
import { InvalidInputError } from '../../../../../core/errors.js';
import type { InsarScene } from '../../../../../core/waveform.js';
import { pixelAt, type PlacedGrid } from '../../../../../models/deformation/stack/grid-place.js';

/** Rows and columns, the last ones not included. */
export interface Window {
  readonly top: number;
  readonly left: number;
  readonly bottom: number;
  readonly right: number;
}

/** Edges in the CRS of the grid. */
export interface Area {
  readonly west: number;
  readonly south: number;
  readonly east: number;
  readonly north: number;
}

/** Pixels whose centres lie in the area. Throws InvalidInputError when there are none. */
export function windowOf(grid: PlacedGrid, area: Area | null): Window {
  const { rows, columns, transform } = grid;
  if (!area) return { top: 0, left: 0, bottom: rows, right: columns };
  const upper = pixelAt(grid, area.west, area.north);
  const lower = pixelAt(grid, area.east, area.south);
  const window = {
    top: Math.max(0, Math.ceil(upper.row)),
    left: Math.max(0, Math.ceil(upper.column)),
    bottom: Math.min(rows, Math.floor(lower.row) + 1),
    right: Math.min(columns, Math.floor(lower.column) + 1),
  };
  if (window.top < window.bottom && window.left < window.right) return window;
  const [x0, dx, , y0, , dy] = transform;
  throw new InvalidInputError({
    what: '--area',
    reason: `${area.west},${area.south},${area.east},${area.north} holds no pixel of the stack, which reaches from ${x0},${y0 + rows * dy} to ${x0 + columns * dx},${y0}`,
    remedy: 'give WEST,SOUTH,EAST,NORTH in the CRS of the stack',
  });
}

/** Part of a row-major grid. */
export function cropGrid(values: Float32Array, columns: number, window: Window): Float32Array {
  const width = window.right - window.left;
  const out = new Float32Array(width * (window.bottom - window.top));
  for (let row = window.top; row < window.bottom; row++) {
    const start = row * columns + window.left;
    out.set(values.subarray(start, start + width), (row - window.top) * width);
  }
  return out;
}

/**
 * The window of a scene. Look vectors and an absent coherence are those of `first`, where they are equal: a
 * stack of two hundred pairs would hold them two hundred times.
 */
export function cropScene(scene: InsarScene, window: Window, first?: InsarScene): InsarScene {
  const { rows, columns, transform } = scene;
  const [height, width] = [window.bottom - window.top, window.right - window.left];
  const isWhole = height === rows && width === columns;
  if (window.bottom > rows || window.right > columns) {
    throw new InvalidInputError({
      what: `stack: scene ${scene.sceneId}`,
      reason: `it has ${rows} x ${columns} pixels and the first scene more`,
      remedy: 'resample all scenes to one grid',
    });
  }
  const crop = (values: Float32Array): Float32Array =>
    isWhole ? values : cropGrid(values, columns, window);
  const coherence = crop(scene.coherence);
  const isUnknown = coherence.every(Number.isNaN);
  const look = (): Float32Array => {
    if (isWhole) return scene.unitVectors;
    const pixels = rows * columns;
    const out = new Float32Array(3 * height * width);
    for (let k = 0; k < 3; k++) {
      out.set(crop(scene.unitVectors.subarray(k * pixels, (k + 1) * pixels)), k * height * width);
    }
    return out;
  };
  const [x0, dx, r, y0, s, dy] = transform;
  return {
    ...scene,
    rows: height,
    columns: width,
    transform: [x0 + window.left * dx, dx, r, y0 + window.top * dy, s, dy],
    losM: crop(scene.losM),
    coherence:
      isUnknown &&
      first?.coherence.length === coherence.length &&
      first.coherence.every(Number.isNaN)
        ? first.coherence
        : coherence,
    unitVectors: first?.losM.length === height * width ? first.unitVectors : look(),
  };
}
