/**
 * The f-k fan filter of a stream: overlapping windows, their edges blinded, the rest weighted and
 * added. In: packets and the state. Out: filtered samples and the next state; the same bytes however
 * the stream is cut, because windows lie at fixed samples of the stream.
 * @module
 */
import { InvalidInputError } from '../../../core/errors.js';
import { checkBlock, type ChannelBlock } from './block.js';
import { fanFilter } from './fan-filter.js';
import type { Fan } from './fan-plan.js';

/** Where a streaming fan filter stands. Plain data. */
export interface FanStreamState {
  readonly fan: Fan;
  readonly channelCount: number;
  /** Samples of a window. */
  readonly windowSamples: number;
  /** Samples at both ends of a window that are not used: the filter wraps and tapers there. */
  readonly blindSamples: number;
  /** Samples not yet left behind by all windows, [channel][sample]. */
  readonly pending: ChannelBlock;
  /** Weighted second half of the last window, [channel][hop]; empty before the first. */
  readonly tail: Float32Array;
  readonly windowsDone: number;
}

/**
 * A stream at rest. Windows follow each other by `hop = (windowSamples - 2 blindSamples) / 2`; within
 * a window's used part the weight is sin^2, so that two windows always add up to 1. Throws
 * InvalidInputError when no part of a window would be used.
 */
export function startFanStream(input: {
  readonly fan: Fan;
  readonly channelCount: number;
  readonly windowSamples: number;
  /** A tenth of the window when absent. */
  readonly blindSamples?: number;
}): FanStreamState {
  const { fan, channelCount, windowSamples } = input;
  const blindSamples = input.blindSamples ?? Math.floor(windowSamples / 10);
  const used = windowSamples - 2 * blindSamples;
  if (!Number.isInteger(windowSamples) || !(blindSamples >= 0 && used >= 2 && used % 2 === 0)) {
    throw new InvalidInputError({
      what: 'fan filter windows',
      reason: `${windowSamples} samples, ${blindSamples} blind at each end`,
      remedy: 'leave an even number of samples, at least 2, between the blind ends',
    });
  }
  return {
    fan,
    channelCount,
    windowSamples,
    blindSamples,
    pending: { samples: new Float32Array(0), channelCount, sampleCount: 0 },
    tail: new Float32Array(0),
    windowsDone: 0,
  };
}

/**
 * Filters the next samples. `firstSample`: which sample of the stream the output starts with; the
 * first output of all is sample `blindSamples`. Neither argument is changed.
 */
export function fanStreamBlock(input: {
  readonly state: FanStreamState;
  readonly block: ChannelBlock;
}): { readonly block: ChannelBlock; readonly firstSample: number; readonly state: FanStreamState } {
  const { state } = input;
  const { fan, channelCount, windowSamples, blindSamples, windowsDone } = state;
  const hop = (windowSamples - 2 * blindSamples) / 2;
  const stream = appended(state.pending, checkBlock(input.block));
  const count = Math.max(0, Math.floor((stream.sampleCount - windowSamples) / hop) + 1);
  const output = new Float32Array(channelCount * count * hop);
  let tail = state.tail;
  for (let w = 0; w < count; w++) {
    const window = part(stream, w * hop, windowSamples);
    const { samples } = fanFilter({ fan, block: window });
    const nextTail = new Float32Array(channelCount * hop);
    const isFirst = windowsDone + w === 0;
    for (let c = 0; c < channelCount; c++) {
      const from = c * windowSamples + blindSamples;
      const to = (c * count + w) * hop;
      for (let i = 0; i < hop; i++) {
        const weight = Math.sin((Math.PI * (i + 0.5)) / (2 * hop)) ** 2;
        const value = samples[from + i] as number;
        // Nothing overlaps the first half of the first window: it stands alone.
        output[to + i] = isFirst ? value : weight * value + (tail[c * hop + i] as number);
        nextTail[c * hop + i] = (1 - weight) * (samples[from + hop + i] as number);
      }
    }
    tail = nextTail;
  }
  const left = count * hop;
  return {
    block: { samples: output, channelCount, sampleCount: count * hop },
    firstSample: windowsDone * hop + blindSamples,
    state: {
      ...state,
      pending: part(stream, left, stream.sampleCount - left),
      tail,
      windowsDone: windowsDone + count,
    },
  };
}

function appended(a: ChannelBlock, b: ChannelBlock): ChannelBlock {
  if (a.channelCount !== b.channelCount) {
    throw new InvalidInputError({
      what: 'channel block',
      reason: `${b.channelCount} channels for a fan filter of ${a.channelCount}`,
      remedy: 'start a stream of its own for each set of channels',
    });
  }
  const sampleCount = a.sampleCount + b.sampleCount;
  const samples = new Float32Array(a.channelCount * sampleCount);
  for (let c = 0; c < a.channelCount; c++) {
    const at = c * sampleCount;
    samples.set(a.samples.subarray(c * a.sampleCount, (c + 1) * a.sampleCount), at);
    samples.set(b.samples.subarray(c * b.sampleCount, (c + 1) * b.sampleCount), at + a.sampleCount);
  }
  return { samples, channelCount: a.channelCount, sampleCount };
}

function part(block: ChannelBlock, from: number, sampleCount: number): ChannelBlock {
  const samples = new Float32Array(block.channelCount * sampleCount);
  for (let c = 0; c < block.channelCount; c++) {
    const at = c * block.sampleCount + from;
    samples.set(block.samples.subarray(at, at + sampleCount), c * sampleCount);
  }
  return { samples, channelCount: block.channelCount, sampleCount };
}
