/**
 * Why pixels are left out of a stack: checks before the solution, counts by reason, and what to relax when
 * nothing survives.
 * @module
 */
import { NoSolutionError } from '../../../core/errors.js';

/** Limits below or above which pixels and pairs are left out. */
export interface SbasThresholds {
  /** Pixels need at least this share of the used pairs. Default 0.5. */
  readonly minPairShare: number;
  /** Mean coherence of a pixel; not applied where coherence is unknown. Default 0. */
  readonly minCoherence: number;
  /** Mean coherence of a pair. Default 0. */
  readonly minPairCoherence: number;
  /** A pair whose every loop has a larger rms is dropped, rad. Default 1.5 (LiCSBAS). */
  readonly maxLoopRmsRad: number;
  /** Temporal coherence of a pixel. Default 0 (kept as a grid); MintPy masks below 0.7. */
  readonly minTemporalCoherence: number;
}

/** Codes of the rejection grid; 0 is a solved pixel. */
export const REJECTIONS = [
  '',
  'masked',
  'noData',
  'pairShare',
  'coherence',
  'temporalCoherence',
] as const;
export type Rejection = Exclude<(typeof REJECTIONS)[number], ''>;

export interface PixelChecks {
  /** For a person, by code. */
  readonly reasons: Readonly<Record<Rejection, string>>;
  /** Largest values among the rejected pixels: what a threshold would have to fall to. */
  readonly best: { readonly pairShare: number; readonly coherence: number };
  readonly isWanted: (pixel: number, validPairs: number) => boolean;
  readonly reject: (pixel: number, why: Rejection) => void;
}

/** Checks of single pixels, which write their code into `grid`. */
export function pixelChecks(
  input: {
    readonly scenes: readonly unknown[];
    readonly thresholds: SbasThresholds;
    readonly meanCoherence: Float32Array;
    readonly excluded?: Uint8Array;
  },
  grid: Uint8Array,
): PixelChecks {
  const { thresholds, meanCoherence, excluded } = input;
  const pairs = input.scenes.length;
  const needed = Math.max(1, Math.ceil(thresholds.minPairShare * pairs));
  const best = { pairShare: 0, coherence: 0 };
  const reject = (pixel: number, why: Rejection): void => {
    grid[pixel] = REJECTIONS.indexOf(why);
  };
  return {
    best,
    reject,
    reasons: {
      masked: 'outside the area of interest or masked',
      noData: 'no data in any pair',
      pairShare: `data in fewer than ${needed} of ${pairs} pairs (minPairShare ${thresholds.minPairShare})`,
      coherence: `mean coherence below minCoherence ${thresholds.minCoherence}`,
      temporalCoherence: `temporal coherence below minTemporalCoherence ${thresholds.minTemporalCoherence}`,
    },
    isWanted(pixel, valid) {
      const coherence = meanCoherence[pixel] as number;
      if (excluded?.[pixel]) reject(pixel, 'masked');
      else if (valid === 0) reject(pixel, 'noData');
      else if (valid < needed) {
        best.pairShare = Math.max(best.pairShare, valid / pairs);
        reject(pixel, 'pairShare');
      } else if (coherence < thresholds.minCoherence) {
        best.coherence = Math.max(best.coherence, coherence);
        reject(pixel, 'coherence');
      } else return true;
      return false;
    },
  };
}

/** Rejected pixels by reason. */
export function countRejected(
  grid: Uint8Array,
  reasons: PixelChecks['reasons'],
): Record<string, number> {
  const counts = new Float64Array(REJECTIONS.length);
  for (const code of grid) counts[code] = (counts[code] as number) + 1;
  return Object.fromEntries(
    REJECTIONS.flatMap((name, code) => {
      const n = counts[code] as number;
      return name === '' || n === 0 ? [] : [[reasons[name], n] as const];
    }),
  );
}

/** Throws NoSolutionError with the threshold that rejected most, and what it would have to be. */
export function throwIfNothingSurvives(input: {
  readonly rejectedPixels: Readonly<Record<string, number>>;
  readonly pixels: number;
  readonly best: {
    readonly pairShare: number;
    readonly coherence: number;
    readonly temporal: number;
  };
}): void {
  const entries = Object.entries(input.rejectedPixels).sort(([, a], [, b]) => b - a);
  if (entries.reduce((sum, [, n]) => sum + n, 0) < input.pixels) return;
  const { best } = input;
  const down = (value: number): string => String(Math.floor(value * 1000) / 1000);
  const remedies: Readonly<Record<string, string>> = {
    minPairShare: `lower minPairShare to ${down(best.pairShare)} or below, the largest share of pairs that any of these pixels has`,
    minCoherence: `lower minCoherence to ${down(best.coherence)} or below, the largest mean coherence among these pixels`,
    minTemporalCoherence: `lower minTemporalCoherence to ${down(best.temporal)} or below, the largest found, or look for unwrapping errors in the loops of the report`,
  };
  // Masks and missing data cannot be relaxed: the first threshold in order of pixels is named.
  const named = entries.flatMap(([reason]) =>
    Object.keys(remedies).filter((name) => reason.includes(`${name} `)),
  );
  throw new NoSolutionError({
    what: 'the velocity map',
    reason: `no pixel survives (${entries.map(([reason, n]) => `${n} pixels: ${reason}`).join('; ')})`,
    remedy:
      remedies[named[0] ?? ''] ??
      'enlarge the area of interest or the mask: no pixel inside has data in any pair',
  });
}
