/** Rectangles that slip or open, in the form the inversion needs. @module */
import { foldHorizontal, foldPlane } from './equal-planes.js';
import { position, sizeOf } from './model-parameters.js';
import { okadaColumns } from './okada-los.js';
import type { Area, ParameterSpec, SourceModel } from './source-model.js';

const RAD = Math.PI / 180;

function lengths(area: Area): ParameterSpec[] {
  const size = sizeOf(area);
  const length = (name: string, most: number, start: readonly [number, number]): ParameterSpec => ({
    ...{ name, unit: 'm', scale: 'log', min: 500, max: most, typical: 0.1, start },
  });
  return [
    length('lengthM', 4 * size, [0.3 * size, size]),
    length('widthM', 3 * size, [0.2 * size, 0.8 * size]),
  ];
}

function topDepth(area: Area): ParameterSpec {
  const size = sizeOf(area);
  return {
    name: 'topDepthM',
    unit: 'm',
    scale: 'linear',
    min: 0,
    max: 30_000,
    typical: size / 20,
    start: [0, 0.4 * size],
  };
}

const STRIKE: ParameterSpec = {
  ...{ name: 'strikeDeg', unit: 'degrees', scale: 'angle', min: 0, max: 360, typical: 5 },
};

function dip(start: readonly [number, number]): ParameterSpec {
  return {
    ...{ name: 'dipDeg', unit: 'degrees', scale: 'linear', min: 1, max: 90 },
    typical: 5,
    start,
  };
}

const OPENING: ParameterSpec = {
  ...{ name: 'openingM', unit: 'm', scale: 'linear', min: -30, max: 30, typical: 0.05 },
};

/** Rectangle of upper edge, strike, dip, length and width. */
function shapeOf(values: ArrayLike<number>) {
  const at = (i: number): number => values[i] as number;
  const [dipDeg, widthM] = [at(4), at(6)];
  return {
    eastM: at(0),
    northM: at(1),
    centroidDepthM: at(2) + (widthM / 2) * Math.sin(dipDeg * RAD),
    strikeDeg: at(3),
    dipDeg,
    lengthM: at(5),
    widthM,
  };
}

/** A rectangle with uniform slip (Okada 1985): place of its centre, depth of its upper edge. */
export function okadaModel(area: Area): SourceModel {
  return {
    name: 'okada',
    shapeCount: 7,
    strengthCount: 2,
    parameters: [
      ...position(area),
      topDepth(area),
      STRIKE,
      dip([20, 85]),
      ...lengths(area),
      { name: 'rakeDeg', unit: 'degrees', scale: 'angle', min: -180, max: 180, typical: 5 },
      { name: 'slipM', unit: 'm', scale: 'log', min: 0.001, max: 30, typical: 0.1 },
    ],
    basis: (values, points) => okadaColumns(shapeOf(values), points, [0, 1]),
    strengths(values) {
      const rake = (values[7] as number) * RAD;
      return [(values[8] as number) * Math.cos(rake), (values[8] as number) * Math.sin(rake)];
    },
    fromStrengths(strengths) {
      const [strike, dipSlip] = [strengths[0] as number, strengths[1] as number];
      return [Math.atan2(dipSlip, strike) / RAD, Math.max(1e-6, Math.hypot(strike, dipSlip))];
    },
    fold: (values, best) => foldPlane(values, best, { strikeDeg: 3, dipDeg: 4, rakeDeg: 7 }),
  };
}

/** A rectangle that opens (Okada 1985, tensile), usually steep. */
export function dikeModel(area: Area): SourceModel {
  return {
    name: 'dike',
    shapeCount: 7,
    strengthCount: 1,
    parameters: [
      ...position(area),
      topDepth(area),
      STRIKE,
      dip([50, 90]),
      ...lengths(area),
      OPENING,
    ],
    basis: (values, points) => okadaColumns(shapeOf(values), points, [2]),
    strengths: (values) => [values[7] as number],
    fromStrengths: (strengths) => [strengths[0] as number],
    fold: (values, best) => foldPlane(values, best, { strikeDeg: 3, dipDeg: 4, rakeDeg: null }),
  };
}

/** A horizontal rectangle that opens (Okada 1985, tensile). */
export function sillModel(area: Area): SourceModel {
  const size = sizeOf(area);
  return {
    name: 'sill',
    shapeCount: 6,
    strengthCount: 1,
    parameters: [
      ...position(area),
      {
        ...{ name: 'depthM', unit: 'm', scale: 'log', min: 100, max: 30_000, typical: 0.1 },
        start: [0.1 * size, 0.6 * size],
      },
      STRIKE,
      ...lengths(area),
      OPENING,
    ],
    basis(values, points) {
      const at = (i: number): number => values[i] as number;
      const shape = {
        ...{ eastM: at(0), northM: at(1), centroidDepthM: at(2), strikeDeg: at(3), dipDeg: 0 },
        ...{ lengthM: at(4), widthM: at(5) },
      };
      return okadaColumns(shape, points, [2]);
    },
    strengths: (values) => [values[6] as number],
    fromStrengths: (strengths) => [strengths[0] as number],
    fold: (values, best) => foldHorizontal(values, best, [3, 4, 5]),
  };
}
