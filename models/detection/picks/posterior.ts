/**
 * Posterior of one associated event: samples of origin time, place and magnitude by tempered
 * sequential Monte Carlo, given its picks and the silence of the other channels in reach.
 * @module
 */
import type { Random } from '../../../core/random.js';
import { cholesky } from '../../numerics/linear-algebra.js';
import { temperedSmc } from '../tempered-smc.js';
import { eventTarget } from './event-target.js';
import type { EventFit } from './fit.js';
import type { PickModel } from './pick-model.js';
import { turnDraws } from './turn-samples.js';

/** Equally weighted draws; all arrays are [count]. */
export interface EventSamples {
  readonly count: number;
  readonly timeS: Float64Array;
  readonly eastKm: Float64Array;
  readonly northKm: Float64Array;
  readonly depthKm: Float64Array;
  readonly magnitude: Float64Array;
}

/** Unknowns: time after the fit (s), east, north, depth (km), magnitude. */
const DIMENSION = 5;
/**
 * The proposal is a Student t of this many degrees about the fit, this much wider than Laplace's approximation:
 * what five picks say has longer tails, and few moves do not fill them.
 */
const DEGREES = 5;
const WIDEN = 3;
/** Least standard deviations of the proposal: s, km, km, km, magnitude. */
const LEAST = [0.02, 0.15, 0.15, 0.3, 0.03] as const;
const MOVES = 2;

/**
 * Draws `count` samples. The likelihood is that of the fit (Laplace residuals, normal log
 * amplitudes, picks and silence by predicted amplitude), summed over which pick of a channel is the
 * event's; the prior too. Null when no draw has any mass, which a fit inside its box does not give.
 * Deterministic for a given generator.
 */
export function sampleEvent(input: {
  readonly model: PickModel;
  readonly event: EventFit;
  /** Whether a pick is some event's. */
  readonly isTaken: (pick: number) => boolean;
  readonly count: number;
  readonly random: Random;
}): EventSamples | null {
  const { model, event, count, random } = input;
  const logTarget = eventTarget(input);
  const scale = proposalScale(event);
  const lower = cholesky(scale, DIMENSION);
  let logDet = 0;
  for (let k = 0; k < DIMENSION; k++) logDet += Math.log(lower[k * DIMENSION + k] as number);
  const centre = [0, event.eastKm, event.northKm, event.depthKm, event.magnitude] as const;
  const white = new Float64Array(DIMENSION);
  const result = temperedSmc({
    count,
    random,
    moves: MOVES,
    problem: {
      dimension: DIMENSION,
      logTarget,
      draw: (generator) => {
        let chi2 = 0;
        for (let k = 0; k < DEGREES; k++) chi2 += generator.normal() ** 2;
        const stretch = Math.sqrt(DEGREES / chi2);
        for (let k = 0; k < DIMENSION; k++) white[k] = generator.normal() * stretch;
        const state = Float64Array.from(centre);
        for (let k = 0; k < DIMENSION; k++) {
          for (let j = 0; j <= k; j++) {
            state[k]! += (lower[k * DIMENSION + j] as number) * (white[j] as number);
          }
        }
        return state;
      },
      logProposal: (state) => {
        let square = 0;
        for (let k = 0; k < DIMENSION; k++) {
          let sum = (state[k] as number) - (centre[k] as number);
          for (let j = 0; j < k; j++)
            sum -= (lower[k * DIMENSION + j] as number) * (white[j] as number);
          white[k] = sum / (lower[k * DIMENSION + k] as number);
          square += (white[k] as number) ** 2;
        }
        return LOG_T - logDet - ((DEGREES + DIMENSION) / 2) * Math.log1p(square / DEGREES);
      },
    },
  });
  if (!result) return null;
  const heard = Array.from(event.picks, (pick) => {
    const s = model.picks.station[pick] as number;
    return {
      eastKm: model.stations.eastKm[s] as number,
      northKm: model.stations.northKm[s] as number,
    };
  });
  if (isOneSided(event, heard)) {
    const draws = { states: result.states, count, dimension: DIMENSION, east: 1, north: 2 };
    turnDraws({ draws, logTarget, heard, random });
  }
  const take = (k: number, shift: number): Float64Array =>
    Float64Array.from(
      { length: count },
      (_, i) => (result.states[i * DIMENSION + k] as number) + shift,
    );
  return {
    count,
    timeS: take(0, event.timeS),
    eastKm: take(1, 0),
    northKm: take(2, 0),
    depthKm: take(3, 0),
    magnitude: take(4, 0),
  };
}

/** No station on one side of the event: its direction may be unknown. */
function isOneSided(
  event: EventFit,
  heard: readonly { readonly eastKm: number; readonly northKm: number }[],
): boolean {
  const angles = heard
    .map(({ eastKm, northKm }) => Math.atan2(northKm - event.northKm, eastKm - event.eastKm))
    .sort((a, b) => a - b);
  let gap = 2 * Math.PI - ((angles.at(-1) ?? 0) - (angles[0] ?? 0));
  for (let i = 1; i < angles.length; i++) {
    gap = Math.max(gap, (angles[i] as number) - (angles[i - 1] as number));
  }
  return gap > Math.PI;
}

/** ln Gamma((v + d) / 2) - ln Gamma(v / 2) - (d / 2) ln(v pi) for v = 5, d = 5: Gamma(5) / Gamma(5/2). */
const LOG_T = Math.log(24 / 1.329340388179137) - (DIMENSION / 2) * Math.log(DEGREES * Math.PI);

function proposalScale(event: EventFit): Float64Array {
  const scale = new Float64Array(DIMENSION * DIMENSION);
  for (let i = 0; i < 4; i++) {
    for (let j = 0; j < 4; j++) {
      scale[i * DIMENSION + j] = WIDEN * WIDEN * (event.covariance[i * 4 + j] as number);
    }
  }
  scale[DIMENSION * DIMENSION - 1] = (WIDEN * event.magnitudeSigma) ** 2;
  for (let k = 0; k < DIMENSION; k++) scale[k * DIMENSION + k]! += (LEAST[k] as number) ** 2;
  return scale;
}
