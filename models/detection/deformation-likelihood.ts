/**
 * What deformation says about an event: the posterior of a source inversion, or a scene that shows
 * nothing, as a log-likelihood of (place, depth, magnitude).
 * @module
 */
import { InvalidInputError } from '../../core/errors.js';
import { KM_PER_DEGREE, type LatLon } from '../../core/geo.js';
import type { Bounds } from '../../core/region.js';
import { invertPositiveDefinite } from '../numerics/linear-algebra.js';
import { logNormalCdf } from '../numerics/special.js';
import type { EventState } from './event-prior.js';
import {
  anyStrike,
  hypocentreScatterKm,
  ruptureWidthKm,
  samplesScatter,
  traceScatter,
  type AlongRupture,
  type RuptureTrace,
} from './rupture-scatter.js';

/** Gaussian over (east km, north km, depth km, Mw) of the source's centroid, about `origin`. */
export interface SourceGaussian {
  readonly mean: readonly [number, number, number, number];
  /** Row-major [4, 4]. */
  readonly covariance: readonly number[];
}

/** Result of a deformation inversion. */
export type DeformationEvidence =
  | {
      readonly kind: 'gaussian';
      readonly origin: LatLon;
      readonly posterior: SourceGaussian;
      /** Prior of the inversion, divided out; null when it was flat where the posterior is. */
      readonly prior: SourceGaussian | null;
      /** Where the rupture runs, if the inversion knows it. */
      readonly rupture?: RuptureTrace;
      /**
       * The least that the scene would have shown, as in 'nothing-seen': that there is anything to
       * invert speaks for a large or shallow quake. Without it that says nothing.
       */
      readonly seen?: { readonly bounds: Bounds; readonly detectableM: number };
    }
  | {
      readonly kind: 'samples';
      readonly origin: LatLon;
      /** Draws of the inversion's posterior, equal weights, flat prior; matched by moments. */
      readonly samples: {
        readonly eastKm: ArrayLike<number>;
        readonly northKm: ArrayLike<number>;
        readonly depthKm: ArrayLike<number>;
        readonly magnitude: ArrayLike<number>;
        /** Of a fault, both or none: degrees clockwise from north, and km along it. */
        readonly strikeDeg?: ArrayLike<number>;
        readonly lengthKm?: ArrayLike<number>;
      };
    }
  | {
      readonly kind: 'nothing-seen';
      /** Ground the scene covers; elsewhere it says nothing. */
      readonly bounds: Bounds;
      /** Smallest displacement pattern that would have been seen, m (noise times threshold). */
      readonly detectableM: number;
    };

/** Magnitudes from shaking scatter this much about Mw. */
const MAGNITUDE_SIGMA = 0.15;
/** Orientation, depth extent and line of sight: factor of two either way, natural log. */
const DISPLACEMENT_LOG_SIGMA = 0.7;
const SHEAR_MODULUS_PA = 3e10;
/** Near-surface sources break the point-source law. */
const LEAST_DEPTH_KM = 2;
const MIXED = 1e-9;

/** Log-likelihood of an event (a hypocentre with magnitude) given the deformation. */
export function deformationLogLikelihood(
  deformation: DeformationEvidence,
): (event: EventState) => number {
  if (deformation.kind === 'nothing-seen') {
    return (event) => noDeformationLogLikelihood({ ...deformation, event });
  }
  const { origin } = deformation;
  const likelihood =
    deformation.kind === 'gaussian'
      ? withoutPrior(deformation.posterior, deformation.prior)
      : moments(deformation.samples);
  const along =
    (deformation.kind === 'gaussian'
      ? deformation.rupture && traceScatter(deformation.rupture)
      : samplesScatter(deformation.samples)) ?? anyStrike(likelihood.mean[3]);
  const precision = invertPositiveDefinite(withOffset(likelihood, along), 4);
  const eastPerDegree = KM_PER_DEGREE * Math.cos((origin.latitude * Math.PI) / 180);
  const difference = new Float64Array(4);
  const seen = deformation.kind === 'gaussian' ? deformation.seen : undefined;
  return (event) => {
    difference[0] = (event.longitude - origin.longitude) * eastPerDegree - likelihood.mean[0];
    difference[1] = (event.latitude - origin.latitude) * KM_PER_DEGREE - likelihood.mean[1];
    difference[2] = event.depthKm - likelihood.mean[2];
    difference[3] = event.magnitude - likelihood.mean[3];
    let quadratic = 0;
    for (let i = 0; i < 4; i++) {
      for (let j = 0; j < 4; j++) {
        quadratic +=
          (precision[i * 4 + j] as number) * (difference[i] as number) * (difference[j] as number);
      }
    }
    return (seen ? logSeen({ event, ...seen }) : 0) - 0.5 * quadratic;
  };
}

