/**
 * The gate between single-channel triggers and evidence: N of M neighbouring channels must trigger
 * along one plausible move-out. In: onsets of channels. Out: gates that open. Traffic crosses a group
 * too slowly, spikes and fading touch too few channels.
 * @module
 */
import { median } from '../signal/robust.js';

export interface GateSettings {
  /** M: channels of a group; groups overlap by half. */
  readonly groupChannels: number;
  /** N: least number of a group's usable channels that agree, and least share of them. */
  readonly leastChannels: number;
  readonly leastShare: number;
  /** Largest |slowness| along the fibre, s/km: 1 / 1.5 km/s. */
  readonly maxSKm: number;
  /** Onsets agree within this of the move-out, s. */
  readonly toleranceS: number;
  /** A group does not open again within this, s. */
  readonly refractoryS: number;
}

export const DEFAULT_GATE_SETTINGS: GateSettings = {
  groupChannels: 40,
  leastChannels: 12,
  leastShare: 0.5,
  maxSKm: 1 / 1.5,
  toleranceS: 0.3,
  refractoryS: 2,
};

/** One group of channels that saw something cross them as a seismic wave does. */
export interface OpenGate {
  /** Channels `[from, to)` of the group. */
  readonly from: number;
  readonly to: number;
  /** Onset in the middle of the group, s of the stream (sample 0 is at 0 s). */
  readonly timeS: number;
  /** Robust spread of the channels' onsets around the move-out, s. */
  readonly spreadS: number;
  /** Best slowness, s/km; positive arrives later at higher channels. */
  readonly slownessSKm: number;
  /** Channels that agree, and usable channels of the group. */
  readonly agreeing: number;
  readonly usable: number;
  /** Median over agreeing channels of their largest STA/LTA in the packet. */
  readonly ratio: number;
}

export interface GateInput {
  /** Latest onset of each channel, s of the stream; -Infinity before the first. */
  readonly onsetS: Float64Array;
  /** Largest STA/LTA of each channel in this packet. */
  readonly peak: Float32Array;
  /** 1 for channels that count. */
  readonly usable: Uint8Array;
  readonly distanceKm: Float64Array;
  /** When each group opened last, s of the stream; [group], overwritten. */
  readonly openedS: Float64Array;
  /** Time of the packet's first sample, s of the stream: older onsets alone open nothing. */
  readonly packetS: number;
  readonly settings: GateSettings;
}

/** Groups of a fibre: every half group, the last one ending with the fibre. */
export function gateGroups(
  channelCount: number,
  settings: GateSettings,
): { from: number; to: number }[] {
  const size = Math.min(settings.groupChannels, channelCount);
  const hop = Math.max(1, Math.floor(size / 2));
  const groups: { from: number; to: number }[] = [];
  for (let from = 0; from + size <= channelCount; from += hop)
    groups.push({ from, to: from + size });
  const last = groups[groups.length - 1];
  if (last && last.to < channelCount) groups.push({ from: channelCount - size, to: channelCount });
  return groups;
}

/** Gates that open with this packet, in channel order. */
export function openGates(input: GateInput): OpenGate[] {
  const { settings, openedS } = input;
  return gateGroups(input.onsetS.length, settings).flatMap((group, g) => {
    const gate = tryGroup(input, group.from, group.to);
    if (!gate || gate.timeS - (openedS[g] as number) < settings.refractoryS) return [];
    openedS[g] = gate.timeS;
    return [gate];
  });
}

function tryGroup(input: GateInput, from: number, to: number): OpenGate | null {
  const { onsetS, usable, distanceKm, packetS, settings } = input;
  const middleKm = ((distanceKm[from] as number) + (distanceKm[to - 1] as number)) / 2;
  let [count, fresh, reachKm] = [0, 0, 0];
  for (let c = from; c < to; c++) {
    reachKm = Math.max(reachKm, Math.abs((distanceKm[c] as number) - middleKm));
    if (usable[c] === 0) continue;
    count++;
    if ((onsetS[c] as number) >= packetS) fresh++;
  }
  const needed = Math.max(settings.leastChannels, Math.ceil(settings.leastShare * count));
  if (fresh === 0 || count < needed) return null;
  // Onsets older than the slowest wave needs across the group belong to something else.
  const oldest = packetS - 2 * reachKm * settings.maxSKm - settings.toleranceS;
  const channels: number[] = [];
  for (let c = from; c < to; c++) {
    if (usable[c] !== 0 && (onsetS[c] as number) >= oldest) channels.push(c);
  }
  if (channels.length < needed) return null;
  const best = bestMoveout({ channels, onsetS, distanceKm, middleKm, reachKm, settings });
  if (best.agreeing.length < needed) return null;
  const residuals = best.agreeing.map((c) => reduced(input, c, middleKm, best.slownessSKm));
  const timeS = median(residuals);
  return {
    from,
    to,
    timeS,
    spreadS: 1.4826 * median(residuals.map((r) => Math.abs(r - timeS))),
    slownessSKm: best.slownessSKm,
    agreeing: best.agreeing.length,
    usable: count,
    ratio: median(best.agreeing.map((c) => input.peak[c] as number)),
  };
}

function reduced(
  input: Pick<GateInput, 'onsetS' | 'distanceKm'>,
  channel: number,
  middleKm: number,
  slownessSKm: number,
): number {
  const offset = (input.distanceKm[channel] as number) - middleKm;
  return (input.onsetS[channel] as number) - slownessSKm * offset;
}

/** The slowness whose move-out most channels share, nearer to the vertical one of equals. */
function bestMoveout(input: {
  readonly channels: readonly number[];
  readonly onsetS: Float64Array;
  readonly distanceKm: Float64Array;
  readonly middleKm: number;
  readonly reachKm: number;
  readonly settings: GateSettings;
}): { slownessSKm: number; agreeing: readonly number[] } {
  const { channels, middleKm, reachKm, settings } = input;
  const { maxSKm, toleranceS } = settings;
  // Half a tolerance at the ends of the group a step.
  const steps = Math.ceil((2 * reachKm * maxSKm) / toleranceS);
  let best: { slownessSKm: number; agreeing: readonly number[]; width: number } = {
    slownessSKm: 0,
    agreeing: [],
    width: Infinity,
  };
  for (let step = -steps; step <= steps; step++) {
    const slownessSKm = steps === 0 ? 0 : (step * maxSKm) / steps;
    const sorted = channels
      .map((c) => ({ c, t: reduced(input, c, middleKm, slownessSKm) }))
      .sort((a, b) => a.t - b.t);
    for (let i = 0, j = 0; i < sorted.length; i++) {
      const start = (sorted[i] as { t: number }).t;
      while (j < sorted.length && (sorted[j] as { t: number }).t - start <= toleranceS) j++;
      const width = (sorted[j - 1] as { t: number }).t - start;
      const n = j - i;
      if (n < best.agreeing.length || (n === best.agreeing.length && width >= best.width)) continue;
      best = { slownessSKm, agreeing: sorted.slice(i, j).map(({ c }) => c), width };
    }
  }
  return best;
}
