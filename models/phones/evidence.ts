/**
 * Evidence of phones and low-cost accelerometers. In: aligned three-component acceleration. Out: a
 * SensorEvidence a device: arrivals with calibrated likelihood ratios, proven uptime, false rate.
 * @module
 */
import { InvalidInputError } from '../../core/errors.js';
import {
  encodeFloat32,
  type AmplitudeQuantity,
  type Arrival,
  type SensorEvidence,
} from '../../core/evidence.js';
import { isoToNs, secondsSince, type TimeWindow } from '../../core/time.js';
import type { AlignedSensor, AlignedWaveforms } from '../../core/waveform.js';
import { butterworth, sosFilter } from '../signal/butterworth.js';
import { logEnergyRatio } from '../signal/energy-ratio.js';
import { maskedRuns, type SampleRange } from '../signal/masked-runs.js';
import {
  noiseModel,
  onsetLogLikelihoodRatio,
  type LogRatioModel,
} from '../signal/onset-likelihood.js';
import { median } from '../signal/robust.js';
import { despike } from './despike.js';
import { steadiness } from './features.js';
import {
  AFTER_S,
  BEFORE_S,
  EPISODE_S,
  SECOND_UNTIL_S,
  TRIGGER_LOG_RATIO,
  pickOnsets,
  type Pick,
} from './picks.js';

/** Rate of the evidence series, Hz. */
const SERIES_HZ = 5;
/** Gravity and drift go below this corner, Hz. */
const HIGH_PASS_HZ = 0.3;
/** Band of the trigger, Hz (the upper corner at most 0.4 of the rate). */
const BAND_HZ = { low: 1, high: 8 };
/** Acceleration below which nothing counts, gal: a tenth of the noise of an OpenEEW sensor. */
const FLOOR_GAL = 0.01;
/** An arrival's amplitude is the largest before the next one, or within this, s. */
const AMPLITUDE_S = 30;
/** Largest over root mean square of noise in a second: turns a noise level into a peak. */
const CREST = 3;
/**
 * Log energy ratios (1 s over 10 s) of first arrivals: mean and standard deviation over the 58
 * that were picked in the six OpenEEW events, at 9 to 580 km.
 */
export const PHONE_ARRIVAL: LogRatioModel = { mean: 3.2, sigma: 2.1 };
/**
 * Prior of the false rate: one in 5,000 s, the rate of raw STA/LTA triggers of steady MyShake
 * phones (0.61 to 0.84 an hour), worth as much as this much time of one's own.
 */
const FALSE_PRIOR = { count: 1, seconds: 5000 };
const QUANTITY: AmplitudeQuantity = 'pga-gal';

/**
 * Evidence of each device that has data. A record is band-passed 1-8 Hz (causal Butterworth), its
 * energy summed over components and the second after each instant compared with the ten before.
 * Picks need four times the energy, must last longer than a spike, and the device must have lain
 * still before (see `steadiness`). Uptime is where all that could be judged. Throws
 * InvalidInputError when units are not gal or rates are under 20 Hz.
 */
export function phoneEvidence(input: {
  readonly waveforms: AlignedWaveforms;
  readonly window: TimeWindow;
}): SensorEvidence[] {
  const { waveforms, window } = input;
  if (waveforms.sensors.length > 0 && (waveforms.units !== 'gal' || waveforms.rateHz < 20)) {
    throw new InvalidInputError({
      what: 'phone waveforms',
      reason: `${waveforms.units} at ${waveforms.rateHz} Hz`,
      remedy: 'align them in gal at 20 Hz or more',
    });
  }
  const offsetS = secondsSince(waveforms.startNs, isoToNs(window.start));
  return waveforms.sensors
    .filter((sensor) => sensor.mask.some((m) => m === 1))
    .map((sensor) => sensorEvidence(sensor, waveforms, offsetS));
}

interface RunResult {
  readonly arrivals: readonly Arrival[];
  readonly uptime: readonly { readonly startS: number; readonly endS: number }[];
  readonly spikes: number;
  readonly unarmed: number;
  readonly noiseGal: number;
  readonly threshold: number;
  readonly steadyShare: number;
  readonly run: SampleRange;
}

