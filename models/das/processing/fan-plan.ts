/**
 * The f-k fan filter's settings and, for blocks of one shape, its sizes and tables.
 * @module
 */
import { InvalidInputError } from '../../../core/errors.js';
import { fastLength, fftPlan, smoothLength, type FftPlan } from '../../kernels/fft-plan.js';
import { float32 } from './block.js';

/** What is kept. */
export interface Fan {
  readonly rateHz: number;
  readonly channelSpacingM: number;
  /**
   * Apparent speeds |f / k|, m/s, ascending: nothing below the first, a quarter sine up to the second,
   * all up to the third, a quarter cosine down to nothing at the fourth (Infinity twice for no upper
   * limit). 0 Hz never passes: it has no speed.
   */
  readonly speedsMPerS: readonly [number, number, number, number];
  /**
   * Zeros added along time and fibre, at least this share of the length; 0.1 when absent. With
   * 0 only up to the next product of 2, 3 and 5: what leaves at one end comes in at the other.
   */
  readonly padShare?: number;
  /** Share of the length at both ends of both axes that a cosine fades in; 0.05 when absent. */
  readonly taperShare?: number;
}

/** Sizes and tables for blocks of one shape. Plain data. */
export interface FanPlan {
  readonly fan: Fan;
  readonly channelCount: number;
  readonly sampleCount: number;
  readonly time: FftPlan;
  readonly fibre: FftPlan;
  /** Frequencies 0 .. Nyquist, and tiles of four of them. */
  readonly bins: number;
  readonly tiles: number;
  /** Channels rounded up to batches of eight. */
  readonly rows: number;
  readonly timeTaper: Float32Array;
  readonly fibreTaper: Float32Array;
  /** 1 / |k|, m, [fibre.length]; 1e30 for k = 0. */
  readonly inverseWavenumber: Float32Array;
}

/** Real rows of a batch: four lanes, real and imaginary parts. */
export const FAN_BATCH = 8;
/** float32 of one frequency tile of a row: four complex numbers. */
export const TILE_FLOATS = 8;

/** Throws InvalidInputError when speeds do not ascend or shares are out of range. */
export function fanPlan(input: {
  readonly fan: Fan;
  readonly channelCount: number;
  readonly sampleCount: number;
}): FanPlan {
  const { fan, channelCount, sampleCount } = input;
  const { rateHz, channelSpacingM, speedsMPerS, padShare = 0.1, taperShare = 0.05 } = fan;
  const [a, b, c, d] = speedsMPerS;
  if (!(a >= 0 && a <= b && b <= c && c <= d && rateHz > 0 && channelSpacingM > 0)) {
    throw new InvalidInputError({
      what: 'fan filter',
      reason: `speeds ${speedsMPerS.join(', ')} m/s at ${rateHz} Hz, channels each ${channelSpacingM} m`,
      remedy: 'give four ascending speeds, a positive rate and spacing',
    });
  }
  if (!(padShare >= 0 && padShare <= 4 && taperShare >= 0 && taperShare <= 0.5)) {
    throw new InvalidInputError({
      what: 'fan filter',
      reason: `padding ${padShare}, taper ${taperShare} of the length`,
      remedy: 'pad by 0 to 4 times the length, taper at most half of it',
    });
  }
  const padded = (length: number): number =>
    padShare === 0 ? smoothLength(length) : fastLength(length * (1 + padShare));
  const time = fftPlan(padded(sampleCount));
  const fibre = fftPlan(padded(channelCount));
  const bins = Math.floor(time.length / 2) + 1;
  const inverseWavenumber = Float32Array.from({ length: fibre.length }, (_, k) =>
    k === 0 ? 1e30 : (fibre.length * channelSpacingM) / Math.min(k, fibre.length - k),
  );
  return {
    fan,
    channelCount,
    sampleCount,
    time,
    fibre,
    bins,
    tiles: Math.ceil(bins / 4),
    rows: FAN_BATCH * Math.ceil(channelCount / FAN_BATCH),
    timeTaper: cosineTaper(sampleCount, taperShare),
    fibreTaper: cosineTaper(channelCount, taperShare),
    inverseWavenumber,
  };
}

/** Room for the spectra between the steps, [tile][row][re 4, im 4]. */
export function fanSpectra(plan: FanPlan, shared = false): Float32Array {
  return float32(plan.tiles * plan.rows * TILE_FLOATS, shared);
}

/** Tukey window: `share` of the length at each end rises as a cosine. */
function cosineTaper(length: number, share: number): Float32Array {
  const edge = Math.floor(share * length);
  return Float32Array.from({ length }, (_, i) => {
    const inside = Math.min(i, length - 1 - i);
    return inside >= edge ? 1 : 0.5 - 0.5 * Math.cos((Math.PI * (inside + 0.5)) / edge);
  });
}
