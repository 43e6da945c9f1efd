/**
 * Small dense linear algebra in float64. Matrices are row-major Float64Arrays.
 * @module
 */

/**
 * Lower Cholesky factor of a symmetric positive definite n x n matrix; null when a pivot falls to
 * `tolerance` times the largest diagonal element or below (singular to working precision).
 */
export function cholesky(matrix: Float64Array, n: number, tolerance = 1e-13): Float64Array | null {
  const factor = new Float64Array(n * n);
  let largest = 0;
  for (let i = 0; i < n; i++) largest = Math.max(largest, matrix[i * n + i] as number);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = matrix[i * n + j] as number;
      for (let k = 0; k < j; k++) {
        sum -= (factor[i * n + k] as number) * (factor[j * n + k] as number);
      }
      if (i !== j) factor[i * n + j] = sum / (factor[j * n + j] as number);
      else if (!(sum > tolerance * largest)) return null;
      else factor[i * n + i] = Math.sqrt(sum);
    }
  }
  return factor;
}

/** Solves L y = b in place for a lower triangular L. */
export function forwardSubstitute(factor: Float64Array, n: number, values: Float64Array): void {
  for (let i = 0; i < n; i++) {
    let sum = values[i] as number;
    const row = i * n;
    for (let k = 0; k < i; k++) sum -= (factor[row + k] as number) * (values[k] as number);
    values[i] = sum / (factor[row + i] as number);
  }
}

/** Solves L^T x = y in place for a lower triangular L. */
export function backSubstitute(factor: Float64Array, n: number, values: Float64Array): void {
  for (let i = n - 1; i >= 0; i--) {
    let sum = values[i] as number;
    for (let k = i + 1; k < n; k++) {
      sum -= (factor[k * n + i] as number) * (values[k] as number);
    }
    values[i] = sum / (factor[i * n + i] as number);
  }
}

/**
 * (A^T A)^-1 A^T for a tall `rows` x `columns` matrix A, as a `columns` x `rows` matrix; null when
 * A does not have full column rank.
 */
export function leastSquaresOperator(
  matrix: Float64Array,
  rows: number,
  columns: number,
  tolerance = 1e-13,
): Float64Array | null {
  const normal = new Float64Array(columns * columns);
  for (let r = 0; r < rows; r++) {
    for (let i = 0; i < columns; i++) {
      const left = matrix[r * columns + i] as number;
      if (left === 0) continue;
      for (let j = 0; j < columns; j++) {
        normal[i * columns + j] =
          (normal[i * columns + j] as number) + left * (matrix[r * columns + j] as number);
      }
    }
  }
  const factor = cholesky(normal, columns, tolerance);
  if (!factor) return null;
  const operator = new Float64Array(columns * rows);
  for (let r = 0; r < rows; r++) {
    const column = matrix.slice(r * columns, (r + 1) * columns);
    forwardSubstitute(factor, columns, column);
    backSubstitute(factor, columns, column);
    for (let i = 0; i < columns; i++) operator[i * rows + r] = column[i] as number;
  }
  return operator;
}

/** Sum of products of two arrays of one length. */
export function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] as number) * (b[i] as number);
  return sum;
}
