/**
 * A quake as a fibre hears it: direct P and S across the layout, waves scattered near the fibre, coda.
 * In: a layout and ranges. Out: clean strain rate and the arrival times at each channel.
 * @module
 */
import type { Random } from '../../core/random.js';
import { travelTimeTable } from '../traveltime/travel-time-table.js';
import { addDelayed, addPlaneWave, drawCarrier, type PlaneWave } from './das-carrier.js';
import type { DasLayout } from './das-layout.js';
import { between, logBetween, type DasRanges } from './das-ranges.js';

/** A simulated quake; times in s from the window's first sample, arrays are [channel]. */
export interface DasQuake {
  readonly magnitude: number;
  readonly distanceKm: number;
  readonly depthKm: number;
  /** Direction the waves travel in, radians clockwise from north. */
  readonly azimuth: number;
  readonly pTimeS: Float64Array;
  readonly sTimeS: Float64Array;
  /** Amplitude of S over that of P. */
  readonly sOverP: number;
  /** Strain rate [channel * time], P about 1. */
  readonly clean: Float32Array;
}

interface Phase {
  readonly timeS: number;
  readonly slownessSKm: number;
  readonly amplitude: number;
  readonly riseS: number;
  readonly decayS: number;
  readonly headShare: number;
  readonly lowHz: number;
  readonly highHz: number;
  readonly motion: PlaneWave['motion'];
}

/** Stress drop 3 MPa and 3.5 km/s in Brune's (1970) corner: fc = 0.37 b (16/7 ds / M0)^(1/3). */
function cornerHz(magnitude: number): number {
  const momentNm = 10 ** (1.5 * magnitude + 9.1);
  return 0.37 * 3500 * (((16 / 7) * 3e6) / momentNm) ** (1 / 3);
}

/** Draws a quake whose P, S or coda falls into the window. */
export function drawDasQuake(input: {
  readonly random: Random;
  readonly ranges: DasRanges;
  readonly layout: DasLayout;
  readonly rateHz: number;
  readonly sampleCount: number;
}): DasQuake {
  const { random, ranges, layout, rateHz, sampleCount } = input;
  const lengthS = sampleCount / rateHz;
  const magnitude = between(random, ranges.magnitude);
  const distanceKm = logBetween(random, ranges.distanceKm);
  const depthKm = Math.min(ranges.depthKm[1], ranges.depthKm[0] + 9 * random.exponential());
  const azimuth = 2 * Math.PI * random.uniform();
  const table = travelTimeTable({ model: random.uniform() < 0.5 ? 'iasp91' : 'ak135' });
  const factor = between(random, ranges.velocityFactor);
  const travelP = factor * table.p(distanceKm, depthKm);
  const sMinusP =
    (factor * table.s(distanceKm, depthKm) - travelP) * between(random, ranges.vpVsFactor);
  const slowness = (time: 'p' | 's'): number =>
    ((factor *
      (table[time](distanceKm + 1, depthKm) - table[time](Math.max(0, distanceKm - 1), depthKm))) /
      (distanceKm < 1 ? 1 + distanceKm : 2)) *
    between(random, [0.85, 1.15]);
  const pTime = between(random, [-Math.min(sMinusP + 4, 0.4 * lengthS), lengthS - 1]);
  const hypoKm = Math.hypot(distanceKm, depthKm);
  const corner = cornerHz(magnitude) * between(random, [0.6, 1.6]);
  // t* = travel time / Q plus the site's kappa; the spectrum falls above 1 / (pi t*).
  const limit = (travel: number): number =>
    1 / (Math.PI * (travel / logBetween(random, [120, 900]) + between(random, [0.008, 0.05])));
  const highP = limit(travelP);
  const sOverP = logBetween(random, [1, 8]);
  const p: Phase = {
    timeS: pTime,
    slownessSKm: slowness('p'),
    amplitude: 1,
    riseS: 0.01 + 0.004 * hypoKm * random.uniform(),
    decayS: (0.5 + 0.03 * hypoKm) * Math.exp(0.4 * random.normal()),
    headShare: between(random, [0, 3]),
    lowHz: Math.min(corner, 0.5 * highP),
    highHz: highP,
    motion: 'along',
  };
  const s: Phase = {
    ...p,
    timeS: pTime + sMinusP,
    slownessSKm: slowness('s'),
    amplitude: sOverP,
    riseS: 0.01 + 0.006 * hypoKm * random.uniform(),
    decayS: (0.8 + 0.05 * hypoKm) * Math.exp(0.4 * random.normal()),
    lowHz: 0.7 * p.lowHz,
    highHz: highP * between(random, [0.45, 0.9]),
    motion: random.uniform() < 0.6 ? 'across' : 'along',
  };
  const clean = new Float32Array(layout.channelCount * sampleCount);
  const add = (phase: Phase): Float64Array => addPhase({ ...input, out: clean, phase, azimuth });
  // Beyond the crust a weak head wave may come first, the strong crustal wave after it.
  const isEmergent = distanceKm > 80 && random.uniform() < 0.35;
  const first = isEmergent ? { ...p, amplitude: logBetween(random, [0.2, 0.8]) } : p;
  const pTimes = add(first);
  if (isEmergent) add({ ...p, timeS: p.timeS + between(random, [0.3, 2]) });
  const sTimes = add(s);
  if (distanceKm < 80 && depthKm < 5 && random.uniform() < 0.4) {
    const lag = (travelP + sMinusP) * between(random, [0.08, 0.3]);
    add({
      ...s,
      timeS: s.timeS + lag,
      slownessSKm: between(random, [0.35, 0.8]),
      amplitude: sOverP * logBetween(random, [0.3, 1.5]),
      lowHz: between(random, [0.3, 1]),
      highHz: between(random, [1.5, 4]),
    });
  }
  return {
    magnitude,
    distanceKm,
    depthKm,
    azimuth,
    pTimeS: pTimes.map((delay) => pTime + delay),
    sTimeS: sTimes.map((delay) => pTime + sMinusP + delay),
    sOverP,
    clean,
  };
}

