/**
 * Surface displacement of a point source of volume change in an elastic half-space.
 * In: the source and points. Out: east, north and up displacement, float64.
 * Mogi (1958); Segall (2010), Earthquake and Volcano Deformation, equation 7.14.
 * @module
 */
import type { Displacement, SurfacePoints } from './okada.js';

export interface MogiSource {
  readonly eastM: number;
  readonly northM: number;
  /** Depth below the surface, m, > 0. */
  readonly depthM: number;
  /** Volume change of the cavity, m3, + for inflation. */
  readonly volumeChangeM3: number;
  /** 0.25 when absent. */
  readonly poissonRatio?: number;
}

/** Surface displacement of a Mogi source at points. */
export function mogiDisplacement(source: MogiSource, points: SurfacePoints): Displacement {
  const n = points.eastM.length;
  const [eastM, northM, upM] = [new Float64Array(n), new Float64Array(n), new Float64Array(n)];
  const strength = ((1 - (source.poissonRatio ?? 0.25)) / Math.PI) * source.volumeChangeM3;
  for (let i = 0; i < n; i++) {
    const east = (points.eastM[i] as number) - source.eastM;
    const north = (points.northM[i] as number) - source.northM;
    const r2 = east * east + north * north + source.depthM * source.depthM;
    const factor = strength / (r2 * Math.sqrt(r2));
    eastM[i] = factor * east;
    northM[i] = factor * north;
    upM[i] = factor * source.depthM;
  }
  return { eastM, northM, upM };
}
