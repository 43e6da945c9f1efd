/**
 * Lets other work have its turn during a long reading.
 * @module
 */

/** Bytes handled before other work gets its turn: a few milliseconds. */
const TURN_BYTES = 8 * 1024 * 1024;

export interface Turns {
  /** Counts bytes; true when it is time for `next`. */
  isOver(bytes: number): boolean;
  /** Resolves when everything that waited had its turn. */
  next(): Promise<void>;
}

/** A fresh count. */
export function takeTurns(): Turns {
  let since = 0;
  return {
    isOver: (bytes) => {
      since += bytes;
      return since >= TURN_BYTES;
    },
    next: () => {
      since = 0;
      return new Promise((resolve) => setImmediate(resolve));
    },
  };
}
