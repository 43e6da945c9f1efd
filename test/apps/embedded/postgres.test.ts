import { execFileSync, spawn } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import pg from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createHome, type HomePaths } from '../../../apps/embedded/home.js';
import {
  linkLibraries,
  postgresBinaries,
  postgresPackage,
} from '../../../apps/embedded/postgres-binaries.js';
import { systemFolderOf } from '../../../apps/embedded/postgres-data.js';
import { preparePostgres, type PreparedPostgres } from '../../../apps/embedded/postgres.js';
import { createSupervisor, type Supervisor } from '../../../apps/embedded/supervisor.js';
import { postgresUser, whyNotRunnable } from '../../../apps/embedded/unprivileged.js';
import {
  cleanUp,
  freePort,
  listeningAddresses,
  LOOPBACK_HEX,
  processesOf,
  temporaryHome,
} from './support.js';

const isRoot = process.getuid?.() === 0;

/** One query on a connection of its own. */
async function query(databaseUrl: string, sql: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    return (await client.query(sql)).rows as unknown[];
  } finally {
    await client.end();
  }
}

describe('embedded PostgreSQL', { timeout: 180_000 }, () => {
  let home = '';
  let system = '';
  let paths: HomePaths;
  let supervisor: Supervisor;
  let lines: string[] = [];
  const log = (line: string) => void lines.push(line);

  beforeEach(() => {
    home = temporaryHome();
    system = temporaryHome();
    newSupervisor(home);
    lines = [];
  });
  afterEach(async () => {
    await supervisor.stop();
    await cleanUp(home, system);
  });

  function newSupervisor(folder: string): void {
    paths = createHome(folder);
    supervisor = createSupervisor({ paths, env: process.env, log });
  }

  async function start(): Promise<PreparedPostgres> {
    const postgres = await preparePostgres({
      paths,
      env: { ...process.env, PGPORT: '1', PGDATA: '/nowhere' },
      port: await freePort(),
      run: supervisor.run,
      log,
      systemFolder: system,
    });
    await supervisor.start([postgres.child]);
    return postgres;
  }

  it('heals a half-finished initdb, is durable and private, and keeps its data', async () => {
    // What a killed initdb leaves: its draft, and a data folder if somebody moved it there.
    mkdirSync(path.join(paths.postgres, 'data.draft', 'base'), { recursive: true });
    writeFileSync(path.join(paths.postgres, 'data.draft', 'PG_VERSION'), '18\n');
    writeFileSync(path.join(paths.postgres, 'data.password'), 'secret');
    cpSync(path.join(paths.postgres, 'data.draft'), path.join(paths.postgres, 'data'), {
      recursive: true,
    });

    const { databaseUrl, dataFolder } = await start();
    const data = path.join(paths.postgres, 'data');
    expect(dataFolder).toBe(data);
    expect(lines[0]).toBe(
      `the PostgreSQL data in ${data} is half-made: set aside as ${data}.aside-1, ` +
        'starting a new database',
    );
    expect(existsSync(path.join(paths.postgres, 'data.draft'))).toBe(false);
    expect(existsSync(path.join(paths.postgres, 'data.password'))).toBe(false);
    expect(statSync(path.join(paths.secrets, 'postgres.password')).mode & 0o777).toBe(0o600);

    const names = ['fsync', 'server_encoding', 'lc_collate', 'listen_addresses', 'data_checksums'];
    const shown = await query(
      databaseUrl,
      `SELECT name, setting FROM pg_settings WHERE name = ANY('{${names.join(',')},` +
        "unix_socket_directories,password_encryption}') UNION " +
        "SELECT 'lc_collate', datcollate FROM pg_database WHERE datname = current_database()",
    );
    const settings = (shown as { name: string; setting: string }[]).map(
      ({ name, setting }) => [name, setting] as const,
    );
    expect(Object.fromEntries(settings)).toEqual({
      fsync: 'on',
      server_encoding: 'UTF8',
      lc_collate: 'C',
      listen_addresses: '127.0.0.1',
      data_checksums: 'on',
      unix_socket_directories: '',
      password_encryption: 'scram-sha-256',
    });
    const listening = listeningAddresses(supervisor.status()[0]!.pid!);
    expect(listening.map((address) => address.split(':')[0])).toEqual([LOOPBACK_HEX]);
    await expect(query(databaseUrl.replace(/:[^:@]+@/, ':wrong@'), 'SELECT 1')).rejects.toThrow(
      'password authentication failed',
    );

    await query(databaseUrl, 'CREATE TABLE kept AS SELECT 42 AS answer');
    await supervisor.stop();
    newSupervisor(home);
    const again = await start();
    expect(await query(again.databaseUrl, 'SELECT answer FROM kept')).toEqual([{ answer: 42 }]);
  });

  it('starts although postmaster.pid names a zombie or another process, not without password', async () => {
    const first = await start();
    await supervisor.stop();
    const pidFile = path.join(first.dataFolder, 'postmaster.pid');
    const user = postgresUser();
    const others = spawn('sh', ['-c', 'sleep 0 & echo $!; exec sleep 60'], {
      ...user,
      cwd: '/',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    try {
      const zombie = await new Promise<string>((resolve) =>
        others.stdout.once('data', (chunk: Buffer) => resolve(chunk.toString().trim())),
      );
      for (const pid of [zombie, String(others.pid)]) {
        writeFileSync(pidFile, `${pid}\n${first.dataFolder}\n1\n1\n\n127.0.0.1\n0\n`);
        newSupervisor(home);
        const { databaseUrl } = await start();
        expect(await query(databaseUrl, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
        await supervisor.stop();
      }
      expect(others.exitCode ?? others.signalCode).toBeNull();

      // Nor is data lost silently when the password file is gone.
      rmSync(path.join(paths.secrets, 'postgres.password'));
      newSupervisor(home);
      await expect(start()).rejects.toMatchObject({
        _tag: 'Unavailable',
        message: expect.stringContaining('its password') as string,
      });
      expect(existsSync(path.join(first.dataFolder, 'PG_VERSION'))).toBe(true);
    } finally {
      others.kill('SIGKILL');
    }
  });

  it.runIf(isRoot)('runs below a 0700 folder of root, and notices a deleted home', async () => {
    chmodSync(home, 0o700);
    const inner = path.join(home, 'inner');
    newSupervisor(inner);
    const { databaseUrl, dataFolder } = await start();
    const folder = systemFolderOf({ home: inner, systemFolder: system });
    expect(dataFolder).toBe(path.join(folder, 'data'));
    expect(lines[0]).toBe(
      `PostgreSQL's data are in ${folder}: its user cannot reach the usual place`,
    );
    await query(databaseUrl, 'CREATE TABLE old ()');
    expect(statSync(dataFolder).uid).toBe(postgresUser().uid);
    await supervisor.stop();

    rmSync(inner, { recursive: true });
    lines = [];
    newSupervisor(inner);
    const fresh = await start();
    expect(lines.join('\n')).toContain('belongs to a home folder that was deleted: set aside');
    expect(await query(fresh.databaseUrl, "SELECT to_regclass('old') AS old")).toEqual([
      { old: null },
    ]);
    await supervisor.stop();
    expect(processesOf(inner, system)).toEqual([]);
  });
});

describe("PostgreSQL's programs", () => {
  let folder = '';
  beforeEach(() => {
    folder = temporaryHome();
  });
  afterEach(() => cleanUp(folder));

  /** The package as npm unpacks it, without what its install script makes. */
  function unlinkedPackage(): { native: string; version: string; links: string[] } {
    const installed = postgresPackage();
    const native = path.join(folder, 'package', 'native');
    const list = readFileSync(path.join(installed.native, 'pg-symlinks.json'), 'utf8');
    const links = (JSON.parse(list) as { target: string }[]).map(({ target }) =>
      path.join(folder, 'package', target),
    );
    cpSync(installed.native, native, { recursive: true, verbatimSymlinks: true });
    for (const link of links) rmSync(link, { force: true });
    return { native, version: installed.version, links };
  }

  it('get the links that the install script did not make', () => {
    const { native, links } = unlinkedPackage();
    const program = path.join(native, 'bin', 'postgres');
    expect(whyNotRunnable({ program, user: {} })).toContain('cannot open shared object file');
    linkLibraries(native);
    expect(whyNotRunnable({ program, user: {} })).toBeNull();
    const before = links.map((link) => readlinkSync(link));
    linkLibraries(native);
    expect(links.map((link) => readlinkSync(link))).toEqual(before);
  });

  it.runIf(isRoot)('are copied, once, when their user cannot reach them', () => {
    const { native, version } = unlinkedPackage();
    chmodSync(path.join(folder, 'package'), 0o700);
    const copyTo = path.join(folder, 'copy');
    mkdirSync(`${path.join(copyTo, `postgresql-${version}`)}.draft/native/bin`, {
      recursive: true,
    });
    const source = { native, version };
    const user = postgresUser();
    const binaries = postgresBinaries({ user, copyTo, source });
    expect(binaries.copied).toBe(true);
    expect(path.relative(copyTo, binaries.postgres).startsWith('..')).toBe(false);
    const printed = execFileSync(binaries.postgres, ['--version'], {
      ...user,
      cwd: '/',
      encoding: 'utf8',
    });
    expect(printed).toMatch(/^postgres \(PostgreSQL\) 18\./);
    const madeAt = statSync(binaries.postgres).ctimeMs;
    expect(postgresBinaries({ user, copyTo, source }).postgres).toBe(binaries.postgres);
    expect(statSync(binaries.postgres).ctimeMs).toBe(madeAt);
  });
});
