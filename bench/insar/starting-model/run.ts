/**
 * The learned starting model beside the random starts of the search, on held-out simulated scenes and on Thessaly.
 * `QUAKELOOM_DATA=... node --import tsx bench/insar/starting-model/run.ts CASES.jsonl COUNT [OUT.json]`
 * One line a case and search is appended to CASES.jsonl; those that are there are not run again.
 * @module
 */
import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { loadBackend } from '../../../models/backend.js';
import { readStartingModel } from '../../../models/deformation/starting-model/weights-file.js';
import { thessalyScene } from '../../../test/support/insar-samples.js';
import { prepareRace, type Race } from './race.js';
import { heldOutCase } from './simulate.js';
import { ARMS, summarise, type Arm, type CaseLine } from './summarise.js';

const [file = 'cases.jsonl', countText = '40', report] = process.argv.slice(2);
const stored = readStartingModel(process.env['STARTING_MODEL_DIR']);
const learned = [await loadBackend(), stored] as const;

/** Random starts of the search as it is. */
const STARTS = 36;
/** Real scenes are run from so many seeds. */
const REAL_SEEDS = 5;
/** Cases of lower seeds chose how many starts of each origin are refined. */
const FIRST_SEED = 100;

type Prepared = ReturnType<typeof prepareRace>;
const SEARCHES: Readonly<Record<Arm, (race: Prepared, seed: number) => Race>> = {
  random: (race, seed) => race.random(STARTS, seed),
  screened: (race, seed) => race.screened(240, 8, seed),
  likely: (race) => race.likely(learned),
  mixed: (race) => race.mixed(learned),
};

function runSimulated(seed: number, arm: Arm | 'truth'): CaseLine {
  const { kind, tracks, truth, scenes, signalToNoise } = heldOutCase(seed);
  const race = prepareRace(scenes, kind, seed);
  const names = race.model.parameters.slice(0, race.model.shapeCount).map(({ name }) => name);
  const { before, steps, seconds, starts } =
    arm === 'truth'
      ? race.from(names.map((name) => truth[name] as number))
      : SEARCHES[arm](race, seed);
  return {
    ...{ name: `simulated-${seed}`, arm, kind, tracks, signalToNoise, before, steps, seconds },
    radiusM: race.signal.radiusM,
    errors: starts.map((start) =>
      Object.fromEntries(names.map((name, i) => [name, apart(name, start[i], truth[name])])),
    ),
  };
}

function runReal(seed: number, arm: Arm): CaseLine {
  const race = prepareRace([thessalyScene()], 'okada', seed);
  const { before, steps, seconds } = SEARCHES[arm](race, seed);
  return {
    ...{ name: `thessaly-${seed}`, arm, kind: 'okada', tracks: 1, signalToNoise: null },
    ...{ before, steps, seconds, radiusM: race.signal.radiusM, errors: [] },
  };
}

/** Difference of a start to the truth: degrees round the circle, metres, or the logarithm of a ratio of lengths. */
function apart(name: string, value = Number.NaN, truth = Number.NaN): number {
  if (name === 'strikeDeg') return Math.abs(((((value - truth) % 360) + 540) % 360) - 180);
  if (name === 'lengthM' || name === 'widthM') return Math.abs(Math.log(value / truth));
  return Math.abs(value - truth);
}

const known = (): CaseLine[] =>
  existsSync(file)
    ? readFileSync(file, 'utf8')
        .split('\n')
        .filter((text) => text !== '')
        .map((text) => JSON.parse(text) as CaseLine)
    : [];
const done = new Set(known().map(({ name, arm }) => `${name} ${arm}`));
const wanted = [
  ...Array.from({ length: REAL_SEEDS }, (_, k) =>
    ARMS.map((arm) => ({ name: `thessaly-${k + 1}`, arm, run: () => runReal(k + 1, arm) })),
  ),
  ...Array.from({ length: Number(countText) }, (_, k) =>
    ([...ARMS, 'truth'] as const).map((arm) => ({
      ...{ name: `simulated-${FIRST_SEED + k}`, arm },
      run: () => runSimulated(FIRST_SEED + k, arm),
    })),
  ),
].flat();
for (const { name, arm, run } of wanted) {
  if (done.has(`${name} ${arm}`)) continue;
  const result = run();
  appendFileSync(file, `${JSON.stringify(result)}\n`);
  process.stderr.write(`${name} ${arm} ${result.seconds.toFixed(1)} s\n`);
}
const names = new Set(wanted.map(({ name }) => name));
const summary = {
  command: `node --import tsx bench/insar/starting-model/run.ts CASES.jsonl ${countText}`,
  training: stored.file.training,
  ...summarise(known().filter(({ name }) => names.has(name))),
};
if (report) writeFileSync(report, `${JSON.stringify(summary, null, 2)}\n`);
process.stdout.write(`${JSON.stringify(summary, null, 2)}\n`);
