/**
 * In: frames. Out: a callback once a frame is on the disk. Frames that come while a commit is under
 * way share the next one (one write, one fdatasync), so the cost of a sync is divided by the load.
 * Log files `<dir>/<number>.log` are closed by size, age or on demand, and removed by their reader.
 * @module
 */
import { mkdir, open, readFile, readdir, rename, truncate, unlink } from 'node:fs/promises';
import path from 'node:path';
import { UnavailableError } from '../../core/errors.js';
import { errorText, type GatewayLog } from './gateway-log.js';
import { syncFolder } from './sync-folder.js';
import { scanFrames } from './wal-frames.js';

/** Told once a frame is durable (in which log) or that it is not. */
export type Committed = (error: Error | null, logNumber: number) => void;

/** An append-only file; the default is a real one, tests give one that fails. */
export interface LogFile {
  write(bytes: Buffer): Promise<void>;
  sync(): Promise<void>;
  truncate(bytes: number): Promise<void>;
  close(): Promise<void>;
}

export interface WriteAheadLog {
  /** Adds a frame to the next commit; its bytes are copied. */
  append(frame: Buffer, done: Committed): void;
  /** Calls back when everything appended before is durable. */
  barrier(done: Committed): void;
  /** Commits what waits and closes the current log, so that it can be sealed. */
  rotate(): Promise<void>;
  /** Numbers of closed logs, ascending. */
  closed(): number[];
  /** Path of a log. */
  fileOf(logNumber: number): string;
  /** Deletes a closed log; a damaged one is kept aside in `<dir>/damaged`. */
  remove(logNumber: number, options: { keepAside: boolean }): Promise<void>;
  /** Bytes in all logs and on their way there. */
  bytes(): number;
  close(): Promise<void>;
}

export interface WriteAheadLogOptions {
  readonly dir: string;
  readonly maxLogBytes: number;
  readonly maxLogAgeMs: number;
  readonly log: GatewayLog;
  /** Numbers below this are taken (logs that were sealed and removed). */
  readonly firstNumber?: number;
  /** Called when a log was closed because of its size or age. */
  readonly onClosed?: () => void;
  readonly openFile?: (file: string) => Promise<LogFile>;
  readonly now?: () => number;
}

/**
 * Opens the log folder: cuts torn ends off the logs that a crash left and reports damage. Throws
 * UnavailableError when the folder cannot be used.
 */
export async function openWriteAheadLog(options: WriteAheadLogOptions): Promise<WriteAheadLog> {
  const { dir, log } = options;
  const now = options.now ?? Date.now;
  const openFile = options.openFile ?? openRealFile;
  const fileOf = (logNumber: number): string => path.join(dir, `${logNumber}.log`);
  const closedLogs = await recover(dir, log);
  let nextNumber = Math.max(options.firstNumber ?? 1, ...[...closedLogs.keys()].map((n) => n + 1));
  let current: { number: number; file: LogFile; bytes: number; since: number } | null = null;
  let next = emptyBatch(); // frames of the next commit
  let spare = emptyBatch();
  let durable = [...closedLogs.values()].reduce((sum, bytes) => sum + bytes, 0);
  let failures = 0;
  let toldMs = Number.NEGATIVE_INFINITY;
  let unwritten = 0; // bytes of frames that are not durable yet
  let rotations: (() => void)[] = [];
  let running: Promise<void> | null = null;

  async function run(): Promise<void> {
    while (next.done.length > 0 || rotations.length > 0) {
      const waiting = rotations;
      rotations = [];
      if (next.done.length > 0) await commit();
      const full =
        current !== null &&
        (current.bytes >= options.maxLogBytes || now() - current.since >= options.maxLogAgeMs);
      if (full || waiting.length > 0) await closeCurrent();
      for (const resolve of waiting) resolve();
      if (full) options.onClosed?.();
    }
  }

  async function commit(): Promise<void> {
    const batch = next;
    next = spare;
    let error: Error | null = null;
    try {
      if (batch.length > 0) {
        current ??= await openNext();
        await current.file.write(batch.bytes.subarray(0, batch.length));
        await current.file.sync();
        current.bytes += batch.length;
        durable += batch.length;
        if (failures > 0) {
          log.info({ failures }, 'the log can be written again');
          failures = 0;
          toldMs = Number.NEGATIVE_INFINITY;
        }
      }
    } catch (cause) {
      error = new UnavailableError({
        what: 'write-ahead log',
        reason: errorText(cause),
        remedy: 'free space on the disk of the gateway; devices send again meanwhile',
        cause,
      });
      failures++;
      // A full disk fails every commit: said at once, then once in ten seconds with their number.
      if (now() - toldMs >= TELL_AGAIN_MS) {
        toldMs = now();
        log.error(
          { error: errorText(cause), failures },
          'cannot write the log: messages are not acknowledged',
        );
      }
      await abandonCurrent();
    }
    unwritten -= batch.length;
    const number = current?.number ?? nextNumber - 1;
    const told = batch.done;
    spare = batch.bytes.length > LARGEST_KEPT ? emptyBatch() : { ...batch, length: 0, done: [] };
    for (const done of told) done(error, number);
  }

  async function openNext(): Promise<NonNullable<typeof current>> {
    // Counted first: a number whose file could not be opened is never tried again.
    const number = nextNumber++;
    return { number, file: await openFile(fileOf(number)), bytes: 0, since: now() };
  }

  /** After a failed sync nobody knows what is on the disk: cut the log back and start another. */
  async function abandonCurrent(): Promise<void> {
    const failed = current;
    current = null;
    if (!failed) return;
    try {
      await failed.file.truncate(failed.bytes);
      await failed.file.sync();
    } catch (cause) {
      log.error({ error: errorText(cause) }, 'cannot cut the failed log back; it is read as it is');
    }
    await failed.file.close().catch(() => undefined);
    closedLogs.set(failed.number, failed.bytes);
  }

  async function closeCurrent(): Promise<void> {
    const done = current;
    current = null;
    if (!done) return;
    closedLogs.set(done.number, done.bytes);
    await done.file.close();
  }

  function kick(): void {
    running ??= run().finally(() => {
      running = null;
      if (next.done.length > 0 || rotations.length > 0) kick();
    });
  }

  const rotate = (): Promise<void> =>
    new Promise((resolve) => {
      rotations.push(resolve);
      kick();
    });

  return {
    append(frame, done) {
      unwritten += frame.length;
      addTo(next, frame);
      next.done.push(done);
      kick();
    },
    barrier(done) {
      next.done.push(done);
      kick();
    },
    rotate,
    closed: () => [...closedLogs.keys()].sort((a, b) => a - b),
    fileOf,
    async remove(logNumber, { keepAside }) {
      if (keepAside) {
        await mkdir(path.join(dir, 'damaged'), { recursive: true });
        await rename(fileOf(logNumber), path.join(dir, 'damaged', `${logNumber}.log`));
      } else {
        await unlink(fileOf(logNumber));
      }
      durable -= closedLogs.get(logNumber) ?? 0;
      closedLogs.delete(logNumber);
    },
    bytes: () => unwritten + durable,
    close: rotate,
  };
}

