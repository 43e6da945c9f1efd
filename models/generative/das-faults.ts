/**
 * Faults of a simulated interrogator: common-mode steps and spikes, fading, dead and saturated
 * channels.
 * @module
 */
import type { Random } from '../../core/random.js';
import { between, logBetween, type DasRanges } from './das-ranges.js';

interface FaultInput {
  readonly random: Random;
  readonly ranges: DasRanges;
  readonly channelCount: number;
  readonly sampleCount: number;
  readonly rateHz: number;
  /** Changed in place, [channel * time]. */
  readonly out: Float32Array;
}

/** What happened to the channels, [channel]. */
export interface DasFaults {
  readonly isDead: Uint8Array;
  readonly commonModeCount: number;
}

/** Draws and applies all faults. `commonModeCount`: leave it out to draw it. */
export function applyDasFaults(
  input: FaultInput & { readonly commonModeCount?: number },
): DasFaults {
  const { random, ranges, channelCount } = input;
  const drawn = random.uniform() < ranges.commonModeShare ? 1 + random.integer(4) : 0;
  const commonModeCount = input.commonModeCount ?? drawn;
  for (let k = 0; k < commonModeCount; k++) addCommonMode(input);
  const isDead = new Uint8Array(channelCount);
  const fadingShare = random.uniform() < 0.5 ? between(random, ranges.fadingShare) : 0;
  const deadShare = random.uniform() < 0.5 ? between(random, ranges.deadShare) : 0;
  for (let c = 0; c < channelCount; c++) {
    if (random.uniform() < fadingShare) fade(input, c);
    if (random.uniform() < deadShare) {
      isDead[c] = 1;
      kill(input, c);
    }
  }
  if (random.uniform() < ranges.saturatedShare) saturate(input);
  return { isDead, commonModeCount };
}

/** A step, spike, pulse or ringing of the laser or the unit: the same on every channel. */
function addCommonMode({ random, channelCount, sampleCount, rateHz, out }: FaultInput): void {
  const from = random.integer(sampleCount);
  const size = logBetween(random, [3, 300]) * (random.uniform() < 0.5 ? -1 : 1);
  const kind = random.integer(4);
  const decay = rateHz * logBetween(random, [0.03, 3]);
  const angle = (2 * Math.PI * logBetween(random, [1, 40])) / rateHz;
  const width = Math.round(rateHz * logBetween(random, [0.02, 4]));
  const spread = random.uniform() < 0.5 ? 0 : between(random, [0, 0.1]);
  const gains = Float64Array.from({ length: channelCount }, () => 1 + spread * random.normal());
  const to = kind === 0 ? Math.min(sampleCount, from + 1 + random.integer(3)) : sampleCount;
  for (let i = from; i < to; i++) {
    const t = i - from;
    const shape =
      kind <= 1 ? 1 : kind === 2 ? (t < width ? 1 : 0) : Math.exp(-t / decay) * Math.cos(angle * t);
    if (shape === 0) break;
    for (let c = 0; c < channelCount; c++) {
      const at = c * sampleCount + i;
      out[at] = (out[at] as number) + size * shape * (gains[c] as number);
    }
  }
}

/** Fading: for seconds the light of one channel is too weak, and its phase is noise with jumps. */
function fade({ random, sampleCount, rateHz, out }: FaultInput, channel: number): void {
  const bursts = 1 + random.integer(3);
  for (let k = 0; k < bursts; k++) {
    const from = random.integer(sampleCount);
    const to = Math.min(sampleCount, from + Math.round(rateHz * logBetween(random, [0.1, 40])));
    const size = logBetween(random, [3, 60]);
    const jumpShare = random.uniform() < 0.5 ? 1 : 0.05;
    for (let i = from; i < to; i++) {
      if (random.uniform() > jumpShare) continue;
      const at = channel * sampleCount + i;
      out[at] = (out[at] as number) + size * random.normal();
    }
  }
}

/** Dead: constant, or a faint noise of the electronics. */
function kill({ random, sampleCount, out }: FaultInput, channel: number): void {
  const level = random.uniform() < 0.5 ? 0 : random.normal();
  const noise = random.uniform() < 0.5 ? 0 : 0.01;
  for (let i = 0; i < sampleCount; i++) {
    out[channel * sampleCount + i] = level + (noise > 0 ? noise * random.normal() : 0);
  }
}

/** Clips everything at a level that the window's loudest sample exceeds by 1.5 to 20. */
function saturate({ random, out }: FaultInput): void {
  let largest = 0;
  for (const x of out) largest = Math.max(largest, Math.abs(x));
  const limit = largest / logBetween(random, [1.5, 20]);
  for (let i = 0; i < out.length; i++) {
    out[i] = Math.min(limit, Math.max(-limit, out[i] as number));
  }
}
