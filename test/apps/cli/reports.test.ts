import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { decode } from 'fast-png';
import { WebSocketServer } from 'ws';
import type { AddressInfo } from 'node:net';
import { afterAll, describe, expect, it } from 'vitest';
import { runCli } from '../../../apps/cli/run-cli.js';
import type { Output } from '../../../apps/cli/output.js';
import { describeWithSamples, samplePath } from '../../support/sample-data.js';

const folder = mkdtempSync(path.join(tmpdir(), 'cli-reports-'));
afterAll(() => rmSync(folder, { recursive: true }));

async function cli(...argv: string[]): Promise<{ code: number; out: string; err: string }> {
  let [out, err] = ['', ''];
  const output: Output = {
    write: (text) => void (out += text),
    error: (line) => void (err += `${line}\n`),
    isTerminal: false,
  };
  return { code: await runCli({ argv, output }), out, err };
}

function frame(i: number, text: string): string {
  return JSON.stringify({
    did: `did:plc:PLANTEDAUTHOR${i}`,
    time_us: 1_700_000_000_000_000 + i * 1_000_000,
    kind: 'commit',
    commit: {
      operation: 'create',
      collection: 'app.bsky.feed.post',
      rkey: `PLANTEDKEY${i}`,
      record: { text, langs: ['en'] },
    },
  });
}

/** Every file below the folder, hidden ones too, as one text. */
function written(below: string): string {
  return readdirSync(below, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(path.join(entry.parentPath, entry.name), 'latin1'))
    .join('\n');
}

const PLANTED = /PLANTED|zyxmarker/i;
const FELT = 'whoa earthquake, my house is shaking zyxmarker';

