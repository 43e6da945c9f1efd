/**
 * The sources that can be fitted, in the form the inversion needs: parameters of shape, which act
 * nonlinearly, and strengths, which act linearly on the line-of-sight displacement.
 * @module
 */
import type { LosPoints } from './line-of-sight.js';
import { mogiLos } from './line-of-sight.js';
import { forEachUnitResponse } from './okada.js';
import type { SignalArea } from './scene-noise.js';

/** How a parameter is sampled: `log` uniformly in its logarithm, `angle` on a circle of 360. */
export type ParameterScale = 'linear' | 'log' | 'angle';

export interface ParameterSpec {
  readonly name: string;
  readonly unit: string;
  readonly scale: ParameterScale;
  /** Bounds of the uniform prior, in the unit; ignored for angles. */
  readonly min: number;
  readonly max: number;
  /** A change that matters, for step sizes: in the unit, or in the logarithm for `log`. */
  readonly typical: number;
}

export interface SourceModel {
  readonly name: 'okada' | 'mogi';
  /** Shape first, then what gives the strengths. */
  readonly parameters: readonly ParameterSpec[];
  readonly shapeCount: number;
  readonly strengthCount: number;
  /** Line-of-sight columns for unit strengths; `values` are natural units, shape first. */
  basis(values: ArrayLike<number>, points: LosPoints): Float64Array[];
  /** Linear strengths of a full parameter vector. */
  strengths(values: ArrayLike<number>): number[];
  /** The non-shape parameters of linear strengths. */
  fromStrengths(strengths: ArrayLike<number>): number[];
}

const RAD = Math.PI / 180;

/** Bounds that replace the default ones, by parameter name. */
export type Bounds = Readonly<Record<string, readonly [number, number]>>;

/** Model of a name with bounds that suit the moving area. */
export function sourceModel(
  name: 'okada' | 'mogi',
  area: Pick<SignalArea, 'eastM' | 'northM' | 'radiusM'>,
  bounds: Bounds = {},
): SourceModel {
  const model = name === 'okada' ? okadaModel(area) : mogiModel(area);
  return {
    ...model,
    parameters: model.parameters.map((spec) => {
      const given = bounds[spec.name];
      return given ? { ...spec, min: given[0], max: given[1] } : spec;
    }),
  };
}

type Area = Pick<SignalArea, 'eastM' | 'northM' | 'radiusM'>;

function position(area: Area): ParameterSpec[] {
  const reach = Math.max(1.5 * area.radiusM, 5000);
  const typical = Math.max(area.radiusM / 20, 50);
  return [
    {
      name: 'eastM',
      unit: 'm',
      scale: 'linear',
      min: area.eastM - reach,
      max: area.eastM + reach,
      typical,
    },
    {
      name: 'northM',
      unit: 'm',
      scale: 'linear',
      min: area.northM - reach,
      max: area.northM + reach,
      typical,
    },
  ];
}

function okadaModel(area: Area): SourceModel {
  const size = Math.max(area.radiusM, 2000);
  return {
    name: 'okada',
    shapeCount: 7,
    strengthCount: 2,
    parameters: [
      ...position(area),
      { name: 'topDepthM', unit: 'm', scale: 'linear', min: 0, max: 30_000, typical: size / 20 },
      { name: 'strikeDeg', unit: 'degrees', scale: 'angle', min: 0, max: 360, typical: 5 },
      { name: 'dipDeg', unit: 'degrees', scale: 'linear', min: 1, max: 90, typical: 5 },
      { name: 'lengthM', unit: 'm', scale: 'log', min: 500, max: 4 * size, typical: 0.1 },
      { name: 'widthM', unit: 'm', scale: 'log', min: 500, max: 3 * size, typical: 0.1 },
      { name: 'rakeDeg', unit: 'degrees', scale: 'angle', min: -180, max: 180, typical: 5 },
      { name: 'slipM', unit: 'm', scale: 'log', min: 0.001, max: 30, typical: 0.1 },
    ],
    basis(values, points) {
      const [eastM, northM, topDepthM, strikeDeg, dipDeg, lengthM, widthM] = Array.from(values) as [
        number,
        number,
        number,
        number,
        number,
        number,
        number,
      ];
      const n = points.eastM.length;
      const columns = [new Float64Array(n), new Float64Array(n)] as const;
      const centroidDepthM = topDepthM + (widthM / 2) * Math.sin(dipDeg * RAD);
      const source = { eastM, northM, centroidDepthM, strikeDeg, dipDeg, lengthM, widthM };
      forEachUnitResponse(source, points, (i, u) => {
        const [e, s, up] = [
          points.lookEast[i] as number,
          points.lookNorth[i] as number,
          points.lookUp[i] as number,
        ];
        columns[0][i] = (u[0] as number) * e + (u[1] as number) * s + (u[2] as number) * up;
        columns[1][i] = (u[3] as number) * e + (u[4] as number) * s + (u[5] as number) * up;
      });
      return [...columns];
    },
    strengths(values) {
      const rake = (values[7] as number) * RAD;
      return [(values[8] as number) * Math.cos(rake), (values[8] as number) * Math.sin(rake)];
    },
    fromStrengths(strengths) {
      const [strike, dip] = [strengths[0] as number, strengths[1] as number];
      return [Math.atan2(dip, strike) / RAD, Math.max(1e-6, Math.hypot(strike, dip))];
    },
  };
}

/** Strength 1 of the Mogi column, m3: keeps the columns near the size of the data. */
const UNIT_VOLUME_M3 = 1e6;

function mogiModel(area: Area): SourceModel {
  return {
    name: 'mogi',
    shapeCount: 3,
    strengthCount: 1,
    parameters: [
      ...position(area),
      { name: 'depthM', unit: 'm', scale: 'log', min: 100, max: 50_000, typical: 0.1 },
      {
        name: 'volumeChangeM3',
        unit: 'm3',
        scale: 'linear',
        min: -1e11,
        max: 1e11,
        typical: UNIT_VOLUME_M3 / 10,
      },
    ],
    basis(values, points) {
      const [eastM, northM, depthM] = Array.from(values) as [number, number, number];
      return [mogiLos({ eastM, northM, depthM, volumeChangeM3: UNIT_VOLUME_M3 }, points)];
    },
    strengths: (values) => [(values[3] as number) / UNIT_VOLUME_M3],
    fromStrengths: (strengths) => [(strengths[0] as number) * UNIT_VOLUME_M3],
  };
}

/** From the sampled coordinates (logarithms for `log`) to natural units. */
export function toNatural(specs: readonly ParameterSpec[], sampled: ArrayLike<number>): number[] {
  return specs.map((spec, i) =>
    spec.scale === 'log' ? Math.exp(sampled[i] as number) : (sampled[i] as number),
  );
}

/** From natural units to the sampled coordinates. */
export function toSampled(specs: readonly ParameterSpec[], natural: ArrayLike<number>): number[] {
  return specs.map((spec, i) =>
    spec.scale === 'log' ? Math.log(natural[i] as number) : (natural[i] as number),
  );
}

/** Bounds in the sampled coordinates; angles have none. */
export function sampledBounds(spec: ParameterSpec): readonly [number, number] {
  if (spec.scale === 'angle') return [-Infinity, Infinity];
  return spec.scale === 'log' ? [Math.log(spec.min), Math.log(spec.max)] : [spec.min, spec.max];
}
