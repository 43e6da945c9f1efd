/**
 * Coverage of the posterior intervals on simulated quakes and dikes: simulate, invert, compare. One line a
 * case is appended to CASES.jsonl, and cases that are there are not run again.
 * `node --import tsx bench/insar/calibration/run.ts CASES.jsonl COUNT [PART PARTS] [OUT.json]`; several parts may run
 * at once on one file.
 * @module
 */
import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { invertSource } from '../../../models/deformation/invert.js';
import { binomialInterval } from '../../statistics.js';
import { RIGIDITY_PA, simulateCase } from './simulate.js';

interface CaseResult {
  readonly seed: number;
  readonly kind: 'okada' | 'dike';
  /** Share of posterior samples below the truth, by parameter. */
  readonly rank: Readonly<Record<string, number>>;
  readonly mwError: number | null;
  readonly rHat: number;
  readonly seconds: number;
}

const [file = 'cases.jsonl', countText = '200', part = '0', parts = '1', report] =
  process.argv.slice(2);
const count = Number(countText);

const known = (): CaseResult[] =>
  existsSync(file)
    ? readFileSync(file, 'utf8')
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line) as CaseResult)
    : [];

function runCase(seed: number): CaseResult {
  const start = performance.now();
  const { kind, truth, scenes } = simulateCase(seed);
  const result = invertSource({
    ...{ scenes, model: kind, seed, samples: 400, maxPoints: 120, rigidityPa: RIGIDITY_PA },
  });
  const width = result.columns.length;
  const n = result.samples.length / width;
  const rank = Object.fromEntries(
    Object.entries(truth).map(([name, value]) => {
      const k = result.columns.indexOf(name);
      const isAngle = name === 'strikeDeg' || name === 'rakeDeg';
      let below = 0;
      for (let i = 0; i < n; i++) {
        const sample = result.samples[i * width + k] as number;
        const apart = isAngle ? ((((sample - value) % 360) + 540) % 360) - 180 : sample - value;
        if (apart < 0) below++;
      }
      return [name, below / n];
    }),
  );
  const mw = result.mw ? result.mw.mean - (truth['mw'] as number) : null;
  const seconds = (performance.now() - start) / 1000;
  return { seed, kind, rank, mwError: mw, rHat: Math.max(...result.rHat), seconds };
}

const done = new Set(known().map(({ seed }) => seed));
for (let seed = 0; seed < count; seed++) {
  if (seed % Number(parts) !== Number(part) || done.has(seed)) continue;
  const result = runCase(seed);
  appendFileSync(file, `${JSON.stringify(result)}\n`);
  process.stderr.write(`case ${seed} ${result.kind} ${result.seconds.toFixed(1)} s\n`);
}

const cases = known().filter(({ seed }) => seed < count);
const coverage = (['okada', 'dike'] as const).flatMap((kind) => {
  const own = cases.filter((c) => c.kind === kind);
  const names = Object.keys(own[0]?.rank ?? {});
  return names.flatMap((name) =>
    [0.5, 0.9].map((level) => {
      const inside = own.filter(
        (c) => Math.abs((c.rank[name] as number) - 0.5) <= level / 2,
      ).length;
      // 99 %, shared among all parameters and both levels of a kind.
      const n = own.length;
      const tail = 0.005 / (2 * names.length);
      const limits = binomialInterval({ n, p: level, tail }).map((k) => k / n);
      const share = inside / own.length;
      const passes = share >= (limits[0] as number) && share <= (limits[1] as number);
      return { kind, name, level, cases: own.length, share, limits, passes };
    }),
  );
});
const errors = cases.flatMap(({ mwError }) => mwError ?? []);
const bias = errors.reduce((sum, e) => sum + e, 0) / errors.length;
const summary = {
  command: `node --import tsx bench/insar/calibration/run.ts CASES.jsonl ${count}`,
  cases: cases.length,
  mwBias: bias,
  allPass: coverage.every(({ passes }) => passes),
  failing: coverage.filter(({ passes }) => !passes),
  coverage,
};
if (report) writeFileSync(report, `${JSON.stringify(summary, null, 2)}\n`);
process.stdout.write(`${JSON.stringify({ ...summary, coverage: undefined }, null, 2)}\n`);
