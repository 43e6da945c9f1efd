/**
 * Evidence of fibres by the energy ratio of the array, without the trained picker. In: aligned
 * channels. Out: a SensorEvidence a kilometre of fibre: arrivals of the array, not of single channels.
 * @module
 */
import { encodeFloat32, type Arrival, type SensorEvidence } from '../../core/evidence.js';
import { isoToNs, secondsSince, type TimeWindow } from '../../core/time.js';
import type { AlignedSensor, AlignedWaveforms } from '../../core/waveform.js';
import { butterworth, sosFilter, type Section } from '../signal/butterworth.js';
import { logEnergyRatio } from '../signal/energy-ratio.js';
import { maskedRuns } from '../signal/masked-runs.js';
import {
  noiseModel,
  onsetLogLikelihoodRatio,
  type LogRatioModel,
} from '../signal/onset-likelihood.js';
import { median, quantile } from '../signal/robust.js';
import { arrayRatio } from './array-ratio.js';
import {
  centre,
  effectiveChannels,
  fibreSegments,
  usableChannels,
  type FibreSegment,
} from './channels.js';
import { namePhases } from './phases.js';
import {
  AFTER_S,
  BEFORE_S,
  TRIGGER_LOG_RATIO,
  pickSegment,
  type SegmentOnset,
} from './segment-picks.js';

/** Channels of a segment that are looked at; more add cost and no independent information. */
const MOST_CHANNELS = 64;
/** Rate of the array ratio and of the evidence series, Hz. */
const RATIO_HZ = 20;
const SERIES_HZ = 5;
/** Band of regional earthquakes on a fibre, Hz (upper corner at most 0.4 of the rate). */
const BAND_HZ = { low: 1, high: 10 };
const AMPLITUDE_S = 30;
const CREST = 3;
/**
 * Array-median log energy ratios (0.5 s over 5 s) of arrivals. Measured on the one labelled record
 * there is (Brady: P 2.4, S 3.1); the spread is kept wide because of that.
 */
export const DAS_ARRIVAL: LogRatioModel = { mean: 2.7, sigma: 1.2 };
/** Prior of the false rate: one in an hour of fibre, worth as much as an hour of one's own. */
const FALSE_PRIOR = { count: 1, seconds: 3600 };
/**
 * Smallest usable log10 strain rate (microstrain/s) of four cables: -0.875, -1.964, -1.796, -2.304
 * (Yin et al. 2023, released code); their mean stands in where units are unknown.
 */
const THRESHOLD_OF_OTHER_CABLES = -1.7;
/** Factors to microstrain/s. */
const STRAIN_RATE_UNITS: Readonly<Record<string, number>> = {
  'microstrain/s': 1,
  'strain/s': 1e6,
  'nanostrain/s': 1e-3,
};

/** A kilometre of fibre as the array ratio sees it. */
export interface StaLtaSegment {
  readonly segment: FibreSegment;
  readonly evidence: SensorEvidence;
  /**
   * log10 of the median over channels of the largest amplitude from one time to another (or for 30
   * s), s from the waveforms' start; null where the unit is not strain rate.
   */
  readonly log10Peak: (fromS: number, nextS: number) => number | null;
}

/**
 * Evidence of each kilometre of each fibre (see `fibreSegments`): up to 64 of its usable channels
 * are band-passed 1-10 Hz, the energy of half a second compared with the 5 s before, and the median
 * over channels taken along the best straight move-out. Amplitudes are null unless units are strain
 * rate. A channel without data does not count; a segment is up while half of its channels are.
 */
export function staLtaSegments(input: {
  readonly waveforms: AlignedWaveforms;
  readonly window: TimeWindow;
}): StaLtaSegment[] {
  const { waveforms, window } = input;
  const offsetS = secondsSince(waveforms.startNs, isoToNs(window.start));
  const sections = butterworth({
    order: 4,
    rateHz: waveforms.rateHz,
    kind: 'bandpass',
    lowHz: BAND_HZ.low,
    highHz: Math.min(BAND_HZ.high, 0.4 * waveforms.rateHz),
  });
  return fibreSegments(waveforms.sensors).flatMap((segment) => {
    const own = segmentEvidence({ segment, waveforms, sections, offsetS });
    return own ? [own] : [];
  });
}

interface SegmentInput {
  readonly segment: FibreSegment;
  readonly waveforms: AlignedWaveforms;
  readonly sections: readonly Section[];
  readonly offsetS: number;
}

