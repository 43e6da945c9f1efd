/**
 * Compound dislocation models: three mutually orthogonal tensile dislocations of one opening, rotated at will; a
 * generic inflating or deflating source from a crack over a pipe to a sphere. Finite (rectangles) and
 * point forms. In: the source and points. Out: east, north, up displacement, float64.
 * Nikkhoo, Walter, Lundgren and Prats-Iraola (2017), GJI 208, 877-894.
 * @module
 */
import { InvalidInputError } from '../../core/errors.js';
import { addAngularSide, cross, type Vector } from './angular-dislocation.js';
import { addTensilePoint, noDisplacement } from './point-sources.js';
import type { Displacement, SurfacePoints } from './okada.js';

const RAD = Math.PI / 180;

interface Rotated {
  readonly eastM: number;
  readonly northM: number;
  /** Depth of the centre, m. */
  readonly depthM: number;
  /** Clockwise rotations about the east, north and up axes, applied in this order, degrees. */
  readonly rotationDeg: readonly [number, number, number];
  /** 0.25 when absent. */
  readonly poissonRatio?: number;
}

export interface PointCompoundSource extends Rotated {
  /** Potencies of the dislocations normal to the axes before rotation, m3; all of one sign. */
  readonly potencyM3: readonly [number, number, number];
}

export interface CompoundSource extends Rotated {
  /** Half lengths along the axes before rotation, m; 0 leaves out the two rectangles along it. */
  readonly semiAxesM: readonly [number, number, number];
  /** Opening of all three, m; negative when closing. */
  readonly openingM: number;
}

/** Rows: the rotated axes' components, east, north, up; column k is axis k. R = Rz Ry Rx. */
function rotation([x, y, z]: readonly [number, number, number]): readonly [Vector, Vector, Vector] {
  const [sx, cx] = [Math.sin(x * RAD), Math.cos(x * RAD)];
  const [sy, cy] = [Math.sin(y * RAD), Math.cos(y * RAD)];
  const [sz, cz] = [Math.sin(z * RAD), Math.cos(z * RAD)];
  const turn = ([e, n, u]: Vector): Vector => {
    const [n1, u1] = [cx * n + sx * u, cx * u - sx * n];
    const [e2, u2] = [cy * e - sy * u1, sy * e + cy * u1];
    return [cz * e2 + sz * n1, cz * n1 - sz * e2, u2];
  };
  return [turn([1, 0, 0]), turn([0, 1, 0]), turn([0, 0, 1])];
}

/** Surface displacement of a point compound dislocation at points. */
export function pointCompoundDisplacement(
  source: PointCompoundSource,
  points: SurfacePoints,
): Displacement {
  const out = noDisplacement(points.eastM.length);
  const axes = rotation(source.rotationDeg);
  axes.forEach(([e, n, u], k) => {
    // The plane whose normal is the axis: it dips where the upward normal leans to.
    const side = u < 0 ? -1 : 1;
    addTensilePoint(out, points, {
      eastM: source.eastM,
      northM: source.northM,
      depthM: source.depthM,
      poissonRatio: source.poissonRatio ?? 0.25,
      potencyM3: source.potencyM3[k] as number,
      strikeDeg: Math.atan2(side * e, side * n) / RAD - 90,
      dipDeg: Math.acos(Math.min(1, side * u)) / RAD,
    });
  });
  return out;
}

/** Surface displacement of a compound dislocation at points. Throws InvalidInputError when it reaches the surface. */
export function compoundDisplacement(source: CompoundSource, points: SurfacePoints): Displacement {
  const out = noDisplacement(points.eastM.length);
  const axes = rotation(source.rotationDeg);
  const half = axes.map((axis, k) => scaled(axis, source.semiAxesM[k] as number)) as [
    Vector,
    Vector,
    Vector,
  ];
  const centre: Vector = [source.eastM, source.northM, -source.depthM];
  for (const [first, second] of [
    [1, 2],
    [2, 0],
    [0, 1],
  ] as const) {
    if (source.semiAxesM[first] === 0 || source.semiAxesM[second] === 0) continue;
    const corners = [
      [1, 1],
      [-1, 1],
      [-1, -1],
      [1, -1],
    ].map(([a, b]) =>
      sum(centre, sum(scaled(half[first], a as number), scaled(half[second], b as number))),
    ) as [Vector, Vector, Vector, Vector];
    if (corners.some((corner) => corner[2] > 0)) {
      throw new InvalidInputError({
        what: 'compound dislocation',
        reason: 'a corner lies above the surface',
        remedy: 'make it deeper or smaller',
      });
    }
    const normal = cross(axes[first] as Vector, axes[second] as Vector);
    const burgers = scaled(normal, source.openingM);
    corners.forEach((corner, k) => {
      addAngularSide(out, points, {
        from: corner,
        to: corners[(k + 1) % 4] as Vector,
        burgers,
        poissonRatio: source.poissonRatio ?? 0.25,
      });
    });
  }
  return out;
}

function scaled([a, b, c]: Vector, factor: number): Vector {
  return [a * factor, b * factor, c * factor];
}

function sum(a: Vector, b: Vector): Vector {
  return [a[0] + b[0], a[1] + b[1], a[2] + b[2]];
}
