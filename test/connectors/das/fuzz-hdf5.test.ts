import { readdirSync, readlinkSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { peersOf } from '../../support/peers.js';
import { attempt, formatOf, fuzzCase, WRITE_SEEDS } from './hdf5-seeds.js';
import { temporaryFolder } from './support.js';

const { describeWithPeers, runPeer } = peersOf('das');
const folder = temporaryFolder();

function openFiles(): string[] {
  return readdirSync('/proc/self/fd').flatMap((fd) => {
    try {
      const target = readlinkSync(`/proc/self/fd/${fd}`);
      return target.startsWith(folder) ? [target] : [];
    } catch {
      return [];
    }
  });
}

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
    for (let number = 0; number < 435; number++) {
      const outcome = await fuzzCase({ folder, names, number, target });
      outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
      expect(openFiles()).toEqual([]);
    }
    const known = ['read', 'CorruptSource', 'UnsupportedSource', 'Unavailable', 'InvalidInput'];
    expect(Object.keys(outcomes).filter((outcome) => !known.includes(outcome))).toEqual([]);
    expect(outcomes['CorruptSource']).toBeGreaterThan(50);
    expect(outcomes['read']).toBeGreaterThan(50);
    for (const name of names) {
      expect(await attempt(path.join(folder, name), formatOf(name))).toBe('read');
    }
    expect(process.memoryUsage.rss()).toBeLessThan(2.5e9);
  }, 120_000);
});
