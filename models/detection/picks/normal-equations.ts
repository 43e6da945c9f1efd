/** Symmetric positive definite systems of four unknowns, lower triangles in row-major [4, 4]. @module */

const factor = new Float64Array(16);

/** Cholesky factor of the lower triangle into the module's scratch; false when not positive. */
function factorise(matrix: Float64Array): boolean {
  for (let i = 0; i < 4; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = matrix[i * 4 + j] as number;
      for (let k = 0; k < j; k++)
        sum -= (factor[i * 4 + k] as number) * (factor[j * 4 + k] as number);
      if (i === j) {
        if (!(sum > 1e-12)) return false;
        factor[i * 4 + i] = Math.sqrt(sum);
      } else factor[i * 4 + j] = sum / (factor[j * 4 + j] as number);
    }
  }
  return true;
}

/** Solves `matrix x solution = right`; false when the matrix is not positive definite. */
export function solveNormal4(
  matrix: Float64Array,
  right: Float64Array,
  solution: Float64Array,
): boolean {
  if (!factorise(matrix)) return false;
  substitute(right, solution);
  return true;
}

function substitute(right: Float64Array, solution: Float64Array): void {
  for (let i = 0; i < 4; i++) {
    let sum = right[i] as number;
    for (let k = 0; k < i; k++) sum -= (factor[i * 4 + k] as number) * (solution[k] as number);
    solution[i] = sum / (factor[i * 4 + i] as number);
  }
  for (let i = 3; i >= 0; i--) {
    let sum = solution[i] as number;
    for (let k = i + 1; k < 4; k++) sum -= (factor[k * 4 + i] as number) * (solution[k] as number);
    solution[i] = sum / (factor[i * 4 + i] as number);
  }
}

const unit = new Float64Array(4);
const column = new Float64Array(4);

/** Inverse into `inverse` (full); returns half the log determinant of the inverse, -Infinity when there is none. */
export function invert4(matrix: Float64Array, inverse: Float64Array): number {
  if (!factorise(matrix)) return Number.NEGATIVE_INFINITY;
  let half = 0;
  for (let i = 0; i < 4; i++) half -= Math.log(factor[i * 5] as number);
  for (let i = 0; i < 4; i++) {
    unit.fill(0);
    unit[i] = 1;
    substitute(unit, column);
    for (let j = 0; j < 4; j++) inverse[j * 4 + i] = column[j] as number;
  }
  return half;
}
