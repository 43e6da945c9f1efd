/**
 * What an event should do to the phones of one cell that only trigger: shares by phase, times, peaks.
 * Shared by the likelihood and the simulator, so that they cannot disagree.
 * @module
 */
import type { CrowdCell } from '../../../core/evidence.js';
import { distanceKm } from '../../../core/geo.js';
import { cuaHeatonLog10Pga } from '../../groundmotion/cua-heaton.js';
import { normalCdf } from '../../numerics/special.js';
import { TRIGGER_MODEL, triggerShares } from '../../phones/network/trigger-model.js';
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
  /** Shares of the phones that trigger on P, and on S alone, and are heard. */
  shareP: number;
  shareS: number;
  /** Peak that a phone triggered by P or S tells, log10 gal, and its standard deviation. */
  peakP: number;
  peakS: number;
  peakSigma: number;
  /** One over the peak's standard deviation, root 2 pi, and the chance that it triggers. */
  peakNormP: number;
  peakNormS: number;
}

const SQRT_2PI = Math.sqrt(2 * Math.PI);
/** Speeds that turn scatter of places into scatter of times, km/s. */
const { velocityP: VELOCITY_P, velocityS: VELOCITY_S } = TRIGGER_MODEL;

/** Empty prediction to be filled. */
export function emptyCellPrediction(): CellPrediction {
  return {
    ...{ timeP: 0, timeS: 0, sigmaP: 0, sigmaS: 0 },
    ...{ shareP: 0, shareS: 0, peakP: 0, peakS: 0, peakSigma: 0 },
    ...{ peakNormP: 0, peakNormS: 0 },
  };
}

/** Travel times of S err by this much of `travelTimeShare` beside those of P: Vp/Vs varies by 2 %. */
export const S_SHARE = 0.4;

/** Latent terms: one value for all phones of an event. */
export interface CrowdTerms {
  /** log10 amplitude of this event above the mean, shared with accelerometers that send records. */
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
  const { p, s } = triggerShares(event.magnitude, distance, event.depthKm, terms.amplitude);
  out.shareP = p * upShare(cell.uptime, out.timeP, out.sigmaP);
  out.shareS = s * upShare(cell.uptime, out.timeS, out.sigmaS);
  const gain = Math.log10(TRIGGER_MODEL.amplification) + terms.amplitude;
  const short = Math.log10(Math.max(1, growthS(event.magnitude) / crowdPeakSpanS));
  const peak = (phase: 'P-soil' | 'S-soil'): number =>
    cuaHeatonLog10Pga(phase, event.magnitude, distance, event.depthKm) + gain - short;
  out.peakS = peak('S-soil');
  // Close by, S is in before the span of a trigger by P is over.
  out.peakP =
    out.timeS - out.timeP < crowdPeakSpanS ? Math.max(peak('P-soil'), out.peakS) : peak('P-soil');
  out.peakSigma = Math.sqrt(parameters.crowdPeakSigma ** 2 + (0.5 * short) ** 2);
  const both = quadrature(out.peakSigma, thresholdSigma(parameters));
  const norm = (expected: number): number =>
    1 /
    (SQRT_2PI * out.peakSigma * Math.max(1e-6, normalCdf((expected - LOG10_TRIGGER_PEAK) / both)));
  out.peakNormP = norm(out.peakP);
  out.peakNormS = norm(out.peakS);
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
