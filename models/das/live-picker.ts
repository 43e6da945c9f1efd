/**
 * The picker behind the gates of a live fibre. In: a stream, packet by packet, and the gates that
 * opened. Out: picks and quakes of the fibre around them, within a bound of work a packet.
 * @module
 */
import { contextOf } from './live-steps.js';
import type { LiveStream, TimedGate } from './live-stream.js';
import {
  pickFibreWindow,
  type FibrePick,
  type PickedEvent,
  type Picker,
} from './picker/pick-fibre-window.js';
import type { OutOfDistribution } from './picker/out-of-distribution.js';
import { groupSizeFor } from './picker/preprocess.js';
import { LEAST_RATE_HZ, LEAST_SECONDS, WINDOW_GROUPS } from './picker/settings.js';

/** What the picker says of a stretch of fibre, over the seconds before the packet's end. */
export interface LiveEvidence {
  /** `first`: as the gate opened; `later`: the same stretch, with what came after the onset. */
  readonly stage: 'first' | 'later';
  /** Numbers of the first and last channel that was looked at. */
  readonly fromChannel: number;
  readonly toChannel: number;
  readonly startNs: bigint;
  readonly endNs: bigint;
  readonly picks: readonly FibrePick[];
  readonly events: readonly PickedEvent[];
  readonly outOfDistribution: OutOfDistribution;
}

/** Takes the stream after each packet, with the gates this packet opened (often none). */
export type LivePicker = (input: {
  readonly stream: LiveStream;
  readonly gates: readonly TimedGate[];
  /** Number of the fibre's first channel. */
  readonly firstChannel: number;
}) => Promise<LiveEvidence[]>;

/** Stretches a packet: each costs some 80 ms on two cores. */
const MOST_STRETCHES = 5;
/** An onset is surer with this much after it, s. */
const LATER_S = 6;

/**
 * Picks around open gates: the network's 32 groups of channels (gates that fall into the same stretch
 * together), at once and again 6 s later. Where more stretches are due than `mostStretches`, new ones
 * spread evenly over the fibre come first; later ones wait for the next packet. Nothing while the
 * stream is shorter than 10 s or under 50 Hz after decimation.
 */
export function createLivePicker(input: {
  readonly picker: Picker;
  readonly mostStretches?: number;
}): LivePicker {
  const { picker, mostStretches = MOST_STRETCHES } = input;
  /** Time at which a stretch is looked at again, by its first channel. */
  let due = new Map<number, bigint>();
  return async ({ stream, gates, firstChannel }) => {
    const { endNs, chain } = stream;
    const lowRateHz = chain.rateHz / chain.settings.decimation;
    if (endNs === null || lowRateHz < LEAST_RATE_HZ) return [];
    const isLong = chain.samplesMade >= LEAST_SECONDS * lowRateHz;
    const size = Math.min(chain.channelCount, channelsOfStretch(chain.distanceKm));
    // After a gap the stream begins anew: what was due is not there any more.
    const opened = stretchStarts(gates, chain.channelCount, size);
    const first = isLong ? spread(opened, mostStretches) : [];
    const ripe = [...due].filter(([, at]) => at <= endNs).map(([from]) => from);
    const later = isLong ? ripe.slice(0, mostStretches - first.length) : [];
    for (const from of later) due.delete(from);
    for (const from of opened) due.set(from, endNs + BigInt(LATER_S * 1e9));
    // Nothing is owed to a fibre that has changed, or to gates of a minute ago.
    due = new Map(
      [...due].filter(([from, at]) => from + size <= chain.channelCount && at + MINUTE_NS > endNs),
    );
    const found: LiveEvidence[] = [];
    for (const [stage, starts] of [
      ['first', first],
      ['later', later],
    ] as const) {
      // Neighbours together: a quake is declared by all of the fibre that hears it.
      for (const stretch of joined(starts, size)) {
        found.push({ stage, ...(await pickStretch({ picker, stream, firstChannel, ...stretch })) });
      }
    }
    return found;
  };
}

const MINUTE_NS = 60_000_000_000n;

async function pickStretch(input: {
  readonly picker: Picker;
  readonly stream: LiveStream;
  readonly firstChannel: number;
  readonly from: number;
  readonly to: number;
}): Promise<Omit<LiveEvidence, 'stage'>> {
  const { picker, stream, firstChannel, from, to } = input;
  const { chain, endNs } = stream;
  const { block, startS, rateHz } = contextOf(chain, { from, to }, chain.usable);
  chain.usable.subarray(from, to).forEach((isUsable, c) => {
    const { samples, sampleCount } = block;
    if (isUsable === 0) samples.fill(0, c * sampleCount, (c + 1) * sampleCount);
  });
  const agoS = stream.samplesTaken / chain.rateHz - startS;
  const startNs = (endNs ?? 0n) - BigInt(Math.round(agoS * 1e9));
  const { picks, events, outOfDistribution } = await pickFibreWindow({
    picker,
    ...block,
    rateHz,
    startNs,
    distanceM: Array.from(chain.distanceKm.subarray(from, to), (km) => 1000 * km),
    channels: Array.from({ length: to - from }, (_, c) => firstChannel + from + c),
  });
  return {
    fromChannel: firstChannel + from,
    toChannel: firstChannel + to - 1,
    startNs,
    endNs: startNs + BigInt(Math.round((block.sampleCount / rateHz) * 1e9)),
    picks,
    events,
    outOfDistribution,
  };
}

/** Channels that make the network's 32 groups at the fibre's spacing. */
function channelsOfStretch(distanceKm: Float64Array): number {
  const last = distanceKm.length - 1;
  const lengthM = 1000 * ((distanceKm[last] as number) - (distanceKm[0] as number));
  return WINDOW_GROUPS * groupSizeFor(last > 0 ? lengthM / last : 10);
}

/** First channels of the stretches of `size` channels in which gates opened, ascending. */
function stretchStarts(gates: readonly TimedGate[], channelCount: number, size: number): number[] {
  const starts = gates.map(({ from, to }) => {
    const middle = (from + to) >> 1;
    return Math.min(Math.floor(middle / size) * size, channelCount - size);
  });
  return [...new Set(starts)].sort((a, b) => a - b);
}

/** Stretches that touch or overlap as one. */
function joined(starts: readonly number[], size: number): { from: number; to: number }[] {
  const runs: { from: number; to: number }[] = [];
  for (const from of [...starts].sort((a, b) => a - b)) {
    const last = runs.at(-1);
    if (last && from <= last.to) last.to = from + size;
    else runs.push({ from, to: from + size });
  }
  return runs;
}

function spread(all: readonly number[], most: number): number[] {
  const count = Math.min(all.length, most);
  return Array.from(
    { length: count },
    (_, k) => all[Math.floor(((k + 0.5) * all.length) / count)] as number,
  );
}
