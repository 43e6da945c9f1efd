/**
 * What an event should do at one sensor: arrival times with their errors, amplitudes, detection
 * probabilities. Shared by the likelihood and the simulator, so that they cannot disagree.
 * @module
 */
import { distanceKm } from '../../core/geo.js';
import type { SensorEvidence } from '../../core/evidence.js';
import { cuaHeatonLog10Pga } from '../groundmotion/cua-heaton.js';
import { strainRateLog10 } from '../groundmotion/strain-rate.js';
import { normalCdf, splitStudentCdf } from '../numerics/special.js';
import type { TravelTimeTable } from '../traveltime/travel-time-table.js';
import type { EventState } from './event-prior.js';
import type { DetectionParameters } from './parameters.js';

/** A sensor made ready for many evaluations. */
export interface PreparedSensor {
  readonly evidence: SensorEvidence;
  readonly latitudeRad: number;
  readonly longitudeRad: number;
  readonly cosLatitude: number;
  readonly elevationKm: number;
  /** Travel-time error is multiplied by this: sqrt of the number of sensors that share it. */
  readonly crowding: number;
  /** Index into the latent amplitude terms. */
  readonly term: number;
  readonly amplitudeSigma: number;
}

/** A latent term: amplitudes of all accelerometers together or of one cable, travel times of a crowd. */
export interface AmplitudeTerm {
  readonly name: string;
  readonly sigma: number;
}

/** Prediction for one sensor; reused between calls. */
export interface Prediction {
  /** P and S arrival, s from the window's start. */
  timeP: number;
  timeS: number;
  /** Scale of the residual without the pick's own, s. */
  modelSigmaP: number;
  modelSigmaS: number;
  /** A late pick's own error is multiplied by this: onsets lose their edge on the way. */
  emergenceP: number;
  emergenceS: number;
  /** log10 amplitude. */
  amplitudeP: number;
  amplitudeS: number;
  /** Chance that the onset, as late as it may be picked, falls into proven uptime and is picked if visible. */
  listenedP: number;
  listenedS: number;
  /** Chance that it exceeds the threshold. */
  visibleP: number;
  visibleS: number;
  /** Time after an onset until its phase has reached its largest amplitude, s. */
  growthS: number;
}

/** Name of the term that all accelerometers share. */
export const ACCELEROMETERS = 'accelerometers';

const RAD = Math.PI / 180;
/** Apparent velocities that turn position errors into time errors, km/s. */
const VELOCITY_P = 6.5;
const VELOCITY_S = 3.7;
const EARTH_DIAMETER_KM = 12742;
/** Own error of a pick that has not come, s: the middle of what pickers state. */
const TYPICAL_PICK_SIGMA_S = 0.2;

/** Empty prediction to be filled. */
export function emptyPrediction(): Prediction {
  return {
    timeP: 0,
    timeS: 0,
    modelSigmaP: 0,
    modelSigmaS: 0,
    emergenceP: 1,
    emergenceS: 1,
    amplitudeP: 0,
    amplitudeS: 0,
    listenedP: 0,
    listenedS: 0,
    visibleP: 0,
    visibleS: 0,
    growthS: 0,
  };
}

/** Cable of a fibre segment: its id without the trailing segment number. */
export function cableOf(sensorId: string): string {
  return sensorId.replace(/[^A-Za-z0-9]*\d+$/, '') || sensorId;
}

/** Prepares sensors and lists the latent amplitude terms they need. */
export function prepareSensors(
  sensors: readonly SensorEvidence[],
  parameters: DetectionParameters,
): { readonly sensors: readonly PreparedSensor[]; readonly terms: readonly AmplitudeTerm[] } {
  const terms: AmplitudeTerm[] = [];
  const termOf = (sensor: SensorEvidence): number => {
    const das = sensor.quantity === 'strain-rate-microstrain-s';
    const name = das ? `cable ${cableOf(sensor.sensorId)}` : ACCELEROMETERS;
    const known = terms.findIndex((t) => t.name === name);
    if (known >= 0) return known;
    terms.push({ name, sigma: das ? parameters.cableSigma : parameters.pgaEventSigma });
    return terms.length - 1;
  };
  const range = parameters.travelTimeCorrelationKm;
  const prepared = sensors.map((evidence): PreparedSensor => {
    let sharing = 0;
    for (const other of sensors) {
      sharing += Math.exp(-0.5 * (distanceKm(evidence, other) / range) ** 2);
    }
    return {
      evidence,
      latitudeRad: evidence.latitude * RAD,
      longitudeRad: evidence.longitude * RAD,
      cosLatitude: Math.cos(evidence.latitude * RAD),
      elevationKm: evidence.elevationM / 1000,
      crowding: Math.sqrt(sharing),
      term: termOf(evidence),
      amplitudeSigma:
        evidence.quantity === 'pga-gal' ? parameters.pgaSigma : parameters.strainRateSigma,
    };
  });
  return { sensors: prepared, terms };
}

/** Epicentral distance, km (haversine with what can be computed once). */
export function sensorDistanceKm(sensor: PreparedSensor, event: EventState): number {
  const latitude = event.latitude * RAD;
  const sinLat = Math.sin((sensor.latitudeRad - latitude) / 2);
  const sinLon = Math.sin((sensor.longitudeRad - event.longitude * RAD) / 2);
  const h = sinLat * sinLat + Math.cos(latitude) * sensor.cosLatitude * sinLon * sinLon;
  return EARTH_DIAMETER_KM * Math.asin(Math.min(1, Math.sqrt(h)));
}

