/**
 * Which messages the gateway has taken, and in which log. In: identities of records. Out: whether one
 * was taken before, also across restarts: a sealed log leaves its keys in `<dir>/<number>.keys`.
 * The first log that holds a record owns it; later logs leave it out when they are sealed.
 * @module
 */
import { mkdir, open, readFile, readdir, rename, unlink } from 'node:fs/promises';
import path from 'node:path';
import { syncFolder } from './sync-folder.js';

/** `pending`: appended, not yet durable. */
export type Owner = number | 'pending' | undefined;

/** Key files kept: with a log sealed every 5 s these reach back almost three hours. */
const MAX_FILES = 2000;

export interface SeenKeys {
  ownerOf(key: string): Owner;
  /** Marks a record whose frame is on its way to the disk. */
  hold(key: string): void;
  /** The frame became durable in this log; a log that claimed the record meanwhile keeps it. */
  settle(key: string, logNumber: number): void;
  /** The frame did not become durable. */
  release(key: string): void;
  /** True when the record belongs to this log; an earlier owner keeps it. */
  claim(key: string, logNumber: number): boolean;
  /** Keeps the keys of a sealed log on the disk; older files beyond the limits go. */
  save(logNumber: number, keys: readonly string[]): Promise<void>;
  /** Highest log number that left its keys; 0 for none. */
  readonly lastSaved: number;
  size(): number;
}

/** Loads the keys of earlier runs. At most `limit` keys are remembered, the latest ones. */
export async function openSeenKeys(input: { dir: string; limit: number }): Promise<SeenKeys> {
  const { dir, limit } = input;
  const owners = new Map<string, number | 'pending'>();
  const files = new Map<number, number>();
  await mkdir(dir, { recursive: true });
  const numbers = (await readdir(dir))
    .flatMap((name) => (/^\d+\.keys$/.test(name) ? [Number.parseInt(name, 10)] : []))
    .sort((a, b) => a - b);
  for (const number of numbers) {
    const text = await readFile(path.join(dir, `${number}.keys`), 'utf8');
    const keys = text.split('\n').filter((key) => key !== '');
    for (const key of keys) if (!owners.has(key)) owners.set(key, number);
    files.set(number, keys.length);
  }

  const trim = (): void => {
    if (owners.size <= limit) return;
    for (const [key, owner] of owners) {
      if (owner !== 'pending') owners.delete(key);
      if (owners.size <= limit) return;
    }
  };
  trim();

  return {
    ownerOf: (key) => owners.get(key),
    hold(key) {
      owners.set(key, 'pending');
      trim();
    },
    settle(key, logNumber) {
      if (owners.get(key) === 'pending') owners.set(key, logNumber);
    },
    release(key) {
      if (owners.get(key) === 'pending') owners.delete(key);
    },
    claim(key, logNumber) {
      const owner = owners.get(key);
      if (typeof owner === 'number' && owner < logNumber) return false;
      owners.set(key, logNumber);
      trim();
      return true;
    },
    async save(logNumber, keys) {
      const file = path.join(dir, `${logNumber}.keys`);
      const handle = await open(`${file}.part`, 'w');
      try {
        await handle.writeFile(keys.join('\n'));
        await handle.datasync();
      } finally {
        await handle.close();
      }
      await rename(`${file}.part`, file);
      await syncFolder(dir);
      files.set(logNumber, keys.length);
      let total = [...files.values()].reduce((sum, count) => sum + count, 0);
      for (const [number, count] of [...files].sort(([a], [b]) => a - b)) {
        if ((total <= limit && files.size <= MAX_FILES) || number === logNumber) break;
        await unlink(path.join(dir, `${number}.keys`));
        files.delete(number);
        total -= count;
      }
    },
    get lastSaved() {
      return [...files.keys()].reduce((most, number) => Math.max(most, number), 0);
    },
    size: () => owners.size,
  };
}