/** Frames that share a commit. */
interface Batch {
  bytes: Buffer;
  length: number;
  done: Committed[];
}

const FIRST_BYTES = 1 << 20;
/** A log that cannot be written is told of again after this. */
const TELL_AGAIN_MS = 10_000;
const LARGEST_KEPT = 1 << 24;

function emptyBatch(): Batch {
  return { bytes: Buffer.allocUnsafe(FIRST_BYTES), length: 0, done: [] };
}

function addTo(batch: Batch, frame: Buffer): void {
  const length = batch.length + frame.length;
  if (length > batch.bytes.length) {
    const larger = Buffer.allocUnsafe(Math.max(length, 2 * batch.bytes.length));
    batch.bytes.copy(larger, 0, 0, batch.length);
    batch.bytes = larger;
  }
  frame.copy(batch.bytes, batch.length);
  batch.length = length;
}

/** Sizes of the logs left by an earlier run, torn ends cut off. */
async function recover(dir: string, log: GatewayLog): Promise<Map<number, number>> {
  const sizes = new Map<number, number>();
  try {
    await mkdir(dir, { recursive: true });
    const names = (await readdir(dir)).filter((name) => /^\d+\.log$/.test(name));
    for (const name of names) {
      const file = path.join(dir, name);
      const bytes = await readFile(file);
      const { damage, validBytes } = scanFrames(bytes);
      for (const { at, bytes: lost } of damage) {
        log.error({ file, at, bytes: lost }, 'damaged frames in the log: skipped');
      }
      if (validBytes < bytes.length) {
        log.warn({ file, at: validBytes, bytes: bytes.length - validBytes }, 'torn end cut off');
        await truncate(file, validBytes);
      }
      sizes.set(Number.parseInt(name, 10), validBytes);
    }
  } catch (cause) {
    throw new UnavailableError({
      what: `log folder ${dir}`,
      reason: errorText(cause),
      remedy: 'give the gateway a folder that it may write',
      retryable: false,
      cause,
    });
  }
  return sizes;
}

async function openRealFile(file: string): Promise<LogFile> {
  const handle = await open(file, 'ax');
  await syncFolder(path.dirname(file));
  return {
    async write(bytes) {
      for (let at = 0; at < bytes.length;) {
        at += (await handle.write(bytes, at, bytes.length - at)).bytesWritten;
      }
    },
    sync: () => handle.datasync(),
    truncate: (bytes) => handle.truncate(bytes),
    close: () => handle.close(),
  };
}
