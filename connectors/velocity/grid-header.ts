/** Text of a NonLinLoc grid header in, its numbers out. @module */
import { CorruptSourceError, UnsupportedSourceError } from '../../core/errors.js';
import { isEllipsoid, type MapProjection } from '../../core/map-projection.js';
import { MAX_GRID_NODES, type GridShape } from '../../core/velocity-grid.js';

/** Kinds of grid that hold velocities. */
const KINDS = [
  'VELOCITY',
  'VELOCITY_METERS',
  'SLOWNESS',
  'SLOW_LEN',
  'VEL2',
  'SLOW2',
  'SLOW2_METERS',
] as const;
export type GridKind = (typeof KINDS)[number];

/** What a header tells. */
export interface GridHeader {
  readonly shape: GridShape;
  readonly kind: GridKind;
  readonly projection: MapProjection;
  readonly valueBytes: 4 | 8;
}

/**
 * Reads a header. Throws CorruptSourceError naming the line, and UnsupportedSourceError for a grid
 * that holds no velocities, one over 16 million nodes, a cascading grid and a GLOBAL transformation.
 */
export function parseGridHeader(input: {
  readonly source: string;
  readonly text: string;
}): GridHeader {
  const { source, text } = input;
  const lines = text.split(/\r?\n/);
  const cells = (lines[0] ?? '').trim().split(/\s+/);
  const corrupt = (line: number, reason: string): CorruptSourceError =>
    new CorruptSourceError({ source, at: `line ${line}`, reason });
  const refuse = (reason: string, remedy: string): UnsupportedSourceError =>
    new UnsupportedSourceError({ source, reason, remedy });
  if (cells.length < 10) {
    throw corrupt(1, 'it is not `nx ny nz x y z dx dy dz TYPE` of a NonLinLoc grid header');
  }
  const numbers = cells.slice(0, 9).map(Number);
  numbers.forEach((value, i) => {
    if (!Number.isFinite(value)) throw corrupt(1, `'${cells[i] as string}' is not a number`);
  });
  const [nx, ny, nz, x, y, z, dx, dy, dz] = numbers as [
    number,
    number,
    number,
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  for (const n of [nx, ny, nz]) {
    if (!Number.isInteger(n) || n < 1) throw corrupt(1, `${n} is no number of nodes`);
  }
  for (const step of [dx, dy, dz]) {
    if (!(step > 0)) throw corrupt(1, `a step of ${step} km is not positive`);
  }
  if (nx * ny * nz > MAX_GRID_NODES) {
    throw refuse(
      `${nx} x ${ny} x ${nz} nodes are ${nx * ny * nz}, the limit is ${MAX_GRID_NODES}`,
      'cut the grid to the network or give it a wider step',
    );
  }
  const kind = KINDS.find((name) => name === cells[9]);
  if (!kind) {
    throw refuse(
      `it holds ${cells[9] as string}, not velocities`,
      `give a grid of ${KINDS.join(', ')} (Vel2Grid writes them)`,
    );
  }
  if (
    kind === 'SLOW_LEN' &&
    (Math.abs(dx - dz) > 1e-6 * dx || (nx > 2 && Math.abs(dx - dy) > 1e-6 * dx))
  ) {
    throw refuse('SLOW_LEN with cells that are no cubes', 'give VELOCITY, or equal steps');
  }
  if (lines.some((line) => line.startsWith('CASCADING_GRID'))) {
    throw refuse('cascading grids are not read', 'write the model as a regular grid');
  }
  const float = cells[10] ?? 'FLOAT';
  if (float !== 'FLOAT' && float !== 'DOUBLE') throw corrupt(1, `'${float}' is no type of value`);
  const transform = lines.findIndex((line) => line.startsWith('TRANSFORM'));
  return {
    shape: { nodes: [nx, ny, nz], firstKm: [x, y, z], stepKm: [dx, dy, dz] },
    kind,
    projection:
      transform < 0
        ? { kind: 'none' }
        : projectionOf(lines[transform] as string, (reason) => corrupt(transform + 1, reason)),
    valueBytes: float === 'DOUBLE' ? 8 : 4,
  };
}

/** `TRANSFORM KIND Name value Name value ...`, as NonLinLoc writes it. */
function projectionOf(line: string, corrupt: (reason: string) => Error): MapProjection {
  const [, kind = '', ...rest] = line.trim().split(/\s+/);
  const fields = new Map<string, string>();
  for (let i = 0; i + 1 < rest.length; i += 2) fields.set(rest[i] as string, rest[i + 1] as string);
  const number = (name: string, low: number, high: number, otherwise?: number): number => {
    const text = fields.get(name);
    if (text === undefined && otherwise !== undefined) return otherwise;
    const value = Number(text);
    if (text !== undefined && value >= low && value <= high) return value;
    throw corrupt(`TRANSFORM ${kind}: ${name} is ${text ?? 'missing'}, not ${low} to ${high}`);
  };
  if (kind === 'NONE') return { kind: 'none' };
  if (kind === 'GLOBAL') throw corrupt('TRANSFORM GLOBAL: grids in degrees are not read');
  const origin = {
    latitude: number('LatOrig', -90, 90),
    longitude: number('LongOrig', -180, 180),
    rotationDeg: number('RotCW', -360, 360, 0),
  };
  if (kind === 'SIMPLE') return { kind: 'simple', ...origin };
  if (kind === 'SDC') return { kind: 'sdc', ...origin };
  const ellipsoid = fields.get('RefEllipsoid') ?? 'WGS-84';
  if (!isEllipsoid(ellipsoid)) throw corrupt(`TRANSFORM ${kind}: ellipsoid '${ellipsoid}'`);
  switch (kind) {
    case 'LAMBERT': {
      const first = number('FirstStdParal', -90, 90);
      return {
        kind: 'lambert',
        ellipsoid,
        parallels: [first, number('SecondStdParal', -90, 90)],
        ...origin,
      };
    }
    case 'TRANS_MERC': {
      const uses = number('UseFalseEasting', 0, 1, 0);
      return {
        kind: 'transverse-mercator',
        ellipsoid,
        falseEastM: uses === 1 ? number('FalseEasting', -1e7, 1e7, 500_000) : 0,
        scale: number('ScaleFactor', 0.5, 2, 1),
        ...origin,
      };
    }
    case 'AZIMUTHAL_EQUIDIST':
      return { kind: 'azimuthal-equidistant', ellipsoid, ...origin };
    default:
      throw corrupt(`TRANSFORM ${kind} is not known`);
  }
}
