/**
 * In: a source model, prepared data and a seed. Out: the distinct best fits found from many starts.
 * Levenberg-Marquardt on the shape, with strengths, offsets and ramps solved inside each step.
 * @module
 */
import { createRandom } from '../../core/random.js';
import { fitStrengths, type Fitted, type Prepared } from './inverse-problem.js';
import { backSubstitute, cholesky, dot, forwardSubstitute } from './linear-algebra.js';
import type { SignalArea } from './scene-noise.js';
import { sampledBounds, toNatural, toSampled, type SourceModel } from './source-models.js';

/** A local best fit, natural units. */
export interface Mode {
  /** All parameters of the model, shape first. */
  readonly values: readonly number[];
  /** Misfit in units of the assumed noise, summed. */
  readonly chi2: number;
}

/** Improves a shape (natural units) until the misfit stops falling. */
export function refine(
  model: SourceModel,
  sets: readonly Prepared[],
  start: readonly number[],
  iterations: number,
): Mode {
  const specs = model.parameters.slice(0, model.shapeCount);
  const bounds = specs.map(sampledBounds);
  const clamp = (v: number, i: number): number =>
    Math.min(bounds[i]?.[1] ?? v, Math.max(bounds[i]?.[0] ?? v, v));
  const evaluate = (sampled: readonly number[]): Fitted =>
    fitStrengths(model, sets, toNatural(specs, sampled));
  let shape = toSampled(specs, start.slice(0, specs.length)).map(clamp);
  let current = evaluate(shape);
  let damping = 0.01;
  for (let iteration = 0; iteration < iterations; iteration++) {
    const jacobian = specs.map((spec, i) => {
      // A step inward from a bound; the size is small against any change that matters.
      const size = 1e-3 * spec.typical;
      const step = clamp((shape[i] as number) + size, i) === (shape[i] as number) ? -size : size;
      const at = (by: number): Fitted => evaluate(shape.map((v, k) => (k === i ? v + by : v)));
      let moved = at(step);
      let scale = spec.typical / step;
      if (!Number.isFinite(moved.chi2)) {
        // The edge of what a formula can do: look to the other side.
        moved = at(-step);
        scale = -scale;
      }
      return moved.residual.map((v, k) => (v - (current.residual[k] as number)) * scale);
    });
    const n = specs.length;
    const normal = new Float64Array(n * n);
    jacobian.forEach((a, i) => jacobian.forEach((b, j) => (normal[i * n + j] = dot(a, b))));
    const gradient = Float64Array.from(jacobian, (column) => -dot(column, current.residual));
    let improved = false;
    for (let attempt = 0; attempt < 6 && !improved; attempt++) {
      const damped = normal.slice();
      for (let i = 0; i < n; i++) {
        damped[i * n + i] = (normal[i * n + i] as number) * (1 + damping) + 1e-9 * current.chi2;
      }
      const factor = cholesky(damped, n, 0);
      if (!factor) {
        damping *= 10;
        continue;
      }
      const step = gradient.slice();
      forwardSubstitute(factor, n, step);
      backSubstitute(factor, n, step);
      const next = shape.map((v, i) =>
        clamp(v + (step[i] as number) * (specs[i]?.typical ?? 1), i),
      );
      const fitted = evaluate(next);
      if (fitted.chi2 < current.chi2) {
        improved = current.chi2 - fitted.chi2 > 1e-5 * current.chi2;
        shape = next;
        current = fitted;
        damping = Math.max(1e-6, damping / 5);
        if (!improved) break;
      } else damping *= 5;
    }
    if (!improved) break;
  }
  const natural = toNatural(specs, shape);
  return {
    values: [...natural, ...model.fromStrengths(current.strengths)],
    chi2: current.chi2,
  };
}

/** Random shapes that suit the moving area, one for each start. */
export function randomStarts(
  model: SourceModel,
  area: SignalArea,
  count: number,
  seed: number,
): number[][] {
  const random = createRandom(seed);
  const between = (low: number, high: number): number => low + (high - low) * random.uniform();
  const size = Math.max(area.radiusM, 1000);
  return Array.from({ length: count }, (_, k) => {
    const place = [
      area.eastM + 0.25 * size * random.normal(),
      area.northM + 0.25 * size * random.normal(),
    ];
    return model.parameters.slice(0, model.shapeCount).map((spec, i) => {
      if (i < 2) return place[i] as number;
      // Strikes go round the circle, so that both nodal planes are tried whatever the seed.
      if (spec.scale === 'angle') return (360 * (k + random.uniform())) / count;
      const [low, high] = spec.start ?? [spec.min, spec.max];
      return spec.scale === 'log' && !spec.start
        ? low * (high / low) ** random.uniform()
        : between(low, high);
    });
  });
}

/**
 * Distinct modes, best first. `coarse` is a smaller version of the data for the first look; the
 * `keep` best starts are refined on `full`.
 */
export function multiStart(input: {
  readonly model: SourceModel;
  readonly coarse: readonly Prepared[];
  readonly full: readonly Prepared[];
  readonly starts: readonly (readonly number[])[];
  readonly keep: number;
  readonly onStart?: (index: number) => void;
}): Mode[] {
  const { model, coarse, full } = input;
  const first = input.starts.map((start, i) => {
    input.onStart?.(i);
    return refine(model, coarse, start, 25);
  });
  const distinct = pickDistinct(model, first, input.keep);
  const refined = distinct.map((mode) => refine(model, full, mode.values, 40));
  return pickDistinct(model, refined, input.keep);
}

/** Best first, without those that lie within a few typical steps of a better one. */
function pickDistinct(model: SourceModel, modes: readonly Mode[], keep: number): Mode[] {
  const specs = model.parameters.slice(0, model.shapeCount);
  const chosen: Mode[] = [];
  for (const mode of modes.toSorted((a, b) => a.chi2 - b.chi2)) {
    const here = toSampled(specs, mode.values);
    const known = chosen.some((other) => {
      const there = toSampled(specs, other.values);
      return specs.every((spec, i) => {
        let apart = Math.abs((here[i] as number) - (there[i] as number));
        if (spec.scale === 'angle') apart = Math.abs(((apart + 180) % 360) - 180);
        return apart < 4 * spec.typical;
      });
    });
    if (!known) chosen.push(mode);
    if (chosen.length === keep) break;
  }
  return chosen;
}
