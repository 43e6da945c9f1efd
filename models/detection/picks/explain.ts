/** Why an association declared nothing, in a sentence for people. @module */
import type { Association } from './associate.js';
import { isDeclared } from './summarise.js';

/** Null when at least one event was declared. */
export function whyNoEvent(association: Association): string | null {
  const { model, events, passes } = association;
  const { picks, parameters } = model;
  if (events.some((event) => isDeclared(model, event))) return null;
  if (picks.count === 0) return 'there are no usable picks';
  const heard = new Set(picks.station).size;
  if (heard < parameters.minStations) {
    return `picks come from ${heard} station${heard === 1 ? '' : 's'}; an event needs ${parameters.minStations}`;
  }
  if (picks.count < parameters.minPicks) {
    return `there are ${picks.count} picks; an event needs ${parameters.minPicks}`;
  }
  const candidates = passes.reduce((sum, pass) => sum + pass.candidates, 0);
  if (candidates === 0) return 'at no place and time do enough picks agree with one origin';
  if (events.length === 0) {
    return `${candidates} candidate origins were tried; none explains ${parameters.minPicks} picks at ${parameters.minStations} stations better than false picks do`;
  }
  const best = events.reduce((a, b) => (a.logOdds > b.logOdds ? a : b));
  return `the most probable of ${events.length} candidates has log odds ${best.logOdds.toFixed(1)} from ${best.picks.length} picks; ${parameters.declareLogOdds} are asked for`;
}
