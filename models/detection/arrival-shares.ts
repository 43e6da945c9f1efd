/**
 * Which arrivals an event explains, and what is left of the evidence when it is taken out: each
 * arrival is used once.
 * @module
 */
import type { Arrival, CrowdEvidence, EvidenceSet, SensorEvidence } from '../../core/evidence.js';
import { encodeFloat32, decodeFloat32 } from '../../core/evidence.js';
import { standsOut, type Shaken } from './coda.js';
import { crowdShares, type CrowdShares } from './crowd/crowd-shares.js';
import { eventAt, type PosteriorSamples } from './event-posterior.js';
import type { CrowdTerms } from './crowd/cell-model.js';
import type { EventState } from './event-prior.js';
import type { JointModel } from './joint-likelihood.js';
import { emptyPrediction, predict } from './sensor-model.js';

/** Arrival probabilities of one event, sensor by sensor in the order of the evidence. */
export interface ArrivalShares {
  readonly bySensor: readonly {
    /** Probability that each arrival is this event's P or S, [arrival]. */
    readonly probability: readonly number[];
    /** Largest of them; 0 without arrivals. */
    readonly total: number;
    /** Null when too weak to be seen. */
    readonly shaken: Shaken | null;
  }[];
  /** What it explains of phones that only trigger; null without any. */
  readonly crowd: CrowdShares | null;
}

const DRAWS = 150;
/** A crowd has many phones: every so many draws are enough. */
const CROWD_STEPS = 5;
/** Arrivals over this probability are taken out. */
export const EXPLAINED = 0.3;
/** A wave less likely to be visible than this leaves no coda. */
const VISIBLE = 0.2;
const BEFORE_P_S = 2;
/** A sensor counts as listening this long before and after an arrival that stands out of a coda. */
const HEARD_S = 2;
/** Coda of M 3, s; grows tenfold in 3.3 magnitudes (weaker than Lee et al. 1972, for triggers). */
const CODA_M3_S = 12;

/** Posterior mean of the assignment probabilities, and when each sensor was shaken. */
export function arrivalShares(
  model: JointModel,
  samples: PosteriorSamples,
  terms: Float64Array,
): ArrivalShares {
  const count = samples.latitude.length;
  const step = Math.max(1, Math.floor(count / DRAWS));
  const prediction = emptyPrediction();
  const bySensor = model.sensors.map((sensor) => {
    const n = sensor.evidence.arrivals.length;
    const probability = new Float64Array(n);
    const p = new Float64Array(n);
    const s = new Float64Array(n);
    let draws = 0;
    let timeP = 0;
    let timeS = 0;
    let originS = 0;
    let amplitude = 0;
    let visible = 0;
    let magnitude = 0;
    for (let i = 0; i < count; i += step) {
      const event = eventAt(samples, i);
      const term = terms[i * model.terms.length + sensor.term] as number;
      predict(prediction, sensor, event, term, model.table, model.parameters);
      model.sensorLikelihood.assignments(sensor, prediction, p, s);
      for (let k = 0; k < n; k++) {
        probability[k] = (probability[k] as number) + (p[k] as number) + (s[k] as number);
      }
      timeP += prediction.timeP;
      timeS += prediction.timeS;
      originS += event.timeS;
      amplitude += prediction.amplitudeS;
      visible += Math.max(prediction.visibleP, prediction.visibleS);
      magnitude += event.magnitude;
      draws++;
    }
    const shares = [...probability].map((sum) => sum / draws);
    const codaS = CODA_M3_S * 10 ** (0.3 * (magnitude / draws - 3)) + (timeS - timeP) / draws;
    return {
      probability: shares,
      total: Math.max(0, ...shares),
      shaken:
        visible / draws < VISIBLE
          ? null
          : {
              startS: timeP / draws - BEFORE_P_S,
              endS: timeS / draws + codaS,
              originS: originS / draws,
              peakS: timeS / draws,
              log10Peak: amplitude / draws,
            },
    };
  });
  const { crowd, table, parameters } = model;
  if (!crowd) return { bySensor, crowd: null };
  const draws: { event: EventState; terms: CrowdTerms }[] = [];
  for (let i = 0; i < count; i += CROWD_STEPS * step) {
    const own = terms.subarray(i * model.terms.length, (i + 1) * model.terms.length);
    draws.push({ event: eventAt(samples, i), terms: model.crowdTerms(own) });
  }
  return { bySensor, crowd: crowdShares({ crowd, draws, table, parameters }) };
}

