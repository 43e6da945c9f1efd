/**
 * In: a stack of interferograms on one grid. Out: velocity with its errors, cumulative displacement,
 * quality of pixels and pairs, and what was rejected and why.
 * Small-baseline time series by (weighted) least squares, solved together for all pixels that have the same
 * valid pairs; displacements are relative to the reference pixel and the first epoch.
 * @module
 */
import type { TaskContext } from '../../../core/compute.js';
import { InvalidInputError, NoSolutionError } from '../../../core/errors.js';
import type { InsarScene } from '../../../core/waveform.js';
import { loopClosure, type LoopQuality } from './loop-closure.js';
import { connectedParts, flatPairs, pairNetwork, triplets } from './network.js';
import { pairQualities, pixelCoherence, type PairQuality } from './pair-quality.js';
import { chooseReference, indexOfReference, type ReferencePixel } from './reference.js';
import type { SbasThresholds } from './rejections.js';
import { solvePixels, type SolvedPixels, type Weighting } from './solve-pixels.js';
import { timeModel, type TimeTerms } from './time-model.js';

export type { SbasThresholds } from './rejections.js';

export interface SbasInput {
  readonly scenes: readonly InsarScene[];
  readonly referencePixel?: { readonly row: number; readonly column: number };
  readonly thresholds?: Partial<SbasThresholds>;
  /** How interferograms weigh. Default `none`. */
  readonly weighting?: Weighting;
  /** Independent looks behind a phase, for weights. Default 20. */
  readonly looks?: number;
  /** Terms beside intercept and velocity. Default none. */
  readonly terms?: Partial<TimeTerms>;
  /** Resamples of the epochs for the bootstrap errors. Default 0. */
  readonly bootstrap?: number;
  readonly seed?: number;
  /** 1 for pixels to leave out. */
  readonly excluded?: Uint8Array;
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
  readonly weighting: Weighting;
  /** Mean coherence of a pixel; NaN where unknown. */
  readonly meanCoherence: Float32Array;
  /** Rms of the loop closures at a pixel, rad; NaN without loops. */
  readonly loopRmsRad: Float32Array;
  /** Loops that are off by a cycle at a pixel. */
  readonly cycleLoops: Uint16Array;
  readonly notes: readonly string[];
}

export const DEFAULT_THRESHOLDS: SbasThresholds = {
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
  const thresholds = { ...DEFAULT_THRESHOLDS, ...input.thresholds };
  const weighting = input.weighting ?? 'none';
  const first = checkStack(input.scenes);
  const { rows, columns } = first;
  const loops = triplets(pairNetwork(input.scenes));
  const closure = loopClosure(input.scenes, loops);
  const coherence = pixelCoherence(input.scenes);
  const reference = input.referencePixel
    ? { ...input.referencePixel, reason: 'given in the request' }
    : chooseReference({ ...coherence, ...closure }, columns, input.excluded);
  const referenceIndex = indexOfReference(reference, rows, columns);
  const pairs = pairQualities({
    scenes: input.scenes,
    triplets: loops,
    closure,
    maxLoopRmsRad: thresholds.maxLoopRmsRad,
    minPairCoherence: thresholds.minPairCoherence,
  }).map((pair, i) =>
    pair.used && Number.isNaN(input.scenes[i]?.losM[referenceIndex])
      ? { ...pair, used: false, reason: 'no data at the reference pixel' }
      : pair,
  );
  const used = pairs.flatMap((pair, i) => (pair.used ? [i] : []));
  if (used.length === 0) throw nothingUsed(pairs);
  const scenes = used.map((i) => input.scenes[i] as InsarScene);
  const network = pairNetwork(scenes);
  const solved = solvePixels({
    scenes,
    network,
    model: timeModel({
      epochs: network.epochs,
      years: network.years,
      terms: { seasonal: false, steps: [], ...input.terms },
      bootstrap: input.bootstrap ?? 0,
      seed: input.seed ?? 1,
    }),
    referenceIndex,
    thresholds,
    meanCoherence: coherence.meanCoherence,
    pairCoherence: used.map((i) => pairs[i]?.meanCoherence ?? null),
    weighting,
    looks: input.looks ?? 20,
    ...(input.excluded ? { excluded: input.excluded } : {}),
    ...(context ? { context } : {}),
  });
  const parts = connectedParts(network.epochs.length, flatPairs(network.pairs)).count;
  return {
    rows,
    columns,
    transform: first.transform,
    crs: first.crs,
    epochs: network.epochs,
    reference,
    pairs,
    loops: closure.loops,
    thresholds,
    weighting,
    meanCoherence: coherence.meanCoherence,
    loopRmsRad: closure.loopRmsRad,
    cycleLoops: closure.cycleLoops,
    ...solved,
    notes: [
      `${scenes.length} of ${pairs.length} pairs used, ${network.epochs.length} epochs, ${loops.length} loops of three`,
      ...(parts > 1
        ? [`the network falls into ${parts} parts: NSBAS bridges them with a straight line`]
        : []),
      ...(weighting === 'pair' && pairs.every(({ meanCoherence }) => meanCoherence === null)
        ? ['no coherence: all pairs weigh alike']
        : []),
    ],
  };
}

