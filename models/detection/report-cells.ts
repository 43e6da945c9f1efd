/**
 * Log-likelihood ratio of report cells: intensities as a Gaussian field about an intensity equation
 * with a regional bias integrated out, cells that felt nothing as censored values.
 * @module
 */
import { distanceKm, type LatLon } from '../../core/geo.js';
import type { ReportCell } from '../../core/evidence.js';
import { awMmi2007California } from '../groundmotion/intensity.js';
import { cholesky, invertLower, logDeterminant } from '../numerics/linear-algebra.js';
import { logGamma, logNormalCdf, logistic } from '../numerics/special.js';
import type { EventState } from './event-prior.js';
import type { DetectionParameters } from './parameters.js';

/** Cells of one window made ready for many evaluations. */
export interface CellLikelihood {
  /** Natural log of p(cells | event) / p(cells | no event). */
  logRatio(event: EventState): number;
  /** Mean and standard deviation of the regional bias given an event, MMI. */
  biasGiven(event: EventState): { readonly mean: number; readonly sd: number };
  /** Cells after merging, and the reports in all of them. */
  readonly cellsUsed: number;
  readonly reports: number;
}

interface MergedCell {
  readonly latitude: number;
  readonly longitude: number;
  readonly radiusKm: number;
  readonly intensity: number | null;
  readonly people: number;
  readonly cells: number;
}

/** A community intensity under this means: most of the cell felt nothing. */
const FELT_INTENSITY = 2;
/** Merging keeps evaluation cheap: the field is correlated over tens of km anyway. */
const MAX_CELLS = 120;
const MERGE_KM = [0, 10, 20, 40, 80];
/**
 * Reports without a quake: people imitate each other, so the cells share a level (mean, standard
 * deviation) and neighbours are alike, MMI. Only a fall of intensity with distance tells a quake.
 */
const NOISE_LEVEL = { mean: 4, sigma: 2 };
const NOISE_FIELD_SIGMA = 1;
/** Censored cells are neighbours too: half weight. */
const CENSORED_WEIGHT = 0.5;
/** Reports number anything up to this with equal odds in each decade, once there is a quake. */
export const MANY_REPORTS = 1e5;
/** Evidence from the number of reports alone is capped: a storm of reports is no proof. */
const COUNT_CAP_NATS = 12;
const RADIUS_SIGMA_PER_KM = 0.05;
/** Where reported intensity levels off, and how softly, MMI. */
const FLOOR_INTENSITY = 2.3;
const FLOOR_SOFTNESS = 0.6;

/** Prepares the cells of a window; null when there is nothing in them. */
export function cellLikelihood(
  cells: readonly ReportCell[],
  parameters: DetectionParameters,
): CellLikelihood | null {
  const spoken = cells.filter((c) => c.intensity !== null || c.felt + c.notFelt > 0);
  if (spoken.length === 0) return null;
  const felt = mergeUntilFew(
    spoken.filter((c) => c.intensity !== null && c.intensity >= FELT_INTENSITY),
  );
  const silent = mergeUntilFew(
    spoken.filter((c) => (c.intensity === null ? c.felt === 0 : c.intensity < FELT_INTENSITY)),
  );
  const counted = mergeUntilFew(spoken.filter((c) => c.intensity === null && c.felt > 0));
  const field = gaussianField(felt, parameters);
  const people = spoken.reduce((sum, c) => sum + Math.max(c.felt, c.intensity === null ? 0 : 1), 0);
  const counts = countRatio(people, parameters.falseReports);
  const censoredSigma = Math.hypot(
    parameters.intensityCellSigma,
    parameters.intensityCorrelatedSigma,
  );

  const biasGiven = (event: EventState): { mean: number; sd: number } => {
    const { bias, biasVariance } = field(event);
    return { mean: bias, sd: Math.sqrt(biasVariance) };
  };
  return {
    cellsUsed: felt.length + silent.length + counted.length,
    reports: people,
    biasGiven,
    logRatio: (event) => {
      const { logRatio, bias, biasVariance } = field(event);
      let total = counts + logRatio;
      const sigma = Math.sqrt(censoredSigma * censoredSigma + biasVariance);
      for (const cell of silent) {
        const margin = FELT_INTENSITY - (expectedIntensity(cell, event) + bias);
        total += CENSORED_WEIGHT * logNormalCdf(margin / sigma);
      }
      for (const cell of counted) {
        const margin = expectedIntensity(cell, event) + bias - FELT_INTENSITY;
        total += CENSORED_WEIGHT * logNormalCdf(margin / sigma);
      }
      return total;
    },
  };
}