/** log of one minus P(no deformation seen | event). */
function logSeen(input: Parameters<typeof noDeformationLogLikelihood>[0]): number {
  return Math.log(Math.max(Number.MIN_VALUE, -Math.expm1(noDeformationLogLikelihood(input))));
}

/**
 * log P(no deformation seen | event). Peak surface displacement of a point source is about
 * M0 / (4 pi mu z^2) (Mogi-like decay; double couples differ by a factor of about two, which the
 * log-normal scatter covers). Bounds magnitude from above and depth from below.
 */
export function noDeformationLogLikelihood(input: {
  readonly event: EventState;
  readonly bounds: Bounds;
  readonly detectableM: number;
}): number {
  const { event, bounds } = input;
  const covered =
    event.latitude >= bounds.south &&
    event.latitude <= bounds.north &&
    event.longitude >= bounds.west &&
    event.longitude <= bounds.east;
  if (!covered) return 0;
  const moment = 10 ** (1.5 * event.magnitude + 9.1);
  // A large rupture is no point: its shallow part is about half its width from the surface.
  const depthM =
    1000 * Math.max(LEAST_DEPTH_KM, event.depthKm, ruptureWidthKm(event.magnitude) / 2);
  const displacementM = moment / (4 * Math.PI * SHEAR_MODULUS_PA * depthM * depthM);
  return logNormalCdf(Math.log(input.detectableM / displacementM) / DISPLACEMENT_LOG_SIGMA);
}

/** Posterior over prior: a Gaussian of the difference of precisions. */
function withoutPrior(posterior: SourceGaussian, prior: SourceGaussian | null): SourceGaussian {
  if (!prior) return posterior;
  const a = invertPositiveDefinite(Float64Array.from(posterior.covariance), 4);
  const b = invertPositiveDefinite(Float64Array.from(prior.covariance), 4);
  const precision = a.map((v, i) => v - (b[i] as number));
  // A direction the data say nothing about has no precision of its own: keep it barely positive.
  for (let i = 0; i < 4; i++) precision[i * 5] = (precision[i * 5] as number) + MIXED;
  const covariance = invertPositiveDefinite(precision, 4);
  const information = [0, 1, 2, 3].map((i) =>
    [0, 1, 2, 3].reduce(
      (sum, j) =>
        sum +
        (a[i * 4 + j] as number) * (posterior.mean[j] as number) -
        (b[i * 4 + j] as number) * (prior.mean[j] as number),
      0,
    ),
  );
  const mean = [0, 1, 2, 3].map((i) =>
    [0, 1, 2, 3].reduce(
      (sum, j) => sum + (covariance[i * 4 + j] as number) * (information[j] as number),
      0,
    ),
  ) as [number, number, number, number];
  return { mean, covariance: [...covariance] };
}

/** Mean and covariance of draws. */
function moments(draws: {
  readonly eastKm: ArrayLike<number>;
  readonly northKm: ArrayLike<number>;
  readonly depthKm: ArrayLike<number>;
  readonly magnitude: ArrayLike<number>;
}): SourceGaussian {
  const columns = [draws.eastKm, draws.northKm, draws.depthKm, draws.magnitude];
  const n = draws.eastKm.length;
  if (n < 20 || columns.some((c) => c.length !== n)) {
    throw new InvalidInputError({
      what: 'deformation samples',
      reason: `columns of ${columns.map((c) => c.length).join(', ')} draws`,
      remedy: 'give at least 20 draws of each of the four parameters',
    });
  }
  const mean = columns.map((c) => Array.from(c).reduce((a, b) => a + b, 0) / n);
  const covariance = columns.flatMap((a, i) =>
    columns.map((b, j) => {
      let sum = 0;
      for (let k = 0; k < n; k++) {
        sum += ((a[k] as number) - (mean[i] as number)) * ((b[k] as number) - (mean[j] as number));
      }
      return sum / (n - 1) + (i === j ? 1e-6 : 0);
    }),
  );
  return { mean: mean as [number, number, number, number], covariance };
}

/** The hypocentre is not the centroid, and magnitude scales scatter about Mw: both are added. */
function withOffset(source: SourceGaussian, along: AlongRupture): Float64Array {
  const covariance = Float64Array.from(source.covariance);
  const add = (i: number, j: number, variance: number): void => {
    covariance[i * 4 + j] = (covariance[i * 4 + j] as number) + variance;
  };
  add(0, 0, along.eastEast);
  add(0, 1, along.eastNorth);
  add(1, 0, along.eastNorth);
  add(1, 1, along.northNorth);
  add(2, 2, hypocentreScatterKm(source.mean[3])[2] ** 2);
  add(3, 3, MAGNITUDE_SIGMA ** 2);
  return covariance;
}
