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

const LOG10_LEVEL = Math.log10(TRIGGER_MODEL.thresholdGal / TRIGGER_MODEL.amplification);

/** Share of steady phones that report a trigger where the ground shakes so much, log10 gal. */
export function triggerShare(log10Gal: number): number {
  return TRIGGER_MODEL.usable * normalCdf((log10Gal - LOG10_LEVEL) / TRIGGER_MODEL.sigma);
}

/** Shares of steady phones triggered: by P, and by S if not already by P. */
export function triggerShares(
  magnitude: number,
  distanceKm: number,
  depthKm: number,
): { readonly p: number; readonly s: number } {
  const p = triggerShare(cuaHeatonLog10Pga('P-soil', magnitude, distanceKm, depthKm));
  const s = triggerShare(cuaHeatonLog10Pga('S-soil', magnitude, distanceKm, depthKm));
  return { p, s: Math.max(0, s - p) };
}

/** Share of triggers that have arrived `sinceS` after the wave. */
export function arrivedShare(sinceS: number): number {
  const late = sinceS - TRIGGER_MODEL.leastDelayS;
  return late <= 0 ? 0 : 1 - Math.exp(-late / TRIGGER_MODEL.meanDelayS);
}