/** Expected intensity in a cell: the equation at the hypocentral distance, without bias. */
export function expectedIntensity(cell: LatLon, event: EventState): number {
  return awMmi2007California(event.magnitude, hypocentralKm(cell, event)).mmi;
}

/** Covariance of cell residuals without the regional bias, [n, n]; units MMI^2. */
export function cellCovariance(
  cells: readonly {
    readonly latitude: number;
    readonly longitude: number;
    readonly radiusKm: number;
    readonly people: number;
    readonly cells: number;
  }[],
  parameters: DetectionParameters,
): Float64Array {
  const n = cells.length;
  const covariance = new Float64Array(n * n);
  const field = parameters.intensityCorrelatedSigma ** 2;
  cells.forEach((a, i) => {
    cells.forEach((b, j) => {
      covariance[i * n + j] =
        field * Math.exp(-distanceKm(a, b) / parameters.intensityCorrelationKm);
    });
    covariance[i * n + i] =
      field +
      (parameters.intensityCellSigma ** 2 + (RADIUS_SIGMA_PER_KM * a.radiusKm) ** 2) / a.cells +
      parameters.intensityPersonSigma ** 2 / Math.max(1, a.people);
  });
  return covariance;
}

/**
 * Gaussian field with two latents integrated: a regional bias b and an error k of the attenuation
 * per decade of distance about 30 km. Residuals r = (b + k log10(R / 30 km)) g + noise of covariance
 * C; the 2 x 2 system of the latents is solved in closed form (Woodbury). g falls to 0 where only
 * those answer who felt something, so that far cells say nothing about the bias.
 */
function gaussianField(
  cells: readonly MergedCell[],
  parameters: DetectionParameters,
): (event: EventState) => { logRatio: number; bias: number; biasVariance: number } {
  const n = cells.length;
  const priorMean = parameters.intensityBiasMean;
  const biasPrecision = 1 / parameters.intensityBiasSigma ** 2;
  const slopePrecision = 1 / parameters.intensitySlopeSigma ** 2;
  if (n === 0) {
    return () => ({ logRatio: 0, bias: priorMean, biasVariance: 1 / biasPrecision });
  }
  const lower = cholesky(cellCovariance(cells, parameters), n);
  const inverse = invertLower(lower, n);
  const constant =
    -0.5 * (n * Math.log(2 * Math.PI) + logDeterminant(lower, n)) +
    0.5 * Math.log(biasPrecision * slopePrecision) -
    noiseLogDensity(cells, parameters);
  const residual = new Float64Array(n);
  const bias = new Float64Array(n);
  const slope = new Float64Array(n);
  return (event) => {
    for (let i = 0; i < n; i++) {
      const cell = cells[i] as MergedCell;
      const km = hypocentralKm(cell, event);
      const mean = awMmi2007California(event.magnitude, km).mmi + priorMean;
      const share = logistic((mean - FLOOR_INTENSITY) / FLOOR_SOFTNESS);
      residual[i] = (cell.intensity as number) - reportedIntensity(mean);
      bias[i] = share;
      slope[i] = share * logOver30(km);
    }
    let rr = 0;
    let br = 0;
    let sr = 0;
    let bb = biasPrecision;
    let bs = 0;
    let ss = slopePrecision;
    for (let i = 0; i < n; i++) {
      let r = 0;
      let b = 0;
      let s = 0;
      const row = i * n;
      for (let j = 0; j <= i; j++) {
        const weight = inverse[row + j] as number;
        r += weight * (residual[j] as number);
        b += weight * (bias[j] as number);
        s += weight * (slope[j] as number);
      }
      rr += r * r;
      br += b * r;
      sr += s * r;
      bb += b * b;
      bs += b * s;
      ss += s * s;
    }
    const determinant = bb * ss - bs * bs;
    const biasMean = (ss * br - bs * sr) / determinant;
    const slopeMean = (bb * sr - bs * br) / determinant;
    return {
      logRatio:
        constant - 0.5 * Math.log(determinant) - 0.5 * (rr - biasMean * br - slopeMean * sr),
      bias: priorMean + biasMean,
      biasVariance: ss / determinant,
    };
  };
}

