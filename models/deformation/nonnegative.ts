/**
 * Least squares with no negative unknown. In: normal matrix and right side. Out: the solution.
 * Lawson and Hanson (1974), algorithm NNLS, on the normal equations (Bro and de Jong 1997, J. Chemometrics 11): the
 * matrix is factored only for the unknowns that are free.
 * @module
 */
import { backSubstitute, cholesky, forwardSubstitute } from './linear-algebra.js';

/** argmin of x' A x - 2 b' x over x >= 0, A symmetric positive definite, row-major [n, n]. */
export function solveNonNegative(
  normal: Float64Array,
  right: Float64Array,
  start?: Float64Array,
): Float64Array {
  const n = right.length;
  const x = new Float64Array(n);
  const free = new Uint8Array(n);
  start?.forEach((value, i) => {
    free[i] = value > 0 ? 1 : 0;
  });
  let candidate = start ? solveFree(normal, right, free) : x.slice();
  const tolerance = 1e-10 * Math.max(...right.map(Math.abs), 1e-300);
  for (let iteration = 0; iteration < 10 * n + 10; iteration++) {
    // Move towards the free solution until an unknown would turn negative; hold that one.
    for (let inner = 0; inner < n + 1; inner++) {
      let step = 1;
      for (let i = 0; i < n; i++) {
        const next = candidate[i] as number;
        if (free[i] && next <= 0) {
          const here = x[i] as number;
          step = Math.min(step, here / (here - next || 1e-300));
        }
      }
      let held = false;
      for (let i = 0; i < n; i++) {
        const here = x[i] as number;
        x[i] = here + step * ((candidate[i] as number) - here);
        if (free[i] && step < 1 && (candidate[i] as number) <= 0 && (x[i] as number) <= 1e-14) {
          x[i] = 0;
          free[i] = 0;
          held = true;
        }
      }
      if (step >= 1 && !held) break;
      candidate = solveFree(normal, right, free);
    }
    let best = -1;
    let most = tolerance;
    for (let i = 0; i < n; i++) {
      if (free[i]) continue;
      let gradient = right[i] as number;
      for (let j = 0; j < n; j++) gradient -= (normal[i * n + j] as number) * (x[j] as number);
      if (gradient > most) [best, most] = [i, gradient];
    }
    if (best < 0) break;
    free[best] = 1;
    candidate = solveFree(normal, right, free);
  }
  return x;
}

function solveFree(normal: Float64Array, right: Float64Array, free: Uint8Array): Float64Array {
  const n = right.length;
  const at = [...free.keys()].filter((i) => free[i]);
  const m = at.length;
  const out = new Float64Array(n);
  const part = new Float64Array(m * m);
  at.forEach((i, a) => at.forEach((j, b) => (part[a * m + b] = normal[i * n + j] as number)));
  const factor = cholesky(part, m, 0);
  if (!factor) return out;
  const solution = Float64Array.from(at, (i) => right[i] as number);
  forwardSubstitute(factor, m, solution);
  backSubstitute(factor, m, solution);
  at.forEach((i, a) => (out[i] = solution[a] as number));
  return out;
}
