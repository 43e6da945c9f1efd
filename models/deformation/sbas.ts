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
import { componentCount, pairNetwork, triplets, type PairNetwork } from './insar-network.js';
import { fitLinearRate } from './linear-rate.js';
import {
  chooseReference,
  pairQualities,
  stackQuality,
  type LoopQuality,
  type PairQuality,
  type ReferencePixel,
} from './pair-quality.js';
import { patternOperator, type PatternOperator } from './sbas-solve.js';

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

export interface SbasInput {
  readonly scenes: readonly InsarScene[];
  readonly referencePixel?: { readonly row: number; readonly column: number };
  readonly thresholds?: Partial<SbasThresholds>;
}

/** Grids are row-major [y, x]; NaN where a pixel was rejected. */
export interface SbasResult {
  readonly rows: number;
  readonly columns: number;
  readonly transform: InsarScene['transform'];
  readonly crs: string;
  /** `YYYY-MM-DD`, the first one has displacement 0. */
  readonly epochs: readonly string[];
  /** Along the line of sight, + towards the satellite. */
  readonly velocityMmPerYear: Float32Array;
  /** Standard error of the velocity from the scatter of the epochs about the line. */
  readonly sdMmPerYear: Float32Array;
  /** [epoch, y, x]. */
  readonly cumulativeMm: Float32Array;
  /** Rms of interferogram minus time series at a pixel. */
  readonly residualRmsMm: Float32Array;
  /** |mean exp(j residual phase)|, 0 to 1 (Pepe and Lanari 2006). */
  readonly temporalCoherence: Float32Array;
  /** 1 where unconnected epochs were bridged by NSBAS: the velocity there rests on a straight line. */
  readonly rankDeficient: Uint8Array;
  readonly reference: ReferencePixel;
  readonly pairs: readonly PairQuality[];
  readonly loops: readonly LoopQuality[];
  /** Pixels by reason; their sum and the solved pixels are all pixels. */
  readonly rejectedPixels: Readonly<Record<string, number>>;
  readonly solvedPixels: number;
  readonly rankDeficientPixels: number;
  /** Over all solved pixels and their pairs. */
  readonly overallResidualRmsMm: number;
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

interface SolveInput {
  readonly scenes: readonly InsarScene[];
  readonly network: PairNetwork;
  readonly referenceIndex: number;
  readonly thresholds: SbasThresholds;
  readonly meanCoherence: Float32Array;
  readonly context?: TaskContext;
}

type Solved = Pick<
  SbasResult,
  | 'velocityMmPerYear'
  | 'sdMmPerYear'
  | 'cumulativeMm'
  | 'residualRmsMm'
  | 'temporalCoherence'
  | 'rankDeficient'
  | 'rejectedPixels'
  | 'solvedPixels'
  | 'rankDeficientPixels'
  | 'overallResidualRmsMm'
>;

function solvePixels(input: SolveInput): Solved {
  const { scenes, network, referenceIndex, thresholds, context } = input;
  const pixels = input.meanCoherence.length;
  const { groups, rejected } = groupByPattern(input);
  const nan = (length: number): Float32Array => new Float32Array(length).fill(Number.NaN);
  const velocityMmPerYear = nan(pixels);
  const sdMmPerYear = nan(pixels);
  const residualRmsMm = nan(pixels);
  const temporalCoherence = nan(pixels);
  const cumulativeMm = nan(pixels * network.epochs.length);
  const rankDeficient = new Uint8Array(pixels);
  const offsets = scenes.map((scene) => scene.losM[referenceIndex] as number);
  const radiansPerMm = (4 * Math.PI) / ((scenes[0]?.wavelengthM ?? 1) * 1000);
  let done = 0;
  let squares = 0;
  let count = 0;
  for (const { used, members } of groups) {
    context?.throwIfCancelled();
    context?.progress({ fraction: done / pixels, note: `${done} of ${pixels} pixels` });
    done += members.length;
    const operator = patternOperator(
      network.years,
      used.map((k) => network.pairs[k] as readonly [number, number]),
    );
    if (!operator) {
      rejected['no usable pair'] = (rejected['no usable pair'] ?? 0) + members.length;
      continue;
    }
    const data = new Float64Array(used.length);
    for (const pixel of members) {
      used.forEach((k, row) => {
        data[row] = 1000 * ((scenes[k]?.losM[pixel] as number) - (offsets[k] as number));
      });
      const series = applyOperator(operator, data, network.epochs.length);
      const fit = residuals(operator, data, series, radiansPerMm);
      if (fit.temporalCoherence < thresholds.minTemporalCoherence) {
        const name = `temporal coherence below minTemporalCoherence ${thresholds.minTemporalCoherence}`;
        rejected[name] = (rejected[name] ?? 0) + 1;
        continue;
      }
      const line = fitLinearRate(network.years, series);
      velocityMmPerYear[pixel] = line.rate;
      sdMmPerYear[pixel] = line.rateSd;
      residualRmsMm[pixel] = Math.sqrt(fit.squares / used.length);
      temporalCoherence[pixel] = fit.temporalCoherence;
      rankDeficient[pixel] = operator.rankDeficient ? 1 : 0;
      series.forEach((value, k) => (cumulativeMm[k * pixels + pixel] = value));
      squares += fit.squares;
      count += used.length;
    }
  }
  const rejectedCount = Object.values(rejected).reduce((sum, n) => sum + n, 0);
  if (rejectedCount === pixels) {
    const reasons = Object.entries(rejected).map(([reason, n]) => `${n} pixels: ${reason}`);
    throw new NoSolutionError({
      what: 'the velocity map',
      reason: `no pixel survives (${reasons.join('; ')})`,
      remedy: 'relax the threshold that rejected most pixels',
    });
  }
  return {
    velocityMmPerYear,
    sdMmPerYear,
    cumulativeMm,
    residualRmsMm,
    temporalCoherence,
    rankDeficient,
    rejectedPixels: rejected,
    solvedPixels: pixels - rejectedCount,
    rankDeficientPixels: rankDeficient.reduce((sum, flag) => sum + flag, 0),
    overallResidualRmsMm: Math.sqrt(squares / count),
  };
}

/** Pixels by their set of valid pairs, and how many fail the thresholds. */
function groupByPattern(input: SolveInput): {
  groups: { used: readonly number[]; members: number[] }[];
  rejected: Record<string, number>;
} {
  const { scenes, thresholds, meanCoherence } = input;
  const needed = Math.max(1, Math.ceil(thresholds.minPairShare * scenes.length));
  const rejected: Record<string, number> = {};
  const groups = new Map<string, { used: readonly number[]; members: number[] }>();
  for (let pixel = 0; pixel < meanCoherence.length; pixel++) {
    const used: number[] = [];
    for (let k = 0; k < scenes.length; k++) {
      if (!Number.isNaN(scenes[k]?.losM[pixel] as number)) used.push(k);
    }
    const reason =
      used.length === 0
        ? 'no data in any pair'
        : used.length < needed
          ? `data in fewer than ${needed} of ${scenes.length} pairs (minPairShare ${thresholds.minPairShare})`
          : (meanCoherence[pixel] as number) < thresholds.minCoherence
            ? `mean coherence below minCoherence ${thresholds.minCoherence}`
            : '';
    if (reason) {
      rejected[reason] = (rejected[reason] ?? 0) + 1;
      continue;
    }
    const key = used.length === scenes.length ? 'all' : used.join();
    const group = groups.get(key);
    if (group) group.members.push(pixel);
    else groups.set(key, { used, members: [pixel] });
  }
  return { groups: [...groups.values()], rejected };
}

function applyOperator(
  operator: PatternOperator,
  data: Float64Array,
  epochs: number,
): Float64Array {
  const series = new Float64Array(epochs);
  for (let k = 1; k < epochs; k++) {
    let sum = 0;
    const row = k * data.length;
    for (let p = 0; p < data.length; p++) {
      sum += (operator.cumulative[row + p] as number) * (data[p] as number);
    }
    series[k] = sum;
  }
  return series;
}

function residuals(
  operator: PatternOperator,
  data: Float64Array,
  series: Float64Array,
  radiansPerMm: number,
): { squares: number; temporalCoherence: number } {
  let squares = 0;
  let real = 0;
  let imaginary = 0;
  operator.pairs.forEach(([a, b], p) => {
    const residual = (data[p] as number) - (series[b] as number) + (series[a] as number);
    squares += residual * residual;
    real += Math.cos(residual * radiansPerMm);
    imaginary += Math.sin(residual * radiansPerMm);
  });
  return { squares, temporalCoherence: Math.hypot(real, imaginary) / data.length };
}

function tally(reasons: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const reason of reasons) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  return [...counts].map(([reason, n]) => `${n} pairs: ${reason}`).join('; ');
}
