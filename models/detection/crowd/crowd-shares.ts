/**
 * Which triggers of a crowd an event explains, and which cells it shook. Draws in, posterior means out.
 * @module
 */
import type { LatLon } from '../../../core/geo.js';
import type { EventState } from '../event-prior.js';
import type { DetectionParameters } from '../parameters.js';
import type { TravelTimeTable } from '../../traveltime/travel-time-table.js';
import { cellShares } from './cell-likelihood.js';
import { emptyCellPrediction, predictCell, type CrowdTerms } from './cell-model.js';
import type { CrowdLikelihood } from './crowd-likelihood.js';

/** What an event explains of a crowd. */
export interface CrowdShares {
  /** Expected number of its triggers. */
  readonly triggers: number;
  /** Cells with more than one of them. */
  readonly places: readonly LatLon[];
  /** Cells it shook, by id: s from the window's start. */
  readonly shaken: ReadonlyMap<string, { readonly startS: number; readonly endS: number }>;
}

/** Cells where fewer phones than this share were moved hear other events as before. */
const SHAKEN_SHARE = 0.02;
const BEFORE_P_S = 3;
/** A phone is deaf for this long after its trigger, s. */
const DEAF_S = 30;

/** Posterior means over draws of the event. */
export function crowdShares(input: {
  readonly crowd: CrowdLikelihood;
  readonly draws: readonly { readonly event: EventState; readonly terms: CrowdTerms }[];
  readonly table: TravelTimeTable;
  readonly parameters: DetectionParameters;
}): CrowdShares {
  const { crowd, draws, table, parameters } = input;
  const prediction = emptyCellPrediction();
  const places: LatLon[] = [];
  const shaken = new Map<string, { startS: number; endS: number }>();
  let triggers = 0;
  for (const prepared of crowd.cells) {
    const { cell } = prepared;
    let [own, share, startS, endS] = [0, 0, 0, 0];
    for (const { event, terms } of draws) {
      predictCell(prediction, cell, event, terms, table, parameters);
      const perBin = cellShares(prepared, prediction);
      perBin.forEach((p, b) => (own += p * (prepared.count[b] as number)));
      share += prediction.heard;
      startS += prediction.timeP;
      endS += prediction.timeS;
    }
    const n = draws.length;
    triggers += own / n;
    if (own / n > 1) places.push({ latitude: cell.latitude, longitude: cell.longitude });
    if (share / n < SHAKEN_SHARE && own / n < 0.5) continue;
    shaken.set(cell.cellId, { startS: startS / n - BEFORE_P_S, endS: endS / n + DEAF_S });
  }
  return { triggers, places, shaken };
}
