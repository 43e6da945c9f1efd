import {
  appendFileSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { silentLog, type GatewayLog } from '../../../apps/gateway/gateway-log.js';
import {
  addToRanges,
  isInRanges,
  parseRanges,
  rangesText,
} from '../../../apps/gateway/seq-ranges.js';
import { createFramer } from '../../../apps/gateway/mqtt-frames.js';
import { createRateLimiter } from '../../../apps/gateway/rate-limits.js';
import { openSeenKeys } from '../../../apps/gateway/seen-keys.js';
import { encodeFrame, scanFrames, type WalEntry } from '../../../apps/gateway/wal-frames.js';
import {
  openWriteAheadLog,
  type LogFile,
  type WriteAheadLog,
} from '../../../apps/gateway/write-ahead-log.js';

let dir = '';
beforeEach(() => {
  dir = mkdtempSync(path.join(os.tmpdir(), 'wal-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

const entryOf = (text: string, kind: WalEntry['kind'] = 'record'): WalEntry => ({
  kind,
  receivedNs: 1_518_824_101_120_000_000n,
  regionId: 'mexico',
  item: 'dev-1',
  payload: new Uint8Array(Buffer.from(text)),
});
const plain = (entry: WalEntry): object => ({ ...entry, payload: [...entry.payload] });
const texts = (entries: readonly WalEntry[]): string[] =>
  entries.map((e) => Buffer.from(e.payload).toString());

const anyEntry = fc.record({
  kind: fc.constantFrom('record' as const, 'refused' as const),
  receivedNs: fc.bigInt({ min: -(1n << 62n), max: 1n << 62n }),
  regionId: fc.stringMatching(/^[a-z0-9-]{1,30}$/),
  item: fc.string({ maxLength: 40 }),
  payload: fc.uint8Array({ maxLength: 300 }),
});

describe('frames', () => {
  it('come back as they went in, payloads that look like frames too', () => {
    const nested = entryOf('');
    const tricky = { ...nested, payload: new Uint8Array(encodeFrame(entryOf('inner'))) };
    fc.assert(
      fc.property(fc.array(anyEntry), (entries) => {
        const all = [...entries, tricky];
        const { entries: back, damage } = scanFrames(Buffer.concat(all.map(encodeFrame)));
        expect(back.map(plain)).toEqual(all.map(plain));
        expect(damage).toEqual([]);
      }),
    );
  });

  it('a log cut anywhere loses only the frames that are not whole', () => {
    const entries = ['a', 'bb', 'ccc'].map((text) => entryOf(text));
    const frames = entries.map(encodeFrame);
    const bytes = Buffer.concat(frames);
    for (let cut = 0; cut <= bytes.length; cut++) {
      let [whole, end] = [0, 0];
      while (whole < 3 && end + (frames[whole]?.length ?? 0) <= cut) {
        end += frames[whole++]?.length ?? 0;
      }
      const scanned = scanFrames(bytes.subarray(0, cut));
      expect(scanned.entries).toHaveLength(whole);
      expect(scanned.validBytes).toBe(end);
      expect(scanned.damage).toEqual([]);
    }
  });

  it('a damaged byte costs its own frame and is reported; the rest is read', () => {
    const frames = ['first', 'second', 'third'].map((text) => encodeFrame(entryOf(text)));
    const [a, b] = [frames[0]?.length ?? 0, frames[1]?.length ?? 0];
    for (let at = a; at < a + b; at++) {
      const bytes = Buffer.concat(frames);
      bytes[at] = (bytes[at] ?? 0) ^ 0x41;
      const { entries, damage } = scanFrames(bytes);
      expect(texts(entries)).toEqual(['first', 'third']);
      expect(damage).toEqual([{ at: a, bytes: b }]);
    }
  });

  it('reads garbage as nothing', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 500 }), (garbage) => {
        expect(scanFrames(Buffer.from(garbage)).entries).toEqual([]);
        const after = Buffer.concat([Buffer.from(garbage), encodeFrame(entryOf('kept'))]);
        expect(texts(scanFrames(after).entries)).toEqual(['kept']);
      }),
    );
  });
});

