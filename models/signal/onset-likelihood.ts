/**
 * From a log energy ratio to a likelihood ratio. In: the ratio's value and the noise it had in this
 * window. Out: log p(value | onset) - log p(value | noise), bounded on both sides.
 * @module
 */
import { robustSigma, median } from '../signal/robust.js';

/** How ratios spread: normal in the natural logarithm of the energy ratio. */
export interface LogRatioModel {
  readonly mean: number;
  readonly sigma: number;
}

/**
 * Share of noise instants that are not stationary noise but look like arrivals (steps, traffic,
 * telemetry faults). It bounds the ratio at log(1 / 0.001) = 6.9: one sensor alone never proves a
 * quake.
 */
const STRUCTURED_SHARE = 1e-3;
/** Least spread of noise, natural log units: windows are too short to prove less. */
const LEAST_SIGMA = 0.25;
/** Least log-likelihood ratio: silence of one instant says no more than this. */
const FLOOR = -3;

/** Noise of a window: median and robust spread of all its log ratios (arrivals are few). */
export function noiseModel(logRatios: ArrayLike<number>): LogRatioModel {
  const mean = median(logRatios);
  const sigma = robustSigma(logRatios);
  return {
    mean: Number.isFinite(mean) ? mean : 0,
    sigma: Number.isFinite(sigma) ? Math.max(sigma, LEAST_SIGMA) : LEAST_SIGMA,
  };
}

/**
 * Log-likelihood ratio of a log energy ratio: arrivals follow `arrival`; noise follows `noise`,
 * except for one instant in a thousand, which looks like an arrival. Between -3 and 6.9.
 */
export function onsetLogLikelihoodRatio(
  logRatio: number,
  noise: LogRatioModel,
  arrival: LogRatioModel,
): number {
  // Below the median of noise a lower ratio is no evidence for an onset.
  const value = Math.max(logRatio, noise.mean);
  const onset = logNormalDensity(value, arrival);
  const quiet = Math.log(1 - STRUCTURED_SHARE) + logNormalDensity(value, noise);
  const structured = Math.log(STRUCTURED_SHARE) + onset;
  const most = Math.max(quiet, structured);
  const together = most + Math.log(Math.exp(quiet - most) + Math.exp(structured - most));
  return Math.max(FLOOR, onset - together);
}

function logNormalDensity(value: number, { mean, sigma }: LogRatioModel): number {
  return -0.5 * ((value - mean) / sigma) ** 2 - Math.log(sigma * Math.sqrt(2 * Math.PI));
}
