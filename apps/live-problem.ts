/** What is wrong with a file of a live folder. @module */
import type { QuakeErrorFields, UnsupportedSourceError } from '../core/errors.js';

/**
 * Damaged, of no format that is known, out of reach for now, or sound but not what can be picked (its
 * rate is too low).
 */
export type LiveProblem = 'damaged' | 'unknown-format' | 'unavailable' | 'unusable';

/** Kind of an error that reading or picking a file gave. */
export function problemOf(
  cause: QuakeErrorFields & Partial<Pick<UnsupportedSourceError, 'isRecognised'>>,
): LiveProblem {
  if (cause.isRecognised === false) return 'unknown-format';
  if (cause._tag === 'InvalidInput' || cause._tag === 'NoSolution') return 'unusable';
  return cause.retryable ? 'unavailable' : 'damaged';
}
