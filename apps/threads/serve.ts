/** Inside a worker thread: runs one task of a table at a time and answers. @module */
import { parentPort } from 'node:worker_threads';
import type { TaskContext, TaskTable } from '../../core/compute.js';
import { toPlainError } from '../../core/plain-error.js';
import type { Request, Response } from './protocol.js';

/** Answers the pool's requests with tasks of the table. Throws outside a worker thread. */
export function serveTasks(tasks: TaskTable): void {
  const port = parentPort;
  if (!port) throw new Error('tasks are served only inside a worker thread');
  const send = (response: Response): void => port.postMessage(response);

  const answer = async (request: Request): Promise<void> => {
    const { id, task, input, cancel } = request;
    const context: TaskContext = {
      progress: (progress) => send({ id, kind: 'progress', progress }),
      throwIfCancelled: () => {
        if (Atomics.load(cancel, 0) === 1) throw new Error('cancelled');
      },
    };
    try {
      if (!Object.hasOwn(tasks, task)) throw new Error(`there is no task ${task}`);
      const run = tasks[task] as (input: unknown, context: TaskContext) => unknown;
      const output = await run(input, context);
      // Throws when the output cannot be cloned: that is a failure of the task, not of the thread.
      send({ id, kind: 'done', output });
    } catch (error) {
      send({ id, kind: 'failed', error: toPlainError(error) });
    }
  };
  port.on('message', (request: Request) => void answer(request));
}
