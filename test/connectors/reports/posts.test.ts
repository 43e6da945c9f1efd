import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { csvFields } from '../../../connectors/reports/csv.js';
import { textLines } from '../../../connectors/reports/lines.js';
import { postTimesCsvConnector } from '../../../connectors/reports/post-times-csv.js';
import { postsJsonlConnector } from '../../../connectors/reports/posts-jsonl.js';
import { writePosts } from '../../../connectors/reports/write-posts.js';
import { openSourceFile } from '../../../connectors/source-file.js';
import type { Connector, ReadRequest } from '../../../core/connector.js';
import { encodeTable } from '../../../core/tables/ipc.js';
import { rejectedCountOf, rejectedOf } from '../../../core/tables/rejected.js';
import { reportItems } from '../../../core/tables/report-table.js';
import { isoToNs } from '../../../core/time.js';
import { describeWithPeers, runPeer } from '../../support/peers.js';
import { describeWithSamples, samplePath } from '../../support/sample-data.js';

const folder = mkdtempSync(path.join(tmpdir(), 'posts-'));
afterAll(() => rmSync(folder, { recursive: true }));

function write(name: string, text: string | Buffer): string {
  const file = path.join(folder, name);
  writeFileSync(file, text);
  return file;
}

async function read(connector: Connector, file: string, window: ReadRequest['window'] = null) {
  return connector.read({ file: await openSourceFile({ path: file }), window, options: {} });
}

describe('posts as JSON lines', () => {
  it('posts that were written come back', async () => {
    const place = fc.option(
      fc.record({
        latitude: fc.double({ min: -90, max: 90, noNaN: true }),
        longitude: fc.double({ min: -180, max: 180, noNaN: true }),
      }),
    );
    const post = fc.record({
      timeNs: fc.bigInt({ min: 0n, max: 4_000_000_000_000_000_000n }),
      place,
      radiusKm: fc.option(fc.double({ min: 0, max: 1e4, noNaN: true })),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(post, { maxLength: 30 }), async (posts) => {
        const file = path.join(folder, 'trip.jsonl');
        await writePosts({
          path: file,
          posts: posts.map(({ timeNs, place: where, radiusKm }, i) => ({
            timeNs,
            latitude: where?.latitude ?? null,
            longitude: where?.longitude ?? null,
            radiusKm,
            id: i % 2 === 0 ? `post-${i}` : null,
          })),
        });
        const items = reportItems(await read(postsJsonlConnector, file));
        expect(items).toMatchObject(
          posts.map(({ timeNs, place: where, radiusKm }) => ({
            kind: 'post',
            timeNs,
            // JSON has no negative zero.
            latitude: where === null ? null : where.latitude + 0,
            longitude: where === null ? null : where.longitude + 0,
            radiusKm: radiusKm === null ? null : radiusKm + 0,
            felt: 1,
            notFelt: 0,
          })),
        );
        expect(new Set(items.map((item) => item.sourceId)).size).toBe(posts.length);
      }),
      { numRuns: 40 },
    );
  });

  it('a bad line is refused with number and reason; text, author and id never get through', async () => {
    const file = write(
      'mixed.jsonl',
      [
        '\uFEFF{"time":"2014-08-24T10:21:05Z","text":"SECRET shaking","user":"SECRET","id":"SECRET7"}',
        'not json SECRET',
        '',
        '{"time":"yesterday SECRET"}',
        '{"time":"2014-08-24T12:21:06.5+02:00","lat":38.2,"lon":-122.3,"radiusKm":5}\r',
        '{"time":"2014-08-24T10:21:05Z","lat":38.2}',
        '{"time":"2014-08-24T10:21:05Z","lat":98.2,"lon":0}',
        '{"time":"2014-08-24T10:21:05Z","id":"SECRET7"}',
        `{"time":"2014-08-24T10:21:05Z","text":"${'x'.repeat(1024 * 1024)}"}`,
        '"SECRET"',
      ].join('\n'),
    );
    const source = await openSourceFile({ path: file });
    expect(await postsJsonlConnector.probe(source)).toBe(0.8);
    const table = await read(postsJsonlConnector, file);
    expect(reportItems(table)).toMatchObject([
      { timeNs: isoToNs('2014-08-24T10:21:05Z'), latitude: null },
      { timeNs: isoToNs('2014-08-24T10:21:06.5Z'), latitude: 38.2, radiusKm: 5 },
    ]);
    expect(rejectedOf(table)).toMatchObject([
      { at: 'line 2', reason: 'not JSON' },
      { at: 'line 4', reason: 'time: not an ISO-8601 time with zone' },
      { at: 'line 6', reason: 'lat and lon must come together' },
      { at: 'line 7', reason: expect.stringMatching(/^lat: /) as string },
      { at: 'line 8', reason: 'id: the same as in an earlier line' },
      { at: 'line 9', reason: 'the line is longer than 1 MiB' },
      { at: 'line 10', reason: expect.stringMatching(/expected object/) as string },
    ]);
    const scan = await postsJsonlConnector.scan(source, {});
    expect(scan).toMatchObject({
      window: { start: '2014-08-24T10:21:05Z', end: '2014-08-24T10:21:06.500000001Z' },
      facts: { posts: 2, placed: 1, rejected: 7 },
    });
    expect(Buffer.from(encodeTable(table)).includes('SECRET')).toBe(false);
    expect(JSON.stringify(scan)).not.toContain('SECRET');
  });

  it('reads the window only, and does not claim accelerometer records or GeoJSON', async () => {
    const times = [0, 10, 20, 30].map(
      (s) => `{"time":"2020-01-01T00:00:${String(s).padStart(2, '0')}Z"}`,
    );
    const file = write('window.jsonl', times.join('\n'));
    const window = { start: '2020-01-01T00:00:10Z', end: '2020-01-01T00:00:30Z' };
    const items = reportItems(await read(postsJsonlConnector, file, window));
    expect(items.map((item) => item.sourceId)).toEqual([
      '2020-01-01T00:00:10Z#1',
      '2020-01-01T00:00:20Z#1',
    ]);
    for (const line of [
      '{"time":"2020-01-01T00:00:00Z","device_id":"a","x":[1],"y":[1],"z":[1]}',
      '{"type":"FeatureCollection","features":[]}',
      'time_utc\n2020-01-01T00:00:00Z',
    ]) {
      const source = await openSourceFile({ path: write('other.jsonl', line) });
      expect(await postsJsonlConnector.probe(source)).toBe(0);
    }
  });
});