/** Adds one phase; returns its delay at each channel against the fibre's middle, s. */
function addPhase(input: {
  readonly out: Float32Array;
  readonly random: Random;
  readonly ranges: DasRanges;
  readonly layout: DasLayout;
  readonly rateHz: number;
  readonly sampleCount: number;
  readonly phase: Phase;
  readonly azimuth: number;
}): Float64Array {
  const { out, random, ranges, layout, rateHz, sampleCount, phase, azimuth } = input;
  const wave = (extraRise: number): Float32Array =>
    underEnvelope(drawCarrier({ ...phase, random, sampleCount, rateHz }), phase, rateHz, extraRise);
  const direct = between(random, [0.2, 1]);
  const local = between(random, [0.2, 1]);
  const slow = between(random, [0, 0.8]);
  const plane = { slownessSKm: phase.slownessSKm, azimuth, motion: phase.motion };
  const delays = addPlaneWave({
    out,
    layout,
    rateHz,
    plane,
    wave: wave(0),
    amplitude: 1.5 * direct * phase.amplitude,
  });
  addLocalField({ ...input, delays, wave, amplitude: local * phase.amplitude });
  const reachKm = layout.eastKm.reduce(
    (most, east, c) => Math.max(most, Math.hypot(east, layout.northKm[c] as number)),
    0,
  );
  for (let k = 0; k < 3; k++) {
    const slownessSKm = 1 / logBetween(random, ranges.localSpeedKmS);
    // Scattered waves are slow and come from near the fibre: never before the direct wave.
    const lateS = Math.min(reachKm * (slownessSKm + phase.slownessSKm), 4);
    addPlaneWave({
      out,
      layout,
      rateHz,
      plane: { slownessSKm, azimuth: 2 * Math.PI * random.uniform(), motion: 'along' },
      wave: underEnvelope(
        drawCarrier({ ...phase, random, sampleCount, rateHz }),
        { ...phase, timeS: phase.timeS + lateS },
        rateHz,
        0.3,
      ),
      amplitude: slow * phase.amplitude,
    });
  }
  return delays;
}

/** Waves scattered at the fibre itself: a few carriers, mixed anew every 10-150 m. */
function addLocalField(input: {
  readonly out: Float32Array;
  readonly random: Random;
  readonly layout: DasLayout;
  readonly rateHz: number;
  readonly delays: Float64Array;
  readonly wave: (extraRise: number) => Float32Array;
  readonly amplitude: number;
}): void {
  const { out, random, layout, rateHz, delays } = input;
  const memory = Math.exp(-layout.channelSpacingM / logBetween(random, [10, 150]));
  const fresh = Math.sqrt(1 - memory * memory);
  const count = 4;
  for (let k = 0; k < count; k++) {
    const wave = input.wave(0.1 * k);
    let weight = random.normal();
    for (let c = 0; c < layout.channelCount; c++) {
      weight = memory * weight + fresh * random.normal();
      const gain = ((input.amplitude * (layout.coupling[c] as number)) / Math.sqrt(count)) * weight;
      addDelayed(out, c * wave.length, wave, (delays[c] as number) * rateHz, gain);
    }
  }
}

/** Rise, an impulsive head of 0.3 s, exponential decay and a slow tail of coda. */
function underEnvelope(
  carrier: Float32Array,
  phase: Phase,
  rateHz: number,
  extraRise: number,
): Float32Array {
  const riseS = phase.riseS + extraRise * Math.min(1, phase.decayS);
  return carrier.map((value, i) => {
    const t = i / rateHz - phase.timeS;
    if (t <= 0) return 0;
    const decay = Math.exp(-t / phase.decayS);
    const tail = 0.3 / (1 + t / phase.decayS) ** 1.5;
    const head = phase.headShare * Math.exp(-t / 0.3);
    return value * (1 - Math.exp(-t / riseS)) * (decay + tail + head);
  });
}
