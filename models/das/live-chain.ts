/**
 * The live chain of a fibre. In: packets of raw samples, one after the other. Out: for each packet the
 * gates that opened and what the hook behind them (a picker) made of them. Common mode, decimation,
 * band-pass, STA/LTA and the move-out gate run on every packet; nothing dearer runs until a gate opens.
 * @module
 */
import { InvalidInputError } from '../../core/errors.js';
import {
  DEFAULT_GATE_SETTINGS,
  gateGroups,
  openGates,
  type GateSettings,
  type OpenGate,
} from './moveout-gate.js';
import { filterChannels, startBandPass, type FilterState } from './processing/band-pass.js';
import { checkBlock, type ChannelBlock } from './processing/block.js';
import { removeCommonModeOver } from './processing/common-mode.js';
import {
  decimateChannels,
  decimatedCount,
  startDecimation,
  type DecimationState,
} from './processing/decimate.js';
import { staLtaChannels, startStaLta, type StaLtaState } from './processing/sta-lta.js';

export interface LiveSettings {
  /** Whole factor from the interrogator's rate to the rate of the chain. */
  readonly decimation: number;
  readonly band: { readonly lowHz: number; readonly highHz: number };
  readonly shortS: number;
  readonly longS: number;
  /** STA/LTA that starts a channel's onset, and below which it may start another. */
  readonly on: number;
  readonly off: number;
  /** Samples kept for the hook, s. */
  readonly contextS: number;
  /** Noise outside these shares of the median channel's leaves a channel out. */
  readonly deadBelow: number;
  readonly noisyAbove: number;
  readonly gate: GateSettings;
}

export const DEFAULT_LIVE_SETTINGS: LiveSettings = {
  decimation: 2,
  band: { lowHz: 1, highHz: 10 },
  shortS: 0.5,
  longS: 5,
  on: 4,
  off: 1.5,
  contextS: 30,
  deadBelow: 0.02,
  noisyAbove: 50,
  gate: DEFAULT_GATE_SETTINGS,
};

/** Where a chain stands: plain data. Arrays are overwritten by each packet. */
export interface LiveChain {
  readonly settings: LiveSettings;
  readonly channelCount: number;
  readonly rateHz: number;
  readonly distanceKm: Float64Array;
  readonly decimation: DecimationState;
  readonly filter: FilterState;
  readonly staLta: StaLtaState;
  /** Decimated samples less the common mode, not filtered, [channel][contextS]: a ring. */
  readonly context: Float32Array;
  /** Samples of the lower rate so far: where the ring goes on. */
  readonly samplesMade: number;
  /** 1 while a channel is above `off` after an onset. */
  readonly triggered: Uint8Array;
  readonly onsetS: Float64Array;
  readonly openedS: Float64Array;
  /** 1 for channels that count, judged by the packet before. */
  readonly usable: Uint8Array;
}

/** What a hook gets: the gate and the samples before it. */
export interface GateContext {
  readonly gate: OpenGate;
  /** Channels `[gate.from, gate.to)`, decimated, common mode removed, not filtered. */
  readonly block: ChannelBlock;
  readonly rateHz: number;
  /** Time of the block's first sample, s of the stream. */
  readonly startS: number;
  /** [channel of the block], 1 for channels that count. */
  readonly usable: Uint8Array;
}

/** Plugs a picker in where a gate opens; anything it returns comes out as a candidate. */
export type GateHook<Candidate> = (context: GateContext) => readonly Candidate[];

export interface LiveOutput<Candidate> {
  readonly gates: readonly OpenGate[];
  readonly candidates: readonly Candidate[];
  /** Channels with samples that were not finite in this packet (taken as 0). */
  readonly brokenChannels: number;
  readonly usableChannels: number;
  readonly chain: LiveChain;
}

/** A chain at rest. Throws InvalidInputError when rates or bands do not fit. */
export function startLiveChain(input: {
  readonly channelCount: number;
  readonly rateHz: number;
  /** Position along the fibre, km; [channel], ascending. */
  readonly distanceKm: ArrayLike<number>;
  readonly settings?: Partial<LiveSettings>;
}): LiveChain {
  const { channelCount, rateHz, distanceKm } = input;
  const settings = { ...DEFAULT_LIVE_SETTINGS, ...input.settings };
  if (distanceKm.length !== channelCount || channelCount < 1) {
    throw new InvalidInputError({
      what: 'live chain',
      reason: `${distanceKm.length} distances for ${channelCount} channels`,
      remedy: 'give one distance a channel',
    });
  }
  const decimation = startDecimation({ factor: settings.decimation, channelCount });
  const lowRateHz = rateHz / settings.decimation;
  return {
    settings,
    channelCount,
    rateHz,
    distanceKm: Float64Array.from(distanceKm),
    decimation,
    filter: startBandPass({ order: 4, ...settings.band, rateHz: lowRateHz, channelCount }),
    staLta: startStaLta({
      kind: 'recursive',
      shortSamples: Math.round(settings.shortS * lowRateHz),
      longSamples: Math.round(settings.longS * lowRateHz),
      channelCount,
    }),
    context: new Float32Array(channelCount * Math.ceil(settings.contextS * lowRateHz)),
    samplesMade: 0,
    triggered: new Uint8Array(channelCount),
    onsetS: new Float64Array(channelCount).fill(-Infinity),
    openedS: new Float64Array(gateGroups(channelCount, settings.gate).length).fill(-Infinity),
    usable: new Uint8Array(channelCount).fill(1),
  };
}

