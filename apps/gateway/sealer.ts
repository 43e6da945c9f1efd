/**
 * In: closed logs. Out: Arrow segments in the object store and rows in the segment index; only then
 * the log goes. Logs are sealed in their order, one at a time. What fails is tried again with
 * growing pauses and the log stays; a crash between any two steps repeats them with the same bytes.
 * @module
 */
import type { ObjectStore } from '../../core/artifact.js';
import type { Catalogue } from '../../core/catalogue.js';
import type { ComputePool } from '../../core/compute.js';
import { errorText, type GatewayLog } from './gateway-log.js';
import { NO_REGION } from './intake.js';
import type { KeyId, LogKeys } from './message-key.js';
import type { RefusedMessage, sealTasks } from './seal-tasks.js';
import type { SeenKeys } from './seen-keys.js';
import type { WriteAheadLog } from './write-ahead-log.js';

export interface SealCounts {
  /** Records in segments. */
  readonly sealed: number;
  readonly segments: number;
  /** Bytes of logs that could not be read. */
  readonly damagedBytes: number;
  /** Attempts that failed since the last success. */
  readonly failures: number;
  /** Why the last attempt failed; empty when it did not. */
  readonly lastError: string;
}

export interface Sealer {
  /** Claims the records of logs left by an earlier run; call before anything is taken. */
  recover(): Promise<void>;
  /** Closes the current log and seals all. Throws what the object store or the index throws. */
  flush(): Promise<void>;
  /** Seals soon: a log was closed. */
  wake(): void;
  start(): void;
  /** Waits for the log being sealed. */
  stop(): Promise<void>;
  counts(): SealCounts;
}

/** Refused messages of one log that are written one by one; more share a row of their reason. */
const MAX_QUARANTINE_ROWS = 200;
const QUARANTINE_ATTEMPTS = 3;

