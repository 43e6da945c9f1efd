/** Sources of volume change in the form the inversion needs. @module */
import { pointCompoundDisplacement } from './compound-dislocation.js';
import { blockLos, mogiLos, type LosPoints } from './line-of-sight.js';
import { mctigueDisplacement } from './mctigue.js';
import { centreDepth, position, sizeOf } from './model-parameters.js';
import { pennyDisplacement } from './penny-crack.js';
import { spheroidDisplacement } from './prolate-spheroid.js';
import type { Area, ParameterSpec, SourceModel } from './source-model.js';

/** Strength 1 of a column, m3: keeps the columns near the size of the data. */
const UNIT_VOLUME_M3 = 1e6;
const UNIT_PRESSURE = 1e-3;

function volume(name: string): ParameterSpec {
  const most = 1e11;
  return { name, unit: 'm3', scale: 'linear', min: -most, max: most, typical: UNIT_VOLUME_M3 / 10 };
}

const PRESSURE: ParameterSpec = {
  ...{ name: 'pressureRatio', unit: '1', scale: 'linear', min: -1, max: 1 },
  typical: UNIT_PRESSURE / 10,
};

function radius(area: Area, name: string): ParameterSpec {
  const size = sizeOf(area);
  const start = [0.05 * size, 0.3 * size] as const;
  return { ...{ name, unit: 'm', scale: 'log', min: 50, max: 20_000, typical: 0.1 }, start };
}

/** Columns outside the range of a formula: no misfit, and so no density, comes of them. */
function impossible(points: LosPoints): Float64Array[] {
  return [new Float64Array(points.eastM.length).fill(Number.NaN)];
}

function ofVolume(at: number): Pick<SourceModel, 'strengths' | 'fromStrengths'> {
  return {
    strengths: (values) => [(values[at] as number) / UNIT_VOLUME_M3],
    fromStrengths: (strengths) => [(strengths[0] as number) * UNIT_VOLUME_M3],
  };
}

function ofPressure(at: number): Pick<SourceModel, 'strengths' | 'fromStrengths'> {
  return {
    strengths: (values) => [(values[at] as number) / UNIT_PRESSURE],
    fromStrengths: (strengths) => [(strengths[0] as number) * UNIT_PRESSURE],
  };
}

/** A point (Mogi 1958). */
export function mogiModel(area: Area): SourceModel {
  return {
    name: 'mogi',
    shapeCount: 3,
    strengthCount: 1,
    parameters: [...position(area), centreDepth(area), volume('volumeChangeM3')],
    basis(values, points) {
      const [eastM, northM, depthM] = Array.from(values) as [number, number, number];
      return [mogiLos({ eastM, northM, depthM, volumeChangeM3: UNIT_VOLUME_M3 }, points)];
    },
    ...ofVolume(3),
  };
}

/** A sphere (McTigue 1987); its radius must stay below 0.95 of its depth. */
export function mctigueModel(area: Area): SourceModel {
  return {
    name: 'mctigue',
    shapeCount: 4,
    strengthCount: 1,
    parameters: [
      ...position(area),
      centreDepth(area),
      radius(area, 'radiusM'),
      volume('volumeChangeM3'),
    ],
    basis(values, points) {
      const [eastM, northM, depthM, radiusM] = Array.from(values) as [
        number,
        number,
        number,
        number,
      ];
      if (radiusM > 0.95 * depthM) return impossible(points);
      const source = { eastM, northM, depthM, radiusM, volumeChangeM3: UNIT_VOLUME_M3 };
      return [blockLos(points, (at) => mctigueDisplacement(source, at))];
    },
    ...ofVolume(4),
  };
}

/** A prolate spheroid (Yang et al. 1988) that stays below the surface. */
export function yangModel(area: Area): SourceModel {
  return {
    name: 'yang',
    shapeCount: 7,
    strengthCount: 1,
    parameters: [
      ...position(area),
      centreDepth(area),
      radius(area, 'semiMajorM'),
      {
        ...{ name: 'axisRatio', unit: '1', scale: 'linear', min: 0.05, max: 1, typical: 0.05 },
        start: [0.3, 0.9],
      },
      { name: 'trendDeg', unit: 'degrees', scale: 'angle', min: 0, max: 360, typical: 10 },
      { name: 'plungeDeg', unit: 'degrees', scale: 'linear', min: 0, max: 90, typical: 5 },
      PRESSURE,
    ],
    basis(values, points) {
      const at = (i: number): number => values[i] as number;
      const [depthM, semiMajorM] = [at(2), at(3)];
      if (semiMajorM > 0.95 * depthM) return impossible(points);
      const source = {
        ...{ eastM: at(0), northM: at(1), depthM, semiMajorM, semiMinorM: semiMajorM * at(4) },
        ...{ trendDeg: at(5), plungeDeg: at(6), pressureRatio: UNIT_PRESSURE },
      };
      return [blockLos(points, (to) => spheroidDisplacement(source, to))];
    },
    ...ofPressure(7),
  };
}

/** A horizontal penny-shaped crack (Fialko et al. 2001). */
export function pennyModel(area: Area): SourceModel {
  return {
    name: 'penny',
    shapeCount: 4,
    strengthCount: 1,
    parameters: [...position(area), centreDepth(area), radius(area, 'radiusM'), PRESSURE],
    basis(values, points) {
      const [eastM, northM, depthM, radiusM] = Array.from(values) as [
        number,
        number,
        number,
        number,
      ];
      if (radiusM > 8 * depthM) return impossible(points);
      const source = { eastM, northM, depthM, radiusM, pressureRatio: UNIT_PRESSURE };
      return [blockLos(points, (at) => pennyDisplacement(source, at))];
    },
    ...ofPressure(4),
  };
}

/** Three point cracks at right angles (Nikkhoo et al. 2017); the potencies may differ in sign. */
export function compoundModel(area: Area): SourceModel {
  // Half a right angle either way holds every attitude of three axes once their names may be swapped.
  const turn = (name: string): ParameterSpec => ({
    ...{ name, unit: 'degrees', scale: 'linear', min: -45, max: 45, typical: 5 },
  });
  return {
    name: 'pcdm',
    shapeCount: 6,
    strengthCount: 3,
    parameters: [
      ...position(area),
      centreDepth(area),
      turn('rotationEastDeg'),
      turn('rotationNorthDeg'),
      turn('rotationUpDeg'),
      volume('potencyEastM3'),
      volume('potencyNorthM3'),
      volume('potencyUpM3'),
    ],
    basis(values, points) {
      const at = (i: number): number => values[i] as number;
      const place = { eastM: at(0), northM: at(1), depthM: at(2) };
      const rotationDeg = [at(3), at(4), at(5)] as const;
      return ([0, 1, 2] as const).map((axis) => {
        const potency = (k: number): number => (k === axis ? UNIT_VOLUME_M3 : 0);
        const potencyM3 = [potency(0), potency(1), potency(2)] as const;
        return blockLos(points, (to) =>
          pointCompoundDisplacement({ ...place, rotationDeg, potencyM3 }, to),
        );
      });
    },
    strengths: (values) => [6, 7, 8].map((i) => (values[i] as number) / UNIT_VOLUME_M3),
    fromStrengths: (strengths) => Array.from(strengths, (s) => s * UNIT_VOLUME_M3),
  };
}