function append(wal: WriteAheadLog, text: string): Promise<number> {
  return new Promise((resolve, reject) => {
    wal.append(encodeFrame(entryOf(text)), (error, number) =>
      error ? reject(error) : resolve(number),
    );
  });
}

/** A file in memory that counts syncs and fails on demand. */
function memoryFiles(): {
  open: (file: string) => Promise<LogFile>;
  syncs: () => number;
  fail: (code: string | null) => void;
} {
  let [syncs, code] = [0, null as string | null];
  const check = (): void => {
    if (code !== null) throw Object.assign(new Error(code), { code });
  };
  return {
    syncs: () => syncs,
    fail: (next) => (code = next),
    open: async (file) => {
      await Promise.resolve();
      check();
      writeFileSync(file, '');
      return {
        write: async (bytes) => {
          await Promise.resolve();
          if (code !== null) appendFileSync(file, bytes.subarray(0, bytes.length >> 1));
          check();
          appendFileSync(file, bytes);
        },
        sync: async () => {
          await Promise.resolve();
          syncs++;
        },
        truncate: async (bytes) => {
          await Promise.resolve();
          writeFileSync(file, readFileSync(file).subarray(0, bytes));
        },
        close: () => Promise.resolve(),
      };
    },
  };
}

const options = (log: GatewayLog = silentLog) => ({
  dir,
  maxLogBytes: 1e6,
  maxLogAgeMs: 1e9,
  log,
});

describe('openWriteAheadLog', () => {
  it('calls back after the sync, many messages for one', async () => {
    const files = memoryFiles();
    const wal = await openWriteAheadLog({ ...options(), openFile: files.open });
    const all = Array.from({ length: 500 }, (_, i) => append(wal, `m${i}`));
    expect(new Set(await Promise.all(all))).toEqual(new Set([1]));
    expect(files.syncs()).toBeLessThan(5);
    await wal.rotate();
    expect(texts(scanFrames(readFileSync(wal.fileOf(1))).entries)).toEqual(
      all.map((_, i) => `m${i}`),
    );
  });

  it('closes logs by size and keeps their order', async () => {
    let closed = 0;
    const wal = await openWriteAheadLog({
      ...options(),
      maxLogBytes: 100,
      onClosed: () => closed++,
    });
    for (let i = 0; i < 6; i++) await append(wal, 'x'.repeat(60));
    await wal.close();
    expect(wal.closed()).toEqual([1, 2, 3, 4, 5, 6].slice(0, wal.closed().length));
    expect(closed).toBeGreaterThan(1);
    const before = wal.bytes();
    await wal.remove(1, { keepAside: false });
    await wal.remove(2, { keepAside: true });
    expect(wal.bytes()).toBeLessThan(before);
    expect([existsSync(`${dir}/1.log`), existsSync(`${dir}/damaged/2.log`)]).toEqual([false, true]);
  });

  it('closes a log by age', async () => {
    let nowMs = 0;
    const wal = await openWriteAheadLog({ ...options(), maxLogAgeMs: 1000, now: () => nowMs });
    await append(wal, 'a');
    expect(await append(wal, 'b')).toBe(1);
    nowMs = 2000;
    await append(wal, 'c'); // the log is closed just before or just after it
    expect(await append(wal, 'd')).toBe(2);
    await wal.close();
  });

  it('cuts a torn end off, reports damage, never reuses a number', async () => {
    const frames = ['a', 'b', 'c'].map((t) => encodeFrame(entryOf(t)));
    const damaged = Buffer.concat(frames);
    damaged[frames[0]?.length ?? 0] = 0;
    writeFileSync(`${dir}/7.log`, Buffer.concat([damaged, frames[0]?.subarray(0, 9) ?? damaged]));
    const said: string[] = [];
    const log: GatewayLog = {
      ...silentLog,
      warn: (_, message) => said.push(message),
      error: (_, message) => said.push(message),
    };
    const wal = await openWriteAheadLog({ ...options(log), firstNumber: 3 });
    expect(said).toEqual(['damaged frames in the log: skipped', 'torn end cut off']);
    expect(readFileSync(`${dir}/7.log`)).toHaveLength(damaged.length);
    expect(texts(scanFrames(readFileSync(wal.fileOf(7))).entries)).toEqual(['a', 'c']);
    expect(await append(wal, 'd')).toBe(8);
    await wal.close();
  });

  it('a full disk: nothing is confirmed, nothing half-written stays, and it recovers', async () => {
    const files = memoryFiles();
    const wal = await openWriteAheadLog({ ...options(), openFile: files.open });
    await append(wal, 'before');
    files.fail('ENOSPC');
    await expect(append(wal, 'lost 1')).rejects.toThrow(/write-ahead log unavailable: ENOSPC/);
    await expect(append(wal, 'lost 2')).rejects.toThrow(/ENOSPC/);
    files.fail(null);
    await append(wal, 'after');
    await wal.close();
    const logs = wal.closed().map((n) => scanFrames(readFileSync(wal.fileOf(n))));
    expect(logs.flatMap((l) => texts(l.entries))).toEqual(['before', 'after']);
    expect(logs.every((l) => l.damage.length === 0)).toBe(true);
  });

  it('names a folder that cannot be used', async () => {
    writeFileSync(`${dir}/file`, '');
    const bad = { ...options(), dir: `${dir}/file/wal` };
    await expect(openWriteAheadLog(bad)).rejects.toThrow(/log folder .* unavailable/);
  });
});

