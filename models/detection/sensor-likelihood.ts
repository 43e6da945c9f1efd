/**
 * Log-likelihood ratio (event against noise) of one sensor's arrivals and silence: a mixture over
 * all ways to explain at most one arrival by P, at most one other by S, and the rest by noise.
 * @module
 */
import type { Arrival, SensorEvidence } from '../../core/evidence.js';
import { logGamma, normalCdf } from '../numerics/special.js';
import type { DetectionParameters } from './parameters.js';
import { quadrature, type Prediction, type PreparedSensor } from './sensor-model.js';

/** Evaluator bound to parameters; holds scratch space, so one per thread of evaluation. */
export interface SensorLikelihood {
  /** Natural log of p(sensor | event) / p(sensor | noise). */
  logRatio(sensor: PreparedSensor, prediction: Prediction): number;
  /**
   * Probability of each arrival being this event's P or S; [arrival] into `outP` and `outS`.
   */
  assignments(
    sensor: PreparedSensor,
    prediction: Prediction,
    outP: Float64Array,
    outS: Float64Array,
  ): void;
}

const SQRT_2PI = Math.sqrt(2 * Math.PI);
/** Below its threshold a measured noise amplitude falls off with this scale, log10. */
const BELOW_THRESHOLD_SCALE = 0.1;
/** Beyond this many scales an arrival is far likelier to be noise and the phase to be missed. */
const FAR_SCALES = 25;
/** An arrival this many of its errors outside of uptime is still heard. */
const UP_SLACK_SIGMAS = 5;