function nothingUsed(pairs: readonly PairQuality[]): NoSolutionError {
  const reasons = tally(pairs.map(({ reason }) => reason.replace(/ \(.*/, '')));
  const loops = pairs.flatMap(({ bestLoopRmsRad }) => bestLoopRmsRad ?? []);
  const coherences = pairs.flatMap(({ meanCoherence }) => meanCoherence ?? []);
  const has = (text: string): boolean => pairs.some(({ reason }) => reason.includes(text));
  const relax = [
    ...(has('maxLoopRmsRad')
      ? [`raise maxLoopRmsRad above ${Math.min(...loops).toFixed(2)}, the best loop`]
      : []),
    ...(has('minPairCoherence')
      ? [`lower minPairCoherence below ${Math.max(...coherences).toFixed(2)}, the best pair`]
      : []),
    ...(has('reference pixel') ? ['choose a reference pixel that has data'] : []),
  ];
  return new NoSolutionError({
    what: 'the time series',
    reason: `none of ${pairs.length} pairs can be used: ${reasons}`,
    remedy: relax.join('; ') || 'give interferograms with data',
  });
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
    if (!(scene.firstDate < scene.secondDate)) {
      throw new InvalidInputError({
        what: `stack: scene ${scene.sceneId}`,
        reason: `its first date ${scene.firstDate} is not before its second ${scene.secondDate}`,
        remedy: 'form pairs in order of time',
      });
    }
    const step = Math.abs(first.transform[1]);
    const differs =
      scene.rows !== first.rows || scene.columns !== first.columns
        ? `its size ${scene.rows} x ${scene.columns}`
        : scene.crs !== first.crs
          ? `its CRS ${scene.crs}`
          : !(Math.abs(scene.wavelengthM / first.wavelengthM - 1) < 1e-3)
            ? `its wavelength ${scene.wavelengthM} m`
            : scene.transform.some(
                  (v, i) => !(Math.abs(v - (first.transform[i] as number)) < 0.01 * step),
                )
              ? `its transform ${scene.transform.join(', ')}`
              : '';
    if (differs) {
      throw new InvalidInputError({
        what: `stack: scene ${scene.sceneId}`,
        reason: `${differs} is not that of ${first.sceneId}: grid, CRS or wavelength differ`,
        remedy: 'resample all scenes to one grid and give one radar band and frame a stack',
      });
    }
  }
  return first;
}

function tally(reasons: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const reason of reasons) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  return [...counts].map(([reason, n]) => `${n} pairs: ${reason}`).join('; ');
}
