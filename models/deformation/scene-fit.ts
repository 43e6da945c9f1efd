/**
 * In: a scene and what a source predicts for it. Out: predicted and residual grids and their sums.
 * @module
 */
import type { InsarScene } from '../../core/waveform.js';
import type { LosPoints } from './line-of-sight.js';
import { isUsable, pixelToLocal, type LocalFrame } from './quadtree.js';

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
  };
}
