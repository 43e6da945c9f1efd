/**
 * What a quake does to a crowd of phones that only say "triggered". In: magnitude and distance. Out:
 * the share of steady phones that trigger on P and on S, and how triggers spread in time.
 * @module
 */
import { cuaHeatonLog10Pga } from '../../groundmotion/cua-heaton.js';
import { normalCdf } from '../../numerics/special.js';

/** Numbers of the trigger model; the simulator draws from the same ones. */
export const TRIGGER_MODEL = {
  /** Median trigger threshold, gal (0.01 g, MyShake). */
  thresholdGal: 10,
  /** Phones shake twice as much as the free field (MyShake's simulations). */
  amplification: 2,
  /** log10 scatter of ground motion, gain and threshold together. */
  sigma: 0.45,
  /** Share of steady phones that report what they should. */
  usable: 0.8,
  /** Speeds of P and S, km/s (MyShake's simulations). */
  velocityP: 6.1,
  velocityS: 3.55,
  /** Trigger and network delay: exponential of this mean after this least, s. */
  leastDelayS: 0.2,
  meanDelayS: 0.6,
} as const;

/**
 * Shares of steady phones triggered: by P, and by S if not already by P. `term` is added to the log10
 * of the ground motion: how much this event shakes more than others of its size.
 */
export function triggerShares(
  magnitude: number,
  distanceKm: number,
  depthKm: number,
  term = 0,
): { readonly p: number; readonly s: number } {
  const { thresholdGal, amplification, sigma, usable } = TRIGGER_MODEL;
  const level = Math.log10(thresholdGal / amplification) - term;
  const share = (phase: 'P' | 'S'): number =>
    usable *
    normalCdf((cuaHeatonLog10Pga(`${phase}-soil`, magnitude, distanceKm, depthKm) - level) / sigma);
  const p = share('P');
  return { p, s: Math.max(0, share('S') - p) };
}

/** Share of triggers that have arrived `sinceS` after the wave. */
export function arrivedShare(sinceS: number): number {
  const late = sinceS - TRIGGER_MODEL.leastDelayS;
  return late <= 0 ? 0 : 1 - Math.exp(-late / TRIGGER_MODEL.meanDelayS);
}
