/**
 * Which fibre channels can be used, and how many of them are independent. In: filtered channels.
 * Out: their quality, segments along the fibre, effective numbers.
 * @module
 */
import type { AlignedSensor } from '../../core/waveform.js';
import { median } from '../signal/robust.js';

/** One stretch of fibre that speaks once. */
export interface FibreSegment {
  readonly fibreId: string;
  readonly segment: number;
  readonly channels: readonly AlignedSensor[];
}

/**
 * Length of a segment, m: within the 0.5-2 km over which channels of a cable stay correlated at
 * 1-10 Hz, so that segments may count as independent of each other.
 */
const SEGMENT_M = 1000;
/** Segment length when channels have no distance, channels. */
const SEGMENT_CHANNELS = 500;

/** Groups channels (`<fibre>/<channel>`) by fibre and by kilometre along it. */
export function fibreSegments(sensors: readonly AlignedSensor[]): FibreSegment[] {
  const fibres = new Map<string, AlignedSensor[]>();
  for (const sensor of sensors) {
    const slash = sensor.sensorId.lastIndexOf('/');
    const fibreId = slash < 0 ? sensor.sensorId : sensor.sensorId.slice(0, slash);
    fibres.set(fibreId, [...(fibres.get(fibreId) ?? []), sensor]);
  }
  return [...fibres].flatMap(([fibreId, channels]) => {
    const start = Math.min(...channels.map((c) => c.distanceM ?? 0));
    const segments = new Map<number, AlignedSensor[]>();
    channels.forEach((channel, i) => {
      const at =
        channel.distanceM === null
          ? Math.floor(i / SEGMENT_CHANNELS)
          : Math.floor((channel.distanceM - start) / SEGMENT_M);
      segments.set(at, [...(segments.get(at) ?? []), channel]);
    });
    return [...segments].map(([segment, own]) => ({ fibreId, segment, channels: own }));
  });
}

/** Noise beyond these multiples of the segment's median is a dead or a wild channel. */
const DEAD_BELOW = 0.02;
const WILD_ABOVE = 50;
/** A channel that repeats its extreme value in more than this share of samples is clipped. */
const CLIPPED_SHARE = 0.005;

/**
 * Channels that can be used: those with signal that is not clipped and whose noise (filtered, of
 * quiet stretches) is like their neighbours'. `noise` has one entry a channel.
 */
export function usableChannels(input: {
  readonly channels: readonly AlignedSensor[];
  readonly noise: readonly number[];
}): boolean[] {
  const { channels, noise } = input;
  const typical = median(noise.filter((x) => x > 0));
  return channels.map((channel, i) => {
    const own = noise[i] as number;
    if (!(own > DEAD_BELOW * typical) || own > WILD_ABOVE * typical) return false;
    return !isClipped(channel.samples, channel.mask);
  });
}

function isClipped(samples: Float32Array, mask: Uint8Array): boolean {
  let most = 0;
  for (let i = 0; i < mask.length; i++) {
    if (mask[i] === 1) most = Math.max(most, Math.abs(samples[i] as number));
  }
  let [at, total] = [0, 0];
  for (let i = 0; i < mask.length; i++) {
    if (mask[i] !== 1) continue;
    total++;
    if (Math.abs(samples[i] as number) >= most) at++;
  }
  return at > 2 && at > CLIPPED_SHARE * total;
}

/**
 * Effective number of independent channels: n^2 / sum_ij rho_ij^2 (the participation ratio of the
 * correlation matrix): n for unrelated channels, 1 for copies. Over samples `[from, to)`.
 */
export function effectiveChannels(
  channels: readonly ArrayLike<number>[],
  from: number,
  to: number,
): number {
  const unit = channels.map((channel) => {
    const row = Float64Array.from({ length: to - from }, (_, i) => channel[from + i] as number);
    const mean = row.reduce((a, b) => a + b, 0) / row.length;
    const size = Math.sqrt(row.reduce((a, b) => a + (b - mean) ** 2, 0));
    return row.map((x) => (size > 0 ? (x - mean) / size : 0));
  });
  let sum = 0;
  for (let i = 0; i < unit.length; i++) {
    const a = unit[i] as Float64Array;
    sum += 1;
    for (let j = 0; j < i; j++) {
      const b = unit[j] as Float64Array;
      let rho = 0;
      for (let k = 0; k < a.length; k++) rho += (a[k] as number) * (b[k] as number);
      sum += 2 * rho * rho;
    }
  }
  return unit.length === 0 ? 0 : unit.length ** 2 / sum;
}

/** Mean place of the channels; half their spread adds to its uncertainty. */
export function centre(channels: readonly AlignedSensor[]): {
  latitude: number;
  longitude: number;
  elevationM: number;
  positionSigmaKm: number;
} {
  const mean = (pick: (c: AlignedSensor) => number): number =>
    channels.reduce((sum, c) => sum + pick(c), 0) / channels.length;
  return {
    latitude: mean((c) => c.latitude),
    longitude: mean((c) => c.longitude),
    elevationM: mean((c) => c.elevationM),
    positionSigmaKm: Math.max(...channels.map((c) => c.positionSigmaKm)),
  };
}
