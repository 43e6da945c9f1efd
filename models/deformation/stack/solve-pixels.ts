/**
 * In: interferograms of one stack, already checked and corrected. Out: the time series and velocity of every
 * pixel with errors and quality, and the pixels left out with the reason. Pixels with the same valid pairs
 * are solved together: their normal equations are factored once.
 * @module
 */
import type { TaskContext } from '../../../core/compute.js';
import type { InsarScene } from '../../../core/waveform.js';
import { bridgeParts } from './bridge.js';
import { flatPairs, type PairNetwork } from './network.js';
import { factorNormal, solveNormal, type NormalFactor } from './normal-factor.js';
import { groupPatterns, pairsOfPattern } from './patterns.js';
import {
  countRejected,
  pixelChecks,
  throwIfNothingSurvives,
  type SbasThresholds,
} from './rejections.js';
import { BLOCK_LANES, createBlockSolver, type SolverPattern } from './solve-block.js';
import { createStackGrids, type StackGrids } from './stack-grids.js';
import { VELOCITY_TERM, type TimeModel } from './time-model.js';
import { phaseWeight } from './weights.js';

/** How interferograms weigh: alike, by the mean coherence of the pair, or by that of the pixel in it. */
export type Weighting = 'none' | 'pair' | 'pixel';

/** A stack whose pairs were checked. */
export interface SolveInput {
  readonly scenes: readonly InsarScene[];
  readonly network: PairNetwork;
  readonly model: TimeModel;
  readonly referenceIndex: number;
  readonly thresholds: SbasThresholds;
  readonly meanCoherence: Float32Array;
  /** Mean coherence of each pair; null when unknown, which weighs like coherence 0.5. */
  readonly pairCoherence: readonly (number | null)[];
  readonly weighting: Weighting;
  /** Independent looks behind a phase. */
  readonly looks: number;
  /** 1 for pixels to leave out. */
  readonly excluded?: Uint8Array;
  readonly context?: TaskContext;
}

export interface SolvedPixels extends StackGrids {
  /** Pixels by reason; their sum and the solved pixels are all pixels. */
  readonly rejectedPixels: Readonly<Record<string, number>>;
  readonly solvedPixels: number;
  readonly rankDeficientPixels: number;
  /** Sets of valid pairs that were factored. */
  readonly patterns: number;
  /** Over all solved pixels and their pairs. */
  readonly overallResidualRmsMm: number;
}

/** Pixels that are grouped together: their part of all interferograms stays in the cache. */
const CHUNK_PIXELS = 4096;

/** Factored patterns kept for later chunks. */
const MOST_PATTERNS = 4096;

interface Prepared extends SolverPattern {
  readonly used: Int32Array;
  /** Variance of the velocity for residuals of unit variance; NaN where the series had to be bridged. */
  readonly rateVariance: number;
  /** Pairs beyond those that the series needs. */
  readonly freedom: number;
  /** Of the fit of the model: see PixelResult. */
  readonly epochFreedom: number;
  readonly unitVariance: number;
}

/**
 * Time series of every pixel that passes the thresholds. Throws NoSolutionError naming the thresholds and the
 * value that would keep something when none does.
 */
