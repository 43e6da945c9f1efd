import { afterEach, describe, expect, it } from 'vitest';
import type { ComputePool, Progress } from '../../core/compute.js';
import { isQuakeError } from '../../core/errors.js';
import { createComputePool } from '../../apps/threads/pool.js';
import type { threadTasks } from '../support/thread-tasks.js';

type Pool = ComputePool<typeof threadTasks>;

const open: Pool[] = [];

function pool(size: number): Pool {
  const made = createComputePool<typeof threadTasks>({
    size,
    entry: new URL('../support/thread-entry.mjs', import.meta.url),
  });
  open.push(made);
  return made;
}

afterEach(async () => {
  await Promise.all(open.splice(0).map((each) => each.close()));
});

const shared = (): Int32Array => new Int32Array(new SharedArrayBuffer(16));

/** Resolves when another thread made `cell` differ from `value`, without blocking this one. */
async function changed(array: Int32Array, cell: number, value = 0): Promise<void> {
  while (Atomics.load(array, cell) === value) {
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

async function failure(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => {
      throw new Error('it did not fail');
    },
    (error: unknown) => error,
  );
}

describe('compute pool', () => {
  it('hands values over and back', async () => {
    const { values } = await pool(1).run('double', { values: Float64Array.of(1, -2.5) });
    expect(values).toEqual(Float64Array.of(2, -5));
  });

  it('runs as many tasks at once as it has threads, and not more', async () => {
    const compute = pool(2);
    const gate = shared();
    const tasks = [1, 2, 3].map((id) => compute.run('meet', { gate, id }));
    // Both threads wait in their tasks at the same time; the third task has not begun.
    await changed(gate, 0, 0);
    await changed(gate, 0, 1);
    expect(Atomics.load(gate, 0)).toBe(2);
    Atomics.store(gate, 1, 1);
    Atomics.notify(gate, 1);
    expect((await Promise.all(tasks)).map(({ id }) => id)).toEqual([1, 2, 3]);
    expect(Atomics.load(gate, 0)).toBe(3);
  });

  it('uses its threads again', async () => {
    const compute = pool(1);
    const ids = [
      await compute.run('threadId', undefined),
      await compute.run('threadId', undefined),
    ];
    expect(ids[0]).toBe(ids[1]);
  });

  it('passes progress on, in order', async () => {
    const seen: Progress[] = [];
    const result = await pool(1).run('count', { to: 4 }, { onProgress: (p) => seen.push(p) });
    expect(result).toBe('counted');
    expect(seen.map(({ note }) => note)).toEqual(['step 1', 'step 2', 'step 3', 'step 4']);
    expect(seen.at(-1)?.fraction).toBe(1);
  });

  it('cancels a running task inside its thread, which then serves the next', async () => {
    const compute = pool(1);
    const flag = shared();
    const controller = new AbortController();
    const running = failure(compute.run('spin', { flag }, { signal: controller.signal }));
    await changed(flag, 1);
    controller.abort(new Error('enough'));
    expect(await running).toMatchObject({ message: 'enough' });
    await changed(flag, 0);
    expect(await compute.run('count', { to: 1 })).toBe('counted');
  });

  it('cancels a task that waits, which then never begins', async () => {
    const compute = pool(1);
    const [busy, waiting] = [shared(), shared()];
    const [first, second] = [new AbortController(), new AbortController()];
    const one = failure(compute.run('spin', { flag: busy }, { signal: first.signal }));
    const two = failure(compute.run('spin', { flag: waiting }, { signal: second.signal }));
    await changed(busy, 1);
    second.abort(new Error('no longer'));
    expect(await two).toMatchObject({ message: 'no longer' });
    first.abort(new Error('enough'));
    await one;
    expect(await compute.run('count', { to: 1 })).toBe('counted');
    expect(Atomics.load(waiting, 1)).toBe(0);
  });

  it('ends a task that runs past its limit with its thread, and serves the next', async () => {
    const compute = pool(1);
    const error = await failure(compute.run('spin', { flag: shared() }, { limitMs: 3000 }));
    expect(error).toMatchObject({ _tag: 'Unavailable', retryable: false });
    expect(String(error)).toContain('spin unavailable: it was not finished within 3 s');
    expect((await compute.run('double', { values: Float64Array.of(4) })).values[0]).toBe(8);
  });

  it('does not begin what was cancelled before', async () => {
    const signal = AbortSignal.abort(new Error('before'));
    const flag = shared();
    expect(await failure(pool(1).run('spin', { flag }, { signal }))).toMatchObject({
      message: 'before',
    });
    expect(Atomics.load(flag, 1)).toBe(0);
  });

  it('errors keep tag, fields and retryability over the border', async () => {
    const compute = pool(1);
    const corrupt = await failure(compute.run('corrupt', undefined));
    expect(isQuakeError(corrupt)).toBe(true);
    expect(corrupt).toMatchObject({
      name: 'CorruptSourceError',
      _tag: 'CorruptSource',
      retryable: false,
      source: 'a.h5',
      at: 'byte 7',
      message: 'a.h5: torn (at byte 7)',
    });
    expect((corrupt as Error).stack).toContain('thread-tasks');
    expect(await failure(compute.run('unavailable', undefined))).toMatchObject({
      _tag: 'Unavailable',
      retryable: false,
      remedy: 'z',
    });
    const plain = await failure(compute.run('plain', undefined));
    expect(isQuakeError(plain)).toBe(false);
    expect(plain).toMatchObject({ name: 'RangeError', message: 'too far' });
    expect(await failure(compute.run('textThrown', undefined))).toMatchObject({
      message: 'just text',
    });
  });

  it('inputs and outputs that cannot be cloned fail their task alone', async () => {
    const compute = pool(1);
    const id = await compute.run('threadId', undefined);
    const bad = { values: (() => 1) as unknown as Float64Array };
    expect(await failure(compute.run('double', bad))).toMatchObject({ name: 'DataCloneError' });
    // The same when the bad input waited in the queue behind another task.
    const [good, queued] = await Promise.allSettled([
      compute.run('count', { to: 1 }),
      compute.run('double', bad),
    ]);
    expect([good.status, queued.status]).toEqual(['fulfilled', 'rejected']);
    expect(await failure(compute.run('notCloneable', undefined))).toMatchObject({
      name: 'DataCloneError',
    });
    expect(await compute.run('threadId', undefined)).toBe(id);
  });

  it('a task nobody knows is an error, not a wait', async () => {
    const compute = pool(1);
    for (const name of ['toString', 'nothing']) {
      expect(await failure(compute.run(name as 'plain', undefined))).toMatchObject({
        message: `there is no task ${name}`,
      });
    }
  });

  it.each(['exit', 'throwOutside'] as const)(
    'a thread that ends in %s fails its task as Unavailable; the pool goes on',
    async (name) => {
      const compute = pool(1);
      const dead = failure(compute.run(name, { code: 3 }));
      const next = compute.run('count', { to: 1 });
      const error = await dead;
      expect(isQuakeError(error)).toBe(true);
      expect(error).toMatchObject({ _tag: 'Unavailable', retryable: true });
      expect((error as Error).message).toMatch(name === 'exit' ? /code 3/ : /boom outside/);
      expect(await next).toBe('counted');
      expect(await compute.run('count', { to: 1 })).toBe('counted');
    },
  );

  it('closing ends what runs and what waits, and refuses what comes', async () => {
    const compute = pool(1);
    const flag = shared();
    const running = failure(compute.run('spin', { flag }));
    const waiting = failure(compute.run('count', { to: 1 }));
    await changed(flag, 1);
    await compute.close();
    for (const work of [running, waiting, failure(compute.run('count', { to: 1 }))]) {
      expect(await work).toMatchObject({ _tag: 'Unavailable', retryable: true });
    }
  });
});

describe('the real entry', () => {
  it('serves the compute tasks', async () => {
    const compute = createComputePool({ size: 1 });
    try {
      const error = await failure(
        compute.run('scanSource', { path: '/nowhere/at-all.h5', options: {} }),
      );
      expect(error).toMatchObject({ _tag: 'Unavailable' });
    } finally {
      await compute.close();
    }
  });
});
