/**
 * Calibration on simulated worlds:
 * `node --import tsx bench/fusion/worlds/run.ts QUAKES WINDOWS SCORED [PART PARTS] [FOLDER]`.
 * Outcomes are appended to FOLDER (bench/fusion/worlds/outcomes), one line a world: a stopped run goes
 * on, worlds that are there are not run again, and several parts may run at once. The summary of what is
 * there goes to bench/fusion/results/worlds.json; `run.ts 0 0 0` only sums up.
 * @module
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { fileURLToPath } from 'node:url';
import path from 'node:path';
import { loadBackend } from '../../../models/backend.js';
import { resultText } from '../result-text.js';
import { decoyOf } from './decoys.js';
import { invertQuake, oddsOf, type QuakeOutcome } from './invert.js';
import { modelFingerprint, readOutcomes, saveOutcome, type OutcomeLine } from './outcomes.js';
import { summariseWorlds, type WindowOutcome } from './summary.js';
import { drawFaint, drawWorld, type World } from './world.js';

const [quakes = 1000, windows = 10_000, scored = 300] = process.argv.slice(2, 5).map(Number);
const [part = 0, parts = 1] = process.argv.slice(5, 7).map(Number);
const folder = process.argv[7] ?? fileURLToPath(new URL('outcomes/', import.meta.url));

/** Worlds of quakes and of windows have seeds from here on. */
const FIRST_QUAKE = 100_000;
const FIRST_WINDOW = 5_000_000;
const FAINT_SEEDS = 40_000_000;
/** Windows to which a faint quake is drawn as well: the stated false-alarm rate rests on these. */
const FAINT = 2000;
/** Log odds noted for those that need no inversion. */
const CERTAIN = 100;

const load = loadavg()[0];
const backend = await loadBackend();
const model = modelFingerprint();
const quakesFile = path.join(folder, 'quakes.jsonl');
const windowsFile = path.join(folder, 'windows.jsonl');

const summarise = (): void => {
  const result = summariseWorlds({
    quakes: readOutcomes<QuakeOutcome & OutcomeLine>(quakesFile, model),
    windows: readOutcomes<WindowOutcome & OutcomeLine>(windowsFile, model),
  });
  const text = resultText({ part: 'worlds', load, figures: { model, ...result } });
  const results = new URL('../results/', import.meta.url);
  mkdirSync(results, { recursive: true });
  writeFileSync(new URL('worlds.json', results), text);
};

/** Seeds of this part that are not there yet. */
const missing = (count: number, first: number, file: string): number[] => {
  const known = new Set(readOutcomes(file, model).map(({ seed }) => seed));
  return Array.from({ length: count }, (_, i) => first + i).filter(
    (seed, i) => i % parts === part && !known.has(seed),
  );
};

for (const seed of missing(quakes, FIRST_QUAKE, quakesFile)) {
  const world = drawWorld({ seed, kind: 'quake' });
  const withScores = seed - FIRST_QUAKE < scored;
  saveOutcome(quakesFile, { ...(await invertQuake({ backend, seed, world, withScores })), model });
}
for (const seed of missing(windows, FIRST_WINDOW, windowsFile)) {
  const odds = async (world: World): Promise<number | null> => oddsOf({ backend, world, seed });
  const faint = seed - FIRST_WINDOW < FAINT ? drawFaint(seed + FAINT_SEEDS) : null;
  const outcome: WindowOutcome = {
    noise: await odds(drawWorld({ seed, kind: 'noise' })),
    decoy: await odds(decoyOf(seed)),
    ...(faint
      ? {
          faint: {
            logOdds: faint.isCertain ? CERTAIN : await odds(faint.world),
            weight: faint.weight,
          },
        }
      : {}),
  };
  saveOutcome(windowsFile, { seed, ...outcome, model });
}
summarise();
