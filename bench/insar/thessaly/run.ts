/**
 * Thessaly 2021: uniform and distributed slip from one interferogram, with no start given, for a few seeds.
 * `QUAKELOOM_DATA=... node --import tsx bench/insar/thessaly/run.ts [OUT.json] [SEEDS]`
 * @module
 */
import { writeFileSync } from 'node:fs';
import os from 'node:os';
import { invertSource } from '../../../models/deformation/invert.js';
import { thessalyScene } from '../../../test/support/insar-samples.js';

const [file, seeds = '1'] = process.argv.slice(2);
const runs = Array.from({ length: Number(seeds) }, (_, k) => {
  const cpu = process.cpuUsage();
  const start = performance.now();
  const result = invertSource({
    ...{ scenes: [thessalyScene()], model: 'okada', seed: k + 1, distributed: true },
  });
  const used = process.cpuUsage(cpu);
  const { marginals, distributed } = result;
  const names = ['strikeDeg', 'dipDeg', 'rakeDeg', 'slipM', 'lengthM', 'widthM', 'topDepthM', 'mw'];
  return {
    seed: k + 1,
    parameters: Object.fromEntries(names.map((name) => [name, marginals[name]])),
    varianceReduction: result.varianceReduction,
    rmsM: result.residualRmsM,
    cells: result.scenes[0]?.cells.count,
    pixelVarianceReduction: result.pixelVarianceReduction,
    pixelRmsM: result.pixelRmsM,
    predictionErrors: result.predictionErrors,
    distributed: distributed && {
      mw: distributed.slip.mw,
      varianceReduction: distributed.varianceReduction,
      rmsM: distributed.residualRmsM,
    },
    wallS: (performance.now() - start) / 1000,
    cpuS: (used.user + used.system) / 1e6,
  };
});
const report = { node: process.version, cpus: os.cpus().length, load: os.loadavg()[0], runs };
process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
if (file) writeFileSync(file, `${JSON.stringify(report, null, 2)}\n`);
