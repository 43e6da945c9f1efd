/**
 * Noise of a simulated fibre without vehicles: the instrument (white and 1/f, common-mode), ambient
 * waves, ocean waves, machine hum. Out: strain rate with white noise of about 1.
 * @module
 */
import type { Random } from '../../core/random.js';
import { addPlaneWave, drawCarrier } from './das-carrier.js';
import type { DasLayout } from './das-layout.js';
import { between, logBetween, type DasRanges } from './das-ranges.js';

interface NoiseInput {
  readonly random: Random;
  readonly ranges: DasRanges;
  readonly layout: DasLayout;
  readonly rateHz: number;
  readonly sampleCount: number;
}

/** Draws noise, [channel * time]. */
export function drawDasNoise(input: NoiseInput): Float32Array {
  const { random, ranges } = input;
  const out = new Float32Array(input.layout.channelCount * input.sampleCount);
  addInstrument(input, out);
  addAmbient(input, out);
  if (random.uniform() < ranges.oceanShare) addOcean(input, out);
  if (random.uniform() < ranges.humShare) addHum(input, out);
  return out;
}

/** White noise of each channel, 1/f (three leaky integrators), and the laser's, equal everywhere. */
function addInstrument({ random, layout, sampleCount }: NoiseInput, out: Float32Array): void {
  const pinkShare = random.uniform() < 0.6 ? logBetween(random, [0.05, 2]) : 0;
  const commonShare = random.uniform() < 0.5 ? logBetween(random, [0.05, 1.5]) : 0;
  const common = Float32Array.from({ length: sampleCount }, () => commonShare * random.normal());
  const whiteSpread = between(random, [0.05, 0.5]);
  const poles = [0.7, 0.95, 0.995] as const;
  for (let c = 0; c < layout.channelCount; c++) {
    const white = Math.exp(whiteSpread * random.normal());
    const pink = poles.map(() => 0);
    const gains = poles.map((pole) => (pinkShare * Math.sqrt(1 - pole * pole)) / (1.2 - pole));
    for (let i = 0; i < sampleCount; i++) {
      let value = white * random.normal() + (common[i] as number);
      if (pinkShare > 0) {
        const kick = random.normal();
        for (let k = 0; k < 3; k++) {
          pink[k] = (poles[k] as number) * (pink[k] as number) + kick;
          value += 0.3 * (gains[k] as number) * (pink[k] as number);
        }
      }
      out[c * sampleCount + i] = value;
    }
  }
}

/** Waves from everywhere, 0.8-15 Hz, whose strength wanders. */
function addAmbient(input: NoiseInput, out: Float32Array): void {
  const { random, ranges, layout, rateHz, sampleCount } = input;
  const strength = logBetween(random, [0.1, 4]);
  const count = 2 + random.integer(5);
  for (let k = 0; k < count; k++) {
    const lowHz = logBetween(random, [0.4, 6]);
    const wave = drawCarrier({
      random,
      sampleCount,
      rateHz,
      lowHz,
      highHz: lowHz * logBetween(random, [1.5, 8]),
    });
    wander(random, wave, rateHz);
    const isFast = random.uniform() < 0.3;
    const speed = isFast ? logBetween(random, [1, 6]) : logBetween(random, ranges.localSpeedKmS);
    addPlaneWave({
      out,
      layout,
      rateHz,
      wave,
      amplitude: (2 * strength) / count,
      plane: {
        slownessSKm: 1 / speed,
        azimuth: 2 * Math.PI * random.uniform(),
        motion: random.uniform() < 0.7 ? 'along' : 'across',
      },
    });
  }
}

/** Multiplies by a slow log-normal envelope (a factor of e within a few seconds at most). */
function wander(random: Random, wave: Float32Array, rateHz: number): void {
  const depth = between(random, [0, 0.7]);
  const memory = Math.exp(-1 / (rateHz * logBetween(random, [1, 20])));
  const fresh = Math.sqrt(1 - memory * memory);
  let level = random.normal();
  for (let i = 0; i < wave.length; i++) {
    level = memory * level + fresh * random.normal();
    wave[i] = (wave[i] as number) * Math.exp(depth * level);
  }
}

/** Swell and microseism, 0.05-0.5 Hz, much louder than anything else. */
function addOcean(input: NoiseInput, out: Float32Array): void {
  const { random, layout, rateHz, sampleCount } = input;
  const lowHz = logBetween(random, [0.05, 0.25]);
  const wave = drawCarrier({ random, sampleCount, rateHz, lowHz, highHz: 1.5 * lowHz });
  addPlaneWave({
    out,
    layout,
    rateHz,
    wave,
    amplitude: logBetween(random, [1, 30]),
    plane: {
      slownessSKm: 1 / logBetween(random, [0.01, 3]),
      azimuth: 2 * Math.PI * random.uniform(),
      motion: 'along',
    },
  });
}

/** Lines of a machine near part of the fibre; it may start or stop. */
function addHum({ random, layout, rateHz, sampleCount }: NoiseInput, out: Float32Array): void {
  const frequency = logBetween(random, [3, 40]);
  const place = random.uniform() * layout.channelCount;
  const reach = Math.max(1, logBetween(random, [10, 300]) / layout.channelSpacingM);
  const amplitude = logBetween(random, [0.3, 8]);
  const from = random.uniform() < 0.3 ? random.integer(sampleCount) : 0;
  const to = random.uniform() < 0.3 ? random.integer(sampleCount) : sampleCount;
  const lines = Array.from({ length: 1 + random.integer(3) }, (_, k) => ({
    step: (2 * Math.PI * frequency * (k + 1)) / rateHz,
    gain: 1 / (k + 1),
  })).filter(({ step }) => step < 0.9 * Math.PI);
  for (let c = 0; c < layout.channelCount; c++) {
    const gain = amplitude * Math.exp(-Math.abs(c - place) / reach);
    if (gain < 0.02) continue;
    const phase = 2 * Math.PI * random.uniform();
    for (let i = from; i < to; i++) {
      // It takes half a second to start.
      const ramp = Math.min(1, (i - from) / (0.5 * rateHz));
      let value = 0;
      for (const line of lines) value += line.gain * Math.sin(line.step * i + phase);
      out[c * sampleCount + i] = (out[c * sampleCount + i] as number) + ramp * gain * value;
    }
  }
}
