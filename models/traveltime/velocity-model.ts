/**
 * Velocity models of a region: knots over depth, flat or of a sphere.
 * @module
 */
import { InvalidInputError } from '../../core/errors.js';
import { EARTH_MODELS, type EarthModelName, type VelocityKnot } from './earth-models.js';

/** A one-dimensional model; velocities are linear between knots, the last goes on for ever. */
export interface VelocityModel {
  readonly name: string;
  /** Knots from the surface down; a repeated depth is a discontinuity. Inversions are allowed. */
  readonly knots: readonly VelocityKnot[];
  /** True: depths and velocities of a flat Earth; false: of a sphere, to be flattened. */
  readonly isFlat: boolean;
}

/** Plausible seismic velocities, km/s: outside them the unit or the column is wrong. */
const VELOCITY_RANGE = { min: 0.05, max: 15 };
/** What local tables use of a global model, km. */
const DEEPEST_KM = 410;

/** The same velocities everywhere. */
export function constantModel(input: { vpKmS: number; vpVs: number }): VelocityModel {
  const { vpKmS, vpVs } = input;
  return velocityModel({
    name: `constant ${vpKmS} km/s`,
    isFlat: true,
    knots: [{ depthKm: 0, vpKmS, vsKmS: vpKmS / vpVs }],
  });
}

/** v = v0 + g z down to `toKm`, constant below. */
export function gradientModel(input: {
  readonly vpKmS: number;
  readonly gradientPerS: number;
  readonly vpVs: number;
  readonly toKm: number;
}): VelocityModel {
  const bottom = input.vpKmS + input.gradientPerS * input.toKm;
  return velocityModel({
    name: `gradient ${input.vpKmS} km/s + ${input.gradientPerS} /s`,
    isFlat: true,
    knots: [
      { depthKm: 0, vpKmS: input.vpKmS, vsKmS: input.vpKmS / input.vpVs },
      { depthKm: input.toKm, vpKmS: bottom, vsKmS: bottom / input.vpVs },
    ],
  });
}

/** One of the bundled models of the Earth. */
export function earthModel(name: EarthModelName): VelocityModel {
  return { name, knots: EARTH_MODELS[name], isFlat: false };
}

/**
 * Checks and completes a model: depths from 0 (the first knot is drawn up to the surface) and not
 * decreasing, velocities within 0.05-15 km/s, S slower than P, cut at 410 km. Throws
 * InvalidInputError naming the knot.
 */
export function velocityModel(model: VelocityModel): VelocityModel {
  const fail = (reason: string): never => {
    throw new InvalidInputError({
      what: `velocity model ${model.name}`,
      reason,
      remedy: 'give depths in km from the surface down and velocities in km/s, S slower than P',
    });
  };
  const first = model.knots[0];
  if (!first) return fail('it has no layers');
  const knots: VelocityKnot[] = first.depthKm > 0 ? [{ ...first, depthKm: 0 }] : [];
  model.knots.forEach((knot, i) => {
    const at = `knot ${i + 1} (depth ${knot.depthKm} km)`;
    if (!Number.isFinite(knot.depthKm)) fail(`${at}: the depth is not a number`);
    for (const v of [knot.vpKmS, knot.vsKmS]) {
      if (!(v >= VELOCITY_RANGE.min && v <= VELOCITY_RANGE.max)) {
        fail(`${at}: a velocity of ${v} km/s is out of the range 0.05 to 15`);
      }
    }
    if (knot.vsKmS >= knot.vpKmS) fail(`${at}: S is not slower than P`);
    if (i > 0 && knot.depthKm < (model.knots[i - 1] as VelocityKnot).depthKm) {
      fail(`${at}: less deep than the knot before`);
    }
    if (knot.depthKm <= DEEPEST_KM) knots.push(knot);
  });
  return { ...model, knots };
}
