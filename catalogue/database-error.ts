/**
 * Turns faults of PostgreSQL into typed errors: a lost connection can be tried again, a refused
 * value cannot. In: anything thrown. Out: a QuakeError, or the same error when it is a defect.
 * @module
 */
import { InvalidInputError, UnavailableError, isQuakeError } from '../core/errors.js';

const NETWORK = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
]);

/** pg reports a broken connection by message alone. */
const CONNECTION_MESSAGE =
  /connection terminated|connection error|timeout exceeded when trying to connect|query read timeout|connection is closed|not queryable|cannot use a pool after/i;

/** SQLSTATE classes (PostgreSQL manual, appendix A) that may be gone at the next attempt. */
const TRANSIENT_CLASSES = new Set([
  '08', // connection exception
  '25', // read-only transaction: a standby that is about to take over
  '40', // serialisation failure, deadlock
  '53', // out of connections, memory or disk
  '55', // lock not available
  '57', // operator intervention: shutting down, starting up, cancelled
  '58', // I/O error
]);

/** Wraps one operation of the catalogue. */
export async function withTypedErrors<T>(operation: () => Promise<T>): Promise<T> {
  try {
    return await operation();
  } catch (error) {
    throw databaseError(error);
  }
}

/** Maps an error; typed ones pass through. */
export function databaseError(error: unknown): unknown {
  if (isQuakeError(error) || !(error instanceof Error)) return error;
  const code = codeOf(error);
  const group = code.slice(0, 2);
  if (NETWORK.has(code) || CONNECTION_MESSAGE.test(error.message)) return unavailable(error, true);
  if (!/^[0-9A-Z]{5}$/.test(code)) return error;
  if (TRANSIENT_CLASSES.has(group)) return unavailable(error, true);
  if (group === '22' || group === '23') {
    return new InvalidInputError({
      what: 'row for the catalogue',
      reason: error.message,
      remedy: 'correct the value named in the message',
      cause: error,
    });
  }
  // 28: authorisation, 3D: no such database, 42: no such table or no privilege, XX: damaged.
  return ['28', '3D', '42', 'XX'].includes(group) ? unavailable(error, false) : error;
}

function codeOf(error: Error): string {
  const code = (error as { code?: unknown }).code;
  if (typeof code === 'string') return code;
  // Node tries every address of a host and reports all failures together.
  const first = error instanceof AggregateError ? (error.errors[0] as unknown) : null;
  return first instanceof Error ? codeOf(first) : '';
}

function unavailable(error: Error, retryable: boolean): UnavailableError {
  return new UnavailableError({
    what: 'catalogue',
    reason: error.message || codeOf(error),
    remedy: retryable
      ? 'check that PostgreSQL runs and DATABASE_URL points to it; the call is tried again'
      : 'check DATABASE_URL, its user and database, and that migrations have run',
    retryable,
    cause: error,
  });
}
