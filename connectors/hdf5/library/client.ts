/**
 * The HDF5 library at arm's length: it runs in a thread of its own, because some damaged files lead
 * it in circles for ever, which only the end of its thread stops. Calls are synchronous here; one
 * that does not end in time ends the thread, and the file is refused.
 * @module
 */
import {
  MessageChannel,
  receiveMessageOnPort,
  Worker,
  type MessagePort,
} from 'node:worker_threads';
import { CorruptSourceError, UnavailableError } from '../../../core/errors.js';
import { fromPlainError } from '../../../core/plain-error.js';
import type {
  CallName,
  FileNumbers,
  LibraryCalls,
  Request,
  Response,
  Soundness,
  ThreadSetup,
} from './protocol.js';

/** A call takes milliseconds; the caller adds what decoding takes. */
const LIMIT_MS = 5000;
/** Part of the limit that has to be processor time: a slow disk or a busy machine is no damage. */
const BUSY_PART = 0.5;
/** A call that neither ends nor works is given up after so many times the limit. */
const IDLE_FACTOR = 12;
/** Memory of a thread beside the library's own. */
const MAX_LISTS_MB = 512;
/** Files remembered as endless. */
const MAX_REMEMBERED = 100;

interface LibraryThread {
  readonly worker: Worker;
  readonly port: MessagePort;
  readonly answered: Int32Array;
  state: Soundness;
  users: number;
  /** Resolves when it is gone and its files are closed; null while it runs. */
  end: Promise<unknown> | null;
}

/** A file open in the library. */
export interface LibraryFile {
  /** The files of the operating system that the library opened. */
  readonly numbers: readonly FileNumbers[];
  /**
   * Throws what the library complains about, CorruptSourceError when it does not end,
   * UnavailableError when it does not answer. `extraMs` is time granted beyond the usual.
   */
  readonly call: <Name extends Exclude<CallName, 'open' | 'close'>>(
    name: Name,
    input: Parameters<LibraryCalls[Name]>[0] & { readonly path: string },
    extraMs?: number,
  ) => ReturnType<LibraryCalls[Name]>;
  readonly close: () => Promise<void>;
}

const ENTRY = new URL('./entry.mjs', import.meta.url);

let current: Promise<LibraryThread> | null = null;
let nextFile = 1;
let nextRequest = 1;
/** Where a file, by name and identity, led the library in circles. */
const endless = new Map<string, string>();

/**
 * Opens the file in the library. `identity` changes with its content: a file that was endless once is
 * refused at once. `limitMs` replaces the usual limit of a call. Throws CorruptSourceError, and
 * UnavailableError when the library does not answer.
 */
export async function openInLibrary(input: {
  readonly source: string;
  readonly identity: string;
  readonly limitMs?: number;
}): Promise<LibraryFile> {
  const { source } = input;
  const key = `${input.identity} ${source}`;
  const refuseEndless = (): void => {
    const at = endless.get(key);
    if (at !== undefined) throw endlessError(source, at);
  };
  refuseEndless();
  const thread = await soundThread();
  const file = nextFile++;
  const ask = <Name extends CallName>(
    name: Name,
    value: Parameters<LibraryCalls[Name]>[0],
    at: string,
    extraMs = 0,
  ): ReturnType<LibraryCalls[Name]> => {
    refuseEndless();
    if (thread.end !== null || (thread.state === 'broken' && name !== 'close')) {
      throw brokenError(source);
    }
    const limitMs = (input.limitMs ?? LIMIT_MS) + extraMs;
    const response = exchange(thread, { id: nextRequest++, name, file, input: value }, limitMs);
    if (typeof response === 'string') {
      endThread(thread);
      if (response === 'idle') throw idleError(source, at);
      if (endless.size >= MAX_REMEMBERED) endless.clear();
      endless.set(key, at);
      throw endlessError(source, at);
    }
    if (response.soundness !== 'sound') retire(thread, response.soundness);
    if ('error' in response) throw fromPlainError(response.error);
    return response.output as ReturnType<LibraryCalls[Name]>;
  };
  thread.users += 1;
  try {
    const numbers = ask('open', { source }, 'superblock');
    return {
      numbers,
      call: (name, value, extraMs) => ask(name, value, value.path, extraMs),
      close: async () => {
        try {
          if (thread.end === null) ask('close', {}, 'file');
        } finally {
          leave(thread);
          await thread.end;
        }
      },
    };
  } catch (error) {
    leave(thread);
    await thread.end;
    throw error;
  }
}

