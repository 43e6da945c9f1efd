/**
 * Locates one event from phase readings: its posterior over place, origin time and the errors of the
 * readings, by oct-tree proposals and tempered sequential Monte Carlo.
 * @module
 */
import { NoSolutionError } from '../../../core/errors.js';
import type { Random } from '../../../core/random.js';
import { minimise } from '../../numerics/nelder-mead.js';
import { temperedSmc } from '../tempered-smc.js';
import { cellTree } from './cell-tree.js';
import type { LocationModel } from './location-model.js';

/** Equally weighted draws, [count] each. East and north: km on the model's frame. */
export interface LocationSamples {
  readonly count: number;
  readonly eastKm: Float64Array;
  readonly northKm: Float64Array;
  readonly depthKm: Float64Array;
  /** Seconds after the model's reference. */
  readonly originS: Float64Array;
}

/** The most probable hypocentre, with the errors at their posterior medians. */
export interface BestLocation {
  readonly eastKm: number;
  readonly northKm: number;
  readonly depthKm: number;
  readonly originS: number;
  /** Factor on the readings' errors, and error of travel times as a share of them. */
  readonly errorFactor: number;
  readonly travelTimeShare: number;
}

/** Unknowns: east, north, depth (km), origin time about its weighted median (s), log factor, share. */
const DIMENSION = 6;
const SPLITS = 3000;
/** The share of a cell's half diagonal that eases the misfit at its middle. */
const CELL_SIGMA = 0.6;
const DEGREES = 5;
/** ln Gamma(3) - ln Gamma(5/2) - ln(5 pi) / 2: the constant of a Student t of 5 degrees. */
const LOG_T = Math.log(2 / 1.329340388179137) - 0.5 * Math.log(DEGREES * Math.PI);
const LN_SQRT_2PI = 0.5 * Math.log(2 * Math.PI);

/** Draws `count` samples. Deterministic for a given generator. Throws NoSolutionError. */
export function locateReadings(input: {
  readonly model: LocationModel;
  readonly count: number;
  readonly random: Random;
}): { readonly samples: LocationSamples; readonly best: BestLocation } {
  const { model, count, random } = input;
  const { parameters, box } = model;
  const usual = { logFactor: 0, share: parameters.travelTimeShare };
  const places = cellTree({
    box,
    splits: SPLITS,
    logDensity: (x, y, z, reachKm) => {
      const travel = model.travelTimes(x, y, z);
      const originS = model.originTime(travel);
      return (
        model.logLikelihood(travel, originS, usual, CELL_SIGMA * reachKm) + model.logDepthPrior(z)
      );
    },
  });
  const timeSigma =
    1.5 / Math.sqrt(model.sigmaS.reduce((sum, sigma) => sum + 1 / (sigma * sigma + 0.02 ** 2), 0));
  const priorOfErrors = (logFactor: number, share: number): number =>
    -0.5 * (logFactor / model.logFactorSigma) ** 2 -
    Math.log(model.logFactorSigma) -
    0.5 * (share / parameters.travelTimeShare) ** 2 -
    Math.log(parameters.travelTimeShare / 2) -
    2 * LN_SQRT_2PI;
  const logTarget = (state: ArrayLike<number>): number => {
    const [x, y, z] = [state[0] as number, state[1] as number, state[2] as number];
    const share = state[5] as number;
    const isOutside = x < box.west || x > box.east || y < box.south || y > box.north;
    const depth = model.logDepthPrior(z);
    if (isOutside || depth === Number.NEGATIVE_INFINITY || share < 0)
      return Number.NEGATIVE_INFINITY;
    const logFactor = state[4] as number;
    const travel = model.travelTimes(x, y, z);
    const originS = model.originTime(travel) + (state[3] as number);
    return (
      depth +
      priorOfErrors(logFactor, share) +
      model.logLikelihood(travel, originS, { logFactor, share })
    );
  };
  const result = temperedSmc({
    count,
    random,
    problem: {
      dimension: DIMENSION,
      logTarget,
      draw: (generator) => {
        const state = new Float64Array(DIMENSION);
        places.draw(generator, state);
        let chi2 = 0;
        for (let k = 0; k < DEGREES; k++) chi2 += generator.normal() ** 2;
        state[3] = timeSigma * generator.normal() * Math.sqrt(DEGREES / chi2);
        state[4] = model.logFactorSigma * generator.normal();
        state[5] = parameters.travelTimeShare * Math.abs(generator.normal());
        return state;
      },
      logProposal: (state) => {
        const share = state[5] as number;
        if (share < 0) return Number.NEGATIVE_INFINITY;
        const t = (state[3] as number) / timeSigma;
        return (
          places.logDensity(state[0] as number, state[1] as number, state[2] as number) +
          LOG_T -
          Math.log(timeSigma) -
          ((DEGREES + 1) / 2) * Math.log1p((t * t) / DEGREES) +
          priorOfErrors(state[4] as number, share)
        );
      },
    },
  });
  if (!result) {
    throw new NoSolutionError({
      what: 'location',
      reason: 'no place in the search volume agrees with any reading',
      remedy: 'check times, stations and velocities, or widen the search with --max-depth',
    });
  }
  const samples = toSamples(model, result.states, count);
  return { samples, best: bestOf(model, result.states, samples) };
}

function toSamples(model: LocationModel, states: Float64Array, count: number): LocationSamples {
  const column = (k: number): Float64Array =>
    Float64Array.from({ length: count }, (_, i) => states[i * DIMENSION + k] as number);
  const [eastKm, northKm, depthKm, offset] = [column(0), column(1), column(2), column(3)];
  const originS = offset.map((value, i) => {
    const travel = model.travelTimes(
      eastKm[i] as number,
      northKm[i] as number,
      depthKm[i] as number,
    );
    return model.originTime(travel) + value;
  });
  return { count, eastKm, northKm, depthKm, originS };
}

/** Uphill from the likeliest draw, with the errors held at their medians. */
function bestOf(
  model: LocationModel,
  states: Float64Array,
  samples: LocationSamples,
): BestLocation {
  const n = samples.count;
  const medianOf = (k: number): number =>
    Float64Array.from({ length: n }, (_, i) => states[i * DIMENSION + k] as number).sort()[
      n >> 1
    ] as number;
  const errors = { logFactor: medianOf(4), share: medianOf(5) };
  const cost = (point: readonly number[]): number => {
    const [x, y, z, originS] = point as [number, number, number, number];
    const prior = model.logDepthPrior(z);
    if (prior === Number.NEGATIVE_INFINITY) return Infinity;
    return -prior - model.logLikelihood(model.travelTimes(x, y, z), originS, errors);
  };
  let start: number[] = [];
  let least = Infinity;
  for (let i = 0; i < n; i++) {
    const { eastKm, northKm, depthKm, originS } = samples;
    const draw = [eastKm[i], northKm[i], depthKm[i], originS[i]] as number[];
    const value = cost(draw);
    if (value < least) [least, start] = [value, draw];
  }
  const { point } = minimise({ start, scale: [0.5, 0.5, 1, 0.05], objective: cost });
  const [eastKm, northKm, depthKm, originS] = point as [number, number, number, number];
  return {
    ...{ eastKm, northKm, depthKm, originS },
    errorFactor: Math.exp(errors.logFactor),
    travelTimeShare: errors.share,
  };
}
