/**
 * Displacements of the parts of a network that no interferogram joins, put onto one time axis by NSBAS: a straight
 * line through all epochs that weighs nothing against the interferograms (Lopez-Quiroz et al. 2009; Doin et
 * al. 2011). LiCSBAS gives the line a weight of 1e-4; this is the limit of weight 0, in closed form.
 * @module
 */
import type { NormalFactor } from './normal-factor.js';

/**
 * Shifts the parts of a series in place so that they lie on the line with the slope that the parts share,
 * and the first epoch is 0. Epoch k of lane i is `series[k * lanes + i]`. Where no part has two epochs there
 * is no slope: the lane becomes NaN.
 */
export function bridgeParts(input: {
  readonly series: Float64Array;
  readonly lanes: number;
  readonly years: Float64Array;
  readonly partOf: Int32Array;
  readonly parts: number;
}): void {
  const { series, lanes, years, partOf, parts } = input;
  if (parts === 1) {
    // The usual case: only the first epoch has to become 0.
    for (let i = 0; i < lanes; i++) {
      const first = series[i] as number;
      for (let at = i; at < partOf.length * lanes; at += lanes) {
        series[at] = (series[at] as number) - first;
      }
    }
    return;
  }
  const meanYears = new Float64Array(parts);
  const sizes = new Float64Array(parts);
  partOf.forEach((part, k) => {
    sizes[part] = (sizes[part] as number) + 1;
    meanYears[part] = (meanYears[part] as number) + (years[k] as number);
  });
  for (let c = 0; c < parts; c++) meanYears[c] = (meanYears[c] as number) / (sizes[c] as number);
  const spread = years.reduce(
    (sum, t, k) => sum + (t - (meanYears[partOf[k] as number] as number)) ** 2,
    0,
  );
  const means = new Float64Array(parts);
  for (let i = 0; i < lanes; i++) {
    means.fill(0);
    let product = 0;
    partOf.forEach((part, k) => {
      const value = series[k * lanes + i] as number;
      means[part] = (means[part] as number) + value / (sizes[part] as number);
      product += value * ((years[k] as number) - (meanYears[part] as number));
    });
    const slope = product / spread;
    const shift = means.map(
      (mean, c) => slope * ((meanYears[c] as number) - (meanYears[0] as number)) - mean,
    );
    const start = (series[i] as number) + (shift[partOf[0] as number] as number);
    partOf.forEach((part, k) => {
      const at = k * lanes + i;
      series[at] = (series[at] as number) + (shift[part] as number) - start;
    });
  }
}

/** Variance of a slope that several parts share, each with an offset of its own. */
export function spreadVariance(
  years: Float64Array,
  { partOf, parts }: Pick<NormalFactor, 'partOf' | 'parts'>,
): number {
  const [sum, size, squares] = [0, 0, 0].map(() => new Float64Array(parts)) as [
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  partOf.forEach((part, k) => {
    const t = years[k] as number;
    sum[part] = (sum[part] as number) + t;
    squares[part] = (squares[part] as number) + t * t;
    size[part] = (size[part] as number) + 1;
  });
  return (
    1 / sum.reduce((all, s, c) => all + (squares[c] as number) - s ** 2 / (size[c] as number), 0)
  );
}
