/**
 * Calibration on simulated worlds:
 * `node --import tsx bench/fusion/worlds/run.ts QUAKES NOISE SCORED [FOLDER]`.
 * Outcomes go to FOLDER (JSON lines, one a world, so that a stopped run goes on), the summary to
 * bench/fusion/results/worlds.json.
 * @module
 */
import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import path from 'node:path';
import { loadBackend } from '../../../models/backend.js';
import { invertQuake, oddsOf, type QuakeOutcome } from './invert.js';
import { drawWorld } from './world.js';
import { decoyOf } from './decoys.js';
import { resultText } from '../result-text.js';
import { summariseWorlds, type NoiseOutcome } from './summary.js';

const [quakes = 200, noise = 2000, scored = 100] = process.argv.slice(2, 5).map(Number);
const folder = process.argv[5] ?? path.join(process.cwd(), '.cache', 'worlds');
mkdirSync(folder, { recursive: true });

const read = <Row>(name: string): Row[] => {
  const file = path.join(folder, name);
  if (!existsSync(file)) return [];
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Row);
};
const save = (name: string, row: unknown): void =>
  appendFileSync(path.join(folder, name), `${JSON.stringify(row)}\n`);

const load = loadavg()[0];
const backend = await loadBackend();
const summarise = (): void => {
  const result = summariseWorlds({
    quakes: read<QuakeOutcome>('quakes.jsonl'),
    noise: read<NoiseOutcome>('noise.jsonl'),
    decoys: read<NoiseOutcome>('decoys.jsonl'),
  });
  const text = resultText({ part: 'worlds', load, figures: result });
  const results = new URL('../results/', import.meta.url);
  mkdirSync(results, { recursive: true });
  writeFileSync(new URL('worlds.json', results), text);
};

for (let i = read('quakes.jsonl').length; i < quakes; i++) {
  const seed = 100_000 + i;
  const world = drawWorld({ seed, kind: 'quake' });
  save('quakes.jsonl', await invertQuake({ backend, seed, world, withScores: i < scored }));
  if (i % 50 === 49) summarise();
}
for (let i = Math.min(read('noise.jsonl').length, read('decoys.jsonl').length); i < noise; i++) {
  const seed = 5_000_000 + i;
  const world = drawWorld({ seed, kind: 'noise' });
  save('noise.jsonl', { logOdds: await oddsOf({ backend, world, seed }) });
  save('decoys.jsonl', { logOdds: await oddsOf({ backend, world: decoyOf(seed), seed }) });
  if (i % 200 === 199) summarise();
}
summarise();
