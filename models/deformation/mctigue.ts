/**
 * Surface displacement of a pressurised sphere of finite radius in an elastic half-space.
 * In: the sphere and points. Out: east, north, up displacement, float64.
 * McTigue (1987), JGR 92, 12931-12940, equations 52 and 53, up to (radius / depth)^6; a Mogi source as the radius vanishes.
 * @module
 */
import { noDisplacement } from './point-sources.js';
import type { Displacement, SurfacePoints } from './okada.js';

export interface McTigueSource {
  readonly eastM: number;
  readonly northM: number;
  /** Depth of the centre, m. */
  readonly depthM: number;
  /** 0 < radius < depth, m; the series is good to a few per cent up to 0.7 of the depth. */
  readonly radiusM: number;
  /**
   * pi radius^3 pressure / shear modulus, m3: the volume change of the cavity far from the surface, and
   * what the displacement is linear in.
   */
  readonly volumeChangeM3: number;
  /** 0.25 when absent. */
  readonly poissonRatio?: number;
}

/** Surface displacement of a finite sphere at points. */
export function mctigueDisplacement(source: McTigueSource, points: SurfacePoints): Displacement {
  const nu = source.poissonRatio ?? 0.25;
  const n = points.eastM.length;
  const out = noDisplacement(n);
  const strength = ((1 - nu) / Math.PI) * source.volumeChangeM3;
  const depth = source.depthM;
  const ratio3 = (source.radiusM / depth) ** 3;
  const first = (ratio3 * (1 + nu)) / (2 * (7 - 5 * nu));
  const second = (ratio3 * 15 * (2 - nu)) / (4 * (7 - 5 * nu));
  for (let i = 0; i < n; i++) {
    const east = (points.eastM[i] as number) - source.eastM;
    const north = (points.northM[i] as number) - source.northM;
    const r2 = east * east + north * north + depth * depth;
    const factor = (strength / (r2 * Math.sqrt(r2))) * (1 - first + (second * depth * depth) / r2);
    out.eastM[i] = factor * east;
    out.northM[i] = factor * north;
    out.upM[i] = factor * depth;
  }
  return out;
}
