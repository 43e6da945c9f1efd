/**
 * Draws evidence from the very model that the likelihood inverts: an event or none in, an
 * EvidenceSet out. What calibration tests and the bench are made of.
 * @module
 */
import {
  encodeFloat32,
  type Arrival,
  type EvidenceSet,
  type SensorEvidence,
} from '../../core/evidence.js';
import type { Random } from '../../core/random.js';
import type { TimeWindow } from '../../core/time.js';
import { windowNs } from '../../core/time.js';
import type { TravelTimeTable } from '../traveltime/travel-time-table.js';
import type { EventState } from './event-prior.js';
import type { DetectionParameters } from './parameters.js';
import { emptyPrediction, predict, prepareSensors, type PreparedSensor } from './sensor-model.js';
import { simulateReports, type ReportPlaces } from './simulate-reports.js';

export type { ReportPlaces } from './simulate-reports.js';

/** A sensor before it has seen anything. */
export type BlankSensor = Omit<SensorEvidence, 'arrivals' | 'series'>;

const SERIES_RATE_HZ = 2;
/** Score of the series where there is no onset. */
const SERIES_FLOOR = -2;
const UNKNOWN_PHASE_SHARE = 0.2;

/** Draws what the sensors and people say about `event`, or about nothing when it is null. */
export function simulateEvidence(input: {
  readonly window: TimeWindow;
  readonly sensors: readonly BlankSensor[];
  readonly event: EventState | null;
  readonly table: TravelTimeTable;
  readonly parameters: DetectionParameters;
  readonly random: Random;
  readonly reports?: ReportPlaces;
  /** S from the window's start: amplitudes cover what had come by then; default all of it. */
  readonly amplitudesAsOfS?: number;
}): EvidenceSet {
  const { window, event, table, parameters, random } = input;
  const { startNs, endNs } = windowNs(window);
  const windowS = Number(endNs - startNs) / 1e9;
  const blanks = input.sensors.map((sensor): SensorEvidence => ({
    ...sensor,
    arrivals: [],
    series: { startS: 0, rateHz: SERIES_RATE_HZ, llrBase64: '' },
  }));
  const asOfS = input.amplitudesAsOfS ?? Number.POSITIVE_INFINITY;
  const { sensors, terms } = prepareSensors(blanks, parameters);
  const values = terms.map((term) => term.sigma * random.normal());
  return {
    window,
    sensors: sensors.map((sensor) => {
      const { picked, wave } = event
        ? eventArrivals(sensor, event, values[sensor.term] as number, table, parameters, random)
        : { picked: [], wave: null };
      const sorted = [...picked, ...falseArrivals(sensor, parameters, random)].sort(
        (a, b) => a.timeS - b.timeS,
      );
      const arrivals = sorted.map((arrival, i) => {
        const next = sorted[i + 1]?.timeS ?? Number.POSITIVE_INFINITY;
        const end = Math.min(next, arrival.timeS + parameters.amplitudeSpanS, asOfS);
        const coversS = arrival === wave?.onsetP && wave.timeS < end;
        return coversS ? { ...arrival, log10Amplitude: Math.max(wave.peakP, wave.peakS) } : arrival;
      });
      return { ...sensor.evidence, arrivals, series: seriesOf(arrivals, windowS, random) };
    }),
    reports: input.reports
      ? simulateReports({
          ...{ places: input.reports, event, windowStart: window.start, windowS },
          ...{ parameters, random },
        })
      : null,
  };
}

/** What was picked, and the waves as they really were: an S that nobody picked still shakes. */
interface DrawnWaves {
  readonly picked: readonly Arrival[];
  readonly wave: {
    readonly onsetP: Arrival | null;
    readonly timeS: number;
    readonly peakP: number;
    readonly peakS: number;
  };
}

