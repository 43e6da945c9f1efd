/**
 * Which messages the gateway has taken. In: identities of messages (message-key.ts). Out: whether one
 * was taken before, also across restarts: a sealed log leaves its keys in `<dir>/<number>.keys`.
 * The first log that holds a message owns it; later logs leave it out when they are sealed.
 *
 * A device counts its messages, so what was sealed is a few ranges of numbers a stream, not a key a
 * message: a million devices that have sent for days fit into memory.
 * @module
 */
import { mkdir, open, readFile, readdir, rename, unlink } from 'node:fs/promises';
import path from 'node:path';
import type { KeyId, LogKeys } from './message-key.js';
import { addToRanges, isInRanges, parseRanges, rangesText } from './seq-ranges.js';
import { syncFolder } from './sync-folder.js';

/** `pending`: appended, not yet durable. `taken`: on the disk. */
export type Owner = 'pending' | 'taken' | undefined;

/** What is known of one stream of messages. Changed by SeenKeys alone. */
export interface KeyStream {
  readonly name: string;
  /** Messages in logs that are not sealed: number of the log, or PENDING. */
  readonly fresh: Map<KeyId, number>;
  /** Sealed numbers: first and last of each range, ascending. */
  readonly ranges: number[];
  /** Sealed hashes, oldest first. */
  readonly hashes: Set<string>;
  /** True when it was forgotten: ask for it again. */
  isGone: boolean;
}

const PENDING = -1;
/** Key files kept: with a log sealed every 5 s these reach back almost three hours. */
const MAX_FILES = 2000;
/** Ranges and hashes kept of one stream; a device that numbers its messages at random has no more. */
const MAX_OF_STREAM = 50_000;

export interface SeenKeys {
  /** The stream of a name; keep it, but ask again when it `isGone`. */
  stream(name: string): KeyStream;
  ownerOf(stream: KeyStream, id: KeyId): Owner;
  /** Marks a message whose frame is on its way to the disk. */
  hold(stream: KeyStream, id: KeyId): void;
  /** The frame became durable in this log; a log that claimed the message meanwhile keeps it. */
  settle(stream: KeyStream, id: KeyId, logNumber: number): void;
  /** The frame did not become durable. */
  release(stream: KeyStream, id: KeyId): void;
  /** True when the message belongs to this log; an earlier owner keeps it. */
  claim(stream: KeyStream, id: KeyId, logNumber: number): boolean;
  /** Keeps the keys of a sealed log on the disk; older ones beyond the limits go. */
  save(logNumber: number, keys: LogKeys): Promise<void>;
  /** Whether this log was sealed: it has left its keys. */
  isSaved(logNumber: number): boolean;
  /** Highest log number that left its keys; 0 for none. */
  readonly lastSaved: number;
  /** Ranges, hashes and unsealed messages in memory. */
  size(): number;
}

