/** Tasks that misbehave in every way a thread can, for the tests of the pool. @module */
import { threadId } from 'node:worker_threads';
import type { TaskContext } from '../../core/compute.js';
import { CorruptSourceError, UnavailableError } from '../../core/errors.js';
import { serveTasks } from '../../apps/threads/serve.js';

export const threadTasks = {
  double: (input: { values: Float64Array }) => ({ values: input.values.map((v) => 2 * v) }),
  threadId: () => threadId,
  /** Adds one to `gate[0]`, then waits until `gate[1]` is set: tells how many run at once. */
  meet: (input: { gate: Int32Array; id: number }) => {
    Atomics.add(input.gate, 0, 1);
    Atomics.notify(input.gate, 0);
    Atomics.wait(input.gate, 1, 0, 20_000);
    return { id: input.id, arrived: Atomics.load(input.gate, 0) };
  },
  count: (input: { to: number }, context: TaskContext) => {
    for (let i = 1; i <= input.to; i++) {
      context.progress({ fraction: i / input.to, note: `step ${i}` });
    }
    return 'counted';
  },
  /** Busy until it is cancelled; then says so in `flag[0]`. */
  spin: (input: { flag: Int32Array }, context: TaskContext) => {
    Atomics.store(input.flag, 1, 1);
    Atomics.notify(input.flag, 1);
    try {
      for (;;) {
        context.throwIfCancelled();
        Atomics.wait(input.flag, 2, 0, 5);
      }
    } finally {
      Atomics.store(input.flag, 0, 1);
      Atomics.notify(input.flag, 0);
    }
  },
  corrupt: () => {
    throw new CorruptSourceError({ source: 'a.h5', at: 'byte 7', reason: 'torn' });
  },
  unavailable: async () => {
    throw new UnavailableError({ what: 'x', reason: 'y', remedy: 'z', retryable: false });
  },
  plain: () => {
    throw new RangeError('too far');
  },
  textThrown: () => {
    throw 'just text';
  },
  notCloneable: () => ({ made: () => 1 }),
  exit: (input: { code: number }) => process.exit(input.code),
  /** Throws where no task can catch it, and never answers. */
  throwOutside: () =>
    new Promise<never>(() => {
      setImmediate(() => {
        throw new Error('boom outside');
      });
    }),
} as const;

serveTasks(threadTasks);
