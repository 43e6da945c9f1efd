/**
 * Band-limited interpolation weights: a sinc low-pass under a Kaiser window. In: rates and a
 * position between samples. Out: weights that sum to 1.
 * @module
 */

/** Zero crossings of the sinc on each side. */
const ZERO_CROSSINGS = 16;
/** Kaiser shape for 80 dB stop band: 0.1102 (A - 8.7) (Kaiser 1974). */
const BETA = 0.1102 * (80 - 8.7);
/** Half the transition band as a share of the cut-off: (A - 7.95) / (14.36 * 2 * 16) for A = 80. */
const HALF_TRANSITION = (80 - 7.95) / (14.36 * ZERO_CROSSINGS * 2);

export interface SincKernel {
  /** Samples used on each side of a position. */
  readonly half: number;
  /**
   * Weights of samples `floor(x) - half + 1 ... floor(x) + half` for position x, whose fraction is
   * given; they sum to 1, so a constant stays exactly that constant to rounding.
   */
  weights(fraction: number): Float64Array;
}

/**
 * Kernel for going from `inputHz` to `outputHz`. Going down, the cut-off lies below the new Nyquist
 * frequency by half the transition band, so that aliases are 80 dB down; otherwise it is the old
 * Nyquist frequency and on-sample positions reproduce the samples.
 */
export function sincKernel(inputHz: number, outputHz: number): SincKernel {
  const cutoff = outputHz < inputHz ? outputHz / inputHz / (1 + HALF_TRANSITION) : 1;
  const reach = ZERO_CROSSINGS / cutoff;
  const half = Math.ceil(reach);
  return {
    half,
    weights(fraction) {
      const weights = new Float64Array(2 * half);
      let sum = 0;
      for (let i = 0; i < weights.length; i++) {
        const distance = i - half + 1 - fraction;
        weights[i] = sinc(cutoff * distance) * kaiser(distance / reach);
        sum += weights[i] as number;
      }
      for (let i = 0; i < weights.length; i++) weights[i] = (weights[i] as number) / sum;
      return weights;
    },
  };
}

function sinc(x: number): number {
  return x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
}

function kaiser(x: number): number {
  return Math.abs(x) >= 1 ? 0 : besselI0(BETA * Math.sqrt(1 - x * x)) / besselI0(BETA);
}

/** Modified Bessel function of the first kind, order 0, by its power series. */
function besselI0(x: number): number {
  let sum = 1;
  let term = 1;
  for (let k = 1; term > 1e-17 * sum; k++) {
    term *= (x / (2 * k)) ** 2;
    sum += term;
  }
  return sum;
}
