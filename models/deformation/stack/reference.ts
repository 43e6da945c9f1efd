/**
 * The pixel that all displacements of a stack are relative to.
 * @module
 */
import { InvalidInputError } from '../../../core/errors.js';
import type { PixelCoherence } from './pair-quality.js';

export interface ReferencePixel {
  readonly row: number;
  readonly column: number;
  /** For a person: given by whom, or why this one. */
  readonly reason: string;
}

/**
 * Among the pixels with data in most pairs the one with the highest mean coherence (MintPy's `maxCoherence`);
 * without coherence, and between equals, the one with the smallest loop residual. `excluded` is 1 for pixels
 * that do not come into question.
 */
export function chooseReference(
  quality: PixelCoherence & { readonly loopRmsRad: Float32Array },
  columns: number,
  excluded?: Uint8Array,
): ReferencePixel {
  const { pairCount, meanCoherence, loopRmsRad } = quality;
  const isFree = (i: number): boolean => !excluded?.[i];
  const most = pairCount.reduce((max, n, i) => (isFree(i) && n > max ? n : max), 0);
  let [best, candidates] = [-1, 0];
  pairCount.forEach((n, i) => {
    if (n !== most || !isFree(i)) return;
    candidates++;
    if (best < 0 || isBetter(i, best)) best = i;
  });
  function isBetter(i: number, other: number): boolean {
    const rise = orElse(meanCoherence[i], 0) - orElse(meanCoherence[other], 0);
    if (rise !== 0) return rise > 0;
    return orElse(loopRmsRad[i], Infinity) < orElse(loopRmsRad[other], Infinity);
  }
  const coherence = meanCoherence[best] as number;
  const residual = loopRmsRad[best] as number;
  const loop = Number.isNaN(residual) ? 'unknown' : `${residual.toFixed(3)} rad rms`;
  const why = Number.isNaN(coherence)
    ? `smallest loop residual, ${loop} (coherence is unknown)`
    : `highest mean coherence ${coherence.toFixed(3)} (loop residual ${loop})`;
  return {
    row: Math.floor(best / columns),
    column: best % columns,
    reason:
      `chosen: of the ${candidates} pixels with data in ${most} pairs it has the ${why}; ` +
      'if it moves, every velocity is off by its motion',
  };
}

function orElse(value: number | undefined, fallback: number): number {
  return value === undefined || Number.isNaN(value) ? fallback : value;
}

/** Number of the pixel. Throws InvalidInputError when it lies outside the grid. */
export function indexOfReference(
  reference: { readonly row: number; readonly column: number },
  rows: number,
  columns: number,
): number {
  const { row, column } = reference;
  const isInside =
    [row, column].every(Number.isInteger) &&
    Math.min(row, column) >= 0 &&
    row < rows &&
    column < columns;
  if (!isInside) {
    throw new InvalidInputError({
      what: 'reference pixel',
      reason: `row ${row}, column ${column} is outside ${rows} x ${columns}`,
      remedy: 'count rows from the north edge and columns from the west edge, from 0',
    });
  }
  return row * columns + column;
}