/** Loads the keys of earlier runs. About `limit` ranges are remembered, the latest ones. */
export async function openSeenKeys(input: { dir: string; limit: number }): Promise<SeenKeys> {
  const { dir, limit } = input;
  const streams = new Map<string, KeyStream>();
  const files = new Map<number, number>();
  let sealedSize = 0; // ranges and hashes
  let freshSize = 0;

  const stream = (name: string): KeyStream => {
    let found = streams.get(name);
    if (!found) {
      found = { name, fresh: new Map(), ranges: [], hashes: new Set(), isGone: false };
      streams.set(name, found);
    }
    return found;
  };
  const sizeOf = ({ ranges, hashes }: KeyStream): number => ranges.length / 2 + hashes.size;
  const keep = (to: KeyStream, ids: readonly KeyId[]): void => {
    const before = sizeOf(to);
    for (const id of ids) {
      if (typeof id === 'number') addToRanges(to.ranges, id, id);
      else to.hashes.add(id);
    }
    if (to.ranges.length > 2 * MAX_OF_STREAM) to.ranges.splice(0, to.ranges.length / 2);
    for (const hash of to.hashes) {
      if (to.hashes.size <= MAX_OF_STREAM) break;
      to.hashes.delete(hash);
    }
    sealedSize += sizeOf(to) - before;
    // The order of the map is the order of last use.
    streams.delete(to.name);
    streams.set(to.name, to);
  };
  const trim = (): void => {
    if (sealedSize <= limit) return;
    for (const [name, old] of streams) {
      if (old.fresh.size > 0) continue;
      old.isGone = true;
      streams.delete(name);
      sealedSize -= sizeOf(old);
      if (sealedSize <= limit) return;
    }
  };

  await mkdir(dir, { recursive: true });
  const numbers = (await readdir(dir))
    .flatMap((name) => (/^\d+\.keys$/.test(name) ? [Number.parseInt(name, 10)] : []))
    .sort((a, b) => a - b);
  for (const number of numbers) {
    const text = await readFile(path.join(dir, `${number}.keys`), 'utf8');
    const lines = text.split('\n').filter((line) => line !== '');
    for (const line of lines) {
      const cut = line.lastIndexOf(' ');
      const [of, id] = [stream(line.slice(0, cut)), line.slice(cut + 1)];
      const range = parseRanges(id);
      const before = sizeOf(of);
      if (range) addToRanges(of.ranges, ...range);
      sealedSize += sizeOf(of) - before;
      keep(of, range ? [] : [id]);
    }
    files.set(number, lines.length);
  }
  trim();

  return {
    stream,
    ownerOf({ fresh, ranges, hashes }, id) {
      const owner = fresh.get(id);
      if (owner !== undefined) return owner === PENDING ? 'pending' : 'taken';
      const isSealed = typeof id === 'number' ? isInRanges(ranges, id) : hashes.has(id);
      return isSealed ? 'taken' : undefined;
    },
    hold({ fresh }, id) {
      fresh.set(id, PENDING);
      freshSize++;
    },
    settle({ fresh }, id, logNumber) {
      if (fresh.get(id) === PENDING) fresh.set(id, logNumber);
    },
    release({ fresh }, id) {
      if (fresh.get(id) === PENDING && fresh.delete(id)) freshSize--;
    },
    claim({ fresh, ranges, hashes }, id, logNumber) {
      const owner = fresh.get(id);
      if (owner === undefined) {
        if (typeof id === 'number' ? isInRanges(ranges, id) : hashes.has(id)) return false;
        freshSize++;
      } else if (owner !== PENDING && owner < logNumber) return false;
      if (owner !== logNumber) fresh.set(id, logNumber);
      return true;
    },
    async save(logNumber, keys) {
      const lines = keys.flatMap(({ stream: name, ids }) => {
        const seqs = ids.filter((id) => typeof id === 'number');
        const hashes = ids.filter((id) => typeof id === 'string');
        return [...rangesText(seqs), ...hashes].map((text) => `${name} ${text}`);
      });
      await writeWhole(path.join(dir, `${logNumber}.keys`), lines.join('\n'));
      await syncFolder(dir);
      files.set(logNumber, lines.length);
      for (const { stream: name, ids } of keys) {
        const of = stream(name);
        for (const id of ids) {
          if (of.fresh.get(id) === logNumber && of.fresh.delete(id)) freshSize--;
        }
        keep(of, ids);
      }
      trim();
      let total = [...files.values()].reduce((sum, count) => sum + count, 0);
      for (const [number, count] of [...files].sort(([a], [b]) => a - b)) {
        if ((total <= limit && files.size <= MAX_FILES) || number === logNumber) break;
        await unlink(path.join(dir, `${number}.keys`));
        files.delete(number);
        total -= count;
      }
    },
    isSaved: (logNumber) => files.has(logNumber),
    get lastSaved() {
      return [...files.keys()].reduce((most, number) => Math.max(most, number), 0);
    },
    size: () => sealedSize + freshSize,
  };
}

async function writeWhole(file: string, text: string): Promise<void> {
  const handle = await open(`${file}.part`, 'w');
  try {
    await handle.writeFile(text);
    await handle.datasync();
  } finally {
    await handle.close();
  }
  await rename(`${file}.part`, file);
}
