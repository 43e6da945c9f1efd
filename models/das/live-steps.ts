/**
 * Steps of a fibre's live chain that work on its state: repair, ring of samples, onsets, verdicts.
 * @module
 */
import type { LiveChain } from './live-state.js';
import type { OpenGate } from './moveout-gate.js';
import type { ChannelBlock } from './processing/block.js';

/** What a hook gets: the gate and the samples before it. */
export interface GateContext<Gate = OpenGate> {
  readonly gate: Gate;
  /** Channels `[gate.from, gate.to)`, decimated, common mode removed, not filtered. */
  readonly block: ChannelBlock;
  readonly rateHz: number;
  /** Time of the block's first sample, s of the stream. */
  readonly startS: number;
  /** [channel of the block], 1 for channels that count. */
  readonly usable: Uint8Array;
}

/**
 * Sets samples that are not finite to 0. `silent`: 1 for channels that had some or whose samples were
 * all equal; after common-mode removal a dead channel would carry everybody else's signal.
 */
export function repairInPlace({ samples, channelCount, sampleCount }: ChannelBlock): {
  readonly silent: Uint8Array;
  readonly brokenChannels: number;
} {
  const silent = new Uint8Array(channelCount);
  let brokenChannels = 0;
  for (let c = 0, i = 0; c < channelCount; c++) {
    const first = samples[i] as number;
    let isBroken = false;
    let varies = sampleCount < 2;
    for (let t = 0; t < sampleCount; t++, i++) {
      const x = samples[i] as number;
      if (x !== first) varies = true;
      // x - x is NaN for NaN and both infinities.
      if (x - x === 0) continue;
      samples[i] = 0;
      isBroken = true;
    }
    if (isBroken) brokenChannels++;
    if (isBroken || !varies) silent[c] = 1;
  }
  return { silent, brokenChannels };
}

/** Ring: sample s of the lower rate lies at s modulo the ring's length. */
export function keepContext(chain: LiveChain, low: ChannelBlock): void {
  const { context, channelCount, samplesMade } = chain;
  const length = context.length / channelCount;
  const skip = Math.max(0, low.sampleCount - length);
  for (let c = 0; c < channelCount; c++) {
    let from = c * low.sampleCount + skip;
    const end = (c + 1) * low.sampleCount;
    let at = (samplesMade + skip) % length;
    while (from < end) {
      const step = Math.min(end - from, length - at);
      context.set(low.samples.subarray(from, from + step), c * length + at);
      from += step;
      at = (at + step) % length;
    }
  }
}

/** Writes new onsets and trigger flags; returns each channel's largest ratio. */
export function findOnsets(chain: LiveChain, ratio: ChannelBlock): Float32Array {
  const { settings, triggered, onsetS, samplesMade } = chain;
  const { samples, channelCount, sampleCount } = ratio;
  const lowRateHz = chain.rateHz / settings.decimation;
  const peak = new Float32Array(channelCount);
  for (let c = 0; c < channelCount; c++) {
    let most = 0;
    for (let t = 0, i = c * sampleCount; t < sampleCount; t++, i++) {
      const value = samples[i] as number;
      if (value > most) most = value;
      if (triggered[c] === 0) {
        if (value > settings.on) {
          triggered[c] = 1;
          onsetS[c] = (samplesMade + t) / lowRateHz;
        }
      } else if (value < settings.off) triggered[c] = 0;
    }
    peak[c] = most;
  }
  return peak;
}

/** The samples before a gate, oldest first, of its channels. */
export function contextOf<Gate extends Pick<OpenGate, 'from' | 'to'>>(
  chain: LiveChain,
  gate: Gate,
  usable: Uint8Array,
): GateContext<Gate> {
  const { context, channelCount, samplesMade, settings } = chain;
  const length = context.length / channelCount;
  const sampleCount = Math.min(length, samplesMade);
  const start = samplesMade - sampleCount;
  const count = gate.to - gate.from;
  const samples = new Float32Array(count * sampleCount);
  const split = start % length;
  for (let c = 0; c < count; c++) {
    const row = context.subarray((gate.from + c) * length, (gate.from + c + 1) * length);
    const older = row.subarray(split, Math.min(length, split + sampleCount));
    samples.set(older, c * sampleCount);
    samples.set(row.subarray(0, sampleCount - older.length), c * sampleCount + older.length);
  }
  const lowRateHz = chain.rateHz / settings.decimation;
  return {
    gate,
    block: { samples, channelCount: count, sampleCount },
    rateHz: lowRateHz,
    startS: start / lowRateHz,
    usable: usable.slice(gate.from, gate.to),
  };
}

/** Long-term means of squares tell dead and noisy channels; they count again once they are normal. */
export function judgeChannels(chain: LiveChain): void {
  const { staLta, usable, channelCount, settings } = chain;
  if (staLta.samplesSeen < staLta.longSamples) return;
  const power = Float64Array.from(
    usable,
    (_, c) => staLta.sums[(c >> 2) * 8 + 4 + (c & 3)] as number,
  );
  const alive = power.filter((x) => x > 0).sort();
  const typical = alive[alive.length >> 1] ?? 0;
  const [least, most] = [settings.deadBelow ** 2 * typical, settings.noisyAbove ** 2 * typical];
  for (let c = 0; c < channelCount; c++) {
    const own = power[c] as number;
    usable[c] = own > least && own <= most ? 1 : 0;
  }
}