function segmentEvidence(input: SegmentInput): StaLtaSegment | null {
  const { segment, waveforms, sections, offsetS } = input;
  const { rateHz, sampleCount } = waveforms;
  const looked = spread(segment.channels, MOST_CHANNELS);
  const filteredAll = looked.map((channel) => filterRuns(channel, sections, rateHz));
  const noiseAll = filteredAll.map((x) => quietLevel(x, rateHz));
  const usable = usableChannels({ channels: looked, noise: noiseAll });
  const channels = looked.filter((_, i) => usable[i]);
  const filtered = filteredAll.filter((_, i) => usable[i]);
  if (channels.length === 0) return null;
  const noiseLevel = median(noiseAll.filter((_, i) => usable[i]));
  const { values: ratio } = arrayRatio({
    ratios: filtered.map((x) => thinnedRatio(x, rateHz, noiseLevel)),
    distanceKm: channels.map((c, i) => (c.distanceM ?? i) / 1000),
    rateHz: RATIO_HZ,
  });
  const noise = noiseModel(ratio.filter((x) => !Number.isNaN(x)));
  const threshold = Math.max(TRIGGER_LOG_RATIO, noise.mean + 4 * noise.sigma);
  const { onsets, commonMode } = pickSegment({
    channels: filtered,
    rateHz,
    ratio,
    ratioHz: RATIO_HZ,
    threshold,
  });
  const independent = independentChannels(filtered, onsets[0], rateHz);
  const factor = STRAIN_RATE_UNITS[waveforms.units];
  const phases = namePhases(onsets);
  const uptime = upIntervals(ratio).map((u) => ({
    startS: offsetS + u.startS,
    endS: offsetS + u.endS,
  }));
  const upS = uptime.reduce((sum, u) => sum + u.endS - u.startS, 0);
  const place = centre(channels);
  const log10Peak = (fromS: number, nextS: number): number | null => {
    const peak = factor === undefined ? 0 : peakAmplitude(filtered, rateHz, fromS, nextS);
    return factor === undefined || !(peak > 0) ? null : Math.log10(factor * peak);
  };
  const evidence: SensorEvidence = {
    source: 'das',
    sensorId: `${segment.fibreId}#${segment.segment}`,
    ...place,
    uptime,
    falseRateHz: (FALSE_PRIOR.count + commonMode) / (FALSE_PRIOR.seconds + upS),
    quantity: 'strain-rate-microstrain-s',
    log10Threshold:
      factor === undefined
        ? THRESHOLD_OF_OTHER_CABLES
        : Math.log10(factor * CREST * noiseLevel * Math.exp(threshold / 2)),
    arrivals: onsets.map((onset, i): Arrival => ({
      phase: phases[i] as Arrival['phase'],
      timeS: offsetS + onset.timeS,
      sigmaS: sharedSigma(onset.channelSigmaS, independent),
      logLikelihoodRatio: onsetLogLikelihoodRatio(onset.logRatio, noise, DAS_ARRIVAL),
      log10Amplitude: log10Peak(onset.timeS, onsets[i + 1]?.timeS ?? Infinity),
    })),
    series: {
      startS: offsetS,
      rateHz: SERIES_HZ,
      llrBase64: encodeFloat32(likelihoodSeries(ratio, noise, sampleCount / rateHz)),
    },
    notes: [
      `${segment.channels.length} channels, ${looked.length} looked at, ` +
        `${looked.length - channels.length} dead, wild or clipped left out, ` +
        `${independent.toFixed(1)} independent`,
      ...(commonMode > 0 ? [`${commonMode} common-mode bursts left out`] : []),
      ...(factor === undefined
        ? [`amplitudes unknown: units are ${waveforms.units}, threshold taken from other cables`]
        : []),
      ...new Set(channels.map((c) => c.quality).filter((q) => q !== '')),
    ],
  };
  return { segment, evidence, log10Peak };
}

/**
 * Standard deviation of the mean onset of so many independent channels, s. They share the medium and
 * the picker's bias, so it never gets better than 0.1 s.
 */
export function sharedSigma(channelSigmaS: number, independent: number): number {
  return Math.hypot(0.1, channelSigmaS / Math.sqrt(independent));
}

/** At most `most` items, evenly spread. */
function spread<T>(items: readonly T[], most: number): T[] {
  if (items.length <= most) return [...items];
  return Array.from(
    { length: most },
    (_, i) => items[Math.floor(((i + 0.5) * items.length) / most)] as T,
  );
}

