/**
 * In: a scene and the blocks of its quadtree. Out: means of the blocks, and places inside the larger ones
 * where predictions are to be averaged.
 * @module
 */
import type { InsarScene } from '../../core/waveform.js';
import type { LosPoints, PointsWithin } from './line-of-sight.js';
import {
  isUsable,
  pixelToLocal,
  type Block,
  type LocalFrame,
  type SampledScene,
} from './scene-points.js';

/** At most this many places along either side of a block. */
const MOST_PLACES = 4;

/** Sums over pixels: row, column, look east, north, up, displacement, count. */
type Sums = Float64Array;
const SUMS = 7;

/**
 * Means of blocks of `fineSide` pixels and more. Each gets places inside, two along the side of the smallest and at
 * most four: the middle alone would make shallow sources look deeper.
 */
export function averageBlocks(
  scene: InsarScene,
  frame: LocalFrame,
  blocks: readonly Block[],
  fineSide: number,
): SampledScene {
  const whole: Sums[] = [];
  const places: Sums[] = [];
  const weight: number[] = [];
  const first = new Int32Array(blocks.length + 1);
  blocks.forEach((block, k) => {
    const cells = cellSums(scene, block, fineSide).filter((cell) => (cell[6] as number) > 0);
    const sum = new Float64Array(SUMS);
    for (const cell of cells) cell.forEach((v, i) => (sum[i] = (sum[i] as number) + v));
    whole.push(sum);
    for (const cell of cells) {
      places.push(cell);
      weight.push((cell[6] as number) / (sum[6] as number));
    }
    first[k + 1] = places.length;
  });
  const within: PointsWithin = {
    points: meanPoints(scene, frame, places),
    first,
    weight: Float64Array.from(weight),
  };
  const side = (pick: (block: Block) => number, scale: number): Float64Array =>
    Float64Array.from(blocks, (block) => Math.abs(pick(block) * scale));
  return {
    ...meanPoints(scene, frame, whole),
    ...(places.length > blocks.length ? { within } : {}),
    blocks,
    losM: Float64Array.from(whole, (sum) => (sum[5] as number) / (sum[6] as number)),
    pixels: Float64Array.from(whole, (sum) => sum[6] as number),
    varianceM2: Float64Array.from(blocks, (block) => block.variance),
    sizeEastM: side((block) => block.columns, scene.transform[1] * frame.metresPerX),
    sizeNorthM: side((block) => block.rows, scene.transform[5] * frame.metresPerY),
  };
}

function cellSums(scene: InsarScene, block: Block, fineSide: number): Sums[] {
  const down = Math.max(1, Math.min(MOST_PLACES, Math.round((2 * block.rows) / fineSide)));
  const across = Math.max(1, Math.min(MOST_PLACES, Math.round((2 * block.columns) / fineSide)));
  const cells = Array.from({ length: down * across }, () => new Float64Array(SUMS));
  const total = scene.rows * scene.columns;
  for (let r = 0; r < block.rows; r++) {
    const band = Math.floor((r * down) / block.rows) * across;
    for (let c = 0; c < block.columns; c++) {
      const row = block.row + r;
      const column = block.column + c;
      const pixel = row * scene.columns + column;
      if (!isUsable(scene, pixel)) continue;
      const cell = cells[band + Math.floor((c * across) / block.columns)] as Sums;
      cell[0] = (cell[0] as number) + row;
      cell[1] = (cell[1] as number) + column;
      cell[2] = (cell[2] as number) + (scene.unitVectors[pixel] as number);
      cell[3] = (cell[3] as number) + (scene.unitVectors[total + pixel] as number);
      cell[4] = (cell[4] as number) + (scene.unitVectors[2 * total + pixel] as number);
      cell[5] = (cell[5] as number) + (scene.losM[pixel] as number);
      cell[6] = (cell[6] as number) + 1;
    }
  }
  return cells;
}

function meanPoints(scene: InsarScene, frame: LocalFrame, sums: readonly Sums[]): LosPoints {
  const mean = (sum: Sums, i: number): number => (sum[i] as number) / (sum[6] as number);
  const place = sums.map((sum) => pixelToLocal(scene, frame, mean(sum, 0), mean(sum, 1)));
  return {
    eastM: Float64Array.from(place, ({ eastM }) => eastM),
    northM: Float64Array.from(place, ({ northM }) => northM),
    lookEast: Float64Array.from(sums, (sum) => mean(sum, 2)),
    lookNorth: Float64Array.from(sums, (sum) => mean(sum, 3)),
    lookUp: Float64Array.from(sums, (sum) => mean(sum, 4)),
  };
}

/**
 * Variance within each block of what a prediction leaves over at the pixels, m2: how little a block mean says
 * about the ground, once the bend of the prediction itself is taken out. `residualM` has one value a pixel.
 */
export function varianceWithin(
  blocks: readonly Block[],
  columns: number,
  residualM: ArrayLike<number>,
): Float64Array {
  return Float64Array.from(blocks, (block) => {
    let [count, sum, square] = [0, 0, 0];
    for (let r = block.row; r < block.row + block.rows; r++) {
      for (let c = block.column; c < block.column + block.columns; c++) {
        const value = residualM[r * columns + c] as number;
        if (Number.isNaN(value)) continue;
        count++;
        sum += value;
        square += value * value;
      }
    }
    return count > 1 ? Math.max(0, square / count - (sum / count) ** 2) : 0;
  });
}

/** Blocks of one size that cover a scene, those with too few data left out. */
export function regularBlocks(scene: InsarScene, side: number): Block[] {
  const blocks: Block[] = [];
  for (let row = 0; row < scene.rows; row += side) {
    for (let column = 0; column < scene.columns; column += side) {
      const rows = Math.min(side, scene.rows - row);
      const columns = Math.min(side, scene.columns - column);
      let count = 0;
      for (let r = row; r < row + rows; r++) {
        for (let c = column; c < column + columns; c++) {
          if (isUsable(scene, r * scene.columns + c)) count++;
        }
      }
      if (count >= 0.5 * side * side)
        blocks.push({ row, column, rows, columns, count, variance: 0 });
    }
  }
  return blocks;
}
