/**
 * In: posterior samples of a source. Out: mean, spread and percentiles, moment and magnitude, and
 * the other nodal plane.
 * @module
 */
import type { PointInversion } from './invert-points.js';
import type { SourceModel, SourceName } from './source-model.js';

const RAD = Math.PI / 180;

/** Summary of one column of samples, in its unit. */
export interface Marginal {
  readonly mean: number;
  readonly sd: number;
  readonly p05: number;
  readonly p50: number;
  readonly p95: number;
}

/** Summary of column `k` of a row-major [samples, width] matrix. */
export function marginal(samples: Float64Array, width: number, k: number): Marginal {
  const n = samples.length / width;
  const values = Float64Array.from(
    { length: n },
    (_, i) => samples[i * width + k] as number,
  ).sort();
  const mean = values.reduce((sum, v) => sum + v, 0) / n;
  const squares = values.reduce((sum, v) => sum + (v - mean) ** 2, 0);
  const quantile = (p: number): number => {
    const at = p * (n - 1);
    const low = values[Math.floor(at)] as number;
    return low + (at - Math.floor(at)) * ((values[Math.ceil(at)] as number) - low);
  };
  return {
    mean,
    sd: n > 1 ? Math.sqrt(squares / (n - 1)) : 0,
    p05: quantile(0.05),
    p50: quantile(0.5),
    p95: quantile(0.95),
  };
}

/** Moment magnitude of a moment in N m (Kanamori 1977; Hanks and Kanamori 1979, IASPEI 2005). */
export function momentMagnitude(momentNm: number): number {
  return (2 / 3) * (Math.log10(momentNm) - 9.1);
}

/** Samples of a rectangle with centroid depth, moment and magnitude as further columns. */
export function magnitudeOf(
  result: { readonly columns: readonly string[]; readonly samples: Float64Array },
  rigidityPa: number,
): { readonly columns: readonly string[]; readonly samples: Float64Array } {
  const width = result.columns.length;
  const n = result.samples.length / width;
  const at = (name: string): number => result.columns.indexOf(name);
  const added = ['centroidDepthM', 'momentNm', 'mw'];
  const samples = new Float64Array(n * (width + added.length));
  for (let i = 0; i < n; i++) {
    const row = result.samples.subarray(i * width, (i + 1) * width);
    const value = (name: string): number => row[at(name)] as number;
    const momentNm = rigidityPa * value('lengthM') * value('widthM') * value('slipM');
    const centroidDepthM =
      value('topDepthM') + (value('widthM') / 2) * Math.sin(value('dipDeg') * RAD);
    samples.set(row, i * (width + 3));
    samples.set([centroidDepthM, momentNm, momentMagnitude(momentNm)], i * (width + 3) + width);
  }
  return { columns: added, samples };
}

/** A plane and its slip; degrees, Aki and Richards (2002) conventions. */
export interface NodalPlane {
  readonly strikeDeg: number;
  readonly dipDeg: number;
  readonly rakeDeg: number;
}

/** The other plane of the same double couple (Aki and Richards 2002, section 4.5). */
export function auxiliaryPlane(plane: NodalPlane): NodalPlane {
  const [strike, dip, rake] = [plane.strikeDeg, plane.dipDeg, plane.rakeDeg].map(
    (v) => v * RAD,
  ) as [number, number, number];
  const [ss, cs, sd, cd] = [Math.sin(strike), Math.cos(strike), Math.sin(dip), Math.cos(dip)];
  const [sr, cr] = [Math.sin(rake), Math.cos(rake)];
  // North, east, down: the slip becomes the normal of the other plane, the normal its slip.
  let normal = [cr * cs + cd * sr * ss, cr * ss - cd * sr * cs, -sr * sd] as [
    number,
    number,
    number,
  ];
  let slip = [-sd * ss, sd * cs, -cd] as [number, number, number];
  if (normal[2] > 0) {
    normal = normal.map((v) => -v) as typeof normal;
    slip = slip.map((v) => -v) as typeof slip;
  }
  const dip2 = Math.acos(Math.min(1, -normal[2]));
  const strike2 = Math.atan2(-normal[0], normal[1]);
  const along = slip[0] * Math.cos(strike2) + slip[1] * Math.sin(strike2);
  const rake2 = Math.atan2(-slip[2] / Math.max(1e-12, Math.sin(dip2)), along);
  return { strikeDeg: (strike2 / RAD + 360) % 360, dipDeg: dip2 / RAD, rakeDeg: rake2 / RAD };
}

