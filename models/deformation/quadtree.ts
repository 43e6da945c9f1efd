/**
 * In: one scene. Out: a few hundred averaged points, dense where the displacement varies.
 * Variance quadtree (Jonsson et al. 2002; Kite): the block whose pixels scatter most about their
 * mean is split until every block is below the noise or the number of points is reached.
 * @module
 */
import { NoSolutionError } from '../../core/errors.js';
import { KM_PER_DEGREE } from '../../core/geo.js';
import type { InsarScene } from '../../core/waveform.js';
import { averageBlocks } from './block-means.js';
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

/** Summed-area tables of one scene: count, sum and sum of squares. */
interface Sums {
  readonly count: Float64Array;
  readonly sum: Float64Array;
  readonly square: Float64Array;
  readonly stride: number;
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

export interface QuadtreeOptions {
  readonly maxPoints: number;
  /** Blocks with a smaller standard deviation are not split, m. */
  readonly stdM: number;
  /** Smallest side of a block that is split further, pixels. */
  readonly minSide?: number;
}

const FIRST_BLOCKS = 8;
/** A block needs data in this share of its pixels; Kite allows 0.1. */
const MIN_VALID_SHARE = 0.3;

/** Whether a pixel has both displacement and line of sight. */
export function isUsable(scene: InsarScene, pixel: number): boolean {
  return !Number.isNaN((scene.losM[pixel] as number) + (scene.unitVectors[pixel] as number));
}

/** Quadtree points of a scene. Throws NoSolutionError when no block has enough data. */
export function quadtree(
  scene: InsarScene,
  frame: LocalFrame,
  options: QuadtreeOptions,
): SampledScene {
  const sums = summedTables(scene);
  const minSide = options.minSide ?? 4;
  const height = Math.ceil(scene.rows / FIRST_BLOCKS);
  const width = Math.ceil(scene.columns / FIRST_BLOCKS);
  const leaves: Block[] = [];
  for (let row = 0; row < scene.rows; row += height) {
    for (let column = 0; column < scene.columns; column += width) {
      const rows = Math.min(height, scene.rows - row);
      const columns = Math.min(width, scene.columns - column);
      leaves.push(measure(sums, row, column, rows, columns));
    }
  }
  const canSplit = (block: Block): boolean =>
    block.variance > options.stdM ** 2 && Math.min(block.rows, block.columns) >= 2 * minSide;
  const gain = (block: Block): number => block.variance * block.count;
  let points = leaves.filter(isLeaf).length;
  while (points + 3 <= options.maxPoints) {
    let worst = -1;
    leaves.forEach((block, i) => {
      const better = worst < 0 || gain(block) > gain(leaves[worst] as Block);
      if (canSplit(block) && better) worst = i;
    });
    if (worst < 0) break;
    const [block] = leaves.splice(worst, 1) as [Block];
    const parts = split(sums, block);
    leaves.push(...parts);
    points += parts.filter(isLeaf).length - (isLeaf(block) ? 1 : 0);
  }
  const kept = leaves.filter(isLeaf);
  if (kept.length === 0) {
    throw new NoSolutionError({
      what: `sub-sampling of ${scene.sceneId}`,
      reason: `no block has data in ${MIN_VALID_SHARE * 100} % of its pixels`,
      remedy: 'give a more coherent scene or a smaller area',
    });
  }
  return averageBlocks(scene, frame, kept, minSide);
}

function isLeaf(block: Block): boolean {
  return block.count > 0 && block.count >= MIN_VALID_SHARE * block.rows * block.columns;
}

function split(sums: Sums, block: Block): Block[] {
  const [top, left] = [Math.floor(block.rows / 2), Math.floor(block.columns / 2)];
  const { row, column } = block;
  const [bottom, right] = [block.rows - top, block.columns - left];
  return [
    measure(sums, row, column, top, left),
    measure(sums, row, column + left, top, right),
    measure(sums, row + top, column, bottom, left),
    measure(sums, row + top, column + left, bottom, right),
  ];
}

function summedTables(scene: InsarScene): Sums {
  const stride = scene.columns + 1;
  const size = (scene.rows + 1) * stride;
  const tables = {
    count: new Float64Array(size),
    sum: new Float64Array(size),
    square: new Float64Array(size),
  };
  for (let row = 0; row < scene.rows; row++) {
    let [count, sum, square] = [0, 0, 0];
    for (let column = 0; column < scene.columns; column++) {
      const pixel = row * scene.columns + column;
      if (isUsable(scene, pixel)) {
        const value = scene.losM[pixel] as number;
        count++;
        sum += value;
        square += value * value;
      }
      const at = (row + 1) * stride + column + 1;
      tables.count[at] = (tables.count[at - stride] as number) + count;
      tables.sum[at] = (tables.sum[at - stride] as number) + sum;
      tables.square[at] = (tables.square[at - stride] as number) + square;
    }
  }
  return { ...tables, stride };
}

function measure(sums: Sums, row: number, column: number, rows: number, columns: number): Block {
  const inside = (table: Float64Array): number => {
    const top = row * sums.stride + column;
    const bottom = (row + rows) * sums.stride + column;
    return (
      (table[bottom + columns] as number) -
      (table[bottom] as number) -
      (table[top + columns] as number) +
      (table[top] as number)
    );
  };
  const count = inside(sums.count);
  const mean = inside(sums.sum) / count;
  const variance = count > 1 ? Math.max(0, inside(sums.square) / count - mean * mean) : 0;
  return { row, column, rows, columns, count, variance };
}
