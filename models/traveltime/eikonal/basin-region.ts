/**
 * The three-dimensional model that the shipped network knows: velocity growing with depth, a slow
 * sedimentary basin, a fast ridge beside it. Made up, smooth, and exact at every point.
 * @module
 */
import type { GridShape } from '../../../core/velocity-grid.js';

/** Box of the region, km; z is depth. */
export const BASIN_BOX = { first: [0, 0, 0], last: [80, 80, 30] } as const;
/** Sources (stations, by reciprocity) lie at most this deep. */
export const BASIN_SOURCE_DEPTH_KM = 3;

/** P velocity at a place, km/s. */
export function basinVelocity(x: number, y: number, z: number): number {
  const background = 5 + 0.05 * z;
  const basin = 0.25 * Math.exp(-((x - 50) ** 2 / 500 + (y - 30) ** 2 / 300 + z / 6));
  const ridge = 0.08 * Math.exp(-((x - 20) ** 2 / 200 + (y - 55) ** 2 / 900 + (z - 12) ** 2 / 150));
  return background * (1 - basin + ridge);
}

/** The model on a grid of so many km, for the sweeper. */
export function basinGrid(stepKm: number): { shape: GridShape; velocityKmS: Float32Array } {
  const nodes = [0, 1, 2].map((a) =>
    Math.round(((BASIN_BOX.last[a] as number) - (BASIN_BOX.first[a] as number)) / stepKm + 1),
  ) as [number, number, number];
  const [nx, ny, nz] = nodes;
  const velocityKmS = new Float32Array(nx * ny * nz);
  for (let i = 0; i < velocityKmS.length; i++) {
    const x = Math.floor(i / (ny * nz)) * stepKm;
    const y = (Math.floor(i / nz) % ny) * stepKm;
    velocityKmS[i] = basinVelocity(x, y, (i % nz) * stepKm);
  }
  return { shape: { nodes, firstKm: [0, 0, 0], stepKm: [stepKm, stepKm, stepKm] }, velocityKmS };
}
