/**
 * The grids that a stack fills pixel by pixel.
 * @module
 */
import { VELOCITY_TERM, type TimeModel } from './time-model.js';

/** Grids are row-major [y, x]; NaN where a pixel was rejected. */
export interface StackGrids {
  /** Along the line of sight, + towards the satellite. */
  readonly velocityMmPerYear: Float32Array;
  /** Standard error of the velocity from the scatter of the epochs about the model. */
  readonly sdMmPerYear: Float32Array;
  /** From the scatter of pairs about the series, carried through both fits; NaN where parts were bridged. */
  readonly covarianceSdMmPerYear: Float32Array;
  /** Standard deviation over bootstrap resamples of the epochs; NaN without bootstrap. */
  readonly bootstrapSdMmPerYear: Float32Array;
  /** 5 and 95 % points of the resamples. */
  readonly bootstrapP05MmPerYear: Float32Array;
  readonly bootstrapP95MmPerYear: Float32Array;
  /** Share of the variance of the series that the model explains. */
  readonly rSquared: Float32Array;
  /** Estimates of the other terms of the model by name: intercept, seasonal terms, steps. */
  readonly terms: Readonly<Record<string, Float32Array>>;
  /** [epoch, y, x]. */
  readonly cumulativeMm: Float32Array;
  /** Rms of interferogram minus time series at a pixel. */
  readonly residualRmsMm: Float32Array;
  /** |mean exp(j residual phase)|, 0 to 1 (Pepe and Lanari 2006). */
  readonly temporalCoherence: Float32Array;
  /** 1 where unconnected epochs were bridged by NSBAS: the velocity there rests on a straight line. */
  readonly rankDeficient: Uint8Array;
  /** Used pairs with data at a solved pixel. */
  readonly pairCount: Uint16Array;
  /** Codes of REJECTIONS; 0 for solved pixels. */
  readonly rejection: Uint8Array;
}

/** Result of one pixel, in lane `lane` of blocks [row][lanes]. */
export interface PixelResult {
  readonly pixel: number;
  readonly lanes: number;
  readonly lane: number;
  readonly series: Float64Array;
  /** [terms, lanes] estimates of the model. */
  readonly values: Float64Array;
  /** Velocities of the resamples; sorted in place. */
  readonly draws: Float64Array;
  readonly model: TimeModel;
  readonly squares: number;
  readonly coherence: number;
  readonly pairs: number;
  readonly rateVariance: number;
  /** Epochs minus terms minus offsets that bridging estimated. */
  readonly freedom: number;
  /** Variance of the velocity for epochs of unit variance. */
  readonly unitVariance: number;
  readonly isBridged: boolean;
}

/** Empty grids and a writer of pixels. */
export function createStackGrids(input: {
  readonly pixels: number;
  readonly epochs: number;
  readonly terms: readonly string[];
  readonly bootstrap: number;
}): {
  readonly grids: StackGrids;
  readonly rejection: Uint8Array;
  readonly put: (result: PixelResult) => void;
} {
  const { pixels, epochs } = input;
  const nan = (length: number): Float32Array => new Float32Array(length).fill(Number.NaN);
  const others = input.terms.map((name, k) => ({ name, k, grid: nan(pixels) }));
  const extra = others.filter(({ k }) => k !== VELOCITY_TERM);
  const grids: StackGrids = {
    velocityMmPerYear: others[VELOCITY_TERM]?.grid ?? nan(pixels),
    sdMmPerYear: nan(pixels),
    covarianceSdMmPerYear: nan(pixels),
    bootstrapSdMmPerYear: nan(pixels),
    bootstrapP05MmPerYear: nan(pixels),
    bootstrapP95MmPerYear: nan(pixels),
    rSquared: nan(pixels),
    terms: Object.fromEntries(extra.map(({ name, grid }) => [name, grid])),
    cumulativeMm: nan(pixels * epochs),
    residualRmsMm: nan(pixels),
    temporalCoherence: nan(pixels),
    rankDeficient: new Uint8Array(pixels),
    pairCount: new Uint16Array(pixels),
    rejection: new Uint8Array(pixels),
  };
  const width = input.terms.length;
  return {
    grids,
    rejection: grids.rejection,
    put(result) {
      const { pixel, lanes, lane, series, values, draws, model } = result;
      for (const { k, grid } of others) grid[pixel] = values[k * lanes + lane] as number;
      let [mean, total, scatter] = [0, 0, 0];
      for (let e = 0; e < epochs; e++) {
        const value = series[e * lanes + lane] as number;
        grids.cumulativeMm[e * pixels + pixel] = value;
        mean += value;
        let predicted = 0;
        for (let k = 0; k < width; k++) {
          predicted +=
            (model.design[e * width + k] as number) * (values[k * lanes + lane] as number);
        }
        // A product: `**` calls a power function, which took half of the time here.
        scatter += (value - predicted) * (value - predicted);
      }
      mean /= epochs;
      for (let e = 0; e < epochs; e++) {
        const apart = (series[e * lanes + lane] as number) - mean;
        total += apart * apart;
      }
      const { freedom, unitVariance } = result;
      grids.sdMmPerYear[pixel] =
        freedom > 0 ? Math.sqrt((scatter / freedom) * unitVariance) : Number.NaN;
      grids.rSquared[pixel] = total > 0 ? 1 - scatter / total : Number.NaN;
      grids.covarianceSdMmPerYear[pixel] = Math.sqrt(result.rateVariance);
      grids.residualRmsMm[pixel] = Math.sqrt(result.squares / result.pairs);
      grids.temporalCoherence[pixel] = result.coherence;
      grids.rankDeficient[pixel] = result.isBridged ? 1 : 0;
      grids.pairCount[pixel] = result.pairs;
      if (draws.length === 0) return;
      const middle = draws.reduce((sum, v) => sum + v, 0) / draws.length;
      const spread = draws.reduce((sum, v) => sum + (v - middle) ** 2, 0);
      grids.bootstrapSdMmPerYear[pixel] = Math.sqrt(spread / Math.max(1, draws.length - 1));
      draws.sort();
      grids.bootstrapP05MmPerYear[pixel] = quantile(draws, 0.05);
      grids.bootstrapP95MmPerYear[pixel] = quantile(draws, 0.95);
    },
  };
}

/** Linear interpolation between sorted values, as numpy's default. */
function quantile(sorted: Float64Array, share: number): number {
  const at = share * (sorted.length - 1);
  const low = Math.floor(at);
  const rest = at - low;
  const value = sorted[low] as number;
  return rest === 0 ? value : value + rest * ((sorted[low + 1] as number) - value);
}
