/**
 * Small dense symmetric matrices, row-major Float64Array [n, n].
 * @module
 */
import { NoSolutionError } from '../../core/errors.js';

/**
 * Lower Cholesky factor of a symmetric positive definite matrix, [n, n] with zeros above.
 * Throws NoSolutionError when it is not positive definite.
 */
export function cholesky(matrix: Float64Array, n: number): Float64Array {
  const lower = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = matrix[i * n + j] as number;
      for (let k = 0; k < j; k++) {
        sum -= (lower[i * n + k] as number) * (lower[j * n + k] as number);
      }
      if (i === j) {
        if (!(sum > 0)) {
          throw new NoSolutionError({
            what: 'Cholesky factor',
            reason: `pivot ${i} of the ${n} x ${n} matrix is ${sum}`,
            remedy: 'give a covariance that is positive definite',
          });
        }
        lower[i * n + i] = Math.sqrt(sum);
      } else lower[i * n + j] = sum / (lower[j * n + j] as number);
    }
  }
  return lower;
}

/** Inverse of a lower triangular matrix, [n, n]. */
export function invertLower(lower: Float64Array, n: number): Float64Array {
  const inverse = new Float64Array(n * n);
  for (let j = 0; j < n; j++) {
    inverse[j * n + j] = 1 / (lower[j * n + j] as number);
    for (let i = j + 1; i < n; i++) {
      let sum = 0;
      for (let k = j; k < i; k++) {
        sum -= (lower[i * n + k] as number) * (inverse[k * n + j] as number);
      }
      inverse[i * n + j] = sum / (lower[i * n + i] as number);
    }
  }
  return inverse;
}

/** Inverse of a symmetric positive definite matrix, [n, n]. */
export function invertPositiveDefinite(matrix: Float64Array, n: number): Float64Array {
  const inverse = invertLower(cholesky(matrix, n), n);
  const result = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      let sum = 0;
      for (let k = Math.max(i, j); k < n; k++) {
        sum += (inverse[k * n + i] as number) * (inverse[k * n + j] as number);
      }
      result[i * n + j] = sum;
    }
  }
  return result;
}

/** log determinant from a Cholesky factor. */
export function logDeterminant(lower: Float64Array, n: number): number {
  let sum = 0;
  for (let i = 0; i < n; i++) sum += 2 * Math.log(lower[i * n + i] as number);
  return sum;
}

/**
 * Eigenvalues (descending) and eigenvectors of a symmetric 2 x 2 matrix.
 * `axis` is the unit eigenvector of the larger eigenvalue.
 */
export function symmetricEigen2(
  xx: number,
  xy: number,
  yy: number,
): { readonly large: number; readonly small: number; readonly axis: readonly [number, number] } {
  const mean = (xx + yy) / 2;
  const radius = Math.hypot((xx - yy) / 2, xy);
  const angle = 0.5 * Math.atan2(2 * xy, xx - yy);
  return {
    large: mean + radius,
    small: Math.max(0, mean - radius),
    axis: [Math.cos(angle), Math.sin(angle)],
  };
}
