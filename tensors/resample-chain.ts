/**
 * One chain of samples onto a grid. In: a chain and a grid. Out: values and the grid samples they
 * fill; nothing is filled where a sample within reach of the filter is missing.
 * @module
 */
import { NS_PER_S, floorDiv } from '../core/time.js';
import { sincKernel, type SincKernel } from './kaiser-sinc.js';
import type { SampleGrid } from './sample-grid.js';
import type { SampleChain } from './sample-runs.js';

/** Where each grid sample lies in a chain: sample number and weights row, -1 when outside. */
interface Positions {
  readonly base: Int32Array;
  readonly row: Int32Array;
  readonly rows: readonly Float64Array[];
  /** True when every position is on a sample and the rates are equal: values are copied. */
  readonly onGrid: boolean;
}

/** Reusable across channels: a fibre's channels share their times, so positions are worked out once. */
export interface ResamplePlan {
  readonly grid: SampleGrid;
  readonly kernels: Map<number, SincKernel>;
  readonly positions: Map<string, Positions>;
}

export function resamplePlan(grid: SampleGrid): ResamplePlan {
  return { grid, kernels: new Map(), positions: new Map() };
}

/**
 * Writes the chain's value at each grid time into `values` where `filled` is still 0, and sets
 * `filled`. Shapes: both [grid.count].
 */
export function resampleChain(
  plan: ResamplePlan,
  chain: SampleChain,
  values: Float32Array,
  filled: Uint8Array,
): void {
  const { base, row, rows, onGrid } = positionsOf(plan, chain);
  const { samples } = chain;
  const half = onGrid ? 0 : kernelOf(plan, chain.rateHz).half;
  const missingBefore = onGrid ? null : countMissing(samples);
  for (let k = 0; k < base.length; k++) {
    if (filled[k] === 1 || row[k] === -1) continue;
    const at = base[k] as number;
    if (missingBefore === null) {
      if (at < 0 || at >= samples.length || !Number.isFinite(samples[at])) continue;
      values[k] = samples[at] as number;
      filled[k] = 1;
      continue;
    }
    const from = at - half + 1;
    const to = at + half;
    if (from < 0 || to >= samples.length) continue;
    if (missingBefore[to + 1] !== missingBefore[from]) continue;
    const weights = rows[row[k] as number] as Float64Array;
    let sum = 0;
    for (let i = 0; i < weights.length; i++) {
      sum += (weights[i] as number) * (samples[from + i] as number);
    }
    values[k] = sum;
    filled[k] = 1;
  }
}

function kernelOf(plan: ResamplePlan, rateHz: number): SincKernel {
  let kernel = plan.kernels.get(rateHz);
  if (!kernel) plan.kernels.set(rateHz, (kernel = sincKernel(rateHz, plan.grid.rateHz)));
  return kernel;
}

/** Running count of missing (non-finite) samples: [n + 1]. */
function countMissing(samples: Float32Array): Int32Array {
  const count = new Int32Array(samples.length + 1);
  for (let i = 0; i < samples.length; i++) {
    count[i + 1] = (count[i] as number) + (Number.isFinite(samples[i]) ? 0 : 1);
  }
  return count;
}

function positionsOf(plan: ResamplePlan, chain: SampleChain): Positions {
  const key = `${chain.rateHz}|${chain.knots.map((k) => `${k.index}@${k.timeNs}`).join(',')}`;
  let positions = plan.positions.get(key);
  if (!positions) {
    positions =
      chain.knots.length === 1 ? latticePositions(plan, chain) : knotPositions(plan, chain);
    plan.positions.set(key, positions);
  }
  return positions;
}

/** Exact positions on one lattice, in whole numbers. */
function latticePositions(plan: ResamplePlan, chain: SampleChain): Positions {
  const { grid } = plan;
  const { numerator, denominator } = chain.rate;
  const anchorNs = (chain.knots[0] as SampleChain['knots'][number]).timeNs;
  const unit = NS_PER_S * denominator;
  const kernel = kernelOf(plan, chain.rateHz);
  const base = new Int32Array(grid.count);
  const row = new Int32Array(grid.count);
  const rows: Float64Array[] = [];
  const rowOf = new Map<bigint, number>();
  let onGrid = chain.rateHz === grid.rateHz;
  for (let k = 0; k < grid.count; k++) {
    const scaled = (grid.startNs - anchorNs + BigInt(k) * grid.intervalNs) * numerator;
    const index = floorDiv(scaled, unit);
    const remainder = scaled - index * unit;
    if (remainder !== 0n) onGrid = false;
    base[k] = Number(index);
    let at = rowOf.get(remainder);
    if (at === undefined) {
      at = rows.push(kernel.weights(Number(remainder) / Number(unit))) - 1;
      rowOf.set(remainder, at);
    }
    row[k] = at;
  }
  return { base, row, rows, onGrid };
}

const KNOT_FRACTIONS = 1024;

/** Positions along a chain of blocks: linear between knots, at their rate beyond the ends. */
function knotPositions(plan: ResamplePlan, chain: SampleChain): Positions {
  const { grid } = plan;
  const kernel = kernelOf(plan, chain.rateHz);
  const [first] = chain.knots as [SampleChain['knots'][number]];
  const index = Float64Array.from(chain.knots, (k) => k.index);
  const time = Float64Array.from(chain.knots, (k) => Number(k.timeNs - first.timeNs));
  const base = new Int32Array(grid.count);
  const row = new Int32Array(grid.count).fill(-1);
  const rows: Float64Array[] = [];
  const rowOf = new Map<number, number>();
  const startOffset = Number(grid.startNs - first.timeNs);
  const last = chain.samples.length - 1;
  let segment = 0;
  for (let k = 0; k < grid.count; k++) {
    const t = startOffset + k * Number(grid.intervalNs);
    while (segment < index.length - 2 && t >= (time[segment + 1] as number)) segment++;
    const [t0, t1] = [time[segment] as number, time[segment + 1] as number];
    const [i0, i1] = [index[segment] as number, index[segment + 1] as number];
    const x = i0 + ((t - t0) / (t1 - t0)) * (i1 - i0);
    if (x < 0 || x > last) continue;
    // Stamps of blocks are good to milliseconds: 1/1024 sample loses nothing and bounds the rows.
    const rounded = Math.round(x * KNOT_FRACTIONS) / KNOT_FRACTIONS;
    const fraction = rounded - Math.floor(rounded);
    base[k] = Math.floor(rounded);
    let at = rowOf.get(fraction);
    if (at === undefined) {
      at = rows.push(kernel.weights(fraction)) - 1;
      rowOf.set(fraction, at);
    }
    row[k] = at;
  }
  return { base, row, rows, onGrid: false };
}
