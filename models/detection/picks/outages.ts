/**
 * When stations were probably down, from the picks alone: a stretch in which a station picked nothing
 * although the rest of the network picked more than its share says. Silence there is unknown, not silent
 * (DESIGN 5).
 * @module
 */
import type { PhasePicks } from '../../../core/picks.js';

/** Stretch without picks, s, in which the station was more probably down than up. */
export interface Outage {
  readonly fromS: number;
  readonly toS: number;
}

/** Outages of a station to be found where there is none: what a stretch without picks is held against. */
const FALSE_OUTAGES = 0.1;
/** A station that picked nothing at all is held to this part of the median station's share. */
const QUIET = 0.2;
/** Picks come in bursts, one quake's: the network's activity is counted in minutes that have any. */
const BURST_S = 60;

/**
 * Outages of each station in order of time, [station]. Of the network's active minutes a station takes
 * part in a share f; n active ones without it have probability exp(-f n) where it was up. The longest of
 * its k stretches is counted as an outage where k exp(-f n) is under FALSE_OUTAGES.
 */
export function outagesOf(picks: PhasePicks, stationCount: number): readonly (readonly Outage[])[] {
  const own: number[][] = Array.from({ length: stationCount }, () => []);
  // Number of the pick's active minute, from 1.
  const minute = new Int32Array(picks.count);
  let active = 0;
  let last = Number.NaN;
  for (let i = 0; i < picks.count; i++) {
    const now = Math.floor((picks.timeS[i] as number) / BURST_S);
    if (now !== last) active++;
    last = now;
    minute[i] = active;
    own[picks.station[i] as number]?.push(i);
  }
  const minutesOf = own.map((list) => new Set(list.map((i) => minute[i])).size);
  const heard = minutesOf.filter((n) => n > 0).sort((a, b) => a - b);
  const least = QUIET * (heard[heard.length >> 1] ?? 0);
  return own.map((list, s) => {
    const outages: Outage[] = [];
    const enough = Math.log(((minutesOf[s] as number) + 1) / FALSE_OUTAGES);
    for (let k = 0; k <= list.length; k++) {
      const [from, to] = [list[k - 1], list[k]];
      const before = from === undefined ? 0 : (minute[from] as number);
      const after = to === undefined ? active + 1 : (minute[to] as number);
      const silent = after - before - 1;
      const elsewhere = Math.max(1, active - (list.length === 0 ? 0 : silent));
      const share = Math.max(minutesOf[s] as number, least) / elsewhere;
      if (share * silent <= enough) continue;
      outages.push({
        fromS: from === undefined ? Number.NEGATIVE_INFINITY : (picks.timeS[from] as number),
        toS: to === undefined ? Number.POSITIVE_INFINITY : (picks.timeS[to] as number),
      });
    }
    return outages;
  });
}

/** Whether a time lies in one of a station's outages. */
export function isDown(outages: readonly Outage[], timeS: number): boolean {
  let low = 0;
  let high = outages.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((outages[middle] as Outage).toS <= timeS) low = middle + 1;
    else high = middle;
  }
  const outage = outages[low];
  return outage !== undefined && outage.fromS < timeS;
}
