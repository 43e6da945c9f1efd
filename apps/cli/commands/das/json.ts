/**
 * JSON of commands about fibre files. Times in nanoseconds are JSON integers of all their digits (19
 * for today), which Python, jq 1.7 and Go read exactly; readers that know float64 alone have the
 * ISO-8601 text beside each.
 * @module
 */
import { isQuakeError } from '../../../../core/errors.js';

const MARK = 'ns\u0000';

/** The same on one line. */
export function toJsonLine(value: unknown): string {
  return toJson(value, 0);
}

/** JSON text of a value in which bigints are integers and NaN or infinite numbers null. */
export function toJson(value: unknown, indent = 2): string {
  const text = JSON.stringify(
    value,
    (_, part: unknown) => (typeof part === 'bigint' ? `${MARK}${part}` : part),
    indent,
  );
  return text.replace(/"ns\\u0000(-?\d+)"/g, '$1');
}

/** A typed error as data. */
export interface ErrorJson {
  readonly type: string;
  readonly message: string;
  /** Byte, dataset or field. */
  readonly at: string | null;
  readonly remedy: string | null;
}

/** The error with its type, the byte or field it names, and what to do. */
export function errorJson(error: unknown): ErrorJson {
  const message = error instanceof Error ? error.message : String(error);
  if (!isQuakeError(error)) return { type: 'Unexpected', message, at: null, remedy: null };
  const at = (error as { readonly at?: unknown }).at;
  return {
    type: error._tag,
    message,
    at: typeof at === 'string' ? at : null,
    remedy: error.remedy,
  };
}
