/**
 * log p(counts | quake at each step of time, expected number of posts): mixtures over the size of the
 * burst, filled one step at a time.
 * @module
 */
import { logSumExp } from '../../numerics/special.js';
import type { PeopleParameters } from './parameters.js';
import { burstWeights, gridPlace } from './size-prior.js';

export interface ExpectedTable {
  /** Likelihoods of one delay: log by size. */
  add(delay: number, perSize: Float64Array): void;
  /** The delays of a step are complete. */
  finish(step: number): void;
  /** All steps are complete; `without` is log p(counts | no quake), or one that nobody wrote about. */
  close(without: number): void;
  /** Values at a step and the next one. */
  at(step: number, logExpected: number): { readonly lower: number; readonly upper: number };
}

/** `edges` of the sizes as in `burstWeights`; delays are equally likely. */
export function expectedTable(input: {
  readonly steps: number;
  readonly delays: number;
  readonly edges: readonly number[];
  readonly sigma: number;
  readonly people: PeopleParameters;
}): ExpectedTable {
  const { steps, delays } = input;
  const rows = burstWeights(input);
  const sizes = input.edges.length - 1;
  const columns = rows.length;
  const table = new Float64Array(steps * columns);
  const logs = new Float64Array(sizes * delays);
  const likelihood = new Float64Array(sizes);
  const value = (step: number, index: number, share: number): number => {
    const at = step * columns + index;
    return (table[at] as number) * (1 - share) + (table[at + 1] as number) * share;
  };
  return {
    add: (delay, perSize) => {
      for (let s = 0; s < sizes; s++) logs[s * delays + delay] = perSize[s] as number;
    },
    finish: (step) => {
      let top = Number.NEGATIVE_INFINITY;
      for (let s = 0; s < sizes; s++) {
        const mean = logSumExp(logs.subarray(s * delays, (s + 1) * delays)) - Math.log(delays);
        likelihood[s] = mean;
        top = Math.max(top, mean);
      }
      for (let s = 0; s < sizes; s++) likelihood[s] = Math.exp((likelihood[s] as number) - top);
      rows.forEach((row, c) => {
        let sum = 0;
        for (let s = 0; s < sizes; s++) sum += (row[s + 1] as number) * (likelihood[s] as number);
        table[step * columns + c] = top + Math.log(sum);
      });
    },
    close: (without) => {
      for (let i = 0; i < table.length; i++) {
        const none = Math.log(rows[i % columns]?.[0] as number) + without;
        table[i] = logSumExp([table[i] as number, none]);
      }
    },
    at: (step, logExpected) => {
      const { index, share } = gridPlace(logExpected);
      return { lower: value(step, index, share), upper: value(step + 1, index, share) };
    },
  };
}
