/**
 * How often the intervals of phones that only trigger hold the truth: simulated quakes under a region
 * of towns. `node --import tsx bench/phones/calibration/crowd.ts [--quakes N] [--seconds S] [--seed N] [--out FILE]`
 * @module
 */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { createRandom, type Random } from '../../../core/random.js';
import type { Region } from '../../../core/region.js';
import { loadBackend } from '../../../models/backend.js';
import {
  drawCrowdTerms,
  simulateCrowd,
  type BlankCell,
} from '../../../models/detection/crowd/simulate-crowd.js';
import { detectWith } from '../../../models/detection/detect.js';
import { eventPrior } from '../../../models/detection/event-prior.js';
import { DEFAULT_PARAMETERS } from '../../../models/detection/parameters.js';
import { travelTimeTable } from '../../../models/traveltime/travel-time-table.js';
import { coverage } from './coverage.js';

const { values } = parseArgs({
  options: {
    quakes: { type: 'string', default: '200' },
    seconds: { type: 'string', default: '100000' },
    seed: { type: 'string', default: '1' },
    samples: { type: 'string', default: '300' },
    out: { type: 'string' },
  },
});
const REGION: Region = {
  id: 'towns',
  name: 'Region of towns',
  bounds: { west: -100, south: 18, east: -98.6, north: 19.4 },
  grid: { spacingKm: 15, depthsKm: [5, 15, 30] },
  velocityModel: 'iasp91',
  minMagnitude: 4.5,
  maxMagnitude: 7.5,
};
const WINDOW = { start: '2020-01-01T00:00:00Z', end: '2020-01-01T00:02:00Z' };
const WINDOW_S = 120;
const CELLS = 16;
/** No more than the likelihood counts: then the model is exactly the likelihood's. */
const PHONES = DEFAULT_PARAMETERS.crowdCellPhones;
const DECLARE_PROBABILITY = 0.95;

const backend = await loadBackend();
const table = travelTimeTable({ model: REGION.velocityModel });
const started = Date.now();
const counts = coverage();
let [drawn, declared] = [0, 0];
for (
  ;
  declared < Number(values.quakes) && Date.now() - started < 1000 * Number(values.seconds);
  drawn++
) {
  const random = createRandom(Number(values.seed) * 100_000 + drawn);
  const truth = eventPrior(REGION, WINDOW_S, DEFAULT_PARAMETERS).draw(random);
  const crowd = simulateCrowd({
    ...{ cells: towns(random), binS: 0.5, event: truth, table, random },
    terms: drawCrowdTerms(DEFAULT_PARAMETERS, random),
    parameters: DEFAULT_PARAMETERS,
  });
  const { quakes } = await detectWith(backend, {
    evidence: { window: WINDOW, sensors: [], reports: null, crowd },
    ...{ region: REGION, seed: drawn, samples: Number(values.samples), maxQuakes: 1 },
    drawsPerSample: 4,
  });
  const quake = quakes[0];
  if (!quake || quake.origin.existenceProbability < DECLARE_PROBABILITY) continue;
  declared++;
  counts.add(quake, truth);
  if (declared % 10 === 0) {
    process.stderr.write(`${drawn} drawn, ${JSON.stringify(counts.inside)}\n`);
  }
}
const settings = { cells: CELLS, phonesACell: PHONES, samples: Number(values.samples) };
const result = { drawn, ...settings, seed: Number(values.seed), ...counts.result() };
const text = `${JSON.stringify({ ...result, wallS: (Date.now() - started) / 1000 }, null, 2)}\n`;
if (values.out !== undefined) writeFileSync(values.out, text);
process.stdout.write(text);

function towns(random: Random): BlankCell[] {
  return Array.from({ length: CELLS }, (_, i) => ({
    cellId: `town-${i}`,
    latitude: 18.2 + random.uniform(),
    longitude: -99.8 + random.uniform(),
    scatterKm: 1.5,
    active: PHONES,
    uptime: [{ startS: 0, endS: WINDOW_S }],
    falseRateHz: 0.7 / 3600,
  }));
}
