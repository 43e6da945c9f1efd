/**
 * A pool of worker threads for heavy work, so that the main thread can heartbeat and cancel.
 * Threads start on demand; one that dies fails its task (which Temporal retries) and is replaced.
 * @module
 */
import { Worker } from 'node:worker_threads';
import type { ComputePool, Progress, TaskTable } from '../../core/compute.js';
import { UnavailableError } from '../../core/errors.js';
import { fromPlainError, type Request, type Response } from './protocol.js';
import type { computeTasks } from './tasks.js';

interface Job {
  readonly request: Request;
  readonly resolve: (output: unknown) => void;
  readonly reject: (error: Error) => void;
  readonly onProgress: ((progress: Progress) => void) | undefined;
}

interface Thread {
  readonly worker: Worker;
  job: Job | null;
}

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
    const thread: Thread = { worker, job: null };
    threads.add(thread);
    const fail = (error: Error): void => {
      threads.delete(thread);
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
    thread.job = null;
    if (response.kind === 'done') job.resolve(response.output);
    else job.reject(fromPlainError(response.error));
    pump();
  };

  const pump = (): void => {
    while (queue.length > 0) {
      const idle = [...threads].find((thread) => thread.job === null);
      const thread = idle ?? (threads.size < options.size ? spawn() : undefined);
      if (!thread) return;
      const job = queue.shift() as Job;
      thread.job = job;
      try {
        thread.worker.postMessage(job.request);
      } catch (cause) {
        // An input that cannot be cloned never reached the thread, which stays usable.
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
        const { signal, onProgress } = runOptions;
        const onAbort = (): void => {
          Atomics.store(cancel, 0, 1);
          const waiting = queue.findIndex((job) => job.request === request);
          if (waiting >= 0) queue.splice(waiting, 1);
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
      for (const job of unfinished) job.reject(closedError(job.request.task));
      await Promise.all(all.map((thread) => thread.worker.terminate()));
    },
  };
}

/** Retryable: another worker, or this one after its restart, can do it. */
function closedError(task: string): UnavailableError {
  return new UnavailableError({
    what: `worker thread of ${task}`,
    reason: 'the pool is closed',
    remedy: 'it is tried again by a worker that runs',
  });
}
