/**
 * Benchmark of pick association: `node --import tsx bench/fusion/run.ts salton|a|b|dense|italy
 * [ours,pyocto,gamma]`. Prints JSON and writes it to bench/fusion/results/<part>.json.
 * @module
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { denseBench, italyBench } from './load.js';
import { locateBench } from './locate.js';
import { saltonBench } from './salton.js';
import { syntheticBench } from './synthetic.js';

const PARTS: Readonly<Record<string, (systems: readonly string[]) => Promise<unknown>>> = {
  salton: (systems) => saltonBench({ systems }),
  a: (systems) => syntheticBench('a', systems),
  b: (systems) => syntheticBench('b', systems),
  dense: () => denseBench(),
  italy: (systems) => italyBench(systems),
  locate: () => Promise.resolve(locateBench(300)),
};

const [name = '', systems = 'pyocto,gamma'] = process.argv.slice(2);
const part = PARTS[name];
if (!part) {
  console.error(`usage: run.ts ${Object.keys(PARTS).join('|')} [pyocto,gamma]`);
  process.exit(2);
}
const load = loadavg()[0];
const figures = await part(systems.split(','));
const result = { part: name, node: process.version, loadAverage: [load, loadavg()[0]], figures };
const text = JSON.stringify(
  result,
  (_, value: unknown) => (typeof value === 'number' ? Number(value.toPrecision(5)) : value),
  2,
);
mkdirSync(new URL('results/', import.meta.url), { recursive: true });
writeFileSync(new URL(`results/${name}.json`, import.meta.url), `${text}\n`);
console.log(text);
