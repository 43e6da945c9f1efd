/**
 * In: the best rectangle and the points it was fitted to. Out: slip that varies over a larger plane of the same
 * attitude, and how much of the scenes it explains.
 * @module
 */
import type { InsarScene } from '../../core/waveform.js';
import { averageBlocks, regularBlocks } from './block-means.js';
import { prepare, type DataSet } from './inverse-problem.js';
import type { LocalFrame } from './scene-points.js';
import { distributeSlip, widenPlane, type SlipDistribution } from './slip-distribution.js';

export interface DistributedFit {
  readonly slip: SlipDistribution;
  /** As of the uniform source: over means of cells, offset and ramp removed. */
  readonly varianceReduction: number;
  readonly residualRmsM: number;
}

/** Fits slip over the plane of a rectangle, values as of the `okada` model. */
export function distributeOver(input: {
  readonly scenes: readonly InsarScene[];
  readonly frame: LocalFrame;
  readonly best: readonly number[];
  readonly sets: readonly DataSet[];
  readonly cellSides: readonly number[];
  readonly nuisance: 'offset' | 'ramp';
  readonly rigidityPa: number;
  readonly seed: number;
}): DistributedFit {
  const [eastM, northM, topDepthM, strikeDeg, dipDeg, lengthM, widthM, rakeDeg] =
    input.best as readonly [number, number, number, number, number, number, number, number];
  const plane = { eastM, northM, topDepthM, strikeDeg, dipDeg, lengthM, widthM, rakeDeg };
  const slip = distributeSlip({
    plane: widenPlane(plane),
    sets: input.sets.map(prepare),
    rigidityPa: input.rigidityPa,
    seed: input.seed,
  });
  let [residual, data, count] = [0, 0, 0];
  input.scenes.forEach((scene, i) => {
    const side = input.cellSides[i] as number;
    const cells = averageBlocks(scene, input.frame, regularBlocks(scene, side), side);
    const n = cells.losM.length;
    const sdM = new Float64Array(n).fill(1);
    const set = prepare({
      ...{ name: scene.sceneId, points: cells, losM: cells.losM },
      ...{ nuisance: input.nuisance, noise: { sdM } },
    });
    const predicted = slip.predict(cells);
    const [offset = 0, slopeEast = 0, slopeNorth = 0] = set.nuisanceOf(predicted);
    for (let k = 0; k < n; k++) {
      const observed =
        (cells.losM[k] as number) -
        offset -
        slopeEast * (cells.eastM[k] as number) -
        slopeNorth * (cells.northM[k] as number);
      residual += (observed - (predicted[k] as number)) ** 2;
      data += observed ** 2;
    }
    count += n;
  });
  return {
    slip,
    varianceReduction: 1 - residual / data,
    residualRmsM: Math.sqrt(residual / count),
  };
}