/**
 * Fills `out` with the prediction for one sensor. `amplitudeTerm` is the value of its latent term
 * (log10). Travel-time error: clip(share x TT, min, max) x crowding (NonLinLoc LOCGAU2 form); the
 * position error divided by the apparent velocity is added in quadrature. A pick's own error
 * towards late times grows in proportion to the travel time: scattering broadens the rise of an
 * envelope about linearly with distance (Sato 1989), and a slow rise is picked where it leaves the
 * noise, never before it.
 */
export function predict(
  out: Prediction,
  sensor: PreparedSensor,
  event: EventState,
  amplitudeTerm: number,
  table: TravelTimeTable,
  parameters: DetectionParameters,
): void {
  const distance = sensorDistanceKm(sensor, event);
  const depth = Math.max(0, event.depthKm + sensor.elevationKm);
  const travelP = table.p(distance, depth);
  const travelS = table.s(distance, depth);
  out.timeP = event.timeS + travelP;
  out.timeS = event.timeS + travelS;
  out.emergenceP = 1 + travelP / parameters.emergenceTravelS;
  out.emergenceS = 1 + travelS / parameters.emergenceTravelS;
  const blur = sensor.evidence.positionSigmaKm;
  out.modelSigmaP = quadrature(
    modelError(travelP, parameters) * sensor.crowding,
    blur / VELOCITY_P,
  );
  out.modelSigmaS = quadrature(
    modelError(travelS, parameters) * sensor.crowding,
    blur / VELOCITY_S,
  );
  if (sensor.evidence.quantity === 'pga-gal') {
    out.amplitudeP = cuaHeatonLog10Pga('P-soil', event.magnitude, distance, event.depthKm);
    out.amplitudeS = cuaHeatonLog10Pga('S-soil', event.magnitude, distance, event.depthKm);
  } else {
    const hypocentral = quadrature(distance, depth);
    out.amplitudeP = strainRateLog10('P', event.magnitude, hypocentral);
    out.amplitudeS = strainRateLog10('S', event.magnitude, hypocentral);
  }
  out.growthS = growthS(event.magnitude);
  out.amplitudeP += amplitudeTerm;
  out.amplitudeS += amplitudeTerm;
  const threshold = sensor.evidence.log10Threshold;
  out.visibleP = normalCdf((out.amplitudeP - threshold) / sensor.amplitudeSigma);
  out.visibleS = normalCdf((out.amplitudeS - threshold) / sensor.amplitudeSigma);
  const { uptime } = sensor.evidence;
  out.listenedP =
    parameters.pickedShareP *
    heardShare(uptime, out.timeP, out.modelSigmaP, out.emergenceP, parameters);
  out.listenedS =
    parameters.pickedShareS *
    heardShare(uptime, out.timeS, out.modelSigmaS, out.emergenceS, parameters);
}

/**
 * Chance that a pick of an onset expected at `timeS` falls into proven uptime: the distribution of
 * its residual (two halves of a Student-t, the late one wider by `emergence`) that densities of
 * arrivals have too. A normal of the model's error alone would have silence count seconds too soon.
 */
function heardShare(
  uptime: SensorEvidence['uptime'],
  timeS: number,
  modelSigmaS: number,
  emergence: number,
  parameters: DetectionParameters,
): number {
  const early = quadrature(TYPICAL_PICK_SIGMA_S, modelSigmaS);
  const late = quadrature(TYPICAL_PICK_SIGMA_S * emergence, modelSigmaS);
  const nu = parameters.residualDegrees;
  let share = 0;
  for (const { startS, endS } of uptime) {
    share +=
      splitStudentCdf(endS - timeS, early, late, nu) -
      splitStudentCdf(startS - timeS, early, late, nu);
  }
  return Math.min(1, share);
}

/** sqrt(a^2 + b^2); Math.hypot guards against overflow at several times the cost. */
export function quadrature(a: number, b: number): number {
  return Math.sqrt(a * a + b * b);
}

/**
 * Half the rupture duration and the rise of the envelope, s. Duration 10^(0.5 M - 2.3): 1.6 s at
 * M 5, 16 s at M 7, as moment grows with the cube of the duration (Kanamori & Brodsky 2004).
 */
export function growthS(magnitude: number): number {
  return 1 + 0.5 * Math.exp(Math.LN10 * (0.5 * magnitude - 2.3));
}

/** Travel-time model error, s. */
export function modelError(travelS: number, parameters: DetectionParameters): number {
  return Math.min(
    parameters.travelTimeMaxS,
    Math.max(parameters.travelTimeMinS, parameters.travelTimeShare * travelS),
  );
}

/** Chance that an arrival about `timeS` falls into proven uptime. */
export function upShare(uptime: SensorEvidence['uptime'], timeS: number, sigmaS: number): number {
  let share = 0;
  for (const { startS, endS } of uptime) {
    if (timeS > startS + 6 * sigmaS && timeS < endS - 6 * sigmaS) return 1;
    if (timeS < startS - 6 * sigmaS || timeS > endS + 6 * sigmaS) continue;
    share += normalCdf((endS - timeS) / sigmaS) - normalCdf((startS - timeS) / sigmaS);
  }
  return Math.min(1, share);
}
