/**
 * Strain rate of a simulated quake along a straight fibre: one waveform that moves along the
 * channels with the apparent velocity of each phase, plus noise of each channel and of the unit.
 * @module
 */
import { azimuthDeg, type LatLon } from '../../core/geo.js';
import type { Random } from '../../core/random.js';
import { simulateTrace } from './seismogram.js';
import { shakingAt, type EventTerms } from './shaking.js';
import type { SimulatedSource } from './source.js';

export interface SimulatedFibre extends LatLon {
  readonly channelCount: number;
  readonly channelSpacingM: number;
  /** Direction of the fibre, clockwise from north. */
  readonly azimuthDeg: number;
  readonly rateHz: number;
  /** Standard deviation of the noise of a channel, microstrain/s. */
  readonly noiseMicrostrainS: number;
}

/** Apparent velocities of P and S along the surface, km/s. */
const APPARENT_KM_S = { p: 7, s: 4 } as const;

/** Strain rate in microstrain/s, row-major [time, channel]. */
export function simulateFibre(input: {
  readonly random: Random;
  readonly fibre: SimulatedFibre;
  readonly source: SimulatedSource;
  readonly terms: EventTerms;
  readonly durationS: number;
  readonly velocityModel: 'iasp91' | 'ak135';
}): Float32Array {
  const { random, fibre, source } = input;
  const { channelCount, rateHz } = fibre;
  const sampleCount = Math.round(input.durationS * rateHz);
  const { p, s } = shakingAt({
    ...input,
    place: fibre,
    quantity: 'strain-rate-microstrain-s',
  });
  const trace = (onset: typeof p): Float32Array =>
    simulateTrace({ random, rateHz, sampleCount, onsets: [onset], bandHz: [1, 8] });
  const waves = [
    { samples: trace(p), velocity: APPARENT_KM_S.p },
    { samples: trace(s), velocity: APPARENT_KM_S.s },
  ];
  // A wave that comes from behind the fibre meets its start first.
  const along = Math.cos(((azimuthDeg(source, fibre) - fibre.azimuthDeg) * Math.PI) / 180);
  const common = Float32Array.from(
    { length: sampleCount },
    () => 0.3 * fibre.noiseMicrostrainS * random.normal(),
  );
  const out = new Float32Array(sampleCount * channelCount);
  for (let channel = 0; channel < channelCount; channel++) {
    const km = ((channel - channelCount / 2) * fibre.channelSpacingM) / 1000;
    const shifts = waves.map(({ velocity }) => Math.round(((km * along) / velocity) * rateHz));
    const coupling = Math.exp(0.15 * random.normal());
    for (let i = 0; i < sampleCount; i++) {
      let value = (common[i] as number) + fibre.noiseMicrostrainS * random.normal();
      waves.forEach(({ samples }, k) => {
        value += coupling * (samples[i - (shifts[k] as number)] ?? 0);
      });
      out[i * channelCount + channel] = value;
    }
  }
  return out;
}