/** log density of the intensities when no quake caused them. */
function noiseLogDensity(cells: readonly MergedCell[], parameters: DetectionParameters): number {
  const n = cells.length;
  const covariance = cellCovariance(cells, {
    ...parameters,
    intensityCorrelatedSigma: NOISE_FIELD_SIGMA,
  }).map((value) => value + NOISE_LEVEL.sigma ** 2);
  const lower = cholesky(covariance, n);
  const inverse = invertLower(lower, n);
  let quadratic = 0;
  for (let i = 0; i < n; i++) {
    let white = 0;
    for (let j = 0; j <= i; j++) {
      const cell = cells[j] as MergedCell;
      white += (inverse[i * n + j] as number) * ((cell.intensity as number) - NOISE_LEVEL.mean);
    }
    quadratic += white * white;
  }
  return -0.5 * (n * Math.log(2 * Math.PI) + logDeterminant(lower, n) + quadratic);
}

function hypocentralKm(cell: LatLon, event: EventState): number {
  const distance = distanceKm(cell, event);
  return Math.sqrt(distance * distance + event.depthKm * event.depthKm);
}

/** log10 of the hypocentral distance over 30 km, held over 10 km: what the slope error multiplies. */
export function logDistance(cell: LatLon, event: EventState): number {
  return logOver30(hypocentralKm(cell, event));
}

const logOver30 = (km: number): number => Math.log10(Math.max(10, km) / 30);

/**
 * Mean intensity reported where `mean` is expected: only people who felt something answer, so
 * reports level off at weak shaking (Napa 2014: cells beyond 200 km are 1.1 over the equation).
 */
export function reportedIntensity(mean: number): number {
  const x = (mean - FLOOR_INTENSITY) / FLOOR_SOFTNESS;
  return FLOOR_INTENSITY + FLOOR_SOFTNESS * (x > 30 ? x : Math.log1p(Math.exp(x)));
}

/**
 * Number of reports: Poisson without a quake; with one, anything up to 1e5 (log-uniform, so
 * p(n) = 1 / ((n + 1) ln 1e5)).
 */
function countRatio(people: number, falseReports: number): number {
  const quake = -Math.log((people + 1) * Math.log(MANY_REPORTS));
  const noise = people * Math.log(falseReports) - falseReports - logGamma(people + 1);
  return Math.min(COUNT_CAP_NATS, quake - noise);
}

/** Merges cells on ever coarser squares until there are few. */
function mergeUntilFew(cells: readonly ReportCell[]): MergedCell[] {
  for (const sizeKm of MERGE_KM) {
    const merged = mergeCells(cells, sizeKm);
    if (merged.length <= MAX_CELLS || sizeKm === MERGE_KM.at(-1)) return merged;
  }
  return [];
}

/** People-weighted means on squares of `sizeKm`; 0 keeps every cell. */
function mergeCells(cells: readonly ReportCell[], sizeKm: number): MergedCell[] {
  const groups = new Map<string, ReportCell[]>();
  cells.forEach((cell, i) => {
    const step = sizeKm / 111.2;
    const east = cell.longitude * Math.cos((cell.latitude * Math.PI) / 180);
    const square = `${Math.floor(cell.latitude / step)}:${Math.floor(east / step)}`;
    const key = sizeKm === 0 ? String(i) : square;
    const group = groups.get(key);
    if (group) group.push(cell);
    else groups.set(key, [cell]);
  });
  return [...groups.values()].map((group) => {
    const people = group.map((c) => Math.max(1, c.felt + c.notFelt));
    const total = people.reduce((a, b) => a + b, 0);
    const mean = (pick: (c: ReportCell) => number): number =>
      group.reduce((sum, c, i) => sum + (people[i] as number) * pick(c), 0) / total;
    return {
      latitude: mean((c) => c.latitude),
      longitude: mean((c) => c.longitude),
      radiusKm: mean((c) => c.radiusKm),
      intensity: group[0]?.intensity === null ? null : mean((c) => c.intensity ?? 0),
      people: total,
      cells: group.length,
    };
  });
}
