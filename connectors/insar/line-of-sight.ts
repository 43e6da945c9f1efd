/**
 * In: angles of a radar or grids of vector components. Out: unit vectors from the ground to the
 * satellite as [3, y, x] east, north, up, checked for length and direction.
 * @module
 */
import { CorruptSourceError } from '../../core/errors.js';

const RAD = Math.PI / 180;

/**
 * Unit vector ground to satellite of a right-looking radar: incidence from the vertical, heading of
 * the flight clockwise from north (Hanssen 2001, eq. 5.1.1; the form used by BEAT).
 */
export function towardSatellite(angles: {
  readonly headingDeg: number;
  readonly incidenceDeg: number;
}): readonly [number, number, number] {
  const sin = Math.sin(angles.incidenceDeg * RAD);
  const heading = angles.headingDeg * RAD;
  return [-sin * Math.cos(heading), sin * Math.sin(heading), Math.cos(angles.incidenceDeg * RAD)];
}

/** The same vector for every pixel, [3, pixels]. */
export function constantVectors(
  vector: readonly [number, number, number],
  pixels: number,
): Float32Array {
  const out = new Float32Array(3 * pixels);
  vector.forEach((component, i) => out.fill(component, i * pixels, (i + 1) * pixels));
  return out;
}

/** A vector may differ from length 1 by this much before the geometry is called wrong. */
const LENGTH_TOLERANCE = 0.02;

/**
 * Unit vectors from component grids; pixels where all three are 0 or any is NaN become NaN. Throws
 * CorruptSourceError when a vector is not of length 1 or points down: then the grids are something
 * else (angles, the opposite sign) and a guess would turn the displacement around.
 */
export function vectorsFromComponents(
  components: readonly (Float32Array | Float64Array)[],
  source: string,
): { readonly vectors: Float32Array; readonly missing: number } {
  const [east, north, up] = components as [Float32Array, Float32Array, Float32Array];
  const pixels = east.length;
  const vectors = new Float32Array(3 * pixels);
  let missing = 0;
  for (let i = 0; i < pixels; i++) {
    const [e, n, u] = [east[i] as number, north[i] as number, up[i] as number];
    const length = Math.hypot(e, n, u);
    if (length === 0 || Number.isNaN(length)) {
      missing++;
      for (let k = 0; k < 3; k++) vectors[k * pixels + i] = Number.NaN;
      continue;
    }
    if (Math.abs(length - 1) > LENGTH_TOLERANCE || u <= 0) {
      throw new CorruptSourceError({
        source,
        at: `pixel ${i}`,
        reason: `the vector (${e}, ${n}, ${u}) is no unit vector from the ground to a satellite`,
      });
    }
    vectors[i] = e / length;
    vectors[pixels + i] = n / length;
    vectors[2 * pixels + i] = u / length;
  }
  return { vectors, missing };
}

/**
 * Unit vectors from grids of elevation above the horizon and orientation counter-clockwise from east,
 * radians, of the vector to the satellite (HyP3 `lv_theta`, `lv_phi`; Kite `theta`, `phi`); 0 or NaN in
 * both is no data. Throws CorruptSourceError for angles that are none.
 */
export function vectorsFromElevationOrientation(
  grids: readonly (Float32Array | Float64Array)[],
  source: string,
): { readonly vectors: Float32Array; readonly missing: number } {
  const [theta, phi] = grids as [Float32Array, Float32Array];
  const components = [0, 1, 2].map(() => new Float64Array(theta.length));
  const [east, north, up] = components as [Float64Array, Float64Array, Float64Array];
  for (let i = 0; i < theta.length; i++) {
    const [elevation, orientation] = [theta[i] as number, phi[i] as number];
    if (Number.isNaN(elevation) || Number.isNaN(orientation)) continue;
    if (elevation === 0 && orientation === 0) continue;
    // Degrees, or the incidence angle in place of the elevation, would turn the vector unnoticed.
    if (!(elevation > 0 && elevation <= Math.PI / 2) || Math.abs(orientation) > 2 * Math.PI) {
      throw new CorruptSourceError({
        source,
        at: `pixel ${i}`,
        reason: `elevation ${elevation} and orientation ${orientation} are no angles in radians to a satellite`,
      });
    }
    east[i] = Math.cos(elevation) * Math.cos(orientation);
    north[i] = Math.cos(elevation) * Math.sin(orientation);
    up[i] = Math.sin(elevation);
  }
  return vectorsFromComponents(components, source);
}
