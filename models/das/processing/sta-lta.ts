/**
 * STA/LTA over all channels of a fibre, packet by packet (Allen 1978; ObsPy's `classic_sta_lta` and
 * `recursive_sta_lta`). In: samples and the state. Out: ratios and the next state; the same bytes
 * however the stream is cut.
 * @module
 */
import { InvalidInputError } from '../../../core/errors.js';
import { WORKSPACE_START, kernelWorkspace } from '../../kernels/workspace.js';
import {
  checkBlock,
  float32,
  float64,
  paddedChannels,
  type ChannelBlock,
  type ChannelRange,
} from './block.js';
import { overHistoryTiles } from './history-rows.js';

/** Where an STA/LTA stands. Plain data. */
export interface StaLtaState {
  readonly kind: 'classic' | 'recursive';
  readonly channelCount: number;
  readonly shortSamples: number;
  readonly longSamples: number;
  /** Classic: last samples, [channel][longSamples]. Recursive: empty. */
  readonly history: Float32Array;
  /** Sums (classic) or means (recursive) of squares, [channels / 4][short, long][4]. */
  readonly sums: Float64Array;
  readonly samplesSeen: number;
}

interface Functions {
  classicRows(
    ...numbers: [
      rows: number,
      stride: number,
      channels: number,
      samples: number,
      short: number,
      long: number,
      sums: number,
      ready: number,
      out: number,
      outStride: number,
    ]
  ): void;
  recursiveRows(
    ...numbers: [
      rows: number,
      stride: number,
      channels: number,
      samples: number,
      shortShare: number,
      longShare: number,
      averages: number,
      first: number,
      ready: number,
    ]
  ): void;
}

/** Running sums are made anew each this many samples of the stream: rounding must not pile up. */
const RENEW_SAMPLES = 8192;
/** Means of squares below this count as silence: see `filterChannels` on subnormal numbers. */
const SILENCE = 1e-250;
const TILE_CHANNELS = 32;

/** At rest before the first sample. Throws InvalidInputError unless 1 <= short < long. */
export function startStaLta(input: {
  readonly kind: 'classic' | 'recursive';
  readonly shortSamples: number;
  readonly longSamples: number;
  readonly channelCount: number;
  /** State in shared memory, for worker threads. */
  readonly shared?: boolean;
}): StaLtaState {
  const { kind, shortSamples, longSamples, channelCount, shared } = input;
  const areWhole = Number.isInteger(shortSamples) && Number.isInteger(longSamples);
  if (!(areWhole && shortSamples >= 1 && longSamples > shortSamples)) {
    throw new InvalidInputError({
      what: 'STA/LTA windows',
      reason: `short ${shortSamples}, long ${longSamples} samples`,
      remedy: 'give a short window of at least 1 sample and a longer long window',
    });
  }
  return {
    kind,
    channelCount,
    shortSamples,
    longSamples,
    history: float32(kind === 'classic' ? channelCount * longSamples : 0, shared),
    sums: float64(paddedChannels(channelCount) * 2, shared),
    samplesSeen: 0,
  };
}

/**
 * Ratios [channel][time] of the next samples; 0 until the long window is full and where the signal
 * was 0 throughout. Neither argument is changed. Throws InvalidInputError on other channels.
 */
export function staLtaBlock(input: { readonly state: StaLtaState; readonly block: ChannelBlock }): {
  readonly ratio: ChannelBlock;
  readonly state: StaLtaState;
} {
  const { state, block } = input;
  const { channelCount, sampleCount } = checkBlock(block);
  const next = { ...state, history: state.history.slice(), sums: state.sums.slice() };
  const output = new Float32Array(block.samples.length);
  staLtaChannels({ state: next, block, channels: { from: 0, to: channelCount }, output });
  return {
    ratio: { samples: output, channelCount, sampleCount },
    state: { ...next, samplesSeen: state.samplesSeen + sampleCount },
  };
}

/** The step for some channels, for threads that share memory; see `filterChannels`. */
export function staLtaChannels(input: {
  readonly state: StaLtaState;
  readonly block: ChannelBlock;
  readonly channels: ChannelRange;
  readonly output: Float32Array;
}): void {
  const { state, block } = input;
  if (block.channelCount !== state.channelCount) {
    throw new InvalidInputError({
      what: 'channel block',
      reason: `${block.channelCount} channels for an STA/LTA of ${state.channelCount}`,
      remedy: 'start a state of its own for each set of channels',
    });
  }
  if (block.sampleCount === 0) return;
  if (state.kind === 'classic') classic(input);
  else recursive(input);
}

