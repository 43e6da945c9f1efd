/**
 * Servers that somebody else runs. In: their addresses; out: they answer, or an error that says
 * which does not and why.
 * @module
 */
import { loadClientConnectConfig } from '@temporalio/envconfig';
import type { ConnectionOptions } from '@temporalio/client';
import pg from 'pg';
import { isQuakeError, UnavailableError } from '../../core/errors.js';
import { prepareNamespace, type NamespaceSettings } from './temporal-namespace.js';

/** A URL without its password, for people and logs. */
export function withoutPassword(url: string): string {
  try {
    const parsed = new URL(url);
    if (parsed.password) parsed.password = '***';
    if (parsed.searchParams.has('password')) parsed.searchParams.set('password', '***');
    return parsed.toString();
  } catch {
    return '(not a URL)';
  }
}

/** Throws UnavailableError when the database of `DATABASE_URL` does not answer. */
export async function checkDatabase(databaseUrl: string): Promise<void> {
  try {
    const client = new pg.Client({
      connectionString: databaseUrl,
      connectionTimeoutMillis: 10_000,
    });
    client.on('error', () => undefined);
    try {
      await client.connect();
      await client.query('SELECT 1');
    } finally {
      await client.end().catch(() => undefined);
    }
  } catch (cause) {
    throw new UnavailableError({
      what: `the PostgreSQL server of DATABASE_URL, ${withoutPassword(databaseUrl)},`,
      reason: reasonOf(cause),
      remedy: 'start it or correct DATABASE_URL; without it Quakeloom starts its own',
      cause,
    });
  }
}

/** How to reach the server that `TEMPORAL_...` variables and Temporal's config file name. */
export function externalTemporal(env: Readonly<Record<string, string | undefined>>): {
  readonly address: string;
  readonly namespace: string;
  readonly connection: ConnectionOptions;
} {
  const set = Object.entries(env).flatMap(([name, value]) => (value ? [[name, value]] : []));
  const config = loadClientConnectConfig({
    overrideEnvVars: Object.fromEntries(set) as Record<string, string>,
  });
  return {
    address: config.connectionOptions.address ?? 'localhost:7233',
    namespace: config.namespace ?? 'default',
    connection: config.connectionOptions as ConnectionOptions,
  };
}

/**
 * Makes sure that a Temporal server answers, has the namespace and knows the search attributes
 * (adds them; the retention is its owner's). Throws UnavailableError.
 */
export async function checkTemporal(input: {
  readonly address: string;
  readonly connection: ConnectionOptions;
  readonly settings: NamespaceSettings;
}): Promise<void> {
  try {
    await prepareNamespace({ ...input, keepRetention: true });
  } catch (cause) {
    if (isQuakeError(cause)) throw cause;
    const { namespace, searchAttributes } = input.settings;
    const names = Object.keys(searchAttributes).join(', ') || 'none';
    throw new UnavailableError({
      what: `the Temporal server of TEMPORAL_ADDRESS, ${input.address},`,
      reason: reasonOf(cause),
      remedy:
        'start it or correct TEMPORAL_ADDRESS (without it Quakeloom starts its own); it needs ' +
        `the namespace ${namespace} and these search attributes: ${names}`,
      cause,
    });
  }
}

/** The innermost telling message: gRPC and sockets wrap it several times. */
function reasonOf(error: unknown): string {
  const { message, details, code, cause } = error as {
    message?: string;
    details?: string;
    code?: string;
    cause?: unknown;
  };
  if (error instanceof AggregateError && error.errors.length > 0) return reasonOf(error.errors[0]);
  if (cause !== undefined) return reasonOf(cause);
  return details || message || code || String(error);
}
