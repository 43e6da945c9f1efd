/**
 * What an event should do to the phones of one cell that only trigger: shares by phase, times, peaks.
 * Shared by the likelihood and the simulator, so that they cannot disagree.
 * @module
 */
import type { CrowdCell } from '../../../core/evidence.js';
import { distanceKm } from '../../../core/geo.js';
import { cuaHeatonLog10Pga } from '../../groundmotion/cua-heaton.js';
import { normalCdf } from '../../numerics/special.js';
import { TRIGGER_MODEL, triggerShare } from '../../phones/network/trigger-model.js';
import type { TravelTimeTable } from '../../traveltime/travel-time-table.js';
import type { EventState } from '../event-prior.js';
import type { DetectionParameters } from '../parameters.js';
import { growthS, quadrature, upShare } from '../sensor-model.js';

/** Prediction for one cell; reused between calls. */
export interface CellPrediction {
  /** Mean time of triggers by P and S, s from the window's start, and its standard deviation. */
  timeP: number;
  timeS: number;
  sigmaP: number;
  sigmaS: number;
  /** Shares of the phones that trigger on P, and on S alone; and of those that are heard of. */
  shareP: number;
  shareS: number;
  heard: number;
  /** Peak that a phone triggered by P or S tells, log10 gal, and its standard deviation. */
  peakP: number;
  peakS: number;
  peakSigma: number;
  /** One over the peak's standard deviation, root 2 pi, and the chance that it triggers. */
  peakNormP: number;
  peakNormS: number;
}

const SQRT_2PI = Math.sqrt(2 * Math.PI);
const LOG10_GAIN = Math.log10(TRIGGER_MODEL.amplification);
/** Speeds that turn scatter of places into scatter of times, km/s. */
const { velocityP: VELOCITY_P, velocityS: VELOCITY_S } = TRIGGER_MODEL;

/** Empty prediction to be filled. */
export function emptyCellPrediction(): CellPrediction {
  return {
    ...{ timeP: 0, timeS: 0, sigmaP: 0, sigmaS: 0 },
    ...{ shareP: 0, shareS: 0, heard: 0, peakP: 0, peakS: 0, peakSigma: 0 },
    ...{ peakNormP: 0, peakNormS: 0 },
  };
}

/** Travel times of S err by this much of `travelTimeShare` beside those of P: Vp/Vs varies by 2 %. */
export const S_SHARE = 0.4;

/** Latent terms: one value for all phones of an event. */
export interface CrowdTerms {
  /** log10 amplitude above the mean: of this event, as accelerometers with records see it, and of phones. */
  readonly amplitude: number;
  /** Travel times of this event are longer by this share. */
  readonly slowness: number;
  /** Those of S by this share more. */
  readonly slownessS: number;
}

/**
 * Fills `out`. Travel times are wrong by shares that all phones have in common (the terms) and each
 * by `travelTimeMinS`; P triggers `crowdDelayS` after its onset. The phone tells its peak before
 * the rupture is through: it falls short of the event's by as much as the growth is longer than the
 * span, in log10, half of that uncertain.
 */
export function predictCell(
  out: CellPrediction,
  cell: CrowdCell,
  event: EventState,
  terms: CrowdTerms,
  table: TravelTimeTable,
  parameters: DetectionParameters,
): void {
  const distance = distanceKm(cell, event);
  const slow = Math.max(0.5, 1 + terms.slowness);
  const { crowdDelayS, crowdDelaySigmaS, crowdPeakSpanS, travelTimeMinS } = parameters;
  out.timeP = event.timeS + slow * table.p(distance, event.depthKm) + crowdDelayS;
  out.timeS = event.timeS + slow * (1 + terms.slownessS) * table.s(distance, event.depthKm);
  const own = crowdDelaySigmaS ** 2 + travelTimeMinS ** 2;
  out.sigmaP = Math.sqrt(own + (cell.scatterKm / VELOCITY_P) ** 2);
  out.sigmaS = Math.sqrt(own + (cell.scatterKm / VELOCITY_S) ** 2);
  const { magnitude, depthKm } = event;
  const groundP = terms.amplitude + cuaHeatonLog10Pga('P-soil', magnitude, distance, depthKm);
  const groundS = terms.amplitude + cuaHeatonLog10Pga('S-soil', magnitude, distance, depthKm);
  const p = triggerShare(groundP);
  const s = Math.max(0, triggerShare(groundS) - p);
  out.shareP = p;
  out.shareS = s;
  out.heard =
    p * upShare(cell.uptime, out.timeP, out.sigmaP) +
    s * upShare(cell.uptime, out.timeS, out.sigmaS);
  const short = Math.log10(Math.max(1, growthS(magnitude) / crowdPeakSpanS));
  out.peakS = groundS + LOG10_GAIN - short;
  // Close by, S is in before the span of a trigger by P is over.
  const ofP = groundP + LOG10_GAIN - short;
  out.peakP = out.timeS - out.timeP < crowdPeakSpanS ? Math.max(ofP, out.peakS) : ofP;
  out.peakSigma = quadrature(parameters.crowdPeakSigma, 0.5 * short);
  const both = quadrature(out.peakSigma, thresholdSigma(parameters));
  out.peakNormP = peakNorm(out.peakP, out.peakSigma, both);
  out.peakNormS = peakNorm(out.peakS, out.peakSigma, both);
}

function peakNorm(expected: number, sigma: number, both: number): number {
  const triggers = normalCdf((expected - LOG10_TRIGGER_PEAK) / both);
  return 1 / (SQRT_2PI * sigma * Math.max(1e-6, triggers));
}

/** Scatter of the threshold itself: what the peak does not share of the trigger's scatter, log10. */
export function thresholdSigma(parameters: DetectionParameters): number {
  return Math.sqrt(Math.max(0.01, TRIGGER_MODEL.sigma ** 2 - parameters.crowdPeakSigma ** 2));
}

/** Peak at which half of all phones trigger, log10 gal. */
export const LOG10_TRIGGER_PEAK = Math.log10(TRIGGER_MODEL.thresholdGal);

/** Phones of a cell that count as independent, as a share of all it has. */
export function cellWeight(cell: CrowdCell, parameters: DetectionParameters): number {
  return Math.min(1, parameters.crowdCellPhones / Math.max(1, cell.active));
}
