/** REST and fdsnws-event without a port: filters, refusals, formats, headers. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { FastifyInstance } from 'fastify';
import { UnavailableError } from '../../../core/errors.js';
import type { ObjectStore } from '../../../core/artifact.js';
import { artifact } from '../../catalogue/drafts.js';
import { fakeCatalogue, IDS, sampleCatalogue, type FakeCatalogue } from './fake-catalogue.js';
import { TEMPORAL_UI_URL, testApi } from './test-server.js';

const QUERY = '/fdsnws/event/1/query';

let fake: FakeCatalogue;
let app: FastifyInstance;
beforeEach(async () => {
  fake = sampleCatalogue();
  app = await testApi(fake);
});
afterEach(() => app.close());

const get = (url: string) => app.inject({ method: 'GET', url });

describe('the JSON routes', () => {
  it('list events and pass every filter on', async () => {
    const response = await get(
      '/api/events?starttime=2018-02-16&endtime=2018-02-17T00:00:00&minlat=10&maxlat=20' +
        '&minlon=-105&maxlongitude=-90&minmag=5&minprobability=0.5&region=mexico&limit=7' +
        '&orderby=magnitude-asc&updatedafter=2018-01-01T00:00:00.5Z',
    );
    expect(response.statusCode).toBe(200);
    expect(fake.filters).toEqual([
      {
        bounds: { west: -105, east: -90, south: 10, north: 20 },
        limit: 7,
        orderBy: 'magnitude-asc',
        from: '2018-02-16T00:00:00Z',
        to: '2018-02-17T00:00:00Z',
        updatedAfter: '2018-01-01T00:00:00.5Z',
        minMagnitude: 5,
        minProbability: 0.5,
        regionId: 'mexico',
      },
    ]);
    const { events } = response.json<{ events: { eventId: string }[] }>();
    expect(events.map(({ eventId }) => eventId).sort()).toEqual(Object.values(IDS).sort());
  });

  it.each([
    ['minlatitude=91', 'parameter minlatitude', '<=90'],
    ['minmag=strong', 'parameter minmagnitude', 'number'],
    ['starttime=yesterday', 'parameter starttime', "'yesterday' is not an ISO-8601 UTC time"],
    ['limit=0', 'parameter limit', '>=1'],
    ['orderby=name', 'parameter orderby', 'time-asc'],
    ['minmagnitud=5', 'minmagnitud', 'Unrecognized'],
  ])('refuse %s and name what is wrong', async (query, name, reason) => {
    const response = await get(`/api/events?${query}`);
    expect(response.statusCode).toBe(400);
    const { error } = response.json<{ error: string }>();
    expect(error).toContain(name);
    expect(error).toContain(reason);
    expect(error).toContain('What to do:');
    expect(fake.filters).toEqual([]);
  });

  it('give an event with its versions, oldest first', async () => {
    const answer = (await get(`/api/events/${IDS.oaxaca}`)).json<{
      event: { versions: number; preferred: { version: number } };
      origins: { version: number }[];
    }>();
    expect(answer.event).toMatchObject({ versions: 2, preferred: { version: 2 } });
    expect(answer.origins.map(({ version }) => version)).toEqual([1, 2]);
  });

  it('say that an event is not known', async () => {
    const response = await get('/api/events/qlnowhere222');
    expect(response.statusCode).toBe(404);
    expect(response.json()).toEqual({ error: 'there is no event qlnowhere222' });
  });

  it('give regions, deformation, quarantine and health', async () => {
    expect((await get('/api/regions')).json()).toMatchObject({
      regions: [{ id: 'mexico' }, { id: 'gulf', synthetic: true }],
    });
    expect((await get('/api/deformation')).json()).toMatchObject({
      deformation: [{ kind: 'source', summary: { model: 'okada' } }, { kind: 'velocity' }],
    });
    expect((await get('/api/quarantine')).json()).toMatchObject({
      quarantine: [{ reason: 'damaged', count: 2 }],
    });
    const health = (await get('/api/health')).json();
    expect(health).toEqual({ ok: true, regions: 2, temporalUiUrl: TEMPORAL_UI_URL });
  });

  it('answer 503 with what to do while the database is away', async () => {
    fake.breakWith(
      new UnavailableError({ what: 'catalogue', reason: 'refused', remedy: 'start the database' }),
    );
    const response = await get('/api/events');
    expect(response.statusCode).toBe(503);
    expect(response.json()).toEqual({
      error: 'catalogue unavailable: refused. What to do: start the database.',
    });
  });

  it('let a page load nothing from elsewhere', async () => {
    const { headers } = await get('/api/health');
    const policy = String(headers['content-security-policy']);
    expect(policy).toContain("default-src 'self'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toMatch(/https?:|\*|unsafe-eval/);
    expect(headers['x-content-type-options']).toBe('nosniff');
  });
});

describe('fdsnws-event', () => {
  it.each([
    ['', 'application/xml', '<q:quakeml'],
    ['&format=xml', 'application/xml', '<q:quakeml'],
    ['&format=text', 'text/plain', '#EventID'],
    ['&format=geojson', 'application/json', '{"type":"FeatureCollection"'],
  ])('writes an event as asked (%s)', async (format, type, start) => {
    const response = await get(`${QUERY}?eventid=${IDS.oaxaca}${format}`);
    expect(response.statusCode).toBe(200);
    expect(response.headers['content-type']).toContain(type);
    expect(response.body).toContain(start);
    expect(response.body).toContain(IDS.oaxaca);
    expect(response.body).not.toContain(IDS.guerrero);
  });

  it('gives the preferred origin, or all of them', async () => {
    const count = async (more: string): Promise<number> => {
      const { body } = await get(`${QUERY}?eventid=${IDS.oaxaca}${more}`);
      return body.split('<origin ').length - 1;
    };
    expect(await count('')).toBe(1);
    expect(await count('&includeallorigins=true')).toBe(2);
  });

  it('answers 204 without events, 404 when asked for that', async () => {
    await app.close();
    app = await testApi(fakeCatalogue());
    const none = await get(`${QUERY}?minmagnitude=9`);
    expect([none.statusCode, none.body]).toEqual([204, '']);
    expect((await get(`${QUERY}?minmagnitude=9&nodata=404`)).statusCode).toBe(404);
    expect((await get(`${QUERY}?eventid=qlnowhere222`)).statusCode).toBe(204);
  });

  it.each([
    ['format=pdf', "'pdf' is none of xml, text, geojson"],
    ['format=toString', "'toString' is none of"],
    ['starttime=2018-13-01', 'parameter starttime'],
    ['nosuch=1', 'nosuch'],
  ])('refuses %s', async (query, reason) => {
    const response = await get(`${QUERY}?${query}`);
    expect(response.statusCode).toBe(400);
    expect(response.json<{ error: string }>().error).toContain(reason);
  });

  it('describes itself', async () => {
    const [version, wadl, catalogs, contributors] = await Promise.all(
      ['version', 'application.wadl', 'catalogs', 'contributors'].map((name) =>
        get(`/fdsnws/event/1/${name}`),
      ),
    );
    expect(version?.body).toBe('1.2.0');
    expect(wadl?.body).toContain('<param name="minmagnitude" style="query" type="xs:float"/>');
    expect(catalogs?.body).toContain('<Catalog>quakeloom</Catalog>');
    expect(contributors?.body).toContain('<Contributor>quakeloom</Contributor>');
  });
});

describe('the map of shaking', () => {
  const key = `events/${IDS.oaxaca}/v0002-0123456789ab-shaking.geojson`;
  const row = { version: 2, createdAt: '2018-02-17T00:10:05Z', problem: null };
  const summary = { model: 'network' };
  const artifacts = [artifact(key, 'export')];
  const noMap = { ...row, id: 'b', eventId: IDS.guerrero, summary: {}, artifacts: [] };
  const store = {
    get: (asked: { key: string }) =>
      Promise.resolve(new TextEncoder().encode(`{"${asked.key}":1}`)),
  } as unknown as ObjectStore;

  beforeEach(async () => {
    await app.close();
    fake = sampleCatalogue({
      shaking: [
        { ...row, id: 'a', eventId: IDS.oaxaca, summary, artifacts },
        { ...noMap, version: 1, problem: 'no map of shaking: damaged' },
      ],
    });
    app = await testApi(fake, { store });
  });

  it('is told with its files, why there is none, and nothing for events without', async () => {
    const of = async (id: string): Promise<unknown> =>
      (await get(`/api/events/${id}/shaking`)).json();
    expect(await of(IDS.oaxaca)).toEqual({
      shaking: {
        ...row,
        eventId: IDS.oaxaca,
        summary,
        files: [{ name: 'shaking.geojson', bytes: key.length }],
      },
    });
    expect(await of(IDS.guerrero)).toMatchObject({
      shaking: { summary: null, files: [], problem: 'no map of shaking: damaged' },
    });
    expect(await of(IDS.simulated)).toEqual({ shaking: null });
    expect((await get('/api/events/qlnothing/shaking')).statusCode).toBe(404);
  });

  it('gives its files by name and no other object', async () => {
    const file = await get(`/api/events/${IDS.oaxaca}/shaking/shaking.geojson`);
    expect(file.statusCode).toBe(200);
    expect(file.headers['content-type']).toBe('application/geo+json');
    expect(file.headers['content-disposition']).toContain(`${IDS.oaxaca}-shaking.geojson`);
    expect(file.json()).toEqual({ [key]: 1 });
    for (const name of ['mmi.tif', '..%2Fsecrets', encodeURIComponent(key)]) {
      const other = await get(`/api/events/${IDS.oaxaca}/shaking/${name}`);
      expect([name, other.statusCode]).toEqual([name, 404]);
    }
    expect((await get('/api/events/qlnothing/shaking/shaking.geojson')).statusCode).toBe(404);
  });
});
