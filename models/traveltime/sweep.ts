/**
 * First arrivals on a three-dimensional grid by factored fast sweeping: slowness and a source in, the
 * mean slowness from the source to every node out.
 * @module
 */
import { InvalidInputError } from '../../core/errors.js';
import { MAX_GRID_NODES, type GridShape } from '../../core/velocity-grid.js';
import { kernelWorkspace, WORKSPACE_START } from '../kernels/workspace.js';

/** A swept field. */
export interface SweptField {
  /** T / R, s/km, [x][y][z]: smooth at the source, where it is the slowness. */
  readonly meanSlowness: Float64Array;
  /** Rounds of eight sweeps. */
  readonly rounds: number;
  /** Largest move of a time in the last round, s; 0: settled. */
  readonly lastMoveS: number;
}

interface SweepKernel {
  round(...values: number[]): number;
}

/** Bytes a node takes while it is swept: time, tau, slowness, flag. */
const BYTES_A_NODE = 25;
const FAR = 1e30;
/** Moves of a time up to this are none, s. */
const TOLERANCE_S = 1e-9;
const FIRST_TOLERANCE_S = 1e-4;
const MAX_ROUNDS = 60;
/** In the first rounds nodes beside the source also follow later neighbours; where velocities jump from node to node that need not settle. */
const ACROSS_ROUNDS = 10;
/** Nodes this many steps about the source take the straight ray's time. */
const FIXED_STEPS = 2;

/**
 * Sweeps from a source inside the grid (it need not be a node): rounds of eight sweeps of first
 * order, then of second order, each until no time moves (at most 60; 3 to 8 of each are usual). Velocities are those of the nodes, all
 * positive; the nodes within two steps of the source take the time of the straight ray. Exact for one
 * velocity, wherever the source lies. Throws InvalidInputError for a grid over 16 million nodes, for one
 * of fewer than three on a side and for a source outside of it.
 */
export function sweep(input: {
  readonly shape: GridShape;
  readonly velocityKmS: Float32Array;
  readonly sourceKm: readonly [x: number, y: number, z: number];
}): SweptField {
  const { shape, velocityKmS } = input;
  const [nx, ny, nz] = shape.nodes;
  const [hx, hy, hz] = shape.stepKm;
  const count = nx * ny * nz;
  check(shape, input.sourceKm);
  const [sx, sy, sz] = input.sourceKm.map((at, a) => at - (shape.firstKm[a] as number)) as [
    number,
    number,
    number,
  ];
  const kernel = kernelWorkspace<SweepKernel>({ name: 'sweep', bytes: count * BYTES_A_NODE + 64 });
  const timeAt = WORKSPACE_START;
  const tauAt = timeAt + 8 * count;
  const slownessAt = tauAt + 8 * count;
  const activeAt = slownessAt + 8 * count;
  const { buffer } = kernel.memory;
  const time = new Float64Array(buffer, timeAt, count).fill(FAR);
  const tau = new Float64Array(buffer, tauAt, count).fill(FAR);
  const slowness = new Float64Array(buffer, slownessAt, count);
  for (let i = 0; i < count; i++) slowness[i] = 1 / (velocityKmS[i] as number);
  const active = new Uint8Array(buffer, activeAt, count).fill(0);
  const sourceSlowness = slownessAtPoint(shape, slowness, [sx, sy, sz]);

  const fixed = (at: number, step: number): [number, number] => [
    Math.floor(at / step) - FIXED_STEPS + 1,
    Math.floor(at / step) + FIXED_STEPS,
  ];
  const bounds = [fixed(sx, hx), fixed(sy, hy), fixed(sz, hz)] as const;
  forBox(shape, bounds, 1, (i) => {
    active[i] = 1;
  });
  forBox(shape, bounds, 0, (i, x, y, z) => {
    const r = Math.hypot(x - sx, y - sy, z - sz);
    // Simpson along the straight ray.
    const middle = slownessAtPoint(shape, slowness, [(x + sx) / 2, (y + sy) / 2, (z + sz) / 2]);
    const mean = (sourceSlowness + 4 * middle + (slowness[i] as number)) / 6;
    time[i] = mean * r;
    tau[i] = mean / sourceSlowness;
    active[i] = 2;
  });
  const round = (order: number, toleranceS: number, index: number): number =>
    kernel.functions.round(
      timeAt,
      tauAt,
      slownessAt,
      activeAt,
      nx,
      ny,
      nz,
      hx,
      hy,
      hz,
      sx,
      sy,
      sz,
      sourceSlowness,
      order,
      toleranceS,
      index < ACROSS_ROUNDS ? 1 : 0,
    );
  // Second order alone may settle on a field that is not the first arrival: it starts from one that is near.
  let rounds = 1;
  while (round(1, FIRST_TOLERANCE_S, rounds) > 0 && rounds < MAX_ROUNDS) rounds++;
  for (let i = 0; i < count; i++) if (active[i] === 0) active[i] = 1;
  let lastMoveS = Infinity;
  for (let k = 0; k < MAX_ROUNDS && lastMoveS > 0; k++) {
    lastMoveS = round(2, TOLERANCE_S, k);
    rounds++;
  }
  const meanSlowness = new Float64Array(count);
  for (let i = 0; i < count; i++) meanSlowness[i] = (tau[i] as number) * sourceSlowness;
  return { meanSlowness, rounds, lastMoveS };
}

