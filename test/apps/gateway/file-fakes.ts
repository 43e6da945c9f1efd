/**
 * Object store and segment index in a folder, so that they survive a killed process; each can be
 * told to fail. In: a folder. Out: the ports and what was written.
 * @module
 */
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import type { ArtifactRef, ObjectStore } from '../../../core/artifact.js';
import type { Catalogue, QuarantineRow, SegmentRow } from '../../../core/catalogue.js';
import { decodeTable } from '../../../core/tables/ipc.js';
import { phoneRecords, type PhoneRecord } from '../../../core/tables/phone-table.js';

export interface FileFakes {
  readonly store: ObjectStore;
  readonly catalogue: Pick<Catalogue, 'addSegment' | 'quarantine'>;
  /** While set, every write throws it. */
  failWith(error: Error | null): void;
  segments(): SegmentRow[];
  records(): PhoneRecord[];
  quarantined(): QuarantineRow[];
}

/** Opens the folder; the same folder gives the same content. */
export function fileFakes(dir: string): FileFakes {
  let failure: Error | null = null;
  for (const sub of ['store', 'rows', 'quarantine']) {
    mkdirSync(path.join(dir, sub), { recursive: true });
  }
  const check = (): void => {
    if (failure) throw failure;
  };
  const nameOf = (key: string): string => createHash('sha256').update(key).digest('hex');
  const writeOnce = (file: string, bytes: Uint8Array | string): void => {
    if (existsSync(file)) return;
    writeFileSync(`${file}.${process.pid}.part`, bytes);
    renameSync(`${file}.${process.pid}.part`, file);
  };
  const readAll = <T>(sub: string): T[] =>
    readdirSync(path.join(dir, sub))
      .filter((name) => name.endsWith('.json'))
      .sort()
      .map((name) => JSON.parse(readFileSync(path.join(dir, sub, name), 'utf8'), revive) as T);
  let rows = 0;
  const fileOf = (key: string): string => path.join(dir, 'store', nameOf(key));
  const read = (ref: ArtifactRef): Uint8Array => new Uint8Array(readFileSync(fileOf(ref.key)));
  return {
    store: {
      async put({ key, kind, bytes }) {
        await Promise.resolve();
        check();
        writeOnce(fileOf(key), bytes);
        const sha256 = createHash('sha256').update(bytes).digest('hex');
        return { key, kind, sha256, bytes: bytes.length };
      },
      get: (ref) => Promise.resolve(read(ref)),
      has: (key) => Promise.resolve(existsSync(fileOf(key))),
      list: () => Promise.resolve([]),
    },
    catalogue: {
      async addSegment(segment) {
        await Promise.resolve();
        check();
        const row: SegmentRow = { ...segment, id: ++rows };
        const file = path.join(dir, 'rows', `${nameOf(segment.artifact.key)}.json`);
        writeOnce(file, JSON.stringify(row, replace));
        return row;
      },
      async quarantine(row) {
        await Promise.resolve();
        check();
        const file = path.join(dir, 'quarantine', `${nameOf(JSON.stringify(row))}.json`);
        writeOnce(file, JSON.stringify(row));
      },
    },
    failWith(error) {
      failure = error;
    },
    segments: () => readAll<SegmentRow>('rows'),
    records: () =>
      readAll<SegmentRow>('rows')
        .filter(({ artifact }) => artifact.kind === 'phone-segment')
        .flatMap((row) => phoneRecords(decodeTable(read(row.artifact), row.artifact.key))),
    quarantined: () => readAll<QuarantineRow>('quarantine'),
  };
}

function replace(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? `${value}n` : value;
}

function revive(_key: string, value: unknown): unknown {
  return typeof value === 'string' && /^-?\d+n$/.test(value) ? BigInt(value.slice(0, -1)) : value;
}
