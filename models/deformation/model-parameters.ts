/** Parameters that several source models share. @module */
import type { Area, ParameterSpec } from './source-model.js';

/** Epicentre, within one and a half radii of the moving area. */
export function position(area: Area): ParameterSpec[] {
  const reach = Math.max(1.5 * area.radiusM, 5000);
  const typical = Math.max(area.radiusM / 20, 50);
  const around = (name: string, centre: number): ParameterSpec => ({
    name,
    unit: 'm',
    scale: 'linear',
    min: centre - reach,
    max: centre + reach,
    typical,
  });
  return [around('eastM', area.eastM), around('northM', area.northM)];
}

/** Size that lengths are compared with, m. */
export function sizeOf(area: Area): number {
  return Math.max(area.radiusM, 2000);
}

/** Depth of a centre. */
export function centreDepth(area: Area): ParameterSpec {
  const size = Math.max(area.radiusM, 1000);
  return {
    name: 'depthM',
    unit: 'm',
    scale: 'log',
    min: 100,
    max: 50_000,
    typical: 0.1,
    start: [0.1 * size, 0.8 * size],
  };
}
