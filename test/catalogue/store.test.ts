import pg from 'pg';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { isoToNs, nsToIso } from '../../core/time.js';
import { createCatalogue, type PostgresCatalogue } from '../../catalogue/store.js';
import { nsToTimestamptz } from '../../catalogue/time-columns.js';
import { startPostgres, type TestPostgres } from '../support/postgres.js';
import { draft, gaussian, region } from './drafts.js';

let server: TestPostgres;
let catalogue: PostgresCatalogue;
let raw: pg.Client;
let nowMs = Date.parse('2024-01-01T00:00:00Z');
let databases = 0;

beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server.stop());
beforeEach(async () => {
  const databaseUrl = await server.createDatabase(`store_${databases++}`);
  catalogue = await createCatalogue({ databaseUrl, clock: () => (nowMs += 1000) });
  raw = new pg.Client({ connectionString: databaseUrl });
  await raw.connect();
  return async () => {
    await raw.end();
    await catalogue.close();
  };
});

describe('regions', () => {
  it('are kept as given, replaced by id, and listed by id', async () => {
    expect(await catalogue.getRegion('mexico')).toBeNull();
    await catalogue.putRegion(region('mexico'));
    await catalogue.putRegion(region('brady'));
    await catalogue.putRegion({ ...region('mexico'), windowS: 60 });
    expect(await catalogue.getRegion('mexico')).toEqual({ ...region('mexico'), windowS: 60 });
    expect((await catalogue.listRegions()).map((r) => r.id)).toEqual(['brady', 'mexico']);
    await expect(catalogue.putRegion(region('No Such Id'))).rejects.toMatchObject({
      _tag: 'InvalidInput',
    });
  });
});

