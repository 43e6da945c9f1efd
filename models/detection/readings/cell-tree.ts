/**
 * Oct-tree importance sampling (Lomax & Curtis 2001): cells of a box are split where probability is,
 * and draws fall into them in proportion. A density and a box in, a proposal out.
 * @module
 */
import type { Random } from '../../../core/random.js';
import type { LocationBox } from './location-model.js';

/** Draws of places and their density, per km^3. */
export interface PlaceProposal {
  /** Writes east, north, depth (km) into the first three of `out`. */
  draw(random: Random, out: Float64Array): void;
  logDensity(eastKm: number, northKm: number, depthKm: number): number;
}

const FIRST = { across: 10, deep: 5 };
/** Share of draws that fall anywhere in the box. */
const ANYWHERE = 0.02;
/** Cells are not split under this half diagonal, km. */
const SMALLEST_KM = 0.05;

interface Cell {
  readonly x: number;
  readonly y: number;
  readonly z: number;
  /** Half sides, km. */
  readonly hx: number;
  readonly hy: number;
  readonly hz: number;
  /** Log density at the middle plus log volume. */
  readonly logMass: number;
  children: readonly Cell[] | null;
}

/** Splits the likeliest cell `splits` times; `logDensity` gets the cell's half diagonal, km. */
export function cellTree(input: {
  readonly box: LocationBox;
  readonly splits: number;
  readonly logDensity: (
    eastKm: number,
    northKm: number,
    depthKm: number,
    reachKm: number,
  ) => number;
}): PlaceProposal {
  const { box } = input;
  const make = (x: number, y: number, z: number, hx: number, hy: number, hz: number): Cell => {
    const logVolume = Math.log(8 * hx * hy * hz);
    const reach = Math.sqrt(hx * hx + hy * hy + hz * hz);
    return {
      x,
      y,
      z,
      hx,
      hy,
      hz,
      logMass: input.logDensity(x, y, z, reach) + logVolume,
      children: null,
    };
  };
  const sides = [
    (box.east - box.west) / FIRST.across / 2,
    (box.north - box.south) / FIRST.across / 2,
    box.deepest / FIRST.deep / 2,
  ] as const;
  const first: Cell[] = [];
  for (let k = 0; k < FIRST.deep; k++) {
    for (let j = 0; j < FIRST.across; j++) {
      for (let i = 0; i < FIRST.across; i++) {
        const [hx, hy, hz] = sides;
        const at = (n: number, h: number): number => (2 * n + 1) * h;
        first.push(make(box.west + at(i, hx), box.south + at(j, hy), at(k, hz), hx, hy, hz));
      }
    }
  }
  const heap: Cell[] = [];
  for (const cell of first) push(heap, cell);
  const leaves: Cell[] = [];
  for (let split = 0; split < input.splits; split++) {
    const cell = pop(heap);
    if (!cell) break;
    const [hx, hy, hz] = [cell.hx / 2, cell.hy / 2, cell.hz / 2];
    if (Math.sqrt(hx * hx + hy * hy + hz * hz) < SMALLEST_KM) {
      leaves.push(cell);
      continue;
    }
    const children: Cell[] = [];
    for (const dz of [-hz, hz]) {
      for (const dy of [-hy, hy]) {
        for (const dx of [-hx, hx]) {
          children.push(make(cell.x + dx, cell.y + dy, cell.z + dz, hx, hy, hz));
        }
      }
    }
    cell.children = children;
    for (const child of children) push(heap, child);
  }
  leaves.push(...heap);
  return proposalOf(box, first, leaves);
}

function proposalOf(
  box: LocationBox,
  first: readonly Cell[],
  leaves: readonly Cell[],
): PlaceProposal {
  const top = leaves.reduce((most, { logMass }) => Math.max(most, logMass), -Infinity);
  const sums = new Float64Array(leaves.length);
  let total = 0;
  leaves.forEach((leaf, i) => {
    total += Math.exp(leaf.logMass - top);
    sums[i] = total;
  });
  const logTotal = Math.log(total) + top;
  const [width, height] = [box.east - box.west, box.north - box.south];
  const anywhere = ANYWHERE / (width * height * box.deepest);
  const child = (v: number, middle: number): number => (v < middle ? 0 : 1);
  return {
    draw: (random, out) => {
      if (random.uniform() < ANYWHERE) {
        out[0] = box.west + width * random.uniform();
        out[1] = box.south + height * random.uniform();
        out[2] = box.deepest * random.uniform();
        return;
      }
      const target = random.uniform() * total;
      let [low, high] = [0, leaves.length - 1];
      while (low < high) {
        const middle = (low + high) >> 1;
        if ((sums[middle] as number) < target) low = middle + 1;
        else high = middle;
      }
      const leaf = leaves[low] as Cell;
      out[0] = leaf.x + leaf.hx * (2 * random.uniform() - 1);
      out[1] = leaf.y + leaf.hy * (2 * random.uniform() - 1);
      out[2] = leaf.z + leaf.hz * (2 * random.uniform() - 1);
    },
    logDensity: (x, y, z) => {
      if (
        x < box.west ||
        x > box.east ||
        y < box.south ||
        y > box.north ||
        z < 0 ||
        z > box.deepest
      )
        return Number.NEGATIVE_INFINITY;
      const along = (v: number, low: number, side: number, n: number): number =>
        Math.min(n - 1, Math.floor(((v - low) / side) * n));
      const i = along(x, box.west, width, FIRST.across);
      const j = along(y, box.south, height, FIRST.across);
      const k = along(z, 0, box.deepest, FIRST.deep);
      let cell = first[(k * FIRST.across + j) * FIRST.across + i] as Cell;
      while (cell.children) {
        const at = 4 * child(z, cell.z) + 2 * child(y, cell.y) + child(x, cell.x);
        cell = cell.children[at] as Cell;
      }
      const own = Math.exp(cell.logMass - logTotal) / (8 * cell.hx * cell.hy * cell.hz);
      return Math.log((1 - ANYWHERE) * own + anywhere);
    },
  };
}

/** Binary heap, largest mass first. */
function push(heap: Cell[], cell: Cell): void {
  let i = heap.push(cell) - 1;
  while (i > 0) {
    const parent = (i - 1) >> 1;
    if ((heap[parent] as Cell).logMass >= cell.logMass) break;
    heap[i] = heap[parent] as Cell;
    i = parent;
  }
  heap[i] = cell;
}

function pop(heap: Cell[]): Cell | undefined {
  const top = heap[0];
  const last = heap.pop();
  if (top === undefined || last === undefined || heap.length === 0) return top;
  let i = 0;
  for (;;) {
    let next = 2 * i + 1;
    if (next >= heap.length) break;
    if (next + 1 < heap.length && (heap[next + 1] as Cell).logMass > (heap[next] as Cell).logMass)
      next++;
    if ((heap[next] as Cell).logMass <= last.logMass) break;
    heap[i] = heap[next] as Cell;
    i = next;
  }
  heap[i] = last;
  return top;
}
