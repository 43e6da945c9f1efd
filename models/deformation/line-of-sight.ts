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

/** What a radar sees of a rectangular dislocation, m, + towards the satellite. */
export function okadaLos(source: OkadaSource, points: LosPoints): Float64Array {
  return losDisplacement(okadaDisplacement(source, points), points);
}

/** What a radar sees of a point of volume change, m, + towards the satellite. */
export function mogiLos(source: MogiSource, points: LosPoints): Float64Array {
  return losDisplacement(mogiDisplacement(source, points), points);
}
