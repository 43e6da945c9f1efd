/** Width of the picker's threshold once part of an amplitude's deviation is known. Pure. @module */
import type { PickParameters } from './parameters.js';

/** Standard deviation of a logistic distribution of width 1, as a normal of the same slope has it. */
const NORMAL_PER_LOGISTIC = 1.7;
const LEAST_SHARE = 0.3;

/**
 * The learned width is that of picks by expected amplitude: threshold and scatter of amplitudes
 * together. With `amplitudeSelection` x scatter known, what is left of it, log10.
 */
export function selectionWidth(parameters: PickParameters, phase: 0 | 1): number {
  const width = parameters.thresholdWidth[phase];
  const known = (parameters.amplitudeSelection * parameters.amplitudeSigma) / NORMAL_PER_LOGISTIC;
  return Math.sqrt(Math.max((LEAST_SHARE * width) ** 2, width * width - known * known));
}
