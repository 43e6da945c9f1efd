/**
 * In: a scene and what a source predicts for it. Out: predicted and residual grids and their sums.
 * @module
 */
import type { InsarScene } from '../../core/waveform.js';
import { backSubstitute, cholesky, forwardSubstitute } from './linear-algebra.js';
import type { LosPoints } from './line-of-sight.js';
import { isUsable, pixelToLocal, type LocalFrame } from './scene-points.js';

export interface SceneFit {
  readonly sceneId: string;
  readonly rows: number;
  readonly columns: number;
  readonly transform: InsarScene['transform'];
  readonly crs: string;
  /** Row-major [y, x], m, + towards the satellite, everywhere: the source alone. */
  readonly predictedM: Float32Array;
  /** Observed minus predicted minus offset and ramp, m; NaN without data. */
  readonly residualM: Float32Array;
  /** Offset (m) and slopes east and north (m per m) of this scene. */
  readonly nuisance: readonly number[];
  readonly pixels: number;
  /** Sums over pixels with data, m2. */
  readonly residualSquares: number;
  readonly dataSquares: number;
  /** The same sums over means of square cells, the number of cells, and their side in pixels. */
  readonly cells: {
    readonly residualSquares: number;
    readonly dataSquares: number;
    readonly count: number;
    readonly side: number;
  };
}

/** Every pixel of a scene as a point with its line of sight. */
export function gridPoints(scene: InsarScene, frame: LocalFrame): LosPoints {
  const pixels = scene.rows * scene.columns;
  const make = (pick: (pixel: number) => number): Float64Array =>
    Float64Array.from({ length: pixels }, (_, i) => pick(i));
  const place = (pixel: number): { eastM: number; northM: number } =>
    pixelToLocal(scene, frame, Math.floor(pixel / scene.columns), pixel % scene.columns);
  return {
    eastM: make((i) => place(i).eastM),
    northM: make((i) => place(i).northM),
    lookEast: make((i) => scene.unitVectors[i] as number),
    lookNorth: make((i) => scene.unitVectors[pixels + i] as number),
    lookUp: make((i) => scene.unitVectors[2 * pixels + i] as number),
  };
}

/** Grids of a fit. `predicted` has one value a pixel. */
export function residualGrids(input: {
  readonly scene: InsarScene;
  readonly frame: LocalFrame;
  readonly predicted: Float64Array;
  readonly nuisance: readonly number[];
  /** Side of the cells whose means are compared, pixels. */
  readonly cellSide: number;
}): SceneFit {
  const { scene, frame, predicted } = input;
  const [offset = 0, slopeEast = 0, slopeNorth = 0] = input.nuisance;
  const residualM = new Float32Array(predicted.length).fill(Number.NaN);
  let pixels = 0;
  let residualSquares = 0;
  let dataSquares = 0;
  for (let i = 0; i < predicted.length; i++) {
    if (!isUsable(scene, i)) continue;
    const { eastM, northM } = pixelToLocal(
      scene,
      frame,
      Math.floor(i / scene.columns),
      i % scene.columns,
    );
    const ramp = offset + slopeEast * eastM + slopeNorth * northM;
    const data = (scene.losM[i] as number) - ramp;
    const residual = data - (predicted[i] as number);
    residualM[i] = residual;
    pixels++;
    residualSquares += residual * residual;
    dataSquares += data * data;
  }
  return {
    sceneId: scene.sceneId,
    rows: scene.rows,
    columns: scene.columns,
    transform: scene.transform,
    crs: scene.crs,
    predictedM: Float32Array.from(predicted),
    residualM,
    nuisance: input.nuisance,
    pixels,
    residualSquares,
    dataSquares,
    cells: cellSums(scene, frame, predicted, input.cellSide, input.nuisance.length > 1),
  };
}

/**
 * Sums of squares of cell means after the offset and ramp that fit observed minus predicted cells best (least
 * squares, so that the figure does not depend on the noise model); a cell needs data in half of its pixels.
 */
function cellSums(
  scene: InsarScene,
  frame: LocalFrame,
  predicted: Float64Array,
  side: number,
  hasRamp: boolean,
): SceneFit['cells'] {
  const means = cellMeans(scene, predicted, side).map(({ row, column, observedM, predictedM }) => {
    const { eastM, northM } = pixelToLocal(scene, frame, row, column);
    const terms = hasRamp ? [1, eastM / 1e5, northM / 1e5] : [1];
    return { terms, observedM, restM: observedM - predictedM };
  });
  const width = hasRamp ? 3 : 1;
  const normal = new Float64Array(width * width);
  const right = new Float64Array(width);
  for (const { terms, restM } of means) {
    terms.forEach((a, i) => {
      right[i] = (right[i] as number) + a * restM;
      terms.forEach((b, j) => (normal[i * width + j] = (normal[i * width + j] as number) + a * b));
    });
  }
  const factor = cholesky(normal, width);
  if (factor) {
    forwardSubstitute(factor, width, right);
    backSubstitute(factor, width, right);
  } else right.fill(0);
  let [residualSquares, dataSquares] = [0, 0];
  for (const { terms, observedM, restM } of means) {
    const ramp = terms.reduce((sum, term, i) => sum + term * (right[i] as number), 0);
    residualSquares += (restM - ramp) ** 2;
    dataSquares += (observedM - ramp) ** 2;
  }
  return { residualSquares, dataSquares, count: means.length, side };
}

function cellMeans(scene: InsarScene, predicted: Float64Array, side: number) {
  const cells: { row: number; column: number; observedM: number; predictedM: number }[] = [];
  for (let top = 0; top < scene.rows; top += side) {
    for (let left = 0; left < scene.columns; left += side) {
      let [row, column, observedM, predictedM, pixels] = [0, 0, 0, 0, 0];
      for (let r = top; r < Math.min(scene.rows, top + side); r++) {
        for (let c = left; c < Math.min(scene.columns, left + side); c++) {
          const i = r * scene.columns + c;
          if (!isUsable(scene, i)) continue;
          pixels++;
          row += r;
          column += c;
          observedM += scene.losM[i] as number;
          predictedM += predicted[i] as number;
        }
      }
      if (pixels < 0.5 * side * side) continue;
      cells.push({
        row: row / pixels,
        column: column / pixels,
        observedM: observedM / pixels,
        predictedM: predictedM / pixels,
      });
    }
  }
  return cells;
}
