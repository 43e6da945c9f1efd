/** Our associations in the words of the scorer. @module */
import type { PhasePicks } from '../../core/picks.js';
import type { EventFit } from '../../models/detection/picks/fit.js';
import type { FoundEvent } from './score.js';

/** Fitted events with their picks as rows of the file; their rank is their log odds. */
export function foundOf(picks: PhasePicks, events: readonly EventFit[]): FoundEvent[] {
  return events.map((event) => ({
    timeS: event.timeS,
    eastKm: event.eastKm,
    northKm: event.northKm,
    depthKm: event.depthKm,
    magnitude: event.magnitude,
    rank: event.logOdds,
    picks: Array.from(event.picks, (pick) => picks.sourceIndex[pick] as number),
  }));
}

/** Runs `work` and gives its result with the process's CPU seconds meanwhile (all threads). */
export function cpuOf<Result>(work: () => Result): { association: Result; cpuS: number } {
  const before = process.cpuUsage();
  const association = work();
  const used = process.cpuUsage(before);
  return { association, cpuS: (used.user + used.system) / 1e6 };
}
