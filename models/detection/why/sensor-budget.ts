/** What each sensor says about a supposed quake, and why. Model and draws in, one row a sensor out. @module */
import { distanceKm } from '../../../core/geo.js';
import type { JointModel } from '../joint-likelihood.js';
import { emptyPrediction, predict, type PreparedSensor } from '../sensor-model.js';
import type { SupposedQuake } from './hypothesis.js';

/**
 * - `detected`: an arrival is the quake's;
 * - `mistimed`: arrivals about the time it should have been seen, none of which fits;
 * - `silent`: it should have been seen and was not;
 * - `weak`: it would hardly have been seen, so silence says little;
 * - `late`: its waves would come after the data ended;
 * - `down`: no proven uptime then, silence says nothing.
 */
export type SensorState = 'detected' | 'mistimed' | 'silent' | 'weak' | 'late' | 'down';

export interface SensorBudget {
  readonly sensorId: string;
  readonly source: 'das' | 'phones';
  readonly state: SensorState;
  /** Log-likelihood ratio for the quake, nats; negative: against it. */
  readonly nats: number;
  readonly distanceKm: number;
  /** Chance that P or S is over the sensor's threshold. */
  readonly visible: number;
  /** Predicted P and S, s from the window's start. */
  readonly predictedPS: readonly [number, number];
  /** Arrival nearest to a prediction: its distance to it (s) and its share in the quake. */
  readonly nearest: {
    readonly phase: 'P' | 'S';
    readonly residualS: number;
    readonly share: number;
  } | null;
  readonly notes: readonly string[];
}

const DRAWS = 100;
const SEEN = 0.5;
const HARDLY = 0.2;
/** An arrival this many errors from a prediction was perhaps meant. */
const MISTIMED_SIGMAS = 12;

/** Largest contribution, for or against, first. */
export function sensorBudget(model: JointModel, quake: SupposedQuake): SensorBudget[] {
  const step = Math.max(1, Math.floor(quake.events.length / DRAWS));
  return model.sensors
    .map((sensor) => budgetOf(model, quake, sensor, step))
    .sort((a, b) => Math.abs(b.nats) - Math.abs(a.nats) || a.sensorId.localeCompare(b.sensorId));
}

function budgetOf(
  model: JointModel,
  quake: SupposedQuake,
  sensor: PreparedSensor,
  step: number,
): SensorBudget {
  const { arrivals, uptime } = sensor.evidence;
  const prediction = emptyPrediction();
  const p = new Float64Array(arrivals.length);
  const s = new Float64Array(arrivals.length);
  const share = new Float64Array(arrivals.length);
  let draws = 0;
  const sum = { nats: 0, distance: 0, visible: 0, timeP: 0, timeS: 0, sigma: 0, listened: 0 };
  for (let i = 0; i < quake.events.length; i += step) {
    const event = quake.events[i] as SupposedQuake['events'][number];
    const term = (quake.terms[i] as Float64Array)[sensor.term] as number;
    predict(prediction, sensor, event, term, model.table, model.parameters);
    sum.nats += model.sensorLikelihood.logRatio(sensor, prediction);
    model.sensorLikelihood.assignments(sensor, prediction, p, s);
    arrivals.forEach((_, k) => (share[k]! += (p[k] as number) + (s[k] as number)));
    sum.distance += distanceKm(sensor.evidence, event);
    sum.visible += Math.max(prediction.visibleP, prediction.visibleS);
    sum.timeP += prediction.timeP;
    sum.timeS += prediction.timeS;
    sum.sigma += Math.hypot(prediction.modelSigmaS, 0.3);
    sum.listened += Math.max(
      prediction.listenedP / model.parameters.pickedShareP,
      prediction.listenedS / model.parameters.pickedShareS,
    );
    draws++;
  }
  const [timeP, timeS] = [sum.timeP / draws, sum.timeS / draws];
  const nearest = nearestOf(arrivals, share, draws, timeP, timeS);
  const visible = sum.visible / draws;
  const lastUp = Math.max(Number.NEGATIVE_INFINITY, ...uptime.map(({ endS }) => endS));
  return {
    sensorId: sensor.evidence.sensorId,
    source: sensor.evidence.source,
    state: stateOf({
      nearest,
      visible,
      listened: sum.listened / draws,
      isLate: lastUp > Number.NEGATIVE_INFINITY && timeP > lastUp,
      sigmaS: sum.sigma / draws,
    }),
    nats: sum.nats / draws,
    distanceKm: sum.distance / draws,
    visible,
    predictedPS: [timeP, timeS],
    nearest,
    notes: sensor.evidence.notes,
  };
}

function stateOf(input: {
  readonly nearest: SensorBudget['nearest'];
  readonly visible: number;
  readonly listened: number;
  readonly isLate: boolean;
  readonly sigmaS: number;
}): SensorState {
  const { nearest } = input;
  if (nearest && nearest.share > SEEN) return 'detected';
  if (input.isLate) return 'late';
  if (input.listened < SEEN) return 'down';
  if (input.visible < HARDLY) return 'weak';
  const isNear = nearest !== null && Math.abs(nearest.residualS) < MISTIMED_SIGMAS * input.sigmaS;
  return isNear ? 'mistimed' : 'silent';
}

function nearestOf(
  arrivals: readonly { readonly timeS: number }[],
  share: Float64Array,
  draws: number,
  timeP: number,
  timeS: number,
): SensorBudget['nearest'] {
  let best: SensorBudget['nearest'] = null;
  arrivals.forEach(({ timeS: t }, k) => {
    const own = (share[k] as number) / draws;
    const [offP, offS] = [t - timeP, t - timeS];
    const phase = Math.abs(offP) <= Math.abs(offS) ? ('P' as const) : ('S' as const);
    const residualS = phase === 'P' ? offP : offS;
    const isBetter =
      best === null ||
      own > best.share + 0.1 ||
      (own > best.share - 0.1 && Math.abs(residualS) < Math.abs(best.residualS));
    if (isBetter) best = { phase, residualS, share: own };
  });
  return best;
}
