/**
 * Port for the gateway's own log lines; a pino logger fits.
 * @module
 */

/** Structured log: fields first, then the sentence. */
export interface GatewayLog {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** Says nothing; for tests and embedding. */
export const silentLog: GatewayLog = {
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};

/** Text of anything caught. */
export function errorText(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