/**
 * Evidence without an event: its arrivals go, and so does everything between P and the end of its
 * coda, where a sensor is blind to another event (unknown, not silent), but for arrivals that stand
 * out of the coda: a doublet's second. `keep` names arrivals in the coda that another event is known to
 * have made. Reports go to the first event altogether.
 */
export function withoutEvent(
  evidence: EvidenceSet,
  shares: ArrivalShares,
  keep: (arrival: Arrival) => boolean = () => false,
): EvidenceSet {
  const sensors = evidence.sensors.map((sensor, i): SensorEvidence => {
    const share = shares.bySensor[i];
    if (!share) return sensor;
    const { shaken } = share;
    const isOther = (arrival: Arrival, k: number): boolean =>
      shaken !== null &&
      (share.probability[k] as number) < EXPLAINED &&
      (standsOut(shaken, arrival) || keep(arrival));
    const heard = sensor.arrivals
      .filter(isOther)
      .map(({ timeS }) => ({ startS: timeS - HEARD_S, endS: timeS + HEARD_S }));
    const inCoda = (timeS: number): boolean =>
      shaken !== null &&
      timeS >= shaken.startS &&
      timeS <= shaken.endS &&
      !heard.some((h) => timeS >= h.startS && timeS <= h.endS);
    return {
      ...sensor,
      arrivals: sensor.arrivals.filter(
        (arrival, k) => (share.probability[k] as number) < EXPLAINED && !inCoda(arrival.timeS),
      ),
      uptime: shaken ? listening(sensor.uptime, shaken, heard) : sensor.uptime,
      series: {
        ...sensor.series,
        llrBase64: silence(sensor, share.probability, inCoda),
      },
    };
  });
  const { crowd } = evidence;
  return {
    ...evidence,
    sensors,
    reports: null,
    ...(crowd && shares.crowd ? { crowd: crowdWithout(crowd, shares.crowd) } : {}),
  };
}

/** The crowd without what an event shook: there and then nothing is known of another one. */
function crowdWithout(crowd: CrowdEvidence, { shaken }: CrowdShares): CrowdEvidence {
  return {
    ...crowd,
    cells: crowd.cells.map((cell) => {
      const deaf = shaken.get(cell.cellId);
      if (!deaf) return cell;
      return {
        ...cell,
        bins: cell.bins.filter(({ timeS }) => timeS < deaf.startS || timeS > deaf.endS),
        uptime: cut(cell.uptime, deaf.startS, deaf.endS),
      };
    }),
  };
}

type Interval = { readonly startS: number; readonly endS: number };

/** Uptime without the coda, but for the times around what stands out of it; disjoint, in order. */
function listening(
  uptime: readonly Interval[],
  coda: Interval,
  heard: readonly Interval[],
): Interval[] {
  const merged: { startS: number; endS: number }[] = [];
  for (const h of [...heard].sort((a, b) => a.startS - b.startS)) {
    const last = merged.at(-1);
    if (last && h.startS <= last.endS) last.endS = Math.max(last.endS, h.endS);
    else merged.push({ ...h });
  }
  const within = uptime.flatMap((u) =>
    merged
      .map((h) => ({
        startS: Math.max(u.startS, h.startS, coda.startS),
        endS: Math.min(u.endS, h.endS, coda.endS),
      }))
      .filter((i) => i.endS > i.startS),
  );
  return [...cut(uptime, coda.startS, coda.endS), ...within].sort((a, b) => a.startS - b.startS);
}

/** Intervals without [startS, endS]. */
export function cut(
  intervals: readonly { readonly startS: number; readonly endS: number }[],
  startS: number,
  endS: number,
): { startS: number; endS: number }[] {
  return intervals
    .flatMap((u) => [
      { startS: u.startS, endS: Math.min(u.endS, startS) },
      { startS: Math.max(u.startS, endS), endS: u.endS },
    ])
    .filter((u) => u.endS > u.startS);
}

/** The series with explained arrivals and coda set to "nothing known". */
function silence(
  sensor: SensorEvidence,
  probability: readonly number[],
  inCoda: (timeS: number) => boolean,
): string {
  if (sensor.series.llrBase64 === '') return '';
  const series = decodeFloat32(sensor.series.llrBase64);
  const explained = sensor.arrivals.filter((_, k) => (probability[k] as number) >= EXPLAINED);
  for (let i = 0; i < series.length; i++) {
    const timeS = sensor.series.startS + i / sensor.series.rateHz;
    if (
      inCoda(timeS) ||
      explained.some((a) => Math.abs(a.timeS - timeS) < Math.max(2, 3 * a.sigmaS))
    ) {
      series[i] = Math.min(0, series[i] as number);
    }
  }
  return encodeFloat32(series);
}
