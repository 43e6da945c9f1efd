import { createHash } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { zipSync } from 'fflate';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createActivities } from '../../activities/index.js';
import { followOnce, type FeltVersion } from '../../apps/reports/follow-felt.js';
import { dyfiService, emscService } from '../../connectors/reports/feeds/felt-products.js';
import { readSource } from '../../connectors/registry.js';
import { openSourceFile } from '../../connectors/source-file.js';
import type { EvidenceSet } from '../../core/evidence.js';
import { rejectedCountOf } from '../../core/tables/rejected.js';
import { reportItems } from '../../core/tables/report-table.js';
import { attempt, memoryDeps } from '../support/activity.js';
import { REGION } from '../support/fakes.js';

const ORIGIN_MS = Date.parse('2020-01-01T00:00:30Z');
const folder = mkdtempSync(path.join(tmpdir(), 'felt-products-'));
let server: Server;
let base = '';
let pages: Record<string, { status?: number; location?: string; body?: string | Uint8Array }>;
let asked: string[] = [];
let count = 0;
let own = '';

beforeEach(async () => {
  own = path.join(folder, String(count++));
  [pages, asked] = [{}, []];
  server = createServer((request, response) => {
    const url = new URL(request.url ?? '', 'http://x');
    asked.push(url.pathname + url.search);
    const page = pages[url.pathname] ?? { status: 404 };
    response.writeHead(page.status ?? 200, page.location ? { location: page.location } : {});
    response.end(page.body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(() => new Promise((resolve) => server.close(resolve)));
afterAll(() => rmSync(folder, { recursive: true }));

/** One box of 10 km about 17 N, 98 W. */
function boxes(cdi: number, nresp: number): string {
  const ring = [
    [-98, 17],
    [-97.9, 17],
    [-97.9, 17.1],
    [-98, 17.1],
  ];
  return JSON.stringify({
    type: 'FeatureCollection',
    features: [
      {
        type: 'Feature',
        geometry: { type: 'Polygon', coordinates: [ring] },
        properties: { cdi, nresp, name: 'UTM:(14Q 060 188 10000)', dist: 1 },
      },
    ],
  });
}

function publish(updated: number, content: string, options: { url?: string; hash?: string } = {}) {
  const sha256 = options.hash ?? createHash('sha256').update(content).digest('base64');
  const url = options.url ?? `${base}/product.geojson`;
  pages['/query'] = {
    body: JSON.stringify({
      features: [
        {
          id: 'us1',
          properties: { time: ORIGIN_MS, updated, detail: `${base}/detail` },
        },
      ],
    }),
  };
  const dyfi = [
    { updateTime: 1, status: 'UPDATE', preferredWeight: 1, contents: {} },
    {
      updateTime: updated,
      status: 'UPDATE',
      preferredWeight: 9,
      contents: { 'dyfi_geo_10km.geojson': { url, sha256 }, 'cdi_geo.txt': { url: 'x' } },
    },
  ];
  pages['/detail'] = { body: JSON.stringify({ properties: { products: { dyfi } } }) };
  pages['/product.geojson'] = { body: content };
}

async function follow(
  kind: 'dyfi' | 'emsc' = 'dyfi',
  isLive = false,
  nowMs = 5,
): Promise<{ versions: FeltVersion[]; problems: string[] }> {
  const [versions, problems]: [FeltVersion[], string[]] = [[], []];
  const input = {
    url: `${base}/query`,
    fetch: { allowedHosts: [new URL(base).host], maxBytes: 1e6, timeoutMs: 2000 },
  };
  const sink = isLive
    ? {
        store: deps.store,
        regions: [REGION],
        catalogue: deps.catalogue,
      }
    : null;
  await followOnce({
    service: kind === 'dyfi' ? dyfiService(input) : emscService(input),
    folder: own,
    firstSinceMs: 0,
    nowMs: () => nowMs,
    sink,
    take: (version) => versions.push(version),
    onProblem: (text) => problems.push(text),
  });
  return { versions, problems };
}

let deps = memoryDeps();

describe('DYFI through the event service', () => {
  it('takes each version once, also after a restart, and keeps them all', async () => {
    publish(1000, boxes(5, 10));
    expect((await follow()).versions).toMatchObject([
      { eventId: 'us1', version: '1000', cells: 1, responses: 10 },
    ]);
    expect((await follow()).versions).toEqual([]);
    expect(asked.filter((url) => url === '/detail')).toHaveLength(1);
    // A revision that loses responses.
    publish(2000, boxes(4.5, 8));
    expect((await follow()).versions).toMatchObject([{ version: '2000', responses: 8 }]);
    expect(asked.at(-3)).toContain('updatedafter=1969-12-31T23%3A50%3A01.000Z');
    expect(readdirSync(path.join(own, 'dyfi', 'us1'))).toHaveLength(2);
    pages['/detail'] = { body: JSON.stringify({ properties: { products: {} } }) };
    pages['/query'] = { body: String(pages['/query']?.body).replace('2000', '3000') };
    expect((await follow()).versions).toMatchObject([{ version: 'none', cells: 0, file: null }]);
  });

  it('asks no host that is not allowed, also not by a redirect', async () => {
    publish(1000, boxes(5, 10), { url: 'http://169.254.169.254/latest' });
    expect((await follow()).problems[0]).toContain('only 127.0.0.1');
    publish(1000, boxes(5, 10));
    pages['/product.geojson'] = { status: 302, location: 'http://evil.example/x' };
    expect((await follow()).problems[0]).toContain('only 127.0.0.1');
    pages['/product.geojson'] = { status: 302, location: '/moved' };
    pages['/moved'] = { body: boxes(5, 10) };
    expect((await follow()).versions).toHaveLength(1);
  });

  it('what fails is named and asked for again; the rest is bounded', async () => {
    publish(1000, boxes(5, 10), { hash: 'other' });
    expect((await follow()).problems[0]).toContain('not those that the event describes');
    publish(1000, 'x'.repeat(2e6));
    expect((await follow()).problems[0]).toContain('more than 1000000 bytes');
    publish(1000, '{broken');
    expect((await follow()).problems).toHaveLength(1);
    pages['/detail'] = { status: 500 };
    expect((await follow()).problems[0]).toContain('HTTP 500');
    publish(1000, boxes(5, 10));
    expect((await follow()).versions).toHaveLength(1);
    // A list with an event that is none, and one that was changed in the far future.
    publish(8e15, boxes(6, 10));
    const { features } = JSON.parse(pages['/query']?.body as string) as { features: unknown[] };
    const odd = [{ id: '../x', properties: 5 }, null, ...features];
    pages['/query'] = { body: JSON.stringify({ features: odd }) };
    expect((await follow()).versions).toHaveLength(1);
    expect((await follow()).problems).toEqual([]);
    expect(asked.at(-1)).toContain('updatedafter=1970-01-01T23%3A50');
    pages['/query'] = { body: JSON.stringify({ features: [{ id: '../x' }] }) };
    await expect(follow()).rejects.toThrow('none of 1 is an event');
    pages['/query'] = { body: '[]' };
    await expect(follow()).rejects.toThrow('expected object');
  });

  it('a late revision seals the window anew, with the new intensity as evidence', async () => {
    deps = memoryDeps();
    const region = {
      ...REGION,
      sources: [{ kind: 'reports' as const, id: 'dyfi', uri: 'live:' }],
    };
    const window = { start: '2020-01-01T00:00:00Z', end: '2020-01-01T00:05:00Z' };
    const activities = createActivities(deps);
    const fuse = async (): Promise<{ version: string; evidence: EvidenceSet }> => {
      const ingested = [await attempt(activities.ingestReports, { region, reach: window }).result];
      const input = { region, window, reach: window };
      const sealed = await attempt(activities.alignWindow, { ...input, ingested }).result;
      const { evidence } = await attempt(activities.evaluateEvidence, { ...input, sealed }).result;
      const text = new TextDecoder().decode(await deps.store.get(evidence));
      return { version: sealed.version, evidence: JSON.parse(text) as EvidenceSet };
    };
    publish(1000, boxes(5, 10));
    await follow('dyfi', true, 10);
    const first = await fuse();
    publish(2000, boxes(4.5, 8));
    await follow('dyfi', true, 20);
    const second = await fuse();
    // Back to what it was: that is news too.
    publish(3000, boxes(5, 10));
    await follow('dyfi', true, 30);
    const third = await fuse();
    expect(first.evidence.reports?.cells).toMatchObject([{ intensity: 5, felt: 10 }]);
    expect(second.evidence.reports?.cells).toMatchObject([{ intensity: 4.5, felt: 8 }]);
    expect(second.version).not.toBe(first.version);
    expect(third.version).toBe(first.version);
  });
});

describe('EMSC testimonies', () => {
  const TEXT =
    '#20200101_0000007\n#felt reports\n#corrected by Bossu et al.\n#longitude,latitude,iraw,icorr\n' +
    '-98.0011,17.0012,5.0,4.6\n-98.0009,17.0008,3,3.2\n-97.5,17.1,1,1\n-97,95,4,4\nfive,17,4,4\n-97,17,,\n';

  it('cells of a hundredth of a degree; rows that cannot be are counted', async () => {
    const file = path.join(folder, 'emsc.txt');
    writeFileSync(file, TEXT);
    const table = await readSource({
      file: await openSourceFile({ path: file }),
      window: null,
      options: {},
    });
    expect(reportItems(table)).toMatchObject([
      { latitude: 17, longitude: -98, intensity: 3.9, felt: 2, notFelt: 0, timeNs: null },
      { latitude: 17.1, longitude: -97.5, intensity: 1, felt: 0, notFelt: 1 },
    ]);
    expect(rejectedCountOf(table)).toBe(3);
  });

  it('are fetched when their number changes', async () => {
    const list = (n: number) =>
      JSON.stringify([
        { ev_unid: '20200101_0000007', ev_nbtestimonies: n, ev_event_time: '2020-01-01T00:00:30' },
      ]);
    const zip = zipSync({
      '20200101_0000007.txt': new TextEncoder().encode(TEXT),
      '../../evil.txt': new Uint8Array(5),
    });
    const answer = server.listeners('request')[0] as (...args: unknown[]) => void;
    server.removeAllListeners('request');
    server.on('request', (request, response) => {
      const isZip = request.url?.includes('includeTestimonies=true') === true;
      if (isZip) response.end(zip);
      else answer(request, response);
    });
    pages['/query'] = { body: list(3) };
    expect((await follow('emsc')).versions).toMatchObject([
      { service: 'emsc', version: '3', cells: 2, originAt: '2020-01-01T00:00:30.000Z' },
    ]);
    expect((await follow('emsc')).versions).toEqual([]);
    pages['/query'] = { body: list(4) };
    expect((await follow('emsc')).versions).toHaveLength(1);
  });
});
