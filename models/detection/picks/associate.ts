/**
 * Associates picks: search, greedy births, learning, moves, births again. Picks, stations, travel
 * times and parameters in, events with their picks out.
 * @module
 */
import type { PhasePicks, PickStations } from '../../../core/picks.js';
import type { TravelTimes } from '../../traveltime/travel-times.js';
import { createFitter, FROM_FIT, FROM_SEARCH, type EventFit, type FitStart } from './fit.js';
import { learn } from './learn.js';
import type { PickParameters } from './parameters.js';
import { pickModel, type PickModel } from './pick-model.js';
import { createWorld, type World } from './world.js';
import { scan } from './scan.js';

/** Associated events and the model they were found with. */
export interface Association {
  /** In order of time. */
  readonly events: readonly EventFit[];
  /** Index of each pick's event, or -1, [pick]. */
  readonly owner: Int32Array;
  readonly model: PickModel;
  readonly passes: readonly PassReport[];
}

/** Tells whether a pick is that of an event more probable than not. */
export function takenPicks({ events, owner }: Association): (pick: number) => boolean {
  return (pick) => (events[owner[pick] as number]?.logOdds ?? -1) > 0;
}

/** What one pass did. */
export interface PassReport {
  readonly candidates: number;
  readonly born: number;
  readonly died: number;
  readonly merged: number;
  readonly events: number;
  readonly seconds: number;
}

/** Stack from which a candidate is fitted, nats, by pass: strong events take their side lobes away. */
const STACK_THRESHOLDS = [24, 15, 11.5] as const;
/** Events less probable than this are not carried from pass to pass. */
const KEEP_LOG_ODDS = -4;

/** Runs all passes. Deterministic. */
export function associate(input: {
  readonly picks: PhasePicks;
  readonly stations: PickStations;
  readonly table: TravelTimes;
  readonly parameters: PickParameters;
  /** Default 3: find, learn and find again, refine. */
  readonly passes?: number;
  readonly learnsTerms?: boolean;
  readonly onPass?: (report: PassReport) => void;
}): Association {
  const { passes = 3, learnsTerms = true } = input;
  let model = pickModel(input);
  const world = createWorld(input.picks.count);
  const reports: PassReport[] = [];
  for (let pass = 0; pass < passes; pass++) {
    const begin = performance.now();
    if (pass > 0) {
      model = learn({ model, events: world.list(), owner: world.claims.owner, learnsTerms });
    }
    const fitter = createFitter(model);
    const refit = (start: FitStart, self: number, contest: boolean): EventFit | null =>
      fitter.fit({ start, claims: world.claims, self, rounds: FROM_FIT, contest });
    let died = 0;
    let merged = 0;
    if (pass > 0) {
      died = world.refitAll({ refit, keepLogOdds: KEEP_LOG_ODDS });
      merged = world.mergeAll({ refit });
    }
    const candidates = scan({
      model,
      isFree: (pick) => (world.claims.owner[pick] as number) < 0,
      threshold: STACK_THRESHOLDS[Math.min(pass, STACK_THRESHOLDS.length - 1)] as number,
    });
    const fits: EventFit[] = [];
    for (const candidate of candidates) {
      const fit = fitter.fit({
        start: { ...candidate, magnitude: Number.NaN },
        claims: world.claims,
        self: -1,
        rounds: FROM_SEARCH,
        contest: false,
      });
      if (fit && fit.logOdds > KEEP_LOG_ODDS) fits.push(fit);
    }
    const born = world.bear({ fits, refit, keepLogOdds: KEEP_LOG_ODDS });
    if (pass > 0) {
      died += world.refitAll({ refit, keepLogOdds: KEEP_LOG_ODDS });
      merged += world.mergeAll({ refit });
    }
    const seconds = (performance.now() - begin) / 1000;
    const events = world.list().length;
    const report = { candidates: candidates.length, born, died, merged, events, seconds };
    reports.push(report);
    input.onPass?.(report);
  }
  return { ...inOrder(world), model, passes: reports };
}

function inOrder(world: World): { events: EventFit[]; owner: Int32Array } {
  const events = [...world.list()].sort((a, b) => a.timeS - b.timeS);
  const owner = new Int32Array(world.claims.owner.length).fill(-1);
  events.forEach((event, i) => event.picks.forEach((pick) => (owner[pick] = i)));
  return { events, owner };
}
