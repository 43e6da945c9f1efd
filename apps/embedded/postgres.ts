/**
 * PostgreSQL for one machine, from real binaries. In: a home folder and a port; out: a data
 * folder that is whole, a child description and a connection string.
 * @module
 */
import { existsSync } from 'node:fs';
import path from 'node:path';
import pg from 'pg';
import type { ChildSpec, TaskSpec } from './children.js';
import type { HomePaths } from './home.js';
import { postgresBinaries } from './postgres-binaries.js';
import {
  choosePlace,
  clearStalePidFile,
  createDataFolder,
  ownerOfData,
  POSTGRES_ROLE,
  settleDataFolder,
} from './postgres-data.js';
import { LOOPBACK } from './ports.js';
import { postgresUser } from './unprivileged.js';

/** The application's database. */
export const POSTGRES_DATABASE = 'quakeloom';
/** A prepared server. */
export interface PreparedPostgres {
  readonly child: ChildSpec;
  /** `postgresql://role:password@127.0.0.1:port/database`: a secret. */
  readonly databaseUrl: string;
  readonly dataFolder: string;
}

/**
 * Makes everything ready to start the server: user, programs, data folder (initdb once; an
 * interrupted one is done again), password, no stale pid file. `run` runs initdb under
 * supervision. Throws UnavailableError or ChildFailedError.
 */
export async function preparePostgres(input: {
  readonly paths: HomePaths;
  readonly port: number;
  /** The stack's environment, to know what to keep from the server. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly run: (spec: TaskSpec) => Promise<void>;
  readonly log: (line: string) => void;
  readonly systemFolder?: string;
}): Promise<PreparedPostgres> {
  const { paths, log, port } = input;
  const user = ownerOfData(paths, input.systemFolder) ?? postgresUser();
  const place = choosePlace({ ...input, user });
  const binaries = postgresBinaries({ user, copyTo: place.folder });
  if (place.isSystem || binaries.copied) {
    const what = place.isSystem ? (binaries.copied ? 'data and programs' : 'data') : 'programs';
    log(`PostgreSQL's ${what} are in ${place.folder}: its user cannot reach the usual place`);
  }

  const data = path.join(place.folder, 'data');
  const password = settleDataFolder({ paths, data, isSystem: place.isSystem, log });
  const common = { env: cleanEnvironment(input.env), cwd: place.folder, ...user };
  if (!existsSync(data)) {
    log('creating the PostgreSQL database (once)');
    await createDataFolder({ ...input, common, data, user, password, initdb: binaries.initdb });
  }
  await clearStalePidFile(data);

  const url = (database: string) =>
    `postgresql://${POSTGRES_ROLE}:${password}@${LOOPBACK}:${port}/${database}`;
  const child: ChildSpec = {
    ...common,
    name: 'postgres',
    command: binaries.postgres,
    args: ['-D', data, ...serverSettings(port)],
    ready: () => ensureDatabase(url),
    readyTimeoutMs: 60_000, // recovery after a crash can take long
    restart: true,
    stopSignal: 'SIGINT', // fast shutdown: rolls back open transactions and ends
    hurrySignal: 'SIGQUIT', // immediate shutdown: recovery at the next start
    stopGraceMs: 30_000,
  };
  return { child, databaseUrl: url(POSTGRES_DATABASE), dataFolder: data };
}

/** Settings on the command line, so that they hold for data folders of every age. */
function serverSettings(port: number): string[] {
  const settings = {
    port,
    listen_addresses: LOOPBACK,
    unix_socket_directories: '',
    fsync: 'on',
    synchronous_commit: 'on',
    full_page_writes: 'on',
    password_encryption: 'scram-sha-256',
    logging_collector: 'off',
    timezone: 'UTC',
    log_timezone: 'UTC',
    lc_messages: 'C',
  };
  return Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}

/** The server and initdb must not inherit where other servers' data, ports or users are. */
function cleanEnvironment(
  env: Readonly<Record<string, string | undefined>>,
): Record<string, string | undefined> {
  const inherited = Object.keys(env).filter((name) => /^(PG|LC_|LANG)/.test(name));
  return {
    ...Object.fromEntries(inherited.map((name) => [name, undefined])),
    LC_ALL: 'C',
    TZ: 'UTC',
  };
}

/** True once the server answers and our database exists. */
async function ensureDatabase(url: (database: string) => string): Promise<boolean> {
  const client = new pg.Client({
    connectionString: url('postgres'),
    connectionTimeoutMillis: 5000,
    application_name: 'quakeloom-supervisor',
  });
  client.on('error', () => undefined); // the server may go away at any time; the query tells
  try {
    await client.connect();
    const found = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [
      POSTGRES_DATABASE,
    ]);
    if (found.rowCount === 0) await client.query(`CREATE DATABASE ${POSTGRES_DATABASE}`);
    return true;
  } finally {
    await client.end().catch(() => undefined);
  }
}
