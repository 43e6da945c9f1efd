/**
 * Blocks of fibre samples and the memory they lie in.
 * @module
 */
import { InvalidInputError } from '../../../core/errors.js';

/** Samples of neighbouring channels over one stretch of time. */
export interface ChannelBlock {
  /** Row-major [channel][time], any unit. */
  readonly samples: Float32Array;
  readonly channelCount: number;
  readonly sampleCount: number;
}

/** Half-open range of channels. `from` is a multiple of 4 for kernels that take four at a time. */
export interface ChannelRange {
  readonly from: number;
  readonly to: number;
}

/** Channels are processed four at a time; states are padded to whole groups. */
export const CHANNEL_GROUP = 4;

/** Zeros; in shared memory when worker threads are to see them. */
export function float32(length: number, shared = false): Float32Array {
  return shared ? new Float32Array(new SharedArrayBuffer(4 * length)) : new Float32Array(length);
}

/** As `float32`. */
export function float64(length: number, shared = false): Float64Array {
  return shared ? new Float64Array(new SharedArrayBuffer(8 * length)) : new Float64Array(length);
}

/** Channels rounded up to whole groups of four. */
export function paddedChannels(channelCount: number): number {
  return Math.ceil(channelCount / CHANNEL_GROUP) * CHANNEL_GROUP;
}

/** Throws InvalidInputError when sizes contradict each other. */
export function checkBlock(block: ChannelBlock): ChannelBlock {
  const { samples, channelCount, sampleCount } = block;
  const isWhole = Number.isInteger(channelCount) && Number.isInteger(sampleCount);
  if (
    !isWhole ||
    channelCount < 0 ||
    sampleCount < 0 ||
    samples.length !== channelCount * sampleCount
  ) {
    throw new InvalidInputError({
      what: 'channel block',
      reason: `${samples.length} samples for ${channelCount} channels of ${sampleCount}`,
      remedy: 'give channelCount times sampleCount samples, channel by channel',
    });
  }
  return block;
}

/**
 * Throws InvalidInputError naming the first sample that is not finite: one would stay in a recursive
 * filter for ever. Gaps are filled, or their channels masked, before.
 */
export function requireFinite(block: ChannelBlock): ChannelBlock {
  const at = firstNonFinite(block.samples);
  if (at >= 0) {
    const channel = Math.floor(at / block.sampleCount);
    throw new InvalidInputError({
      what: 'channel block',
      reason: `channel ${channel}, sample ${at % block.sampleCount} is ${block.samples[at]}`,
      remedy: 'replace samples that are not finite (repairNonFinite) or leave the channel out',
    });
  }
  return block;
}

/** Copy with 0 for what is not finite, and how many samples of each channel those were. */
export function repairNonFinite(block: ChannelBlock): {
  readonly block: ChannelBlock;
  readonly repaired: Uint32Array;
} {
  const { channelCount, sampleCount } = checkBlock(block);
  const samples = block.samples.slice();
  const repaired = new Uint32Array(channelCount);
  for (let i = 0; i < samples.length; i++) {
    // x - x is NaN for NaN and both infinities.
    if ((samples[i] as number) - (samples[i] as number) === 0) continue;
    samples[i] = 0;
    const channel = Math.floor(i / sampleCount);
    repaired[channel] = (repaired[channel] as number) + 1;
  }
  return { block: { ...block, samples }, repaired };
}

function firstNonFinite(samples: Float32Array): number {
  for (let i = 0; i < samples.length; i++) {
    if ((samples[i] as number) - (samples[i] as number) !== 0) return i;
  }
  return -1;
}