function sensorEvidence(
  sensor: AlignedSensor,
  waveforms: AlignedWaveforms,
  offsetS: number,
): SensorEvidence {
  const { rateHz, sampleCount } = waveforms;
  const series = new Float32Array(Math.ceil((sampleCount / rateHz) * SERIES_HZ));
  const least = Math.ceil((AFTER_S + BEFORE_S + 1) * rateHz);
  const runs = maskedRuns(sensor.mask, least).map((run) =>
    runEvidence({ sensor, waveforms, run, offsetS, series }),
  );
  const uptime = runs.flatMap((r) => r.uptime);
  const upS = uptime.reduce((sum, u) => sum + u.endS - u.startS, 0);
  const total = (pick: (r: RunResult) => number): number =>
    runs.reduce((sum, r) => sum + pick(r), 0);
  const [spikes, unarmed] = [total((r) => r.spikes), total((r) => r.unarmed)];
  const noiseGal = median(runs.map((r) => r.noiseGal));
  const threshold = median(runs.map((r) => r.threshold));
  const samples = total((r) => r.run.to - r.run.from);
  const steadyShare =
    samples === 0 ? 0 : total((r) => r.steadyShare * (r.run.to - r.run.from)) / samples;
  return {
    source: 'phones',
    sensorId: sensor.sensorId,
    latitude: sensor.latitude,
    longitude: sensor.longitude,
    elevationM: sensor.elevationM,
    positionSigmaKm: sensor.positionSigmaKm,
    uptime,
    falseRateHz: (FALSE_PRIOR.count + spikes) / (FALSE_PRIOR.seconds + upS),
    quantity: QUANTITY,
    log10Threshold: Number.isFinite(noiseGal)
      ? Math.log10(CREST * noiseGal * Math.exp(threshold / 2))
      : NO_THRESHOLD,
    arrivals: runs.flatMap((r) => r.arrivals),
    series: { startS: offsetS, rateHz: SERIES_HZ, llrBase64: encodeFloat32(series) },
    notes: [
      ...(sensor.quality === '' ? [] : [sensor.quality]),
      ...(runs.length === 0 ? ['no stretch without gaps is long enough to judge'] : []),
      ...(runs.length > 0 && steadyShare < 0.5
        ? [`handled or moving: steady in ${Math.round(100 * steadyShare)} % of the time`]
        : []),
      ...(unarmed > 0 ? [`${unarmed} bursts while not lying still, left out`] : []),
      ...(spikes > 0 ? [`${spikes} spikes left out`] : []),
    ],
  };
}

/** Above any acceleration: a sensor that was never up has no smallest detectable amplitude. */
const NO_THRESHOLD = 6;

function runEvidence(input: {
  sensor: AlignedSensor;
  waveforms: AlignedWaveforms;
  run: SampleRange;
  offsetS: number;
  series: Float32Array;
}): RunResult {
  const { sensor, waveforms, run, offsetS, series } = input;
  const { rateHz, sampleCount, components } = waveforms;
  const cleaned = components.map((_, c) =>
    despike(sensor.samples.subarray(c * sampleCount + run.from, c * sampleCount + run.to)),
  );
  const raw = cleaned.map((c) => c.samples);
  const highPass = butterworth({ order: 2, rateHz, kind: 'highpass', cornerHz: HIGH_PASS_HZ });
  const band = butterworth({
    order: 3,
    rateHz,
    kind: 'bandpass',
    lowHz: BAND_HZ.low,
    highHz: Math.min(BAND_HZ.high, 0.4 * rateHz),
  });
  const motion = raw.map((x) => sosFilter(highPass, x, { initial: 'steady' }));
  const filtered = raw.map((x) => sosFilter(band, x, { initial: 'steady' }));
  const energy = sumOfSquares(filtered);
  const floor = FLOOR_GAL ** 2;
  const logRatio = logEnergyRatio({
    energy,
    afterSamples: Math.round(AFTER_S * rateHz),
    beforeSamples: Math.round(BEFORE_S * rateHz),
    floor,
  });
  const noise = noiseModel(logRatio.filter((x) => !Number.isNaN(x)));
  const threshold = Math.max(TRIGGER_LOG_RATIO, noise.mean + 4.5 * noise.sigma);
  const still = steadiness({ components: motion, rateHz });
  const found = pickOnsets({
    components: filtered,
    energy,
    logRatio,
    rateHz,
    floor,
    threshold,
    armedAt: (timeS) => still.armedAt(timeS),
  });
  const startS = offsetS + run.from / rateHz;
  const up = upSeconds({ found: found.picks, run, rateHz, armedAt: (t) => still.armedAt(t) });
  const vector = sumOfSquares(motion);
  const arrivals = found.picks.map((pick, i) =>
    arrivalOf({ pick, next: found.picks[i + 1], vector, noise, rateHz, startS }),
  );
  writeSeries({ series, logRatio, noise, run, rateHz, up });
  return {
    arrivals,
    uptime: up.map((u) => ({ startS: startS + u.startS, endS: startS + u.endS })),
    spikes: found.spikes + Math.max(0, ...cleaned.map((c) => c.spikes)),
    unarmed: found.unarmed,
    noiseGal: Math.sqrt(median(energy)),
    threshold,
    steadyShare: still.share,
    run,
  };
}

