/** A square matrix and a right side in, the solution out. @module */
import { NoSolutionError } from '../../core/errors.js';

/** Solves A x = b, A row-major [n, n], by elimination with row pivots; both are left as they are. */
export function solveDense(matrix: Float64Array, right: Float64Array): Float64Array {
  const n = right.length;
  const a = matrix.slice();
  const x = right.slice();
  for (let k = 0; k < n; k++) {
    let pivot = k;
    for (let i = k + 1; i < n; i++) {
      if (Math.abs(a[i * n + k] as number) > Math.abs(a[pivot * n + k] as number)) pivot = i;
    }
    const size = a[pivot * n + k] as number;
    if (!(Math.abs(size) > 0)) {
      throw new NoSolutionError({
        what: 'a system of linear equations',
        reason: `its matrix is singular in column ${k}`,
        remedy: 'check that no two equations or unknowns are the same',
      });
    }
    if (pivot !== k) {
      for (let j = k; j < n; j++) {
        const held = a[k * n + j] as number;
        a[k * n + j] = a[pivot * n + j] as number;
        a[pivot * n + j] = held;
      }
      const held = x[k] as number;
      x[k] = x[pivot] as number;
      x[pivot] = held;
    }
    for (let i = k + 1; i < n; i++) {
      const factor = (a[i * n + k] as number) / size;
      if (factor === 0) continue;
      for (let j = k + 1; j < n; j++) {
        a[i * n + j] = (a[i * n + j] as number) - factor * (a[k * n + j] as number);
      }
      x[i] = (x[i] as number) - factor * (x[k] as number);
    }
  }
  for (let i = n - 1; i >= 0; i--) {
    let sum = x[i] as number;
    for (let j = i + 1; j < n; j++) sum -= (a[i * n + j] as number) * (x[j] as number);
    x[i] = sum / (a[i * n + i] as number);
  }
  return x;
}
