/**
 * The map of shaking: samples of a quake, a ground-motion model and observations in, conditional
 * Gaussian of intensity, peak acceleration and peak velocity out (Worden et al. 2018).
 * @module
 */
import { InvalidInputError } from '../../core/errors.js';
import type { LatLon } from '../../core/geo.js';
import { cellCentre, type ShakingMap } from '../../core/shaking.js';
import {
  MEASURES,
  type GroundMotionModel,
  type Measure,
  type Mechanism,
} from '../groundmotion/ground-motion-model.js';
import { condition, type Conditioned } from './condition.js';
import { leaveOnePlaceOut, type LeftOut } from './leave-out.js';
import { mergeFelt, nearest, type ShakingObservation } from './observations.js';
import { withoutOutliers, type UsedObservation } from './outliers.js';
import {
  priorCovariance,
  priorMotion,
  thinSamples,
  type MotionPlace,
  type PriorMotion,
  type QuakeSample,
} from './prior.js';

/** What all predictions of one quake rest on. */
export interface ShakingQuestion {
  readonly samples: readonly QuakeSample[];
  readonly model: GroundMotionModel;
  readonly mechanism: Mechanism;
  readonly observations: readonly ShakingObservation[];
  /**
   * True: the samples are draws of a posterior that saw the observations. They are not weighed by them
   * once more: the field is the mean over the draws of what each says. False: of an origin that others made.
   */
  readonly samplesKnowData?: boolean;
  /** Of places that do not know better, m/s. */
  readonly vs30: number;
}

/** Data used at most: the cost grows with the square of their number. */
const MAX_STATION_DATA = 700;
const MAX_FELT_DATA = 200;

/** Between-event terms of the posterior: how this quake differs from the model's median one. */
export type EventTerms = Readonly<
  Record<Measure, { readonly mean: number; readonly sigma: number }>
>;

export interface ShakingField {
  readonly used: readonly UsedObservation[];
  /** Observations left out, with the reason. */
  readonly leftOut: readonly string[];
  readonly eventTerms: EventTerms;
  /** Posterior of motions at places; without observations the prior. */
  at(places: readonly MotionPlace[]): Conditioned;
  /** The prior of the same. */
  priorAt(places: readonly MotionPlace[]): Conditioned;
  /** Each place's data predicted from those of all other places, in the order of the places. */
  leaveOut(): LeftOut[];
}

/** Conditions the field on the observations. Throws InvalidInputError without samples. */
export function shakingField(question: ShakingQuestion): ShakingField {
  const samples = thinSamples(question.samples);
  if (samples.length === 0) {
    throw new InvalidInputError({
      what: 'origin',
      reason: 'it has no samples',
      remedy: 'give an origin with latitude, longitude, depth and magnitude',
    });
  }
  const { model, mechanism } = question;
  const priorOf = (place: MotionPlace): PriorMotion =>
    priorMotion({ samples, model, mechanism, place });
  const { kept, leftOut } = select(question, middleOf(samples));
  const judged = kept.map((observation): UsedObservation => {
    const { latitude, longitude, measure, vs30 } = observation;
    const site = { vs30: vs30 ?? question.vs30, isVs30Known: vs30 !== undefined };
    return { observation, prior: priorOf({ latitude, longitude, measure, ...site }) };
  });
  const { kept: used, reasons } = withoutOutliers(judged);
  const residuals = Float64Array.from(
    used,
    ({ observation, prior }) => observation.value - prior.mean,
  );
  const isKnown = question.samplesKnowData === true;
  // What the samples say of the data counts once: with them, not in the covariance too.
  const bare = (prior: PriorMotion): PriorMotion =>
    isKnown ? { ...prior, deviations: NO_SOURCES } : prior;
  const data = used.map(({ prior }) => bare(prior));
  const dataCovariance = covarianceOf(used, data);
  const given = (priors: readonly PriorMotion[]): Conditioned => {
    const targets = priors.map(bare);
    const sources = {
      data: used.map(({ prior }) => prior.deviations),
      target: (i: number) => (priors[i] as PriorMotion).deviations,
    };
    return condition({
      residuals,
      dataCovariance,
      targets: priors.length,
      priorMean: (i) => (priors[i] as PriorMotion).mean,
      priorVariance: (i) => priorCovariance(targets[i] as PriorMotion, targets[i] as PriorMotion),
      crossCovariance: (i, into) =>
        data.forEach((prior, k) => (into[k] = priorCovariance(targets[i] as PriorMotion, prior))),
      ...(isKnown ? { sources } : {}),
    });
  };
  return {
    used,
    leftOut: [...leftOut, ...reasons],
    eventTerms: eventTermsOf(used, priorOf, given),
    at: (places) => given(places.map(priorOf)),
    leaveOut: () =>
      leaveOnePlaceOut({
        residuals,
        // A left-out place is predicted from draws, whatever they were made of.
        covariance: isKnown ? covarianceOf(used, priorsOf(used)) : dataCovariance,
        groups: used.map(({ observation }) => `${observation.source} ${observation.id}`),
        measures: used.map(({ observation }) => observation.measure),
      }),
    priorAt: (places) => {
      const priors = places.map(priorOf);
      return {
        mean: Float64Array.from(priors, ({ mean }) => mean),
        sigma: Float64Array.from(priors, (prior) => Math.sqrt(priorCovariance(prior, prior))),
      };
    },
  };
}

