/**
 * Places on a scene: pixels in local metres, blocks of pixels, and points averaged over blocks.
 * @module
 */
import type { InsarScene } from '../../core/waveform.js';
import type { LosPoints } from './line-of-sight.js';
import { frameOf, toLocal, type LocalFrame } from './local-frame.js';

export type { LocalFrame } from './local-frame.js';

/** Averaged points in local metres from the origin of the frame. */
export interface SampledScene extends LosPoints {
  /** Mean displacement, m, + towards the satellite. */
  readonly losM: Float64Array;
  /** Pixels with data in the block. */
  readonly pixels: Float64Array;
  /** Variance of the pixels about their mean, m2. */
  readonly varianceM2: Float64Array;
  /** Side lengths of the block, m. */
  readonly sizeEastM: Float64Array;
  readonly sizeNorthM: Float64Array;
  /** The pixels of each point. */
  readonly blocks: readonly Block[];
}

/** Frame at the centre of a scene. Throws what frameOf throws. */
export function localFrame(scene: InsarScene): LocalFrame {
  const [x0, dx, , y0, , dy] = scene.transform;
  return frameOf({
    crs: scene.crs,
    x: x0 + (dx * scene.columns) / 2,
    y: y0 + (dy * scene.rows) / 2,
    pixel: dx,
    what: `scene ${scene.sceneId}`,
  });
}

/** Local east and north of the centre of a pixel, or of a fraction of one. */
export function pixelToLocal(
  scene: Pick<InsarScene, 'transform'>,
  frame: LocalFrame,
  row: number,
  column: number,
): { readonly eastM: number; readonly northM: number } {
  const [x0, dx, , y0, , dy] = scene.transform;
  return toLocal(frame, x0 + dx * (column + 0.5), y0 + dy * (row + 0.5));
}

/** Pixels of one leaf. */
export interface Block {
  readonly row: number;
  readonly column: number;
  readonly rows: number;
  readonly columns: number;
  readonly count: number;
  readonly variance: number;
}

/** Whether a pixel has both displacement and line of sight. */
export function isUsable(scene: InsarScene, pixel: number): boolean {
  return !Number.isNaN((scene.losM[pixel] as number) + (scene.unitVectors[pixel] as number));
}
