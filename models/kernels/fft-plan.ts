/**
 * Plans of mixed-radix Stockham FFTs for the kernels `fft` and `fk`. In: a length. Out: its passes
 * and their twiddle factors.
 * @module
 */
import { InvalidInputError } from '../../core/errors.js';

/** One pass over the data; see `pass` of assembly/fft.ts. */
export interface FftPass {
  readonly radix: 2 | 3 | 4 | 5;
  readonly m: number;
  readonly s: number;
  /** Byte offset of its factors in the plan's table. */
  readonly twiddlesAt: number;
}

export interface FftPlan {
  readonly length: number;
  readonly passes: readonly FftPass[];
  /** exp(-2 pi i j p / (radix m)), [pass][p][j = 1 .. radix - 1][re, im]. */
  readonly twiddles: Float32Array;
}

/** `pass` as a kernel exports it; the inverse (unscaled) takes 16 for `first`. */
export type PassFunction = (
  radix: number,
  from: number,
  to: number,
  m: number,
  s: number,
  twiddles: number,
  first: number,
) => void;

/** Cost of a pass an element, measured, relative: radix 4 does the work of two passes of radix 2. */
const COST = { 2: 0.8, 3: 1.1, 4: 1.1, 5: 1.6 } as const;

/** Throws InvalidInputError when the length has prime factors above 5. */
export function fftPlan(length: number): FftPlan {
  const radices = radicesOf(length);
  if (!radices) {
    throw new InvalidInputError({
      what: 'FFT length',
      reason: `${length} is not a product of 2, 3 and 5`,
      remedy: 'pad to fastLength of it',
    });
  }
  const factors: number[] = [];
  const passes: FftPass[] = [];
  let [remaining, s] = [length, 1];
  for (const radix of radices) {
    const m = remaining / radix;
    passes.push({ radix, m, s, twiddlesAt: 4 * factors.length });
    for (let p = 0; p < m; p++) {
      for (let j = 1; j < radix; j++) {
        const angle = (-2 * Math.PI * ((j * p) % remaining)) / remaining;
        factors.push(Math.cos(angle), Math.sin(angle));
      }
    }
    [remaining, s] = [m, s * radix];
  }
  return { length, passes, twiddles: Float32Array.from(factors) };
}

/** The length of at least `atLeast` whose transform costs least. */
export function fastLength(atLeast: number): number {
  let [best, least] = [0, Infinity];
  for (let length = Math.max(1, Math.ceil(atLeast)); length <= 2 * atLeast + 2; length++) {
    const radices = radicesOf(length);
    if (!radices) continue;
    const cost = length * radices.reduce((sum, radix) => sum + COST[radix], 0.5);
    if (cost < least) [best, least] = [length, cost];
    // No plan is cheaper than radix 4 throughout.
    if ((length * COST[4] * Math.log2(length)) / 2 > least) break;
  }
  return best;
}

/** The shortest length of at least `atLeast` that a plan exists for. */
export function smoothLength(atLeast: number): number {
  let length = Math.max(1, Math.ceil(atLeast));
  while (!radicesOf(length)) length++;
  return length;
}

/**
 * Runs a plan. `from` and `spare`: addresses of `length` elements each; returns the one that holds
 * the result. `twiddlesAt`: where the caller put the plan's table.
 */
export function runFft(input: {
  readonly plan: FftPlan;
  readonly pass: PassFunction;
  readonly from: number;
  readonly spare: number;
  readonly twiddlesAt: number;
  readonly inverse: boolean;
}): number {
  const { plan, pass, twiddlesAt, inverse } = input;
  let [a, b] = [input.from, input.spare];
  for (const { radix, m, s, twiddlesAt: at } of plan.passes) {
    pass(radix, a, b, m, s, twiddlesAt + at, inverse ? 16 : 0);
    [a, b] = [b, a];
  }
  return a;
}

function radicesOf(length: number): (2 | 3 | 4 | 5)[] | null {
  const radices: (2 | 3 | 4 | 5)[] = [];
  let rest = length;
  for (const radix of [5, 3, 4, 2] as const) {
    while (rest % radix === 0) {
      radices.push(radix);
      rest /= radix;
    }
  }
  return rest === 1 && length >= 1 ? radices : null;
}
