/**
 * In: the noise of a scene, the blocks it was averaged to, and how wrong predictions are. Out: the
 * Cholesky factor of the covariance of the block means.
 * @module
 */
import { NoSolutionError } from '../../core/errors.js';
import { cholesky } from './linear-algebra.js';
import type { PredictionError } from './prediction-error.js';
import type { SampledScene } from './quadtree.js';
import type { NoiseModel } from './scene-noise.js';

/**
 * Lower Cholesky factor of the covariance of block means, [n, n]: the exponential models of noise
 * and prediction error averaged over 3 x 3 points of either block, plus nugget and scatter. Being a covariance of
 * averages it is positive definite; rounding is met by a growing addition to the diagonal.
 */
export function noiseFactor(
  points: SampledScene,
  noise: NoiseModel,
  error: PredictionError | null = null,
): Float64Array {
  const n = points.losM.length;
  const offsets = [-1 / 3, 0, 1 / 3];
  const spots = Array.from({ length: n }, (_, i) =>
    offsets.flatMap((a) =>
      offsets.map((b) => [
        (points.eastM[i] as number) + a * (points.sizeEastM[i] as number),
        (points.northM[i] as number) + b * (points.sizeNorthM[i] as number),
      ]),
    ),
  ) as [number, number][][];
  const covariance = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      const distanceM = Math.hypot(
        (points.eastM[i] as number) - (points.eastM[j] as number),
        (points.northM[i] as number) - (points.northM[j] as number),
      );
      const average = (rangeM: number): number => {
        if (distanceM > 12 * rangeM) return 0;
        let sum = 0;
        for (const [e1, n1] of spots[i] as [number, number][]) {
          for (const [e2, n2] of spots[j] as [number, number][]) {
            const [de, dn] = [e1 - e2, n1 - n2];
            sum += Math.exp(-Math.sqrt(de * de + dn * dn) / rangeM);
          }
        }
        return sum / 81;
      };
      let value = noise.sillM2 * average(noise.rangeM);
      if (error) {
        const weight = (error.weights[i] as number) * (error.weights[j] as number);
        value += error.sillM2 * weight * average(error.rangeM);
      }
      covariance[i * n + j] = value;
      covariance[j * n + i] = value;
    }
    const own = i * n + i;
    // What varies inside a block is also known only that well at its centre.
    covariance[own] =
      (covariance[own] as number) +
      noise.nuggetM2 / (points.pixels[i] as number) +
      (points.varianceM2[i] as number);
  }
  const trace = covariance.reduce((sum, v, i) => sum + (i % (n + 1) === 0 ? v : 0), 0) / n;
  for (let jitter = 1e-6; jitter < 10; jitter *= 10) {
    for (let i = 0; i < n; i++) {
      const own = i * n + i;
      covariance[own] = (covariance[own] as number) + jitter * (trace || 1);
    }
    const factor = cholesky(covariance, n, 0);
    if (factor) return factor;
  }
  throw new NoSolutionError({
    what: 'the noise covariance',
    reason: `it cannot be made positive definite (sill ${noise.sillM2} m2, range ${noise.rangeM} m)`,
    remedy: 'check the scene for infinite values and positions',
  });
}
