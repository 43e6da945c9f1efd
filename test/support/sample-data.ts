/**
 * Where tests find real recordings: the folder named by QUAKELOOM_DATA, else `../shared/data`
 * beside the checkout. In CI a missing folder is a failure, elsewhere a skip that says so.
 * @module
 */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { describe } from 'vitest';

const root = path.resolve(process.env['QUAKELOOM_DATA'] ?? '../shared/data');

/** Absolute path of a sample, for example `das/gdr_1.h5`. */
export function samplePath(relative: string): string {
  return path.join(root, relative);
}

/** A suite that needs the named sample files. */
export function describeWithSamples(title: string, samples: string[], suite: () => void): void {
  const missing = samples.filter((sample) => !existsSync(samplePath(sample)));
  if (missing.length === 0) describe(title, suite);
  else if (process.env['CI']) {
    describe(title, () => {
      throw new Error(`sample data missing: ${missing.join(', ')}; set QUAKELOOM_DATA`);
    });
  } else describe.skip(`${title} (sample data missing: ${missing.join(', ')})`, suite);
}
