/**
 * In: the noise of a scene, the blocks it was averaged to, and how wrong predictions are. Out: the
 * Cholesky factor of the covariance of the block means.
 * @module
 */
import { NoSolutionError } from '../../core/errors.js';
import { cholesky, dot, forwardSubstitute } from './linear-algebra.js';
import type { PredictionError } from './prediction-error.js';
import type { SampledScene } from './scene-points.js';
import type { NoiseModel } from './scene-noise.js';

/** Covariance of block means in factored form. */
export interface NoiseFactor {
  /** Lower Cholesky factor, [n, n], m. */
  readonly factor: Float64Array;
  /** What had to be added to the diagonal before it could be factored, m2: a floor of its eigenvalues. */
  readonly floorM2: number;
}

/** Mean over both blocks of exp(-distance / range), 3 x 3 places each, [n, n]. */
export function blockCorrelation(points: SampledScene, rangeM: number): Float64Array {
  const n = points.losM.length;
  const offsets = [-1 / 3, 0, 1 / 3];
  const east = new Float64Array(9 * n);
  const north = new Float64Array(9 * n);
  for (let i = 0; i < n; i++) {
    offsets.forEach((a, k) =>
      offsets.forEach((b, l) => {
        east[9 * i + 3 * k + l] = (points.eastM[i] as number) + a * (points.sizeEastM[i] as number);
        north[9 * i + 3 * k + l] =
          (points.northM[i] as number) + b * (points.sizeNorthM[i] as number);
      }),
    );
  }
  const out = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      const de = (points.eastM[i] as number) - (points.eastM[j] as number);
      const dn = (points.northM[i] as number) - (points.northM[j] as number);
      const distanceM = Math.sqrt(de * de + dn * dn);
      if (distanceM > 12 * rangeM) continue;
      const sizeM =
        (points.sizeEastM[i] as number) +
        (points.sizeNorthM[i] as number) +
        (points.sizeEastM[j] as number) +
        (points.sizeNorthM[j] as number);
      let value = 0;
      // Far apart the mean over the blocks is the value between their middles.
      if (distanceM > 5 * sizeM) value = Math.exp(-distanceM / rangeM);
      else {
        for (let a = 9 * i; a < 9 * i + 9; a++) {
          for (let b = 9 * j; b < 9 * j + 9; b++) {
            const x = (east[a] as number) - (east[b] as number);
            const y = (north[a] as number) - (north[b] as number);
            value += Math.exp(-Math.sqrt(x * x + y * y) / rangeM);
          }
        }
        value /= 81;
      }
      out[i * n + j] = value;
      out[j * n + i] = value;
    }
  }
  return out;
}

/** Parts of a covariance that can be weighed against each other. */
export interface CovarianceParts {
  readonly noise: NoiseModel;
  /** `blockCorrelation` at the range of the noise. */
  readonly noiseCorrelation: Float64Array;
  /** Number of pixels of each block. */
  readonly pixels: Float64Array;
  /** Correlated error of prediction and its correlation; null without. */
  readonly error: PredictionError | null;
  readonly errorCorrelation: Float64Array | null;
}

/** Covariance of block means, [n, n], m2, with `ownM2` more on the diagonal. */
function compose(parts: CovarianceParts, errorScale: number, ownM2: Float64Array): Float64Array {
  const { noise, noiseCorrelation, error, errorCorrelation, pixels } = parts;
  const n = pixels.length;
  const out = noiseCorrelation.map((v) => v * noise.sillM2);
  for (let i = 0; i < n; i++) {
    if (error && errorCorrelation && errorScale > 0) {
      const scale = errorScale * error.sillM2 * (error.weights[i] as number);
      for (let j = 0; j < n; j++) {
        const k = i * n + j;
        out[k] =
          (out[k] as number) +
          scale * (error.weights[j] as number) * (errorCorrelation[k] as number);
      }
    }
    const own = i * (n + 1);
    out[own] = (out[own] as number) + noise.nuggetM2 / (pixels[i] as number) + (ownM2[i] as number);
  }
  return out;
}

/** Factor of a covariance; a growing floor is added until rounding no longer makes it indefinite. */
function factorOf(covariance: Float64Array, n: number, noise: NoiseModel): NoiseFactor {
  let trace = 0;
  for (let i = 0; i < n; i++) trace += (covariance[i * (n + 1)] as number) / n;
  let floorM2 = 0;
  for (let jitter = 1e-6; jitter < 10; jitter *= 10) {
    const more = jitter * (trace || 1);
    for (let i = 0; i < n; i++)
      covariance[i * (n + 1)] = (covariance[i * (n + 1)] as number) + more;
    floorM2 += more;
    const factor = cholesky(covariance, n, 0);
    if (factor) return { factor, floorM2 };
  }
  throw new NoSolutionError({
    what: 'the noise covariance',
    reason: `it cannot be made positive definite (sill ${noise.sillM2} m2, range ${noise.rangeM} m)`,
    remedy: 'check the scene for infinite values and positions',
  });
}