function classic(input: Parameters<typeof staLtaChannels>[0]): void {
  const { state, block, channels, output } = input;
  const { sums, samplesSeen, shortSamples, longSamples } = state;
  const { sampleCount } = block;
  overHistoryTiles<Functions>({
    kernel: 'stalta',
    block,
    channels,
    history: state.history,
    historyLength: longSamples,
    outputLength: sampleCount,
    extraBytes: 64 * 16,
    run: ({ functions, buffer, channel, count, padded, rowsAt, stride, outputAt, extraAt }) => {
      const own = sums.subarray(channel * 2, (channel + padded) * 2);
      const tileSums = new Float64Array(buffer, extraAt, own.length);
      tileSums.set(own);
      for (let from = 0; from < sampleCount;) {
        const untilRenewal = RENEW_SAMPLES - ((samplesSeen + from) % RENEW_SAMPLES);
        const step = Math.min(sampleCount - from, untilRenewal);
        functions.classicRows(
          rowsAt + 4 * (longSamples + from),
          stride,
          padded,
          step,
          shortSamples,
          longSamples,
          extraAt,
          Math.max(0, longSamples - 1 - samplesSeen - from),
          outputAt + 4 * from,
          4 * sampleCount,
        );
        from += step;
        if (step === untilRenewal) {
          const rows = new Float32Array(buffer, rowsAt, (padded * stride) / 4);
          renew({ rows, rowLength: stride / 4, end: longSamples + from, state, sums: tileSums });
        }
      }
      own.set(tileSums);
      const ratios = new Float32Array(buffer, outputAt, count * sampleCount);
      output.set(ratios, channel * sampleCount);
    },
  });
}

/** Sums of squares of the samples before `end` of each row, oldest first. */
function renew(input: {
  readonly rows: Float32Array;
  readonly rowLength: number;
  readonly end: number;
  readonly state: StaLtaState;
  readonly sums: Float64Array;
}): void {
  const { rows, rowLength, end, state, sums } = input;
  for (let c = 0; c < sums.length / 2; c++) {
    [state.shortSamples, state.longSamples].forEach((length, which) => {
      let sum = 0;
      for (let i = c * rowLength + end - length; i < c * rowLength + end; i++) {
        sum += (rows[i] as number) ** 2;
      }
      sums[(c >> 2) * 8 + which * 4 + (c & 3)] = sum;
    });
  }
}

function recursive(input: Parameters<typeof staLtaChannels>[0]): void {
  const { state, block, channels, output } = input;
  const { sums, samplesSeen, shortSamples, longSamples } = state;
  const { samples, sampleCount } = block;
  const rowsAt = WORKSPACE_START + 16 * TILE_CHANNELS;
  const { functions, memory } = kernelWorkspace<Functions>({
    name: 'stalta',
    bytes: 16 * TILE_CHANNELS + 4 * TILE_CHANNELS * sampleCount,
  });
  const tile = new Float32Array(memory.buffer, rowsAt, TILE_CHANNELS * sampleCount);
  for (let c = channels.from; c < channels.to; c += TILE_CHANNELS) {
    const count = Math.min(TILE_CHANNELS, channels.to - c);
    const padded = paddedChannels(count);
    tile.set(samples.subarray(c * sampleCount, (c + count) * sampleCount));
    tile.fill(0, count * sampleCount, padded * sampleCount);
    const own = sums.subarray(c * 2, (c + padded) * 2);
    const means = new Float64Array(memory.buffer, WORKSPACE_START, own.length);
    means.set(own);
    for (let from = 0; from < sampleCount;) {
      const seen = samplesSeen + from;
      const untilRenewal = RENEW_SAMPLES - (seen % RENEW_SAMPLES);
      const step = Math.min(sampleCount - from, untilRenewal);
      functions.recursiveRows(
        rowsAt + 4 * from,
        4 * sampleCount,
        padded,
        step,
        1 / shortSamples,
        1 / longSamples,
        WORKSPACE_START,
        // As ObsPy, the very first sample does not count.
        Math.max(0, 1 - seen),
        Math.max(0, longSamples - seen),
      );
      from += step;
      if (step < untilRenewal) continue;
      for (let i = 0; i < means.length; i++) if ((means[i] as number) < SILENCE) means[i] = 0;
    }
    own.set(means);
    output.set(tile.subarray(0, count * sampleCount), c * sampleCount);
  }
}

/** Stretch of samples, both ends included. */
export interface TriggerRange {
  readonly on: number;
  readonly off: number;
}

/**
 * Stretches of a ratio from the first sample above `on` to the last one above `off` in a row, as
 * ObsPy's `trigger_onset`. `ratio`: [time].
 */
export function triggerRanges(input: {
  readonly ratio: ArrayLike<number>;
  readonly on: number;
  readonly off: number;
}): TriggerRange[] {
  const { ratio, on, off } = input;
  const ranges: TriggerRange[] = [];
  for (let i = 0; i < ratio.length; i++) {
    if (!((ratio[i] as number) > on)) continue;
    let last = i;
    while (last + 1 < ratio.length && (ratio[last + 1] as number) > off) last++;
    ranges.push({ on: i, off: last });
    i = last;
  }
  return ranges;
}
