/**
 * Packets of a fibre with their times, as they come: with gaps, overlaps and repetitions. In: a
 * packet. Out: what the live chain found in its new samples, with absolute times.
 * @module
 */
import { advanceLiveChain, type GateHook } from './live-chain.js';
import { startLiveChain, type LiveChain, type LiveSettings } from './live-state.js';
import type { OpenGate } from './moveout-gate.js';
import type { ChannelBlock } from './processing/block.js';

/** Where a stream stands. */
export interface LiveStream {
  readonly chain: LiveChain;
  /** Time of the sample after the last one taken, ns; null before the first. */
  readonly endNs: bigint | null;
  /** Samples since the chain last started. */
  readonly samplesTaken: number;
}

/** A gate with its place in time. */
export interface TimedGate extends OpenGate {
  /** Onset in the middle of the group, ns since the epoch. */
  readonly timeNs: bigint;
}

export interface LiveStreamOutput<Candidate> {
  readonly stream: LiveStream;
  readonly gates: readonly TimedGate[];
  readonly candidates: readonly Candidate[];
  /** Samples of the packet that were new. */
  readonly taken: number;
  /** Samples that were there before; all of them: the packet was late or repeated. */
  readonly repeated: number;
  /** Time without data before the packet, s; 0: none. The chain started anew when there is some. */
  readonly gapS: number;
  readonly usableChannels: number;
}

/** A stream at rest. Throws InvalidInputError as `startLiveChain` does. */
export function startLiveStream(input: {
  readonly channelCount: number;
  readonly rateHz: number;
  /** Position along the fibre, km; [channel], ascending. */
  readonly distanceKm: ArrayLike<number>;
  readonly settings?: Partial<LiveSettings>;
}): LiveStream {
  return { chain: startLiveChain(input), endNs: null, samplesTaken: 0 };
}

/**
 * Takes a packet, [channel][time], which may be overwritten. Its samples from before the stream's end
 * are left out: they were taken already, or come too late for a chain that only goes forward (the
 * window they belong to gets a new version instead). After a gap of more than half a sample the chain
 * starts anew, and for `longS + shortS` nothing opens: its filters and means begin with that edge.
 * Which channels are usable is kept over the gap. Times follow each packet's own stamp.
 */
export function advanceLiveStream<Candidate = never>(input: {
  readonly stream: LiveStream;
  readonly packet: ChannelBlock & { readonly startNs: bigint };
  readonly hook?: GateHook<Candidate>;
}): LiveStreamOutput<Candidate> {
  const { packet, hook } = input;
  const { rateHz } = input.stream.chain;
  const offset = samplesAfterEnd(input.stream, packet.startNs);
  const repeated = Math.min(packet.sampleCount, Math.max(0, -offset));
  if (repeated === packet.sampleCount) return nothing(input.stream, repeated);
  const stream = offset > 0 ? restarted(input.stream) : input.stream;
  const { settings } = stream.chain;
  const out = advanceLiveChain<Candidate>({
    chain: stream.chain,
    packet: without(packet, repeated),
    ...(hook ? { hook } : {}),
  });
  const taken = packet.sampleCount - repeated;
  const originNs = packet.startNs + nanoseconds((repeated - stream.samplesTaken) / rateHz);
  // Only a start in the middle of a stream has an edge to be blind for; the first start is one too.
  const blindS = settings.longS + settings.shortS;
  const isSeen = out.gates.map((gate) => gate.timeS >= blindS);
  return {
    stream: {
      chain: out.chain,
      endNs: packet.startNs + nanoseconds(packet.sampleCount / rateHz),
      samplesTaken: stream.samplesTaken + taken,
    },
    gates: out.gates
      .filter((_, i) => isSeen[i])
      .map((gate) => ({ ...gate, timeNs: originNs + nanoseconds(gate.timeS) })),
    candidates: out.candidates,
    taken,
    repeated,
    gapS: Math.max(0, offset) / rateHz,
    usableChannels: out.usableChannels,
  };
}

/** Whole samples between the stream's end and `startNs`; within half a sample it is the next one. */
function samplesAfterEnd(stream: LiveStream, startNs: bigint): number {
  if (stream.endNs === null) return 0;
  const exact = (Number(startNs - stream.endNs) / 1e9) * stream.chain.rateHz;
  return Math.round(exact);
}

/** A chain at rest with the verdicts on channels; the ring of samples is used again. */
function restarted({ chain, endNs }: LiveStream): LiveStream {
  const { channelCount, rateHz, distanceKm, settings, context, usable } = chain;
  const fresh = startLiveChain({ channelCount, rateHz, distanceKm, settings });
  return { chain: { ...fresh, context, usable }, endNs, samplesTaken: 0 };
}

function without(packet: ChannelBlock, count: number): ChannelBlock {
  if (count === 0) return packet;
  const { channelCount } = packet;
  const sampleCount = packet.sampleCount - count;
  const samples = new Float32Array(channelCount * sampleCount);
  for (let c = 0; c < channelCount; c++) {
    const end = (c + 1) * packet.sampleCount;
    samples.set(packet.samples.subarray(end - sampleCount, end), c * sampleCount);
  }
  return { samples, channelCount, sampleCount };
}

function nothing(stream: LiveStream, repeated: number): LiveStreamOutput<never> {
  const usableChannels = stream.chain.usable.reduce((sum, x) => sum + x, 0);
  return { stream, gates: [], candidates: [], taken: 0, repeated, gapS: 0, usableChannels };
}

function nanoseconds(seconds: number): bigint {
  return BigInt(Math.round(seconds * 1e9));
}