/**
 * Lower Cholesky factor of the covariance of block means, [n, n]: exponential models of noise and prediction
 * error averaged over the blocks, plus nugget and `points.varianceM2`. Being a covariance of averages it is
 * positive definite; rounding is met by a growing addition to the diagonal.
 */
export function noiseFactor(
  points: SampledScene,
  noise: NoiseModel,
  error: PredictionError | null = null,
): Float64Array {
  const parts = partsOf(points, noise, error);
  return factorOf(compose(parts, 1, points.varianceM2), points.losM.length, noise).factor;
}

/** The parts of the covariance of points. */
export function partsOf(
  points: SampledScene,
  noise: NoiseModel,
  error: PredictionError | null,
): CovarianceParts {
  return {
    noise,
    noiseCorrelation: blockCorrelation(points, noise.rangeM),
    pixels: points.pixels,
    error,
    errorCorrelation: error ? blockCorrelation(points, error.rangeM) : null,
  };
}

/** Shares of the three errors of prediction tried: correlated, inside blocks, by the slope of the prediction. */
const ERROR_SCALES = [0, 0.3, 1, 3] as const;
const SPREAD_SCALES = [0, 1, 3] as const;
const SLOPE_SCALES = [0, 0.1, 0.5] as const;

export interface ChosenNoise extends NoiseFactor {
  readonly errorScale: number;
  readonly spreadScale: number;
  readonly slopeScale: number;
}

/**
 * The covariance that makes the residuals of a first fit most likely once offset and ramp are integrated out
 * (restricted maximum likelihood, Patterson and Thompson 1971, Biometrika 58). Besides the noise of the far
 * field it may hold a correlated error of prediction, the scatter that is left inside blocks, and an error in
 * proportion to the variance of the prediction inside a block, which stands for a source that is a little off.
 * Where the source explains the data, the noise alone is chosen.
 */
export function chooseNoise(input: {
  readonly parts: CovarianceParts;
  readonly residualM: Float64Array;
  /** Offset and ramp columns. */
  readonly nuisance: readonly Float64Array[];
  readonly spreadM2: Float64Array;
  readonly slopeM2: Float64Array;
}): ChosenNoise {
  const { parts, residualM, spreadM2, slopeM2 } = input;
  const n = residualM.length;
  let best: { chosen: ChosenNoise; value: number } | null = null;
  for (const spreadScale of SPREAD_SCALES) {
    for (const slopeScale of SLOPE_SCALES) {
      const ownM2 = spreadM2.map((v, i) => spreadScale * v + slopeScale * (slopeM2[i] as number));
      for (const errorScale of parts.error ? ERROR_SCALES : [0]) {
        const made = factorOf(compose(parts, errorScale, ownM2), n, parts.noise);
        const value = restrictedLogLikelihood(made.factor, residualM, input.nuisance);
        if (best && value <= best.value) continue;
        best = { value, chosen: { ...made, errorScale, spreadScale, slopeScale } };
      }
    }
  }
  return (best as NonNullable<typeof best>).chosen;
}

function restrictedLogLikelihood(
  factor: Float64Array,
  residualM: Float64Array,
  nuisance: readonly Float64Array[],
): number {
  const n = residualM.length;
  const rest = residualM.slice();
  forwardSubstitute(factor, n, rest);
  let value = 0;
  for (let i = 0; i < n; i++) value -= Math.log(factor[i * (n + 1)] as number);
  const directions: Float64Array[] = [];
  for (const column of nuisance) {
    const free = column.slice();
    forwardSubstitute(factor, n, free);
    for (const q of directions) remove(free, q);
    const length = Math.sqrt(dot(free, free));
    if (!(length > 0)) continue;
    const q = free.map((v) => v / length);
    remove(rest, q);
    directions.push(q);
    value -= Math.log(length);
  }
  return value - dot(rest, rest) / 2;
}

function remove(values: Float64Array, direction: Float64Array): void {
  const amount = dot(values, direction);
  for (let i = 0; i < values.length; i++) {
    values[i] = (values[i] as number) - amount * (direction[i] as number);
  }
}
