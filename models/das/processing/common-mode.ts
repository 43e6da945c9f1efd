/**
 * Common-mode removal: what all channels of an interrogator see in the same sample is its laser or
 * its clock, not the ground. In: samples. Out: samples less the median over channels of each instant.
 * @module
 */
import { InvalidInputError } from '../../../core/errors.js';
import { WORKSPACE_START, kernelWorkspace } from '../../kernels/workspace.js';
import { checkBlock, type ChannelBlock } from './block.js';

interface Functions {
  removeColumnMedians(
    ...numbers: [
      block: number,
      stride: number,
      rows: number,
      columns: number,
      chosen: number,
      count: number,
      keys: number,
      medians: number,
    ]
  ): void;
}

/** Instants of a tile: one 64-byte cache line a channel. */
const TILE_SAMPLES = 16;

/**
 * x(c, t) - median over usable channels of x(., t); of an even number of channels the mean of the two
 * in the middle, in float32 as numpy. `usable`: 1 for channels that enter the median, all by default;
 * it is taken off the others too. A wave that reaches all channels at once is removed as well: use it
 * on fibres longer than the waves looked for. Throws InvalidInputError when no channel is usable.
 */
export function removeCommonMode(input: {
  readonly block: ChannelBlock;
  readonly usable?: Uint8Array;
}): {
  readonly block: ChannelBlock;
  /** [time], in the samples' unit. */
  readonly commonMode: Float32Array;
} {
  const { channelCount, sampleCount } = checkBlock(input.block);
  const samples = new Float32Array(input.block.samples.length);
  const commonMode = new Float32Array(sampleCount);
  const times = { from: 0, to: sampleCount };
  removeCommonModeOver({ ...input, times, output: samples, commonMode });
  return { block: { samples, channelCount, sampleCount }, commonMode };
}

/** The same for some instants only, for threads that share memory. */
export function removeCommonModeOver(input: {
  readonly block: ChannelBlock;
  readonly usable?: Uint8Array;
  readonly times: { readonly from: number; readonly to: number };
  /** [channel][time], the whole block's; may be the input. */
  readonly output: Float32Array;
  readonly commonMode: Float32Array;
}): void {
  const { block, usable, times, output, commonMode } = input;
  const { samples, channelCount, sampleCount } = block;
  const chosen = usable ?? new Uint8Array(channelCount).fill(1);
  const count = chosen.reduce((n, x) => n + (x === 0 ? 0 : 1), 0);
  if (count === 0 || chosen.length !== channelCount) {
    throw new InvalidInputError({
      what: 'channel mask',
      reason: `${count} usable channels in a mask of ${chosen.length} for ${channelCount}`,
      remedy: 'give one entry a channel, at least one of them 1',
    });
  }
  const mediansAt = WORKSPACE_START;
  const chosenAt = mediansAt + 4 * TILE_SAMPLES;
  const keysAt = chosenAt + 16 * Math.ceil(channelCount / 16);
  const tileAt = keysAt + 16 * channelCount;
  const { functions, memory } = kernelWorkspace<Functions>({
    name: 'median',
    bytes: tileAt + 4 * channelCount * TILE_SAMPLES - WORKSPACE_START,
  });
  const { buffer } = memory;
  new Uint8Array(buffer, chosenAt, channelCount).set(chosen);
  const tile = new Float32Array(buffer, tileAt, channelCount * TILE_SAMPLES);
  const medians = new Float32Array(buffer, mediansAt, TILE_SAMPLES);
  for (let from = times.from; from < times.to; from += TILE_SAMPLES) {
    const width = Math.min(TILE_SAMPLES, times.to - from);
    for (let c = 0; c < channelCount; c++) {
      const at = c * sampleCount + from;
      for (let t = 0; t < width; t++) tile[c * TILE_SAMPLES + t] = samples[at + t] as number;
    }
    functions.removeColumnMedians(
      tileAt,
      4 * TILE_SAMPLES,
      channelCount,
      4 * Math.ceil(width / 4),
      chosenAt,
      count,
      keysAt,
      mediansAt,
    );
    for (let c = 0; c < channelCount; c++) {
      const at = c * sampleCount + from;
      for (let t = 0; t < width; t++) output[at + t] = tile[c * TILE_SAMPLES + t] as number;
    }
    commonMode.set(medians.subarray(0, width), from);
  }
}
