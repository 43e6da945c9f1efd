/** Messages between the pool and its threads. @module */
import type { Progress } from '../../core/compute.js';
import type { PlainError } from '../../core/plain-error.js';

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
