/**
 * In: interferograms of one stack, already checked. Out: the time series of every pixel, solved in one
 * batch for all pixels that have the same valid pairs, and counts of the pixels left out.
 * @module
 */
import type { TaskContext } from '../../core/compute.js';
import { NoSolutionError } from '../../core/errors.js';
import type { InsarScene } from '../../core/waveform.js';
import type { PairNetwork } from './insar-network.js';
import { fitLinearRate } from './linear-rate.js';
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

/** A stack whose pairs were checked. */
export interface SolveInput {
  readonly scenes: readonly InsarScene[];
  readonly network: PairNetwork;
  readonly referenceIndex: number;
  readonly thresholds: SbasThresholds;
  readonly meanCoherence: Float32Array;
  readonly context?: TaskContext;
}

/** Grids are row-major [y, x]; NaN where a pixel was rejected. */
export interface SolvedPixels {
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
  /** Pixels by reason; their sum and the solved pixels are all pixels. */
  readonly rejectedPixels: Readonly<Record<string, number>>;
  readonly solvedPixels: number;
  readonly rankDeficientPixels: number;
  /** Over all solved pixels and their pairs. */
  readonly overallResidualRmsMm: number;
}

/**
 * Time series of every pixel that passes the thresholds. Throws NoSolutionError naming the thresholds
 * when none does.
 */
export function solvePixels(input: SolveInput): SolvedPixels {
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
