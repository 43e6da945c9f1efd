/** Finds the stations that readings name, whatever part of the name each file uses. @module */
import type { EventReadings, PhaseReading, PickStations } from '../../../core/picks.js';
import type { LocatedReading } from './location-model.js';

/** Readings at known stations, and what was left out and why. */
export interface MatchedReadings {
  readonly readings: readonly LocatedReading[];
  readonly ignored: readonly string[];
}

/** A reading later than this after now is a fault of a clock, s. */
const FUTURE_S = 86_400;
/** Readings of one event that lie farther from their median are another event's, s. */
const FAR_S = 600;

/**
 * Names match exactly, by `NET.STA`, or by the bare station code where only one station has it. Of
 * several readings of one station and phase the surest stays, then the earliest.
 */
export function matchStations(input: {
  readonly event: EventReadings;
  readonly stations: PickStations;
  readonly nowS: number;
}): MatchedReadings {
  const { event, stations, nowS } = input;
  const find = finder(stations.ids);
  const ignored = event.ignored.map(({ reason, count }) => `${count} of ${reason}`);
  const times = event.readings.map(({ timeS }) => timeS).sort((a, b) => a - b);
  const middle = times[times.length >> 1] ?? 0;
  const kept = new Map<string, LocatedReading>();
  for (const reading of event.readings) {
    const name = `${reading.station} ${reading.phase}`;
    const row = find(reading.station);
    if (row === null) ignored.push(`${name}: unknown station`);
    else if (row === 'many') ignored.push(`${name}: several stations have this code`);
    else if (reading.timeS > nowS + FUTURE_S) ignored.push(`${name}: in the future`);
    else if (Math.abs(reading.timeS - middle) > FAR_S) {
      ignored.push(`${name}: over ${FAR_S} s from the other readings`);
    } else {
      const key = `${row} ${reading.phase}`;
      const known = kept.get(key);
      if (known) ignored.push(`${name}: a second reading of one phase`);
      if (!known || isSurer(reading, known)) kept.set(key, { ...reading, row });
    }
  }
  return { readings: [...kept.values()].sort((a, b) => a.timeS - b.timeS), ignored };
}

function isSurer(a: PhaseReading, b: PhaseReading): boolean {
  const [sa, sb] = [a.sigmaS ?? Infinity, b.sigmaS ?? Infinity];
  return sa < sb || (sa === sb && a.timeS < b.timeS);
}

function finder(ids: readonly string[]): (name: string) => number | null | 'many' {
  const exact = new Map(ids.map((id, i) => [id, i]));
  const collect = (key: (id: string) => string): Map<string, number | 'many'> => {
    const found = new Map<string, number | 'many'>();
    ids.forEach((id, i) => found.set(key(id), found.has(key(id)) ? 'many' : i));
    return found;
  };
  const byTwo = collect(twoParts);
  const byCode = collect(codeOf);
  return (name) => {
    const own = exact.get(name) ?? byTwo.get(twoParts(name));
    if (own !== undefined && own !== 'many') return own;
    const byBare = byCode.get(codeOf(name));
    if (byBare === undefined) return null;
    // Two networks may share a code; names with different networks are different stations.
    if (byBare === 'many') return 'many';
    const other = ids[byBare] as string;
    return name.includes('.') && other.includes('.') && twoParts(other) !== twoParts(name)
      ? null
      : byBare;
  };
}

const twoParts = (id: string): string => id.split('.').slice(0, 2).join('.');
/** `STA` of `NET.STA.LOC.CHA` and of `STA`. */
const codeOf = (id: string): string => {
  const parts = id.split('.');
  return (parts.length > 1 ? parts[1] : parts[0]) ?? id;
};
