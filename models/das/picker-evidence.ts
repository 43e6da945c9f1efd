/**
 * Evidence of a kilometre of fibre by the trained picker. In: its channels. Out: onsets with
 * calibrated log-likelihood ratios, the evidence series, when the picker was listening.
 * @module
 */
import { encodeFloat32, type Arrival, type SensorEvidence } from '../../core/evidence.js';
import type { AlignedSensor } from '../../core/waveform.js';
import { maskedRuns } from '../signal/masked-runs.js';
import type { FibreSegment } from './channels.js';
import { LEAST_EVIDENCE, onsetLogRatio } from './picker/associate.js';
import { BLIND_S } from './picker/fibre-arrivals.js';
import { tempering } from './picker/out-of-distribution.js';
import type { Picker } from './picker/pick-fibre-window.js';
import { LEAST_SECONDS } from './picker/settings.js';
import { stretchOnsets, type NamedOnset, type StretchEvidence } from './picker/stretch-onsets.js';
import { sharedSigma } from './sta-lta-evidence.js';

/** The end of a run is blind: an onset needs something after it, s. */
const BLIND_END_S = 0.5;
/** Rate of the evidence series, Hz. */
const SERIES_HZ = 5;
/** Least log-likelihood ratio of an instant: silence says no more than this. */
const SERIES_FLOOR = -3;

/** Stretches of time with data, samples. */
interface Run {
  readonly from: number;
  readonly to: number;
}

/**
 * Runs the picker on every stretch of 10 s or more during which half of the channels have data; the
 * rest is no uptime. Onsets are arrivals from a log-likelihood ratio of `LEAST_EVIDENCE`; their sigma
 * is the spread over channel groups by the root of the number that count, at least 0.1 s. Where the
 * window is unlike the training, all ratios are divided by the out-of-distribution score (at most by
 * four). Null when no stretch is long enough.
 */
export async function pickerEvidence(input: {
  readonly segment: FibreSegment;
  /** The energy ratio's: place, threshold, quantity and notes are kept. */
  readonly evidence: SensorEvidence;
  readonly log10Peak: (fromS: number, nextS: number) => number | null;
  readonly rateHz: number;
  readonly sampleCount: number;
  /** Start of the waveforms, s from the window's start. */
  readonly offsetS: number;
  readonly picker: Picker;
}): Promise<SensorEvidence | null> {
  const { segment, evidence, rateHz, sampleCount, offsetS, picker } = input;
  const channels = alongFibre(segment.channels);
  const runs = maskedRuns(sharedMask(channels, sampleCount), Math.ceil(LEAST_SECONDS * rateHz));
  if (runs.length === 0) return null;
  const stretches: (StretchEvidence & Run)[] = [];
  for (const { from, to } of runs) {
    const samples = samplesOf(channels, from, to);
    const distanceM = channels.map(({ distanceM: m }, i) => m ?? i);
    stretches.push({ from, to, ...(await stretchOnsets({ picker, samples, rateHz, distanceM })) });
  }
  const onsets = stretches.flatMap((stretch) => {
    const startS = stretch.from / rateHz;
    const share = tempering(stretch.outOfDistribution);
    return stretch.onsets.map((onset) => ({
      ...onset,
      timeS: startS + onset.timeS,
      independent: stretch.independent,
      logLikelihoodRatio: onsetLogRatio(picker.file.calibration, onset, stretch.independent),
      share,
    }));
  });
  const heard = onsets.filter(({ logLikelihoodRatio }) => logLikelihoodRatio >= LEAST_EVIDENCE);
  const peakOf = (onset: NamedOnset, i: number): number | null =>
    input.log10Peak(onset.timeS, heard[i + 1]?.timeS ?? Infinity);
  return {
    ...evidence,
    uptime: stretches.flatMap(({ from, to }) => [
      {
        startS: offsetS + from / rateHz + BLIND_S,
        endS: offsetS + to / rateHz - BLIND_END_S,
      },
    ]),
    falseRateHz: picker.file.calibration.onset.falseRateHz,
    arrivals: heard.map((onset, i): Arrival => ({
      phase: onset.phase,
      timeS: offsetS + onset.timeS,
      sigmaS: sharedSigma(onset.spreadS, onset.independent),
      logLikelihoodRatio: onset.share * onset.logLikelihoodRatio,
      log10Amplitude: peakOf(onset, i),
    })),
    series: {
      startS: offsetS,
      rateHz: SERIES_HZ,
      llrBase64: encodeFloat32(seriesOf({ stretches, picker, rateHz, sampleCount })),
    },
    notes: [...evidence.notes, ...remarks(stretches)],
  };
}

