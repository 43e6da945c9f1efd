import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { databaseError } from '../../catalogue/database-error.js';
import { createCatalogue } from '../../catalogue/store.js';
import { startPostgres, type TestPostgres } from '../support/postgres.js';
import { draft } from './drafts.js';

let server: TestPostgres;
beforeAll(async () => {
  server = await startPostgres({ durable: true });
});
afterAll(() => server.stop());

describe('faults of the database', () => {
  it('are worth a retry when it is gone, and nothing acknowledged is lost', async () => {
    const catalogue = await createCatalogue({ databaseUrl: server.databaseUrl });
    const acknowledged: string[] = [];
    let failure: unknown = null;
    const at = (i: number) => new Date(Date.UTC(2020, 0, 1) + i * 600_000).toISOString();
    const writer = (async () => {
      for (let i = 0; failure === null; i++) {
        await catalogue
          .appendOrigin(draft({ originTime: at(i), key: `k${i}` }))
          .then((stored) => acknowledged.push(stored.idempotencyKey))
          .catch((error: unknown) => {
            failure = error;
          });
        if (i === 30) void server.crash();
      }
    })();
    await writer;
    expect(failure).toMatchObject({ _tag: 'Unavailable', retryable: true });
    await expect(catalogue.listEvents({})).rejects.toMatchObject({
      _tag: 'Unavailable',
      retryable: true,
    });

    await server.restart();
    const stored = await catalogue.listEvents({ orderBy: 'time-asc' });
    const keys = stored.map((event) => event.preferred.idempotencyKey);
    expect(acknowledged.length).toBeGreaterThanOrEqual(30);
    for (const key of acknowledged) expect(keys).toContain(key);
    // The write that was cut off may or may not have arrived; trying again makes it one row.
    const cut = draft({ originTime: at(acknowledged.length), key: `k${acknowledged.length}` });
    await catalogue.appendOrigin(cut);
    await catalogue.appendOrigin(cut);
    const after = await catalogue.listEvents({});
    expect(after).toHaveLength(acknowledged.length + 1);
    expect(new Set(after.map((event) => event.versions))).toEqual(new Set([1]));
    await catalogue.close();
  });

  it('are worth a retry when a connection is cut in the middle', async () => {
    const pool = new pg.Pool({ connectionString: server.databaseUrl, max: 1 });
    const catalogue = await createCatalogue({ pool });
    const [row] = (await pool.query<{ pid: number }>('select pg_backend_pid() as pid')).rows;
    const other = new pg.Client({ connectionString: server.databaseUrl });
    await other.connect();
    // The lock holds the write back until its connection is ended.
    await other.query('begin');
    await other.query('lock table quakeloom.origins in access exclusive mode');
    const write = catalogue.appendOrigin(draft({ key: 'cut' }));
    const failed = expect(write).rejects.toMatchObject({ _tag: 'Unavailable', retryable: true });
    for (let waiting = false; !waiting;) {
      const { rows } = await other.query('select 1 from pg_locks where pid = $1 and not granted', [
        row?.pid,
      ]);
      waiting = rows.length > 0;
    }
    await other.query('select pg_terminate_backend($1)', [row?.pid]);
    await failed;
    await other.query('rollback');
    await other.end();
    expect((await catalogue.appendOrigin(draft({ key: 'cut' }))).version).toBe(1);
    await catalogue.close();
    await pool.end();
  });

  it('are not worth a retry when the address or the database is wrong', async () => {
    await expect(
      createCatalogue({ databaseUrl: server.databaseUrl.replace(/postgres$/, 'nowhere') }),
    ).rejects.toMatchObject({ _tag: 'Unavailable', retryable: false });
    await expect(createCatalogue({ databaseUrl: 'mysql://x' })).rejects.toMatchObject({
      _tag: 'InvalidInput',
    });
    await expect(
      createCatalogue({ databaseUrl: 'postgresql://postgres@127.0.0.1:1/x' }),
    ).rejects.toMatchObject({ _tag: 'Unavailable', retryable: true });
  });

  it('say so when the tables are missing or were made by a newer version', async () => {
    const databaseUrl = await server.createDatabase('versions');
    const bare = await createCatalogue({ databaseUrl, migrate: false });
    await expect(bare.listEvents({})).rejects.toMatchObject({
      _tag: 'Unavailable',
      retryable: false,
    });
    await bare.close();
    await (await createCatalogue({ databaseUrl })).close();
    const client = new pg.Client({ connectionString: databaseUrl });
    await client.connect();
    await client.query(
      `insert into quakeloom.migrations (name, timestamp) values ('9999-future', 'now')`,
    );
    await client.end();
    await expect(createCatalogue({ databaseUrl })).rejects.toMatchObject({
      _tag: 'Unavailable',
      retryable: false,
      message: expect.stringContaining('another version'),
    });
  });

  it('keep their class', () => {
    const coded = (code: string) => Object.assign(new Error('x'), { code });
    const kind = (error: unknown) => {
      const mapped = databaseError(error) as { _tag?: string; retryable?: boolean };
      return [mapped._tag, mapped.retryable];
    };
    expect(kind(coded('40P01'))).toEqual(['Unavailable', true]);
    expect(kind(coded('57P03'))).toEqual(['Unavailable', true]);
    expect(kind(coded('53300'))).toEqual(['Unavailable', true]);
    expect(kind(coded('28P01'))).toEqual(['Unavailable', false]);
    expect(kind(coded('22003'))).toEqual(['InvalidInput', false]);
    expect(kind(coded('23505'))).toEqual(['InvalidInput', false]);
    expect(kind(new AggregateError([coded('ECONNREFUSED')]))).toEqual(['Unavailable', true]);
    expect(kind(new Error('Connection terminated unexpectedly'))).toEqual(['Unavailable', true]);
    const defect = new TypeError('undefined is not a function');
    expect(databaseError(defect)).toBe(defect);
    expect(databaseError(coded('42'))).toMatchObject({ code: '42' });
  });
});
