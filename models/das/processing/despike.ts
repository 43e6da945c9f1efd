/**
 * Spikes of single samples (fading, phase-unwrapping errors) replaced, packet by packet. In: samples
 * and the state. Out: samples half a window later, and the next state.
 * @module
 */
import { InvalidInputError } from '../../../core/errors.js';
import { checkBlock, float32, type ChannelBlock, type ChannelRange } from './block.js';
import { overHistoryTiles } from './history-rows.js';

/** Where a despiking stands. Plain data. */
export interface DespikeState {
  readonly channelCount: number;
  /** Samples on each side of the one looked at. */
  readonly half: number;
  /** Multiples of the robust standard deviation that make a spike. */
  readonly limitSigma: number;
  /** Last samples, [channel][2 half]. */
  readonly history: Float32Array;
  readonly samplesSeen: number;
}

interface Functions {
  hampelRow(
    x: number,
    samples: number,
    half: number,
    limit: number,
    out: number,
    scratch: number,
  ): number;
}

/** Scales a median absolute deviation to the standard deviation of a normal distribution. */
const MAD_TO_SIGMA = 1.482602218505602;

/** At rest. `half`: 1 to 31, 3 by default. Throws InvalidInputError. */
export function startDespike(input: {
  readonly channelCount: number;
  readonly half?: number;
  readonly limitSigma?: number;
  /** State in shared memory, for worker threads. */
  readonly shared?: boolean;
}): DespikeState {
  const { channelCount, half = 3, limitSigma = 6, shared } = input;
  if (!(Number.isInteger(half) && half >= 1 && half <= 31 && limitSigma > 0)) {
    throw new InvalidInputError({
      what: 'despiking',
      reason: `${half} samples on each side, ${limitSigma} sigma`,
      remedy: 'give 1 to 31 samples and a positive limit',
    });
  }
  const history = float32(channelCount * 2 * half, shared);
  return { channelCount, half, limitSigma, history, samplesSeen: 0 };
}

/**
 * Hampel filter: a sample further than `limitSigma` robust standard deviations (1.4826 median
 * absolute deviations) from the median of the 2 half + 1 samples around it becomes that median. The
 * first and the last sample of the stream stand in for what lies beyond. Output starts at sample
 * `max(0, samplesSeen - half)` of the stream and reaches `half` samples less far than the input,
 * unless `isLast`. Neither argument is changed. Throws InvalidInputError on other channels.
 */
export function despikeBlock(input: {
  readonly state: DespikeState;
  readonly block: ChannelBlock;
  readonly isLast?: boolean;
}): {
  readonly block: ChannelBlock;
  /** Replaced samples of each channel. */
  readonly replaced: Uint32Array;
  readonly state: DespikeState;
} {
  const { state, isLast = false } = input;
  const { channelCount } = checkBlock(input.block);
  const block = isLast ? withEdge(input.block, state) : input.block;
  const samplesSeen = state.samplesSeen + input.block.sampleCount;
  const count = despikedCount(state, state.samplesSeen, block.sampleCount);
  const next = { ...state, history: state.history.slice() };
  const samples = new Float32Array(channelCount * count);
  const replaced = new Uint32Array(channelCount);
  const channels = { from: 0, to: channelCount };
  despikeChannels({ state: next, block, channels, output: samples, replaced });
  return {
    block: { samples, channelCount, sampleCount: count },
    replaced,
    state: { ...next, samplesSeen },
  };
}

/** Samples that come out when `sampleCount` more go in. */
export function despikedCount(
  state: DespikeState,
  samplesSeen: number,
  sampleCount: number,
): number {
  const done = Math.max(0, samplesSeen - state.half);
  return Math.max(0, samplesSeen + sampleCount - state.half - done);
}

/** The step for some channels, for threads that share memory; see `filterChannels`. */
export function despikeChannels(input: {
  readonly state: DespikeState;
  readonly block: ChannelBlock;
  readonly channels: ChannelRange;
  readonly output: Float32Array;
  readonly replaced: Uint32Array;
}): void {
  const { state, block, channels, output, replaced } = input;
  const { half, limitSigma, history, samplesSeen } = state;
  const { samples, sampleCount } = block;
  if (block.channelCount !== state.channelCount) {
    throw new InvalidInputError({
      what: 'channel block',
      reason: `${block.channelCount} channels for a despiking of ${state.channelCount}`,
      remedy: 'start a state of its own for each set of channels',
    });
  }
  if (sampleCount === 0) return;
  if (samplesSeen === 0) {
    for (let c = channels.from; c < channels.to; c++) {
      history.fill(samples[c * sampleCount] as number, c * 2 * half, (c + 1) * 2 * half);
    }
  }
  const count = despikedCount(state, samplesSeen, sampleCount);
  // A row holds stream samples from samplesSeen - 2 half on; the output starts at this one of them.
  const start = Math.max(0, samplesSeen - half) - samplesSeen + 2 * half;
  const room = 4 * Math.ceil(count / 4);
  overHistoryTiles<Functions>({
    kernel: 'median',
    block,
    channels,
    history,
    historyLength: 2 * half,
    outputLength: room,
    extraBytes: 16 * (2 * half + 1),
    run: ({ functions, buffer, channel, count: rows, rowsAt, stride, outputAt, extraAt }) => {
      for (let r = 0; r < rows; r++) {
        const to = outputAt + 4 * r * room;
        const x = rowsAt + r * stride + 4 * start;
        const spikes = functions.hampelRow(x, count, half, limitSigma * MAD_TO_SIGMA, to, extraAt);
        replaced[channel + r] = (replaced[channel + r] as number) + spikes;
        output.set(new Float32Array(buffer, to, count), (channel + r) * count);
      }
    },
  });
}

/** The block with its last sample (or the last one before it) repeated `half` times. */
function withEdge(block: ChannelBlock, state: DespikeState): ChannelBlock {
  const { samples, channelCount, sampleCount } = block;
  const { half, history } = state;
  const length = sampleCount + half;
  const longer = new Float32Array(channelCount * length);
  for (let c = 0; c < channelCount; c++) {
    longer.set(samples.subarray(c * sampleCount, (c + 1) * sampleCount), c * length);
    const last =
      sampleCount > 0 ? samples[(c + 1) * sampleCount - 1] : history[(c + 1) * 2 * half - 1];
    longer.fill(last as number, c * length + sampleCount, (c + 1) * length);
  }
  return { samples: longer, channelCount, sampleCount: length };
}

/** Copy with samples limited to `[-limit, limit]`. NaN becomes 0. */
export function clipBlock(block: ChannelBlock, limit: number): ChannelBlock {
  const samples = checkBlock(block).samples.map((x) =>
    Number.isNaN(x) ? 0 : Math.min(limit, Math.max(-limit, x)),
  );
  return { ...block, samples };
}