/** Correlation of the columns of samples, [width, width]: the trade-offs of the posterior. 0 for constants. */
export function correlationOf(samples: Float64Array, width: number): Float64Array {
  const n = samples.length / width;
  const at = (i: number, k: number): number => samples[i * width + k] as number;
  const means = Array.from({ length: width }, (_, k) => {
    let sum = 0;
    for (let i = 0; i < n; i++) sum += at(i, k);
    return sum / n;
  });
  const covariance = new Float64Array(width * width);
  for (let i = 0; i < n; i++) {
    for (let a = 0; a < width; a++) {
      for (let b = 0; b <= a; b++) {
        const product = (at(i, a) - (means[a] as number)) * (at(i, b) - (means[b] as number));
        covariance[a * width + b] = (covariance[a * width + b] as number) + product;
      }
    }
  }
  const out = new Float64Array(width * width);
  for (let a = 0; a < width; a++) {
    for (let b = 0; b <= a; b++) {
      const scale = Math.sqrt(
        (covariance[a * (width + 1)] as number) * (covariance[b * (width + 1)] as number),
      );
      const value = scale > 0 ? (covariance[a * width + b] as number) / scale : 0;
      out[a * width + b] = value;
      out[b * width + a] = value;
    }
  }
  return out;
}

/** A plane that the posterior holds, and its share of the samples. */
export interface PlaneShare extends NodalPlane {
  readonly share: number;
}

/**
 * Planes of a rectangle's posterior: samples whose strikes lie within 90 degrees of the best are one plane, the
 * others another. Medians of each.
 */
export function planesOf(input: {
  readonly samples: Float64Array;
  readonly columns: readonly string[];
  readonly bestStrikeDeg: number;
}): PlaneShare[] {
  const width = input.columns.length;
  const n = input.samples.length / width;
  const column = (name: string): number => input.columns.indexOf(name);
  const groups: number[][] = [[], []];
  for (let i = 0; i < n; i++) {
    const strike = input.samples[i * width + column('strikeDeg')] as number;
    const turn = Math.abs(((((strike - input.bestStrikeDeg) % 360) + 540) % 360) - 180);
    (turn <= 90 ? groups[0] : groups[1])?.push(i);
  }
  return groups
    .filter((rows) => rows.length > 0)
    .map((rows) => {
      const median = (name: string): number => {
        const values = rows.map((i) => input.samples[i * width + column(name)] as number);
        return values.sort((a, b) => a - b)[Math.floor(values.length / 2)] as number;
      };
      const [strike, dip, rake] = [median('strikeDeg'), median('dipDeg'), median('rakeDeg')];
      // Samples of steep planes lean over the vertical.
      const isOver = dip > 90;
      return {
        strikeDeg: (((isOver ? strike + 180 : strike) % 360) + 360) % 360,
        dipDeg: isOver ? 180 - dip : dip,
        rakeDeg: isOver ? -rake : rake,
        share: rows.length / n,
      };
    })
    .sort((a, b) => b.share - a.share);
}

/** What a person is told of the posterior of an inversion; moment and magnitude for rectangles that slip. */
export function posteriorOf(
  name: SourceName,
  model: SourceModel,
  result: PointInversion,
  rigidityPa: number,
) {
  const magnitude = name === 'okada' ? magnitudeOf(result, rigidityPa) : null;
  const columns = [...result.columns, ...(magnitude?.columns ?? [])];
  const samples = magnitude ? magnitude.samples : result.samples;
  const marginals: Readonly<Record<string, Marginal>> = Object.fromEntries(
    columns.map((column, k) => [column, marginal(samples, columns.length, k)]),
  );
  return {
    columns,
    samples,
    marginals,
    best: Object.fromEntries(
      model.parameters.map((spec, i) => [spec.name, result.best[i] as number]),
    ),
    mw: marginals['mw'] ?? null,
    correlation: correlationOf(samples, columns.length),
    planes:
      name === 'okada'
        ? planesOf({ samples, columns, bestStrikeDeg: result.best[3] as number })
        : [],
  };
}
