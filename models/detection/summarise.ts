/**
 * From posterior draws to an OriginEstimate: marginals, ellipse, contributions, notes.
 * @module
 */
import type { SensorEvidence, SourceKind } from '../../core/evidence.js';
import { azimuthalGapDeg, distanceKm, KM_PER_DEGREE, type LatLon } from '../../core/geo.js';
import type { Marginal, OriginEstimate, SourceContribution } from '../../core/quake.js';
import { isoToNs, nsToIso, secondsToNs, type IsoTime } from '../../core/time.js';
import { symmetricEigen2 } from '../numerics/linear-algebra.js';
import { normalizedWeights, weightedMoments, weightedQuantiles } from '../numerics/weighted.js';
import type { ArrivalShares } from './arrival-shares.js';
import { eventAt, type PosteriorSamples } from './event-posterior.js';
import type { JointModel } from './joint-likelihood.js';
import { cableOf } from './sensor-model.js';

/** chi-squared, 2 degrees of freedom, 90 %. */
const CHI2_90 = 4.60517;
const MANY_DRAWS = 200;
/** An arrival counts as used over this probability of being the event's. */
const USED = 0.5;
const FEW_SENSORS = 3;
/** Sensors within this share of the distance to the quake see it as one array does. */
const SINGLE_ARRAY_SHARE = 0.3;

/** Mean, standard deviation and quantiles of one column. */
export function marginal(values: Float64Array, weights: ArrayLike<number>): Marginal {
  const { mean, sd } = weightedMoments(values, weights);
  const [p05, p50, p95] = weightedQuantiles(values, weights, [0.05, 0.5, 0.95]) as [
    number,
    number,
    number,
  ];
  return { mean, sd, p05, p50, p95 };
}

/** Gaussian ellipse of the epicentre that holds 90 %. */
export function ellipse90(
  samples: PosteriorSamples,
  weights: ArrayLike<number>,
): OriginEstimate['ellipse90'] {
  const latitude = weightedMoments(samples.latitude, weights).mean;
  const longitude = weightedMoments(samples.longitude, weights).mean;
  const eastPerDegree = KM_PER_DEGREE * Math.cos((latitude * Math.PI) / 180);
  let xx = 0;
  let xy = 0;
  let yy = 0;
  for (let i = 0; i < samples.latitude.length; i++) {
    const east = ((samples.longitude[i] as number) - longitude) * eastPerDegree;
    const north = ((samples.latitude[i] as number) - latitude) * KM_PER_DEGREE;
    const w = weights[i] as number;
    xx += w * east * east;
    xy += w * east * north;
    yy += w * north * north;
  }
  const { large, small, axis } = symmetricEigen2(xx, xy, yy);
  const azimuth = (Math.atan2(axis[0], axis[1]) * 180) / Math.PI;
  return {
    semiMajorKm: Math.sqrt(CHI2_90 * large),
    semiMinorKm: Math.sqrt(CHI2_90 * small),
    azimuthDeg: (azimuth + 180) % 180,
  };
}

/** Place, time, depth and magnitude of an origin from weighted draws. */
export function originMarginals(
  samples: PosteriorSamples,
  windowStart: IsoTime,
): Pick<
  OriginEstimate,
  'originTime' | 'originTimeSdS' | 'latitude' | 'longitude' | 'depthKm' | 'magnitude' | 'ellipse90'
> {
  const weights = normalizedWeights(samples.logWeight);
  const time = weightedMoments(samples.timeS, weights);
  return {
    originTime: nsToIso(isoToNs(windowStart) + secondsToNs(Math.round(time.mean * 1e6) / 1e6)),
    originTimeSdS: time.sd,
    latitude: marginal(samples.latitude, weights),
    longitude: marginal(samples.longitude, weights),
    depthKm: marginal(samples.depthKm, weights),
    magnitude: marginal(samples.magnitude, weights),
    ellipse90: ellipse90(samples, weights),
  };
}

