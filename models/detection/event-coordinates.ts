/**
 * Coordinates of the sampler: [east km, north km, depth km, reference time s, magnitude, latent
 * terms ...]. The reference time is the arrival at one sensor instead of the origin time: it is
 * what the data fix, so the posterior is nearly free of the trade-off between place and time.
 * Origin time = reference time - travel time has unit Jacobian.
 * @module
 */
import { KM_PER_DEGREE } from '../../core/geo.js';
import type { EventState } from './event-prior.js';
import { localFrame, logAreaFactor, type LocalFrame } from './event-prior.js';
import type { JointModel } from './joint-likelihood.js';
import { sensorDistanceKm, type PreparedSensor } from './sensor-model.js';

/** Sensor and phase whose arrival replaces the origin time; null keeps the origin time. */
export interface TimeReference {
  readonly sensor: PreparedSensor;
  readonly phase: 'P' | 'S';
}

/** Target of the sampler in its own coordinates. */
export interface SamplerTarget {
  readonly dimension: number;
  readonly frame: LocalFrame;
  readonly reference: TimeReference | null;
  toEvent(state: ArrayLike<number>): EventState;
  fromEvent(event: EventState, terms: readonly number[]): Float64Array;
  /** log prior of a state (normalised); -Infinity outside. */
  logPrior(state: ArrayLike<number>): number;
  /** log-likelihood ratio of a state. */
  logLikelihood(state: ArrayLike<number>): number;
}

/** First index of the latent terms in a state. */
export const TERMS_AT = 5;

/** Target of a window's model. `extra` is added to the log-likelihood (late evidence). */
export function samplerTarget(input: {
  readonly model: JointModel;
  readonly reference: TimeReference | null;
  readonly extra?: (event: EventState) => number;
}): SamplerTarget {
  const { model, reference, extra } = input;
  const frame = localFrame(model.region);
  const dimension = TERMS_AT + model.terms.length;
  const terms = new Float64Array(model.terms.length);
  const travelS = (place: EventState): number => {
    if (!reference) return 0;
    const distance = sensorDistanceKm(reference.sensor, place);
    const depth = Math.max(0, place.depthKm + reference.sensor.elevationKm);
    return reference.phase === 'P'
      ? model.table.p(distance, depth)
      : model.table.s(distance, depth);
  };
  const toEvent = (state: ArrayLike<number>): EventState => {
    const place = {
      latitude: frame.latitude0 + (state[1] as number) / KM_PER_DEGREE,
      longitude: frame.longitude0 + (state[0] as number) / frame.eastPerDegree,
      depthKm: state[2] as number,
      timeS: 0,
      magnitude: state[4] as number,
    };
    return { ...place, timeS: (state[3] as number) - travelS(place) };
  };
  const copyTerms = (state: ArrayLike<number>): Float64Array => {
    for (let i = 0; i < terms.length; i++) terms[i] = state[TERMS_AT + i] as number;
    return terms;
  };
  return {
    dimension,
    frame,
    reference,
    toEvent,
    fromEvent: (event, values) =>
      Float64Array.of(
        (event.longitude - frame.longitude0) * frame.eastPerDegree,
        (event.latitude - frame.latitude0) * KM_PER_DEGREE,
        event.depthKm,
        event.timeS + travelS(event),
        event.magnitude,
        ...values,
      ),
    logPrior: (state) => {
      const event = toEvent(state);
      const log = model.prior.logDensity(event);
      return log === Number.NEGATIVE_INFINITY
        ? log
        : log + logAreaFactor(frame, event.latitude) + model.logTermPrior(copyTerms(state));
    },
    logLikelihood: (state) => {
      const event = toEvent(state);
      return model.logLikelihood(event, copyTerms(state)) + (extra?.(event) ?? 0);
    },
  };
}
