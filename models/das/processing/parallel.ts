/**
 * Fibre processing spread over worker threads. In: blocks and states in shared memory. Out: the same
 * values as the functions of one thread, bit by bit: channels do not know each other.
 * @module
 */
import type { ComputePool } from '../../../core/compute.js';
import { InvalidInputError } from '../../../core/errors.js';
import type { FilterState } from './band-pass.js';
import { checkBlock, float32, type ChannelBlock, type ChannelRange } from './block.js';
import { decimatedCount, type DecimationState } from './decimate.js';
import { FAN_BATCH, fanPlan, fanSpectra, type Fan } from './fan-plan.js';
import type { StaLtaState } from './sta-lta.js';
import type { fibreProcessingTasks } from './tasks.js';

/** Threads that serve `fibreProcessingTasks`. */
export interface Threads {
  readonly pool: ComputePool<typeof fibreProcessingTasks>;
  /** Pieces the work is cut into: some more than threads, so that a slow one is not waited for. */
  readonly parts: number;
}

/** Copy of a block in shared memory; the block itself when it lies there already. */
export function sharedBlock(block: ChannelBlock): ChannelBlock {
  if (isShared(block.samples)) return block;
  const samples = float32(block.samples.length, true);
  samples.set(block.samples);
  return { ...block, samples };
}

/**
 * `filterBlock` over threads. The state's delays must be shared (`startFilter` with `shared`) and are
 * overwritten; pass `output` to reuse memory. Throws InvalidInputError when memory is not shared.
 */
export async function filterParallel(
  input: Threads & {
    readonly state: FilterState;
    readonly block: ChannelBlock;
    readonly output?: Float32Array;
  },
): Promise<{ readonly block: ChannelBlock; readonly state: FilterState }> {
  const { state, pool, parts } = input;
  const block = checked(input.block, state.delays);
  const output = input.output ?? float32(block.samples.length, true);
  await over(block.channelCount, 4, parts, (channels) =>
    pool.run('filterPart', { state, block, channels, output }),
  );
  const samplesSeen = state.samplesSeen + block.sampleCount;
  return { block: { ...block, samples: output }, state: { ...state, samplesSeen } };
}

/** `staLtaBlock` over threads; as `filterParallel`. */
export async function staLtaParallel(
  input: Threads & {
    readonly state: StaLtaState;
    readonly block: ChannelBlock;
    readonly output?: Float32Array;
  },
): Promise<{ readonly ratio: ChannelBlock; readonly state: StaLtaState }> {
  const { state, pool, parts } = input;
  const block = checked(input.block, state.sums);
  const output = input.output ?? float32(block.samples.length, true);
  await over(block.channelCount, 4, parts, (channels) =>
    pool.run('staLtaPart', { state, block, channels, output }),
  );
  const samplesSeen = state.samplesSeen + block.sampleCount;
  return { ratio: { ...block, samples: output }, state: { ...state, samplesSeen } };
}

/** `decimateBlock` over threads; as `filterParallel`. */
export async function decimateParallel(
  input: Threads & { readonly state: DecimationState; readonly block: ChannelBlock },
): Promise<{ readonly block: ChannelBlock; readonly state: DecimationState }> {
  const { state, pool, parts } = input;
  const block = checked(input.block, state.history);
  const { channelCount } = block;
  const samplesSeen = state.samplesSeen + block.sampleCount;
  const sampleCount = decimatedCount(state, samplesSeen) - decimatedCount(state, state.samplesSeen);
  const output = float32(channelCount * sampleCount, true);
  await over(channelCount, 4, parts, (channels) =>
    pool.run('decimatePart', { state, block, channels, output }),
  );
  return {
    block: { samples: output, channelCount, sampleCount },
    state: { ...state, samplesSeen },
  };
}

/** `removeCommonMode` over threads, which share the instants. */
export async function removeCommonModeParallel(
  input: Threads & { readonly block: ChannelBlock; readonly usable?: Uint8Array },
): Promise<{ readonly block: ChannelBlock; readonly commonMode: Float32Array }> {
  const { pool, parts, usable } = input;
  const block = checked(input.block);
  const output = float32(block.samples.length, true);
  const commonMode = float32(block.sampleCount, true);
  // 16 instants are one cache line of a channel.
  await over(block.sampleCount, 16, parts, (times) =>
    pool.run('commonModePart', {
      block,
      times,
      output,
      commonMode,
      ...(usable ? { usable } : {}),
    }),
  );
  return { block: { ...block, samples: output }, commonMode };
}

/**
 * `fanFilter` over threads. Pass `spectra` (`fanSpectra` with `shared`) and `output` to reuse memory
 * from block to block.
 */
export async function fanFilterParallel(
  input: Threads & {
    readonly fan: Fan;
    readonly block: ChannelBlock;
    readonly spectra?: Float32Array;
    readonly output?: Float32Array;
  },
): Promise<ChannelBlock> {
  const { pool, parts, fan } = input;
  const block = checked(input.block);
  const { channelCount, sampleCount, samples } = block;
  const plan = fanPlan({ fan, channelCount, sampleCount });
  const spectra = input.spectra ?? fanSpectra(plan, true);
  const output = input.output ?? float32(samples.length, true);
  await over(channelCount, FAN_BATCH, parts, (channels) =>
    pool.run('fanForwardPart', { plan, samples, channels, spectra }),
  );
  await over(plan.tiles, 1, parts, (tiles) => pool.run('fanMaskPart', { plan, spectra, tiles }));
  await over(channelCount, FAN_BATCH, parts, (channels) =>
    pool.run('fanInversePart', { plan, spectra, channels, output }),
  );
  return { ...block, samples: output };
}

/** Runs `task` for ranges of whole `unit`s that cover `[0, count)`. */
async function over(
  count: number,
  unit: number,
  parts: number,
  task: (range: ChannelRange) => Promise<null>,
): Promise<void> {
  const units = Math.ceil(count / unit);
  const pieces = Math.max(1, Math.min(parts, units));
  const edge = (i: number): number => Math.min(count, unit * Math.round((i * units) / pieces));
  await Promise.all(
    Array.from({ length: pieces }, (_, i) => task({ from: edge(i), to: edge(i + 1) })),
  );
}

function checked(block: ChannelBlock, state?: Float32Array | Float64Array): ChannelBlock {
  if (!isShared(block.samples) || (state && !isShared(state))) {
    throw new InvalidInputError({
      what: 'memory of a block or state',
      reason: 'worker threads would work on a copy of it',
      remedy: 'use sharedBlock for blocks and start states with `shared: true`',
    });
  }
  return checkBlock(block);
}

function isShared(array: Float32Array | Float64Array): boolean {
  return array.buffer instanceof SharedArrayBuffer || array.length === 0;
}