/** Full estimate of a sampled event. */
export function summarise(input: {
  readonly model: JointModel;
  readonly samples: PosteriorSamples;
  readonly terms: Float64Array;
  readonly shares: ArrivalShares;
  readonly existenceProbability: number;
  /** log Bayes factor of the event against noise, nats. */
  readonly logBayesFactor: number;
  readonly windowStart: IsoTime;
  readonly synthetic: boolean;
}): OriginEstimate {
  const { model, samples, shares } = input;
  const marginals = originMarginals(samples, input.windowStart);
  const used = model.sensors.filter((_, i) => (shares.bySensor[i]?.total ?? 0) > USED);
  const places = used.map((s) => s.evidence);
  const crowd = shares.crowd;
  const arrivalsUsed = shares.bySensor.reduce(
    (sum, s) => sum + s.probability.filter((p) => p > USED).length,
    crowd ? Math.round(crowd.triggers) : 0,
  );
  const cells = model.crowd?.cells.map(({ cell }) => cell) ?? [];
  const geometry = meanGeometry(
    samples,
    [...places, ...(crowd?.places ?? [])],
    [...model.sensors.map((s) => s.evidence), ...cells],
  );
  return {
    ...marginals,
    existenceProbability: input.existenceProbability,
    arrivalsUsed,
    sensorsUp:
      model.sensors.filter((s) => s.evidence.uptime.length > 0).length + (model.crowd?.active ?? 0),
    azimuthalGapDeg: geometry.gapDeg,
    nearestSensorKm: geometry.nearestKm,
    contributions: contributions(model, samples, input.terms, input.logBayesFactor),
    notes: notes({
      model,
      samples,
      used: places,
      crowdCells: crowd?.places.length ?? 0,
      marginals,
      geometry,
      synthetic: input.synthetic,
    }),
  };
}

/** Geometry of sensors and event, averaged over draws: a ring's mean lies at the array itself. */
interface Geometry {
  readonly gapDeg: number;
  /** Nearest of all sensors; null without sensors. */
  readonly nearestKm: number | null;
  /** Mean distance of the sensors that saw the event. */
  readonly distanceKm: number;
  /** Largest distance between two of them. */
  readonly apertureKm: number;
}

function meanGeometry(
  samples: PosteriorSamples,
  seen: readonly LatLon[],
  all: readonly LatLon[],
): Geometry {
  const step = Math.max(1, Math.floor(samples.latitude.length / MANY_DRAWS));
  let draws = 0;
  let gapDeg = 0;
  let nearest = 0;
  let distance = 0;
  for (let i = 0; i < samples.latitude.length; i += step) {
    const event = eventAt(samples, i);
    gapDeg += azimuthalGapDeg(event, seen);
    nearest += Math.min(...all.map((place) => distanceKm(event, place)));
    for (const place of seen) distance += distanceKm(event, place) / seen.length;
    draws++;
  }
  const apertureKm = Math.max(0, ...seen.flatMap((a) => seen.map((b) => distanceKm(a, b))));
  return {
    gapDeg: gapDeg / draws,
    nearestKm: all.length === 0 ? null : nearest / draws,
    distanceKm: distance / draws,
    apertureKm,
  };
}

/**
 * The log Bayes factor of the event against noise, shared out over the sources. Posterior means of
 * the log-likelihood ratios add up to more: the difference is the information gained about place,
 * time and size (Spiegelhalter et al. 2002), the price of parameters fitted to the data. It is taken
 * from the sources that speak for the event, in proportion.
 */