describe('quakeloom reports', () => {
  it('cdi: community intensity and boxes; wrong files are named', async () => {
    const file = path.join(folder, 'answers.csv');
    writeFileSync(
      file,
      'felt,motion,latitude,longitude\n1,3,38.2971,-122.2855\n1,9,38.2971,-122.2855\n',
    );
    const { code, out, err } = await cli('reports', 'cdi', file, '--json');
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      responses: 1,
      rejected: 1,
      cdi: 2.7,
      boxes1km: [{ name: 'UTM:(10S 0562 4239 1000)', responses: 1 }],
    });
    expect(err).toContain('impossible answer');
    expect((await cli('reports', 'cdi', path.join(folder, 'none.csv'))).code).toBe(1);
  });

  it('replay: counts and no word or author of a post anywhere on disk', async () => {
    const own = mkdtempSync(path.join(folder, 'replay-'));
    const posts = path.join(folder, 'posts.jsonl');
    const lines = Array.from({ length: 3000 }, (_, i) =>
      frame(i, i % 3 === 0 ? FELT : 'zyxmarker tea'),
    );
    writeFileSync(posts, `${lines.join('\n')}\n{broken zyxmarker\n`);
    const { code, out, err } = await cli(
      ...['reports', 'replay', posts, '--json', '--out', path.join(own, 'state.json')],
    );
    expect(code).toBe(0);
    const { counts } = JSON.parse(out) as { counts: Record<string, unknown> };
    expect(counts).toMatchObject({
      lines: 3001,
      posts: 3000,
      counted: 1000,
      refused: { 'not JSON': 1 },
      left: { 'no quake word': 2000 },
    });
    expect(written(own)).toContain('"counts"');
    expect(written(own)).not.toMatch(PLANTED);
    expect(out.replaceAll(posts, '') + err).not.toMatch(PLANTED);
  });

  it('replay: damaged lines, NUL bytes and posts dated ahead are counted with a reason', async () => {
    const posts = path.join(folder, 'damaged.jsonl');
    const deep = `{"event":"update","payload":${'['.repeat(200_000)}${']'.repeat(200_000)}}`;
    const future = frame(4, FELT).replace(/"time_us":\d+/, '"time_us":9000000000000000');
    const lines = ['\u0000\u0001', '{', deep, future, 'x'.repeat(2 ** 21), frame(5, FELT)];
    writeFileSync(posts, `${lines.join('\n')}\n`);
    const { code, out } = await cli('reports', 'replay', posts, '--json');
    expect(code).toBe(0);
    expect((JSON.parse(out) as { counts: unknown }).counts).toMatchObject({
      lines: 6,
      counted: 1,
      refused: {
        'not JSON': 2,
        'payload: nested too deep': 1,
        'time_us: in the future': 1,
        'line longer than 1 MiB': 1,
      },
    });
  });

  it('locate: says which cells were refused and why, also when none is left', async () => {
    const file = path.join(folder, 'cdi_geo.txt');
    const head = '# Columns: Geocoded box,CDI,No. of responses,Latitude,Longitude,Suspect?\n';
    const row = (i: number, cdi: number, suspect = 0): string =>
      `"UTM:(10S 0${i} 423 10000)",${cdi},5,${38 + i / 10},-122.3,${suspect}\n`;
    const bad = row(8, 99) + row(9, 4, 1);
    writeFileSync(file, head + row(1, 5) + row(2, 4.4) + row(3, 4) + row(4, 1) + bad);
    const { code, out, err } = await cli('reports', 'locate', '--dyfi', file, '--json');
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      cells: {
        ...{ read: 4, notFelt: 1 },
        refused: {
          count: 2,
          first: [{ at: 'line 6' }, { at: 'line 7', reason: 'marked suspect by USGS' }],
        },
      },
    });
    expect(err).toContain('line 7: marked suspect');
    writeFileSync(file, head + bad);
    const none = await cli('reports', 'locate', '--dyfi', file);
    expect(none.code).not.toBe(0);
    expect(none.err).toContain('2 refused, the first at line 2');
  });

  it('listen: a state file that cannot be read is not written over', async () => {
    const feed = 'jetstream=ws://127.0.0.1:9/subscribe';
    const { code, err } = await cli('reports', 'listen', '--feed', feed, '--state', folder);
    expect(code).toBe(1);
    expect(err).toContain(folder);
  });

  it('listen: a broken connection and a restart give the counts of an unbroken run', async () => {
    const frames = Array.from({ length: 400 }, (_, i) => frame(i + 1, FELT));
    const serve = async (cutAfter: number): Promise<{ url: string; close: () => void }> => {
      const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
      server.on('connection', (socket, request) => {
        const from = Number(new URL(request.url ?? '', 'ws://x').searchParams.get('cursor') ?? 0);
        const rest = frames.filter((text) => Number(/"time_us":(\d+)/.exec(text)?.[1]) > from);
        for (const text of rest.slice(0, cutAfter)) socket.send(text);
        if (rest.length > cutAfter) socket.close();
      });
      await new Promise((resolve) => server.once('listening', resolve));
      const { port } = server.address() as AddressInfo;
      return {
        url: `jetstream=ws://127.0.0.1:${port}/s`,
        close: () => {
          for (const client of server.clients) client.terminate();
          server.close();
        },
      };
    };
    const countsOf = async (name: string, cutAfter: number, runs: number): Promise<unknown> => {
      const own = mkdtempSync(path.join(folder, 'listen-'));
      const file = path.join(own, `${name}.json`);
      const server = await serve(cutAfter);
      for (let i = 0; i < runs; i++) {
        const run = await cli(
          'reports',
          'listen',
          '--feed',
          server.url,
          '--state',
          file,
          '--for',
          '2s',
        );
        expect(run.code).toBe(0);
        expect(run.out + run.err).not.toMatch(PLANTED);
      }
      server.close();
      expect(written(own)).not.toMatch(PLANTED);
      return (JSON.parse(readFileSync(file, 'utf8')) as { counter: { counts: unknown } }).counter
        .counts;
    };
    const whole = await countsOf('whole', 1000, 1);
    const broken = await countsOf('broken', 150, 2);
    expect(broken).toEqual(whole);
    expect((whole as [string, number][]).reduce((sum, [, n]) => sum + n, 0)).toBe(400);
  });

  it('refuses a feed it does not know', async () => {
    const run = await cli('reports', 'listen', '--feed', 'gopher://x');
    expect(run.code).toBe(2);
    expect(run.err).toContain('kind=url');
    const feed = 'mastodon=https://127.0.0.1:9/';
    const twice = await cli('reports', 'listen', '--feed', feed, '--feed', feed);
    expect(twice.code).toBe(2);
    expect(twice.err).toContain('given twice');
  });
});

