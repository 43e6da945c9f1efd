/**
 * Depth prior: normal, with a uniform share down to the deepest, so that a network over a slab finds
 * its deep events and a crustal one is hardly moved. Pure.
 * @module
 */
import type { PickParameters } from './parameters.js';

const LN_SQRT_2PI = 0.5 * Math.log(2 * Math.PI);

/** ln of the density at a depth, per km. */
export function logDepthPrior(p: PickParameters, depthKm: number): number {
  return Math.log(normalPart(p, depthKm) + p.depthUniformShare / p.maxDepthKm);
}

/**
 * Weight (1/km^2) with which the normal part pulls a depth towards its mean: its precision times the
 * probability that the event is of that part (the gradient of the mixture).
 */
export function depthPull(p: PickParameters, depthKm: number): number {
  const normal = normalPart(p, depthKm);
  const share = normal / (normal + p.depthUniformShare / p.maxDepthKm);
  return share / (p.depthSigmaKm * p.depthSigmaKm);
}

function normalPart(p: PickParameters, depthKm: number): number {
  const d = (depthKm - p.depthMeanKm) / p.depthSigmaKm;
  return ((1 - p.depthUniformShare) * Math.exp(-0.5 * d * d - LN_SQRT_2PI)) / p.depthSigmaKm;
}
