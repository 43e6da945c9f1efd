/**
 * Fits one event to the picks: which picks are its own, where and when it was, how large, and the
 * log posterior odds that it was at all.
 *
 * Score of an event (reference fusion 3.1): ln prior + sum over channels in reach of ln(1 - p) for
 * silence, or ln p + ln f_t + ln f_a - ln(false rate x f_a of noise) for a pick, integrated over time,
 * place and magnitude by Laplace's method. Each pick serves one event only.
 * @module
 */
import { timeAt } from '../../traveltime/local-table.js';
import { detectionTable, stepOf } from './detection-table.js';
import { invert4, solveNormal4 } from './normal-equations.js';
import type { EpicentreDensity, PickModel } from './pick-model.js';

/** Where a fit begins. */
export interface FitStart {
  readonly timeS: number;
  readonly eastKm: number;
  readonly northKm: number;
  readonly depthKm: number;
  /** Known from an earlier fit; NaN otherwise. */
  readonly magnitude: number;
}

/** Who has which pick. Both arrays are [pick]. */
export interface Claims {
  /** Event, or -1. */
  readonly owner: Int32Array;
  /** Nats that the pick brings to its owner. */
  readonly gain: Float64Array;
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

const LN10 = Math.LN10;
const LN_SQRT_2PI = 0.5 * Math.log(2 * Math.PI);
const GAUSS_NEWTON_STEPS = 4;
/** Residuals count as at least this share of their scale in the weights of least absolute values. */
const LEAST_RESIDUAL = 0.3;
const MAX_STEP_KM = 12;
/** Noise amplitudes have heavier tails than a normal: its square counts up to this. */
const NOISE_TAIL = 9;
/** To take a pick from another event it must bring this many nats more. */
const CONTEST_NATS = 0.7;
/** Detection probability while the magnitude is unknown. */
const UNKNOWN_LOGIT = 0;

/** Makes a fitter for a model; it owns scratch arrays, so it serves one caller at a time. */
export function createFitter(model: PickModel): Fitter {
  const { picks, stations, parameters, channels, table, box } = model;
  const { order, orderTimeS, start: listStart } = model;
  const stationCount = stations.ids.length;
  const capacity = stationCount * 2;
  const entryChannel = new Int32Array(capacity);
  const entryTime = new Float64Array(capacity);
  const entryX = new Float64Array(capacity);
  const entryY = new Float64Array(capacity);
  const entryZ = new Float64Array(capacity);
  const entryScale = new Float64Array(capacity);
  /** Predicted log10 amplitude at M 3.5. */
  const entryAmplitude = new Float64Array(capacity);
  const entryPick = new Int32Array(capacity);
  const entryResidual = new Float64Array(capacity);
  const entryTiming = new Float64Array(capacity);
  const entryMasked = new Uint8Array(capacity);
  const slopes = { timeS: 0, byDistance: 0, byDepth: 0 };
  const tables = [
    detectionTable(parameters.pickedShare[0]),
    detectionTable(parameters.pickedShare[1]),
  ] as const;
  const lnFalse = channels.falseRate.map((rate) => Math.log(rate));
  const lnNoiseSigma = channels.noiseSigma.map((sigma) => Math.log(sigma));
  const lnSigma = Math.log(parameters.amplitudeSigma);
  const normal = new Float64Array(16);
  const right = new Float64Array(4);
  const step = new Float64Array(4);
  const covariance = new Float64Array(16);
  let entries = 0;
  let x = 0;
  let y = 0;
  let z = 0;
  let t = 0;

  /** Fills the geometry of one entry for the present place. */
  const predict = (e: number): void => {
    const channel = entryChannel[e] as number;
    const s = channel >> 1;
    const phase = (channel & 1) as 0 | 1;
    const dx = x - (stations.eastKm[s] as number);
    const dy = y - (stations.northKm[s] as number);
    const distance = Math.sqrt(dx * dx + dy * dy) + 1e-6;
    timeAt(table, phase, distance, z, slopes);
    const u = table.surfaceSlowness[phase];
    const vertical = Math.sqrt(Math.max(0, u * u - slopes.byDistance * slopes.byDistance));
    entryTime[e] =
      slopes.timeS +
      (stations.elevationKm[s] as number) * vertical +
      (channels.termS[channel] as number);
    entryX[e] = (slopes.byDistance * dx) / distance;
    entryY[e] = (slopes.byDistance * dy) / distance;
    entryZ[e] = slopes.byDepth;
    entryScale[e] =
      (parameters.residualS[phase] as number) + parameters.residualShare * slopes.timeS;
    entryAmplitude[e] =
      (parameters.amplitudeOffset[phase] as number) -
      (parameters.amplitudePerLogDistance * 0.5 * Math.log(dx * dx + dy * dy + z * z + 0.25)) /
        LN10 +
      (channels.logAmplitude[channel] as number);
  };

  const predictAll = (): void => {
    entries = 0;
    const reach = parameters.maxDistanceKm;
    for (let s = 0; s < stationCount; s++) {
      const dx = x - (stations.eastKm[s] as number);
      const dy = y - (stations.northKm[s] as number);
      if (dx * dx + dy * dy > reach * reach) continue;
      for (let phase = 0; phase < 2; phase++) {
        entryChannel[entries] = 2 * s + phase;
        predict(entries);
        entries++;
      }
    }
  };

  /** Logit of detection over the logistic width, for a magnitude. */
  const excess = (e: number, magnitude: number): number => {
    if (Number.isNaN(magnitude)) return UNKNOWN_LOGIT;
    const channel = entryChannel[e] as number;
    const level =
      (entryAmplitude[e] as number) + parameters.amplitudePerMagnitude * (magnitude - 3.5);
    return (
      (level - (channels.threshold[channel] as number)) /
      (parameters.thresholdWidth[channel & 1] as number)
    );
  };

  /** Nats of an amplitude under the event over noise. */
  const amplitudeGain = (e: number, pick: number, magnitude: number): number => {
    const a = picks.logAmplitude[pick] as number;
    if (Number.isNaN(a) || Number.isNaN(magnitude)) return 0;
    const channel = entryChannel[e] as number;
    const level =
      (entryAmplitude[e] as number) + parameters.amplitudePerMagnitude * (magnitude - 3.5);
    const d = (a - level) / parameters.amplitudeSigma;
    const n =
      (a - (channels.noiseMean[channel] as number)) / (channels.noiseSigma[channel] as number);
    const unlikely = n * n < NOISE_TAIL ? n * n : NOISE_TAIL;
    return -0.5 * d * d - lnSigma + 0.5 * unlikely + (lnNoiseSigma[channel] as number);
  };

  /** Chooses the best pick of every entry. */
  const assign = (
    claims: Claims,
    self: number,
    widen: number,
    magnitude: number,
    contest: boolean,
  ): number => {
    let count = 0;
    for (let e = 0; e < entries; e++) {
      const channel = entryChannel[e] as number;
      const phase = channel & 1;
      const scale = (entryScale[e] as number) + widen;
      const step = stepOf(excess(e, magnitude));
      const detection = tables[phase as 0 | 1];
      const base =
        (detection.logPicked[step] as number) -
        (detection.logSilent[step] as number) -
        Math.log(2 * scale) -
        (lnFalse[channel] as number);
      const predicted = t + (entryTime[e] as number);
      // Beyond this residual no pick can bring anything, however well its amplitude fits.
      const reach = Math.min(8 * scale, scale * Math.max(0, base + 6));
      let best = -1;
      let bestGain = 0;
      let masked = 0;
      const end = listStart[channel + 1] as number;
      for (
        let k = lowerBound(
          orderTimeS,
          predicted - Math.max(reach, parameters.maskS),
          listStart[channel] as number,
          end,
        );
        k < end;
        k++
      ) {
        const residual = (orderTimeS[k] as number) - predicted;
        const distance = residual < 0 ? -residual : residual;
        if (residual > reach && residual > parameters.maskS) break;
        const pick = order[k] as number;
        const owner = claims.owner[pick] as number;
        const isOthers = owner >= 0 && owner !== self;
        if (isOthers && distance < parameters.maskS) masked = 1;
        if (distance > reach || (isOthers && !contest)) continue;
        const gain =
          base -
          distance / scale +
          (model.scoreRatio[pick] as number) +
          amplitudeGain(e, pick, magnitude);
        if (gain <= bestGain) continue;
        if (isOthers && gain < (claims.gain[pick] as number) + CONTEST_NATS) continue;
        best = pick;
        bestGain = gain;
        entryResidual[e] = residual;
      }
      entryPick[e] = best;
      entryTiming[e] = bestGain;
      entryMasked[e] = best >= 0 ? 0 : masked;
      if (best >= 0) count++;
    }
    return count;
  };

  /** Least absolute residuals by reweighted Gauss-Newton over the assigned picks. */
  const locate = (widen: number): void => {
    for (let iteration = 0; iteration < GAUSS_NEWTON_STEPS; iteration++) {
      normal.fill(0);
      right.fill(0);
      for (let e = 0; e < entries; e++) {
        const pick = entryPick[e] as number;
        if (pick < 0) continue;
        if (iteration > 0) {
          predict(e);
          entryResidual[e] = (picks.timeS[pick] as number) - t - (entryTime[e] as number);
        }
        const r = entryResidual[e] as number;
        const scale = (entryScale[e] as number) + widen;
        const weight = 1 / (scale * Math.max(Math.abs(r), LEAST_RESIDUAL * scale));
        accumulate(e, r, weight);
      }
      addPriors();
      if (!solveNormal4(normal, right, step)) return;
      const length = Math.hypot(step[1] as number, step[2] as number, step[3] as number);
      const factor = length > MAX_STEP_KM ? MAX_STEP_KM / length : 1;
      t += factor * (step[0] as number);
      x = clamp(x + factor * (step[1] as number), box.west, box.east);
      y = clamp(y + factor * (step[2] as number), box.south, box.north);
      z = clamp(z + factor * (step[3] as number), 0.05, box.deepest);
      if (length < 0.02) break;
    }
  };

  const accumulate = (e: number, r: number, weight: number): void => {
    const jx = entryX[e] as number;
    const jy = entryY[e] as number;
    const jz = entryZ[e] as number;
    normal[0]! += weight;
    normal[4]! += weight * jx;
    normal[5]! += weight * jx * jx;
    normal[8]! += weight * jy;
    normal[9]! += weight * jx * jy;
    normal[10]! += weight * jy * jy;
    normal[12]! += weight * jz;
    normal[13]! += weight * jx * jz;
    normal[14]! += weight * jy * jz;
    normal[15]! += weight * jz * jz;
    right[0]! += weight * r;
    right[1]! += weight * r * jx;
    right[2]! += weight * r * jy;
    right[3]! += weight * r * jz;
  };

  const addPriors = (): void => {
    const wz = 1 / parameters.depthSigmaKm ** 2;
    normal[0]! += 1e-4;
    normal[5]! += 1e-3;
    normal[10]! += 1e-3;
    normal[15]! += wz;
    right[3]! += wz * (parameters.depthMeanKm - z);
  };

  /** Log-likelihood of a magnitude given the assignment, with its prior. */
  const magnitudeScore = (magnitude: number): number => {
    let sum = magnitudePrior(magnitude);
    for (let e = 0; e < entries; e++) {
      const detection = tables[((entryChannel[e] as number) & 1) as 0 | 1];
      const step = stepOf(excess(e, magnitude));
      const pick = entryPick[e] as number;
      if (pick < 0) {
        if ((entryMasked[e] as number) === 0) sum += detection.logSilent[step] as number;
        continue;
      }
      sum += detection.logPicked[step] as number;
      const a = picks.logAmplitude[pick] as number;
      if (Number.isNaN(a)) continue;
      const level =
        (entryAmplitude[e] as number) + parameters.amplitudePerMagnitude * (magnitude - 3.5);
      const d = (a - level) / parameters.amplitudeSigma;
      sum -= 0.5 * d * d;
    }
    return sum;
  };

  const magnitudePrior = (magnitude: number): number =>
    -parameters.bValue * LN10 * Math.max(0, magnitude - parameters.minMagnitude);

  /** Most probable magnitude: from the amplitudes, then uphill in steps, then a parabola. */
  const fitMagnitude = (): { magnitude: number; sigma: number } => {
    let sum = 0;
    let count = 0;
    for (let e = 0; e < entries; e++) {
      const pick = entryPick[e] as number;
      const a = pick < 0 ? Number.NaN : (picks.logAmplitude[pick] as number);
      if (Number.isNaN(a)) continue;
      sum += 3.5 + (a - (entryAmplitude[e] as number)) / parameters.amplitudePerMagnitude;
      count++;
    }
    const lowest = parameters.minMagnitude - 1;
    let m = clamp(
      count > 0 ? sum / count : parameters.minMagnitude + 1,
      lowest,
      parameters.maxMagnitude,
    );
    let here = magnitudeScore(m);
    let h = 0.2;
    for (let k = 0; k < 24; k++) {
      const up = magnitudeScore(m + h);
      const down = magnitudeScore(m - h);
      if (up > here && up >= down && m + h < parameters.maxMagnitude) {
        m += h;
        here = up;
      } else if (down > here && m - h > lowest) {
        m -= h;
        here = down;
      } else if (h > 0.06) h = 0.05;
      else {
        const curvature = (up + down - 2 * here) / (h * h);
        if (!(curvature < -1)) return { magnitude: m, sigma: 0.5 };
        const shift = clamp((up - down) / (-2 * curvature * h), -h, h);
        return { magnitude: m + shift, sigma: Math.min(0.5, 1 / Math.sqrt(-curvature)) };
      }
    }
    return { magnitude: m, sigma: 0.3 };
  };

  const logArea = Math.log((box.east - box.west) * (box.north - box.south));

  const priorAt = (magnitude: number): number => {
    const depth = (z - parameters.depthMeanKm) / parameters.depthSigmaKm;
    return (
      Math.log(parameters.eventsPerDay / 86_400) -
      logArea +
      densityAt(model.density, x - box.west, y - box.south) -
      0.5 * depth * depth -
      Math.log(parameters.depthSigmaKm) -
      LN_SQRT_2PI +
      Math.log(parameters.bValue * LN10) +
      magnitudePrior(magnitude)
    );
  };

  /** Laplace covariance of (t, x, y, z) at the fit and the log of its volume. */
  const laplace = (): number => {
    normal.fill(0);
    right.fill(0);
    for (let e = 0; e < entries; e++) {
      if ((entryPick[e] as number) < 0) continue;
      const scale = entryScale[e] as number;
      accumulate(e, 0, 1 / (scale * scale));
    }
    addPriors();
    return invert4(normal, covariance) + 4 * LN_SQRT_2PI;
  };

  const fit: Fitter['fit'] = ({ start, claims, self, rounds, contest }) => {
    t = start.timeS;
    x = start.eastKm;
    y = start.northKm;
    z = start.depthKm;
    let m = { magnitude: start.magnitude, sigma: 0.5 };
    for (const widen of rounds) {
      predictAll();
      const count = assign(claims, self, widen, m.magnitude, contest);
      if (count < parameters.minPicks) return null;
      locate(widen);
      for (let e = 0; e < entries; e++) predict(e);
      m = fitMagnitude();
    }
    predictAll();
    const count = assign(claims, self, 0, m.magnitude, contest);
    if (count < parameters.minPicks) return null;
    m = fitMagnitude();
    return result(count, m);
  };

  const result = (count: number, m: { magnitude: number; sigma: number }): EventFit | null => {
    let logOdds = priorAt(m.magnitude) + Math.log(m.sigma) + LN_SQRT_2PI;
    const mine = new Int32Array(count);
    const residualS = new Float64Array(count);
    const gain = new Float64Array(count);
    let n = 0;
    let stationsHeard = 0;
    let lastStation = -1;
    for (let e = 0; e < entries; e++) {
      const channel = entryChannel[e] as number;
      const detection = tables[(channel & 1) as 0 | 1];
      const step = stepOf(excess(e, m.magnitude));
      const pick = entryPick[e] as number;
      if (pick < 0) {
        if ((entryMasked[e] as number) === 0) logOdds += detection.logSilent[step] as number;
        continue;
      }
      const scale = entryScale[e] as number;
      const r = entryResidual[e] as number;
      const nats =
        (detection.logPicked[step] as number) -
        Math.log(2 * scale) -
        Math.abs(r) / scale -
        (lnFalse[channel] as number) +
        (model.scoreRatio[pick] as number) +
        amplitudeGain(e, pick, m.magnitude);
      logOdds += nats;
      mine[n] = pick;
      residualS[n] = r;
      gain[n] = nats - (detection.logSilent[step] as number);
      n++;
      if (channel >> 1 !== lastStation) {
        stationsHeard++;
        lastStation = channel >> 1;
      }
    }
    if (stationsHeard < parameters.minStations) return null;
    logOdds += laplace();
    return {
      timeS: t,
      eastKm: x,
      northKm: y,
      depthKm: z,
      magnitude: m.magnitude,
      magnitudeSigma: m.sigma,
      logOdds,
      picks: mine,
      residualS,
      gain,
      stationCount: stationsHeard,
      covariance: covariance.slice(),
    };
  };

  return { fit };
}

/** First place in a sorted range whose value is at least `value`. */
export function lowerBound(sorted: Float64Array, value: number, from: number, to: number): number {
  let low = from;
  let high = to;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] as number) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

function clamp(value: number, low: number, high: number): number {
  return value < low ? low : value > high ? high : value;
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