const TWEETS = 'felt/napa-nc72282711/tweets_derived_no_text_no_ids.csv';
const COSTA_RICA = 'felt/crisislex-tweet-times/2012_Costa_Rica_earthquake_timestamps.csv';

describeWithSamples('post times of real earthquakes', [TWEETS, COSTA_RICA], () => {
  it('Napa: the rules of TED leave what people felt, and the scan says what they dropped', async () => {
    const source = await openSourceFile({ path: samplePath(TWEETS) });
    expect(await postTimesCsvConnector.probe(source)).toBe(0.8);
    const scan = await postTimesCsvConnector.scan(source, {});
    expect(scan.facts).toMatchObject({ rows: 9110, posts: 1697, placed: 1697, rejected: 0 });
    const dropped = scan.facts['dropped'] as Record<string, number>;
    expect(Object.values(dropped).reduce((sum, n) => sum + n, 0)).toBe(9110 - 1697);
    expect(dropped['no earthquake word']).toBe(324);
    const items = reportItems(await read(postTimesCsvConnector, samplePath(TWEETS)));
    const origin = isoToNs('2014-08-24T10:20:44Z');
    const after = items.map((item) => Number((item.timeNs as bigint) - origin) / 1e9);
    expect(after.filter((s) => s < 0)).toHaveLength(1);
    expect(Math.min(...after.filter((s) => s >= 0))).toBe(21);
  });

  it('CrisisLex: times alone, nothing dropped', async () => {
    const source = await openSourceFile({ path: samplePath(COSTA_RICA) });
    const scan = await postTimesCsvConnector.scan(source, {});
    expect(scan.facts).toMatchObject({ rows: 2369, posts: 2369, placed: 0, dropped: {} });
    expect(scan.audit.join()).toMatch(/rules not applied, column missing: has_eq_word/);
    const window = { start: '2012-09-05T14:42:08Z', end: '2012-09-05T15:42:08Z' };
    const items = reportItems(await read(postTimesCsvConnector, samplePath(COSTA_RICA), window));
    expect(items).toHaveLength(587);
  });
});

describeWithPeers('against Python csv', () => {
  describeWithSamples('Napa', [TWEETS], () => {
    it('the same rows survive', async () => {
      const items = reportItems(await read(postTimesCsvConnector, samplePath(TWEETS)));
      const peer = runPeer<[string, number, number][]>(
        `
import csv, json, sys
rows = [r for r in csv.DictReader(open(sys.argv[1])) if r['has_eq_word'] == '1' and r['has_url'] == '0' and r['has_magnitude'] == '0' and int(r['n_words']) <= 7]
print(json.dumps([[r['time_utc'], float(r['lat']), float(r['lon'])] for r in rows]))
`,
        [samplePath(TWEETS)],
      );
      expect(items.map((item) => [item.timeNs, item.latitude, item.longitude])).toEqual(
        peer.map(([time, lat, lon]) => [isoToNs(time), lat, lon]),
      );
    });
  });
});

