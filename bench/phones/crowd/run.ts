/**
 * False and missed alerts of the fast path over many simulated episodes.
 * `node --import tsx bench/phones/crowd/run.ts --scenario NAME --episodes N --phones N [--out FILE]`
 * @module
 */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import {
  simulatedCrowd,
  simulateEpisode,
  type Scenario,
} from '../../../apps/cli/commands/phones/simulate.js';
import { STRESSORS } from '../../../models/generative/phone-stress.js';

const { values } = parseArgs({
  options: {
    scenario: { type: 'string', default: 'quake' },
    episodes: { type: 'string', default: '200' },
    phones: { type: 'string', default: '20000' },
    seed: { type: 'string', default: '1000' },
    seconds: { type: 'string', default: '100000' },
    out: { type: 'string' },
    verbose: { type: 'boolean', default: false },
  },
});
const scenario = values.scenario as Scenario;
const started = Date.now();
let [episodes, alerted] = [0, 0];
const afterFourth: number[] = [];
const errors: number[] = [];
const batch: number[] = [];
// A new crowd every 50 episodes: towns and phones are drawn too.
let crowd = simulatedCrowd(0, Number(values.phones));
for (; episodes < Number(values.episodes); episodes++) {
  if (Date.now() - started > 1000 * Number(values.seconds)) break;
  const seed = Number(values.seed) + episodes;
  if (episodes % 50 === 0) crowd = simulatedCrowd(seed, Number(values.phones));
  const result = simulateEpisode({
    crowd,
    seed,
    scenario,
    time: episodes % 2 === 0 ? 'day' : 'night',
    clockMs: () => performance.now(),
  });
  const alert = result.alerts[0];
  if (alert) alerted++;
  if (result.afterFourthS !== null) afterFourth.push(result.afterFourthS);
  if (result.errorKm !== null) errors.push(result.errorKm);
  if (result.longestBatchMs !== null) batch.push(result.longestBatchMs);
  const wrong = scenario === 'quake' ? !alert : Boolean(alert);
  if (wrong && values.verbose) process.stderr.write(`${JSON.stringify({ seed, ...result })}\n`);
}
const at = (sorted: number[], share: number): number | null =>
  sorted.sort((a, b) => a - b)[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ??
  null;
const quantiles = (list: number[]): unknown => ({
  p50: at(list, 0.5),
  p95: at(list, 0.95),
  largest: at(list, 1),
});
const perYear = scenario === 'quake' ? null : STRESSORS[scenario].perYear;
const wrong = scenario === 'quake' ? episodes - alerted : alerted;
const upper = poissonUpper95(wrong);
const text = `${JSON.stringify(
  {
    scenario,
    phones: Number(values.phones),
    episodes,
    alerted,
    ...(perYear === null
      ? { missed: wrong, missedShare: wrong / episodes, missedShareUpper95: upper / episodes }
      : {
          regionYears: episodes / perYear,
          falsePerRegionYear: (wrong / episodes) * perYear,
          falsePerRegionYearUpper95: (upper / episodes) * perYear,
        }),
    afterFourthTriggerS: quantiles(afterFourth),
    errorKm: quantiles(errors),
    longestBatchMs: quantiles(batch),
    wallS: (Date.now() - started) / 1000,
  },
  null,
  2,
)}\n`;
if (values.out !== undefined) writeFileSync(values.out, text);
process.stdout.write(text);

/** One-sided 95 % upper limit of a Poisson mean, by bisection on its tail. */
function poissonUpper95(count: number): number {
  const below = (mean: number): number => {
    let term = Math.exp(-mean);
    let sum = term;
    for (let k = 1; k <= count; k++) sum += term *= mean / k;
    return sum;
  };
  let [low, high] = [count, 2 * count + 20];
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2;
    if (below(middle) > 0.05) low = middle;
    else high = middle;
  }
  return high;
}
