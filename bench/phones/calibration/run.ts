/**
 * How often the intervals of a replay hold the truth: simulated quakes under a coastal network.
 * `node --import tsx bench/phones/calibration/run.ts [--quakes N] [--seconds S] [--seed N] [--out FILE]`
 * @module
 */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { networkRegion } from '../../../apps/cli/commands/phones/replay-region.js';
import { SAMPLER } from '../../../apps/cli/commands/phones/replay.js';
import { createRandom, type Random } from '../../../core/random.js';
import { loadBackend } from '../../../models/backend.js';
import { detectWith } from '../../../models/detection/detect.js';
import { eventPrior } from '../../../models/detection/event-prior.js';
import { DEFAULT_PARAMETERS } from '../../../models/detection/parameters.js';
import { simulateEvidence, type BlankSensor } from '../../../models/detection/simulate-evidence.js';
import { travelTimeTable } from '../../../models/traveltime/travel-time-table.js';
import { coverage } from './coverage.js';

const { values } = parseArgs({
  options: {
    quakes: { type: 'string', default: '200' },
    seconds: { type: 'string', default: '100000' },
    seed: { type: 'string', default: '1' },
    samples: { type: 'string', default: '400' },
    out: { type: 'string' },
  },
});
const WINDOW_S = 180;
const WINDOW = { start: '2020-01-01T00:00:00Z', end: '2020-01-01T00:03:00Z' };
const DEVICES = 14;
/** As in `phones replay`. */
const DECLARE_PROBABILITY = 0.95;
const LEAST_MAGNITUDE = 4.5;

const backend = await loadBackend();
const table = travelTimeTable({ model: 'iasp91' });
const started = Date.now();
const counts = coverage();
let [drawn, declared] = [0, 0];
for (
  ;
  declared < Number(values.quakes) && Date.now() - started < 1000 * Number(values.seconds);
  drawn++
) {
  const random = createRandom(Number(values.seed) * 100_000 + drawn);
  const sensors = coast(random);
  const region = { ...networkRegion(sensors), minMagnitude: LEAST_MAGNITUDE };
  const truth = eventPrior(region, WINDOW_S, DEFAULT_PARAMETERS).draw(random);
  const evidence = simulateEvidence({
    ...{ window: WINDOW, sensors, event: truth, table, random },
    parameters: DEFAULT_PARAMETERS,
  });
  const seen = evidence.sensors.filter((s) => s.arrivals.length > 0).length;
  if (seen < 3) continue;
  const { quakes } = await detectWith(backend, {
    ...{ evidence, region, seed: drawn, samples: Number(values.samples), maxQuakes: 1 },
    ...SAMPLER,
  });
  const quake = quakes[0];
  if (!quake || quake.origin.existenceProbability < DECLARE_PROBABILITY) continue;
  declared++;
  counts.add(quake, truth);
  if (declared % 20 === 0) {
    process.stderr.write(`${drawn} drawn, ${JSON.stringify(counts.inside)}\n`);
  }
}
const settings = { samples: Number(values.samples), seed: Number(values.seed) };
const wallS = (Date.now() - started) / 1000;
const text = `${JSON.stringify({ drawn, ...settings, ...counts.result(), wallS }, null, 2)}\n`;
if (values.out !== undefined) writeFileSync(values.out, text);
process.stdout.write(text);

/** Devices along a coast as OpenEEW's: 700 km, tens of km apart, thresholds as measured there. */
function coast(random: Random): BlankSensor[] {
  return Array.from({ length: DEVICES }, (_, i) => {
    const along = random.uniform();
    return {
      source: 'phones',
      sensorId: `device-${i}`,
      latitude: 15.7 + 2.2 * along + 0.15 * random.normal(),
      longitude: -96 - 6 * along + 0.15 * random.normal(),
      elevationM: 0,
      positionSigmaKm: 0.32,
      uptime: [{ startS: 0, endS: WINDOW_S }],
      falseRateHz: 1 / 5000,
      quantity: 'pga-gal',
      log10Threshold: -0.47 + 0.1 * random.normal(),
      notes: [],
    };
  });
}
