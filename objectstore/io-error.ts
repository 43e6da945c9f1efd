/**
 * Turns faults of the file system into typed errors that retry policies understand.
 * @module
 */
import {
  ArtifactConflictError,
  InvalidInputError,
  UnavailableError,
  isQuakeError,
} from '../core/errors.js';

/** The `code` of a Node.js system error (`ENOENT`), or '' for anything else. */
export function errorCode(error: unknown): string {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' ? code : '';
}

/** Codes that stay until a person changes something. */
const PERMANENT = new Set(['EACCES', 'EPERM', 'EROFS', 'ENAMETOOLONG']);

/** Typed errors pass through; system errors become typed ones; anything else stays as it is. */
export function ioError(error: unknown, at: { key: string; root: string }): unknown {
  if (isQuakeError(error)) return error;
  const code = errorCode(error);
  if (code === '') return error;
  if (code === 'ENOTDIR' || code === 'EISDIR' || code === 'EEXIST') {
    return new ArtifactConflictError({
      key: at.key,
      reason: 'one of its folders is itself an artifact, or it is the folder of others',
    });
  }
  if (code === 'ENAMETOOLONG') {
    return new InvalidInputError({
      what: 'artifact key',
      reason: `'${at.key.slice(0, 200)}' has a name longer than the file system allows`,
      remedy: 'keep each name of a key below 255 bytes',
      cause: error,
    });
  }
  return new UnavailableError({
    what: `object store ${at.root}`,
    reason: error instanceof Error ? error.message : code,
    remedy:
      code === 'ENOSPC' || code === 'EDQUOT'
        ? 'free disk space; the write is tried again'
        : 'check that the folder exists, is mounted and is writable by this user',
    retryable: !PERMANENT.has(code),
    cause: error,
  });
}
