/**
 * The sources that can be fitted, by name.
 * @module
 */
import { dikeModel, okadaModel, sillModel } from './fault-models.js';
import type { Area, ParameterSpec, SourceModel, SourceName } from './source-model.js';
import { compoundModel, mctigueModel, mogiModel, pennyModel, yangModel } from './volume-models.js';

export {
  SOURCE_NAMES,
  type Area,
  type ParameterScale,
  type ParameterSpec,
  type SourceModel,
  type SourceName,
} from './source-model.js';

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