/** Makes an evaluator. */
export function sensorLikelihood(parameters: DetectionParameters): SensorLikelihood {
  const nu = parameters.residualDegrees;
  const noiseScale = parameters.noiseAmplitudeScale;
  // An onset under the threshold is not picked: all of the density lies above it. With some of it
  // below, each arrival would speak for a quake by a factor of 1.3 that nothing answers for.
  const noiseOfArrivals = 1 + BELOW_THRESHOLD_SCALE / noiseScale;
  const tNorm = Math.exp(logGamma((nu + 1) / 2) - logGamma(nu / 2) - 0.5 * Math.log(nu * Math.PI));
  // Odds of being P with S seen later, P with S not seen, and S; [arrival].
  let p = new Float64Array(64);
  let alone = new Float64Array(64);
  let s = new Float64Array(64);

  /** What does not depend on the event: odds of score and label, noise density; [arrival, 3]. */
  const constants = new WeakMap<PreparedSensor, Float64Array>();
  const arrivalConstants = (sensor: PreparedSensor): Float64Array => {
    const known = constants.get(sensor);
    if (known) return known;
    const { arrivals, falseRateHz, log10Threshold, uptime } = sensor.evidence;
    const rate = Math.max(parameters.minFalseRateHz, falseRateHz);
    const made = Float64Array.from(
      arrivals.flatMap((arrival) => {
        // What came was heard: the chance of that is in its density already, which must not be
        // multiplied by the chance to hear an onset at the predicted time.
        const odds = (isUp(arrival, uptime) * scoreRatio(arrival, parameters)) / rate;
        return [
          odds * parameters.pickedShareP * labelRatio(arrival, 'P', parameters),
          odds * parameters.pickedShareS * labelRatio(arrival, 'S', parameters),
          noiseOfArrivals *
            noiseAmplitudeDensity(
              (arrival.log10Amplitude ?? log10Threshold) - log10Threshold,
              noiseScale,
            ),
        ];
      }),
    );
    constants.set(sensor, made);
    return made;
  };

  /** Two halves of a Student-t, each with its own scale, joined at the mode. */
  const studentDensity = (residual: number, early: number, late: number): number => {
    const z = residual / (residual < 0 ? early : late);
    const base = 1 + (z * z) / nu;
    // base^((nu + 1) / 2) by products: nu is even.
    let power = Math.sqrt(base);
    for (let k = 0; k < nu; k += 2) power *= base;
    return (2 * tNorm) / ((early + late) * power);
  };

  /** Fills p, alone and s: odds of each arrival being the phase rather than noise. */
  const fill = (sensor: PreparedSensor, prediction: Prediction): void => {
    const { arrivals } = sensor.evidence;
    if (arrivals.length > p.length) {
      p = new Float64Array(2 * arrivals.length);
      alone = new Float64Array(2 * arrivals.length);
      s = new Float64Array(2 * arrivals.length);
    }
    const fixed = arrivalConstants(sensor);
    for (let i = 0; i < arrivals.length; i++) {
      const arrival = arrivals[i] as Arrival;
      p[i] = 0;
      alone[i] = 0;
      s[i] = 0;
      const residualP = arrival.timeS - prediction.timeP;
      const residualS = arrival.timeS - prediction.timeS;
      // A scale is less than the sum of its parts: most arrivals are too far off to look closer.
      if (
        Math.abs(residualP) >=
          FAR_SCALES * (arrival.sigmaS * prediction.emergenceP + prediction.modelSigmaP) &&
        Math.abs(residualS) >=
          FAR_SCALES * (arrival.sigmaS * prediction.emergenceS + prediction.modelSigmaS)
      ) {
        continue;
      }
      const earlyP = quadrature(arrival.sigmaS, prediction.modelSigmaP);
      const earlyS = quadrature(arrival.sigmaS, prediction.modelSigmaS);
      const lateP = quadrature(arrival.sigmaS * prediction.emergenceP, prediction.modelSigmaP);
      const lateS = quadrature(arrival.sigmaS * prediction.emergenceS, prediction.modelSigmaS);
      const nearP = Math.abs(residualP) < FAR_SCALES * lateP;
      const nearS = Math.abs(residualS) < FAR_SCALES * lateS;
      if (!nearP && !nearS) continue;
      const noise = fixed[3 * i + 2] as number;
      if (nearP) {
        const onset = (fixed[3 * i] as number) * studentDensity(residualP, earlyP, lateP);
        const own = amplitudeRatio(
          sensor,
          arrival,
          prediction.amplitudeP,
          prediction.visibleP,
          noise,
          noiseScale,
          prediction.growthS,
          arrival.amplitudeSeenS ?? 0,
        );
        p[i] = onset * own;
        alone[i] = onset * amplitudeRatioAlone(sensor, prediction, i, own, noise);
      }
      if (nearS) {
        s[i] =
          (fixed[3 * i + 1] as number) *
          studentDensity(residualS, earlyS, lateS) *
          amplitudeRatio(
            sensor,
            arrival,
            prediction.amplitudeS,
            prediction.visibleS,
            noise,
            noiseScale,
            prediction.growthS,
            arrival.amplitudeSeenS ?? 0,
          );
      }
    }
  };

  /**
   * The amplitude after a P onset is P's own if S was picked (the span ends there) or comes later
   * than the span; else it is S's, and P itself is known only to have been visible.
   */
  const amplitudeRatioAlone = (
    sensor: PreparedSensor,
    prediction: Prediction,
    index: number,
    own: number,
    noise: number,
  ): number => {
    const { arrivals } = sensor.evidence;
    const arrival = arrivals[index] as Arrival;
    if (arrival.log10Amplitude === null) return own;
    const next = arrivals[index + 1]?.timeS ?? Number.POSITIVE_INFINITY;
    const spanS = arrival.amplitudeSeenS ?? parameters.amplitudeSpanS;
    const end = Math.min(next, arrival.timeS + spanS);
    const scale = quadrature(arrival.sigmaS, prediction.modelSigmaS);
    const includesS = normalCdf((end - prediction.timeS) / scale);
    if (includesS < 1e-3) return own;
    const largest = Math.max(prediction.amplitudeP, prediction.amplitudeS);
    const withS =
      prediction.visibleP *
      amplitudeRatio(
        sensor,
        arrival,
        largest,
        1,
        noise,
        noiseScale,
        prediction.growthS,
        end - prediction.timeS,
      );
    return (1 - includesS) * own + includesS * withS;
  };

  const missed = (listened: number, visible: number): number => 1 - listened * visible;

  return {
    logRatio: (sensor, prediction) => {
      fill(sensor, prediction);
      const missP = missed(prediction.listenedP, prediction.visibleP);
      const missS = missed(prediction.listenedS, prediction.visibleS);
      let before = 0;
      let sumP = 0;
      let sumS = 0;
      let both = 0;
      for (let i = 0; i < sensor.evidence.arrivals.length; i++) {
        // P before S: pairs (i, j) with i < j.
        both += before * (s[i] as number);
        before += p[i] as number;
        sumP += alone[i] as number;
        sumS += s[i] as number;
      }
      return Math.log(missP * missS + missS * sumP + missP * sumS + both);
    },
    assignments: (sensor, prediction, outP, outS) => {
      fill(sensor, prediction);
      const missP = missed(prediction.listenedP, prediction.visibleP);
      const missS = missed(prediction.listenedS, prediction.visibleS);
      const n = sensor.evidence.arrivals.length;
      let sumS = 0;
      for (let i = 0; i < n; i++) sumS += s[i] as number;
      let before = 0;
      let after = sumS;
      let total = missP * missS + missP * sumS;
      for (let i = 0; i < n; i++) {
        after -= s[i] as number;
        outP[i] = (alone[i] as number) * missS + (p[i] as number) * after;
        outS[i] = (s[i] as number) * (missP + before);
        before += p[i] as number;
        total += outP[i] as number;
      }
      for (let i = 0; i < n; i++) {
        outP[i] = (outP[i] as number) / total;
        outS[i] = (outS[i] as number) / total;
      }
    },
  };
}