describe('post times as CSV', () => {
  it('bad rows are refused, rows of people who did not feel it dropped', async () => {
    const file = write(
      'rows.csv',
      [
        'time_utc,lat,lon,n_words,has_url',
        '2020-01-01T00:00:00Z,1.5,2.5,3,0',
        '"2020-01-01T00:00:00Z",,,7,false',
        '2020-01-01T00:00:01Z,1.5,2.5,3,1',
        '2020-01-01T00:00:02Z,1.5,2.5,8,0',
        'noon,1.5,2.5,3,0',
        '2020-01-01T00:00:03Z,1.5,,3,0',
        '2020-01-01T00:00:03Z,91,2.5,3,0',
        '2020-01-01T00:00:03Z,x,2.5,3,0',
        '2020-01-01T00:00:03Z,1.5',
        '2020-01-01T00:00:03Z,"1.5,2.5,3,0',
      ].join('\r\n'),
    );
    const table = await read(postTimesCsvConnector, file);
    expect(reportItems(table).map((item) => [item.sourceId, item.latitude])).toEqual([
      ['2020-01-01T00:00:00Z#1', 1.5],
      ['2020-01-01T00:00:00Z#2', null],
    ]);
    expect(rejectedOf(table)).toEqual([
      { at: 'line 6', reason: 'time_utc: not an ISO-8601 time with zone' },
      { at: 'line 7', reason: 'lat and lon must come together' },
      { at: 'line 8', reason: 'lat: outside -90 to 90' },
      { at: 'line 9', reason: 'lat: not a number' },
      { at: 'line 10', reason: '2 fields, the header has 5' },
      { at: 'line 11', reason: 'not readable as CSV' },
    ]);
    const scan = await postTimesCsvConnector.scan(await openSourceFile({ path: file }), {});
    expect(scan.facts['dropped']).toEqual({ 'has a link': 1, 'more than 7 words': 1 });
    expect(rejectedCountOf(table)).toBe(6);
  });

  it('takes semicolons with decimal commas, tabs and UTF-16', async () => {
    const rows = {
      ';': '2020-01-01T00:00:00Z;1,5;-2,25;3',
      '\t': '2020-01-01T00:00:00Z\t1,5\t-2.25\t3',
      ',': '2020-01-01T00:00:00Z,1.5,-2.25,3',
    };
    for (const [mark, row] of Object.entries(rows)) {
      const text = `\uFEFF${['time_utc', 'lat', 'lon', 'n_words'].join(mark)}\r\n${row}\r\n`;
      const utf16 = Buffer.from(text, 'utf16le');
      for (const bytes of [text, utf16, Buffer.from(utf16).swap16()]) {
        const file = write('marks.csv', bytes);
        expect(await postTimesCsvConnector.probe(await openSourceFile({ path: file }))).toBe(0.8);
        expect(reportItems(await read(postTimesCsvConnector, file))).toMatchObject([
          { latitude: 1.5, longitude: -2.25, radiusKm: null },
        ]);
      }
    }
  });

  it('leaves other tables alone, such as an earthquake catalogue', async () => {
    for (const text of [
      'time,latitude,longitude,depth,mag\n2020-01-01T00:00:00Z,1,2,3,4',
      'time_utc,text\n2020-01-01T00:00:00Z,hello',
      'time_utc\nnoon',
      'lat,lon\n1,2',
    ]) {
      const source = await openSourceFile({ path: write('other.csv', text) });
      expect(await postTimesCsvConnector.probe(source)).toBe(0);
    }
    await expect(
      read(postTimesCsvConnector, write('bad.csv', 'time_utc,text\n1,2')),
    ).rejects.toMatchObject({ _tag: 'CorruptSource', at: 'line 1' });
  });

  it('fields survive quoting', () => {
    fc.assert(
      fc.property(fc.array(fc.string(), { minLength: 1 }), (fields) => {
        const line = fields.map((field) => `"${field.replaceAll('"', '""')}"`).join(',');
        expect(csvFields(line)).toEqual(fields);
      }),
    );
    expect(csvFields('a,,b')).toEqual(['a', '', 'b']);
    expect(csvFields('a,"b')).toBeNull();
  });
});

describe('lines', () => {
  it('are those of split, whatever the sizes', async () => {
    const file = path.join(folder, 'lines.txt');
    const line = fc.string({ unit: fc.constantFrom('a', 'é', '😀', ' ', '"'), maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(fc.array(line, { minLength: 1 }), async (lines) => {
        writeFileSync(
          file,
          lines
            .map((text) => `${text}\n`)
            .join('')
            .repeat(20),
        );
        const got: (string | null)[] = [];
        for await (const { text } of textLines({ path: file })) got.push(text);
        expect(got).toEqual(readFileSync(file, 'utf8').split('\n').slice(0, -1));
      }),
      { numRuns: 30 },
    );
  });

  it('too long ones come without text, binary files and missing ones as errors', async () => {
    const file = write('long.txt', `short\n${'y'.repeat(200_000)}\nlast`);
    const got = [];
    for await (const line of textLines({ path: file, maxLineBytes: 1000 })) got.push(line);
    expect(got).toEqual([
      { number: 1, text: 'short' },
      { number: 2, text: null },
      { number: 3, text: 'last' },
    ]);
    const drain = async (name: string): Promise<void> => {
      for await (const line of textLines({ path: name })) expect(line.number).toBeGreaterThan(0);
    };
    await expect(drain(write('binary', 'ab\n\0'))).rejects.toMatchObject({
      _tag: 'CorruptSource',
      at: 'byte 3',
    });
    await expect(drain(path.join(folder, 'absent'))).rejects.toMatchObject({ _tag: 'Unavailable' });
  });
});
