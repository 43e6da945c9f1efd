/**
 * In: points whose errors were taken as independent, and a first fit. Out: how much of that information is really
 * there when errors are correlated in space. The likelihood to this power has the curvature, on the average over
 * parameters, of the sandwich covariance (composite likelihood with magnitude adjustment: Pauli, Racugno and Ventura
 * 2011, Statistica Sinica 21, 149-164).
 * @module
 */
import { createRandom } from '../../core/random.js';
import { predict, type Prepared } from './inverse-problem.js';
import { backSubstitute, cholesky, dot, forwardSubstitute } from './linear-algebra.js';
import { fitVariogram, semivariogram, type NoiseModel } from './scene-noise.js';
import { toNatural, toSampled, type SourceModel } from './source-models.js';

/** Points of a table that correlations are judged by. */
const SAMPLES = 1500;
/** Correlations beyond so many ranges count as none. */
const FAR = 6;

/** A share from 0 to 1; 1 when the residuals of the fit `values` (natural units) show no correlation. */
export function effectiveShare(
  model: SourceModel,
  sets: readonly Prepared[],
  values: readonly number[],
  seed: number,
): number {
  const specs = model.parameters;
  const centre = toSampled(specs, values);
  const n = specs.length;
  const information = new Float64Array(n * n);
  const score = new Float64Array(n * n);
  sets.forEach((set, s) => {
    const predicted = (point: readonly number[]): Float64Array => {
      const out = predict(model, set.set.points, toNatural(specs, point));
      set.project(out);
      return out;
    };
    const base = predicted(centre);
    const residual = set.data.map((v, i) => v - (base[i] as number));
    const picked = pick(residual.length, seed + s);
    const { rangeM, rho } = correlationOf(set, residual, picked);
    const columns = specs.map((spec, i) => {
      const by = 1e-3 * spec.typical;
      const at = (step: number): Float64Array =>
        predicted(centre.map((v, k) => (k === i ? v + step : v)));
      // The other way where the formula ends.
      const up = at(by);
      const [moved, step] = up.every(Number.isFinite) ? [up, by] : [at(-by), -by];
      return Float64Array.from(
        picked,
        (k) => (((moved[k] as number) - (base[k] as number)) * spec.typical) / step,
      );
    });
    // Points stand for as many as there are of each that was picked.
    const weight = residual.length / picked.length;
    const correlated = correlate(set, picked, columns, rangeM, rho * weight);
    columns.forEach((a, i) =>
      columns.forEach((b, j) => {
        information[i * n + j] = (information[i * n + j] as number) + weight * dot(a, b);
        score[i * n + j] =
          (score[i * n + j] as number) + weight * dot(a, correlated[j] as Float64Array);
      }),
    );
  });
  for (let i = 0; i < n; i++) {
    information[i * (n + 1)] = (information[i * (n + 1)] as number) * (1 + 1e-9) + 1e-12;
  }
  const factor = cholesky(information, n, 0);
  if (!factor) return 1;
  let trace = 0;
  for (let j = 0; j < n; j++) {
    const column = Float64Array.from({ length: n }, (_, i) => score[i * n + j] as number);
    forwardSubstitute(factor, n, column);
    backSubstitute(factor, n, column);
    trace += column[j] as number;
  }
  return Math.min(1, Math.max(1e-3, n / trace));
}

function pick(count: number, seed: number): number[] {
  const all = Array.from({ length: count }, (_, i) => i);
  if (count <= SAMPLES) return all;
  const random = createRandom(seed);
  for (let i = 0; i < SAMPLES; i++) {
    const j = i + random.integer(count - i);
    [all[i], all[j]] = [all[j] as number, all[i] as number];
  }
  return all.slice(0, SAMPLES);
}

/** Range, and the correlation of neighbours, of an exponential model of the residuals. */
function correlationOf(
  set: Prepared,
  residual: Float64Array,
  picked: readonly number[],
): { readonly rangeM: number; readonly rho: number } {
  const take = (from: Float64Array): Float64Array =>
    Float64Array.from(picked, (k) => from[k] as number);
  const [eastM, northM] = [take(set.set.points.eastM), take(set.set.points.northM)];
  const extent = 2 * Math.max(...eastM.map(Math.abs), ...northM.map(Math.abs), 1);
  const edgesM = Array.from({ length: 20 }, (_, k) => (extent / 3) * ((k + 1) / 20) ** 2.2);
  const noise: NoiseModel = fitVariogram(
    semivariogram({ eastM, northM, values: take(residual), edgesM }),
  );
  const total = noise.sillM2 + noise.nuggetM2;
  return { rangeM: noise.rangeM, rho: total > 0 ? noise.sillM2 / total : 0 };
}

/** Columns times the correlation matrix; `rho` scales what is off its diagonal. */
function correlate(
  set: Prepared,
  picked: readonly number[],
  columns: readonly Float64Array[],
  rangeM: number,
  rho: number,
): Float64Array[] {
  const { eastM, northM } = set.set.points;
  const out = columns.map((column) => column.slice());
  for (let i = 0; i < picked.length; i++) {
    const [a, east] = [picked[i] as number, eastM[picked[i] as number] as number];
    for (let j = 0; j < i; j++) {
      const b = picked[j] as number;
      const x = east - (eastM[b] as number);
      const y = (northM[a] as number) - (northM[b] as number);
      const distance = Math.sqrt(x * x + y * y);
      if (distance > FAR * rangeM) continue;
      const r = rho * Math.exp(-distance / rangeM);
      columns.forEach((column, k) => {
        const target = out[k] as Float64Array;
        target[i] = (target[i] as number) + r * (column[j] as number);
        target[j] = (target[j] as number) + r * (column[i] as number);
      });
    }
  }
  return out;
}
