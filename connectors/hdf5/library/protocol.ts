/**
 * What the thread of the HDF5 library is asked and answers. Everything survives structured clone.
 * @module
 */
import type { MessagePort } from 'node:worker_threads';
import type { PlainError } from '../../../core/plain-error.js';
import type { AttributeValue, NumericArray } from '../contract.js';
import type { RawHeader } from '../dataset-header.js';

export type Ranges = readonly (readonly [number, number])[];

/** Where the one value of a compound dataset lies, and its fields. */
export interface RawCompound {
  readonly address: number;
  readonly size: number;
  readonly members: readonly {
    readonly name: string;
    readonly offset: number;
    readonly size: number;
  }[];
}

/** An open file of the operating system. */
export interface FileNumbers {
  readonly dev: number;
  readonly ino: number;
}

/** The calls, by name: what they take beside the file's number, and what they give. */
export interface LibraryCalls {
  /** Opens the file; the numbers of every file the library then holds by that name. */
  open(input: { readonly source: string }): readonly FileNumbers[];
  close(input: object): void;
  children(input: { readonly path: string }): readonly string[];
  attributes(input: { readonly path: string }): Readonly<Record<string, AttributeValue>>;
  header(input: { readonly path: string }): RawHeader | null;
  value(input: { readonly path: string }): AttributeValue;
  slice(input: {
    readonly path: string;
    readonly ranges: Ranges;
    readonly isVirtual: boolean;
  }): NumericArray;
  /** Address of the object header behind a path; null when it is not 8 bytes wide. */
  address(input: { readonly path: string }): number | null;
  compound(input: { readonly path: string }): RawCompound | null;
}

export type CallName = keyof LibraryCalls;

export interface Request {
  /** Comes back with the answer. */
  readonly id: number;
  readonly name: CallName;
  /** Number of the open file, chosen by who asks. */
  readonly file: number;
  readonly input: Parameters<LibraryCalls[CallName]>[0];
}

/**
 * How the library is after a call. `tired`: its memory grew and never shrinks, or a file could not be
 * closed; no more files should be opened. `broken`: its memory cannot be trusted any more.
 */
export type Soundness = 'sound' | 'tired' | 'broken';

export type Response = { readonly id: number; readonly soundness: Soundness } & (
  { readonly output: unknown } | { readonly error: PlainError }
);

/** What a thread is started with. */
export interface ThreadSetup {
  /** Counts answers; waited for with Atomics. */
  readonly answered: Int32Array;
  readonly port: MessagePort;
}
