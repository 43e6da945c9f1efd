/**
 * Benchmark of pick association: `node --import tsx bench/fusion/run.ts salton|a|b|dense|italy|locate|nonlinloc
 * [pyocto,gamma,real|none] [RESULTS_FOLDER]`. Prints JSON and writes it to <part>.json there.
 * @module
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { denseBench, italyBench } from './load.js';
import { locateBesideBench } from './locate-beside.js';
import { locateBench } from './locate.js';
import { resultText } from './result-text.js';
import { saltonBench } from './salton.js';
import { syntheticBench } from './synthetic.js';

const PARTS: Readonly<Record<string, (systems: readonly string[]) => Promise<unknown>>> = {
  salton: (systems) => saltonBench({ systems }),
  a: (systems) => syntheticBench('a', systems),
  b: (systems) => syntheticBench('b', systems),
  dense: () => denseBench(),
  italy: (systems) => italyBench(systems),
  locate: () => Promise.resolve(locateBench(300)),
  nonlinloc: () => Promise.resolve(locateBesideBench(200)),
};

const [name = '', systems = 'pyocto,gamma,real', folder] = process.argv.slice(2);
const part = PARTS[name];
if (!part) {
  console.error(
    `usage: run.ts ${Object.keys(PARTS).join('|')} [pyocto,gamma,real|none] [RESULTS_FOLDER]`,
  );
  process.exit(2);
}
const load = loadavg()[0];
const figures = await part(systems === 'none' ? [] : systems.split(','));
const text = resultText({ part: name, load, figures });
const results = folder ?? fileURLToPath(new URL('results/', import.meta.url));
mkdirSync(results, { recursive: true });
writeFileSync(path.join(results, `${name}.json`), text);
console.log(text);
