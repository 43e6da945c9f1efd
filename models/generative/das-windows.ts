/**
 * Simulated DAS windows with truth, for training and testing phase pickers. In: a seed and ranges.
 * Out: strain rate as an interrogator would write it, and what is in it.
 * @module
 */
import { createRandom, type Random } from '../../core/random.js';
import { butterworth, sosFilter } from '../signal/butterworth.js';
import { median } from '../signal/robust.js';
import { applyDasFaults } from './das-faults.js';
import { drawDasLayout, type DasLayout } from './das-layout.js';
import { drawDasNoise } from './das-noise.js';
import { drawDasQuake, type DasQuake } from './das-quake.js';
import { logBetween, TRAINING_RANGES, type DasRanges } from './das-ranges.js';
import { addImpact, addVehicle } from './das-traffic.js';

/** How well an arrival shows on a channel: not at all, doubtfully, well. */
export type Visibility = 0 | 1 | 2;

/** Truth about the quake of a window; arrays are [channel]. */
export interface DasWindowQuake extends Omit<DasQuake, 'clean'> {
  /** {@link Visibility} of P and of S in the band 1-20 Hz; 0 outside the window and on dead channels. */
  readonly pVisible: Uint8Array;
  readonly sVisible: Uint8Array;
}

/** A simulated recording. */
export interface DasWindow {
  readonly seed: number;
  readonly rateHz: number;
  readonly sampleCount: number;
  readonly layout: DasLayout;
  /** Strain rate, noise about 1, [channel * time]. */
  readonly samples: Float32Array;
  /** Null when the window holds none. */
  readonly quake: DasWindowQuake | null;
  readonly vehicleSpeedsMS: readonly number[];
  readonly impactCount: number;
  readonly commonModeCount: number;
  readonly isDead: Uint8Array;
}

export interface DrawDasWindowInput {
  /** Any integer; the same gives the same window everywhere. */
  readonly seed: number;
  readonly channelCount: number;
  readonly sampleCount: number;
  readonly rateHz: number;
  readonly ranges?: DasRanges;
  readonly channelSpacingM?: number;
  /** Leave these out to draw them. */
  readonly hasQuake?: boolean;
  readonly vehicleSpeedsMS?: readonly number[];
  readonly impactCount?: number;
  readonly commonModeCount?: number;
  /** Median over channels of P over noise. */
  readonly signalToNoise?: number;
}

/** An arrival shows well, or not at all, above and below these ratios of root mean squares. */
const SHOWS = 1.2;
const HIDDEN = 0.35;
/** Stretches compared, s. */
const AFTER_S = 1.5;
const BEFORE_S = 3;

/** Draws one window. Deterministic in its input. */
export function drawDasWindow(input: DrawDasWindowInput): DasWindow {
  const { seed, rateHz, sampleCount, channelCount } = input;
  const ranges = input.ranges ?? TRAINING_RANGES;
  const random = createRandom(seed);
  const drawsQuake = random.uniform() < ranges.quakeShare;
  const layout = drawDasLayout({ ...input, random, ranges });
  const base = { random, ranges, layout, rateHz, sampleCount };
  const samples = drawDasNoise(base);
  const quake = (input.hasQuake ?? drawsQuake) ? drawDasQuake(base) : null;
  const band = bandOf(rateHz);
  const gain =
    quake === null ? 0 : quakeGain({ ...input, random, ranges, quake, noise: samples, band });
  const { vehicleSpeedsMS, impactCount } = addPeople({ ...base, input, out: samples });
  const visible = quake && showing({ quake, gain, noise: samples, band, rateHz, sampleCount });
  if (quake) {
    for (let i = 0; i < samples.length; i++) {
      samples[i] = (samples[i] as number) + gain * (quake.clean[i] as number);
    }
  }
  const faults = applyDasFaults({
    ...base,
    channelCount,
    out: samples,
    ...(input.commonModeCount === undefined ? {} : { commonModeCount: input.commonModeCount }),
  });
  return {
    seed,
    rateHz,
    sampleCount,
    layout,
    samples,
    vehicleSpeedsMS,
    impactCount,
    ...faults,
    quake: quake && visible ? truthOf(quake, visible, faults.isDead) : null,
  };
}

type BandPass = (samples: Float32Array) => Float64Array;

function bandOf(rateHz: number): BandPass {
  const highHz = Math.min(20, 0.4 * rateHz);
  const sections = butterworth({ kind: 'bandpass', order: 1, rateHz, lowHz: 1, highHz });
  return (samples) => sosFilter(sections, samples, { initial: 'steady' });
}

