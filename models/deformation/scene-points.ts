/**
 * Places on a scene: pixels in local metres, blocks of pixels, and points averaged over blocks.
 * @module
 */
import { KM_PER_DEGREE } from '../../core/geo.js';
import type { InsarScene } from '../../core/waveform.js';
import type { LosPoints } from './line-of-sight.js';

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

/** From the coordinates of the scene's CRS to local metres east and north. */
export interface LocalFrame {
  /** In units of the CRS. */
  readonly originX: number;
  readonly originY: number;
  readonly metresPerX: number;
  readonly metresPerY: number;
  /** EPSG:4326 or another CRS in degrees. */
  readonly geographic: boolean;
}

/**
 * Frame at the centre of a scene. Degrees become metres with one scale for the scene, the cosine of
 * the central latitude: wrong by 0.5 % of the distance 100 km north of the centre at 40 degrees.
 */
export function localFrame(scene: InsarScene): LocalFrame {
  const [x0, dx, , y0, , dy] = scene.transform;
  const originX = x0 + (dx * scene.columns) / 2;
  const originY = y0 + (dy * scene.rows) / 2;
  const geographic = scene.crs === 'EPSG:4326' || scene.crs === 'OGC:CRS84';
  const metresPerDegree = KM_PER_DEGREE * 1000;
  return {
    originX,
    originY,
    geographic,
    metresPerX: geographic ? metresPerDegree * Math.cos((originY * Math.PI) / 180) : 1,
    metresPerY: geographic ? metresPerDegree : 1,
  };
}

/** Local east and north of the centre of a pixel, or of a fraction of one. */
export function pixelToLocal(
  scene: Pick<InsarScene, 'transform'>,
  frame: LocalFrame,
  row: number,
  column: number,
): { readonly eastM: number; readonly northM: number } {
  const [x0, dx, , y0, , dy] = scene.transform;
  return {
    eastM: (x0 + dx * (column + 0.5) - frame.originX) * frame.metresPerX,
    northM: (y0 + dy * (row + 0.5) - frame.originY) * frame.metresPerY,
  };
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
