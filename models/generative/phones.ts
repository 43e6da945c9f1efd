/**
 * Records of a simulated phone network: three components, self noise, packets of 32 samples with the
 * clock and arrival times that such devices have.
 * @module
 */
import type { LatLon } from '../../core/geo.js';
import type { Random } from '../../core/random.js';
import { shakingAt, type EventTerms } from './shaking.js';
import { simulateTrace } from './seismogram.js';
import type { SimulatedSource } from './source.js';

export interface SimulatedDevice extends LatLon {
  readonly deviceId: string;
  /** Standard deviation of its self noise, gal. */
  readonly noiseGal: number;
}

/** One packet as the device sends it. */
export interface SimulatedPacket {
  readonly deviceId: string;
  /** Time of the last sample and of arrival, s from the start of the simulation. */
  readonly lastSampleS: number;
  readonly arrivalS: number;
  readonly x: readonly number[];
  readonly y: readonly number[];
  readonly z: readonly number[];
}

const RATE_HZ = 31.25;
const PACKET = 32;

/** Scatters devices around towns: phones are where people are. */
export function drawDevices(input: {
  readonly random: Random;
  readonly count: number;
  readonly towns: readonly (LatLon & { readonly spreadKm: number })[];
}): SimulatedDevice[] {
  const { random, towns } = input;
  return Array.from({ length: input.count }, (_, i) => {
    const town = towns[i % towns.length]!;
    const spread = town.spreadKm / 111.19;
    // Devices give their place to two decimals.
    const round = (value: number): number => Math.round(value * 100) / 100;
    return {
      deviceId: `sim${String(i).padStart(3, '0')}`,
      latitude: round(town.latitude + spread * random.normal()),
      longitude: round(
        town.longitude + (spread * random.normal()) / Math.cos((town.latitude * Math.PI) / 180),
      ),
      noiseGal: 0.08 * Math.exp(0.4 * random.normal()),
    };
  });
}

/** All packets of one device over the simulation. */
export function simulatePackets(input: {
  readonly random: Random;
  readonly device: SimulatedDevice;
  readonly source: SimulatedSource;
  readonly terms: EventTerms;
  readonly durationS: number;
  readonly velocityModel: 'iasp91' | 'ak135';
}): SimulatedPacket[] {
  const { random, device, source, terms, durationS, velocityModel } = input;
  const sampleCount = Math.floor((durationS * RATE_HZ) / PACKET) * PACKET;
  const { p, s } = shakingAt({
    random,
    source,
    place: device,
    quantity: 'pga-gal',
    terms,
    velocityModel,
  });
  // P is strongest on the vertical, S on the horizontals.
  const component = (shareP: number, shareS: number): Float32Array => {
    const trace = simulateTrace({
      random,
      rateHz: RATE_HZ,
      sampleCount,
      onsets: [
        { ...p, peak: p.peak * shareP },
        { ...s, peak: s.peak * shareS },
      ],
      bandHz: [0.5, 10],
    });
    return trace.map((value) => value + device.noiseGal * random.normal());
  };
  const traces = { x: component(1, 0.6), y: component(0.5, 1), z: component(0.5, 0.9) };
  const packets: SimulatedPacket[] = [];
  for (let from = 0; from < sampleCount; from += PACKET) {
    const lastSampleS = (from + PACKET - 1) / RATE_HZ;
    const cut = (trace: Float32Array): number[] =>
      Array.from(trace.subarray(from, from + PACKET), (value) => Math.round(value * 1000) / 1000);
    packets.push({
      deviceId: device.deviceId,
      lastSampleS,
      arrivalS: lastSampleS + 0.15 + 0.1 * random.exponential(),
      x: cut(traces.x),
      y: cut(traces.y),
      z: cut(traces.z),
    });
  }
  return packets;
}
