/**
 * The learned starting model beside the random starts of the search, on held-out simulated scenes and on Thessaly.
 * `QUAKELOOM_DATA=... node --import tsx bench/insar/starting-model/run.ts CASES.jsonl COUNT [OUT.json]`
 * One line a case is appended to CASES.jsonl, and cases that are there are not run again.
 * @module
 */
import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { loadBackend } from '../../../models/backend.js';
import { readStartingModel } from '../../../models/deformation/starting-model/weights-file.js';
import { thessalyScene } from '../../../test/support/insar-samples.js';
import { prepareRace, type Race, type Step } from './race.js';
import { heldOutCase } from './simulate.js';
import { summarise, type CaseLine } from './summarise.js';

const [file = 'cases.jsonl', countText = '60', report] = process.argv.slice(2);
const backend = await loadBackend();
const stored = readStartingModel(process.env['STARTING_MODEL_DIR']);

/** Random starts of the search as it is. */
const STARTS = 36;
/** Real scenes are run from so many seeds. */
const REAL_SEEDS = 5;

function search(race: ReturnType<typeof prepareRace>, seed: number) {
  const random = race.random(STARTS, seed);
  const screened = race.screened(240, 8, seed);
  const learned = race.learned(backend, stored);
  return { random, screened, learned };
}

const line = ({ before, steps, seconds }: Race) => ({ before, steps, seconds });

function runSimulated(seed: number): CaseLine {
  const { kind, tracks, truth, scenes, signalToNoise } = heldOutCase(seed);
  const race = prepareRace(scenes, kind, seed);
  const names = race.model.parameters.slice(0, race.model.shapeCount).map(({ name }) => name);
  const fromTruth = race.from(names.map((name) => truth[name] as number));
  const { random, screened, learned } = search(race, seed);
  const errorOf = (starts: Race['starts']) =>
    starts.map((start) =>
      Object.fromEntries(names.map((name, i) => [name, apart(name, start[i], truth[name])])),
    );
  return {
    ...{ name: `simulated-${seed}`, kind, tracks, signalToNoise, names },
    radiusM: race.signal.radiusM,
    chi2FromTruth: (fromTruth.steps[0] as Step).chi2,
    arms: { random: line(random), screened: line(screened), learned: line(learned) },
    errors: { random: errorOf(random.starts), learned: errorOf(learned.starts) },
  };
}

/** Difference of a start to the truth: degrees round the circle, metres, or the logarithm of a ratio of lengths. */
function apart(name: string, value = Number.NaN, truth = Number.NaN): number {
  if (name === 'strikeDeg') return Math.abs(((((value - truth) % 360) + 540) % 360) - 180);
  if (name === 'lengthM' || name === 'widthM') return Math.abs(Math.log(value / truth));
  return Math.abs(value - truth);
}

function runReal(seed: number): CaseLine {
  const race = prepareRace([thessalyScene()], 'okada', seed);
  const { random, screened, learned } = search(race, seed);
  return {
    ...{ name: `thessaly-${seed}`, kind: 'okada', tracks: 1, signalToNoise: null, names: [] },
    ...{ radiusM: race.signal.radiusM, chi2FromTruth: null },
    arms: { random: line(random), screened: line(screened), learned: line(learned) },
    errors: null,
  };
}

const known = (): CaseLine[] =>
  existsSync(file)
    ? readFileSync(file, 'utf8')
        .split('\n')
        .filter((text) => text !== '')
        .map((text) => JSON.parse(text) as CaseLine)
    : [];
const done = new Set(known().map(({ name }) => name));
const wanted = [
  ...Array.from({ length: REAL_SEEDS }, (_, k) => ({
    name: `thessaly-${k + 1}`,
    run: () => runReal(k + 1),
  })),
  ...Array.from({ length: Number(countText) }, (_, seed) => ({
    name: `simulated-${seed}`,
    run: () => runSimulated(seed),
  })),
];
for (const { name, run } of wanted) {
  if (done.has(name)) continue;
  const result = run();
  appendFileSync(file, `${JSON.stringify(result)}\n`);
  process.stderr.write(`${name} ${result.arms.random.seconds.toFixed(1)} s\n`);
}
const names = new Set(wanted.map(({ name }) => name));
const summary = {
  command: `node --import tsx bench/insar/starting-model/run.ts CASES.jsonl ${countText}`,
  training: stored.file.training,
  ...summarise(known().filter(({ name }) => names.has(name))),
};
if (report) writeFileSync(report, `${JSON.stringify(summary, null, 2)}\n`);
process.stdout.write(`${JSON.stringify(summary, null, 2)}\n`);
