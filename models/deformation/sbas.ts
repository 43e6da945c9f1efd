/**
 * In: a stack of interferograms on one grid. Out: velocity with its error, cumulative displacement,
 * quality of pixels and pairs, and what was rejected and why.
 * Small-baseline time series by unweighted least squares, solved in one batch for all pixels that
 * have the same valid pairs; displacements are relative to the reference pixel and the first epoch.
 * @module
 */
import type { TaskContext } from '../../core/compute.js';
import { InvalidInputError, NoSolutionError } from '../../core/errors.js';
import type { InsarScene } from '../../core/waveform.js';
import { componentCount, pairNetwork, triplets } from './insar-network.js';
import {
  chooseReference,
  pairQualities,
  stackQuality,
  type LoopQuality,
  type PairQuality,
  type ReferencePixel,
} from './pair-quality.js';
import { solvePixels, type SbasThresholds, type SolvedPixels } from './sbas-pixels.js';

export type { SbasThresholds } from './sbas-pixels.js';

export interface SbasInput {
  readonly scenes: readonly InsarScene[];
  readonly referencePixel?: { readonly row: number; readonly column: number };
  readonly thresholds?: Partial<SbasThresholds>;
}

/** Velocity map and time series of a stack, with what was used and why. */
export interface SbasResult extends SolvedPixels {
  readonly rows: number;
  readonly columns: number;
  readonly transform: InsarScene['transform'];
  readonly crs: string;
  /** `YYYY-MM-DD`, the first one has displacement 0. */
  readonly epochs: readonly string[];
  readonly reference: ReferencePixel;
  readonly pairs: readonly PairQuality[];
  readonly loops: readonly LoopQuality[];
  readonly thresholds: SbasThresholds;
  readonly notes: readonly string[];
}

const DEFAULTS: SbasThresholds = {
  minPairShare: 0.5,
  minCoherence: 0,
  minPairCoherence: 0,
  maxLoopRmsRad: 1.5,
  minTemporalCoherence: 0,
};

/**
 * Velocity of a stack. Throws InvalidInputError when scenes do not share grid and wavelength or the
 * reference lies outside, NoSolutionError naming the thresholds when no pair or pixel survives.
 */
export function sbasVelocity(input: SbasInput, context?: TaskContext): SbasResult {
  const thresholds = { ...DEFAULTS, ...input.thresholds };
  const first = checkStack(input.scenes);
  const { rows, columns } = first;
  const all = pairNetwork(input.scenes);
  const allLoops = triplets(all);
  const quality = stackQuality(input.scenes, allLoops);
  const reference = input.referencePixel
    ? { ...input.referencePixel, reason: 'given in the request' }
    : chooseReference(quality, columns);
  const referenceIndex = indexOfReference(reference, rows, columns);
  const pairs = pairQualities({
    scenes: input.scenes,
    loops: allLoops,
    quality,
    maxLoopRmsRad: thresholds.maxLoopRmsRad,
    minPairCoherence: thresholds.minPairCoherence,
  }).map((pair, i) =>
    pair.used && Number.isNaN(input.scenes[i]?.losM[referenceIndex])
      ? { ...pair, used: false, reason: 'no data at the reference pixel' }
      : pair,
  );
  const scenes = input.scenes.filter((_, i) => pairs[i]?.used);
  if (scenes.length === 0) {
    const reasons = tally(pairs.map((pair) => pair.reason.replace(/ \(.*/, '')));
    throw new NoSolutionError({
      what: 'the time series',
      reason: `none of ${pairs.length} pairs can be used: ${reasons}`,
      remedy: 'choose another reference pixel or relax the threshold named above',
    });
  }
  const network = pairNetwork(scenes);
  const solved = solvePixels({
    scenes,
    network,
    referenceIndex,
    thresholds,
    meanCoherence: quality.meanCoherence,
    ...(context ? { context } : {}),
  });
  const parts = componentCount(network.epochs.length, network.pairs);
  return {
    rows,
    columns,
    transform: first.transform,
    crs: first.crs,
    epochs: network.epochs,
    reference,
    pairs,
    loops: quality.loops,
    thresholds,
    ...solved,
    notes: [
      `${scenes.length} of ${pairs.length} pairs used, ${network.epochs.length} epochs, ${allLoops.length} loops of three`,
      'no orbital ramp, atmosphere or height correction',
      ...(parts > 1
        ? [`the network falls into ${parts} parts: NSBAS bridges them with a straight line`]
        : []),
    ],
  };
}

function checkStack(scenes: readonly InsarScene[]): InsarScene {
  const first = scenes[0];
  if (!first) {
    throw new InvalidInputError({
      what: 'stack',
      reason: 'it has no interferograms',
      remedy: 'give at least one',
    });
  }
  for (const scene of scenes) {
    const step = Math.abs(first.transform[1]);
    const same =
      scene.rows === first.rows &&
      scene.columns === first.columns &&
      scene.crs === first.crs &&
      Math.abs(scene.wavelengthM / first.wavelengthM - 1) < 1e-3 &&
      scene.transform.every((v, i) => Math.abs(v - (first.transform[i] as number)) < 0.01 * step);
    if (!same) {
      throw new InvalidInputError({
        what: `stack: scene ${scene.sceneId}`,
        reason: `its grid, CRS or wavelength is not that of ${first.sceneId}`,
        remedy: 'resample all scenes to one grid and give one radar band and frame a stack',
      });
    }
  }
  return first;
}

function indexOfReference(reference: ReferencePixel, rows: number, columns: number): number {
  const { row, column } = reference;
  const inside = Number.isInteger(row) && row >= 0 && row < rows && column >= 0 && column < columns;
  if (!inside || !Number.isInteger(column)) {
    throw new InvalidInputError({
      what: 'reference pixel',
      reason: `row ${row}, column ${column} is outside ${rows} x ${columns}`,
      remedy: 'count rows from the north edge and columns from the west edge, from 0',
    });
  }
  return row * columns + column;
}

function tally(reasons: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const reason of reasons) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  return [...counts].map(([reason, n]) => `${n} pairs: ${reason}`).join('; ');
}
