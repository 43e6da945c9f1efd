/**
 * What the headers of a folder's files said, so that a window scans only files that are new or
 * changed. In: a folder of sources and its options. Out: headers by path, kept in memory and on disk.
 * @module
 */
import { createHash } from 'node:crypto';
import { appendFile, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { ReadRequest } from '../core/connector.js';
import type { TimeWindow } from '../core/time.js';
import {
  fileIdentity,
  identityText,
  isFresh,
  sameIdentity,
  type FileIdentity,
} from './file-identity.js';

/** The part of a scan that decides whether a file is read. */
export interface IndexedHeader {
  /** Null: no format recognises the file, it is a side-car or a licence. */
  readonly format: string | null;
  readonly window: TimeWindow | null;
}

export interface HeaderIndexes {
  /** The index of one folder (or file) as it is read with these options; one object a process. */
  open(input: {
    readonly root: string;
    readonly options: ReadRequest['options'];
  }): Promise<FolderIndex>;
}

export interface FolderIndex {
  /** The header as it was scanned; null when the file is new, changed, or was fresh then. */
  find(path: string, identity: FileIdentity): IndexedHeader | null;
  /** Keeps a header that was scanned while the file had this identity. */
  remember(input: {
    readonly path: string;
    readonly identity: FileIdentity;
    readonly header: IndexedHeader;
  }): void;
  /**
   * Writes what is new and forgets files that are not in `paths`. An index that cannot be written
   * only costs time: the reason is returned, null when all is well.
   */
  save(paths: readonly string[]): Promise<string | null>;
}

const FIRST_LINE = '{"quakeloom":"headers","layout":1}';
/** Lines that may be out of date before the file is written anew. */
const SPARE_LINES = 1000;

/**
 * Indexes below `folder`. `version` names the program: another version reads headers differently, so
 * it starts anew. Files are JSON lines, appended to; a line that is torn or not ours is left out,
 * which means another scan of its file.
 */
export function createHeaderIndexes(input: {
  readonly folder: string;
  readonly version: string;
  /** ns since the epoch; injected in tests. */
  readonly clock?: () => bigint;
}): HeaderIndexes {
  const clock = input.clock ?? (() => BigInt(Date.now()) * 1_000_000n);
  const opened = new Map<string, Promise<FolderIndex>>();
  return {
    open: async ({ root, options }) => {
      const named = await optionFiles(options);
      const key = createHash('sha256')
        .update(JSON.stringify([input.version, path.resolve(root), sorted(options), named]))
        .digest('hex')
        .slice(0, 32);
      const known = opened.get(key);
      if (known) return known;
      const index = openFolder(path.join(input.folder, `${key}.jsonl`), clock);
      opened.set(key, index);
      return index;
    },
  };
}

/** Options may name files (distances, coordinates): with those changed, headers mean other things. */
async function optionFiles(options: ReadRequest['options']): Promise<string[]> {
  const texts = Object.values(options).filter((value) => typeof value === 'string');
  const identities = await Promise.all(texts.map(fileIdentity));
  return identities.flatMap((identity) => (identity ? [identityText(identity)] : []));
}

function sorted(options: ReadRequest['options']): [string, string | number | boolean][] {
  return Object.entries(options).sort(([a], [b]) => (a < b ? -1 : 1));
}

interface Entry {
  readonly identity: FileIdentity;
  readonly header: IndexedHeader;
}

async function openFolder(file: string, clock: () => bigint): Promise<FolderIndex> {
  const { entries, lines: before } = await load(file);
  let lines = before;
  const unsaved = new Set<string>();
  let saving: Promise<string | null> = Promise.resolve(null);

  const write = async (paths: readonly string[]): Promise<string | null> => {
    const wanted = new Set(paths);
    for (const name of [...entries.keys()]) if (!wanted.has(name)) entries.delete(name);
    const fresh = [...unsaved].filter((name) => entries.has(name));
    unsaved.clear();
    const isSparse = lines + fresh.length > 2 * entries.size + SPARE_LINES;
    if (fresh.length === 0 && !isSparse) return null;
    try {
      await mkdir(path.dirname(file), { recursive: true });
      if (lines === 0 || isSparse) {
        const all = [...entries].map(([name, entry]) => entryLine(name, entry));
        const partial = `${file}.${process.pid}.part`;
        await writeFile(partial, [FIRST_LINE, ...all, ''].join('\n'));
        await rename(partial, file);
        lines = all.length;
      } else {
        // A line end first: after a torn line this one stays whole.
        const added = fresh.map((name) => entryLine(name, entries.get(name) as Entry));
        await appendFile(file, ['', ...added, ''].join('\n'));
        lines += added.length;
      }
      return null;
    } catch (cause) {
      for (const name of fresh) unsaved.add(name);
      return `the header index was not written: ${cause instanceof Error ? cause.message : String(cause)}`;
    }
  };

  return {
    find: (name, identity) => {
      const entry = entries.get(name);
      return entry && sameIdentity(entry.identity, identity) ? entry.header : null;
    },
    remember: ({ path: name, identity, header }) => {
      // A second writing within the same tick of the clock would go unnoticed.
      if (isFresh(identity, clock())) return;
      entries.set(name, { identity, header });
      unsaved.add(name);
    },
    save: (paths) => (saving = saving.then(() => write(paths))),
  };
}

async function load(file: string): Promise<{ entries: Map<string, Entry>; lines: number }> {
  const entries = new Map<string, Entry>();
  const text = await readFile(file, 'utf8').catch(() => '');
  const [first, ...rest] = text.split('\n');
  if (first !== FIRST_LINE) return { entries, lines: 0 };
  for (const line of rest) {
    const parsed = parseLine(line);
    if (parsed) entries.set(parsed.name, parsed.entry);
  }
  return { entries, lines: rest.length };
}

function entryLine(name: string, { identity, header }: Entry): string {
  const { device, inode, bytes, modifiedNs, changedNs } = identity;
  const { format, window } = header;
  return JSON.stringify([
    name,
    [device, inode, bytes, modifiedNs, changedNs],
    [format, window?.start ?? null, window?.end ?? null],
  ]);
}

function parseLine(line: string): { name: string; entry: Entry } | null {
  try {
    const value: unknown = JSON.parse(line);
    if (!Array.isArray(value) || value.length !== 3) return null;
    const [name, stamp, header] = value as [unknown, unknown[], unknown[]];
    const [device, inode, bytes, modifiedNs, changedNs] = stamp;
    const [format, start, end] = header;
    const isText = (x: unknown): x is string => typeof x === 'string';
    if (!isText(name) || !isText(device) || !isText(inode) || typeof bytes !== 'number')
      return null;
    if (!isText(modifiedNs) || !isText(changedNs)) return null;
    if (format !== null && !isText(format)) return null;
    const window = isText(start) && isText(end) ? { start, end } : null;
    const identity = { device, inode, bytes, modifiedNs, changedNs };
    return { name, entry: { identity, header: { format, window } } };
  } catch {
    return null;
  }
}