function eventArrivals(
  sensor: PreparedSensor,
  event: EventState,
  term: number,
  table: TravelTimeTable,
  parameters: DetectionParameters,
  random: Random,
): DrawnWaves {
  const prediction = emptyPrediction();
  predict(prediction, sensor, event, term, table, parameters);
  const peakP = prediction.amplitudeP + sensor.amplitudeSigma * random.normal();
  const peakS = prediction.amplitudeS + sensor.amplitudeSigma * random.normal();
  const onset = (phase: 'P' | 'S'): { timeS: number; arrival: Arrival | null } => {
    const peak = phase === 'P' ? peakP : peakS;
    const sigmaS = 0.1 + 0.2 * random.uniform();
    const model = phase === 'P' ? prediction.modelSigmaP : prediction.modelSigmaS;
    const expected = phase === 'P' ? prediction.timeP : prediction.timeS;
    const emergence = phase === 'P' ? prediction.emergenceP : prediction.emergenceS;
    const early = Math.hypot(sigmaS, model);
    const late = Math.hypot(sigmaS * emergence, model);
    const size = Math.abs(student(parameters, random));
    const isLate = random.uniform() * (early + late) < late;
    const timeS = expected + (isLate ? late : -early) * size;
    const share = phase === 'P' ? parameters.pickedShareP : parameters.pickedShareS;
    const up = sensor.evidence.uptime.some((u) => timeS >= u.startS && timeS < u.endS);
    const seen = peak >= sensor.evidence.log10Threshold && up && random.uniform() < share;
    const arrival: Arrival = {
      phase: label(phase, parameters, random),
      timeS,
      sigmaS,
      logLikelihoodRatio:
        parameters.scoreMin + random.uniform() * (parameters.scoreMax - parameters.scoreMin),
      log10Amplitude: peak,
    };
    return { timeS, arrival: seen ? arrival : null };
  };
  const p = onset('P');
  const s = onset('S');
  return {
    picked: [p.arrival, s.arrival].filter((a) => a !== null),
    wave: { onsetP: p.arrival, timeS: s.timeS, peakP, peakS },
  };
}

function falseArrivals(
  sensor: PreparedSensor,
  parameters: DetectionParameters,
  random: Random,
): Arrival[] {
  const { scoreMin, scoreMax, scoreWeight } = parameters;
  const mass = 1 - Math.exp(-scoreWeight * (scoreMax - scoreMin));
  return sensor.evidence.uptime.flatMap(({ startS, endS }) => {
    const count = random.poisson(sensor.evidence.falseRateHz * (endS - startS));
    return Array.from({ length: count }, (): Arrival => ({
      phase: label(random.uniform() < 0.5 ? 'P' : 'S', { ...parameters, labelRight: 0.5 }, random),
      timeS: startS + random.uniform() * (endS - startS),
      sigmaS: 0.1 + 0.2 * random.uniform(),
      logLikelihoodRatio: scoreMin - Math.log(1 - random.uniform() * mass) / scoreWeight,
      log10Amplitude:
        sensor.evidence.log10Threshold + parameters.noiseAmplitudeScale * random.exponential(),
    }));
  });
}

function label(
  phase: 'P' | 'S',
  parameters: DetectionParameters,
  random: Random,
): Arrival['phase'] {
  if (random.uniform() < UNKNOWN_PHASE_SHARE) return 'unknown';
  const right = random.uniform() < parameters.labelRight;
  return right === (phase === 'P') ? 'P' : 'S';
}

/** Student-t with an even number of degrees of freedom: chi-squared is a sum of exponentials. */
function student(parameters: DetectionParameters, random: Random): number {
  let chi2 = 0;
  for (let k = 0; k < parameters.residualDegrees / 2; k++) chi2 += 2 * random.exponential();
  return random.normal() / Math.sqrt(chi2 / parameters.residualDegrees);
}

function seriesOf(
  arrivals: readonly Arrival[],
  windowS: number,
  random: Random,
): SensorEvidence['series'] {
  const series = Float32Array.from(
    { length: Math.floor(windowS * SERIES_RATE_HZ) },
    () => SERIES_FLOOR + 0.5 * random.normal(),
  );
  for (const arrival of arrivals) {
    const k = Math.round(arrival.timeS * SERIES_RATE_HZ);
    if (k >= 0 && k < series.length) series[k] = arrival.logLikelihoodRatio;
  }
  return { startS: 0, rateHz: SERIES_RATE_HZ, llrBase64: encodeFloat32(series) };
}