const NO_SOURCES = new Float64Array(0);

const priorsOf = (used: readonly UsedObservation[]): PriorMotion[] =>
  used.map(({ prior }) => prior);

/** Covariance of the data with their errors, by priors of the same order, [n, n]. */
function covarianceOf(
  used: readonly UsedObservation[],
  priors: readonly PriorMotion[],
): Float64Array {
  const n = used.length;
  const covariance = new Float64Array(n * n);
  used.forEach(({ observation }, i) => {
    for (let j = 0; j <= i; j++) {
      const value = priorCovariance(priors[i] as PriorMotion, priors[j] as PriorMotion);
      covariance[i * n + j] = value;
      covariance[j * n + i] = value;
    }
    covariance[i * n + i] = (covariance[i * n + i] as number) + observation.sigma ** 2;
  });
  return covariance;
}

/** Between-event terms: targets with a median of 0, no scatter within the event and no source. */
function eventTermsOf(
  used: readonly UsedObservation[],
  priorOf: (place: MotionPlace) => PriorMotion,
  given: (priors: readonly PriorMotion[]) => Conditioned,
): EventTerms {
  const place = used[0]?.observation ?? { latitude: 0, longitude: 0 };
  const terms = MEASURES.map((measure): PriorMotion => {
    const prior = priorOf({ ...place, measure, vs30: 500 });
    return {
      ...prior,
      mean: 0,
      phi: 0,
      siteSigma: 0,
      deviations: new Float64Array(prior.deviations.length),
    };
  });
  const { mean, sigma } = given(terms);
  const termOf = (i: number): EventTerms[Measure] => ({
    mean: mean[i] as number,
    sigma: sigma[i] as number,
  });
  return { pga: termOf(0), pgv: termOf(1), mmi: termOf(2) };
}

function select(
  { observations }: ShakingQuestion,
  source: LatLon,
): { readonly kept: readonly ShakingObservation[]; readonly leftOut: readonly string[] } {
  const peaks = observations.filter((one) => one.source !== 'felt');
  const felt = observations.filter((one) => one.source === 'felt');
  const near = nearest(peaks, source, MAX_STATION_DATA);
  const merged = mergeFelt(felt, MAX_FELT_DATA);
  const farther = peaks.length - near.length;
  return {
    kept: [...near, ...merged],
    leftOut: [
      ...(farther > 0 ? [`${farther} peaks farther than the nearest ${MAX_STATION_DATA}`] : []),
      ...(merged.length < felt.length
        ? [`${felt.length} felt cells were merged into ${merged.length}`]
        : []),
    ],
  };
}

/** Middle of the samples. */
export function middleOf(samples: readonly QuakeSample[]): LatLon {
  const average = (pick: (sample: QuakeSample) => number): number =>
    samples.reduce((sum, sample) => sum + pick(sample), 0) / samples.length;
  return {
    latitude: average(({ latitude }) => latitude),
    longitude: average(({ longitude }) => longitude),
  };
}

/** Computes all layers on a grid. */
export function mapShaking(input: {
  readonly field: ShakingField;
  readonly grid: Pick<ShakingMap, 'rows' | 'columns' | 'west' | 'north' | 'cellDeg'>;
  readonly vs30: number;
}): ShakingMap {
  const { field, grid, vs30 } = input;
  const layerOf = (measure: Measure): ShakingMap['layers']['mmi'] => {
    const places = Array.from({ length: grid.rows * grid.columns }, (_, i) => ({
      ...cellCentre(grid, i),
      measure,
      vs30,
    }));
    const { mean, sigma } = field.at(places);
    return { median: mean, sigma };
  };
  return {
    ...grid,
    layers: { mmi: layerOf('mmi'), pga: layerOf('pga'), pgv: layerOf('pgv') },
  };
}

/** A square grid about a place that reaches `radiusKm`, with cells of about `spacingKm`. */
export function gridAround(input: {
  readonly centre: LatLon;
  readonly radiusKm: number;
  readonly spacingKm: number;
}): Pick<ShakingMap, 'rows' | 'columns' | 'west' | 'north' | 'cellDeg'> {
  const { centre, radiusKm, spacingKm } = input;
  const half = Math.max(1, Math.ceil(radiusKm / spacingKm));
  const side = 2 * half + 1;
  const latitude = spacingKm / 111.195;
  const longitude = latitude / Math.max(0.05, Math.cos((centre.latitude * Math.PI) / 180));
  return {
    rows: side,
    columns: side,
    west: centre.longitude - (side / 2) * longitude,
    north: centre.latitude + (side / 2) * latitude,
    cellDeg: { longitude, latitude },
  };
}
