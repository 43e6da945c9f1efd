import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { createRandom } from '../../../../core/random.js';
import { isQuakeError } from '../../../../core/errors.js';
import { inspectRaster } from '../../../../connectors/insar/inspect/inspect-tiff.js';
import { openRaster } from '../../../../connectors/insar/tiff/read.js';
import { describeWithSamples, samplePath } from '../../../support/sample-data.js';
import { bytesSource, mutate } from './mutate.js';

/** In all; `TIFF_MUTANTS=20000` for a long run. */
const MUTANTS = Number(process.env['TIFF_MUTANTS'] ?? 600);

describeWithSamples('damaged TIFFs', ['insar/format-variants/expected.json'], () => {
  const folder = samplePath('insar/format-variants');
  const seeds = readdirSync(folder)
    .filter((name) => name.endsWith('.tif'))
    .map((name) => new Uint8Array(readFileSync(path.join(folder, name))));

  it(`${MUTANTS} mutants are read or refused with a typed error, in bounded memory`, async () => {
    const random = createRandom(20_261_122);
    const found = { read: 0, refused: 0 };
    const before = process.memoryUsage().rss;
    for (let i = 0; i < MUTANTS; i++) {
      const bytes = mutate(seeds[i % seeds.length] as Uint8Array, random);
      try {
        await inspectRaster(await openRaster(bytesSource(bytes)), 'mutant.tif');
        found.read++;
      } catch (error) {
        if (!isQuakeError(error)) throw error;
        found.refused++;
      }
    }
    expect(found.read + found.refused).toBe(MUTANTS);
    expect(found.read).toBeGreaterThan(MUTANTS / 20);
    expect(found.refused).toBeGreaterThan(MUTANTS / 4);
    expect(process.memoryUsage().rss - before).toBeLessThan(1.5e9);
  }, 3_600_000);
});
