/**
 * A feed read for ever: connects, resumes from the cursor, waits longer after each failure, gives up
 * on a connection that says nothing (half-open), and keeps no more than a bounded number of frames.
 * @module
 */
import { createUptimeLog, type UptimeLog } from './uptime.js';
import type { FeedDelete, FeedPost, ParsedFrame } from './frame.js';

/** One connection: frames as text; `null` is a heartbeat. Ends or throws when it is lost. */
export type FeedConnection = AsyncIterable<string | null>;

/** Cause of a lost connection whose server said when to come back. */
export interface AskedToWait {
  readonly retryAfterS: number | null;
}

export interface FeedSource {
  readonly name: string;
  readonly connect: (input: {
    readonly cursor: string | null;
    readonly signal: AbortSignal;
  }) => FeedConnection;
  readonly parse: (frame: string, nowS: number) => ParsedFrame;
  /** True when a cursor replays what a break missed. */
  readonly replays: boolean;
  /** Time of a cursor, s since 1970, where it has one: tells a cursor that was too old to replay. */
  readonly cursorS?: (cursor: string) => number;
}

export interface FeedStatistics {
  readonly frames: number;
  readonly connections: number;
  /** Refused frames by reason. */
  readonly refused: Readonly<Record<string, number>>;
  readonly uptime: UptimeLog;
}

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 60_000;
/** A server may ask for so much (`Retry-After`). */
const LONGEST_ASKED_MS = 900_000;
/** Silence after which a connection counts as half-open. */
const IDLE_S = 60;
const MAX_REASONS = 100;
/** No service of posts is silent for so long. */
const MAX_REPLAY_GAP_S = 120;

/**
 * Reads until `signal` aborts. `take` gets each event with the cursor after it and is awaited, so that
 * a slow taker slows the socket instead of filling memory.
 */
export async function readFeed(input: {
  readonly source: FeedSource;
  readonly cursor: string | null;
  readonly signal: AbortSignal;
  readonly take: (event: FeedPost | FeedDelete, cursor: string | null) => void | Promise<void>;
  readonly nowS?: () => number;
  readonly wait?: (ms: number) => Promise<void>;
  readonly idleS?: number;
  /** Proven uptime of earlier processes; filled on. */
  readonly uptime?: UptimeLog;
  /** Called after each lost connection. */
  readonly onLost?: (reason: string) => void;
}): Promise<FeedStatistics> {
  const { source, signal, take } = input;
  const nowS = input.nowS ?? (() => Date.now() / 1000);
  const idleS = input.idleS ?? IDLE_S;
  const wait = input.wait ?? ((ms) => pause(ms, signal));
  const uptime = input.uptime ?? createUptimeLog({ idleS });
  const refused: Record<string, number> = {};
  let cursor = input.cursor;
  let [frames, connections, failures] = [0, 0, 0];
  const refuse = (reason: string): void => {
    const known = reason in refused || Object.keys(refused).length < MAX_REASONS;
    const key = known ? reason : 'other';
    refused[key] = (refused[key] ?? 0) + 1;
  };

  while (!signal.aborted) {
    connections++;
    const attempt = new AbortController();
    const stop = (): void => attempt.abort();
    signal.addEventListener('abort', stop, { once: true });
    let watchdog = setTimeout(stop, idleS * 1000);
    const isResumed = source.replays && cursor !== null;
    let isFirst = true;
    let askedMs = 0;
    try {
      for await (const frame of source.connect({ cursor, signal: attempt.signal })) {
        clearTimeout(watchdog);
        watchdog = setTimeout(stop, idleS * 1000);
        if (frame === null) {
          // A heartbeat before the first frame does not tell whether the replay is whole.
          if (!isFirst || !isResumed) uptime.seen(nowS());
          continue;
        }
        frames++;
        const parsed = source.parse(frame, nowS());
        if (isFirst && isResumed && parsed.ok && parsed.cursor !== null) {
          isFirst = false;
          if (isGap(source, cursor, parsed.cursor)) {
            refuse('cursor too old: a part of the break is unknown');
            uptime.seen(nowS());
          } else uptime.resumed(nowS());
        } else if (!isFirst || !isResumed) uptime.seen(nowS());
        if (!parsed.ok) {
          refuse(parsed.reason);
          continue;
        }
        // A frame of the past must not make the next connection ask for all since then.
        const next =
          parsed.cursor !== null && !isBefore(source, parsed.cursor, cursor)
            ? parsed.cursor
            : cursor;
        // A server that only repeats itself before it closes is not asked again and again.
        if (next === null || next !== cursor) failures = 0;
        cursor = next;
        if (parsed.event.kind !== 'other') await take(parsed.event, cursor);
        if (attempt.signal.aborted) break;
      }
      input.onLost?.(attempt.signal.aborted ? 'silent or stopped' : 'closed by the server');
    } catch (error) {
      input.onLost?.(error instanceof Error ? error.message : String(error));
      askedMs = 1000 * (askedToWait(error) ?? 0);
    } finally {
      clearTimeout(watchdog);
      signal.removeEventListener('abort', stop);
      attempt.abort();
      uptime.lost(nowS());
    }
    if (signal.aborted) break;
    failures++;
    const ownMs = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.min(10, failures - 1));
    await wait(Math.max(ownMs, Math.min(LONGEST_ASKED_MS, askedMs)));
  }
  return { frames, connections, refused, uptime };
}

/** True when the first frame after a break is far later than the cursor that was asked for. */
function isGap(source: FeedSource, asked: string | null, first: string): boolean {
  if (source.cursorS === undefined || asked === null) return false;
  return source.cursorS(first) - source.cursorS(asked) > MAX_REPLAY_GAP_S;
}

function isBefore(source: FeedSource, one: string, other: string | null): boolean {
  if (source.cursorS === undefined || other === null) return false;
  return source.cursorS(one) < source.cursorS(other);
}

function askedToWait(error: unknown): number | null {
  const { cause } = error as { readonly cause?: Partial<AskedToWait> | undefined };
  return cause?.retryAfterS ?? null;
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done, { once: true });
  });
}
