/**
 * Past events whose source is known in, the bias of the intensity equation in their region out: people
 * and ground differ, so that all intensities of a region lie above or below the equation.
 * @module
 */
import type { ReportCell } from '../../../core/evidence.js';
import { InvalidInputError } from '../../../core/errors.js';
import type { EventState } from '../../detection/event-prior.js';
import { DEFAULT_PARAMETERS, type DetectionParameters } from '../../detection/parameters.js';
import { cellLikelihood } from '../../detection/report-cells.js';

export interface PastEvent {
  readonly event: EventState;
  readonly cells: readonly ReportCell[];
}

/** Bias for the next event of the region, MMI: mean and standard deviation of one event about it. */
export interface RegionalBias {
  readonly mean: number;
  readonly sigma: number;
  /** What each past event says by itself. */
  readonly events: readonly { readonly bias: number; readonly sigma: number }[];
}

/** Biases of events of one region differ by so much, MMI (stress drop, focal depth, time of day). */
const BETWEEN_EVENTS = 0.3;

/**
 * Normal means: each event gives a bias and its error under the intensity field of
 * `detection/report-cells.ts` (without that model's own prior), events differ by 0.3, and the prior is
 * that of `parameters`. Throws InvalidInputError for an event without felt cells.
 */
export function learnRegionalBias(input: {
  readonly past: readonly PastEvent[];
  readonly parameters?: DetectionParameters;
}): RegionalBias {
  const parameters = input.parameters ?? DEFAULT_PARAMETERS;
  const prior = { mean: parameters.intensityBiasMean, sigma: parameters.intensityBiasSigma };
  const events = input.past.map(({ event, cells }, i) => {
    const given = cellLikelihood(cells, parameters)?.biasGiven(event);
    const precision = given ? 1 / given.sd ** 2 - 1 / prior.sigma ** 2 : 0;
    if (!given || !(precision > 1e-6)) {
      throw new InvalidInputError({
        what: `past event ${i + 1}`,
        reason: 'its file has no felt cells that say something about intensity',
        remedy: 'give the DYFI product of an event that was felt',
      });
    }
    const bias = (given.mean / given.sd ** 2 - prior.mean / prior.sigma ** 2) / precision;
    return { bias, sigma: 1 / Math.sqrt(precision) };
  });
  // The prior is of one event: that of the region is narrower by what events differ.
  const regionVariance = Math.max(0.01, prior.sigma ** 2 - BETWEEN_EVENTS ** 2);
  let weight = 1 / regionVariance;
  let sum = prior.mean * weight;
  for (const { bias, sigma } of events) {
    const own = 1 / (sigma ** 2 + BETWEEN_EVENTS ** 2);
    weight += own;
    sum += own * bias;
  }
  return { mean: sum / weight, sigma: Math.sqrt(1 / weight + BETWEEN_EVENTS ** 2), events };
}

/** Parameters of detection and location with a learned bias. */
export function withRegionalBias(
  parameters: DetectionParameters,
  bias: Pick<RegionalBias, 'mean' | 'sigma'>,
): DetectionParameters {
  return { ...parameters, intensityBiasMean: bias.mean, intensityBiasSigma: bias.sigma };
}
