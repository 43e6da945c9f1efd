import path from 'node:path';
import { expect, it } from 'vitest';
import { peersOf } from '../../support/peers.js';
import { attempt, formatOf, fuzzCase, WRITE_SEEDS } from './hdf5-seeds.js';
import { openFiles, temporaryFolder } from './support.js';

const { describeWithPeers, runPeer } = peersOf('das');
const folder = temporaryFolder();

describeWithPeers('damaged files of every HDF5 format', () => {
  it('give data or a typed error, leave no file open, and the library stays sound', async () => {
    const names = runPeer<string[]>(WRITE_SEEDS, [folder]);
    expect(names.length).toBeGreaterThanOrEqual(29);
    for (const name of names) {
      expect(`${name} ${await attempt(path.join(folder, name), formatOf(name))}`).toBe(
        `${name} read`,
      );
    }
    const outcomes: Record<string, number> = {};
    const target = path.join(folder, '.damaged');
    for (let number = 0; number < 145; number++) {
      const outcome = await fuzzCase({ folder, names, number, target });
      const kind = outcome.replace(': endless', '');
      outcomes[kind] = (outcomes[kind] ?? 0) + 1;
      expect(openFiles(folder)).toEqual([]);
    }
    const known = ['read', 'CorruptSource', 'UnsupportedSource', 'Unavailable', 'InvalidInput'];
    expect(Object.keys(outcomes).filter((outcome) => !known.includes(outcome))).toEqual([]);
    expect(outcomes['CorruptSource']).toBeGreaterThan(20);
    expect(outcomes['read']).toBeGreaterThan(20);
    for (const name of names) {
      expect(await attempt(path.join(folder, name), formatOf(name))).toBe('read');
    }
    expect(process.memoryUsage.rss()).toBeLessThan(2.5e9);
  }, 120_000);
});