export function solvePixels(input: SolveInput): SolvedPixels {
  const { scenes, network, model, thresholds, context, referenceIndex } = input;
  const pixels = input.meanCoherence.length;
  const grids = scenes.map(({ losM }) => losM);
  const offsets = grids.map((grid) => grid[referenceIndex] as number);
  const radiansPerMm = (4 * Math.PI) / ((scenes[0]?.wavelengthM ?? 1) * 1000);
  const epochs = network.epochs.length;
  const terms = model.names.length;
  const samples = model.resamples.length / epochs;
  const matrix = new Float64Array((terms + samples) * epochs);
  matrix.set(model.operator);
  matrix.set(model.resamples, terms * epochs);
  const solver = createBlockSolver({ pairs: scenes.length, epochs, matrix });
  const out = createStackGrids({ pixels, epochs, terms: model.names, bootstrap: samples });
  const checks = pixelChecks(input, out.rejection);
  const draws = new Float64Array(samples);
  const allPairs = flatPairs(network.pairs);
  const rate = model.operator.slice(VELOCITY_TERM * epochs, (VELOCITY_TERM + 1) * epochs);
  const plainVariance = rate.reduce((sum, r) => sum + r * r, 0);
  let known = new Map<string, Prepared>();
  let [patterns, squares, count, best] = [0, 0, 0, 0];

  const prepare = (key: string, pixel: number | null): Prepared => {
    const used = pairsOfPattern(key, scenes.length);
    const pairs = new Int32Array(2 * used.length);
    const weights = new Float64Array(used.length);
    for (let p = 0; p < used.length; p++) {
      const k = used[p] as number;
      pairs[2 * p] = allPairs[2 * k] as number;
      pairs[2 * p + 1] = allPairs[2 * k + 1] as number;
      weights[p] = weightOf(input, k, pixel);
    }
    const factor = factorNormal(epochs, pairs, weights);
    const solved = rate.slice();
    solveNormal(factor, solved);
    let variance = 0;
    for (let k = 0; k < epochs; k++) variance += (rate[k] as number) * (solved[k] as number);
    patterns++;
    const freedom = used.length - epochs + factor.parts;
    return {
      ...{ used, pairs, weights, factor, freedom },
      epochFreedom: epochs - terms - (factor.parts - 1),
      unitVariance: factor.parts > 1 ? spreadVariance(network.years, factor) : plainVariance,
      rateVariance: factor.parts > 1 || freedom < 1 ? Number.NaN : variance,
    };
  };

  const solveGroup = (prepared: Prepared, members: readonly number[]): void => {
    const { used, factor } = prepared;
    for (let start = 0; start < members.length; start += BLOCK_LANES) {
      const width = Math.min(BLOCK_LANES, members.length - start);
      const lanes = width + (width & 1);
      const { data, series } = solver;
      for (let p = 0; p < used.length; p++) {
        const k = used[p] as number;
        const grid = grids[k] as Float32Array;
        const offset = offsets[k] as number;
        for (let i = 0; i < width; i++) {
          data[p * lanes + i] = 1000 * ((grid[members[start + i] as number] as number) - offset);
        }
        if (lanes > width) data[p * lanes + width] = 0;
      }
      solver.solve(prepared, lanes);
      const { partOf, parts } = factor;
      bridgeParts({ series, lanes, years: network.years, partOf, parts });
      const fit = solver.misfit(radiansPerMm).slice();
      const values = solver.combine();
      for (let i = 0; i < width; i++) {
        const pixel = members[start + i] as number;
        const coherence = fit[2 * lanes + i] as number;
        best = Math.max(best, coherence);
        if (coherence < thresholds.minTemporalCoherence) {
          checks.reject(pixel, 'temporalCoherence');
          continue;
        }
        const own = fit[i] as number;
        for (let b = 0; b < samples; b++) draws[b] = values[(terms + b) * lanes + i] as number;
        out.put({
          ...{ pixel, lanes, lane: i, series, values, draws, model, squares: own },
          coherence,
          pairs: used.length,
          rateVariance: prepared.rateVariance * ((fit[lanes + i] as number) / prepared.freedom),
          freedom: prepared.epochFreedom,
          unitVariance: prepared.unitVariance,
          isBridged: parts > 1,
        });
        squares += own;
        count += used.length;
      }
    }
  };

  for (let start = 0; start < pixels; start += CHUNK_PIXELS) {
    context?.throwIfCancelled();
    context?.progress({ fraction: start / pixels, note: `${start} of ${pixels} pixels` });
    const end = Math.min(pixels, start + CHUNK_PIXELS);
    const { groups } = groupPatterns(grids, start, end, checks.isWanted);
    for (const [key, members] of groups) {
      if (input.weighting === 'pixel') {
        for (const pixel of members) solveGroup(prepare(key, pixel), [pixel]);
        continue;
      }
      let prepared = known.get(key);
      if (!prepared) {
        if (known.size >= MOST_PATTERNS) known = new Map();
        prepared = prepare(key, null);
        known.set(key, prepared);
      }
      solveGroup(prepared, members);
    }
  }
  const rejectedPixels = countRejected(out.rejection, checks.reasons);
  throwIfNothingSurvives({ rejectedPixels, pixels, best: { ...checks.best, temporal: best } });
  const rejectedCount = Object.values(rejectedPixels).reduce((sum, n) => sum + n, 0);
  return {
    ...out.grids,
    rejectedPixels,
    solvedPixels: pixels - rejectedCount,
    rankDeficientPixels: out.grids.rankDeficient.reduce((sum, flag) => sum + flag, 0),
    patterns,
    overallResidualRmsMm: Math.sqrt(squares / count),
  };
}

/** Variance of a slope that several parts share, each with an offset of its own. */
function spreadVariance(years: Float64Array, { partOf, parts }: NormalFactor): number {
  const [sum, size, squares] = [0, 0, 0].map(() => new Float64Array(parts)) as [
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  partOf.forEach((part, k) => {
    const t = years[k] as number;
    sum[part] = (sum[part] as number) + t;
    squares[part] = (squares[part] as number) + t * t;
    size[part] = (size[part] as number) + 1;
  });
  return (
    1 / sum.reduce((all, s, c) => all + (squares[c] as number) - s ** 2 / (size[c] as number), 0)
  );
}

function weightOf(input: SolveInput, pair: number, pixel: number | null): number {
  if (input.weighting === 'none') return 1;
  const own = pixel === null ? Number.NaN : (input.scenes[pair]?.coherence[pixel] as number);
  const coherence = Number.isNaN(own) ? (input.pairCoherence[pair] ?? 0.5) : own;
  return phaseWeight(coherence, input.looks);
}