/** Makes the sealer of one gateway. */
export function createSealer(input: {
  readonly wal: WriteAheadLog;
  readonly seen: SeenKeys;
  /** One thread, which reads logs and makes segments. */
  readonly thread: ComputePool<typeof sealTasks>;
  readonly store: ObjectStore;
  readonly catalogue: Pick<Catalogue, 'addSegment' | 'quarantine'>;
  /** Name of the feed in the segment index. */
  readonly sourceId: string;
  readonly log: GatewayLog;
  readonly intervalMs: number;
  readonly retryMs: { readonly first: number; readonly most: number };
  /** Called after each sealed log. */
  readonly onSealed: () => void;
}): Sealer {
  const { wal, seen, thread, store, catalogue, log } = input;
  let counts: SealCounts = { sealed: 0, segments: 0, damagedBytes: 0, failures: 0, lastError: '' };
  let timer: NodeJS.Timeout | null = null;
  let stopped = true;
  let turn: Promise<unknown> = Promise.resolve();

  async function sealLog(logNumber: number): Promise<void> {
    const file = wal.fileOf(logNumber);
    const { keys, refused, damage, unreadable } = await thread.run('readLog', { file });
    const { own, others } = claimed(keys, logNumber);
    // A log that left its keys was sealed whole: only its removal did not happen.
    const isSealed = seen.isSaved(logNumber);
    const segments = isSealed ? [] : await thread.run('makeSegments', { file, leaveOut: others });
    for (const { key, bytes, kind, ...row } of segments) {
      const artifact = await store.put({ key, kind, bytes });
      await catalogue.addSegment({ ...row, source: 'phones', sourceId: input.sourceId, artifact });
    }
    const lost = damage.reduce((sum, part) => sum + part.bytes, 0);
    await quarantine([
      ...refusals(refused),
      ...damage.map((part) => ({
        regionId: NO_REGION,
        item: `gateway log ${logNumber}, byte ${part.at}`,
        reason: `${part.bytes} bytes are damaged and were skipped`,
      })),
    ]);
    if (unreadable > 0) log.error({ logNumber, unreadable }, 'entries of the log do not parse');
    // The keys first: a log that is gone must not be taken again when a device repeats itself.
    if (!isSealed) await seen.save(logNumber, own);
    await wal.remove(logNumber, { keepAside: lost > 0 || unreadable > 0 });
    counts = {
      sealed: counts.sealed + segments.reduce((sum, segment) => sum + segment.records, 0),
      segments: counts.segments + segments.length,
      damagedBytes: counts.damagedBytes + lost,
      failures: 0,
      lastError: '',
    };
    input.onSealed();
  }

  /** Keys that belong to this log, and those that an earlier one owns. */
  function claimed(keys: LogKeys, logNumber: number): { own: LogKeys; others: LogKeys } {
    const own: { stream: string; ids: KeyId[] }[] = [];
    const others: { stream: string; ids: KeyId[] }[] = [];
    for (const { stream, ids } of keys) {
      const of = seen.stream(stream);
      const mine: KeyId[] = [];
      const theirs: KeyId[] = [];
      for (const id of ids) (seen.claim(of, id, logNumber) ? mine : theirs).push(id);
      if (mine.length > 0) own.push({ stream, ids: mine });
      if (theirs.length > 0) others.push({ stream, ids: theirs });
    }
    return { own, others };
  }

  /** Rows for people: tried a few times, then told in the log; data is never held back for them. */
  async function quarantine(
    rows: readonly { regionId: string; item: string; reason: string }[],
  ): Promise<void> {
    for (const row of rows) {
      for (let attempt = 1; ; attempt++) {
        try {
          await catalogue.quarantine({ ...row, source: 'phones' });
          break;
        } catch (error) {
          if (attempt < QUARANTINE_ATTEMPTS) continue;
          log.error({ ...row, error: errorText(error) }, 'cannot write a refused message down');
          break;
        }
      }
    }
  }

  /** One at a time, in the order of the calls. */
  function sealAll(rotate: boolean): Promise<void> {
    const run = turn.then(async () => {
      if (rotate) await wal.rotate();
      try {
        for (const logNumber of wal.closed()) await sealLog(logNumber);
      } catch (error) {
        counts = { ...counts, failures: counts.failures + 1, lastError: errorText(error) };
        throw error;
      }
    });
    turn = run.catch(() => undefined);
    return run;
  }

  function schedule(delayMs: number): void {
    if (timer) clearTimeout(timer);
    timer = null;
    if (stopped) return;
    timer = setTimeout(() => {
      timer = null;
      // While sealing fails no log is cut short: fewer, larger segments come out in the end.
      sealAll(counts.failures === 0).then(
        () => schedule(input.intervalMs),
        (error: unknown) => {
          const { first, most } = input.retryMs;
          const pauseMs = Math.min(most, first * 2 ** Math.min(20, counts.failures - 1));
          log.error({ error: errorText(error), pauseMs }, 'cannot seal: trying again');
          schedule(pauseMs);
        },
      );
    }, delayMs);
  }

  return {
    async recover() {
      for (const logNumber of wal.closed()) {
        const { keys } = await thread.run('readLog', { file: wal.fileOf(logNumber) });
        if (!seen.isSaved(logNumber)) claimed(keys, logNumber);
      }
    },
    flush: () => sealAll(true),
    wake() {
      if (!stopped && counts.failures === 0) schedule(0);
    },
    start() {
      stopped = false;
      schedule(wal.closed().length > 0 ? 0 : input.intervalMs);
    },
    async stop() {
      stopped = true;
      if (timer) clearTimeout(timer);
      timer = null;
      await turn;
    },
    counts: () => counts,
  };
}

/** Refused messages, equal ones once; beyond 200 the items of a reason share a row. */
function refusals(refused: readonly RefusedMessage[]): RefusedMessage[] {
  const rows = new Map<string, RefusedMessage>();
  for (const { regionId, item, reason } of refused) {
    const row = { regionId, item: rows.size < MAX_QUARANTINE_ROWS ? item : 'many', reason };
    rows.set(`${regionId}\0${row.item}\0${reason}`, row);
  }
  return [...rows.values()];
}
