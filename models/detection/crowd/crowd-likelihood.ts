/**
 * Log-likelihood ratio of all phones that only trigger: a quake against false triggers, bursts of
 * single cells, storms of such bursts, and things that reach all phones at once.
 *
 * Each cell is silent or false, or bursts on its own with a small chance pi; with a quake its phones
 * do what the quake makes them do, or those that triggered did so in a burst. pi is small in most windows and large in some
 * (thunderstorm): both are averaged over. Without a quake all phones may also have been shaken at
 * once. So one stadium costs a quake nothing and proves none, and a push message to all phones speaks
 * for a quake no more than the move-out it does not have.
 * @module
 */
import type { CrowdEvidence } from '../../../core/evidence.js';
import { logSumExp } from '../../numerics/special.js';
import type { TravelTimeTable } from '../../traveltime/travel-time-table.js';
import type { EventState } from '../event-prior.js';
import type { DetectionParameters } from '../parameters.js';
import { burstLogRatio, cellBurst, commonBurst } from './bursts.js';
import { cellLogRatio, cellSilence, prepareCell, type PreparedCell } from './cell-likelihood.js';
import { emptyCellPrediction, predictCell, type CrowdTerms } from './cell-model.js';

/** Likelihood of a crowd. Holds scratch space: not for concurrent use. */
export interface CrowdLikelihood {
  readonly cells: readonly PreparedCell[];
  /** Phones that were listened to. */
  readonly active: number;
  /** log p(signals | event) / p(signals | no event). */
  logRatio(event: EventState, terms: CrowdTerms): number;
}

/** Null when no phone is active. */
export function crowdLikelihood(input: {
  readonly crowd: CrowdEvidence;
  readonly table: TravelTimeTable;
  /** Length of window and lead, s: how often bursts are expected in it. */
  readonly spanS: number;
  readonly parameters: DetectionParameters;
}): CrowdLikelihood | null {
  const { crowd, table, spanS, parameters } = input;
  const cells = crowd.cells
    .filter((cell) => cell.active > 0 && cell.uptime.length > 0)
    .map((cell) => prepareCell(cell, crowd.binS, parameters));
  if (cells.length === 0) return null;
  const days = spanS / 86_400;
  const levels = [
    {
      log: Math.log(1 - parameters.crowdStormShare),
      pi: chance(parameters.crowdBurstsPerCellDay * days),
    },
    { log: Math.log(parameters.crowdStormShare), pi: parameters.crowdStormCells },
  ];
  // NaN where too few triggered for a burst.
  const bursts = Float64Array.from(cells, (cell) => {
    const data = cellBurst(cell);
    return data ? burstLogRatio(data) : Number.NaN;
  });
  const sums = new Float64Array(levels.length);
  /** Adds a cell to the sums of both levels; `own` is its log ratio without a burst. */
  const add = (own: number, burst: number): void => {
    const shift = Math.max(own, burst);
    const [a, b] = [Math.exp(own - shift), Math.exp(burst - shift)];
    for (let k = 0; k < levels.length; k++) {
      const { pi } = levels[k] as (typeof levels)[number];
      sums[k] = (sums[k] as number) + shift + Math.log((1 - pi) * a + pi * b);
    }
  };
  const total = (): number => logSumExp(levels.map(({ log }, k) => log + (sums[k] as number)));

  sums.fill(0);
  bursts.forEach((burst) => add(0, Number.isNaN(burst) ? 0 : burst));
  const common = commonBurst(cells);
  const rho = chance(parameters.crowdCommonPerDay * days);
  const without = logSumExp([
    Math.log(1 - rho) + total(),
    Math.log(rho) + (common ? burstLogRatio(common) : 0),
  ]);
  const prediction = emptyCellPrediction();
  return {
    cells,
    active: cells.reduce((sum, { cell }) => sum + cell.active, 0),
    logRatio: (event, terms) => {
      sums.fill(0);
      cells.forEach((prepared, c) => {
        predictCell(prediction, prepared.cell, event, terms, table, parameters);
        const own = cellLogRatio(prepared, prediction);
        const burst = bursts[c] as number;
        add(own, Number.isNaN(burst) ? own : burst + cellSilence(prepared, prediction));
      });
      return total() - without;
    },
  };
}

/** Chance of at least one of so many expected. */
function chance(expected: number): number {
  return -Math.expm1(-expected);
}