describe('origins', () => {
  it('come back exactly as written, with version, id and time', async () => {
    const written = draft();
    const stored = await catalogue.appendOrigin(written);
    expect(stored).toEqual({
      ...written,
      eventId: stored.eventId,
      version: 1,
      createdAt: nsToIso(BigInt(nowMs) * 1_000_000n),
    });
    expect(stored.eventId).toMatch(/^ql[a-z2-7]{10}$/);
    expect(await catalogue.getEvent(stored.eventId)).toEqual({
      eventId: stored.eventId,
      regionId: 'mexico',
      versions: 1,
      preferred: stored,
    });
    expect(await catalogue.getEvent('qlnosuchevnt')).toBeNull();
    expect(await catalogue.listOrigins('qlnosuchevnt')).toEqual([]);
  });

  it('keep every finite double to the last bit', async () => {
    const number = fc.double({ noNaN: true, noDefaultInfinity: true });
    let run = 0;
    await fc.assert(
      fc.asyncProperty(number, number, fc.string({ unit: 'grapheme' }), async (a, b, note) => {
        const regionId = `r${run++}`;
        const written = draft({ regionId, key: regionId });
        const origin = { ...written.origin, depthKm: gaussian(a, 1), notes: [note] };
        origin.depthKm = { ...origin.depthKm, p05: b, p95: b };
        const save = catalogue.appendOrigin({ ...written, origin });
        if (note.includes('\0'))
          return expect(save).rejects.toMatchObject({ _tag: 'InvalidInput' });
        // JSON has no negative zero.
        const plain = JSON.parse(JSON.stringify(origin)) as typeof origin;
        expect((await save).origin).toEqual(plain);
      }),
      { numRuns: 60, examples: [[5e-324, 1.7976931348623157e308, 'é\u{1F30B}']] },
    );
  });

  it('with the same idempotency key are one row, whoever retries', async () => {
    const first = await catalogue.appendOrigin(draft());
    const again = await catalogue.appendOrigin({
      ...draft(),
      origin: draft({ magnitude: 1 }).origin,
    });
    expect(again).toEqual(first);
    expect(await catalogue.listOrigins(first.eventId)).toEqual([first]);
    // The key belongs to the region: another region that watches the same feed has its own event.
    const other = await catalogue.appendOrigin(draft({ regionId: 'oaxaca', key: 'run-1' }));
    expect(other.eventId).not.toBe(first.eventId);
  });

  it('become versions of the event that they overlap, the latest preferred', async () => {
    const first = await catalogue.appendOrigin(draft());
    const later = draft({ run: 'run-2', latitude: 16.45, originTime: '2018-02-16T23:39:41Z' });
    const second = await catalogue.appendOrigin(later);
    expect([second.eventId, second.version]).toEqual([first.eventId, 2]);
    const event = await catalogue.getEvent(first.eventId);
    expect([event?.versions, event?.preferred]).toEqual([2, second]);
    expect(await catalogue.listOrigins(first.eventId)).toEqual([first, second]);

    const elsewhere = await catalogue.appendOrigin(draft({ run: 'run-3', latitude: 18.5 }));
    const muchLater = await catalogue.appendOrigin(
      draft({ run: 'run-3', originTime: '2018-02-16T23:41:39Z' }),
    );
    expect(new Set([first, elsewhere, muchLater].map((o) => o.eventId)).size).toBe(3);
  });

  it('go to the event that is named, when it exists and is in the region', async () => {
    const first = await catalogue.appendOrigin(draft());
    const far = draft({ run: 'late', originTime: '2018-02-16T23:44:00Z', latitude: 17.5 });
    const second = await catalogue.appendOrigin(far, { eventId: first.eventId });
    expect([second.eventId, second.version]).toEqual([first.eventId, 2]);
    await expect(
      catalogue.appendOrigin(draft({ key: 'x' }), { eventId: 'qlnosuchevnt' }),
    ).rejects.toMatchObject({ _tag: 'InvalidInput' });
    await expect(
      catalogue.appendOrigin(draft({ key: 'y', regionId: 'brady' }), { eventId: first.eventId }),
    ).rejects.toMatchObject({ _tag: 'InvalidInput' });
    expect((await catalogue.listOrigins(first.eventId)).length).toBe(2);
  });

  it('cannot be changed or removed, not even by hand', async () => {
    const { eventId } = await catalogue.appendOrigin(draft());
    await expect(raw.query('update quakeloom.origins set magnitude = 9')).rejects.toThrow(
      'append-only',
    );
    await expect(raw.query('delete from quakeloom.origins')).rejects.toThrow('append-only');
    await expect(raw.query('truncate quakeloom.origins cascade')).rejects.toThrow('append-only');
    expect((await catalogue.getEvent(eventId))?.preferred.origin.magnitude.mean).toBe(7.2);
  });

  it('keep nanoseconds beside a timestamptz floored to the microsecond', async () => {
    const anyNs = fc.bigInt({
      min: isoToNs('1900-01-01T00:00:00Z'),
      max: isoToNs('2200-01-01T00:00:00Z'),
    });
    let run = 0;
    await fc.assert(
      fc.asyncProperty(anyNs, async (ns) => {
        const key = `ns-${run++}`;
        await catalogue.appendOrigin(draft({ regionId: key, key, originTime: nsToIso(ns) }));
        const { rows } = await raw.query<{ ns: string; us: string }>(
          `select origin_ns as ns, (extract(epoch from origin_time) * 1000000)::bigint as us
           from quakeloom.origins where region_id = $1`,
          [key],
        );
        expect(BigInt(rows[0]?.ns ?? 0)).toBe(ns);
        expect(BigInt(rows[0]?.us ?? 0)).toBe((ns - (((ns % 1000n) + 1000n) % 1000n)) / 1000n);
        expect(isoToNs(nsToTimestamptz(ns)) / 1000n).toBe(BigInt(rows[0]?.us ?? 0));
      }),
      { numRuns: 40, examples: [[-1n], [-1001n], [999n], [0n]] },
    );
  });

  it.each([
    ['a time that is none', { originTime: 'yesterday' }],
    ['a latitude beyond the pole', { latitude: 91 }],
    ['a magnitude that is not a number', { magnitude: Number.NaN }],
    ['an infinite spread', { timeSdS: Infinity }],
    ['a negative spread', { timeSdS: -1 }],
    ['a probability above one', { rest: { existenceProbability: 1.2 } }],
    ['a note that cannot be stored', { rest: { notes: ['a\0b'] } }],
    ['a region id with a path', { regionId: '../x' }],
  ])('are refused with %s', async (_title, wrong) => {
    await expect(catalogue.appendOrigin(draft(wrong))).rejects.toMatchObject({
      _tag: 'InvalidInput',
      retryable: false,
    });
    expect(await catalogue.listEvents({})).toEqual([]);
  });

  it('are safe from text that looks like SQL', async () => {
    const evil = `'; drop table quakeloom.origins; --`;
    const stored = await catalogue.appendOrigin({ ...draft(), idempotencyKey: evil });
    expect(stored.idempotencyKey).toBe(evil);
    expect(await catalogue.getEvent(evil)).toBeNull();
    expect(await catalogue.listEvents({ regionId: evil })).toEqual([]);
  });
});

