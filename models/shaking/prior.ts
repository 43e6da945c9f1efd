/**
 * Prior of shaking: samples of a quake and a ground-motion model in, means and covariances of motions
 * at places out. Uncertain origins and magnitudes widen it and correlate all places.
 * @module
 */
import { distanceKm, type LatLon } from '../../core/geo.js';
import type { GroundMotionModel, Measure, Mechanism } from '../groundmotion/ground-motion-model.js';
import { betweenEventCorrelation, withinEventCorrelation } from './correlation.js';

/** One draw of the quake. */
export interface QuakeSample extends LatLon {
  readonly depthKm: number;
  readonly magnitude: number;
}

/** A measure at a place. */
export interface MotionPlace extends LatLon {
  readonly measure: Measure;
  readonly vs30: number;
  /** False where `vs30` is only the map's default: the true one scatters about it. */
  readonly isVs30Known?: boolean;
}

/** A motion as the prior sees it. */
export interface PriorMotion extends MotionPlace {
  readonly mean: number;
  readonly tau: number;
  readonly phi: number;
  /** Of the place alone, by its unknown Vs30. */
  readonly siteSigma: number;
  /** Median of each sample minus the mean, over the root of their number, [samples]. */
  readonly deviations: Float64Array;
}

/**
 * Scatter of motions where Vs30 is not known: 0.17 in log10 Vs30 (Wald and Allen 2007) times the site
 * exponents 0.60 and 0.84 of BSSA14. Intensity equations were fitted without Vs30: theirs has it.
 */
const SITE_SIGMA: Readonly<Record<Measure, number>> = { pga: 0.1, pgv: 0.14, mmi: 0 };

/** Draws used: their spread is what counts, and cost grows with their number. */
const MAX_SAMPLES = 32;

/** Evenly thinned to at most 32. */
export function thinSamples(samples: readonly QuakeSample[]): QuakeSample[] {
  const count = Math.min(MAX_SAMPLES, samples.length);
  return Array.from(
    { length: count },
    (_, i) => samples[Math.floor(((i + 0.5) * samples.length) / count)] as QuakeSample,
  );
}

/** Predicts one motion from all samples: mean of medians, mean scatter. */
export function priorMotion(input: {
  readonly samples: readonly QuakeSample[];
  readonly model: GroundMotionModel;
  readonly mechanism: Mechanism;
  readonly place: MotionPlace;
}): PriorMotion {
  const { samples, model, mechanism, place } = input;
  const predictions = samples.map((sample) =>
    model.predict(place.measure, {
      magnitude: sample.magnitude,
      distanceKm: distanceKm(sample, place),
      depthKm: sample.depthKm,
      vs30: place.vs30,
      mechanism,
    }),
  );
  const average = (pick: (p: (typeof predictions)[number]) => number): number =>
    predictions.reduce((sum, p) => sum + pick(p), 0) / predictions.length;
  const mean = average((p) => p.median);
  const root = Math.sqrt(predictions.length);
  return {
    ...place,
    mean,
    tau: average((p) => p.tau),
    phi: average((p) => p.phi),
    siteSigma: place.isVs30Known === true ? 0 : SITE_SIGMA[place.measure],
    deviations: Float64Array.from(predictions, (p) => (p.median - mean) / root),
  };
}

/** Covariance of two motions: between events, within the event, and by the uncertain source. */
export function priorCovariance(a: PriorMotion, b: PriorMotion): number {
  let source = 0;
  for (let k = 0; k < a.deviations.length; k++) {
    source += (a.deviations[k] as number) * (b.deviations[k] as number);
  }
  const separation = separationKm(a, b);
  // One place has one Vs30: its peaks go up and down together.
  const site = separation < 1e-6 ? a.siteSigma * b.siteSigma : 0;
  return (
    source +
    site +
    a.tau * b.tau * betweenEventCorrelation(a.measure, b.measure) +
    a.phi * b.phi * withinEventCorrelation(a.measure, b.measure, separation)
  );
}

const RADIANS = Math.PI / 180;

/** Distance within a map, km: the plane is good to 1 % there and ten times cheaper than the sphere. */
function separationKm(a: LatLon, b: LatLon): number {
  const north = (a.latitude - b.latitude) * 111.195;
  const cosine = Math.cos(((a.latitude + b.latitude) / 2) * RADIANS);
  return Math.hypot(north, (a.longitude - b.longitude) * 111.195 * cosine);
}
