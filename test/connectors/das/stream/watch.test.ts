/** A watch knows files by identity: growing, settled, written again, repeated, late, gone. @module */
import {
  appendFileSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { folderListing, waitForChange } from '../../../../connectors/das/stream/folder-listing.js';
import { hdf5Completeness } from '../../../../connectors/das/stream/hdf5-end.js';
import { objectListing, startWatch } from '../../../../connectors/das/stream/watch.js';
import {
  lookAt,
  type SeenFile,
  type WatchState,
  type WatchedFile,
} from '../../../../connectors/das/stream/watch-state.js';
import { UnavailableError } from '../../../../core/errors.js';
import { samplePath, describeWithSamples } from '../../../support/sample-data.js';
import { syntheticRecording, writePart } from './recording-cuts.js';

const home = mkdtempSync(path.join(tmpdir(), 'quakeloom-watch-'));
afterAll(() => rmSync(home, { recursive: true, force: true }));
let folder = '';
let count = 0;
beforeEach(() => {
  folder = path.join(home, String(count++));
  mkdirSync(folder);
});

const settings = { settleMs: 2000, giveUpMs: 60_000, recheckMs: 0 };

/** A watch of the folder whose clock goes by hand, ms from the first poll. */
function watchFolder(state?: WatchState) {
  let laterMs = 0;
  const startMs = Date.now();
  const watch = startWatch({
    listing: folderListing({ root: folder }),
    settings,
    clock: () => startMs + laterMs,
    ...(state ? { state } : {}),
  });
  const poll = async (atMs: number) => {
    laterMs = atMs;
    const events = await watch.poll();
    return events.map((event) =>
      [event.kind, path.basename(event.name), 'version' in event ? event.version : '']
        .join(' ')
        .trim(),
    );
  };
  return { watch, poll };
}

const at = (name: string): string => path.join(folder, name);

describe('watch of a folder', () => {
  it('waits while a file grows, and until it has settled', async () => {
    const { poll } = watchFolder();
    writeFileSync(at('a.tdms'), 'TDSm');
    expect(await poll(0)).toEqual(['growing a.tdms']);
    expect(await poll(1500)).toEqual([]);
    appendFileSync(at('a.tdms'), 'more');
    expect(await poll(2500)).toEqual(['growing a.tdms']);
    expect(await poll(4400)).toEqual([]);
    expect(await poll(4500)).toEqual(['settled a.tdms 1']);
    expect(await poll(9000)).toEqual([]);
  });

  it('hands a complete HDF5 file on at once, a truncated one when nothing more can be hoped for', async () => {
    const recording = syntheticRecording({ rateHz: 50, seconds: 2, waveS: 9 });
    const part = { recording, writer: 'prodml' as const, from: 0, to: 100 };
    await writePart({ ...part, folder, name: 'whole' });
    copyFileSync(at('whole.h5'), at('cut.h5'));
    truncateSync(at('cut.h5'), readFileSync(at('whole.h5')).length - 1);
    writeFileSync(at('empty.h5'), '');
    writeFileSync(at('.hidden.h5'), 'x');
    const { poll } = watchFolder();
    expect(await poll(0)).toEqual(['growing cut.h5', 'growing empty.h5', 'settled whole.h5 1']);
    expect(await poll(59_000)).toEqual([]);
    expect(await poll(62_000)).toEqual(['settled cut.h5 1', 'settled empty.h5 1']);
  });

  it('tells a file that was written again, renamed or removed', async () => {
    const { poll } = watchFolder();
    writeFileSync(at('a'), 'one');
    await poll(0);
    expect(await poll(3000)).toEqual(['settled a 1']);
    writeFileSync(at('a.part'), 'two');
    renameSync(at('a.part'), at('a'));
    expect(await poll(4000)).toEqual(['growing a']);
    expect(await poll(7000)).toEqual(['settled a 2']);
    renameSync(at('a'), at('b'));
    expect(await poll(8000)).toEqual(['gone a', 'settled b 1']);
    rmSync(at('b'));
    expect(await poll(9000)).toEqual(['gone b']);
  });

  it('goes on after a restart from its state as JSON', async () => {
    const { watch, poll } = watchFolder();
    writeFileSync(at('a'), 'one');
    writeFileSync(at('b'), 'two');
    await poll(0);
    expect(await poll(3000)).toEqual(['settled a 1', 'settled b 1']);
    writeFileSync(at('b'), 'two again');
    const state = JSON.parse(JSON.stringify(watch.state())) as WatchState;
    writeFileSync(at('0-late'), 'late');
    const restarted = watchFolder(state);
    expect(await restarted.poll(5000)).toEqual(['settled 0-late 1', 'growing b']);
    expect(await restarted.poll(8000)).toEqual(['settled b 2']);
  });

  it('knows a repeated file by its samples, while the first one is there', async () => {
    const { watch, poll } = watchFolder();
    for (const name of ['a', 'b', 'c']) writeFileSync(at(name), name);
    await poll(0);
    await poll(3000);
    const files = (): WatchState['files'] => watch.state().files;
    const note = (name: string, contentId: string) =>
      watch.noteContent({ name: at(name), identity: files()[at(name)]!.identity, contentId });
    expect(note('a', 'same')).toBeNull();
    expect(note('a', 'same')).toBeNull();
    expect(note('b', 'same')).toBe(at('a'));
    expect(note('c', 'other')).toBeNull();
    const stale = { name: at('c'), identity: 'of before', contentId: 'same' };
    expect(watch.noteContent(stale)).toBeNull();
    writeFileSync(at('a'), 'now something else');
    await poll(4000);
    await poll(7000);
    expect(note('c', 'same')).toBeNull();
  });

  it('wakes at the latest after the time given, also where there is no folder to watch', async () => {
    await waitForChange({ root: at('nowhere'), ms: 5 });
    const stopped = AbortSignal.abort();
    await waitForChange({ root: folder, ms: 60_000, signal: stopped });
    const waiting = waitForChange({ root: folder, ms: 10_000 });
    writeFileSync(at('a'), 'x');
    await waiting;
    expect(readFileSync(at('a'), 'utf8')).toBe('x');
  });

  it('says so when the folder cannot be listed', async () => {
    const watch = startWatch({ listing: folderListing({ root: at('nowhere') }) });
    await expect(watch.poll()).rejects.toBeInstanceOf(UnavailableError);
  });
});

describe('watch of an object prefix', () => {
  it('takes objects as whole, and another tag as another version', async () => {
    let objects = [{ key: 'p/b', bytes: 3, etag: 'x', modifiedMs: 0 }];
    const lister = {
      list: async (prefix: string) => objects.filter((o) => o.key.startsWith(prefix)),
    };
    const watch = startWatch({ listing: objectListing({ prefix: 'p/', lister }), settings });
    const kinds = async () =>
      (await watch.poll()).map((e) =>
        `${e.kind} ${e.name} ${'version' in e ? e.version : ''}`.trim(),
      );
    expect(await kinds()).toEqual(['settled p/b 1']);
    objects = [
      { key: 'p/a', bytes: 3, etag: 'z', modifiedMs: Date.now() },
      { key: 'p/b', bytes: 3, etag: 'y', modifiedMs: 0 },
      { key: 'q/c', bytes: 3, etag: 'y', modifiedMs: 0 },
    ];
    expect(await kinds()).toEqual(['settled p/a 1', 'settled p/b 2']);
    expect(await kinds()).toEqual([]);
    objects = [];
    expect(await kinds()).toEqual(['gone p/a', 'gone p/b']);
  });

  it('names the prefix when it cannot be listed', async () => {
    const lister = { list: () => Promise.reject(new Error('no network')) };
    const watch = startWatch({ listing: objectListing({ prefix: 'p/', lister }) });
    await expect(watch.poll()).rejects.toThrow(/objects at p\/.*no network/);
  });
});

describe('looks at a file', () => {
  it('settle each identity that stays, once, in any history', () => {
    const look = fc.record({
      waitMs: fc.integer({ min: 0, max: 5000 }),
      identity: fc.constantFrom('a', 'b', 'c'),
    });
    fc.assert(
      fc.property(fc.array(look, { maxLength: 30 }), (looks) => {
        let known: WatchedFile | undefined;
        let nowMs = 1_000_000;
        let sinceMs = nowMs;
        let settled = 0;
        for (const { waitMs, identity } of looks) {
          nowMs += waitMs;
          const isNew = known?.identity !== identity;
          if (isNew) sinceMs = nowMs;
          const seen: SeenFile = {
            name: 'n',
            identity,
            modifiedMs: nowMs,
            completeness: 'unknown',
          };
          const wasSettled = !isNew && known?.isSettled === true;
          const { file, event } = lookAt(known, seen, { nowMs, settings });
          known = file;
          expect(file.isSettled).toBe(wasSettled || nowMs - sinceMs >= settings.settleMs);
          expect(event?.kind === 'settled').toBe(file.isSettled && !wasSettled);
          if (event?.kind === 'settled') expect(event.version).toBe(++settled);
        }
      }),
    );
  });
});

const SAMPLES = [
  'das/brady_eq_daspy_example_f32.h5',
  'das/terra15_v5_test_file.hdf5',
  'das/gdr_1.h5',
];

describeWithSamples('the end of an HDF5 file', SAMPLES, () => {
  it.each(SAMPLES)('is where the superblock of %s says', (name) => {
    const bytes = readFileSync(samplePath(name));
    expect(hdf5Completeness(bytes.subarray(0, 96), bytes.length)).toBe('complete');
    expect(hdf5Completeness(bytes.subarray(0, 96), bytes.length - 1)).toBe('partial');
    expect(hdf5Completeness(bytes.subarray(0, 20), bytes.length)).toBe('partial');
  });
});

describe('the head of a file', () => {
  it('is never taken for a complete HDF5 file unless it names an end within the file', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 96 }), fc.nat(), (head, bytes) => {
        expect(['unknown', 'partial']).toContain(hdf5Completeness(head, bytes));
      }),
    );
    const superblock3 = Uint8Array.of(
      0x89,
      0x48,
      0x44,
      0x46,
      0xd,
      0xa,
      0x1a,
      0xa,
      3,
      8,
      8,
      0,
      ...new Uint8Array(16),
      100,
      ...new Uint8Array(15),
    );
    expect(hdf5Completeness(superblock3, 100)).toBe('complete');
    expect(hdf5Completeness(superblock3, 99)).toBe('partial');
    expect(hdf5Completeness(superblock3.with(11, 1), 100)).toBe('partial');
  });
});
