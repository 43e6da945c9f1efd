/**
 * Posts that people labelled against filter, network and keywords:
 * `node --import tsx bench/reports/real-posts.ts FOLDER`, FOLDER with the `*-tweets_labeled.csv` of the four
 * earthquakes of CrisisLexT26 (MIT). Prints counts only. "Eyewitness" there is anybody at the place, also
 * days later, with photographs and retweets: not the same as "I feel shaking now". `felt` are the scores by
 * `real-posts-felt.json`, where posts that pass the filter were read for just that.
 */
import { createHash } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { csvFields } from '../../connectors/reports/csv.js';
import { filterPost } from '../../models/reports/text/filter.js';
import { textNetwork } from '../../models/reports/text/load.js';
import { firstHandProbability } from '../../models/reports/text/network.js';
import { plainText } from '../../models/reports/text/normalise.js';
import { findQuakeWord } from '../../models/reports/text/words.js';

const folder = process.argv[2] ?? '.';
const network = textNetwork();
const count = (): Record<string, number> => ({ posts: 0, keyword: 0, filter: 0, taken: 0 });
const classes = { eyewitness: count(), other: count() };
const bySource: Record<string, Record<string, number>> = {};
const read = JSON.parse(
  readFileSync(new URL('./real-posts-felt.json', import.meta.url), 'utf8'),
) as { readonly files: readonly string[]; readonly felt: readonly string[] };
const feltIds = new Set(read.felt);
const felt: Record<string, number> = { read: 0, felt: 0, taken: 0, hits: 0 };
const left: Record<string, number> = {};
const add = (of: Record<string, number>, key: string): void => void (of[key] = (of[key] ?? 0) + 1);

for (const name of readdirSync(folder).filter((file) => /earthquake/.test(file))) {
  if (!name.endsWith('.csv')) continue;
  const lines = readFileSync(path.join(folder, name), 'utf8').split('\n').slice(1);
  for (const line of lines) {
    const fields = csvFields(line.replace(/\r$/, '').replaceAll(', "', ',"'));
    const [id, text, source] = fields ?? [];
    if (text === undefined || source === undefined) continue;
    const isWitness = source.trim() === 'Eyewitness';
    const own = isWitness ? classes.eyewitness : classes.other;
    const filtered = filterPost({ text });
    const isTaken = filtered.passes && firstHandProbability(network, filtered.plain.text) >= 0.5;
    add(own, 'posts');
    if (findQuakeWord(plainText(text).text) !== null) add(own, 'keyword');
    if (filtered.passes) add(own, 'filter');
    const event = (bySource[name.split('-')[0] as string] ??= {});
    add(event, isWitness ? 'eyewitness' : 'other');
    if (isTaken) add(event, isWitness ? 'eyewitnessTaken' : 'otherTaken');
    if (filtered.passes && read.files.some((file) => name.startsWith(file))) {
      const hash = createHash('sha256')
        .update((id ?? '').trim())
        .digest('hex');
      const isFelt = feltIds.has(hash.slice(0, 12));
      add(felt, 'read');
      if (isFelt) add(felt, 'felt');
      if (isTaken) add(felt, 'taken');
      if (isFelt && isTaken) add(felt, 'hits');
    }
    if (isTaken) add(own, 'taken');
    else if (isWitness) add(left, filtered.passes ? 'network' : filtered.reason);
  }
}
const score = (key: string): Record<string, number> => {
  const [hits, wrong] = [classes.eyewitness[key] ?? 0, classes.other[key] ?? 0];
  const precision = hits / (hits + wrong);
  const recall = hits / (classes.eyewitness['posts'] ?? 0);
  return { precision, recall, f1: (2 * precision * recall) / (precision + recall) };
};
console.log(
  JSON.stringify(
    {
      felt,
      bySource,
      classes,
      eyewitnessLeftOut: left,
      keywords: score('keyword'),
      taken: score('taken'),
    },
    null,
    1,
  ),
);
