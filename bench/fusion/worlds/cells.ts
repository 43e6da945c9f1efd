/**
 * Calibration of the cells of reports alone, by weighing draws of the prior:
 * `node --import tsx bench/fusion/worlds/cells.ts [WORLDS]` prints shares of truths inside central
 * intervals as JSON.
 * @module
 */
import { createRandom } from '../../../core/random.js';
import type { EventState } from '../../../models/detection/event-prior.js';
import { DEFAULT_PARAMETERS } from '../../../models/detection/parameters.js';
import { cellLikelihood } from '../../../models/detection/report-cells.js';
import { normalizedWeights } from '../../../models/numerics/weighted.js';
import { kolmogorovSmirnov } from '../../statistics.js';
import { PRIOR } from './stage.js';
import { drawWorld } from './world.js';

const worlds = Number(process.argv[2] ?? 400);
const DRAWS = 4000;
const FIRST_SEED = 700_000;
const LEVELS = [0.5, 0.9, 0.95] as const;
const KEYS = ['latitude', 'longitude', 'depthKm', 'magnitude'] as const;

const random = createRandom(99);
/** Weight of the draws below the truth, by parameter; null when no cell spoke. */
function levelsOf(seed: number): readonly number[] | null {
  const { truth, evidence } = drawWorld({ seed, kind: 'quake' });
  const cells = cellLikelihood(evidence.reports?.cells ?? [], DEFAULT_PARAMETERS);
  if (!truth || !cells) return null;
  const draws = Array.from({ length: DRAWS }, (): EventState => PRIOR.draw(random));
  const weights = normalizedWeights(draws.map((draw) => cells.logRatio(draw)));
  return KEYS.map((key) =>
    draws.reduce((sum, draw, i) => sum + (draw[key] < truth[key] ? (weights[i] as number) : 0), 0),
  );
}

const levels = Array.from({ length: worlds }, (_, i) => levelsOf(FIRST_SEED + i)).filter(
  (row) => row !== null,
);
const table = KEYS.map((parameter, k) => {
  const own = levels.map((row) => row[k] as number);
  const inside = (level: number): number =>
    own.filter((v) => Math.abs(v - 0.5) <= level / 2).length / own.length;
  return {
    parameter,
    worlds: own.length,
    inside: Object.fromEntries(LEVELS.map((level) => [level, inside(level)])),
    pValue: kolmogorovSmirnov(own).pValue,
  };
});
process.stdout.write(`${JSON.stringify(table, null, 2)}\n`);
