/**
 * Fits one event to the picks: which picks are its own, where and when it was, how large, and the
 * log posterior odds that it was at all.
 *
 * Score of an event (reference fusion 3.1): ln prior + sum over channels in reach of ln(1 - p) for
 * silence, or ln p + ln f_t + ln f_a - ln(false rate x f_a of noise) for a pick, integrated over time,
 * place and magnitude by Laplace's method. Each pick serves one event only.
 * @module
 */
import { assignPicks, type Claims } from './assign-picks.js';
import { logDepthPrior } from './depth-prior.js';
import { detectionLevels, type DetectionLevels } from './detection-levels.js';
import { fitMagnitude, magnitudePrior, type MagnitudeFit } from './fit-magnitude.js';
import { laplaceVolume, locate } from './locate.js';
import type { EpicentreDensity, PickModel } from './pick-model.js';
import { reachKm } from './reach.js';
import { clamp, createScratch, predict, predictAll, type Scratch } from './scratch.js';

/** Where a fit begins. */
export interface FitStart {
  readonly timeS: number;
  readonly eastKm: number;
  readonly northKm: number;
  readonly depthKm: number;
  /** Known from an earlier fit; NaN otherwise. */
  readonly magnitude: number;
}

/** A fitted event. */
export interface EventFit extends FitStart {
  /** Natural-log posterior odds of existence. */
  readonly logOdds: number;
  /** Its picks, their residuals (s) and nats, [assigned]. */
  readonly picks: Int32Array;
  readonly residualS: Float64Array;
  readonly gain: Float64Array;
  readonly stationCount: number;
  /** Channels in reach whose silence says nothing: another event's pick hides it, or they were down. */
  readonly hidden: readonly number[];
  /** Covariance of (time s, east, north, depth km) by Laplace's method, [4, 4]. */
  readonly covariance: Float64Array;
  readonly magnitudeSigma: number;
}

export interface Fitter {
  /**
   * Fits from a start. `rounds`: widening of residual scales (s) in turn, the last one 0. With
   * `contest`, picks of other events may be taken where they bring clearly more. Null when fewer
   * than the least picks or stations remain.
   */
  fit(input: {
    readonly start: FitStart;
    readonly claims: Claims;
    readonly self: number;
    readonly rounds: readonly number[];
    readonly contest: boolean;
  }): EventFit | null;
}

/** Widenings for a start from the search and for one from an earlier fit. */
export const FROM_SEARCH = [0.6, 0.3, 0.12, 0, 0] as const;
export const FROM_FIT = [0.05, 0] as const;

const LN_SQRT_2PI = 0.5 * Math.log(2 * Math.PI);

/** Makes a fitter for a model; it owns scratch memory, so it serves one caller at a time. */
export function createFitter(model: PickModel): Fitter {
  const { minPicks } = model.parameters;
  const scratch = createScratch(model);
  const levels = detectionLevels(model);
  return {
    fit: ({ start, claims, self, rounds, contest }) => {
      scratch.timeS = start.timeS;
      scratch.eastKm = start.eastKm;
      scratch.northKm = start.northKm;
      scratch.depthKm = start.depthKm;
      let { magnitude } = start;
      for (const widen of rounds) {
        predictAll(scratch, reachKm(model.reach, model.parameters, magnitude));
        const round = { claims, self, widen, magnitude, contest };
        if (assignPicks(scratch, levels, round) < minPicks) return null;
        locate(scratch, widen);
        for (let e = 0; e < scratch.count; e++) predict(scratch, e);
        ({ magnitude } = fitMagnitude(scratch, levels));
      }
      predictAll(scratch, reachKm(model.reach, model.parameters, magnitude));
      const last = { claims, self, widen: 0, magnitude, contest };
      const count = assignPicks(scratch, levels, last);
      if (count < minPicks) return null;
      return scored(scratch, levels, count, fitMagnitude(scratch, levels));
    },
  };
}

/** The event with its log odds; null with too few stations. */
function scored(
  scratch: Scratch,
  levels: DetectionLevels,
  count: number,
  m: MagnitudeFit,
): EventFit | null {
  const { parameters, scoreRatio } = scratch.model;
  let logOdds = priorAt(scratch, m.magnitude) + Math.log(m.sigma) + LN_SQRT_2PI;
  const picks = new Int32Array(count);
  const residualS = new Float64Array(count);
  const gain = new Float64Array(count);
  const hidden: number[] = [];
  let n = 0;
  let stationCount = 0;
  let lastStation = -1;
  for (let e = 0; e < scratch.count; e++) {
    const channel = scratch.channel[e] as number;
    const detection = levels.tables[(channel & 1) as 0 | 1];
    const step = levels.step(scratch, e, m.magnitude);
    const pick = scratch.pick[e] as number;
    if (pick < 0) {
      if ((scratch.isMasked[e] as number) === 0) logOdds += detection.logSilent[step] as number;
      else hidden.push(channel);
      continue;
    }
    const scale = scratch.scaleS[e] as number;
    const r = scratch.residualS[e] as number;
    const nats =
      (detection.logPicked[step] as number) -
      Math.log(2 * scale) -
      Math.abs(r) / scale -
      (levels.lnFalseRate[channel] as number) +
      (scoreRatio[pick] as number) +
      levels.amplitudeNats(scratch, e, pick, m.magnitude);
    logOdds += nats;
    picks[n] = pick;
    residualS[n] = r;
    gain[n] = nats - (detection.logSilent[step] as number);
    n++;
    if (channel >> 1 !== lastStation) stationCount++;
    lastStation = channel >> 1;
  }
  if (stationCount < parameters.minStations) return null;
  const covariance = new Float64Array(16);
  logOdds += laplaceVolume(scratch, covariance);
  return {
    timeS: scratch.timeS,
    eastKm: scratch.eastKm,
    northKm: scratch.northKm,
    depthKm: scratch.depthKm,
    magnitude: m.magnitude,
    magnitudeSigma: m.sigma,
    logOdds,
    picks,
    residualS,
    gain,
    stationCount,
    hidden,
    covariance,
  };
}

/** ln of the prior density of an event per s, km^3 and magnitude. */
function priorAt(scratch: Scratch, magnitude: number): number {
  const { parameters, box, density } = scratch.model;
  return (
    Math.log(parameters.eventsPerDay / 86_400) -
    Math.log((box.east - box.west) * (box.north - box.south)) +
    densityAt(density, scratch.eastKm - box.west, scratch.northKm - box.south) +
    logDepthPrior(parameters, scratch.depthKm) +
    Math.log(parameters.bValue * Math.LN10) +
    magnitudePrior(scratch, magnitude)
  );
}

/** Log density ratio at a place, km from the south-west corner. */
export function densityAt(
  density: EpicentreDensity | null,
  eastKm: number,
  northKm: number,
): number {
  if (!density) return 0;
  const column = clamp((eastKm / density.cellKm) | 0, 0, density.columns - 1);
  const row = clamp((northKm / density.cellKm) | 0, 0, density.rows - 1);
  return density.logRatio[row * density.columns + column] as number;
}