describe('quakeloom reports maps', () => {
  const answers = path.join(folder, 'places.csv');
  const rows = [
    '1,3,38.2971,-122.2855',
    '1,5,38.2971,-122.2855',
    '0,0,38.5512,-122.4013',
    '1,1,38.9123,-122.1311',
  ];
  writeFileSync(answers, `felt,motion,latitude,longitude\n${rows.join('\n')}\n`);

  it('cells with intensity, its sigma and the PGA that goes with it', async () => {
    const map = path.join(folder, 'map.geojson');
    expect((await cli('reports', 'cdi', answers, '--map', map)).code).toBe(0);
    const { features } = JSON.parse(readFileSync(map, 'utf8')) as {
      features: {
        geometry: { coordinates: number[][][] };
        properties: { cdi: number; cdiSigma: number; nresp: number; pgaGal: number | null };
      }[];
    };
    features.sort(
      (a, b) => b.properties.nresp - a.properties.nresp || b.properties.cdi - a.properties.cdi,
    );
    expect(features.map(({ properties: p }) => [p.cdi, p.nresp, p.pgaGal !== null])).toEqual([
      [3.1, 2, true],
      [2, 1, true],
      [1, 1, false],
    ]);
    const first = features[0];
    // Worden et al. 2012: MMI 3.1 = 1.78 + 1.55 log10(PGA), and 0.25 exp(-2 / 24.02) + 0.09.
    expect(first?.properties.pgaGal).toBeCloseTo(10 ** ((3.1 - 1.78) / 1.55), 2);
    expect(first?.properties.cdiSigma).toBeCloseTo(0.25 * Math.exp(-2 / 24.02) + 0.09, 3);
    const ring = first?.geometry.coordinates[0];
    expect(ring).toHaveLength(5);
    expect(ring?.[4]).toEqual(ring?.[0]);
  });

  it('a picture in the colours of the intensities; a name of no known kind is refused', async () => {
    const map = path.join(folder, 'map.png');
    expect((await cli('reports', 'cdi', answers, '--map', map)).code).toBe(0);
    const { width, height, data } = decode(readFileSync(map));
    expect(Math.max(width, height)).toBe(1200);
    const colours = new Set<string>();
    for (let i = 0; i < data.length; i += 3) colours.add(data.slice(i, i + 3).join());
    // Background, not felt, 2.0 and a tenth of the way from 3 to 4.
    expect([...colours].sort()).toEqual(
      ['238,241,244', '255,255,255', '191,204,255', '157,233,255'].sort(),
    );
    const { code, err } = await cli('reports', 'cdi', answers, '--map', 'x.tiff');
    expect(code).toBe(2);
    expect(err).toContain('.geojson');
    const past = await cli('reports', 'locate', '--dyfi', answers, '--past', '1,2,3');
    expect(past.err).toMatch(/felt cells|LAT,LON|no reader/);
  });
});

describeWithSamples('reports on real data', ['felt/napa-nc72282711/dyfi_dat.xml'], () => {
  it('locate gives epicentre, region and magnitude', async () => {
    const file = samplePath('felt/napa-nc72282711/dyfi_geo_10km.geojson');
    const { code, out } = await cli('reports', 'locate', '--dyfi', file, '--json');
    expect(code).toBe(0);
    const found = JSON.parse(out) as {
      magnitude: { p05: number; p95: number };
      regionKm90: number;
    };
    expect(found.magnitude.p05).toBeLessThan(6);
    expect(found.magnitude.p95).toBeGreaterThan(6);
    expect(found.regionKm90).toBeGreaterThan(5);
  });

  it('calibrate learns how many people post and report', async () => {
    const posts = samplePath('felt/napa-nc72282711/tweets_derived_no_text_no_ids.csv');
    const dyfi = samplePath('felt/napa-nc72282711/dyfi_dat.xml');
    const event = `38.2152,-122.3123,11.1,6.0,2014-08-24T10:20:44Z,${posts},${dyfi}`;
    const { code, out } = await cli('reports', 'calibrate', '--past', event, '--json');
    expect(code).toBe(0);
    const learned = JSON.parse(out) as {
      options: Record<string, number>;
      events: Record<string, number>[];
    };
    // 11,841 reports of those who felt it: of 1 to 100 million people.
    const reports = Math.log(11_841) - (learned.events[0]?.['logReportsPerPerson'] ?? 0);
    expect(reports).toBeGreaterThan(Math.log(1e6));
    expect(reports).toBeLessThan(Math.log(1e8));
    expect(Object.keys(learned.options).sort()).toEqual(
      ['postsPerPerson', 'postsSigma', 'reportsPerPerson', 'reportsSigma'].sort(),
    );
    const wrong = await cli('reports', 'calibrate', '--past', '38.2,-122.3,11,6.0,yesterday,x');
    expect(wrong.code).toBe(2);
    expect(wrong.err).toMatch(/past event/);
  });

  it('replay of post times declares South Napa within 45 s', async () => {
    const file = samplePath('felt/napa-nc72282711/tweets_derived_no_text_no_ids.csv');
    const { out } = await cli('reports', 'replay', file, '--json');
    const { detections } = JSON.parse(out) as { detections: { declaredAt: string }[] };
    const delayS =
      (Date.parse(detections[0]?.declaredAt ?? '') - Date.parse('2014-08-24T10:20:44Z')) / 1000;
    expect(delayS).toBeGreaterThan(0);
    expect(delayS).toBeLessThanOrEqual(45);
  });
});
