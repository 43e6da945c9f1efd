/**
 * The sources that can be fitted, in the form the inversion needs: parameters of shape, which act
 * nonlinearly, and strengths, which act linearly on the line-of-sight displacement.
 * @module
 */
import { dikeModel, okadaModel, sillModel } from './fault-models.js';
import type { LosPoints } from './line-of-sight.js';
import type { SignalArea } from './scene-noise.js';
import { compoundModel, mctigueModel, mogiModel, pennyModel, yangModel } from './volume-models.js';

/**
 * okada: a rectangle with slip; dike: one that opens; sill: a horizontal one; mogi: a point; mctigue: a sphere; yang: a
 * prolate spheroid; penny: a horizontal crack; pcdm: three point cracks at right angles.
 */
export const SOURCE_NAMES = [
  'okada',
  'dike',
  'sill',
  'mogi',
  'mctigue',
  'yang',
  'penny',
  'pcdm',
] as const;
export type SourceName = (typeof SOURCE_NAMES)[number];

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
  /** Where random starts lie, natural units; the bounds when absent. */
  readonly start?: readonly [number, number];
}

export interface SourceModel {
  readonly name: SourceName;
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

/** The moving area that bounds and starts are scaled by. */
export type Area = Pick<SignalArea, 'eastM' | 'northM' | 'radiusM'>;

/** Bounds that replace the default ones, by parameter name. */
export type Bounds = Readonly<Record<string, readonly [number, number]>>;

const MODELS: Readonly<Record<SourceName, (area: Area) => SourceModel>> = {
  okada: okadaModel,
  dike: dikeModel,
  sill: sillModel,
  mogi: mogiModel,
  mctigue: mctigueModel,
  yang: yangModel,
  penny: pennyModel,
  pcdm: compoundModel,
};

/** Model of a name with bounds that suit the moving area. */
export function sourceModel(name: SourceName, area: Area, bounds: Bounds = {}): SourceModel {
  const model = MODELS[name](area);
  return {
    ...model,
    parameters: model.parameters.map((spec) => {
      const given = bounds[spec.name];
      return given ? { ...spec, min: given[0], max: given[1] } : spec;
    }),
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
