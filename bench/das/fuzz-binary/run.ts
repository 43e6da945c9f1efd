/**
 * Fuzzes the fibre formats other than HDF5 and prints counts as JSON:
 * `node --import tsx bench/das/fuzz-binary/run.ts [inputs a format] [seed] [format...]`.
 * @module
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fuzz, fuzzTargets, type FuzzResult } from '../../../test/connectors/das/fuzz-binary.js';

const inputs = Number(process.argv[2] ?? 12_000);
const seed = Number(process.argv[3] ?? 1);
const chosen = process.argv.slice(4);
const folder = mkdtempSync(path.join(tmpdir(), 'fuzz-'));
const formats: Record<string, FuzzResult> = {};
try {
  for (const [name, target] of Object.entries(await fuzzTargets(folder))) {
    if (chosen.length > 0 && !chosen.includes(name)) continue;
    formats[name] = await fuzz(target, { folder, seed, inputs });
    console.error(`${name}: ${JSON.stringify(formats[name])}`);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
const total = Object.values(formats).reduce((sum, result) => sum + result.inputs, 0);
console.log(JSON.stringify({ seed, total, formats }, null, 2));
