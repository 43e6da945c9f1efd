/**
 * Displacement seen along a line of sight, and the forward models in that form.
 * In: displacement and unit vectors. Out: metres, + towards the satellite.
 * @module
 */
import { mogiDisplacement, type MogiSource } from './mogi.js';
import {
  okadaDisplacement,
  type Displacement,
  type OkadaSource,
  type SurfacePoints,
} from './okada.js';

/** Points with the unit vector from the ground to the satellite at each. */
export interface LosPoints extends SurfacePoints {
  readonly lookEast: Float64Array;
  readonly lookNorth: Float64Array;
  readonly lookUp: Float64Array;
  /**
   * Where a point stands for the mean over a block: places inside it. Predictions are averaged over them,
   * because the mean of a block is not the value in its middle where the displacement bends.
   */
  readonly within?: PointsWithin;
}

/** Places inside blocks, those of one block together. */
export interface PointsWithin {
  readonly points: LosPoints;
  /** Index of the first place of each block, and one past the last: [blocks + 1]. */
  readonly first: Int32Array;
  /** Share of each place in its block; those of a block sum to 1. */
  readonly weight: Float64Array;
}

/** Means over blocks of values at the places inside them; the values themselves for plain points. */
export function averageWithin(points: LosPoints, values: Float64Array): Float64Array {
  const { within } = points;
  if (!within) return values;
  const { first, weight } = within;
  const out = new Float64Array(points.eastM.length);
  for (let block = 0; block < out.length; block++) {
    let sum = 0;
    for (let i = first[block] as number; i < (first[block + 1] as number); i++) {
      sum += (weight[i] as number) * (values[i] as number);
    }
    out[block] = sum;
  }
  return out;
}

/** Projection of a displacement on the line of sight, m, + towards the satellite. */
export function losDisplacement(displacement: Displacement, points: LosPoints): Float64Array {
  return displacement.eastM.map(
    (east, i) =>
      east * (points.lookEast[i] as number) +
      (displacement.northM[i] as number) * (points.lookNorth[i] as number) +
      (displacement.upM[i] as number) * (points.lookUp[i] as number),
  );
}

/** What a radar sees of a displacement field, m, + towards the satellite; means over blocks. */
export function blockLos(
  points: LosPoints,
  field: (at: SurfacePoints) => Displacement,
): Float64Array {
  const at = points.within?.points ?? points;
  return averageWithin(points, losDisplacement(field(at), at));
}

/** What a radar sees of a rectangular dislocation, m, + towards the satellite. */
export function okadaLos(source: OkadaSource, points: LosPoints): Float64Array {
  return blockLos(points, (at) => okadaDisplacement(source, at));
}

/** What a radar sees of a point of volume change, m, + towards the satellite. */
export function mogiLos(source: MogiSource, points: LosPoints): Float64Array {
  return blockLos(points, (at) => mogiDisplacement(source, at));
}