describe('lists of events', () => {
  beforeEach(async () => {
    await catalogue.appendOrigin(
      draft({ key: 'a', originTime: '2020-01-01T00:00:00Z', magnitude: 5 }),
    );
    await catalogue.appendOrigin(
      draft({ key: 'b', originTime: '2020-01-02T00:00:00Z', magnitude: 6, longitude: 179.5 }),
    );
    await catalogue.appendOrigin(
      draft({ key: 'c', originTime: '2020-01-03T00:00:00Z', magnitude: 4, longitude: -179.5 }),
    );
    await catalogue.appendOrigin(
      draft({
        key: 'd',
        regionId: 'brady',
        originTime: '2020-01-04T00:00:00.000000001Z',
        magnitude: 3,
        rest: { existenceProbability: 0.4 },
      }),
    );
  });
  const magnitudes = async (filter: Parameters<PostgresCatalogue['listEvents']>[0]) =>
    (await catalogue.listEvents(filter)).map((q) => q.preferred.origin.magnitude.mean);

  it('are filtered and ordered', async () => {
    expect(await magnitudes({})).toEqual([3, 4, 6, 5]);
    expect(await magnitudes({ orderBy: 'time-asc' })).toEqual([5, 6, 4, 3]);
    expect(await magnitudes({ orderBy: 'magnitude' })).toEqual([6, 5, 4, 3]);
    expect(await magnitudes({ orderBy: 'magnitude-asc', limit: 2 })).toEqual([3, 4]);
    expect(await magnitudes({ limit: 0 })).toEqual([]);
    expect(await magnitudes({ regionId: 'brady' })).toEqual([3]);
    expect(await magnitudes({ minMagnitude: 5 })).toEqual([6, 5]);
    expect(await magnitudes({ minProbability: 0.5 })).toEqual([4, 6, 5]);
    expect(await magnitudes({ from: '2020-01-02T00:00:00Z', to: '2020-01-03T00:00:00Z' })).toEqual([
      6,
    ]);
    // Exact to the nanosecond at both ends.
    expect(await magnitudes({ from: '2020-01-04T00:00:00.000000001Z' })).toEqual([3]);
    expect(await magnitudes({ from: '2020-01-04T00:00:00.000000002Z' })).toEqual([]);
    expect(await magnitudes({ to: '2020-01-04T00:00:00.000000001Z' })).toEqual([4, 6, 5]);
  });

  it('are cut to a box, also across the date line', async () => {
    const box = (west: number, east: number) => ({ west, east, south: 16, north: 17 });
    expect(await magnitudes({ bounds: box(-100, -97) })).toEqual([3, 5]);
    expect(await magnitudes({ bounds: box(179, 181) })).toEqual([4, 6]);
    expect(await magnitudes({ bounds: box(-181, -179) })).toEqual([4, 6]);
    expect(await magnitudes({ bounds: { ...box(-100, -97), north: 16.3 } })).toEqual([]);
    await expect(catalogue.listEvents({ bounds: box(179, -179) })).rejects.toMatchObject({
      _tag: 'InvalidInput',
    });
    await expect(catalogue.listEvents({ limit: 1.5 })).rejects.toMatchObject({
      _tag: 'InvalidInput',
    });
  });

  it('say what changed after a time', async () => {
    const [latest] = await catalogue.listEvents({ limit: 1 });
    const updatedAfter = latest?.preferred.createdAt ?? '';
    expect(await magnitudes({ updatedAfter })).toEqual([]);
    await catalogue.appendOrigin(
      draft({ run: 'again', originTime: '2020-01-01T00:00:01Z', magnitude: 5.1 }),
    );
    expect(await magnitudes({ updatedAfter })).toEqual([5.1]);
  });
});

