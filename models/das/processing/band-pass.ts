/**
 * Causal filters over all channels of a fibre, packet by packet. In: samples and the filter's state.
 * Out: filtered samples and the next state; the same bytes however the stream is cut into packets.
 * @module
 */
import { InvalidInputError } from '../../../core/errors.js';
import { WORKSPACE_START, kernelWorkspace } from '../../kernels/workspace.js';
import { butterworth, type Section } from '../../signal/butterworth.js';
import {
  checkBlock,
  float64,
  paddedChannels,
  type ChannelBlock,
  type ChannelRange,
} from './block.js';

/** Where a filter stands. Plain data: it survives structured clone and can be stored. */
export interface FilterState {
  readonly channelCount: number;
  readonly sections: readonly Section[];
  /** Delays, [channels / 4][section][2][4]; zeros are a filter at rest. */
  readonly delays: Float64Array;
  /** Samples of each channel filtered so far. */
  readonly samplesSeen: number;
}

interface Functions {
  bandpassRows(...numbers: FilterArguments): void;
  sectionRows(...numbers: FilterArguments): void;
}
type FilterArguments = [
  rows: number,
  stride: number,
  channels: number,
  samples: number,
  coefficients: number,
  sections: number,
  state: number,
  scratch: number,
];

/** Channels of a tile at most, and its size, bytes: a tile stays in the second-level cache. */
const TILE_CHANNELS = 32;
const TILE_BYTES = 524_288;
const SCRATCH_BYTES = 8192;
/**
 * Delays below this are set to 0 each 4096 samples of the stream: silence would leave subnormal
 * numbers, which processors handle a hundred times slower. Far below float32, so nobody can see it.
 */
const SILENCE = 1e-150;
const SILENCE_SAMPLES = 4096;

/** A Butterworth band-pass (as `scipy.signal.butter`) at rest. Throws InvalidInputError. */
export function startBandPass(input: {
  readonly order: number;
  readonly lowHz: number;
  readonly highHz: number;
  readonly rateHz: number;
  readonly channelCount: number;
  readonly shared?: boolean;
}): FilterState {
  return startFilter({ ...input, sections: butterworth({ ...input, kind: 'bandpass' }) });
}

/** Any cascade of sections at rest; `shared`: delays in shared memory, for worker threads. */
export function startFilter(input: {
  readonly sections: readonly Section[];
  readonly channelCount: number;
  readonly shared?: boolean;
}): FilterState {
  const { sections, channelCount, shared } = input;
  const delays = float64(paddedChannels(channelCount) * sections.length * 2, shared);
  return { channelCount, sections, delays, samplesSeen: 0 };
}

/**
 * Filters the next samples of every channel. Neither the block nor the state is changed. Throws
 * InvalidInputError when the block has other channels than the state.
 */
export function filterBlock(input: { readonly state: FilterState; readonly block: ChannelBlock }): {
  readonly block: ChannelBlock;
  readonly state: FilterState;
} {
  const { state, block } = input;
  const { channelCount, sampleCount } = checkBlock(block);
  const next = { ...state, delays: state.delays.slice() };
  const output = new Float32Array(block.samples.length);
  filterChannels({ state: next, block, channels: { from: 0, to: channelCount }, output });
  return {
    block: { samples: output, channelCount, sampleCount },
    state: { ...next, samplesSeen: state.samplesSeen + sampleCount },
  };
}

/**
 * The step of `filterBlock` for some channels, for threads that share memory: writes rows of `output`
 * (which may be the input) and overwrites their delays. The caller advances `samplesSeen` once all
 * channels are done.
 */
export function filterChannels(input: {
  readonly state: FilterState;
  readonly block: ChannelBlock;
  readonly channels: ChannelRange;
  readonly output: Float32Array;
}): void {
  const { state, block, channels, output } = input;
  const { samples, sampleCount } = block;
  const { sections, delays, samplesSeen } = state;
  if (block.channelCount !== state.channelCount) {
    throw new InvalidInputError({
      what: 'channel block',
      reason: `${block.channelCount} channels for a filter of ${state.channelCount}`,
      remedy: 'start a filter of its own for each set of channels',
    });
  }
  if (sampleCount === 0 || sections.length === 0) return;
  const rows = Math.min(
    TILE_CHANNELS,
    Math.max(4, 4 * Math.floor(TILE_BYTES / (16 * sampleCount))),
  );
  const group = sections.length * 8;
  const coefficients = coefficientsOf(sections);
  const at = WORKSPACE_START;
  const [scratchAt, stateAt] = [at + 512, at + 512 + SCRATCH_BYTES];
  const rowsAt = stateAt + (rows / 4) * group * 8;
  const kernel = kernelWorkspace<Functions>({
    name: 'biquad',
    bytes: rowsAt - at + rows * sampleCount * 4,
  });
  const { buffer } = kernel.memory;
  const run = coefficients.isBandPass
    ? kernel.functions.bandpassRows
    : kernel.functions.sectionRows;
  new Float64Array(buffer, at, 64).set(coefficients.values);
  const tile = new Float32Array(buffer, rowsAt, rows * sampleCount);
  const tileState = new Float64Array(buffer, stateAt, (rows / 4) * group);
  for (let c = channels.from; c < channels.to; c += rows) {
    const count = Math.min(rows, channels.to - c);
    const padded = paddedChannels(count);
    tile.set(samples.subarray(c * sampleCount, (c + count) * sampleCount));
    tile.fill(0, count * sampleCount, padded * sampleCount);
    const own = delays.subarray((c / 4) * group, ((c + padded) / 4) * group);
    tileState.set(own);
    for (let from = 0; from < sampleCount;) {
      const untilSilence = SILENCE_SAMPLES - ((samplesSeen + from) % SILENCE_SAMPLES);
      const step = Math.min(sampleCount - from, untilSilence);
      const row = rowsAt + 4 * from;
      run(row, 4 * sampleCount, padded, step, at, sections.length, stateAt, scratchAt);
      if (step === untilSilence) silence(tileState.subarray(0, own.length));
      from += step;
    }
    own.set(tileState.subarray(0, own.length));
    output.set(tile.subarray(0, count * sampleCount), c * sampleCount);
  }
}

/** Band-passes have numerators (1, 0, -1) but for the gain, which goes in front of all sections. */
function coefficientsOf(sections: readonly Section[]): { isBandPass: boolean; values: number[] } {
  const isBandPass = sections.every(({ b0, b1, b2 }) => b1 === 0 && b2 === -b0);
  if (sections.length > 12) {
    throw new InvalidInputError({
      what: 'filter',
      reason: `${sections.length} sections`,
      remedy: 'give at most 12, or filter twice',
    });
  }
  if (!isBandPass) {
    const values = sections.flatMap(({ b0, b1, b2, a1, a2 }) => [b0, b1, b2, a1, a2]);
    return { isBandPass, values };
  }
  const gain = sections.reduce((product, { b0 }) => product * b0, 1);
  return { isBandPass, values: [gain, ...sections.flatMap(({ a1, a2 }) => [a1, a2])] };
}

function silence(delays: Float64Array): void {
  for (let i = 0; i < delays.length; i++) {
    if (Math.abs(delays[i] as number) < SILENCE) delays[i] = 0;
  }
}
