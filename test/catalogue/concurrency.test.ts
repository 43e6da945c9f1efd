import fc from 'fast-check';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createCatalogue, type PostgresCatalogue } from '../../catalogue/store.js';
import type { OriginDraft } from '../../core/quake.js';
import { createRandom } from '../../core/random.js';
import { isoToNs, nsToIso } from '../../core/time.js';
import { startPostgres, type TestPostgres } from '../support/postgres.js';
import { draft } from './drafts.js';

let server: TestPostgres;
let databases = 0;
beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server.stop());

async function withCatalogues<T>(
  count: number,
  use: (catalogues: readonly PostgresCatalogue[], databaseUrl: string) => Promise<T>,
): Promise<T> {
  const databaseUrl = await server.createDatabase(`parallel_${databases++}`);
  // Opened at once on an empty database: the migrations meet, and one of them runs.
  const catalogues = await Promise.all(
    Array.from({ length: count }, () => createCatalogue({ databaseUrl, maxConnections: 4 })),
  );
  try {
    return await use(catalogues, databaseUrl);
  } finally {
    await Promise.all(catalogues.map((catalogue) => catalogue.close()));
  }
}

/** `count` quakes of one window, well apart, and `runs` reruns that see each a little elsewhere. */
function quakes(count: number, runs: number, seed: number): OriginDraft[][] {
  const random = createRandom(seed);
  const start = isoToNs('2018-02-16T23:31:00Z');
  const truth = Array.from({ length: count }, (_, i) => ({
    ns: start + BigInt(i) * 25_000_000_000n,
    latitude: 15 + 4 * random.uniform(),
    longitude: -101 + 5 * random.uniform(),
  }));
  return Array.from({ length: runs }, (_, run) =>
    truth.map(({ ns, latitude, longitude }, i) =>
      draft({
        run: `run-${run}`,
        key: `${run} ${i}`,
        originTime: nsToIso(ns + BigInt(Math.round((run === 0 ? 0 : random.normal()) * 5e8))),
        latitude: latitude + (run === 0 ? 0 : random.normal() * 0.02),
        longitude: longitude + (run === 0 ? 0 : random.normal() * 0.02),
      }),
    ),
  );
}

describe('writers at the same time', () => {
  it('migrate once', async () => {
    await withCatalogues(4, async (_catalogues, databaseUrl) => {
      const client = new pg.Client({ connectionString: databaseUrl });
      await client.connect();
      const { rows } = await client.query<{ name: string }>(
        'select name from quakeloom.migrations order by name',
      );
      await client.end();
      expect(rows.map((row) => row.name)).toEqual(['0001-events', '0002-feeds', '0003-shaking']);
    });
  });

  it('make one event of one quake', async () => {
    await withCatalogues(4, async (catalogues) => {
      const drafts = Array.from({ length: 24 }, (_, i) =>
        draft({ run: `run-${i}`, latitude: 16.386 + i * 0.001 }),
      );
      const stored = await Promise.all(
        drafts.map((one, i) => (catalogues[i % 4] as PostgresCatalogue).appendOrigin(one)),
      );
      expect(new Set(stored.map((origin) => origin.eventId)).size).toBe(1);
      expect(stored.map((origin) => origin.version).sort((a, b) => a - b)).toEqual(
        drafts.map((_, i) => i + 1),
      );
    });
  });

  it('make one row of one retried write', async () => {
    await withCatalogues(4, async (catalogues) => {
      const stored = await Promise.all(
        Array.from({ length: 16 }, (_, i) =>
          (catalogues[i % 4] as PostgresCatalogue).appendOrigin(draft()),
        ),
      );
      for (const origin of stored) expect(origin).toEqual(stored[0]);
      const [catalogue] = catalogues;
      expect(await catalogue?.listOrigins(stored[0]?.eventId ?? '')).toHaveLength(1);
    });
  });

  it('keep two quakes of the same second and place apart, by name too', async () => {
    await withCatalogues(2, async ([a, b]) => {
      // One posterior holds both, so they are two; their names would be the same hash.
      const first = draft({ key: 'a' });
      const second = draft({ key: 'b', latitude: 16.36, longitude: -98.02 });
      const stored = await Promise.all([a?.appendOrigin(first), b?.appendOrigin(second)]);
      expect(stored[0]?.eventId).not.toBe(stored[1]?.eventId);
      expect(await a?.listEvents({})).toHaveLength(2);
    });
  });
});

describe('event ids', () => {
  it('are the same after a rerun on an empty database', async () => {
    const [first] = quakes(10, 1, 7);
    const ids = await Promise.all(
      [0, 1].map(() =>
        withCatalogues(1, async ([catalogue]) => {
          const stored = [];
          for (const one of first ?? []) stored.push(await catalogue?.appendOrigin(one));
          return stored.map((origin) => origin?.eventId);
        }),
      ),
    );
    expect(ids[0]).toEqual(ids[1]);
    expect(new Set(ids[0]).size).toBe(10);
  });

  it('do not depend on the order of writes or of reruns', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer(), fc.array(fc.nat(), { minLength: 40 }), (seed, order) =>
        withCatalogues(1, async ([catalogue]) => {
          if (!catalogue) throw new Error('no catalogue');
          const [first = [], ...reruns] = quakes(8, 4, seed);
          const shuffled = <T>(items: readonly T[]): T[] =>
            items
              .map((item, i) => ({ item, rank: order[i % order.length] ?? 0 }))
              .sort((a, b) => a.rank - b.rank)
              .map(({ item }) => item);
          const truth = new Map<number, string>();
          for (const { one, i } of shuffled(first.map((one, i) => ({ one, i })))) {
            truth.set(i, (await catalogue.appendOrigin(one)).eventId);
          }
          expect(new Set(truth.values()).size).toBe(8);
          const rest = reruns.flatMap((run) => run.map((one, i) => ({ one, i })));
          for (const { one, i } of shuffled(rest)) {
            expect((await catalogue.appendOrigin(one)).eventId).toBe(truth.get(i));
          }
          // Everything once more: not a row is added.
          for (const one of [...first, ...rest.map(({ one }) => one)]) {
            await catalogue.appendOrigin(one);
          }
          const events = await catalogue.listEvents({ orderBy: 'time-asc' });
          expect(events.map((event) => event.versions)).toEqual(Array(8).fill(4));
        }),
      ),
      { numRuns: 6 },
    );
  });
});
