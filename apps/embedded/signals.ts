/**
 * Signals that ask the supervisor to end. In: SIGINT, SIGTERM, SIGHUP; out: one call for the
 * first, one for an impatient later one.
 * @module
 */
import os from 'node:os';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * One Ctrl-C can arrive twice, from the terminal and from a wrapper such as npm; a later signal
 * counts as a second one only after this time, ms.
 */
export const SECOND_SIGNAL_AFTER_MS = 1000;

/** Calls `onFirst` and `onSecond` at most once each. Returns a function that stops listening. */
export function listenForSignals(input: {
  readonly onFirst: (signal: NodeJS.Signals) => void;
  readonly onSecond: (signal: NodeJS.Signals) => void;
}): () => void {
  let firstMs: number | null = null;
  let isImpatient = false;
  const listener = (signal: NodeJS.Signals) => {
    if (firstMs === null) {
      firstMs = performance.now();
      input.onFirst(signal);
    } else if (!isImpatient && performance.now() - firstMs > SECOND_SIGNAL_AFTER_MS) {
      isImpatient = true;
      input.onSecond(signal);
    }
  };
  for (const signal of SIGNALS) process.on(signal, listener);
  return () => {
    for (const signal of SIGNALS) process.off(signal, listener);
  };
}

/** The exit code by which a shell knows the signal: 128 + its number. */
export function signalExitCode(signal: NodeJS.Signals): number {
  return 128 + os.constants.signals[signal];
}