/** In order of distance; channels without one keep their order. */
function alongFibre(channels: readonly AlignedSensor[]): AlignedSensor[] {
  return [...channels].sort((a, b) => (a.distanceM ?? 0) - (b.distanceM ?? 0));
}

/** 1 where half of the channels or more have data, [time]. */
function sharedMask(channels: readonly AlignedSensor[], sampleCount: number): Uint8Array {
  const known = new Uint32Array(sampleCount);
  for (const { mask } of channels) {
    for (let i = 0; i < sampleCount; i++) known[i] = (known[i] as number) + (mask[i] as number);
  }
  return Uint8Array.from(known, (count) => (2 * count >= channels.length ? 1 : 0));
}

/** Samples of a run, [channel * time]; NaN where the mask says nothing is known. */
function samplesOf(channels: readonly AlignedSensor[], from: number, to: number): Float32Array {
  const length = to - from;
  const samples = new Float32Array(channels.length * length);
  channels.forEach(({ samples: own, mask }, c) => {
    for (let i = 0; i < length; i++) {
      samples[c * length + i] = mask[from + i] === 1 ? (own[from + i] as number) : Number.NaN;
    }
  });
  return samples;
}

/** Log-likelihood ratio of each bin of the series; 0 where the picker was not listening. */
function seriesOf(input: {
  readonly stretches: readonly (StretchEvidence & Run)[];
  readonly picker: Picker;
  readonly rateHz: number;
  readonly sampleCount: number;
}): Float32Array {
  const { stretches, picker, rateHz, sampleCount } = input;
  const series = new Float32Array(Math.ceil((sampleCount / rateHz) * SERIES_HZ));
  for (const stretch of stretches) {
    const { series: marks, independent } = stretch;
    const share = tempering(stretch.outOfDistribution);
    const [startS, endS] = [stretch.from / rateHz, stretch.to / rateHz - BLIND_END_S];
    const first = Math.ceil((startS + BLIND_S) * SERIES_HZ);
    for (let k = first; k < endS * SERIES_HZ && k < series.length; k++) {
      const best = bestWithin(marks, k / SERIES_HZ - startS, (k + 1) / SERIES_HZ - startS);
      const ratio = onsetLogRatio(picker.file.calibration, best, independent);
      series[k] = share * Math.max(SERIES_FLOOR, ratio);
    }
  }
  return series;
}

/** The instant that agrees best, within a bin. */
function bestWithin(
  { rateHz, consensus, rise }: StretchEvidence['series'],
  fromS: number,
  toS: number,
): { consensus: number; rise: number } {
  let best = { consensus: 0, rise: 0 };
  for (let i = Math.round(fromS * rateHz); i < Math.round(toS * rateHz); i++) {
    const value = consensus[i] ?? 0;
    if (value > best.consensus) best = { consensus: value, rise: rise[i] as number };
  }
  return best;
}

function remarks(stretches: readonly (StretchEvidence & Run)[]): string[] {
  const notes = stretches.map(({ independent, channelsLeftOut }) => {
    return `picked by the network: ${channelsLeftOut} channels left out, ${independent.toFixed(1)} independent`;
  });
  for (const stretch of stretches) {
    const { flag, score, reasons } = stretch.outOfDistribution;
    if (!flag) continue;
    notes.push(
      `out of distribution (score ${score.toFixed(1)}): log-likelihood ratios times ` +
        `${tempering(stretch.outOfDistribution).toFixed(2)}; ${reasons.join('; ')}`,
    );
  }
  return [...new Set(notes)];
}
