/**
 * In: interferograms of one stack, already checked and corrected. Out: the time series and velocity of every
 * pixel with errors and quality, and the pixels left out with the reason. Pixels with the same valid pairs
 * are solved together: their normal equations are factored once.
 * @module
 */
import type { TaskContext } from '../../../core/compute.js';
import type { InsarScene } from '../../../core/waveform.js';
import { bridgeParts, spreadVariance } from './bridge.js';
import { flatPairs, type PairNetwork } from './network.js';
import { factorNormal, solveNormal } from './normal-factor.js';
import { groupPatterns, pairsOfPattern } from './patterns.js';
import {
  countRejected,
  pixelChecks,
  throwIfNothingSurvives,
  type SbasThresholds,
} from './rejections.js';
import {
  BLOCK_LANES,
  createBlockSolver,
  EACH_LANES,
  LEAST_PIVOT,
  type SolverPattern,
} from './solve-block.js';
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

/** Pixels that share their pairs within a chunk, from which on a factor of their own pays. */
const SHARED_PIXELS = 16;

/** What is known of a pixel before it is solved: see PixelResult. */
interface PixelFacts {
  /** Pairs with data. */
  readonly count: number;
  /** Variance of the velocity for residuals of unit variance; NaN where the series had to be bridged. */
  readonly rateVariance: number;
  /** Pairs beyond those that the series needs. */
  readonly freedom: number;
  /** Of the fit of the model: see PixelResult. */
  readonly epochFreedom: number;
  readonly unitVariance: number;
  readonly isBridged: boolean;
}

interface Prepared extends SolverPattern, PixelFacts {
  readonly used: Int32Array;
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
  const allPairs = flatPairs(network.pairs);
  const rate = model.operator.slice(VELOCITY_TERM * epochs, (VELOCITY_TERM + 1) * epochs);
  const solver = createBlockSolver({ allPairs, epochs, matrix, rate });
  const out = createStackGrids({ pixels, epochs, terms: model.names, bootstrap: samples });
  const checks = pixelChecks(input, out.rejection);
  const draws = new Float64Array(samples);
  const onePart = new Int32Array(epochs);
  const pairWeights = grids.map((_, k) => weightOf(input, k, null));
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
      ...{ used, count: used.length, pairs, weights, factor, freedom },
      isBridged: factor.parts > 1,
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
      settle(members.slice(start, start + width), lanes, () => prepared);
    }
  };

  /** Pixels with pairs of their own, one a lane; those whose epochs are not all connected are solved as a group. */
  const solveEach = (members: readonly number[], keys: readonly string[]): void => {
    const lanes = members.length + (members.length & 1);
    const { data, weights } = solver;
    const counts = new Int32Array(lanes);
    for (let k = 0; k < grids.length; k++) {
      const grid = grids[k] as Float32Array;
      const offset = offsets[k] as number;
      for (let i = 0; i < lanes; i++) {
        const pixel = members[i];
        const value = pixel === undefined ? Number.NaN : (grid[pixel] as number);
        const isValid = value === value;
        data[k * lanes + i] = isValid ? 1000 * (value - offset) : 0;
        weights[k * lanes + i] = !isValid
          ? 0
          : input.weighting === 'pixel'
            ? weightOf(input, k, pixel as number)
            : (pairWeights[k] as number);
        if (isValid) counts[i] = (counts[i] as number) + 1;
      }
    }
    const solved = solver.solveEach(lanes);
    const isSolved = members.map((_, i) => (solved[i] as number) > LEAST_PIVOT);
    bridgeParts({ series: solver.series, lanes, years: network.years, partOf: onePart, parts: 1 });
    settle(members, lanes, (i) => {
      if (!isSolved[i]) return null;
      patterns++;
      const freedom = (counts[i] as number) - epochs + 1;
      return {
        count: counts[i] as number,
        freedom,
        epochFreedom: epochs - terms,
        rateVariance: freedom < 1 ? Number.NaN : (solved[lanes + i] as number),
        unitVariance: plainVariance,
        isBridged: false,
      };
    });
    members.forEach((pixel, i) => {
      if (!isSolved[i]) {
        const own = input.weighting === 'pixel' ? pixel : null;
        solveGroup(prepare(keys[i] as string, own), [pixel]);
      }
    });
  };

  /** Misfit and model of the block that was solved last, written out; pixels without facts are left alone. */
  const settle = (
    members: readonly number[],
    lanes: number,
    factsOf: (lane: number) => PixelFacts | null,
  ): void => {
    const fit = solver.misfit(radiansPerMm).slice();
    const values = solver.combine();
    for (let i = 0; i < members.length; i++) {
      const facts = factsOf(i);
      if (!facts) continue;
      const pixel = members[i] as number;
      const coherence = fit[2 * lanes + i] as number;
      best = Math.max(best, coherence);
      if (coherence < thresholds.minTemporalCoherence) {
        checks.reject(pixel, 'temporalCoherence');
        continue;
      }
      const own = fit[i] as number;
      for (let b = 0; b < samples; b++) draws[b] = values[(terms + b) * lanes + i] as number;
      out.put({
        pixel,
        lanes,
        lane: i,
        series: solver.series,
        values,
        draws,
        model,
        squares: own,
        coherence,
        pairs: facts.count,
        rateVariance: facts.rateVariance * ((fit[lanes + i] as number) / facts.freedom),
        freedom: facts.epochFreedom,
        unitVariance: facts.unitVariance,
        isBridged: facts.isBridged,
      });
      squares += own;
      count += facts.count;
    }
  };

  for (let start = 0; start < pixels; start += CHUNK_PIXELS) {
    context?.throwIfCancelled();
    context?.progress({ fraction: start / pixels, note: `${start} of ${pixels} pixels` });
    const end = Math.min(pixels, start + CHUNK_PIXELS);
    const { groups } = groupPatterns(grids, start, end, checks.isWanted);
    const [single, singleKeys]: [number[], string[]] = [[], []];
    const flush = (): void => {
      if (single.length > 0) solveEach(single.splice(0), singleKeys.splice(0));
    };
    for (const [key, members] of groups) {
      let prepared = known.get(key);
      if (input.weighting === 'pixel' || (!prepared && members.length < SHARED_PIXELS)) {
        for (const pixel of members) {
          single.push(pixel);
          singleKeys.push(key);
          if (single.length === EACH_LANES) flush();
        }
        continue;
      }
      if (!prepared) {
        if (known.size >= MOST_PATTERNS) known = new Map();
        prepared = prepare(key, null);
        known.set(key, prepared);
      }
      solveGroup(prepared, members);
    }
    flush();
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

function weightOf(input: SolveInput, pair: number, pixel: number | null): number {
  if (input.weighting === 'none') return 1;
  const own = pixel === null ? Number.NaN : (input.scenes[pair]?.coherence[pixel] as number);
  const coherence = Number.isNaN(own) ? (input.pairCoherence[pair] ?? 0.5) : own;
  return phaseWeight(coherence, input.looks);
}
