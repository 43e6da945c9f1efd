import { ApplicationFailure, CancelledFailure } from '@temporalio/activity';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { step, toFailure, type StepContext } from '../../activities/step.js';
import { CorruptSourceError, UnavailableError } from '../../core/errors.js';
import { attempt } from '../support/activity.js';

const calm = new AbortController().signal;
const unavailable = new UnavailableError({ what: 'x', reason: 'y', remedy: 'z' });
const corrupt = new CorruptSourceError({ source: 'a.h5', at: 'byte 1', reason: 'torn' });

describe('failures', () => {
  it('the tag is the type; what may come back is tried again', () => {
    expect(toFailure({ error: unavailable, signal: calm, attempt: 1 })).toMatchObject({
      type: 'Unavailable',
      nonRetryable: false,
      message: 'x unavailable: y. What to do: z.',
      cause: unavailable,
    });
    expect(toFailure({ error: unavailable, signal: calm, attempt: 99 })).toMatchObject({
      nonRetryable: false,
    });
  });

  it('a permanent error is final at the first attempt, also after it crossed a thread', () => {
    const crossed = Object.assign(new Error(corrupt.message), { ...corrupt });
    for (const error of [corrupt, crossed]) {
      const failure = toFailure({ error, signal: calm, attempt: 1 });
      expect(failure).toBeInstanceOf(ApplicationFailure);
      expect(failure).toMatchObject({ type: 'CorruptSource', nonRetryable: true });
    }
  });

  it('what nobody foresaw is tried five times', () => {
    const of = (n: number): unknown =>
      toFailure({ error: new TypeError('oops'), signal: calm, attempt: n });
    for (const n of [1, 4])
      expect(of(n)).toMatchObject({ type: 'Unforeseen', nonRetryable: false });
    for (const n of [5, 6]) expect(of(n)).toMatchObject({ nonRetryable: true });
    expect((of(1) as Error).message).toBe('unforeseen TypeError: oops');
    expect(toFailure({ error: 'text', signal: calm, attempt: 1 })).toMatchObject({
      message: 'unforeseen Error: text',
    });
  });

  it('whatever breaks after a cancellation is the cancellation', () => {
    const signal = AbortSignal.abort();
    for (const error of [unavailable, corrupt, new Error('x'), 'x']) {
      expect(toFailure({ error, signal, attempt: 1 })).toBeInstanceOf(CancelledFailure);
    }
  });

  it('failures of Temporal pass as they are', () => {
    const failure = ApplicationFailure.nonRetryable('no');
    expect(toFailure({ error: failure, signal: calm, attempt: 1 })).toBe(failure);
  });
});

describe('a step', () => {
  afterEach(() => vi.useRealTimers());

  const stepOf = (work: (context: StepContext) => Promise<unknown>) => (_: null) => step(work);

  it('beats while it works on and on, and no longer', async () => {
    vi.useFakeTimers();
    let end = (): void => undefined;
    const { result, beats } = attempt(
      stepOf(({ report }) => {
        report({ fraction: 0.5, note: 'half' }, { nextFile: 3 });
        return new Promise<void>((resolve) => (end = resolve));
      }),
      null,
    );
    await vi.advanceTimersByTimeAsync(31_000);
    expect(beats).toHaveLength(7);
    expect(new Set(beats.map(({ note }) => note))).toEqual(new Set(['half']));
    end();
    await result;
    await vi.advanceTimersByTimeAsync(60_000);
    expect(beats).toHaveLength(7);
  });

  it('stops to beat when it fails', async () => {
    vi.useFakeTimers();
    const { result, beats } = attempt(
      stepOf(() => Promise.reject(unavailable)),
      null,
    );
    await expect(result).rejects.toMatchObject({ type: 'Unavailable' });
    await vi.advanceTimersByTimeAsync(60_000);
    expect(beats).toEqual([]);
  });

  it('keeps its checkpoint in every later beat, from the attempt before too', async () => {
    const work = stepOf(async ({ report }) => {
      report({ fraction: 0.1, note: 'a' });
      report({ fraction: 0.2, note: 'b' }, { nextFile: 2 });
      report({ fraction: 0.3, note: 'c' });
    });
    const { result, beats } = attempt(work, null, { attempt: 2, checkpoint: { nextFile: 1 } });
    await result;
    expect(beats.map(({ checkpoint }) => checkpoint)).toEqual([
      { nextFile: 1 },
      { nextFile: 2 },
      { nextFile: 2 },
    ]);
  });
});
