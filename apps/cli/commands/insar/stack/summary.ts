/** What `insar stack` prints and writes to qc.json. @module */
import { centreOf } from '../../../../../models/deformation/stack/grid-place.js';
import type { SolvedStack } from './run-stack.js';

/** Pixels with less temporal coherence than this are doubtful (MintPy's mask). */
export const RELIABLE_TEMPORAL_COHERENCE = 0.7;

export type StackSummary = ReturnType<typeof stackSummary>;

/** Small numbers of a solved stack; names are stable. Rates mm/yr, + towards the satellite. */
export function stackSummary(stack: SolvedStack, seconds: number) {
  const { result, track } = stack;
  const { rows, columns, transform, crs, reference } = result;
  const [x, y] = centreOf(result, reference.row, reference.column);
  const loops = result.loops;
  const reliable = result.temporalCoherence.reduce(
    (n, value) => n + (value >= RELIABLE_TEMPORAL_COHERENCE ? 1 : 0),
    0,
  );
  const rejectedPairs = result.pairs.filter(({ used }) => !used);
  return {
    folder: stack.folder,
    ...{ rows, columns, transform, crs },
    epochs: result.epochs,
    reference: { ...reference, x, y },
    velocityMmPerYear: statistics(track.velocityMmPerYear),
    residualRmsMm: result.overallResidualRmsMm,
    completePixels: completePixels(stack),
    errorsMmPerYear: {
      scatter: statistics(result.sdMmPerYear),
      covariance: statistics(result.covarianceSdMmPerYear),
      bootstrap: statistics(result.bootstrapSdMmPerYear),
      bootstrapP05: statistics(result.bootstrapP05MmPerYear),
      bootstrapP95: statistics(result.bootstrapP95MmPerYear),
    },
    temporalCoherence: statistics(result.temporalCoherence),
    terms: Object.fromEntries(
      Object.entries(result.terms).map(([name, grid]) => [name, statistics(grid)]),
    ),
    solvedPixels: result.solvedPixels,
    rejectedPixels: result.rejectedPixels,
    reliablePixels: reliable,
    rankDeficientPixels: result.rankDeficientPixels,
    patterns: result.patterns,
    pairsTotal: result.pairs.length,
    pairsUsed: result.pairs.length - rejectedPairs.length,
    rejectedPairs: rejectedPairs.map(({ sceneId, reason }) => ({ sceneId, reason })),
    loopClosure: {
      loops: loops.length,
      rmsRadMin: loops.length > 0 ? Math.min(...loops.map(({ rmsRad }) => rmsRad)) : null,
      rmsRadMax: loops.length > 0 ? Math.max(...loops.map(({ rmsRad }) => rmsRad)) : null,
      maxAbsRad: loops.length > 0 ? Math.max(...loops.map(({ maxAbsRad }) => maxAbsRad)) : null,
    },
    thresholds: result.thresholds,
    weighting: result.weighting,
    gnss: stack.gnss,
    corrections: correctionSummary(stack),
    skipped: stack.skipped,
    detector: stack.flags && {
      showsDeformation: stack.flags.filter((flag) => flag.showsDeformation).length,
      hasUnwrappingError: stack.flags.filter((flag) => flag.hasUnwrappingError).length,
      pairs: stack.flags,
    },
    notes: [...result.notes, ...correctionNotes(stack), ...stack.sceneNotes],
    seconds,
  };
}

/** The same figures over pixels with data in every used pair, which needed no gap bridged or left out. */
function completePixels({ result, track }: SolvedStack) {
  const { pairCount, residualRmsMm } = result;
  const used = result.pairs.filter((pair) => pair.used).length;
  const isComplete = (i: number): boolean =>
    pairCount[i] === used && !Number.isNaN(residualRmsMm[i] as number);
  const velocity = track.velocityMmPerYear.filter((_, i) => isComplete(i));
  const squares = residualRmsMm.reduce((sum, r, i) => (isComplete(i) ? sum + r * r : sum), 0);
  return {
    pixels: velocity.length,
    velocityMmPerYear: statistics(velocity),
    residualRmsMm: velocity.length > 0 ? Math.sqrt(squares / velocity.length) : null,
  };
}

/** Null for a grid without a value. */
export function statistics(grid: Float32Array) {
  const values = grid.filter((v) => !Number.isNaN(v)).sort();
  if (values.length === 0) return null;
  const mean = values.reduce((sum, v) => sum + v, 0) / values.length;
  const variance = values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / values.length;
  const at = (share: number): number => values[Math.round(share * (values.length - 1))] as number;
  return {
    ...{ min: values[0] as number, max: values.at(-1) as number, mean, std: Math.sqrt(variance) },
    ...{ p05: at(0.05), median: at(0.5), p95: at(0.95), pixels: values.length },
  };
}

function correctionSummary({ corrections }: Pick<SolvedStack, 'corrections'>) {
  if (corrections.length === 0) return null;
  const mean = (pick: (c: (typeof corrections)[number]) => number): number =>
    corrections.reduce((sum, c) => sum + pick(c), 0) / corrections.length;
  return {
    meanSdBeforeMm: mean((c) => c.sdBeforeMm),
    meanSdAfterMm: mean((c) => c.sdAfterMm),
    pairs: corrections,
  };
}

function correctionNotes({ corrections }: SolvedStack): string[] {
  const all = correctionSummary({ corrections });
  if (!all) return ['no orbital ramp, atmosphere or height correction'];
  const worse = corrections.filter((c) => (c.sdAfterDelayMm ?? 0) > c.sdBeforeMm);
  const names = worse.slice(0, 5).map(({ sceneId }) => sceneId);
  const change = `from ${all.meanSdBeforeMm.toFixed(2)} to ${all.meanSdAfterMm.toFixed(2)} mm`;
  return [
    `corrections changed the mean deviation of an interferogram ${change}`,
    ...(worse.length > 0
      ? [`weather delays make ${worse.length} interferograms worse, such as ${names.join(', ')}`]
      : []),
  ];
}
