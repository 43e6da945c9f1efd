/**
 * First arrivals from anywhere in a three-dimensional model to the stations of a network. By
 * reciprocity one sweep from a station gives the times from every node; it is made when a station and
 * phase is first asked for and kept.
 * @module
 */
import { InvalidInputError } from '../../core/errors.js';
import type { LatLon } from '../../core/geo.js';
import { localPlane } from '../../core/local-plane.js';
import { projector } from '../../core/map-projection.js';
import type { PickStations } from '../../core/picks.js';
import type { GridShape, VelocityGrid } from '../../core/velocity-grid.js';
import { createField, readField, type Arrival, type GridField } from './grid-field.js';
import { sweep } from './sweep.js';

/** Where swept tables are kept between runs. */
export interface FieldStore {
  get(key: string, count: number): Float32Array | null;
  put(key: string, values: Float32Array): void;
}

/** Travel times of a grid to a network's stations, heights of stations included. */
export interface GridTimes {
  readonly isGrid: true;
  readonly model: { readonly name: string };
  /** Of the nodes at sea level (or the grid's top), mean of the slowness, s/km, [phase]. */
  readonly surfaceSlowness: readonly [number, number];
  /** Grid coordinates of a place, km. On a plane latitude and longitude are north and east, km. */
  project(place: LatLon): readonly [xKm: number, yKm: number];
  /** Time and slopes by x and y (as byEast and byNorth) from a place in grid coordinates. */
  from(
    station: number,
    phase: 0 | 1,
    xKm: number,
    yKm: number,
    depthKm: number,
    out: Arrival,
  ): void;
  /** The same from a place so many km east and north of the station on the network's plane. */
  around(
    station: number,
    phase: 0 | 1,
    dxKm: number,
    dyKm: number,
    depthKm: number,
    out: Arrival,
  ): void;
}

/** Tables of all stations together may take this much. */
const MAX_TABLE_BYTES = 2 ** 30;
const MAX_STRIDE = 4;
/** Version of what the tables hold; a part of their keys. */
const ALGORITHM = 'factored-sweep-1';
const DIFFERENCE_KM = 0.01;

/** Grid coordinates of a network's places; null when the grid has no projection for degrees. */
function projection(grid: VelocityGrid, stations: PickStations): GridTimes['project'] | null {
  if (stations.isPlane) return ({ latitude, longitude }) => [longitude, latitude];
  return projector(grid.projection);
}

/** Place of a station for `project`. */
function placeOf(stations: PickStations, s: number): LatLon {
  const [eastKm, northKm] = [stations.eastKm[s] as number, stations.northKm[s] as number];
  if (stations.isPlane) return { latitude: northKm, longitude: eastKm };
  return localPlane(stations.origin).fromKm({ eastKm, northKm });
}

/**
 * Rows of the stations that a grid can serve, and why others cannot: they lie outside of it or under
 * it. A station above the grid's top is served: the wave rises to it through the top's velocity. Throws
 * InvalidInputError when the grid has no projection and the stations have degrees.
 */
export function stationsInGrid(
  grid: VelocityGrid,
  stations: PickStations,
): { readonly rows: readonly number[]; readonly leftOut: readonly string[] } {
  const project = needProjection(grid, stations);
  const { nodes, firstKm, stepKm } = grid.shape;
  const last = nodes.map((n, a) => (firstKm[a] as number) + (n - 1) * (stepKm[a] as number));
  const rows: number[] = [];
  const leftOut: string[] = [];
  stations.ids.forEach((id, s) => {
    const [x, y] = project(placeOf(stations, s));
    const z = -(stations.elevationKm[s] as number);
    const isInside =
      x >= firstKm[0] && x <= (last[0] as number) && y >= firstKm[1] && y <= (last[1] as number);
    if (isInside && z <= (last[2] as number)) rows.push(s);
    else {
      const at = `x ${x.toFixed(2)}, y ${y.toFixed(2)}, z ${z.toFixed(2)} km`;
      leftOut.push(`station ${id} (${at}) is outside the velocity grid`);
    }
  });
  return { rows, leftOut };
}

function needProjection(grid: VelocityGrid, stations: PickStations): GridTimes['project'] {
  const project = projection(grid, stations);
  if (project) return project;
  throw new InvalidInputError({
    what: `velocity grid ${grid.name}`,
    reason: 'it has no map projection, and the stations are in degrees',
    remedy: 'add a TRANSFORM line to the header, or give stations with x and y in km',
  });
}

/**
 * Times of a grid to the stations, all of which must lie in it (`stationsInGrid`). Tables hold one mean
 * slowness a node; where all stations would take over 1 GiB every second to fourth node. Throws
 * InvalidInputError when that is not enough.
 */
