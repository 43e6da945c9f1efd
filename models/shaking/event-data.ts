/**
 * What a quake of the catalogue gives its map of shaking: draws of its posterior, and the observations
 * of its window.
 * @module
 */
import type { EvidenceSet } from '../../core/evidence.js';
import type { OriginEstimate } from '../../core/quake.js';
import { isoToNs } from '../../core/time.js';
import type { PosteriorSamples } from '../detection/event-posterior.js';
import { feltObservations, phoneObservations, type ShakingObservation } from './observations.js';
import type { QuakeSample } from './prior.js';

/** Shaking of an event arrives within this long after its origin, s: S at 300 km and coda. */
const SHAKING_S = 120;

/** Draws of equal weight by systematic resampling (Kitagawa 1996) with the middle of each step. */
export function equalSamples(samples: PosteriorSamples, count = 32): QuakeSample[] {
  const largest = samples.logWeight.reduce((most, w) => Math.max(most, w), -Infinity);
  const weights = samples.logWeight.map((w) => Math.exp(w - largest));
  const total = weights.reduce((sum, w) => sum + w, 0);
  let row = 0;
  let reached = (weights[0] as number) / total;
  return Array.from({ length: count }, (_, i) => {
    while (reached < (i + 0.5) / count && row < weights.length - 1) {
      row++;
      reached += (weights[row] as number) / total;
    }
    return {
      latitude: samples.latitude[row] as number,
      longitude: samples.longitude[row] as number,
      depthKm: samples.depthKm[row] as number,
      magnitude: samples.magnitude[row] as number,
    };
  });
}

/** Peaks and felt cells of an event's window, from its evidence. */
export function observationsOf(
  evidence: EvidenceSet,
  stored: { readonly origin: Pick<OriginEstimate, 'originTime'> },
): ShakingObservation[] {
  const startNs = isoToNs(evidence.window.start);
  const fromS = Number(isoToNs(stored.origin.originTime) - startNs) / 1e9 - 5;
  return [
    ...phoneObservations(evidence.sensors, { fromS, toS: fromS + SHAKING_S }),
    ...feltObservations(evidence.reports?.cells ?? []),
  ];
}
