/**
 * Peaks that no field explains: wrong units, dead channels, wrong places. Data with their priors in,
 * those to keep and reasons out.
 * @module
 */
import { MEASURES } from '../groundmotion/ground-motion-model.js';
import type { ShakingObservation } from './observations.js';
import type { PriorMotion } from './prior.js';

/** A datum with its prior. */
export interface UsedObservation {
  readonly observation: ShakingObservation;
  readonly prior: PriorMotion;
}

/** Deviations from the event's level, in standard deviations of one site (ShakeMap takes 3). */
const MOST_DEVIATIONS = 4;
/** Fewer peaks of a measure do not tell the event's level. */
const LEAST_DATA = 5;

/** Drops station and phone peaks farther than four deviations from the median residual of their measure. */
export function withoutOutliers(all: readonly UsedObservation[]): {
  readonly kept: readonly UsedObservation[];
  readonly reasons: readonly string[];
} {
  const rejected = new Set<UsedObservation>();
  const reasons: string[] = [];
  for (const measure of MEASURES) {
    const own = all.filter(
      ({ observation }) => observation.measure === measure && observation.source !== 'felt',
    );
    if (own.length < LEAST_DATA) continue;
    const residuals = own.map(({ observation, prior }) => observation.value - prior.mean);
    const level = [...residuals].sort((a, b) => a - b)[Math.floor(own.length / 2)] as number;
    own.forEach((one, i) => {
      const { observation, prior } = one;
      const scatter = Math.hypot(prior.phi, prior.siteSigma, observation.sigma);
      const deviations = ((residuals[i] as number) - level) / scatter;
      if (Math.abs(deviations) <= MOST_DEVIATIONS) return;
      rejected.add(one);
      reasons.push(
        `${measure} of ${observation.source} ${observation.id}: ${deviations.toFixed(1)} deviations from the event's level`,
      );
    });
  }
  return { kept: all.filter((one) => !rejected.has(one)), reasons };
}
