/**
 * Collects the result files into one page and one JSON:
 * `node --import tsx bench/fusion/report/write.ts RESULTS_FOLDER OUT_FOLDER`.
 * @module
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { codeVersion } from '../../../apps/code-version.js';
import { reportPage, type PartResult } from './page.js';

const [from, out] = process.argv.slice(2);
if (from === undefined || out === undefined) {
  console.error('usage: write.ts RESULTS_FOLDER OUT_FOLDER');
  process.exit(2);
}
const results = readdirSync(from)
  .filter((name) => name.endsWith('.json'))
  .map((name) => JSON.parse(readFileSync(path.join(from, name), 'utf8')) as PartResult)
  .filter(({ part }) => typeof part === 'string');
const generatedAt = new Date().toISOString();
mkdirSync(out, { recursive: true });
const version = codeVersion();
writeFileSync(
  path.join(out, 'report.html'),
  reportPage({ results, generatedAt, codeVersion: version }),
);
writeFileSync(
  path.join(out, 'report.json'),
  `${JSON.stringify({ format: 'quakeloom.bench/1', generatedAt, codeVersion: version, parts: results }, null, 2)}\n`,
);