function contributions(
  model: JointModel,
  samples: PosteriorSamples,
  terms: Float64Array,
  logBayesFactor: number,
): SourceContribution[] {
  const step = Math.max(1, Math.floor(samples.latitude.length / MANY_DRAWS));
  const sums = { das: 0, phones: 0, reports: 0 };
  let draws = 0;
  for (let i = 0; i < samples.latitude.length; i += step) {
    const split = model.bySource(
      eventAt(samples, i),
      terms.subarray(i * model.terms.length, (i + 1) * model.terms.length),
    );
    sums.das += split.das;
    sums.phones += split.phones;
    sums.reports += split.reports;
    draws++;
  }
  const sensors = (source: SourceKind): number =>
    model.sensors.filter((s) => s.evidence.source === source).length;
  const cells = model.cells?.cellsUsed ?? 0;
  const crowdCells = model.crowd?.cells.length ?? 0;
  const posts = model.posts ? 1 : 0;
  const means = {
    das: sums.das / draws,
    phones: sums.phones / draws,
    reports: sums.reports / draws,
  };
  const values = Object.values(means);
  const fitted = values.reduce((sum, nats) => sum + nats, 0) - logBayesFactor;
  const speaking = values.reduce((sum, nats) => sum + Math.max(0, nats), 0);
  const share = (nats: number): number =>
    nats > 0 && speaking > 0 ? nats - (fitted * nats) / speaking : nats;
  const rows: SourceContribution[] = [
    { source: 'das', nats: share(means.das), items: sensors('das') },
    { source: 'phones', nats: share(means.phones), items: sensors('phones') + crowdCells },
    { source: 'reports', nats: share(means.reports), items: cells + posts },
  ];
  return rows.filter((row) => row.items > 0);
}

/** Distance of the epicentre from the middle of one array, with its 90 % interval. */
function arrayDistance(samples: PosteriorSamples, used: readonly SensorEvidence[]): string {
  const mean = (pick: (sensor: SensorEvidence) => number): number =>
    used.reduce((sum, sensor) => sum + pick(sensor) / used.length, 0);
  const middle = { latitude: mean((s) => s.latitude), longitude: mean((s) => s.longitude) };
  const distances = Float64Array.from(samples.latitude, (latitude, i) =>
    distanceKm(middle, { latitude, longitude: samples.longitude[i] as number }),
  );
  const { p05, p50, p95 } = marginal(distances, normalizedWeights(samples.logWeight));
  const names = [...new Set(used.map((s) => cableOf(s.sensorId)))].sort().join(', ');
  return `S-P: ${p50.toFixed(0)} km (${p05.toFixed(0)}-${p95.toFixed(0)}) from ${names}`;
}

function notes(input: {
  readonly model: JointModel;
  readonly samples: PosteriorSamples;
  readonly used: readonly SensorEvidence[];
  /** Cells of triggers that the event explains. */
  readonly crowdCells: number;
  readonly marginals: ReturnType<typeof originMarginals>;
  readonly geometry: Geometry;
  readonly synthetic: boolean;
}): string[] {
  const { model, marginals, used: places, geometry, crowdCells } = input;
  const seen = places.length + crowdCells;
  const lines: string[] = [];
  if (input.synthetic) lines.push('synthetic: every observation is simulated');
  if (seen === 0) lines.push('no sensor arrival: located by reports alone');
  else if (seen < FEW_SENSORS) lines.push(`few sensors: ${seen} with arrivals`);
  if (
    places.length > 0 &&
    places.length === seen &&
    geometry.apertureKm < SINGLE_ARRAY_SHARE * geometry.distanceKm
  ) {
    lines.push(
      'single array: distance from S-P only, the epicentre lies on a ring; latitude and longitude ' +
        'are marginals of that ring, their medians lie in its middle',
      arrayDistance(input.samples, input.used),
    );
  } else if (seen >= FEW_SENSORS && geometry.gapDeg > 180) {
    const gap = Math.round(geometry.gapDeg);
    lines.push(`sensors on one side (gap ${gap} degrees): a region, not a point`);
  }
  if (marginals.magnitude.p95 - marginals.magnitude.p05 > 1.5) {
    lines.push('magnitude open: amplitudes do not bound it well');
  }
  if (marginals.magnitude.p95 > model.region.maxMagnitude - 0.1) {
    lines.push(`magnitude reaches the region's limit ${model.region.maxMagnitude}`);
  }
  const calibrated = model.sensors.every((s) => s.evidence.quantity === 'pga-gal');
  if (!calibrated) lines.push('strain-rate magnitude: cable terms not calibrated, wide prior');
  lines.push('existence probability: model value, not recalibrated on decoys');
  return lines;
}
