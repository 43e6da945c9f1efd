/**
 * A stock of fractal noise to draw atmosphere, topography and holes from: smooth grids, one finer than the other, whose
 * deviation falls off as 2^-hurst.
 * @module
 */
import type { Random } from '../../../../core/random.js';

const SIDE = 96;

/** [SIDE, SIDE], mean 0, deviation 1. */
export type Field = Float32Array;

export function makeFields(random: Random, count: number): Field[] {
  return Array.from({ length: count }, () => makeField(random, 0.5 + 0.6 * random.uniform()));
}

/** Value at u, v from 0 to 1, bilinear. */
export function fieldAt(field: Field, u: number, v: number): number {
  const [x, y] = [u * (SIDE - 1.001), v * (SIDE - 1.001)];
  const [c, r] = [Math.floor(x), Math.floor(y)];
  const [fx, fy] = [x - c, y - r];
  const at = r * SIDE + c;
  const top = (field[at] as number) * (1 - fx) + (field[at + 1] as number) * fx;
  const low = (field[at + SIDE] as number) * (1 - fx) + (field[at + SIDE + 1] as number) * fx;
  return top * (1 - fy) + low * fy;
}

function makeField(random: Random, hurst: number): Field {
  const out = new Float64Array(SIDE * SIDE);
  for (let cells = 2, weight = 1; cells <= SIDE / 2; cells *= 2, weight *= 2 ** -hurst) {
    const width = cells + 2;
    const knots = Float64Array.from({ length: width * width }, () => random.normal());
    const shift = [random.uniform(), random.uniform()] as const;
    for (let i = 0; i < out.length; i++) {
      const y = (Math.floor(i / SIDE) * cells) / SIDE + shift[0];
      const x = ((i % SIDE) * cells) / SIDE + shift[1];
      const [r, c] = [Math.floor(y), Math.floor(x)];
      const ease = (t: number): number => t * t * (3 - 2 * t);
      const [fy, fx] = [ease(y - r), ease(x - c)];
      const at = r * width + c;
      const top = (knots[at] as number) * (1 - fx) + (knots[at + 1] as number) * fx;
      const low = (knots[at + width] as number) * (1 - fx) + (knots[at + width + 1] as number) * fx;
      out[i] = (out[i] as number) + weight * (top * (1 - fy) + low * fy);
    }
  }
  const mean = out.reduce((sum, v) => sum + v, 0) / out.length;
  const scale = Math.sqrt(out.reduce((sum, v) => sum + (v - mean) ** 2, 0) / out.length);
  return Float32Array.from(out, (v) => (v - mean) / scale);
}
