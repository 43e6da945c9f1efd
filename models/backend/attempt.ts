/** What trying a backend gives: the ready tensor library, or why not. @module */
import { createRequire } from 'node:module';
import type * as tensorFlowCore from '@tensorflow/tfjs-core';

/** The tensor library's operations, the same whichever backend computes them. */
export type TensorFlow = typeof tensorFlowCore;

/** Outcome of trying one backend; a failure is ordinary and carries its reason in one line. */
export type Attempt =
  | { readonly ok: true; readonly tf: TensorFlow; readonly description: string }
  | { readonly ok: false; readonly reason: string };

/**
 * Loads a package the CommonJS way. The backends are CommonJS and register themselves with the one
 * tensor library that `require` finds; an ESM import could bring a second copy.
 */
export const requirePackage = createRequire(import.meta.url);

/** The tensor library itself, without any backend. */
export function requireTensorFlow(): TensorFlow {
  return requirePackage('@tensorflow/tfjs-core') as TensorFlow;
}

/** A failed attempt; long messages are cut to their first line. */
export function failed(error: unknown): { readonly ok: false; readonly reason: string } {
  const message = error instanceof Error ? error.message : String(error);
  return { ok: false, reason: (message.split('\n')[0] ?? message).trim() };
}
