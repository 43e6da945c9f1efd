import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { createLease, type Lease } from '../../catalogue/lease.js';
import { startPostgres, type TestPostgres } from '../support/postgres.js';

const PATIENCE = { timeout: 10_000, interval: 20 };
let server: TestPostgres;
let databaseUrl: string;
beforeAll(async () => {
  server = await startPostgres();
  databaseUrl = await server.createDatabase('leases');
});
afterAll(() => server.stop());

function lease(name: string, url = databaseUrl): Lease {
  const made = createLease({ databaseUrl: url, name });
  onTestFinished(() => made.release());
  return made;
}

/** Resolves when the lease could be taken; the server ends a session a moment after its client. */
const taken = (by: Lease): Promise<void> =>
  vi.waitFor(async () => expect(await by.take()).toBe(true), PATIENCE);

/** Sessions of the database that hold an advisory lock. */
async function holders(): Promise<number[]> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  const { rows } = await client.query<{ pid: number }>(
    `select pid from pg_locks where locktype = 'advisory' and granted
     and database = (select oid from pg_database where datname = current_database())`,
  );
  await client.end();
  return rows.map(({ pid }) => pid);
}

describe('a lease', () => {
  it('has one holder, who keeps it; other names are free', async () => {
    const [a, b] = [lease('one'), lease('one')];
    expect([await a.take(), await b.take()]).toEqual([true, false]);
    expect([await a.take(), await b.take()]).toEqual([true, false]);
    expect(await lease('another').take()).toBe(true);
    const many = Array.from({ length: 5 }, () => lease('many'));
    const held = await Promise.all(many.map((each) => each.take()));
    expect(held.filter(Boolean)).toHaveLength(1);
  });

  it('passes on when it is released, and can be taken back', async () => {
    const [a, b] = [lease('passed'), lease('passed')];
    expect([await a.take(), await b.take()]).toEqual([true, false]);
    await a.release();
    await taken(b);
    expect(await a.take()).toBe(false);
    await b.release();
    await taken(a);
    await b.release(); // holds nothing: nothing happens
    expect(await a.take()).toBe(true);
  });

  it('passes on when its holder is killed', async () => {
    const holder = spawn(
      process.execPath,
      ['--import', 'tsx', path.join(import.meta.dirname, 'lease-holder.ts'), databaseUrl, 'killed'],
      { stdio: ['pipe', 'pipe', 'inherit'] },
    );
    onTestFinished(() => void holder.kill('SIGKILL'));
    const [said] = (await once(holder.stdout, 'data')) as [Buffer];
    expect(said.toString()).toBe('true\n');
    const other = lease('killed');
    expect(await other.take()).toBe(false);
    holder.kill('SIGKILL');
    await taken(other);
  });

  it('is lost with its connection, which is made again', async () => {
    const before = await holders();
    const [a, b] = [lease('lost'), lease('lost')];
    expect([await a.take(), await b.take()]).toEqual([true, false]);
    const [pid] = (await holders()).filter((each) => !before.includes(each));
    const admin = new pg.Client({ connectionString: databaseUrl });
    await admin.connect();
    await admin.query('select pg_terminate_backend($1)', [pid]);
    await admin.end();
    await taken(b);
    // The first one knows, though nobody told it but the closed connection.
    await vi.waitFor(async () => expect(await a.take()).toBe(false), PATIENCE);
    await b.release();
    await taken(a);
  });

  it('is nobody’s while the database does not answer', async () => {
    const away = new URL(databaseUrl);
    away.port = '1';
    const nobody = lease('away', away.href);
    expect([await nobody.take(), await nobody.take()]).toEqual([false, false]);
    await nobody.release();
  });
});
