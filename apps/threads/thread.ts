/** Inside a worker thread: runs one task at a time and answers. @module */
import { parentPort } from 'node:worker_threads';
import type { TaskContext } from '../../core/compute.js';
import { toPlainError, type Request, type Response } from './protocol.js';
import { computeTasks } from './tasks.js';

const port = parentPort;
if (!port) throw new Error('thread.ts runs only as a worker thread');

const send = (response: Response): void => port.postMessage(response);

port.on('message', (request: Request) => {
  void answer(request).then(send);
});

async function answer(request: Request): Promise<Response> {
  const { id, task, input, cancel } = request;
  const context: TaskContext = {
    progress: (progress) => send({ id, kind: 'progress', progress }),
    throwIfCancelled: () => {
      if (Atomics.load(cancel, 0) === 1) throw new Error('cancelled');
    },
  };
  try {
    const run = computeTasks[task as keyof typeof computeTasks] as (
      input: unknown,
      context: TaskContext,
    ) => unknown;
    return { id, kind: 'done', output: await run(input, context) };
  } catch (error) {
    return { id, kind: 'failed', error: toPlainError(error) };
  }
}