describe('openSeenKeys', () => {
  const keys = (ids: (number | string)[], stream = 'r dev b1') => [{ stream, ids }];

  it('the first log owns a message, also after a restart', async () => {
    const seen = await openSeenKeys({ dir, limit: 100 });
    const s = seen.stream('r dev b1');
    seen.hold(s, 7);
    expect(seen.ownerOf(s, 7)).toBe('pending');
    seen.settle(s, 7, 4);
    expect([seen.ownerOf(s, 7), seen.claim(s, 7, 5), seen.claim(s, 7, 4)]).toEqual([
      'taken',
      false,
      true,
    ]);
    seen.hold(s, '#gone');
    seen.release(s, '#gone');
    expect(seen.ownerOf(s, '#gone')).toBeUndefined();
    await seen.save(4, keys([7, 9, 8, '#h']));
    const again = await openSeenKeys({ dir, limit: 100 });
    const t = again.stream('r dev b1');
    expect([7, 8, 9, '#h'].map((id) => again.ownerOf(t, id))).toEqual(Array(4).fill('taken'));
    expect([6, 10, '#g'].map((id) => again.ownerOf(t, id))).toEqual(Array(3).fill(undefined));
    expect([again.lastSaved, again.isSaved(4), again.claim(t, 7, 9)]).toEqual([4, true, false]);
    expect(again.size()).toBe(2); // one range, one hash
  });

  it('an earlier log takes a message back that a later one holds', async () => {
    const seen = await openSeenKeys({ dir, limit: 100 });
    const s = seen.stream('r dev b1');
    seen.hold(s, 1);
    expect(seen.claim(s, 1, 3)).toBe(true); // found in the log of a failed commit
    seen.settle(s, 1, 6);
    expect([seen.ownerOf(s, 1), seen.claim(s, 1, 6)]).toEqual(['taken', false]);
  });

  it('forgets the streams used longest ago beyond its limit, in memory and on the disk', async () => {
    const seen = await openSeenKeys({ dir, limit: 10 });
    const first = seen.stream('r dev1 b');
    for (let log = 1; log <= 5; log++) {
      await seen.save(log, keys([1, 3, 5, 7], `r dev${log} b`)); // four ranges
    }
    expect(seen.size()).toBeLessThanOrEqual(10);
    expect(first.isGone).toBe(true);
    expect(seen.ownerOf(seen.stream('r dev1 b'), 1)).toBeUndefined();
    expect(seen.ownerOf(seen.stream('r dev5 b'), 7)).toBe('taken');
    expect((await openSeenKeys({ dir, limit: 10 })).size()).toBe(8);
  });

  it('reads the key files of the version before, a key a line', async () => {
    writeFileSync(`${dir}/3.keys`, 'mexico dev b1 5\nmexico dev "a b" 6\nmexico dev b1 6');
    const seen = await openSeenKeys({ dir, limit: 10 });
    expect(seen.ownerOf(seen.stream('mexico dev b1'), 6)).toBe('taken');
    expect(seen.ownerOf(seen.stream('mexico dev "a b"'), 6)).toBe('taken');
  });
});