/**
 * Takes the next packet, [channel][time] at the chain's rate and of any length; the packet is
 * overwritten. Times count from the stream's first sample. Onsets do not depend on how the stream is
 * cut; a gate opens with the packet that completes it. Throws InvalidInputError on other channels.
 */
export function advanceLiveChain<Candidate = never>(input: {
  readonly chain: LiveChain;
  readonly packet: ChannelBlock;
  readonly hook?: GateHook<Candidate>;
}): LiveOutput<Candidate> {
  const { chain, hook } = input;
  const packet = checkBlock(input.packet);
  const { channelCount, settings } = chain;
  if (packet.channelCount !== channelCount) {
    throw new InvalidInputError({
      what: 'packet',
      reason: `${packet.channelCount} channels for a chain of ${channelCount}`,
      remedy: 'start a chain of its own for each set of channels',
    });
  }
  const { broken, brokenChannels } = repairInPlace(packet);
  const counting = chain.usable.map((x, c) => (broken[c] === 1 ? 0 : x));
  const { samples, sampleCount } = packet;
  if (counting.includes(1)) {
    const times = { from: 0, to: sampleCount };
    const commonMode = new Float32Array(sampleCount);
    removeCommonModeOver({ block: packet, usable: counting, times, output: samples, commonMode });
  }
  const channels = { from: 0, to: channelCount };
  const { decimation } = chain;
  const samplesSeen = decimation.samplesSeen + sampleCount;
  const made =
    decimatedCount(decimation, samplesSeen) - decimatedCount(decimation, decimation.samplesSeen);
  const low: ChannelBlock = {
    samples: new Float32Array(channelCount * made),
    channelCount,
    sampleCount: made,
  };
  decimateChannels({ state: decimation, block: packet, channels, output: low.samples });
  keepContext(chain, low);
  filterChannels({ state: chain.filter, block: low, channels, output: low.samples });
  staLtaChannels({ state: chain.staLta, block: low, channels, output: low.samples });
  const peak = findOnsets(chain, low);
  const lowRateHz = chain.rateHz / settings.decimation;
  const next: LiveChain = {
    ...chain,
    decimation: { ...decimation, samplesSeen },
    filter: { ...chain.filter, samplesSeen: chain.filter.samplesSeen + made },
    staLta: { ...chain.staLta, samplesSeen: chain.staLta.samplesSeen + made },
    samplesMade: chain.samplesMade + made,
  };
  const gates = openGates({
    onsetS: chain.onsetS,
    peak,
    usable: counting,
    distanceKm: chain.distanceKm,
    openedS: chain.openedS,
    packetS: chain.samplesMade / lowRateHz,
    settings: settings.gate,
  });
  const candidates = hook ? gates.flatMap((gate) => hook(contextOf(next, gate, counting))) : [];
  judgeChannels(next);
  const usableChannels = counting.reduce((sum, x) => sum + x, 0);
  return { gates, candidates, brokenChannels, usableChannels, chain: next };
}

function repairInPlace({ samples, channelCount, sampleCount }: ChannelBlock) {
  const broken = new Uint8Array(channelCount);
  let brokenChannels = 0;
  for (let c = 0, i = 0; c < channelCount; c++) {
    for (let t = 0; t < sampleCount; t++, i++) {
      // x - x is NaN for NaN and both infinities.
      if ((samples[i] as number) - (samples[i] as number) === 0) continue;
      samples[i] = 0;
      if (broken[c] === 0) brokenChannels++;
      broken[c] = 1;
    }
  }
  return { broken, brokenChannels };
}

/** Ring: sample s of the lower rate lies at s modulo the ring's length. */
function keepContext(chain: LiveChain, low: ChannelBlock): void {
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
function findOnsets(chain: LiveChain, ratio: ChannelBlock): Float32Array {
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

function contextOf(chain: LiveChain, gate: OpenGate, usable: Uint8Array): GateContext {
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
function judgeChannels(chain: LiveChain): void {
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
