import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createCatalogue, type PostgresCatalogue } from '../../catalogue/store.js';
import type { SegmentRow } from '../../core/catalogue.js';
import { isoToNs } from '../../core/time.js';
import { startPostgres, type TestPostgres } from '../support/postgres.js';
import { artifact, draft } from './drafts.js';

let server: TestPostgres;
let catalogue: PostgresCatalogue;
let nowMs = Date.parse('2024-01-01T00:00:00Z');
let databases = 0;

beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server.stop());
beforeEach(async () => {
  const databaseUrl = await server.createDatabase(`feeds_${databases++}`);
  catalogue = await createCatalogue({ databaseUrl, clock: () => (nowMs += 1000) });
  return () => catalogue.close();
});

describe('feeds', () => {
  const segment = (key: string, startS: number, endS: number): Omit<SegmentRow, 'id'> => ({
    regionId: 'mexico',
    source: 'phones',
    sourceId: 'openeew',
    startNs: isoToNs('2018-02-16T23:30:00Z') + BigInt(startS * 1e9) + 1n,
    endNs: isoToNs('2018-02-16T23:30:00Z') + BigInt(endS * 1e9),
    records: 3_000_000_000,
    artifact: artifact(key, 'phone-segment'),
  });

  it('index segments once each, by cursor and by window', async () => {
    const a = await catalogue.addSegment(segment('s/a', 0, 60));
    const b = await catalogue.addSegment(segment('s/b', 60, 120));
    expect(await catalogue.addSegment(segment('s/a', 0, 60))).toEqual(a);
    expect(a).toEqual({ ...segment('s/a', 0, 60), id: a.id });
    expect(b.id).toBeGreaterThan(a.id);
    const after = (afterId: number, limit = 10) =>
      catalogue.segmentsAfter({ regionId: 'mexico', afterId, limit });
    expect(await after(0)).toEqual([a, b]);
    expect(await after(0, 1)).toEqual([a]);
    expect(await after(a.id)).toEqual([b]);
    expect(await after(b.id)).toEqual([]);
    const inWindow = (start: string, end: string) =>
      catalogue.segmentsInWindow({
        regionId: 'mexico',
        source: 'phones',
        window: { start: `2018-02-16T23:${start}Z`, end: `2018-02-16T23:${end}Z` },
      });
    expect(await inWindow('30:00', '40:00')).toEqual([a, b]);
    expect(await inWindow('30:10', '30:20')).toEqual([a]);
    expect(await inWindow('31:00', '31:10')).toEqual([a, b]);
    expect(await inWindow('30:00', '31:00')).toEqual([a]);
    expect(await inWindow('32:01', '33:00')).toEqual([]);
    await expect(
      catalogue.addSegment({
        ...segment('s/a', 0, 60),
        artifact: { ...a.artifact, sha256: 'f'.repeat(64) },
      }),
    ).rejects.toMatchObject({ _tag: 'ArtifactConflict' });
    await expect(catalogue.addSegment(segment('s/c', 60, 0))).rejects.toMatchObject({
      _tag: 'InvalidInput',
    });
  });

  it('never show a cursor a later id before an earlier one', async () => {
    const seen: number[] = [];
    let writing = true;
    const reader = (async () => {
      for (let last = false; !last;) {
        last = !writing;
        const afterId = seen.at(-1) ?? 0;
        const page = await catalogue.segmentsAfter({ regionId: 'mexico', afterId, limit: 5 });
        seen.push(...page.map((row) => row.id));
      }
    })();
    const rows = await Promise.all(
      Array.from({ length: 60 }, (_, i) => catalogue.addSegment(segment(`s/${i}`, i, i + 1))),
    );
    writing = false;
    await reader;
    for (let page = 1; page > 0;) {
      const rest = await catalogue.segmentsAfter({
        regionId: 'mexico',
        afterId: seen.at(-1) ?? 0,
        limit: 100,
      });
      page = rest.length;
      seen.push(...rest.map((row) => row.id));
    }
    expect(seen).toEqual(rows.map((row) => row.id).sort((a, b) => a - b));
  });

  it('count what was refused', async () => {
    const row = {
      regionId: 'mexico',
      source: 'das',
      item: 'a.h5',
      reason: 'x'.repeat(9000),
    } as const;
    await catalogue.quarantine(row);
    await catalogue.quarantine({ ...row, item: 'b.h5' });
    await catalogue.quarantine(row);
    const list = await catalogue.listQuarantine({ limit: 10 });
    expect(list.map(({ item, count }) => [item, count])).toEqual([
      ['a.h5', 2],
      ['b.h5', 1],
    ]);
    expect(list[0]).toMatchObject(row);
    expect(await catalogue.listQuarantine({ limit: 1 })).toHaveLength(1);
    expect(await catalogue.listQuarantine({ regionId: 'brady', limit: 9 })).toEqual([]);
  });

  it('keep deformation products once each', async () => {
    const product = {
      id: 'velocity-mexico-1',
      regionId: 'mexico',
      kind: 'velocity',
      summary: { minMmPerYear: -350.25, pairs: ['a', 'b'] },
      artifacts: [artifact('deformation/v.tif', 'deformation')],
    } as const;
    const first = await catalogue.putDeformation(product);
    expect(first).toEqual({ ...product, createdAt: first.createdAt });
    expect(await catalogue.putDeformation({ ...product, summary: {} })).toEqual(first);
    const second = await catalogue.putDeformation({ ...product, id: 'v-2', regionId: 'brady' });
    expect(await catalogue.listDeformation({ limit: 10 })).toEqual([second, first]);
    expect(await catalogue.listDeformation({ regionId: 'mexico', limit: 10 })).toEqual([first]);
    await expect(
      catalogue.putDeformation({ ...product, id: 'v-3', summary: { a: Number.NaN } }),
    ).rejects.toMatchObject({ _tag: 'InvalidInput' });
  });

  it('keep the latest map of shaking of an event, and why there is none', async () => {
    const drafts = [draft({ key: 'a' }), draft({ key: 'b', originTime: '2019-01-01T00:00:00Z' })];
    const [one, two] = await Promise.all(drafts.map((each) => catalogue.appendOrigin(each)));
    const { eventId } = one!;
    const map = {
      id: 'map-1',
      eventId,
      version: 1,
      summary: { model: 'network', strongest: { mmi: 6.1 } },
      artifacts: [artifact('events/e/v0001-0-shaking.arrow', 'export')],
      problem: null,
    };
    expect(await catalogue.getShaking({ eventId })).toBeNull();
    const none = { ...map, id: 'none', summary: {}, artifacts: [], problem: 'no samples' };
    expect(await catalogue.putShaking(none)).toMatchObject(none);
    expect(await catalogue.getShaking({ eventId })).toMatchObject({ problem: 'no samples' });
    const first = await catalogue.putShaking(map);
    expect(first).toEqual({ ...map, createdAt: first.createdAt });
    await catalogue.putShaking({ ...map, id: 'map-2' });
    expect((await catalogue.getShaking({ eventId }))?.id).toBe('map-2');
    // Publishing the first again makes it the event's map again; a later version goes before both.
    await catalogue.putShaking(map);
    expect((await catalogue.getShaking({ eventId }))?.id).toBe('map-1');
    await catalogue.putShaking({ ...map, id: 'map-3', version: 2 });
    await catalogue.putShaking(map);
    expect((await catalogue.getShaking({ eventId }))?.id).toBe('map-3');
    expect(await catalogue.getShaking({ eventId: two!.eventId })).toBeNull();
    await expect(
      catalogue.putShaking({ ...map, summary: { mmi: Number.NaN } }),
    ).rejects.toMatchObject({ _tag: 'InvalidInput' });
    await expect(catalogue.putShaking({ ...map, version: 0 })).rejects.toMatchObject({
      _tag: 'InvalidInput',
    });
  });
});