/** Filters each run without gaps on its own; NaN elsewhere. Shape [time]. */
function filterRuns(
  channel: AlignedSensor,
  sections: readonly Section[],
  rateHz: number,
): Float64Array {
  const filtered = new Float64Array(channel.mask.length).fill(Number.NaN);
  for (const { from, to } of maskedRuns(channel.mask, Math.ceil(BEFORE_S * rateHz))) {
    const run = sosFilter(sections, channel.samples.subarray(from, to), { initial: 'steady' });
    filtered.set(run, from);
  }
  return filtered;
}

/** Root mean square that a quarter of all half-second stretches stay below. */
function quietLevel(values: Float64Array, rateHz: number): number {
  const step = Math.round(rateHz / 2);
  const levels: number[] = [];
  for (let i = 0; i + step <= values.length; i += step) {
    let sum = 0;
    for (let k = i; k < i + step; k++) sum += (values[k] as number) ** 2;
    if (!Number.isNaN(sum)) levels.push(Math.sqrt(sum / step));
  }
  return levels.length === 0 ? 0 : quantile(levels, 0.25);
}

/** Log energy ratio of a channel at RATIO_HZ. A hundredth of the noise power is the floor. */
function thinnedRatio(values: Float64Array, rateHz: number, noiseLevel: number): Float32Array {
  const ratio = logEnergyRatio({
    energy: values.map((x) => (Number.isNaN(x) ? 0 : x * x)),
    afterSamples: Math.round(AFTER_S * rateHz),
    beforeSamples: Math.round(BEFORE_S * rateHz),
    floor: 0.01 * noiseLevel ** 2,
  });
  const missing = new Int32Array(values.length + 1);
  values.forEach((x, i) => {
    missing[i + 1] = (missing[i] as number) + (Number.isNaN(x) ? 1 : 0);
  });
  const [after, before] = [Math.round(AFTER_S * rateHz), Math.round(BEFORE_S * rateHz)];
  return Float32Array.from({ length: Math.floor((values.length / rateHz) * RATIO_HZ) }, (_, k) => {
    const t = Math.round((k / RATIO_HZ) * rateHz);
    const whole = missing[t + after] === missing[Math.max(0, t - before)];
    return whole ? (ratio[t] as number) : Number.NaN;
  });
}

/** Effective number of independent channels, from the noise before the first onset. */
function independentChannels(
  channels: readonly Float64Array[],
  first: SegmentOnset | undefined,
  rateHz: number,
): number {
  const length = channels[0]?.length ?? 0;
  const end = first ? Math.round((first.timeS - 1) * rateHz) : length;
  const to = end > 3 * rateHz ? end : length;
  const from = Math.max(0, to - Math.round(30 * rateHz));
  const whole = channels.filter((c) => !c.subarray(from, to).some(Number.isNaN));
  if (whole.length > 0) return Math.max(1, effectiveChannels(whole, from, to));
  // Gaps everywhere: use what all channels have in common, the stretch around the last sample known.
  const start = channels[0]?.findIndex((x) => !Number.isNaN(x)) ?? 0;
  const late = channels.filter((c) => !c.subarray(start, to).some(Number.isNaN));
  return Math.max(1, effectiveChannels(late, start, to));
}

function upIntervals(ratio: Float64Array): { startS: number; endS: number }[] {
  const known = Uint8Array.from(ratio, (x) => (Number.isNaN(x) ? 0 : 1));
  return maskedRuns(known).map(({ from, to }) => ({
    startS: from / RATIO_HZ,
    endS: to / RATIO_HZ,
  }));
}

/** Median over channels of the largest amplitude from an onset to the next or for 30 s. */
function peakAmplitude(
  channels: readonly Float64Array[],
  rateHz: number,
  fromS: number,
  nextS: number,
): number {
  const from = Math.round(fromS * rateHz);
  const to = Math.round(Math.min(nextS, fromS + AMPLITUDE_S) * rateHz);
  return median(
    channels.map((c) =>
      c.subarray(from, to).reduce((most, x) => (Math.abs(x) > most ? Math.abs(x) : most), 0),
    ),
  );
}

/** Best likelihood ratio in each bin of the series; 0 where nothing is known. */
function likelihoodSeries(
  ratio: Float64Array,
  noise: LogRatioModel,
  durationS: number,
): Float32Array {
  const best = new Float64Array(Math.ceil(durationS * SERIES_HZ)).fill(-Infinity);
  ratio.forEach((value, i) => {
    const k = Math.floor((i / RATIO_HZ) * SERIES_HZ);
    if (!Number.isNaN(value) && k < best.length) best[k] = Math.max(best[k] as number, value);
  });
  return Float32Array.from(best, (value) =>
    value > -Infinity ? onsetLogLikelihoodRatio(value, noise, DAS_ARRIVAL) : 0,
  );
}
