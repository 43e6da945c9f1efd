/**
 * Errors that people and retry policies can act on. Compare `_tag`, not the class: an error that
 * crossed Temporal or a thread keeps its tag and fields but not its prototype.
 * @module
 */

/** Fields every Quakeloom error carries. */
export interface QuakeErrorFields {
  readonly _tag: string;
  /** False: trying again with the same input cannot help. */
  readonly retryable: boolean;
  /** What the reader can do about it. */
  readonly remedy: string;
}

/** Base of all errors thrown on purpose. */
export abstract class QuakeError extends Error implements QuakeErrorFields {
  abstract readonly _tag: string;
  abstract readonly retryable: boolean;
  readonly remedy: string;

  constructor(message: string, remedy: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.remedy = remedy;
    this.name = new.target.name;
  }
}

/** An argument, configuration value or message breaks its contract. Fix the input. */
export class InvalidInputError extends QuakeError {
  readonly _tag = 'InvalidInput';
  readonly retryable = false;
  readonly what: string;
  constructor(input: { what: string; reason: string; remedy: string; cause?: unknown }) {
    super(`invalid ${input.what}: ${input.reason}`, input.remedy, input.cause);
    this.what = input.what;
  }
}

/** A file or message is damaged or not what it claims. Names the file and the byte or field. */
export class CorruptSourceError extends QuakeError {
  readonly _tag = 'CorruptSource';
  readonly retryable = false;
  readonly source: string;
  /** Byte offset, dataset path or field name. */
  readonly at: string;
  constructor(input: {
    source: string;
    at: string;
    reason: string;
    remedy?: string;
    cause?: unknown;
  }) {
    super(
      `${input.source}: ${input.reason} (at ${input.at})`,
      input.remedy ?? 'replace or repair the file; everything else goes on without it',
      input.cause,
    );
    this.source = input.source;
    this.at = input.at;
  }
}

/** No reader recognises the file, or a needed piece of metadata is missing. */
export class UnsupportedSourceError extends QuakeError {
  readonly _tag = 'UnsupportedSource';
  readonly retryable = false;
  readonly source: string;
  /** False: not data of any known format (a side-car, a licence); true: known, but refused. */
  readonly isRecognised: boolean;
  constructor(input: { source: string; reason: string; remedy: string; isRecognised?: boolean }) {
    super(`${input.source}: ${input.reason}`, input.remedy);
    this.source = input.source;
    this.isRecognised = input.isRecognised ?? true;
  }
}

/** Data that should be there cannot be had now (file, server, data set). */
export class UnavailableError extends QuakeError {
  readonly _tag = 'Unavailable';
  readonly retryable: boolean;
  readonly what: string;
  constructor(input: {
    what: string;
    reason: string;
    remedy: string;
    retryable?: boolean;
    cause?: unknown;
  }) {
    super(`${input.what} unavailable: ${input.reason}`, input.remedy, input.cause);
    this.what = input.what;
    this.retryable = input.retryable ?? true;
  }
}

/** A key was written before with other bytes, or bytes no longer match their hash. */
export class ArtifactConflictError extends QuakeError {
  readonly _tag = 'ArtifactConflict';
  readonly retryable = false;
  readonly key: string;
  constructor(input: { key: string; reason: string }) {
    super(
      `artifact ${input.key}: ${input.reason}`,
      'artifacts are immutable: write a new version; where the file is damaged restore it from a backup, or remove it and run the work again',
    );
    this.key = input.key;
  }
}

/** A computation cannot give an answer (singular system, no samples left, no valid pixel). */
export class NoSolutionError extends QuakeError {
  readonly _tag = 'NoSolution';
  readonly retryable = false;
  readonly what: string;
  constructor(input: { what: string; reason: string; remedy: string }) {
    super(`no solution for ${input.what}: ${input.reason}`, input.remedy);
    this.what = input.what;
  }
}

/** Narrows anything caught to a QuakeError, also after it crossed a thread or Temporal. */
export function isQuakeError(error: unknown): error is Error & QuakeErrorFields {
  return (
    error instanceof Error &&
    typeof (error as Partial<QuakeErrorFields>)._tag === 'string' &&
    typeof (error as Partial<QuakeErrorFields>).retryable === 'boolean'
  );
}

/** One line for a person: message, then what to do. */
export function describeError(error: unknown): string {
  if (isQuakeError(error)) return `${error.message}. What to do: ${error.remedy}.`;
  return error instanceof Error ? error.message : String(error);
}