function arrivalOf(input: {
  pick: Pick;
  next: Pick | undefined;
  vector: Float64Array;
  noise: LogRatioModel;
  rateHz: number;
  startS: number;
}): Arrival {
  const { pick, next, vector, noise, rateHz, startS } = input;
  const end = Math.min(next?.sample ?? Infinity, pick.sample + AMPLITUDE_S * rateHz, vector.length);
  const peak = vector.subarray(pick.sample, end).reduce((a, b) => Math.max(a, b), 0);
  // The record ends before the span does: the largest amplitude may be still to come.
  const isOpen = end === vector.length && end < pick.sample + AMPLITUDE_S * rateHz;
  return {
    phase: pick.phase,
    timeS: startS + pick.sample / rateHz,
    sigmaS: onsetSigmaS(pick.logRatio),
    logLikelihoodRatio: onsetLogLikelihoodRatio(pick.logRatio, noise, PHONE_ARRIVAL),
    log10Amplitude: peak > 0 ? Math.log10(Math.sqrt(peak)) : null,
    ...(isOpen && peak > 0 ? { amplitudeSeenS: (end - pick.sample) / rateHz } : {}),
  };
}

/** Clear onsets are good to 0.1 s, ones that barely trigger to 0.5 s. */
function onsetSigmaS(logRatio: number): number {
  return Math.hypot(0.1, Math.exp(-logRatio / 2));
}

/** Stretches (s from the run's start) where an onset could have been picked. */
function upSeconds(input: {
  found: readonly Pick[];
  run: SampleRange;
  rateHz: number;
  armedAt: (timeS: number) => boolean;
}): { startS: number; endS: number }[] {
  const { found, run, rateHz, armedAt } = input;
  const lengthS = (run.to - run.from) / rateHz - AFTER_S;
  const intervals: { startS: number; endS: number }[] = [];
  for (let s = BEFORE_S; s < lengthS; s++) {
    // Shaking disarms the gate, but S is looked for after P; then nothing is until the episode ends.
    const sinceS = found
      .filter((p) => p.phase !== 'S')
      .map((p) => s - p.sample / rateHz)
      .find((since) => since >= 0 && since < EPISODE_S);
    const up = sinceS === undefined ? armedAt(s) : sinceS < SECOND_UNTIL_S;
    if (!up) continue;
    const endS = Math.min(s + 1, lengthS);
    const last = intervals.at(-1);
    if (last && last.endS === s) last.endS = endS;
    else intervals.push({ startS: s, endS });
  }
  return intervals;
}

/** Fills the series where the device was up; elsewhere it stays 0: no evidence either way. */
function writeSeries(input: {
  series: Float32Array;
  logRatio: Float64Array;
  noise: LogRatioModel;
  run: SampleRange;
  rateHz: number;
  up: readonly { startS: number; endS: number }[];
}): void {
  const { series, logRatio, noise, run, rateHz, up } = input;
  const best = new Float64Array(series.length).fill(-Infinity);
  for (const { startS, endS } of up) {
    for (let i = Math.ceil(startS * rateHz); i < Math.floor(endS * rateHz); i++) {
      const k = Math.floor(((run.from + i) / rateHz) * SERIES_HZ);
      const value = logRatio[i];
      if (value === undefined || Number.isNaN(value) || k >= best.length) continue;
      best[k] = Math.max(best[k] as number, value);
    }
  }
  best.forEach((value, k) => {
    if (value > -Infinity) series[k] = onsetLogLikelihoodRatio(value, noise, PHONE_ARRIVAL);
  });
}

function sumOfSquares(components: readonly Float64Array[]): Float64Array {
  const sum = new Float64Array(components[0]?.length ?? 0);
  for (const component of components) {
    for (let i = 0; i < sum.length; i++) {
      sum[i] = (sum[i] as number) + (component[i] as number) ** 2;
    }
  }
  return sum;
}
