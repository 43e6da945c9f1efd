/**
 * Log-likelihood ratio (event against false triggers) of the phones of one cell: each triggered at a
 * time with a peak, or was silent.
 * @module
 */
import type { CrowdBin, CrowdCell } from '../../../core/evidence.js';
import { normalCdf } from '../../numerics/special.js';
import { OVERDISPERSION } from '../../phones/network/scan-cells.js';
import type { DetectionParameters } from '../parameters.js';
import { noiseAmplitudeDensity } from '../sensor-likelihood.js';
import {
  cellWeight,
  LOG10_TRIGGER_PEAK,
  thresholdSigma,
  type CellPrediction,
} from './cell-model.js';

/** A cell made ready for many evaluations. Columns, [bin]. */
export interface PreparedCell {
  readonly cell: CrowdCell;
  /** Share of its phones that count. */
  readonly weight: number;
  readonly timeS: Float64Array;
  readonly count: Float64Array;
  /** Variance of clocks and of the bin's length, s^2. */
  readonly variance: Float64Array;
  /** Ratio of scores under event and noise, over the rate of false triggers; s. */
  readonly score: Float64Array;
  /** Peak, log10 gal (NaN: none), and its density under noise over the chance to be noticed. */
  readonly peak: Float64Array;
  readonly peakNoise: Float64Array;
  readonly triggered: number;
  /** False triggers a phone and second, inflated: they come in bursts. */
  readonly rateHz: number;
}

/** t with four degrees of freedom: density at 0, and its variance over its scale squared is 2. */
const T4_AT_0 = 0.375;
/** Triggers may be this far from a prediction and be looked at, standard deviations. */
const FAR = 25;

/** Prepares a cell; nothing random. */
export function prepareCell(
  cell: CrowdCell,
  binS: number,
  parameters: DetectionParameters,
): PreparedCell {
  const rateHz = OVERDISPERSION * Math.max(parameters.minFalseRateHz, cell.falseRateHz);
  const column = (pick: (bin: CrowdBin) => number): Float64Array =>
    Float64Array.from(cell.bins, pick);
  const threshold = thresholdSigma(parameters);
  return {
    cell,
    weight: cellWeight(cell, parameters),
    timeS: column((b) => b.timeS),
    count: column((b) => b.count),
    variance: column((b) => b.clockSigmaS ** 2 + (binS * binS) / 12),
    score: column((b) => Math.exp(parameters.crowdScoreWeight * (b.logOdds ?? 0)) / rateHz),
    peak: column((b) => b.log10PeakGal ?? Number.NaN),
    peakNoise: column((b) => {
      const over = (b.log10PeakGal ?? 0) - LOG10_TRIGGER_PEAK;
      return (
        noiseAmplitudeDensity(over, parameters.noiseAmplitudeScale) / normalCdf(over / threshold)
      );
    }),
    triggered: cell.bins.reduce((sum, b) => sum + b.count, 0),
    rateHz,
  };
}

/** Natural log of p(cell | event) / p(cell | false triggers), of the phones that count. */
export function cellLogRatio(prepared: PreparedCell, prediction: CellPrediction): number {
  const { count, weight } = prepared;
  const silent = 1 - prediction.heard;
  let sum = 0;
  for (let b = 0; b < count.length; b++) {
    sum += (count[b] as number) * Math.log(silent + binRatio(prepared, b, prediction));
  }
  return cellSilence(prepared, prediction) + weight * sum;
}

/** The part of it that phones make which did not trigger. */
export function cellSilence(prepared: PreparedCell, prediction: CellPrediction): number {
  const { cell, weight, triggered } = prepared;
  return weight * Math.max(0, cell.active - triggered) * Math.log(1 - prediction.heard);
}

/** Share of each bin's triggers that are the event's, [bin]. */
export function cellShares(prepared: PreparedCell, prediction: CellPrediction): Float64Array {
  const silent = 1 - prediction.heard;
  return Float64Array.from(prepared.count, (_, b) => {
    const ratio = binRatio(prepared, b, prediction);
    return ratio / (silent + ratio);
  });
}

/** Ratio of the event's rate of triggers in a bin to that of false ones. */
function binRatio(prepared: PreparedCell, bin: number, prediction: CellPrediction): number {
  const timeS = prepared.timeS[bin] as number;
  const clock = prepared.variance[bin] as number;
  const { shareP, shareS, sigmaP, sigmaS } = prediction;
  const scaleP = Math.sqrt(sigmaP * sigmaP + clock);
  const scaleS = Math.sqrt(sigmaS * sigmaS + clock);
  const zP = (timeS - prediction.timeP) / scaleP;
  const zS = (timeS - prediction.timeS) / scaleS;
  let sum = 0;
  if (shareP > 0 && Math.abs(zP) < FAR) {
    const peak = peakRatio(prepared, bin, prediction.peakP, prediction.peakNormP, prediction);
    sum += (shareP * t4(zP) * peak) / scaleP;
  }
  if (shareS > 0 && Math.abs(zS) < FAR) {
    const peak = peakRatio(prepared, bin, prediction.peakS, prediction.peakNormS, prediction);
    sum += (shareS * t4(zS) * peak) / scaleS;
  }
  return sum * (prepared.score[bin] as number);
}

/** Density of a told peak, given that it triggered the phone, over that of a false one. */
function peakRatio(
  prepared: PreparedCell,
  bin: number,
  expected: number,
  norm: number,
  { peakSigma }: CellPrediction,
): number {
  const peak = prepared.peak[bin] as number;
  if (Number.isNaN(peak)) return 1;
  const z = (peak - expected) / peakSigma;
  return (Math.exp(-0.5 * z * z) * norm) / (prepared.peakNoise[bin] as number);
}

/** Student-t with four degrees of freedom and unit scale. */
function t4(z: number): number {
  const q = 1 + (z * z) / 4;
  return T4_AT_0 / (q * q * Math.sqrt(q));
}