/**
 * Density of a measured amplitude under the phase over that under noise; the chance of exceeding
 * the threshold when the amplitude is not known. A known amplitude needs no separate detection
 * probability: being over the threshold is part of it.
 */
function amplitudeRatio(
  sensor: PreparedSensor,
  arrival: Arrival,
  expected: number,
  visible: number,
  noiseDensity: number,
  noiseScale: number,
  growthS: number,
  seenS: number,
): number {
  if (arrival.log10Amplitude === null) return visible;
  const z = (arrival.log10Amplitude - expected) / sensor.amplitudeSigma;
  const density = Math.exp(-0.5 * z * z) / (SQRT_2PI * sensor.amplitudeSigma);
  if (arrival.amplitudeSeenS === undefined) return density / noiseDensity;
  // The span is not over. Once the rupture that this event would have is through, the amplitude is
  // what it will be; before that it is a lower bound: the chance to end above it, under the phase and
  // under noise (whose density times its scale is that chance).
  const through = normalCdf((seenS - growthS) / (0.3 * growthS));
  const above = normalCdf(-z) / Math.max(noiseDensity * noiseScale, 1e-3);
  return (through * density) / noiseDensity + (1 - through) * above;
}

/** Density of a false arrival's log10 amplitude, so far over the threshold. */
export function noiseAmplitudeDensity(overThreshold: number, noiseScale: number): number {
  const scale = overThreshold >= 0 ? noiseScale : -BELOW_THRESHOLD_SCALE;
  // A floor keeps an amplitude that noise hardly ever has from proving a quake by itself.
  return Math.max(1e-3, Math.exp(-overThreshold / scale) / (noiseScale + BELOW_THRESHOLD_SCALE));
}

/**
 * Density of the picker's score under an onset (uniform) over that under noise (exponential).
 * With weight 1 this is the score itself up to a constant; less until a picker is calibrated.
 */
function scoreRatio(arrival: Arrival, parameters: DetectionParameters): number {
  const { scoreMin, scoreMax, scoreWeight } = parameters;
  const score = Math.min(scoreMax, Math.max(scoreMin, arrival.logLikelihoodRatio)) - scoreMin;
  const range = scoreMax - scoreMin;
  const noise =
    (scoreWeight * Math.exp(-scoreWeight * score)) / (1 - Math.exp(-scoreWeight * range));
  return 1 / range / noise;
}

/** 1 when the arrival lies in proven uptime, give or take its error; 0 when the sensor was down. */
function isUp(arrival: Arrival, uptime: SensorEvidence['uptime']): number {
  const slackS = UP_SLACK_SIGMAS * arrival.sigmaS;
  return uptime.some(
    ({ startS, endS }) => arrival.timeS >= startS - slackS && arrival.timeS <= endS + slackS,
  )
    ? 1
    : 0;
}

function labelRatio(arrival: Arrival, phase: 'P' | 'S', parameters: DetectionParameters): number {
  if (arrival.phase === 'unknown') return 1;
  return 2 * (arrival.phase === phase ? parameters.labelRight : 1 - parameters.labelRight);
}
