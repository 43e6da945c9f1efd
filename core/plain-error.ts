/**
 * Errors as plain values: structured clone, between threads, would drop their tag and fields.
 * @module
 */

/** An error with its tag and fields. */
export interface PlainError {
  readonly name: string;
  readonly message: string;
  readonly stack: string | undefined;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** The error as a value that can be sent. */
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

/** An error with the same tag and fields; its class is lost. */
export function fromPlainError(plain: PlainError): Error {
  const error = Object.assign(new Error(plain.message), plain.fields);
  error.name = plain.name;
  if (plain.stack) error.stack = plain.stack;
  return error;
}
