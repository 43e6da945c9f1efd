/**
 * The live chain of a fibre. In: packets of raw samples, one after the other. Out: for each packet the
 * gates that opened and what the hook behind them (a picker) made of them. Common mode, decimation,
 * band-pass, STA/LTA and the move-out gate run on every packet; nothing dearer runs until a gate opens.
 * @module
 */
import { InvalidInputError } from '../../core/errors.js';
import type { LiveChain } from './live-state.js';
import {
  contextOf,
  findOnsets,
  judgeChannels,
  keepContext,
  repairInPlace,
  type GateContext,
} from './live-steps.js';
import { openGates, type OpenGate } from './moveout-gate.js';
import { filterChannels } from './processing/band-pass.js';
import { checkBlock, type ChannelBlock } from './processing/block.js';
import { removeCommonModeOver } from './processing/common-mode.js';
import { decimateChannels, decimatedCount } from './processing/decimate.js';
import { staLtaChannels } from './processing/sta-lta.js';

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

/**
 * Takes the next packet, [channel][time] at the chain's rate and of any length; the packet is
 * overwritten. Times count from the stream's first sample. Onsets do not depend on how the stream is
 * cut, but for channels that a packet's end finds dead or noisy; a gate opens with the packet that
 * completes it. Throws InvalidInputError on other channels.
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
  const { silent, brokenChannels } = repairInPlace(packet);
  const counting = chain.usable.map((x, c) => (silent[c] === 1 ? 0 : x));
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
