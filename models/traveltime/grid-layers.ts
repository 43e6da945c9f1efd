/** A grid that varies with depth only in, layers out; what varies sideways is told apart. @module */
import { UnsupportedSourceError } from '../../core/errors.js';
import type { VelocityGrid } from '../../core/velocity-grid.js';
import type { VelocityKnot } from './earth-models.js';
import { velocityModel, type VelocityModel } from './velocity-model.js';

/** A step of velocity over this share, and over three times the steps beside it, is an interface. */
const INTERFACE = { share: 0.005, times: 3 };

/**
 * The layers of a grid with one or two nodes in x, as Vel2Grid makes them for layered models
 * (GRID2D); null for a grid of three or more on every side, which is swept. Velocities are linear
 * between nodes, but for sudden steps: those lie on the deeper node, as Vel2Grid samples interfaces.
 * Nodes above sea level are drawn to it. Throws UnsupportedSourceError when a thin grid varies sideways.
 */
export function layersOfGrid(grid: VelocityGrid): VelocityModel | null {
  const { nodes, firstKm, stepKm } = grid.shape;
  const [nx, ny, nz] = nodes;
  if (nx > 2 && ny > 2 && nz > 2) return null;
  for (let i = 0; i < grid.vpKmS.length; i++) {
    if (grid.vpKmS[i] === grid.vpKmS[i % nz] && grid.vsKmS[i] === grid.vsKmS[i % nz]) continue;
    throw new UnsupportedSourceError({
      source: grid.name,
      reason: `a section of ${nx} x ${ny} x ${nz} nodes that varies sideways (node ${i})`,
      remedy:
        'give a grid with at least three nodes on every side, or one that varies with depth only',
    });
  }
  const knots: VelocityKnot[] = [];
  const at = (k: number, depthKm: number): VelocityKnot => ({
    depthKm,
    vpKmS: grid.vpKmS[k] as number,
    vsKmS: grid.vsKmS[k] as number,
  });
  for (let k = 0; k < nz; k++) {
    const depthKm = firstKm[2] + k * stepKm[2];
    if (k > 0 && isInterface(grid.vpKmS, k, nz)) knots.push(at(k - 1, depthKm));
    knots.push(at(k, depthKm));
  }
  return velocityModel({ name: grid.name, isFlat: true, knots: fromSeaLevel(knots) });
}

function isInterface(v: Float32Array, k: number, nz: number): boolean {
  const step = (j: number): number =>
    j < 1 || j >= nz ? 0 : Math.abs((v[j] as number) - (v[j - 1] as number));
  const own = step(k);
  return (
    own > INTERFACE.share * (v[k] as number) &&
    own > INTERFACE.times * Math.max(step(k - 1), step(k + 1))
  );
}

/** Knots from sea level down; what lies above it only gives the velocity there. */
function fromSeaLevel(knots: readonly VelocityKnot[]): VelocityKnot[] {
  const below = knots.filter(({ depthKm }) => depthKm >= 0);
  const above = knots.filter(({ depthKm }) => depthKm < 0).at(-1);
  const first = below[0];
  if (!above || !first)
    return below.length > 0 ? below : knots.slice(-1).map((k) => ({ ...k, depthKm: 0 }));
  if (first.depthKm === 0) return below;
  const part = -above.depthKm / (first.depthKm - above.depthKm);
  const mix = (a: number, b: number): number => a + part * (b - a);
  const surface = {
    depthKm: 0,
    vpKmS: mix(above.vpKmS, first.vpKmS),
    vsKmS: mix(above.vsKmS, first.vsKmS),
  };
  return [surface, ...below];
}
