/**
 * Velocity models of the upper 410 km: knots in, thin flat layers out.
 *
 * iasp91 (Kennett & Engdahl 1991) and ak135 (Kennett, Engdahl & Buland 1995) as tabulated in the
 * `.tvel` files of ObsPy 1.5.1 (`obspy/taup/data`).
 * @module
 */
import { EARTH_RADIUS_KM } from '../../core/geo.js';

/** Names of the bundled models. */
export type EarthModelName = 'iasp91' | 'ak135';

/** One knot; velocities are linear between knots, a repeated depth is a discontinuity. */
export interface VelocityKnot {
  readonly depthKm: number;
  readonly vpKmS: number;
  readonly vsKmS: number;
}

/** Constant layers in flattened depth, from the surface down; the last one is a half-space. */
export interface FlatLayers {
  /** Flattened depth of each layer's top, km, [layer]. */
  readonly topKm: Float64Array;
  /** Flattened velocity, km/s, [layer]. */
  readonly velocityKmS: Float64Array;
}

const knots = (rows: readonly (readonly [number, number, number])[]): VelocityKnot[] =>
  rows.map(([depthKm, vpKmS, vsKmS]) => ({ depthKm, vpKmS, vsKmS }));

/** The bundled models down to 410 km. */
export const EARTH_MODELS: Readonly<Record<EarthModelName, readonly VelocityKnot[]>> = {
  iasp91: knots([
    [0, 5.8, 3.36],
    [20, 5.8, 3.36],
    [20, 6.5, 3.75],
    [35, 6.5, 3.75],
    [35, 8.04, 4.47],
    [77.5, 8.045, 4.485],
    [120, 8.05, 4.5],
    [165, 8.175, 4.509],
    [210, 8.3, 4.518],
    [210, 8.3, 4.522],
    [260, 8.4825, 4.609],
    [310, 8.665, 4.696],
    [360, 8.8475, 4.783],
    [410, 9.03, 4.87],
  ]),
  ak135: knots([
    [0, 5.8, 3.46],
    [20, 5.8, 3.46],
    [20, 6.5, 3.85],
    [35, 6.5, 3.85],
    [35, 8.04, 4.48],
    [77.5, 8.045, 4.49],
    [120, 8.05, 4.5],
    [165, 8.175, 4.509],
    [210, 8.3, 4.518],
    [210, 8.3, 4.523],
    [260, 8.4825, 4.609],
    [310, 8.665, 4.696],
    [360, 8.8475, 4.783],
    [410, 9.03, 4.87],
  ]),
};

/** Flattened depth of a radial depth: z_f = a ln(a / (a - z)) (Aki & Richards 2002, eq. 9.45). */
export function flattenDepthKm(depthKm: number): number {
  return EARTH_RADIUS_KM * Math.log(EARTH_RADIUS_KM / (EARTH_RADIUS_KM - depthKm));
}

/**
 * Splits a model into layers no thicker than `stepKm` and flattens the Earth: v_f = v a / (a - z),
 * which keeps travel times of a sphere exactly when layers are thin. Velocity is that of the
 * layer's middle.
 */
export function flatLayers(input: {
  readonly model: readonly VelocityKnot[];
  readonly phase: 'P' | 'S';
  readonly stepKm: number;
}): FlatLayers {
  const topKm: number[] = [];
  const velocityKmS: number[] = [];
  for (let i = 1; i < input.model.length; i++) {
    const upper = input.model[i - 1] as VelocityKnot;
    const lower = input.model[i] as VelocityKnot;
    const thickness = lower.depthKm - upper.depthKm;
    const parts = Math.ceil(thickness / input.stepKm);
    const [va, vb] = input.phase === 'P' ? [upper.vpKmS, lower.vpKmS] : [upper.vsKmS, lower.vsKmS];
    for (let part = 0; part < parts; part++) {
      const middle = (part + 0.5) / parts;
      const depthKm = upper.depthKm + middle * thickness;
      topKm.push(flattenDepthKm(upper.depthKm + (part / parts) * thickness));
      velocityKmS.push(((va + middle * (vb - va)) * EARTH_RADIUS_KM) / (EARTH_RADIUS_KM - depthKm));
    }
  }
  return { topKm: Float64Array.from(topKm), velocityKmS: Float64Array.from(velocityKmS) };
}