describe('ranges', () => {
  it('hold what a set holds, in any order', () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 60 })), (values) => {
        const ranges: number[] = [];
        for (const value of values) addToRanges(ranges, value, value);
        const set = new Set(values);
        for (let v = 0; v <= 61; v++) expect(isInRanges(ranges, v)).toBe(set.has(v));
        // Neighbours are one range: no range begins where another ends.
        for (let i = 2; i < ranges.length; i += 2) {
          expect(ranges[i]).toBeGreaterThan((ranges[i - 1] as number) + 1);
        }
        const back: number[] = [];
        for (const text of rangesText([...set]))
          addToRanges(back, ...(parseRanges(text) ?? [0, 0]));
        expect(back).toEqual(ranges);
      }),
    );
  });
});

describe('key files', () => {
  it('stay bounded in number when logs are small', async () => {
    for (let log = 1; log <= 2100; log++) writeFileSync(`${dir}/${log}.keys`, `r d${log} b 1`);
    const seen = await openSeenKeys({ dir, limit: 1e6 });
    expect([seen.lastSaved, seen.ownerOf(seen.stream('r d1 b'), 1)]).toEqual([2100, 'taken']);
    await seen.save(2101, [{ stream: 'r d2101 b', ids: [1] }]);
    expect(readdirSync(dir)).toHaveLength(2000);
    const again = await openSeenKeys({ dir, limit: 1e6 });
    expect(again.lastSaved).toBe(2101);
    expect(again.ownerOf(again.stream('r d101 b'), 1)).toBeUndefined();
    expect(again.ownerOf(again.stream('r d102 b'), 1)).toBe('taken');
  });
});

describe('createFramer', () => {
  const packet = (length: number, fill: number): Buffer => {
    const header = [0x30];
    let rest = length;
    do {
      const byte = rest % 128;
      rest = Math.floor(rest / 128);
      header.push(rest > 0 ? byte | 0x80 : byte);
    } while (rest > 0);
    return Buffer.concat([Buffer.from(header), Buffer.alloc(length, fill)]);
  };

  it('gives packets out whole however they are cut, and stops a larger one early', () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat({ max: 1000 }), { minLength: 1, maxLength: 6 }),
        fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1 }),
        (lengths, cuts) => {
          const sent = lengths.map((length, i) => packet(length, i));
          const stream = Buffer.concat([...sent, packet(1001, 9).subarray(0, 3)]);
          const got: Buffer[] = [];
          const framer = createFramer(1000, (first, bytes, headerAt) => {
            expect([first, headerAt]).toEqual([0x30, bytes.length > 129 ? 3 : 2]);
            got.push(bytes); // kept, not copied: later pushes must not change it
          });
          let [at, cut] = [0, 0];
          while (at < stream.length) {
            const end = Math.min(stream.length, at + (cuts[cut++ % cuts.length] ?? 1));
            expect(framer.push(stream.subarray(at, end))).toBe(end < stream.length);
            at = end;
          }
          expect(got).toEqual(sent);
        },
      ),
    );
  });

  it('stops a length that never ends', () => {
    const framer = createFramer(1e9, () => expect.unreachable());
    expect(framer.push(Buffer.from([0x30, 0x80, 0x80, 0x80, 0x80, 0x80]))).toBe(false);
  });
});

describe('createRateLimiter', () => {
  it('lets a burst pass, then the rate, for each name', () => {
    let ms = 0;
    const limiter = createRateLimiter({ rateHz: 10, burst: 5, maxNames: 2, nowMs: () => ms });
    const passed = (name: string, tries: number): number =>
      Array.from({ length: tries }, () => limiter.pass(name)).filter(Boolean).length;
    expect([passed('a', 20), passed('b', 3)]).toEqual([5, 3]);
    ms = 200;
    expect(passed('a', 20)).toBe(2);
    expect(passed('c', 1)).toBe(0); // a third name while two are busy
    ms = 10_000;
    expect(passed('c', 1)).toBe(1);
  });
});
