/**
 * Packets of stations in, MiniSEED files of a folder out, with the place in the stream beside them.
 * @module
 */
import { mkdir, open, readFile, rename } from 'node:fs/promises';
import path from 'node:path';
import { CorruptSourceError } from '../../core/errors.js';
import { nsToIso } from '../../core/time.js';
import { parseSeedHeader } from '../../connectors/seed/record-header.js';
import type { SeedlinkPacket } from '../../connectors/stations/seedlink/packets.js';
import { syncFolder } from '../gateway/sync-folder.js';

/** Last packet of a station that is in a file: where the next connection goes on. */
export interface Place {
  readonly sequence: number;
  readonly timeNs: bigint;
}

export interface Spool {
  /** By `NET.STA`. */
  readonly places: ReadonlyMap<string, Place>;
  /** Keeps a packet in memory until `flush`. Gives false for one that is no MiniSEED record. */
  add(packet: SeedlinkPacket): boolean;
  /** Bytes in memory. */
  readonly waiting: () => number;
  /** Writes what waits, a file a station, then the places. Returns the names of the files. */
  flush(): Promise<string[]>;
}

interface Waiting {
  readonly records: Buffer[];
  readonly firstNs: bigint;
  readonly firstSequence: number;
  last: Place;
}

/** Not a data file: listings of feeds skip names that begin with a dot. */
const STATE = '.seedlink.json';

/**
 * Opens the spool of `folder`. A file is written under another name, synced and renamed, and the place
 * is written after it: a kill loses nothing that the server still has, and at worst a file is written
 * twice, which aligning takes as one. Throws CorruptSourceError when the state is damaged.
 */
export async function openSpool(input: { readonly folder: string }): Promise<Spool> {
  const { folder } = input;
  await mkdir(folder, { recursive: true });
  const places = await readPlaces(path.join(folder, STATE));
  const waiting = new Map<string, Waiting>();
  let bytes = 0;
  return {
    places,
    waiting: () => bytes,
    add: ({ sequence, record }) => {
      const header = parseSeedHeader(record);
      if (typeof header === 'string') return false;
      const key = `${header.network}.${header.station}`;
      const place = { sequence, timeNs: header.startNs };
      const own = waiting.get(key);
      if (own) {
        own.records.push(record);
        own.last = place;
      } else {
        const first = { firstNs: header.startNs, firstSequence: sequence };
        waiting.set(key, { records: [record], ...first, last: place });
      }
      bytes += record.length;
      return true;
    },
    flush: async () => {
      const files: string[] = [];
      for (const [key, own] of waiting) {
        const time = nsToIso(own.firstNs).slice(0, 19).replace(/[-:]/g, '');
        const sequence = own.firstSequence.toString(16).padStart(6, '0');
        const name = `${key}.${time}Z.${sequence}.mseed`;
        await writeWhole(path.join(folder, name), Buffer.concat(own.records));
        files.push(name);
      }
      if (files.length === 0) return files;
      await syncFolder(folder);
      for (const [key, { last }] of waiting) places.set(key, last);
      waiting.clear();
      bytes = 0;
      const state = Object.fromEntries(
        [...places].map(([key, p]) => [key, { sequence: p.sequence, time: nsToIso(p.timeNs) }]),
      );
      await writeWhole(
        path.join(folder, STATE),
        Buffer.from(`${JSON.stringify(state, null, 2)}\n`),
      );
      return files;
    },
  };
}

async function writeWhole(file: string, bytes: Buffer): Promise<void> {
  const part = path.join(path.dirname(file), `.${path.basename(file)}.part`);
  const handle = await open(part, 'w');
  try {
    await handle.writeFile(bytes);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(part, file);
}

async function readPlaces(file: string): Promise<Map<string, Place>> {
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return '{}';
    throw cause;
  });
  try {
    const state = JSON.parse(text) as Record<string, { sequence: number; time: string }>;
    return new Map(
      Object.entries(state).map(([key, { sequence, time }]) => {
        const ms = Date.parse(time);
        if (!Number.isInteger(sequence) || !Number.isFinite(ms))
          throw new Error(`${key}: no place`);
        return [key, { sequence, timeNs: BigInt(ms) * 1_000_000n }];
      }),
    );
  } catch (cause) {
    const reason = `${cause instanceof Error ? cause.message : String(cause)}; without it the stream goes on at its end`;
    throw new CorruptSourceError({ source: file, at: 'byte 0', reason, cause });
  }
}