/** Slowness at a point (km from the first node), trilinear. */
function slownessAtPoint(
  shape: GridShape,
  slowness: Float64Array,
  point: readonly [number, number, number],
): number {
  const [, ny, nz] = shape.nodes;
  const base: number[] = [];
  const part: number[] = [];
  for (let a = 0; a < 3; a++) {
    const at = (point[a] as number) / (shape.stepKm[a] as number);
    const node = Math.min((shape.nodes[a] as number) - 2, Math.max(0, Math.floor(at)));
    base.push(node);
    part.push(at - node);
  }
  let sum = 0;
  for (let corner = 0; corner < 8; corner++) {
    let weight = 1;
    const node = base.map((first, a) => {
      const up = (corner >> a) & 1;
      weight *= up ? (part[a] as number) : 1 - (part[a] as number);
      return first + up;
    }) as [number, number, number];
    if (weight === 0) continue;
    sum += weight * (slowness[(node[0] * ny + node[1]) * nz + node[2]] as number);
  }
  return sum;
}

/** Calls `visit` with index and place (km from the first node) of every node of a box, `more` nodes wider. */
function forBox(
  shape: GridShape,
  bounds: readonly (readonly [number, number])[],
  more: number,
  visit: (index: number, x: number, y: number, z: number) => void,
): void {
  const [nx, ny, nz] = shape.nodes;
  const [hx, hy, hz] = shape.stepKm;
  const [[x0, x1], [y0, y1], [z0, z1]] = bounds as [
    [number, number],
    [number, number],
    [number, number],
  ];
  for (let i = Math.max(0, x0 - more); i <= Math.min(nx - 1, x1 + more); i++) {
    for (let j = Math.max(0, y0 - more); j <= Math.min(ny - 1, y1 + more); j++) {
      for (let k = Math.max(0, z0 - more); k <= Math.min(nz - 1, z1 + more); k++) {
        visit((i * ny + j) * nz + k, i * hx, j * hy, k * hz);
      }
    }
  }
}

function check(shape: GridShape, sourceKm: readonly [number, number, number]): void {
  const fail = (reason: string, remedy: string): never => {
    throw new InvalidInputError({ what: 'velocity grid', reason, remedy });
  };
  const count = shape.nodes.reduce((a, b) => a * b, 1);
  if (shape.nodes.some((n) => n < 3)) {
    fail(`${shape.nodes.join(' x ')} nodes`, 'give at least three nodes on every side');
  }
  if (count > MAX_GRID_NODES) {
    fail(`${count} nodes, the limit is ${MAX_GRID_NODES}`, 'give a smaller grid or a wider step');
  }
  ['x', 'y', 'z'].forEach((name, a) => {
    const [first, at] = [shape.firstKm[a] as number, sourceKm[a] as number];
    const last = first + ((shape.nodes[a] as number) - 1) * (shape.stepKm[a] as number);
    // Half a nanometre: places that were computed may lie off the face by round-off.
    if (at >= first - 5e-13 && at <= last + 5e-13) return;
    fail(`the source's ${name} of ${at} km is not within ${first} to ${last}`, 'give a wider grid');
  });
}
