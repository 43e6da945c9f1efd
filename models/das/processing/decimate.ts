/**
 * Decimation with an anti-alias filter, packet by packet. In: samples and the state. Out: the samples
 * of the lower rate that are complete, and the next state; the same bytes however the stream is cut.
 * @module
 */
import { InvalidInputError } from '../../../core/errors.js';
import { checkBlock, float32, type ChannelBlock, type ChannelRange } from './block.js';
import { overHistoryTiles } from './history-rows.js';

/** Where a decimation stands. Plain data. */
export interface DecimationState {
  readonly channelCount: number;
  readonly factor: number;
  /** Linear-phase low-pass, odd length. */
  readonly taps: Float32Array;
  /** Last samples, [channel][taps - 1]; zeros before the stream. */
  readonly history: Float32Array;
  readonly samplesSeen: number;
}

interface Functions {
  decimateRow(
    x: number,
    taps: number,
    tapCount: number,
    factor: number,
    count: number,
    out: number,
  ): void;
}

/**
 * Windowed-sinc low-pass of `2 half + 1` taps (Hamming window, gain 1 at 0 Hz), as
 * `scipy.signal.firwin`. `corner`: half-amplitude frequency as a share of the Nyquist frequency.
 */
export function lowPassTaps(input: {
  readonly half: number;
  readonly corner: number;
}): Float64Array {
  const { half, corner } = input;
  const taps = Float64Array.from({ length: 2 * half + 1 }, (_, i) => {
    const t = (i - half) * Math.PI * corner;
    const sinc = i === half ? corner : (corner * Math.sin(t)) / t;
    return half === 0 ? 1 : sinc * (0.54 - 0.46 * Math.cos((Math.PI * i) / half));
  });
  const sum = taps.reduce((a, b) => a + b, 0);
  return taps.map((tap) => tap / sum);
}

/**
 * A decimation at rest. Output sample m is centred on input sample m times `factor` (no delay in
 * time stamps; it needs the 10 `factor` samples after). `cornerShare`: half-amplitude frequency as a
 * share of the new Nyquist frequency; 0.8 puts the new Nyquist frequency into the stop band, 1 is
 * `scipy.signal.decimate(ftype='fir')`. Throws InvalidInputError.
 */
export function startDecimation(input: {
  readonly factor: number;
  readonly channelCount: number;
  readonly cornerShare?: number;
  /** State in shared memory, for worker threads. */
  readonly shared?: boolean;
}): DecimationState {
  const { factor, channelCount, cornerShare = 0.8, shared } = input;
  if (!Number.isInteger(factor) || factor < 1 || !(cornerShare > 0 && cornerShare <= 1)) {
    throw new InvalidInputError({
      what: 'decimation',
      reason: `factor ${factor}, corner at ${cornerShare} of the new Nyquist frequency`,
      remedy: 'give a whole factor of at least 1 and a corner above 0, at most 1',
    });
  }
  const taps =
    factor === 1
      ? Float32Array.of(1)
      : Float32Array.from(lowPassTaps({ half: 10 * factor, corner: cornerShare / factor }));
  const history = float32(channelCount * (taps.length - 1), shared);
  return { channelCount, factor, taps, history, samplesSeen: 0 };
}

/** Output samples that exist after `samplesSeen` inputs, whatever the packets were. */
export function decimatedCount(state: DecimationState, samplesSeen: number): number {
  const half = (state.taps.length - 1) / 2;
  return Math.max(0, Math.floor((samplesSeen - 1 - half) / state.factor) + 1);
}

/**
 * Decimates the next samples; the output goes on where the last one ended. Neither argument is
 * changed. Throws InvalidInputError on other channels.
 */
export function decimateBlock(input: {
  readonly state: DecimationState;
  readonly block: ChannelBlock;
}): { readonly block: ChannelBlock; readonly state: DecimationState } {
  const { state, block } = input;
  const { channelCount, sampleCount } = checkBlock(block);
  const samplesSeen = state.samplesSeen + sampleCount;
  const count = decimatedCount(state, samplesSeen) - decimatedCount(state, state.samplesSeen);
  const next = { ...state, history: state.history.slice() };
  const output = new Float32Array(channelCount * count);
  decimateChannels({ state: next, block, channels: { from: 0, to: channelCount }, output });
  return {
    block: { samples: output, channelCount, sampleCount: count },
    state: { ...next, samplesSeen },
  };
}

/** The last output samples of a stream, with zeros after its end: ceil(inputs / factor) in all. */
export function finishDecimation(state: DecimationState): ChannelBlock {
  const { channelCount, taps } = state;
  const sampleCount = (taps.length - 1) / 2;
  const samples = new Float32Array(channelCount * sampleCount);
  return decimateBlock({ state, block: { samples, channelCount, sampleCount } }).block;
}

/**
 * The step for some channels, for threads that share memory (see `filterChannels`). `output`:
 * [channel][count] with the count that `decimatedCount` gives for this packet.
 */
export function decimateChannels(input: {
  readonly state: DecimationState;
  readonly block: ChannelBlock;
  readonly channels: ChannelRange;
  readonly output: Float32Array;
}): void {
  const { state, block, channels, output } = input;
  const { factor, taps, samplesSeen } = state;
  const { sampleCount } = block;
  if (block.channelCount !== state.channelCount) {
    throw new InvalidInputError({
      what: 'channel block',
      reason: `${block.channelCount} channels for a decimation of ${state.channelCount}`,
      remedy: 'start a state of its own for each set of channels',
    });
  }
  if (sampleCount === 0) return;
  const first = decimatedCount(state, samplesSeen);
  const count = decimatedCount(state, samplesSeen + sampleCount) - first;
  const historyLength = taps.length - 1;
  const tapCount = 4 * Math.ceil(taps.length / 4);
  // Start of the first output's stretch of input within a row.
  const start = historyLength + first * factor - historyLength / 2 - samplesSeen;
  overHistoryTiles<Functions>({
    kernel: 'fir',
    block,
    channels,
    history: state.history,
    historyLength,
    outputLength: count,
    extraBytes: 4 * tapCount,
    run: ({ functions, buffer, channel, count: rows, rowsAt, stride, outputAt, extraAt }) => {
      if (count === 0) return;
      const tapRoom = new Float32Array(buffer, extraAt, tapCount);
      tapRoom.fill(0);
      tapRoom.set(taps);
      for (let r = 0; r < rows; r++) {
        const x = rowsAt + r * stride + 4 * start;
        functions.decimateRow(x, extraAt, tapCount, factor, count, outputAt + 4 * r * count);
      }
      output.set(new Float32Array(buffer, outputAt, rows * count), channel * count);
    },
  });
}
