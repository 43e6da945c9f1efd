/**
 * Random carriers of simulated waves, and plane waves across a fibre as its gauges hear them.
 * @module
 */
import type { Random } from '../../core/random.js';
import { butterworth, type Section } from '../signal/butterworth.js';
import { GAUGE_POINTS, type DasLayout } from './das-layout.js';

/**
 * Gaussian noise of the band, unit standard deviation, shape [time]. First-order rise below `lowHz`
 * and second-order fall above `highHz`, as the spectra of acceleration around a Brune corner and an
 * attenuation limit.
 */
export function drawCarrier(input: {
  readonly random: Random;
  readonly sampleCount: number;
  readonly rateHz: number;
  readonly lowHz: number;
  readonly highHz: number;
}): Float32Array {
  const { random, sampleCount, rateHz } = input;
  const lowHz = Math.min(Math.max(input.lowHz, 0.02), 0.3 * rateHz);
  const highHz = Math.min(Math.max(input.highHz, 1.2 * lowHz), 0.45 * rateHz);
  const sections = [
    ...butterworth({ kind: 'highpass', order: 1, rateHz, cornerHz: lowHz }),
    ...butterworth({ kind: 'lowpass', order: 2, rateHz, cornerHz: highHz }),
  ];
  // The filter's start is left out.
  const lead = Math.min(400, Math.round(rateHz / lowHz));
  const values = new Float32Array(sampleCount + lead);
  for (let i = 0; i < values.length; i++) values[i] = random.normal();
  for (const section of sections) filterInPlace(section, values);
  const carrier = values.subarray(lead);
  let energy = 0;
  for (const x of carrier) energy += x * x;
  const scale = 1 / Math.sqrt(energy / sampleCount || 1);
  for (let i = 0; i < sampleCount; i++) carrier[i] = (carrier[i] as number) * scale;
  return carrier;
}

function filterInPlace({ b0, b1, b2, a1, a2 }: Section, values: Float32Array): void {
  let [z1, z2] = [0, 0];
  for (let i = 0; i < values.length; i++) {
    const x = values[i] as number;
    const y = b0 * x + z1;
    z1 = b1 * x - a1 * y + z2;
    z2 = b2 * x - a2 * y;
    values[i] = y;
  }
}

/** A plane wave: slowness along the surface (s/km), where it goes, how the ground moves. */
export interface PlaneWave {
  readonly slownessSKm: number;
  /** Direction of travel, radians clockwise from north. */
  readonly azimuth: number;
  /** Along the wave's way (P, SV, Rayleigh) or across it (SH, Love). */
  readonly motion: 'along' | 'across';
}

/**
 * Adds a plane wave to `out` [channel * time]: `wave` [time] reaches each channel later by slowness
 * times distance, with the strain of its direction (cos^2 along, sin cos across: Benioff 1935; broadside
 * fibres hear nothing) averaged along the gauge. Returns the delay at each channel, s.
 */
export function addPlaneWave(input: {
  readonly out: Float32Array;
  readonly layout: DasLayout;
  readonly rateHz: number;
  readonly wave: Float32Array;
  readonly amplitude: number;
  readonly plane: PlaneWave;
}): Float64Array {
  const { out, layout, rateHz, wave, plane } = input;
  const sampleCount = wave.length;
  const [towardsEast, towardsNorth] = [Math.sin(plane.azimuth), Math.cos(plane.azimuth)];
  const delays = new Float64Array(layout.channelCount);
  // Along one gauge a fast wave is one value: a quarter of a sample more is not heard.
  const spread = (plane.slownessSKm * layout.gaugeLengthM * rateHz) / 1000;
  for (let c = 0; c < layout.channelCount; c++) {
    const { slownessSKm } = plane;
    const east = layout.eastKm[c] as number;
    const north = layout.northKm[c] as number;
    delays[c] = slownessSKm * (east * towardsEast + north * towardsNorth);
    const gain = (input.amplitude * (layout.coupling[c] as number)) / GAUGE_POINTS;
    let together = 0;
    for (let g = 0; g < GAUGE_POINTS; g++) {
      const at = c * GAUGE_POINTS + g;
      const angle = plane.azimuth - (layout.gaugeAzimuth[at] as number);
      const heard =
        plane.motion === 'along' ? Math.cos(angle) ** 2 : Math.sin(angle) * Math.cos(angle);
      if (spread < 0.25) {
        together += heard;
        continue;
      }
      const delay =
        slownessSKm *
        ((layout.gaugeEastKm[at] as number) * towardsEast +
          (layout.gaugeNorthKm[at] as number) * towardsNorth);
      addDelayed(out, c * sampleCount, wave, delay * rateHz, gain * heard);
    }
    if (spread < 0.25) {
      addDelayed(out, c * sampleCount, wave, (delays[c] as number) * rateHz, gain * together);
    }
  }
  return delays;
}

/** Adds `gain` times the wave, later by a fractional number of samples (linear interpolation). */
export function addDelayed(
  out: Float32Array,
  offset: number,
  wave: Float32Array,
  delaySamples: number,
  gain: number,
): void {
  const whole = Math.floor(delaySamples);
  const late = gain * (delaySamples - whole);
  const early = gain - late;
  const from = Math.max(0, whole + 1);
  const to = Math.min(wave.length, wave.length + whole);
  for (let i = from; i < to; i++) {
    const k = i - whole;
    out[offset + i] =
      (out[offset + i] as number) + early * (wave[k] as number) + late * (wave[k - 1] as number);
  }
}
