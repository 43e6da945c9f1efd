/** Layered models of regions, bundled. @module */
import type { VelocityKnot } from './earth-models.js';
import { velocityModel, type VelocityModel } from './velocity-model.js';

/** Names of the bundled regional models. */
export const REGIONAL_MODELS = ['southern-california', 'central-us'] as const;
export type RegionalModelName = (typeof REGIONAL_MODELS)[number];

/** Tops of constant layers: depth (km), Vp and Vs (km/s). */
type Layer = readonly [topKm: number, vpKmS: number, vsKmS: number];

/** Vp / Vs that the southern California network uses with its model. */
const SCSN_VP_VS = 1.73;
const scsn = (topKm: number, vp: number): Layer => [topKm, vp, vp / SCSN_VP_VS];

const LAYERS: Readonly<Record<RegionalModelName, readonly Layer[]>> = {
  // Hadley & Kanamori 1977, GSA Bull. 88, 1469-1478, as the network's catalogues use it.
  'southern-california': [scsn(0, 5.5), scsn(5.5, 6.3), scsn(16, 6.7), scsn(32, 7.8)],
  // CUS: Herrmann, Benz & Ammon 2011, BSSA 101, 2609-2625.
  'central-us': [
    [0, 5, 2.89],
    [1, 6.1, 3.52],
    [10, 6.4, 3.7],
    [20, 6.7, 3.87],
    [40, 8.15, 4.7],
  ],
};

/** A bundled regional model; its layers are flat and the last one goes on for ever. */
export function regionalModel(name: RegionalModelName): VelocityModel {
  const knots: VelocityKnot[] = LAYERS[name].flatMap(([depthKm, vpKmS, vsKmS], i) => {
    const next = LAYERS[name][i + 1];
    const top = { depthKm, vpKmS, vsKmS };
    return next ? [top, { ...top, depthKm: next[0] }] : [top];
  });
  return velocityModel({ name, isFlat: true, knots });
}

export function isRegionalModel(name: string): name is RegionalModelName {
  return (REGIONAL_MODELS as readonly string[]).includes(name);
}
