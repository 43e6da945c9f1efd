/**
 * Local slant stacks and their semblance (Neidell & Taner 1971, Geophysics 36:482). In: neighbouring
 * channels. Out: for each stretch of time the slowness along which they agree best, how well, and the
 * same against a rolling baseline of noise.
 * @module
 */
import { InvalidInputError } from '../../../core/errors.js';
import { median, robustSigma } from '../../signal/robust.js';
import { checkBlock, type ChannelBlock } from './block.js';

export interface SlownessScan {
  /** Largest |slowness| along the fibre, s/km, and the number of steps from 0 to it. */
  readonly maxSKm: number;
  readonly steps: number;
}

export interface SlantStackInput {
  /** A local window: 20 to 50 channels; strain or strain rate. */
  readonly block: ChannelBlock;
  readonly rateHz: number;
  /** Position of each channel along the fibre, km. */
  readonly distanceKm: readonly number[];
  readonly scan: SlownessScan;
  /** Length of the stretch that semblance sums over, and from one to the next, samples. */
  readonly windowSamples: number;
  readonly hopSamples: number;
}

export interface SlantStack {
  /** Middle of each stretch, samples from the start of the block. */
  readonly atSample: Float64Array;
  /** Best semblance, 0 to 1, and its slowness, s/km; [stretch]. NaN where shifts leave the block. */
  readonly semblance: Float64Array;
  readonly slownessSKm: Float64Array;
}

/**
 * S(p) = sum_t (sum_i x_i(t + p d_i))^2 / (N sum_t sum_i x_i(t + p d_i)^2) over |p| up to the largest,
 * d_i from the middle of the channels, linear between samples. A positive slowness arrives later at
 * larger distances. Channels that are zero throughout count against agreement: leave dead ones out.
 */
export function slantStack(input: SlantStackInput): SlantStack {
  const { block, windowSamples, hopSamples } = checked(input);
  const stretches = Math.max(0, Math.floor((block.sampleCount - windowSamples) / hopSamples) + 1);
  const semblance = new Float64Array(stretches).fill(Number.NaN);
  const slownessSKm = new Float64Array(stretches).fill(Number.NaN);
  for (const slowness of slownessesOf(input.scan)) {
    const { values, from, to } = semblanceAlong(input, slowness, stretches);
    for (let w = from; w < to; w++) {
      const value = values[w] as number;
      if (value <= (semblance[w] as number)) continue;
      semblance[w] = value;
      slownessSKm[w] = slowness;
    }
  }
  const atSample = Float64Array.from(semblance, (_, w) => w * hopSamples + (windowSamples - 1) / 2);
  return { atSample, semblance, slownessSKm };
}

/**
 * How far semblance stands above what noise made before: (S - median) / robust sigma of the
 * `baseline` stretches that end `gap` stretches before each one. NaN until there are enough.
 */
export function semblanceScore(input: {
  readonly semblance: ArrayLike<number>;
  readonly baseline: number;
  readonly gap: number;
}): Float64Array {
  const { semblance, baseline, gap } = input;
  return Float64Array.from(semblance, (value, w) => {
    const end = w - gap;
    if (end < baseline) return Number.NaN;
    const before: number[] = [];
    for (let i = end - baseline; i < end; i++) {
      if (Number.isFinite(semblance[i] as number)) before.push(semblance[i] as number);
    }
    if (2 * before.length < baseline) return Number.NaN;
    return (value - median(before)) / Math.max(robustSigma(before), LEAST_SIGMA);
  });
}

/** Semblance of so few samples spreads at least this much. */
const LEAST_SIGMA = 0.01;

function slownessesOf({ maxSKm, steps }: SlownessScan): number[] {
  return Array.from(
    { length: 2 * steps + 1 },
    (_, i) => ((i - steps) * maxSKm) / Math.max(1, steps),
  );
}

function semblanceAlong(
  input: SlantStackInput,
  slownessSKm: number,
  stretches: number,
): { values: Float64Array; from: number; to: number } {
  const { block, rateHz, distanceKm, windowSamples, hopSamples } = input;
  const { samples, channelCount, sampleCount } = block;
  const middle = (Math.min(...distanceKm) + Math.max(...distanceKm)) / 2;
  const shifts = distanceKm.map((d) => slownessSKm * (d - middle) * rateHz);
  // Instants at which all shifted channels exist.
  const first = Math.max(0, Math.ceil(-Math.min(...shifts)));
  const last = Math.min(sampleCount - 1, Math.floor(sampleCount - 1 - Math.max(...shifts)));
  const stack = new Float64Array(sampleCount);
  const energy = new Float64Array(sampleCount);
  for (let c = 0; c < channelCount; c++) {
    const shift = shifts[c] as number;
    const whole = Math.floor(shift);
    const share = shift - whole;
    const at = c * sampleCount + whole;
    for (let t = first; t <= last; t++) {
      const a = samples[at + t] as number;
      const x = share === 0 ? a : a + share * ((samples[at + t + 1] as number) - a);
      stack[t] = (stack[t] as number) + x;
      energy[t] = (energy[t] as number) + x * x;
    }
  }
  const values = new Float64Array(stretches).fill(Number.NaN);
  const from = Math.min(stretches, Math.ceil(first / hopSamples));
  const to = Math.max(
    from,
    Math.min(stretches, Math.floor((last + 1 - windowSamples) / hopSamples) + 1),
  );
  for (let w = from; w < to; w++) {
    let [top, bottom] = [0, 0];
    for (let t = w * hopSamples; t < w * hopSamples + windowSamples; t++) {
      top += (stack[t] as number) ** 2;
      bottom += energy[t] as number;
    }
    values[w] = bottom > 0 ? top / (channelCount * bottom) : 0;
  }
  return { values, from, to };
}

function checked(input: SlantStackInput): SlantStackInput {
  const { block, distanceKm, scan, windowSamples, hopSamples, rateHz } = input;
  checkBlock(block);
  const isWhole = Number.isInteger(windowSamples) && Number.isInteger(hopSamples);
  if (
    distanceKm.length !== block.channelCount ||
    !(scan.maxSKm >= 0 && scan.steps >= 0 && rateHz > 0) ||
    !(isWhole && windowSamples >= 1 && hopSamples >= 1)
  ) {
    throw new InvalidInputError({
      what: 'slant stack',
      reason:
        `${distanceKm.length} distances for ${block.channelCount} channels, slowness up to ` +
        `${scan.maxSKm} s/km, windows of ${windowSamples} every ${hopSamples} samples`,
      remedy: 'give one distance a channel, a slowness of at least 0 and whole windows',
    });
  }
  return input;
}
