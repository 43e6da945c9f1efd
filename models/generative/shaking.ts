/**
 * Shaking of one simulated quake at one place: arrival times and peaks with their scatter. Uses the
 * same travel times and ground-motion laws as the likelihood that will invert them.
 * @module
 */
import { distanceKm, type LatLon } from '../../core/geo.js';
import type { Random } from '../../core/random.js';
import { cuaHeatonLog10Pga } from '../groundmotion/cua-heaton.js';
import { strainRateLog10 } from '../groundmotion/strain-rate.js';
import { DEFAULT_PARAMETERS } from '../detection/parameters.js';
import { travelTimeTable } from '../traveltime/travel-time-table.js';
import type { SimulatedOnset } from './seismogram.js';
import type { SimulatedSource } from './source.js';

/** Between-event terms, drawn once a quake. */
export interface EventTerms {
  /** log10, shared by all accelerometers. */
  readonly accelerometers: number;
  /** log10, coupling and site of a cable. */
  readonly cable: number;
}

export function drawEventTerms(random: Random): EventTerms {
  return {
    accelerometers: DEFAULT_PARAMETERS.pgaEventSigma * random.normal(),
    cable: DEFAULT_PARAMETERS.cableSigma * random.normal(),
  };
}

/** P and S at a place; `peak` is in gal or microstrain/s. */
export function shakingAt(input: {
  readonly random: Random;
  readonly source: SimulatedSource;
  readonly place: LatLon;
  readonly quantity: 'pga-gal' | 'strain-rate-microstrain-s';
  readonly terms: EventTerms;
  readonly velocityModel: 'iasp91' | 'ak135';
}): { readonly p: SimulatedOnset; readonly s: SimulatedOnset } {
  const { random, source, place, quantity, terms } = input;
  const table = travelTimeTable({ model: input.velocityModel });
  const distance = distanceKm(source, place);
  const travelP = table.p(distance, source.depthKm);
  const travelS = table.s(distance, source.depthKm);
  const isFibre = quantity === 'strain-rate-microstrain-s';
  const site = isFibre
    ? terms.cable + 0.1 * random.normal()
    : terms.accelerometers + DEFAULT_PARAMETERS.pgaSigma * random.normal();
  const hypocentral = Math.hypot(distance, source.depthKm);
  const peak = (phase: 'P' | 'S'): number =>
    10 **
    (site +
      (isFibre
        ? strainRateLog10(phase, source.magnitude, hypocentral)
        : cuaHeatonLog10Pga(`${phase}-soil`, source.magnitude, distance, source.depthKm)));
  // Rupture and coda last longer for larger quakes and farther away.
  const decayS = 2 + 10 ** (0.35 * source.magnitude - 1.4) + 0.03 * hypocentral;
  return {
    p: { timeS: source.timeS + travelP, peak: peak('P'), riseS: 0.3, decayS: decayS / 2 },
    s: { timeS: source.timeS + travelS, peak: peak('S'), riseS: 0.6, decayS },
  };
}