function addPeople(input: {
  readonly random: Random;
  readonly ranges: DasRanges;
  readonly layout: DasLayout;
  readonly rateHz: number;
  readonly sampleCount: number;
  readonly out: Float32Array;
  readonly input: DrawDasWindowInput;
}): { vehicleSpeedsMS: number[]; impactCount: number } {
  const { random, ranges } = input;
  const drawnVehicles = random.uniform() < ranges.trafficShare ? 1 + random.integer(4) : 0;
  const given = input.input.vehicleSpeedsMS;
  const speeds: readonly (number | null)[] =
    given ?? Array.from({ length: drawnVehicles }, () => null);
  const vehicleSpeedsMS = speeds.map((speedMS) =>
    addVehicle(speedMS === null ? input : { ...input, speedMS }),
  );
  const drawnImpacts = random.uniform() < ranges.impactShare ? 1 + random.integer(8) : 0;
  const impactCount = input.input.impactCount ?? drawnImpacts;
  for (let k = 0; k < impactCount; k++) addImpact(input);
  return { vehicleSpeedsMS, impactCount };
}

/** Factor on the clean quake that gives the asked or drawn ratio of P to noise. */
function quakeGain(input: {
  readonly random: Random;
  readonly ranges: DasRanges;
  readonly quake: DasQuake;
  readonly noise: Float32Array;
  readonly band: BandPass;
  readonly rateHz: number;
  readonly sampleCount: number;
  readonly signalToNoise?: number;
}): number {
  const { random, ranges, quake, noise, band, rateHz, sampleCount } = input;
  const ratio = input.signalToNoise ?? logBetween(random, ranges.signalToNoise);
  const channels = noise.length / sampleCount;
  const step = Math.max(1, Math.floor(channels / 12));
  const [levels, waves]: [number[], number[]] = [[], []];
  for (let c = 0; c < channels; c += step) {
    const part = (x: Float32Array): Float64Array =>
      band(x.subarray(c * sampleCount, (c + 1) * sampleCount));
    levels.push(rootMeanSquare(part(noise), 0, sampleCount));
    const clean = part(quake.clean);
    const at = (s: number): number => rmsAfter(clean, s, rateHz);
    const isPInside = (quake.pTimeS[c] as number) >= 0;
    waves.push(
      isPInside
        ? at(quake.pTimeS[c] as number)
        : at(Math.max(0, quake.sTimeS[c] as number)) / quake.sOverP,
    );
  }
  const wave = median(waves);
  return wave > 0 ? (ratio * median(levels)) / wave : 0;
}

function showing(input: {
  readonly quake: DasQuake;
  readonly gain: number;
  readonly noise: Float32Array;
  readonly band: BandPass;
  readonly rateHz: number;
  readonly sampleCount: number;
}): { p: Uint8Array; s: Uint8Array } {
  const { quake, gain, noise, band, rateHz, sampleCount } = input;
  const channels = noise.length / sampleCount;
  const [p, s] = [new Uint8Array(channels), new Uint8Array(channels)];
  for (let c = 0; c < channels; c++) {
    const part = (x: Float32Array): Float64Array =>
      band(x.subarray(c * sampleCount, (c + 1) * sampleCount));
    const clean = part(quake.clean).map((x) => gain * x);
    const other = part(noise);
    const judge = (timeS: number, before: Float64Array): Visibility => {
      if (timeS < 0 || timeS > sampleCount / rateHz - 0.3) return 0;
      const from = Math.max(0, Math.round((timeS - BEFORE_S) * rateHz));
      const until = Math.round((timeS + AFTER_S) * rateHz);
      const coda = rootMeanSquare(before, from, Math.round((timeS - 0.1) * rateHz));
      const level = Math.hypot(rootMeanSquare(other, from, until), coda);
      const ratio = rmsAfter(clean, timeS, rateHz) / level;
      return ratio >= SHOWS ? 2 : ratio >= HIDDEN ? 1 : 0;
    };
    const nothing = new Float64Array(0);
    p[c] = judge(quake.pTimeS[c] as number, nothing);
    s[c] = judge(quake.sTimeS[c] as number, clean);
  }
  return { p, s };
}

function truthOf(
  quake: DasQuake,
  visible: { readonly p: Uint8Array; readonly s: Uint8Array },
  isDead: Uint8Array,
): DasWindowQuake {
  const { magnitude, distanceKm, depthKm, azimuth, pTimeS, sTimeS, sOverP } = quake;
  const alive = (x: number, c: number): number => (isDead[c] === 1 ? 0 : x);
  return {
    magnitude,
    distanceKm,
    depthKm,
    azimuth,
    pTimeS,
    sTimeS,
    sOverP,
    pVisible: visible.p.map(alive),
    sVisible: visible.s.map(alive),
  };
}

function rmsAfter(values: Float64Array, timeS: number, rateHz: number): number {
  const from = Math.round(timeS * rateHz);
  return rootMeanSquare(values, from, from + Math.round(AFTER_S * rateHz));
}

function rootMeanSquare(values: Float64Array, from: number, to: number): number {
  const stretch = values.subarray(Math.max(0, from), Math.max(0, to));
  let sum = 0;
  for (const x of stretch) sum += x * x;
  return stretch.length === 0 ? 0 : Math.sqrt(sum / stretch.length);
}
