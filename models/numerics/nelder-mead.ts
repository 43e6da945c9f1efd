/** Minimum of a function of a few variables without derivatives (Nelder & Mead 1965). @module */

/**
 * Goes downhill from `start` with a simplex of sides `scale`, begun anew once where it stops. An
 * infinite objective is a wall.
 */
export function minimise(input: {
  readonly objective: (point: readonly number[]) => number;
  readonly start: readonly number[];
  readonly scale: readonly number[];
  /** Default 2000. */
  readonly evaluations?: number;
  /** Stops where the values of the simplex differ by less; default 1e-10. */
  readonly tolerance?: number;
}): { readonly point: number[]; readonly value: number } {
  const { evaluations = 2000, tolerance = 1e-10 } = input;
  let best = { point: [...input.start], value: input.objective(input.start) };
  for (const shrink of [1, 0.1, 0.01]) {
    const scale = input.scale.map((side) => side * shrink);
    const next = descend({ ...input, start: best.point, scale, evaluations, tolerance });
    if (next.value <= best.value) best = next;
  }
  return best;
}

interface Vertex {
  readonly point: number[];
  readonly value: number;
}

function descend(input: {
  readonly objective: (point: readonly number[]) => number;
  readonly start: readonly number[];
  readonly scale: readonly number[];
  readonly evaluations: number;
  readonly tolerance: number;
}): Vertex {
  const { objective, start, scale } = input;
  const n = start.length;
  let used = 0;
  const at = (point: number[]): Vertex => {
    used++;
    return { point, value: objective(point) };
  };
  const simplex = [at([...start])];
  for (let k = 0; k < n; k++) {
    simplex.push(at(start.map((v, i) => (i === k ? v + (scale[k] as number) : v))));
  }
  while (used < input.evaluations) {
    simplex.sort((a, b) => a.value - b.value);
    const best = simplex[0] as Vertex;
    const worst = simplex[n] as Vertex;
    if (worst.value - best.value < input.tolerance) break;
    const middle = start.map(
      (_, i) => simplex.slice(0, n).reduce((sum, { point }) => sum + (point[i] as number), 0) / n,
    );
    const along = (t: number): Vertex =>
      at(middle.map((m, i) => m + t * ((worst.point[i] as number) - m)));
    const reflected = along(-1);
    if (reflected.value < best.value) {
      const expanded = along(-2);
      simplex[n] = expanded.value < reflected.value ? expanded : reflected;
    } else if (reflected.value < (simplex[n - 1] as Vertex).value) simplex[n] = reflected;
    else {
      const contracted = along(reflected.value < worst.value ? -0.5 : 0.5);
      if (contracted.value < Math.min(reflected.value, worst.value)) simplex[n] = contracted;
      else {
        for (let k = 1; k <= n; k++) {
          const { point } = simplex[k] as Vertex;
          simplex[k] = at(point.map((v, i) => ((best.point[i] as number) + v) / 2));
        }
      }
    }
  }
  simplex.sort((a, b) => a.value - b.value);
  return simplex[0] as Vertex;
}