describe('merges and splits', () => {
  it('leave history alone and are followed by every reader', async () => {
    const keep = await catalogue.appendOrigin(draft({ key: 'a' }));
    const drop = await catalogue.appendOrigin(
      draft({ key: 'b', originTime: '2018-02-16T23:40:20Z' }),
    );
    await catalogue.mergeEvents({ keep: keep.eventId, drop: drop.eventId, reason: 'same quake' });
    await catalogue.mergeEvents({ keep: keep.eventId, drop: drop.eventId });
    await catalogue.mergeEvents({ keep: drop.eventId, drop: keep.eventId });

    expect((await catalogue.getEvent(drop.eventId))?.eventId).toBe(keep.eventId);
    expect(await catalogue.listOrigins(drop.eventId)).toEqual([keep]);
    expect((await catalogue.listEvents({})).map((q) => q.eventId)).toEqual([keep.eventId]);
    expect(await catalogue.listHistory(keep.eventId)).toEqual([keep, drop]);
    expect(await catalogue.listAliases(drop.eventId)).toMatchObject([
      { alias: drop.eventId, eventId: keep.eventId, reason: 'same quake' },
    ]);

    // What overlaps the merged event, or names it, belongs to the one it was merged into.
    const found = await catalogue.appendOrigin(
      draft({ run: 'run-2', originTime: '2018-02-16T23:40:21Z' }),
    );
    expect([found.eventId, found.version]).toEqual([keep.eventId, 2]);
    const named = await catalogue.appendOrigin(draft({ key: 'c' }), { eventId: drop.eventId });
    expect([named.eventId, named.version]).toEqual([keep.eventId, 3]);

    await catalogue.splitEvent({ eventId: drop.eventId, reason: 'two after all' });
    await catalogue.splitEvent({ eventId: drop.eventId });
    expect((await catalogue.getEvent(drop.eventId))?.preferred).toEqual(drop);
    expect((await catalogue.listEvents({})).length).toBe(2);
    expect((await catalogue.listAliases(drop.eventId)).map((entry) => entry.eventId)).toEqual([
      keep.eventId,
      null,
    ]);
    await expect(raw.query('delete from quakeloom.event_aliases')).rejects.toThrow('append-only');
  });

  it('follow chains, and refuse strangers and other regions', async () => {
    const times = ['23:39:00', '23:40:00', '23:41:00'];
    const [a, b, c] = await Promise.all(
      times.map(
        async (time) =>
          (await catalogue.appendOrigin(draft({ originTime: `2018-02-16T${time}Z` }))).eventId,
      ),
    );
    if (!a || !b || !c) throw new Error('no events');
    await catalogue.mergeEvents({ keep: b, drop: a });
    await catalogue.mergeEvents({ keep: c, drop: a });
    for (const id of [a, b, c]) expect((await catalogue.getEvent(id))?.eventId).toBe(c);
    expect((await catalogue.listHistory(a)).length).toBe(3);
    const foreign = await catalogue.appendOrigin(draft({ regionId: 'brady' }));
    for (const drop of [foreign.eventId, 'qlnosuchevnt']) {
      await expect(catalogue.mergeEvents({ keep: c, drop })).rejects.toMatchObject({
        _tag: 'InvalidInput',
      });
    }
  });
});
