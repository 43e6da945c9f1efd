/**
 * In: one scene. Out: a few hundred averaged points, dense where the displacement varies.
 * Variance quadtree (Jonsson et al. 2002; Kite): the block whose pixels scatter most about their
 * mean is split until every block is below the noise or the number of points is reached.
 * @module
 */
import { NoSolutionError } from '../../core/errors.js';
import type { InsarScene } from '../../core/waveform.js';
import { averageBlocks } from './block-means.js';
import { isUsable, type Block, type LocalFrame, type SampledScene } from './scene-points.js';

/** Summed-area tables of one scene: count, sum and sum of squares. */
interface Sums {
  readonly count: Float64Array;
  readonly sum: Float64Array;
  readonly square: Float64Array;
  readonly stride: number;
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