export function gridTimes(input: {
  readonly grid: VelocityGrid;
  readonly stations: PickStations;
  readonly store?: FieldStore;
}): GridTimes {
  const { grid, stations, store } = input;
  const { shape } = grid;
  const project = needProjection(grid, stations);
  const stride = strideFor(shape, 2 * stations.ids.length);
  const fields: (GridField | undefined)[] = [];

  const fieldOf = (station: number, phase: 0 | 1): GridField => {
    const channel = 2 * station + phase;
    const known = fields[channel];
    if (known) return known;
    const [x, y] = project(placeOf(stations, station));
    const heightKm = stations.elevationKm[station] as number;
    const topKm = shape.firstKm[2];
    const sourceKm = [x, y, Math.max(topKm, -heightKm)] as const;
    const key = [ALGORITHM, grid.sha256, phase === 0 ? 'P' : 'S', ...sourceKm, stride].join(' ');
    const made = createField({
      shape,
      stride,
      sourceKm,
      aboveKm: Math.max(0, topKm + heightKm),
      velocityKmS: phase === 0 ? grid.vpKmS : grid.vsKmS,
      read: (count) => store?.get(key, count) ?? null,
      sweep,
      keep: (values) => store?.put(key, values),
    });
    fields[channel] = made;
    return made;
  };

  const { fromKm } = localPlane(stations.origin);
  // Loops go over the stations of one place: its projection is kept.
  const memo = { east: Number.NaN, north: Number.NaN, x: 0, y: 0, xe: 1, xn: 0, ye: 0, yn: 1 };
  const place = (eastKm: number, northKm: number): void => {
    if (Math.abs(eastKm - memo.east) < 1e-9 && Math.abs(northKm - memo.north) < 1e-9) return;
    const at = (east: number, north: number): readonly [number, number] =>
      project(
        stations.isPlane
          ? { latitude: north, longitude: east }
          : fromKm({ eastKm: east, northKm: north }),
      );
    const [x, y] = at(eastKm, northKm);
    const [x1, y1] = at(eastKm + DIFFERENCE_KM, northKm);
    const [x2, y2] = at(eastKm, northKm + DIFFERENCE_KM);
    memo.east = eastKm;
    memo.north = northKm;
    memo.x = x;
    memo.y = y;
    memo.xe = (x1 - x) / DIFFERENCE_KM;
    memo.ye = (y1 - y) / DIFFERENCE_KM;
    memo.xn = (x2 - x) / DIFFERENCE_KM;
    memo.yn = (y2 - y) / DIFFERENCE_KM;
  };

  return {
    isGrid: true,
    model: { name: grid.name },
    surfaceSlowness: [surfaceSlowness(grid, grid.vpKmS), surfaceSlowness(grid, grid.vsKmS)],
    project,
    from: (station, phase, xKm, yKm, depthKm, out) =>
      readField(fieldOf(station, phase), xKm, yKm, depthKm, out),
    around: (station, phase, dxKm, dyKm, depthKm, out) => {
      place(
        (stations.eastKm[station] as number) + dxKm,
        (stations.northKm[station] as number) + dyKm,
      );
      readField(fieldOf(station, phase), memo.x, memo.y, depthKm, out);
      const { byEast: byX, byNorth: byY } = out;
      out.byEast = byX * memo.xe + byY * memo.ye;
      out.byNorth = byX * memo.xn + byY * memo.yn;
    },
  };
}

function strideFor(shape: GridShape, channels: number): number {
  for (let stride = 1; stride <= MAX_STRIDE; stride++) {
    const count = shape.nodes.reduce((a, n) => a * (Math.floor((n - 1) / stride) + 1), 1);
    if (count * channels * 4 <= MAX_TABLE_BYTES) return stride;
  }
  throw new InvalidInputError({
    what: 'velocity grid',
    reason: `${shape.nodes.join(' x ')} nodes for ${channels / 2} stations need over 1 GiB of travel times`,
    remedy: 'cut the grid to the network, give it a wider step, or give fewer stations',
  });
}

function surfaceSlowness(grid: VelocityGrid, velocityKmS: Float32Array): number {
  const { nodes, firstKm, stepKm } = grid.shape;
  const [nx, ny, nz] = nodes;
  const k = Math.min(nz - 1, Math.max(0, Math.round(-firstKm[2] / stepKm[2])));
  let sum = 0;
  for (let row = 0; row < nx * ny; row++) sum += 1 / (velocityKmS[row * nz + k] as number);
  return sum / (nx * ny);
}
