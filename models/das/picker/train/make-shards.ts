/**
 * Simulates training shards that are not there yet; several processes may share the work.
 * Run: `node --import tsx models/das/picker/train/make-shards.ts DIR SEED COUNT [EVERY] [OFFSET]`.
 * @module
 */
import { existsSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { makeShard } from './dataset.js';

const [dir = '', seed = '1', count = '8', every = '1', offset = '0'] = process.argv.slice(2);
mkdirSync(dir, { recursive: true });
for (let index = Number(offset); index < Number(count); index += Number(every)) {
  const file = path.join(dir, `shard-${seed}-${index}.bin`);
  if (existsSync(file)) continue;
  writeFileSync(`${file}.part`, makeShard({ seed: Number(seed), index }));
  renameSync(`${file}.part`, file);
  process.stderr.write(`${path.basename(file)}\n`);
}
