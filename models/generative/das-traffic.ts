/**
 * People and vehicles near a simulated fibre: moving sources with quasi-static strain and surface
 * waves, and single blows (steps, doors, hammers).
 * @module
 */
import type { Random } from '../../core/random.js';
import { drawCarrier } from './das-carrier.js';
import type { DasLayout } from './das-layout.js';
import { between, logBetween, type DasRanges } from './das-ranges.js';

interface TrafficInput {
  readonly random: Random;
  readonly ranges: DasRanges;
  readonly layout: DasLayout;
  readonly rateHz: number;
  readonly sampleCount: number;
  /** Adds to this, [channel * time]. */
  readonly out: Float32Array;
}

/**
 * A vehicle on a straight road past the fibre. Quasi-static strain of a point load (Boussinesq;
 * Jousset et al. 2018 and Yuan et al. 2020 see it below 1 Hz) as its rate, and surface waves, 2-20 Hz,
 * that leave it all the time and die away within tens of metres. Returns its speed, m/s.
 */
export function addVehicle(input: TrafficInput & { readonly speedMS?: number }): number {
  const { random, ranges, layout, rateHz, sampleCount, out } = input;
  const speedMS = input.speedMS ?? between(random, ranges.vehicleSpeedMS);
  const near = random.integer(layout.channelCount);
  const place = { east: layout.eastKm[near] as number, north: layout.northKm[near] as number };
  // Most roads follow the cable; the rest cross it anyhow.
  const along = layoutDirection(layout, near);
  const road = random.uniform() < 0.7 ? along : 2 * Math.PI * random.uniform();
  const way = random.uniform() < 0.5 ? road : road + Math.PI;
  const offsetM = logBetween(random, [3, 40]);
  const passS = between(random, [-0.2, 1.2]) * (sampleCount / rateHz);
  const slowKmS = logBetween(random, [0.15, 0.6]);
  const lowHz = logBetween(random, [2, 8]);
  const wave = drawCarrier({ random, sampleCount, rateHz, lowHz, highHz: 2.5 * lowHz });
  const strength = logBetween(random, [1, 40]);
  const staticStrength = logBetween(random, [1, 60]);
  const reachM = logBetween(random, [15, 120]);
  const [goEast, goNorth] = [Math.sin(way), Math.cos(way)];
  for (let c = 0; c < layout.channelCount; c++) {
    const east = ((layout.eastKm[c] as number) - place.east) * 1000;
    const north = ((layout.northKm[c] as number) - place.north) * 1000;
    const ahead = east * goEast + north * goNorth;
    const aside = Math.abs(east * goNorth - north * goEast) + offsetM;
    const gain = layout.coupling[c] as number;
    for (let i = 0; i < sampleCount; i++) {
      const x = ahead - speedMS * (i / rateHz - passS);
      const squared = x * x + aside * aside;
      const distance = Math.sqrt(squared);
      if (distance > 8 * reachM) continue;
      const u = x / aside;
      const falls = 1 / (1 + u * u);
      // d/dt of (2u^2 - 1) / (1 + u^2)^2.5, scaled to be one when the vehicle passes at its offset.
      const rate = u * (9 - 6 * u * u) * falls ** 3.5 * (speedMS / aside);
      const k = i - Math.round((distance / (1000 * slowKmS)) * rateHz);
      const shaking = k < 0 ? 0 : (wave[k] as number) * Math.exp(-distance / reachM);
      out[c * sampleCount + i] =
        (out[c * sampleCount + i] as number) +
        gain * (0.1 * staticStrength * rate + strength * shaking);
    }
  }
  return speedMS;
}

/** A blow to the ground: a damped ringing that runs away along the surface at 150-800 m/s. */
export function addImpact({ random, layout, rateHz, sampleCount, out }: TrafficInput): void {
  const near = random.integer(layout.channelCount);
  const offM = logBetween(random, [1, 200]);
  const angle = 2 * Math.PI * random.uniform();
  const east = (layout.eastKm[near] as number) * 1000 + offM * Math.sin(angle);
  const north = (layout.northKm[near] as number) * 1000 + offM * Math.cos(angle);
  const startS = between(random, [0, sampleCount / rateHz]);
  const slowKmS = logBetween(random, [0.15, 0.8]);
  const frequency = logBetween(random, [2, 25]);
  const decayS = logBetween(random, [0.05, 0.6]);
  const reachM = logBetween(random, [10, 250]);
  const strength = logBetween(random, [2, 60]);
  const wave = drawCarrier({
    random,
    sampleCount: Math.round(6 * decayS * rateHz) + 2,
    rateHz,
    lowHz: 0.7 * frequency,
    highHz: 1.5 * frequency,
  });
  for (let c = 0; c < layout.channelCount; c++) {
    const distance = Math.hypot(
      (layout.eastKm[c] as number) * 1000 - east,
      (layout.northKm[c] as number) * 1000 - north,
    );
    const gain =
      strength *
      (layout.coupling[c] as number) *
      Math.exp(-distance / reachM) *
      Math.sqrt(offM / Math.max(offM, distance));
    if (gain < 0.02) continue;
    const start = Math.round((startS + distance / (1000 * slowKmS)) * rateHz);
    for (let k = Math.max(0, -start); k < wave.length && start + k < sampleCount; k++) {
      const at = c * sampleCount + start + k;
      out[at] = (out[at] as number) + gain * (wave[k] as number) * Math.exp(-k / (rateHz * decayS));
    }
  }
}

function layoutDirection(layout: DasLayout, channel: number): number {
  const other = channel > 0 ? channel - 1 : Math.min(1, layout.channelCount - 1);
  return Math.atan2(
    (layout.eastKm[channel] as number) - (layout.eastKm[other] as number),
    (layout.northKm[channel] as number) - (layout.northKm[other] as number),
  );
}
