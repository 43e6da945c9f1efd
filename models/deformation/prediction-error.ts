/**
 * In: what a first fit leaves over where the ground moved. Out: how wrong a simple source is there
 * and over which distance such errors hang together.
 * The covariance of the prediction, sill w_i w_j exp(-h / range), is added to that of the data
 * (Duputel et al. 2014, GJI 197, on prediction uncertainty). Without it, near-field detail that no
 * rectangle can explain would outvote the far field. The weights fall
 * off smoothly outside the moving area; the range is kept below a tenth of its radius, because errors
 * as wide as the signal could not be told from the source itself.
 * @module
 */
import type { SampledScene } from './scene-points.js';
import { fitVariogram, semivariogram, type NoiseModel, type SignalArea } from './scene-noise.js';

export interface PredictionError {
  /** Variance of the error in the middle of the moving area, m2. */
  readonly sillM2: number;
  readonly rangeM: number;
  /** 0 to 1: how much of the error each point has. */
  readonly weights: Float64Array;
}

/** Prediction error from the residuals of a first fit; offset and ramp are already removed. */
export function predictionError(input: {
  readonly points: SampledScene;
  readonly residualM: Float64Array;
  readonly noise: NoiseModel;
  readonly area: SignalArea;
}): PredictionError {
  const { points, residualM, noise, area } = input;
  const weights = points.eastM.map((eastM, i) => {
    const away = Math.hypot(eastM - area.eastM, (points.northM[i] as number) - area.northM);
    return 1 / (1 + (away / area.radiusM) ** 4);
  });
  const near = [...weights.keys()].filter((i) => (weights[i] as number) > 0.5);
  const dataVariance = noise.sillM2 + noise.nuggetM2;
  let [over, pixels] = [0, 0];
  for (const i of near) {
    const count = points.pixels[i] as number;
    over += count * ((residualM[i] as number) ** 2 - dataVariance);
    pixels += count;
  }
  const sillM2 = Math.max(0, over / Math.max(1, pixels));
  const longest = area.radiusM / 10;
  if (near.length < 12) return { sillM2, rangeM: longest, weights };
  const pick = (values: Float64Array): number[] => near.map((i) => values[i] as number);
  const edgesM = Array.from({ length: 10 }, (_, k) => (area.radiusM / 2) * ((k + 1) / 10) ** 1.5);
  const { rangeM } = fitVariogram(
    semivariogram({
      eastM: pick(points.eastM),
      northM: pick(points.northM),
      values: pick(residualM),
      edgesM,
    }),
  );
  return { sillM2, rangeM: Math.min(longest, rangeM), weights };
}