async function soundThread(): Promise<LibraryThread> {
  for (;;) {
    const starting = (current ??= startThread());
    const thread = await starting.catch((error: unknown) => {
      if (current === starting) current = null;
      throw error;
    });
    if (thread.state === 'sound') return thread;
    if (current === starting) current = null;
  }
}

async function startThread(): Promise<LibraryThread> {
  const answered = new Int32Array(new SharedArrayBuffer(4));
  const { port1: port, port2 } = new MessageChannel();
  const workerData: ThreadSetup = { answered, port: port2 };
  const worker = new Worker(ENTRY, {
    workerData,
    transferList: [port2],
    // Without the options of this process: preloaded modules would be loaded for nothing.
    execArgv: [],
    // Lists that grow for ever end the thread, not the process.
    resourceLimits: { maxOldGenerationSizeMb: MAX_LISTS_MB },
  });
  await new Promise<void>((resolve, reject) => {
    worker.once('message', () => resolve());
    worker.once('error', reject);
  });
  const thread: LibraryThread = { worker, port, answered, state: 'sound', users: 0, end: null };
  worker.on('error', () => retire(thread, 'broken'));
  // A thread without work must not keep the process.
  worker.unref();
  return thread;
}

/**
 * Sends the request and sleeps until it is answered. `endless`: it works on and on; `idle`: it waits
 * for something, or the thread is gone.
 */
function exchange(
  thread: LibraryThread,
  request: Request,
  limitMs: number,
): Response | 'endless' | 'idle' {
  const { port, answered } = thread;
  let seen = Atomics.load(answered, 0);
  const startMs = performance.now();
  const start = process.cpuUsage();
  let waitMs = limitMs / 4;
  port.postMessage(request);
  for (;;) {
    // On a busy machine the message may lag behind the count: once it is counted, it is looked for.
    if (Atomics.wait(answered, 0, seen, waitMs) !== 'timed-out') waitMs = 1;
    seen = Atomics.load(answered, 0);
    const received = receiveMessageOnPort(port) as { readonly message: Response } | undefined;
    if (received?.message.id === request.id) return received.message;
    const passedMs = performance.now() - startMs;
    const { user, system } = process.cpuUsage(start);
    const isBusy = (user + system) / 1000 > limitMs * BUSY_PART;
    if (isBusy && passedMs > limitMs) return 'endless';
    if (passedMs > limitMs * IDLE_FACTOR) return 'idle';
  }
}

/** A tired thread serves the files it has open, a broken one none. */
function retire(thread: LibraryThread, state: Soundness): void {
  if (thread.state !== 'broken') thread.state = state;
  if (thread.users === 0) endThread(thread);
}

function leave(thread: LibraryThread): void {
  thread.users -= 1;
  if (thread.users === 0 && thread.state !== 'sound') endThread(thread);
}

function endThread(thread: LibraryThread): void {
  thread.state = 'broken';
  thread.port.close();
  thread.end ??= thread.worker.terminate();
}

function endlessError(source: string, at: string): CorruptSourceError {
  const reason = 'damaged structures lead the HDF5 library in circles; it was stopped';
  return new CorruptSourceError({ source, at, reason });
}

function idleError(source: string, at: string): UnavailableError {
  return new UnavailableError({
    what: `${at} of ${source}`,
    reason: 'the HDF5 library did not answer for a long time',
    remedy: 'check the disk or network that holds the file, then read it again',
  });
}

function brokenError(source: string): UnavailableError {
  return new UnavailableError({
    what: source,
    reason: 'the HDF5 library broke down on a damaged file that was open at the same time',
    remedy: 'read it again',
  });
}
