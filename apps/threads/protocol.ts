/** Messages between the pool and its threads. @module */
import type { Progress } from '../../core/compute.js';

export interface Request {
  readonly id: number;
  readonly task: string;
  readonly input: unknown;
  /** Int32 at index 0: set to 1 to cancel. Shared, because a busy thread reads no messages. */
  readonly cancel: Int32Array;
}

export type Response =
  | { readonly id: number; readonly kind: 'progress'; readonly progress: Progress }
  | { readonly id: number; readonly kind: 'done'; readonly output: unknown }
  | { readonly id: number; readonly kind: 'failed'; readonly error: PlainError };

/** An error with its tag and fields, which structured clone would drop. */
export interface PlainError {
  readonly name: string;
  readonly message: string;
  readonly stack: string | undefined;
  readonly fields: Readonly<Record<string, unknown>>;
}

export function toPlainError(error: unknown): PlainError {
  if (!(error instanceof Error)) {
    return { name: 'Error', message: String(error), stack: undefined, fields: {} };
  }
  const fields = Object.fromEntries(
    Object.entries(error).filter(([, value]) =>
      ['string', 'number', 'boolean'].includes(typeof value),
    ),
  );
  return { name: error.name, message: error.message, stack: error.stack, fields };
}

export function fromPlainError(plain: PlainError): Error {
  const error = Object.assign(new Error(plain.message), plain.fields);
  error.name = plain.name;
  if (plain.stack) error.stack = plain.stack;
  return error;
}
