/**
 * Waiting for something to answer. In: a question; out: yes, too late, or that it no longer
 * matters.
 * @module
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { describeError, isQuakeError } from '../../core/errors.js';

/** How often the question is asked, ms. */
const ASK_EVERY_MS = 50;

/** What came first. */
export type FirstAnswer =
  | { readonly kind: 'ready' }
  /** No yes in time; `complaint` is the last rejection's message, or empty. */
  | { readonly kind: 'late'; readonly complaint: string }
  /** Asking again cannot help: the question failed with an error that is not retryable. */
  | { readonly kind: 'never'; readonly complaint: string }
  /** `until` was settled or `signal` aborted first. */
  | { readonly kind: 'moot' };

/** Asks `ready` until it says true, fails for good, the time is up, `until` settles or `signal` aborts. */
export async function firstAnswer(input: {
  readonly ready: () => Promise<boolean>;
  readonly timeoutMs: number;
  readonly until?: Promise<unknown>;
  readonly signal?: AbortSignal;
}): Promise<FirstAnswer> {
  const end = new AbortController();
  let complaint = '';
  const asking = async (): Promise<FirstAnswer> => {
    while (!end.signal.aborted) {
      try {
        if (await input.ready()) return { kind: 'ready' };
      } catch (error) {
        complaint = describeError(error);
        if (isQuakeError(error) && !error.retryable) return { kind: 'never', complaint };
      }
      await sleep(ASK_EVERY_MS, undefined, { signal: end.signal }).catch(() => undefined);
    }
    return { kind: 'moot' };
  };
  const late = async (): Promise<FirstAnswer> => {
    await sleep(input.timeoutMs, undefined, { signal: end.signal }).catch(() => undefined);
    return { kind: 'late', complaint };
  };
  const moot = new Promise<FirstAnswer>((resolve) => {
    const settle = () => resolve({ kind: 'moot' });
    if (input.signal?.aborted) settle();
    input.signal?.addEventListener('abort', settle, { signal: end.signal });
    void input.until?.then(settle, settle);
  });
  try {
    return await Promise.race([asking(), late(), moot]);
  } finally {
    end.abort();
  }
}

/** Why an answer counts as a failure, in words; null when it is ready or no longer matters. */
export function whyNotReady(answer: FirstAnswer, timeoutMs: number): string | null {
  if (answer.kind === 'never') return `cannot become ready (${answer.complaint})`;
  if (answer.kind !== 'late') return null;
  const complaint = answer.complaint ? ` (${answer.complaint})` : '';
  return `was not ready within ${timeoutMs / 1000} s${complaint}`;
}
