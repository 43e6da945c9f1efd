/**
 * A pool of worker threads for heavy work, so that the main thread can heartbeat and cancel.
 * Threads start on demand; one that dies fails its task (which Temporal retries) and is replaced.
 * @module
 */
import { Worker } from 'node:worker_threads';
import type { ComputePool, Progress, TaskTable } from '../../core/compute.js';
import { UnavailableError } from '../../core/errors.js';
import { fromPlainError } from '../../core/plain-error.js';
import type { Request, Response } from './protocol.js';
import type { computeTasks } from './tasks.js';

interface Job {
  readonly request: Request;
  readonly resolve: (output: unknown) => void;
  readonly reject: (error: Error) => void;
  readonly onProgress: ((progress: Progress) => void) | undefined;
  readonly limitMs: number | undefined;
}

interface Thread {
  readonly worker: Worker;
  job: Job | null;
  /** Ends a task that ran too long. */
  watch: NodeJS.Timeout | null;
}

/** A cancelled task with a limit that goes on is ended with its thread after this. */
const CANCEL_GRACE_MS = 10_000;

const ENTRY = new URL('./entry.mjs', import.meta.url);

/**
 * Makes a pool of at most `size` threads. `entry` is the module that a thread runs, which serves the
 * tasks (`serve.ts`); the compute tasks when absent.
 */
export function createComputePool<Tasks extends TaskTable = typeof computeTasks>(options: {
  size: number;
  entry?: URL;
}): ComputePool<Tasks> {
  const threads = new Set<Thread>();
  const queue: Job[] = [];
  let nextId = 1;
  let closed = false;

  const spawn = (): Thread => {
    // geotiff's `web-worker` reads fields of workerData in every thread that imports it.
    const worker = new Worker(options.entry ?? ENTRY, { workerData: {} });
    const thread: Thread = { worker, job: null, watch: null };
    threads.add(thread);
    const fail = (error: Error): void => {
      if (!threads.delete(thread)) return;
      unwatch(thread);
      thread.job?.reject(
        new UnavailableError({
          what: `worker thread of ${thread.job.request.task}`,
          reason: error.message,
          remedy: 'it is tried again; if it keeps failing, look at the worker log for memory',
          cause: error,
        }),
      );
      thread.job = null;
      if (!closed) pump();
    };
    worker.on('message', (response: Response) => settle(thread, response));
    worker.on('error', fail);
    worker.on('exit', (code) => {
      if (threads.has(thread)) fail(new Error(`thread ended with code ${code}`));
    });
    return thread;
  };

  const settle = (thread: Thread, response: Response): void => {
    const job = thread.job;
    if (!job || job.request.id !== response.id) return;
    if (response.kind === 'progress') {
      job.onProgress?.(response.progress);
      return;
    }
    unwatch(thread);
    thread.job = null;
    if (response.kind === 'done') job.resolve(response.output);
    else job.reject(fromPlainError(response.error));
    pump();
  };

  /** A loop inside native or WebAssembly code can only be stopped with its thread. */
  const end = (thread: Thread, error: Error): void => {
    if (!threads.delete(thread)) return;
    unwatch(thread);
    thread.job?.reject(error);
    thread.job = null;
    void thread.worker.terminate();
    if (!closed) pump();
  };

  const watch = (thread: Thread, limitMs: number, error: Error): void => {
    unwatch(thread);
    thread.watch = setTimeout(() => end(thread, error), limitMs);
    thread.watch.unref();
  };

  const pump = (): void => {
    while (queue.length > 0) {
      const idle = [...threads].find((thread) => thread.job === null);
      const thread = idle ?? (threads.size < options.size ? spawn() : undefined);
      if (!thread) return;
      const job = queue.shift() as Job;
      thread.job = job;
      const { limitMs, request } = job;
      if (limitMs !== undefined) watch(thread, limitMs, tooSlow(request.task, limitMs));
      try {
        thread.worker.postMessage(request);
      } catch (cause) {
        // An input that cannot be cloned never reached the thread, which stays usable.
        unwatch(thread);
        thread.job = null;
        job.reject(cause instanceof Error ? cause : new Error(String(cause)));
      }
    }
  };

  return {
    run: (name, input, runOptions = {}) =>
      new Promise((resolve, reject) => {
        if (closed) {
          reject(closedError(name));
          return;
        }
        const cancel = new Int32Array(new SharedArrayBuffer(4));
        const request: Request = { id: nextId++, task: name, input, cancel };
        const { signal, onProgress, limitMs } = runOptions;
        const onAbort = (): void => {
          Atomics.store(cancel, 0, 1);
          const waiting = queue.findIndex((job) => job.request === request);
          if (waiting >= 0) queue.splice(waiting, 1);
          // Only tasks with a limit: they hold no native library that must not be torn down.
          const thread = [...threads].find(({ job }) => job?.request === request);
          if (thread && limitMs !== undefined) {
            watch(thread, Math.min(limitMs, CANCEL_GRACE_MS), new Error('cancelled'));
          }
          reject(signal?.reason instanceof Error ? signal.reason : new Error('cancelled'));
        };
        if (signal?.aborted) {
          onAbort();
          return;
        }
        signal?.addEventListener('abort', onAbort, { once: true });
        const done = (): void => signal?.removeEventListener('abort', onAbort);
        queue.push({
          request,
          onProgress,
          limitMs,
          resolve: (output) => {
            done();
            resolve(output as never);
          },
          reject: (error) => {
            done();
            reject(error);
          },
        });
        pump();
      }),
    close: async () => {
      closed = true;
      const all = [...threads];
      threads.clear();
      const unfinished = [...all.flatMap(({ job }) => job ?? []), ...queue.splice(0)];
      for (const thread of all) unwatch(thread);
      for (const job of unfinished) job.reject(closedError(job.request.task));
      await Promise.all(all.map((thread) => thread.worker.terminate()));
    },
  };
}

function unwatch(thread: Thread): void {
  if (thread.watch) clearTimeout(thread.watch);
  thread.watch = null;
}

function tooSlow(task: string, limitMs: number): UnavailableError {
  return new UnavailableError({
    what: `answer of ${task}`,
    reason: `it was not finished within ${limitMs / 1000} s and was ended`,
    remedy: 'look at the input: a damaged file can keep a reader busy for ever',
    retryable: false,
  });
}

/** Retryable: another worker, or this one after its restart, can do it. */
function closedError(task: string): UnavailableError {
  return new UnavailableError({
    what: `worker thread of ${task}`,
    reason: 'the pool is closed',
    remedy: 'it is tried again by a worker that runs',
  });
}
