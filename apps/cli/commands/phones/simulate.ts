/**
 * One simulated crowd and what the fast path makes of it. In: a seed, a crowd and a scenario. Out:
 * the truth, the alerts and how long they took.
 * @module
 */
import { distanceKm } from '../../../../core/geo.js';
import { createRandom, type Random } from '../../../../core/random.js';
import type { Bounds } from '../../../../core/region.js';
import {
  drawCrowd,
  drawSteady,
  mergeTriggers,
  quakeTriggers,
  STEADY_SHARE,
  triggersAt,
  type CrowdTriggers,
  type PhoneCrowd,
} from '../../../../models/generative/phone-crowd.js';
import {
  ordinary,
  stressEpisode,
  STRESSORS,
  type Episode,
  type Stressor,
} from '../../../../models/generative/phone-stress.js';
import { placeOf } from '../../../../models/phones/network/crowd-grid.js';
import { crowdState } from '../../../../models/phones/network/crowd-state.js';
import {
  crowdDetector,
  type CrowdAlert,
  type CrowdRules,
} from '../../../../models/phones/network/crowd-step.js';
import { runCrowd } from '../../../../models/phones/network/run-crowd.js';

/** Side of the simulated region, degrees. */
const BOUNDS: Bounds = { west: 10, east: 11.8, south: 44, north: 45.4 };
const CELL_KM = 5;
const QUAKE_AT_S = 15;
const QUAKE_LENGTH_S = 35;

export type Scenario = 'quake' | Stressor;

/** Truth of a simulated quake. */
export interface SimulatedQuake {
  readonly timeS: number;
  readonly latitude: number;
  readonly longitude: number;
  readonly depthKm: number;
  readonly magnitude: number;
}

/** Outcome of one episode. */
export interface SimulationResult {
  readonly scenario: Scenario;
  readonly phones: number;
  readonly steady: number;
  readonly triggers: number;
  readonly quake: SimulatedQuake | null;
  readonly alerts: readonly CrowdAlert[];
  /** For a quake: declaration after the arrival of its 4th trigger (data), s; null when missed. */
  readonly afterFourthS: number | null;
  readonly errorKm: number | null;
  /** Longest batch, ms of this machine, when a clock was given. */
  readonly longestBatchMs: number | null;
}

/** A crowd to run many episodes on. */
export function simulatedCrowd(seed: number, phones: number): PhoneCrowd {
  const random = createRandom(seed);
  return drawCrowd({ random, bounds: BOUNDS, cellKm: CELL_KM, count: phones, towns: 25 });
}

/** Runs one episode by day or night. The same seed gives the same episode. */
export function simulateEpisode(input: {
  readonly crowd: PhoneCrowd;
  readonly seed: number;
  readonly scenario: Scenario;
  readonly time: 'day' | 'night';
  readonly leastMagnitude?: number;
  readonly rules?: CrowdRules;
  readonly clockMs?: () => number;
}): SimulationResult {
  const { crowd, scenario } = input;
  const random = createRandom(input.seed);
  const isSteady = drawSteady(random, crowd.count, STEADY_SHARE[input.time]);
  const steady: number[] = [];
  isSteady.forEach((s, i) => {
    if (s === 1 && (crowd.cell[i] as number) >= 0) steady.push(i);
  });
  const untilS = scenario === 'quake' ? QUAKE_LENGTH_S : STRESSORS[scenario].lengthS;
  let quake: SimulatedQuake | null = null;
  let fourthS = Number.NaN;
  const sets: CrowdTriggers[] = [];
  if (scenario === 'quake') {
    quake = drawQuake(random, crowd, steady, input.leastMagnitude ?? 5);
    const own = quakeTriggers({ random, crowd, steady: isSteady, source: quake, untilS });
    fourthS = own.arrivalS[3] ?? Number.NaN;
    sets.push(own, arrivals(random, crowd, ordinary(random, steady, untilS), untilS));
  } else {
    const episode = stressEpisode({ stressor: scenario, random, crowd, steady });
    sets.push(arrivals(random, crowd, episode, untilS));
  }
  const triggers = mergeTriggers(sets);
  const state = crowdState(crowd.grid);
  for (const i of steady) {
    const cell = crowd.cell[i] as number;
    state.active[cell] = (state.active[cell] as number) + 1;
  }
  const { alerts, batchMs } = runCrowd({
    detector: crowdDetector(state, input.rules),
    triggers: {
      cell: Int32Array.from(triggers.phone, (i) => crowd.cell[i] as number),
      device: triggers.phone,
      arrivalS: triggers.arrivalS,
      deviceS: triggers.deviceS,
    },
    fromS: 0,
    untilS,
    first: true,
    ...(input.clockMs ? { clockMs: input.clockMs } : {}),
  });
  const alert = alerts[0];
  return {
    scenario,
    phones: crowd.count,
    steady: steady.length,
    triggers: triggers.phone.length,
    quake,
    alerts,
    afterFourthS: alert && quake ? alert.atS - fourthS : null,
    errorKm: alert && quake ? distanceKm(alert, quake) : null,
    longestBatchMs: batchMs.length === 0 ? null : batchMs.reduce((a, b) => Math.max(a, b)),
  };
}

/** A quake under people: near a phone, Gutenberg-Richter above the least magnitude, 3 to 30 km deep. */
function drawQuake(
  random: Random,
  crowd: PhoneCrowd,
  steady: readonly number[],
  least: number,
): SimulatedQuake {
  const near = steady[random.integer(steady.length)] as number;
  const place = placeOf(
    crowd.grid,
    (crowd.eastKm[near] as number) + 5 * random.normal(),
    (crowd.northKm[near] as number) + 5 * random.normal(),
  );
  const depthKm = 3 + Math.min(27, 9 * random.exponential());
  const magnitude = Math.min(7.5, least + random.exponential() / Math.LN10);
  return { ...place, depthKm, magnitude, timeS: QUAKE_AT_S + random.uniform() };
}

function arrivals(
  random: Random,
  crowd: PhoneCrowd,
  episode: Episode,
  untilS: number,
): CrowdTriggers {
  if (episode.wrongClockS.size === 0) {
    const { phones, timesS } = episode;
    return triggersAt({ random, crowd, phones, timesS, untilS });
  }
  // Wrong clocks are a property of the trigger here: the phone's own is changed for its turn.
  const clockS = crowd.clockS.slice();
  episode.wrongClockS.forEach((error, k) => (clockS[episode.phones[k] as number] = error));
  return triggersAt({
    random,
    crowd: { ...crowd, clockS },
    phones: episode.phones,
    timesS: episode.timesS,
    untilS,
  });
}
