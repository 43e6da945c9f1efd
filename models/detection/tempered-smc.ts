/**
 * Tempered sequential Monte Carlo (Del Moral, Doucet & Jasra 2006): from a proposal that can be
 * drawn and evaluated to a target known up to a constant, with the evidence as a by-product.
 * @module
 */
import type { Random } from '../../core/random.js';
import { cholesky } from '../numerics/linear-algebra.js';
import { logSumExp } from '../numerics/special.js';
import {
  effectiveSampleSize,
  normalizedWeights,
  systematicResample,
} from '../numerics/weighted.js';

/** What is sampled. States are [dimension]. */
export interface SmcProblem {
  readonly dimension: number;
  /** Draws a state of the proposal. */
  draw(random: Random): Float64Array;
  /** Normalised log density of the proposal. */
  logProposal(state: ArrayLike<number>): number;
  /**
   * log density of the target, up to the constant that `logEvidence` estimates. NaN counts as no mass:
   * one state that a likelihood cannot judge must not end a window.
   */
  logTarget(state: ArrayLike<number>): number;
  /**
   * A move that keeps volume and is as likely as its inverse (a rotation about a sensor), in place;
   * used beside random walks for targets that bend, such as rings.
   */
  readonly symmetricMove?: (state: Float64Array, random: Random) => void;
}

/** Equally weighted draws of the target. */
export interface SmcResult {
  /** [particle, dimension], row-major. */
  readonly states: Float64Array;
  readonly count: number;
  readonly dimension: number;
  /** log of the integral of the target. */
  readonly logEvidence: number;
  readonly temperatures: number;
  /** Share of accepted moves in the last round. */
  readonly acceptance: number;
}

/** Share of particles kept effective by each step of temperature. */
const KEEP_EFFECTIVE = 0.5;
/** Random walks at each temperature and at the last; every third move may be a symmetric one. */
const MOVES_PER_TEMPERATURE = 6;
const LAST_TIMES = 2;
const MAX_TEMPERATURES = 80;
/** Random-walk scales tried in turn, times 2.38 / sqrt(dimension) (Gelman, Roberts & Gilks 1996). */
const SCALES = [1, 0.35, 0.12, 0.7] as const;

/** Runs the sampler. Deterministic for a given generator. Null when no draw has target mass. */
export function temperedSmc(input: {
  readonly problem: SmcProblem;
  readonly count: number;
  readonly random: Random;
  /** Moves at each temperature (twice as many at the last); default 6. */
  readonly moves?: number;
  /**
   * States drawn from the proposal, of which the first step keeps `count`; default `count`. Narrow
   * modes far apart need many: what no draw comes near is lost.
   */
  readonly draws?: number;
  /** Called after each temperature with the share of the way (0 to 1). */
  readonly onTemperature?: (beta: number) => void;
}): SmcResult | null {
  const { problem, count, random } = input;
  const d = problem.dimension;
  const draws = Math.max(count, input.draws ?? count);
  let states = new Float64Array(draws * d);
  let logQ = new Float64Array(draws);
  let logT = new Float64Array(draws);
  for (let i = 0; i < draws; i++) {
    const state = problem.draw(random);
    states.set(state, i * d);
    logQ[i] = problem.logProposal(state);
    logT[i] = massAt(problem, state);
  }
  if (!logT.some((t) => t > Number.NEGATIVE_INFINITY)) return null;

  let beta = 0;
  let logEvidence = 0;
  let temperatures = 0;
  let acceptance = 0;
  const stepScale = new Float64Array(SCALES.length).fill(1);
  while (beta < 1 && temperatures < MAX_TEMPERATURES) {
    const gain = Float64Array.from(logT, (t, i) => t - (logQ[i] as number));
    const last = temperatures === MAX_TEMPERATURES - 1;
    const next = last ? 1 : nextTemperature(gain, beta, count);
    const logWeights = gain.map((g) => weightAt(g, next - beta));
    logEvidence += logSumExp(logWeights) - Math.log(logWeights.length);
    const picks = systematicResample(normalizedWeights(logWeights), count, random);
    const oldStates = states;
    const oldQ = logQ;
    const oldT = logT;
    states = new Float64Array(count * d);
    logQ = new Float64Array(count);
    logT = new Float64Array(count);
    for (let i = 0; i < count; i++) {
      const from = picks[i] as number;
      states.set(oldStates.subarray(from * d, (from + 1) * d), i * d);
      logQ[i] = oldQ[from] as number;
      logT[i] = oldT[from] as number;
    }
    beta = next;
    temperatures++;
    const moves = (input.moves ?? MOVES_PER_TEMPERATURE) * (beta === 1 ? LAST_TIMES : 1);
    acceptance = move({ problem, states, logQ, logT, beta, moves, random, stepScale });
    input.onTemperature?.(beta);
  }
  return { states, count, dimension: d, logEvidence, temperatures, acceptance };
}

