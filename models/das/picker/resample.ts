/**
 * From any sampling rate to the network's 50 Hz. In: samples of one channel. Out: low-passed samples
 * on the new grid, without delay.
 * @module
 */
import { INPUT_HZ, LOW_PASS_HZ } from './settings.js';

/** A prepared resampler of one rate. */
export interface Resampler {
  /** Samples at 50 Hz of `count` at the old rate. */
  readonly outputCount: (count: number) => number;
  /** Writes to `out` from `offset`; ends are extended by their first and last value. */
  readonly run: (samples: Float32Array, out: Float32Array, offset: number) => void;
}

/** Half-length of the kernel in periods of the 50 Hz grid. */
const HALF_PERIODS = 5;
/** Kernels for positions between samples: 1/64 of a sample is exact to -70 dB at 20 Hz. */
const PHASES = 64;

/**
 * Hann-windowed sinc with its corner between 20 Hz and the new Nyquist frequency (6 dB there).
 * `rateHz` at least 50.
 */
export function makeResampler(rateHz: number): Resampler {
  const ratio = rateHz / INPUT_HZ;
  const isWhole = Math.abs(ratio - Math.round(ratio)) < 1e-9;
  const half = Math.ceil(HALF_PERIODS * ratio);
  const taps = 2 * half + 1;
  const cornerHz = Math.min((LOW_PASS_HZ + INPUT_HZ / 2) / 2, 0.45 * rateHz);
  const kernels = Array.from({ length: isWhole ? 1 : PHASES }, (_, phase) =>
    kernel(half, (2 * cornerHz) / rateHz, isWhole ? 0 : phase / PHASES),
  );
  const outputCount = (count: number): number => Math.floor((count - 1) / ratio) + 1;
  return {
    outputCount,
    run: (samples, out, offset) => {
      const last = samples.length - 1;
      const count = outputCount(samples.length);
      for (let k = 0; k < count; k++) {
        const position = k * ratio;
        const centre = isWhole ? Math.round(position) : Math.floor(position);
        const phase = isWhole ? 0 : Math.floor((position - centre) * PHASES);
        const weights = kernels[phase] as Float32Array;
        const first = centre - half;
        let sum = 0;
        if (first >= 0 && first + taps <= samples.length) {
          for (let i = 0; i < taps; i++) {
            sum += (weights[i] as number) * (samples[first + i] as number);
          }
        } else {
          for (let i = 0; i < taps; i++) {
            const at = Math.min(last, Math.max(0, first + i));
            sum += (weights[i] as number) * (samples[at] as number);
          }
        }
        out[offset + k] = sum;
      }
    },
  };
}

/** Weights of samples `-half..half` around a point `shift` samples after the middle; sum 1. */
function kernel(half: number, corner: number, shift: number): Float32Array {
  const weights = Float64Array.from({ length: 2 * half + 1 }, (_, i) => {
    const x = i - half - shift;
    const sinc = x === 0 ? corner : Math.sin(Math.PI * corner * x) / (Math.PI * x);
    return sinc * Math.max(0, 0.5 + 0.5 * Math.cos((Math.PI * x) / (half + 1)));
  });
  const sum = weights.reduce((a, b) => a + b, 0);
  return Float32Array.from(weights, (x) => x / sum);
}
