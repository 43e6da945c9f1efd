/**
 * Shapes of sources as numbers of order one that a network can give: places and lengths in radii of the moving area, in
 * the turned frame of the window.
 * @module
 */
import type { Area, SourceModel, SourceName } from '../source-model.js';

/** What the network tells apart: slip on a rectangle, its opening, change of volume about a centre. */
export const KINDS = ['okada', 'dike', 'point'] as const;
export type Kind = (typeof KINDS)[number];

/** East, north, depth, dip, length, width, sine and cosine of strike; a point has the first three. */
export const COORDINATES = 8;
const OF_POINT = 3;

/** Kind whose shapes suit a source; sources of volume and sills take place and depth from a point. */
export function kindOf(name: SourceName): Kind {
  return name === 'okada' || name === 'dike' ? name : 'point';
}

/** How many of the coordinates a kind has. */
export function coordinatesOf(kind: Kind): number {
  return kind === 'point' ? OF_POINT : COORDINATES;
}

/** Place in radii from the centre of the area, depth of the upper edge or the centre, lengths in radii. */
export interface UnitShape {
  readonly east: number;
  readonly north: number;
  readonly depth: number;
  readonly dipDeg: number;
  readonly length: number;
  readonly width: number;
  readonly strikeDeg: number;
}

/** Depths below this share of a radius are alike. */
const SHALLOW = 0.05;
const RAD = Math.PI / 180;

export function encode({ east, north, depth, dipDeg, length, width, strikeDeg }: UnitShape) {
  return [
    ...[east, north, Math.log(depth + SHALLOW), dipDeg / 45 - 1],
    ...[Math.log(length), Math.log(width)],
    ...[Math.sin(strikeDeg * RAD), Math.cos(strikeDeg * RAD)],
  ];
}

export function decode(z: ArrayLike<number>): UnitShape {
  const at = (i: number): number => z[i] as number;
  return {
    ...{ east: at(0), north: at(1), depth: Math.max(0, Math.exp(at(2)) - SHALLOW) },
    dipDeg: Math.min(90, Math.max(1, 45 * (at(3) + 1))),
    ...{ length: Math.exp(at(4)), width: Math.exp(at(5)) },
    strikeDeg: Math.atan2(at(6), at(7)) / RAD,
  };
}

/** The same shape in a mirror that runs east and west; its plane dips to the right of its strike there too. */
export function mirroredShape(z: ArrayLike<number>): number[] {
  return Array.from(z, (v, i) => (i === 1 || i === 6 ? -v : v));
}

/** Shape of a model in natural units; parameters that the kind does not tell are those of `other`. */
export function naturalShape(input: {
  readonly model: SourceModel;
  readonly area: Area;
  readonly turnDeg: number;
  readonly z: ArrayLike<number>;
  readonly other: readonly number[];
}): number[] {
  const { model, area, turnDeg, other } = input;
  const unit = decode(input.z);
  const turn = turnDeg * RAD;
  const [cos, sin, size] = [Math.cos(turn), Math.sin(turn), area.radiusM];
  const place = {
    eastM: area.eastM + size * (cos * unit.east - sin * unit.north),
    northM: area.northM + size * (sin * unit.east + cos * unit.north),
  };
  const ofKind: Readonly<Record<string, number>> =
    kindOf(model.name) === 'point'
      ? { ...place, depthM: size * unit.depth }
      : {
          ...place,
          topDepthM: size * unit.depth,
          strikeDeg: (((unit.strikeDeg - turnDeg) % 360) + 360) % 360,
          dipDeg: unit.dipDeg,
          lengthM: size * unit.length,
          widthM: size * unit.width,
        };
  return model.parameters.slice(0, model.shapeCount).map((spec, i) => {
    const value = ofKind[spec.name] ?? (other[i] as number);
    return spec.scale === 'angle' ? value : Math.min(spec.max, Math.max(spec.min, value));
  });
}
