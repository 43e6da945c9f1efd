/** The table of one station and phase on a grid, and its interpolation. @module */
import type { GridShape } from '../../core/velocity-grid.js';
import type { TimeAndSlopes } from './local-table.js';
import type { sweep } from './sweep.js';

/** Time and slopes, with the slopes by east and north that a layered model derives from the distance. */
export interface Arrival extends TimeAndSlopes {
  byEast: number;
  byNorth: number;
}

/** Mean slowness from a station to the nodes of a (thinned) grid. */
export interface GridField {
  readonly shape: GridShape;
  /** T / R, s/km, [x][y][z]. */
  readonly meanSlowness: Float32Array;
  readonly sourceKm: readonly [x: number, y: number, z: number];
  /** How far the station stands above the grid's top, km, and the slowness there, s/km. */
  readonly aboveKm: number;
  readonly topSlowness: number;
}

/** Reads the table from the store or sweeps it. */
export function createField(input: {
  readonly shape: GridShape;
  readonly stride: number;
  readonly sourceKm: readonly [x: number, y: number, z: number];
  readonly aboveKm: number;
  readonly velocityKmS: Float32Array;
  readonly read: (count: number) => Float32Array | null;
  readonly sweep: typeof sweep;
  readonly keep: (values: Float32Array) => void;
}): GridField {
  const { shape, stride, sourceKm, velocityKmS } = input;
  const thin = (n: number): number => Math.floor((n - 1) / stride) + 1;
  const [, ny, nz] = shape.nodes;
  const nodes = [thin(shape.nodes[0]), thin(ny), thin(nz)] as const;
  const count = nodes[0] * nodes[1] * nodes[2];
  let meanSlowness = input.read(count);
  if (!meanSlowness) {
    const full = input.sweep({ shape, velocityKmS, sourceKm }).meanSlowness;
    meanSlowness = new Float32Array(count);
    let at = 0;
    for (let i = 0; i < nodes[0]; i++) {
      for (let j = 0; j < nodes[1]; j++) {
        const row = (i * stride * ny + j * stride) * nz;
        for (let k = 0; k < nodes[2]; k++) {
          meanSlowness[at++] = full[row + k * stride] as number;
        }
      }
    }
    input.keep(meanSlowness);
  }
  const [i, j] = [0, 1].map((a) => {
    const node = Math.round(
      ((sourceKm[a] as number) - (shape.firstKm[a] as number)) / (shape.stepKm[a] as number),
    );
    return Math.min((shape.nodes[a] as number) - 1, Math.max(0, node));
  }) as [number, number];
  return {
    shape: {
      nodes,
      firstKm: shape.firstKm,
      stepKm: [shape.stepKm[0] * stride, shape.stepKm[1] * stride, shape.stepKm[2] * stride],
    },
    meanSlowness,
    sourceKm,
    aboveKm: input.aboveKm,
    topSlowness: 1 / (velocityKmS[(i * ny + j) * nz] as number),
  };
}

/**
 * Time and slopes from a place by trilinear interpolation of the mean slowness, written into `out`
 * (slopes by x and y as byEast and byNorth, the horizontal one as byDistance). Outside the grid the
 * mean slowness of the nearest face holds.
 */
export function readField(
  field: GridField,
  xKm: number,
  yKm: number,
  zKm: number,
  out: Arrival,
): void {
  const { meanSlowness: u, shape, sourceKm } = field;
  const { nodes, firstKm, stepKm } = shape;
  const ny = nodes[1];
  const nz = nodes[2];
  const ax = (xKm - firstKm[0]) / stepKm[0];
  const ay = (yKm - firstKm[1]) / stepKm[1];
  const az = (zKm - firstKm[2]) / stepKm[2];
  const i = ax > 0 ? (ax < nodes[0] - 1 ? ax | 0 : nodes[0] - 2) : 0;
  const j = ay > 0 ? (ay < ny - 1 ? ay | 0 : ny - 2) : 0;
  const k = az > 0 ? (az < nz - 1 ? az | 0 : nz - 2) : 0;
  const fx = ax < 0 ? 0 : ax > nodes[0] - 1 ? 1 : ax - i;
  const fy = ay < 0 ? 0 : ay > ny - 1 ? 1 : ay - j;
  const fz = az < 0 ? 0 : az > nz - 1 ? 1 : az - k;
  const at = (i * ny + j) * nz + k;
  const up = at + ny * nz;
  const a = u[at] as number;
  const b = u[at + nz] as number;
  const c = u[up] as number;
  const d = u[up + nz] as number;
  // Along z first: value and difference of the four columns.
  const az0 = (u[at + 1] as number) - a;
  const bz0 = (u[at + nz + 1] as number) - b;
  const cz0 = (u[up + 1] as number) - c;
  const dz0 = (u[up + nz + 1] as number) - d;
  const ua = a + az0 * fz;
  const ub = b + bz0 * fz;
  const uc = c + cz0 * fz;
  const ud = d + dz0 * fz;
  const low = ua + (ub - ua) * fy;
  const high = uc + (ud - uc) * fy;
  const mean = low + (high - low) * fx;
  const byX = fx === ax - i ? (high - low) / stepKm[0] : 0;
  const byY = fy === ay - j ? (ub - ua + (ud - uc - ub + ua) * fx) / stepKm[1] : 0;
  const zLow = az0 + (bz0 - az0) * fy;
  const zHigh = cz0 + (dz0 - cz0) * fy;
  const byZ = fz === az - k ? (zLow + (zHigh - zLow) * fx) / stepKm[2] : 0;
  const dx = xKm - sourceKm[0];
  const dy = yKm - sourceKm[1];
  const dz = zKm - sourceKm[2];
  const r = Math.sqrt(dx * dx + dy * dy + dz * dz) + 1e-9;
  out.timeS = mean * r;
  out.byEast = (mean * dx) / r + r * byX;
  out.byNorth = (mean * dy) / r + r * byY;
  out.byDepth = (mean * dz) / r + r * byZ;
  const p2 = out.byEast * out.byEast + out.byNorth * out.byNorth;
  out.byDistance = Math.sqrt(p2);
  if (field.aboveKm > 0) {
    // A station over the grid's top hears later by the vertical slowness of the top.
    const vertical2 = field.topSlowness * field.topSlowness - p2;
    if (vertical2 > 0) out.timeS += field.aboveKm * Math.sqrt(vertical2);
  }
}
