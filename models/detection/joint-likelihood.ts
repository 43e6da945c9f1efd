/**
 * Joint log-likelihood of one isolated event given all evidence of a window, source by source, and
 * the posterior density that the sampler works on.
 * @module
 */
import type { EvidenceSet, SensorEvidence, SourceKind } from '../../core/evidence.js';
import { windowNs } from '../../core/time.js';
import type { Region } from '../../core/region.js';
import { logNormalDensity } from '../numerics/special.js';
import { travelTimeTable, type TravelTimeTable } from '../traveltime/travel-time-table.js';
import { crowdLikelihood, type CrowdLikelihood } from './crowd/crowd-likelihood.js';
import { S_SHARE, type CrowdTerms } from './crowd/cell-model.js';
import { crowdSensors } from './crowd/crowd-sensors.js';
import { eventPrior, type EventPrior, type EventState } from './event-prior.js';
import type { DetectionParameters } from './parameters.js';
import type { PostLikelihood } from './post-counts.js';
import type { CellLikelihood } from './report-cells.js';
import { reportsLikelihood } from './reports-likelihood.js';
import { sensorLikelihood, type SensorLikelihood } from './sensor-likelihood.js';
import {
  ACCELEROMETERS,
  emptyPrediction,
  predict,
  prepareSensors,
  type AmplitudeTerm,
  type PreparedSensor,
} from './sensor-model.js';

/** Log-likelihood ratios against noise in nats, by source. */
export type SourceLikelihoods = Readonly<Record<Exclude<SourceKind, 'insar'>, number>>;

/** Everything needed to score an event. Holds scratch space: not for concurrent use. */
export interface JointModel {
  readonly region: Region;
  readonly parameters: DetectionParameters;
  readonly prior: EventPrior;
  readonly table: TravelTimeTable;
  readonly windowS: number;
  readonly sensors: readonly PreparedSensor[];
  /** Latent amplitude terms; a state carries one value each. */
  readonly terms: readonly AmplitudeTerm[];
  readonly cells: CellLikelihood | null;
  readonly posts: PostLikelihood | null;
  readonly sensorLikelihood: SensorLikelihood;
  /** Phones that only trigger; null without any. */
  readonly crowd: CrowdLikelihood | null;
  /** Their cells as sensors, for candidates and the sampler's clock only. */
  readonly crowdSensors: readonly SensorEvidence[];
  /** The crowd's share of the latent terms. */
  crowdTerms(terms: ArrayLike<number>): CrowdTerms;
  /** Sum over sources of log p(data | event, terms) / p(data | noise). */
  logLikelihood(event: EventState, terms: ArrayLike<number>): number;
  bySource(event: EventState, terms: ArrayLike<number>): SourceLikelihoods;
  /** log density of the latent terms' prior. */
  logTermPrior(terms: ArrayLike<number>): number;
}

/** Builds the model of a window; nothing random, nothing learned. */
export function jointModel(input: {
  readonly evidence: EvidenceSet;
  readonly region: Region;
  readonly parameters: DetectionParameters;
}): JointModel {
  const { evidence, region, parameters } = input;
  const { startNs, endNs } = windowNs(evidence.window);
  const windowS = Number(endNs - startNs) / 1e9;
  const prior = eventPrior(region, windowS, parameters);
  const table = travelTimeTable({ model: region.velocityModel });
  const { sensors, terms: sensorTerms } = prepareSensors(evidence.sensors, parameters);
  const people = reportsLikelihood({
    ...{ reports: evidence.reports, windowStart: evidence.window.start, parameters },
    ...{ earliestS: prior.earliestS, latestS: prior.latestS },
  });
  const { cells, posts, logRatio: reports } = people;
  const crowd = evidence.crowd
    ? crowdLikelihood({
        ...{ crowd: evidence.crowd, table, parameters },
        spanS: prior.latestS - prior.earliestS,
      })
    : null;
  const terms = crowd ? withCrowdTerms(sensorTerms, parameters) : sensorTerms;
  const amplitudeTerm = terms.findIndex(({ name }) => name === ACCELEROMETERS);
  const slownessTerm = terms.findIndex(({ name }) => name === CROWD_SLOWNESS);
  const slownessTermS = terms.findIndex(({ name }) => name === CROWD_SLOWNESS_S);
  const gainTerm = terms.findIndex(({ name }) => name === CROWD_GAIN);
  const crowdTerms = (values: ArrayLike<number>): CrowdTerms => ({
    amplitude: (values[amplitudeTerm] ?? 0) + (values[gainTerm] ?? 0),
    slowness: values[slownessTerm] ?? 0,
    slownessS: values[slownessTermS] ?? 0,
  });
  const likelihood = sensorLikelihood(parameters);
  const prediction = emptyPrediction();

  const sensorRatio = (sensor: PreparedSensor, event: EventState, term: number): number => {
    predict(prediction, sensor, event, term, table, parameters);
    return likelihood.logRatio(sensor, prediction);
  };

  return {
    region,
    parameters,
    prior,
    table,
    windowS,
    sensors,
    terms,
    cells,
    posts,
    sensorLikelihood: likelihood,
    crowd,
    crowdSensors: crowd && evidence.crowd ? crowdSensors(evidence.crowd, crowd.cells) : [],
    crowdTerms,
    logLikelihood: (event, values) => {
      let sum = reports(event) + (crowd?.logRatio(event, crowdTerms(values)) ?? 0);
      for (const sensor of sensors) {
        sum += sensorRatio(sensor, event, values[sensor.term] as number);
      }
      return sum;
    },
    bySource: (event, values) => {
      const phones = crowd?.logRatio(event, crowdTerms(values)) ?? 0;
      const result = { das: 0, phones, reports: reports(event) };
      for (const sensor of sensors) {
        result[sensor.evidence.source] += sensorRatio(sensor, event, values[sensor.term] as number);
      }
      return result;
    },
    logTermPrior: (values) =>
      terms.reduce((sum, term, i) => sum + logNormalDensity(values[i] as number, term.sigma), 0),
  };
}

const CROWD_GAIN = 'gain of the crowd';
const CROWD_SLOWNESS = 'travel times of the crowd';
const CROWD_SLOWNESS_S = 'S beside P of the crowd';

/** One event's ground motion is the same for records and triggers; its travel times err together. */
function withCrowdTerms(
  terms: readonly AmplitudeTerm[],
  parameters: DetectionParameters,
): AmplitudeTerm[] {
  const known = terms.some(({ name }) => name === ACCELEROMETERS);
  return [
    ...terms,
    ...(known ? [] : [{ name: ACCELEROMETERS, sigma: parameters.pgaEventSigma }]),
    { name: CROWD_GAIN, sigma: parameters.crowdGainSigma },
    { name: CROWD_SLOWNESS, sigma: parameters.travelTimeShare },
    { name: CROWD_SLOWNESS_S, sigma: S_SHARE * parameters.travelTimeShare },
  ];
}
