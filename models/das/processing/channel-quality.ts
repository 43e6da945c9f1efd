/**
 * Which channels of a block carry signal. In: samples. Out: a verdict for each channel.
 * @module
 */
import { median, quantile } from '../../signal/robust.js';
import { checkBlock, type ChannelBlock } from './block.js';

/** `dead`: no signal; `saturated`: sticks to its extremes; `noisy`: far louder than its neighbours. */
export type ChannelVerdict = 'good' | 'dead' | 'saturated' | 'noisy' | 'not-finite';

export interface QualityLimits {
  /** Noise below this share of the neighbours' median is dead. */
  readonly deadBelow: number;
  /** Noise above this multiple of the neighbours' median is noisy. */
  readonly noisyAbove: number;
  /** Share of samples at the channel's extreme (or at `fullScale`) that makes it saturated. */
  readonly clippedShare: number;
  /** Neighbours on each side whose noise is compared with, channels. */
  readonly neighbours: number;
  /** Largest value the interrogator can write, in the samples' unit; null if unknown. */
  readonly fullScale: number | null;
}

export const DEFAULT_QUALITY_LIMITS: QualityLimits = {
  deadBelow: 0.02,
  noisyAbove: 20,
  clippedShare: 0.005,
  neighbours: 50,
  fullScale: null,
};

/** Stretches the noise is measured in, a block. */
const STRETCHES = 16;

export interface ChannelQuality {
  readonly verdicts: readonly ChannelVerdict[];
  /** 1 for good channels, [channel]. */
  readonly usable: Uint8Array;
  /** Noise level, [channel], in the samples' unit: see `channelNoise`. */
  readonly noise: Float64Array;
}

/**
 * Judges channels by their noise (lower-quartile root mean square of sixteenths of the block, so
 * that an earthquake does not count) against the median of their neighbours', and by how often they
 * stick to an extreme value. Give band-passed or at least demeaned samples; saturation shows only in
 * raw ones.
 */
export function channelQuality(input: {
  readonly block: ChannelBlock;
  readonly limits?: Partial<QualityLimits>;
}): ChannelQuality {
  const block = checkBlock(input.block);
  const limits = { ...DEFAULT_QUALITY_LIMITS, ...input.limits };
  const noise = channelNoise(block);
  const typical = neighbourMedian(noise, limits.neighbours);
  const verdicts = Array.from(noise, (own, c): ChannelVerdict => {
    if (Number.isNaN(own)) return 'not-finite';
    if (!(own > limits.deadBelow * (typical[c] as number))) return 'dead';
    if (isSaturated(block, c, limits)) return 'saturated';
    return own > limits.noisyAbove * (typical[c] as number) ? 'noisy' : 'good';
  });
  const usable = Uint8Array.from(verdicts, (verdict) => (verdict === 'good' ? 1 : 0));
  return { verdicts, usable, noise };
}

/** Lower-quartile standard deviation of sixteenths of each channel; NaN if a sample is not finite. */
export function channelNoise(block: ChannelBlock): Float64Array {
  const { samples, channelCount, sampleCount } = block;
  const step = Math.max(2, Math.floor(sampleCount / STRETCHES));
  return Float64Array.from({ length: channelCount }, (_, c) => {
    const levels: number[] = [];
    for (let from = 0; from + step <= sampleCount; from += step) {
      let [sum, squares] = [0, 0];
      for (let i = c * sampleCount + from; i < c * sampleCount + from + step; i++) {
        sum += samples[i] as number;
        squares += (samples[i] as number) ** 2;
      }
      levels.push(Math.sqrt(Math.max(0, squares / step - (sum / step) ** 2)));
    }
    return levels.some((x) => !Number.isFinite(x)) ? Number.NaN : quantile(levels, 0.25);
  });
}

/** Median over up to `reach` channels on each side that have any signal; 0 when none has. */
function neighbourMedian(noise: Float64Array, reach: number): Float64Array {
  return noise.map((_, c) => {
    const near = noise.subarray(Math.max(0, c - reach), c + reach + 1).filter((x) => x > 0);
    return near.length === 0 ? 0 : median(near);
  });
}

function isSaturated(block: ChannelBlock, channel: number, limits: QualityLimits): boolean {
  const { samples, sampleCount } = block;
  const row = samples.subarray(channel * sampleCount, (channel + 1) * sampleCount);
  let [most, least] = [-Infinity, Infinity];
  for (const x of row) {
    most = Math.max(most, x);
    least = Math.min(least, x);
  }
  const { fullScale, clippedShare } = limits;
  if (fullScale !== null) [most, least] = [Math.min(most, fullScale), Math.max(least, -fullScale)];
  let [atMost, atLeast] = [0, 0];
  for (const x of row) {
    if (x >= most) atMost++;
    if (x <= least) atLeast++;
  }
  // A single largest sample is no saturation, however short the block.
  return Math.max(atMost, atLeast) > Math.max(2, clippedShare * sampleCount);
}