/** +Infinity is no density either. */
function massAt(problem: SmcProblem, state: ArrayLike<number>): number {
  const target = problem.logTarget(state);
  return target < Number.POSITIVE_INFINITY ? target : Number.NEGATIVE_INFINITY;
}

/** 0 x -Infinity must stay -Infinity: a state outside the target has no weight at any step. */
function weightAt(gain: number, step: number): number {
  return gain === Number.NEGATIVE_INFINITY ? gain : gain * step;
}

/** Largest step that keeps the effective sample size (of at most `count`), by bisection. */
function nextTemperature(gain: Float64Array, beta: number, count: number): number {
  const alive = Math.min(count, gain.filter((g) => g > Number.NEGATIVE_INFINITY).length);
  const effective = (next: number): number =>
    effectiveSampleSize(normalizedWeights(gain.map((g) => weightAt(g, next - beta))));
  const wanted = KEEP_EFFECTIVE * alive;
  if (effective(1) >= wanted) return 1;
  let low = beta;
  let high = 1;
  for (let i = 0; i < 40; i++) {
    const middle = (low + high) / 2;
    if (effective(middle) >= wanted) low = middle;
    else high = middle;
  }
  return low > beta ? low : high;
}

/** Metropolis moves of all particles; returns the share accepted. Adapts the step scales. */
function move(input: {
  readonly problem: SmcProblem;
  readonly states: Float64Array;
  readonly logQ: Float64Array;
  readonly logT: Float64Array;
  readonly beta: number;
  readonly moves: number;
  readonly random: Random;
  readonly stepScale: Float64Array;
}): number {
  const { problem, states, logQ, logT, beta, random, stepScale } = input;
  const d = problem.dimension;
  const count = logQ.length;
  const lower = cholesky(particleCovariance(states, count, d), d);
  const proposal = new Float64Array(d);
  const noise = new Float64Array(d);
  let accepted = 0;
  let walk = -1;
  for (let round = 0; round < input.moves; round++) {
    const rotate = problem.symmetricMove !== undefined && round % 3 === 2;
    if (!rotate) walk++;
    const kind = walk % SCALES.length;
    const scale = (SCALES[kind] as number) * (stepScale[kind] as number) * (2.38 / Math.sqrt(d));
    let here = 0;
    for (let i = 0; i < count; i++) {
      proposal.set(states.subarray(i * d, (i + 1) * d));
      for (let k = 0; k < d; k++) noise[k] = random.normal();
      for (let k = 0; k < d; k++) {
        let step = 0;
        for (let j = 0; j <= k; j++) step += (lower[k * d + j] as number) * (noise[j] as number);
        proposal[k] = (proposal[k] as number) + scale * step;
      }
      if (rotate) {
        proposal.set(states.subarray(i * d, (i + 1) * d));
        problem.symmetricMove?.(proposal, random);
      }
      const target = massAt(problem, proposal);
      if (target === Number.NEGATIVE_INFINITY) continue;
      const q = problem.logProposal(proposal);
      const change = (1 - beta) * (q - (logQ[i] as number)) + beta * (target - (logT[i] as number));
      if (Math.log(1 - random.uniform()) < change) {
        states.set(proposal, i * d);
        logQ[i] = q;
        logT[i] = target;
        here++;
      }
    }
    accepted += here;
    // Towards 25 % acceptance, gently: the next temperature is a little narrower anyway.
    if (!rotate) {
      const factor = Math.exp(here / count - 0.25);
      stepScale[kind] = Math.min(3, Math.max(0.1, (stepScale[kind] as number) * factor));
    }
  }
  return accepted / (count * input.moves);
}

/** Covariance of the particles with a floor on the diagonal, [d, d]. */
export function particleCovariance(states: Float64Array, count: number, d: number): Float64Array {
  const mean = new Float64Array(d);
  for (let i = 0; i < count; i++) {
    for (let k = 0; k < d; k++)
      mean[k] = (mean[k] as number) + (states[i * d + k] as number) / count;
  }
  const covariance = new Float64Array(d * d);
  for (let i = 0; i < count; i++) {
    for (let k = 0; k < d; k++) {
      const a = (states[i * d + k] as number) - (mean[k] as number);
      for (let j = 0; j <= k; j++) {
        const b = (states[i * d + j] as number) - (mean[j] as number);
        covariance[k * d + j] = (covariance[k * d + j] as number) + (a * b) / count;
      }
    }
  }
  for (let k = 0; k < d; k++) {
    covariance[k * d + k] = (covariance[k * d + k] as number) * (1 + 1e-6) + 1e-8;
    for (let j = 0; j < k; j++) covariance[j * d + k] = covariance[k * d + j] as number;
  }
  return covariance;
}
