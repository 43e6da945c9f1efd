import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { csvRecords } from '../../../connectors/reports/csv-records.js';
import type { FeedPost, ParsedFrame } from '../../../connectors/reports/feeds/frame.js';
import { readPosts } from '../../../connectors/reports/feeds/post-files.js';
import { postTimeS } from '../../../connectors/reports/feeds/post-time.js';

const folder = mkdtempSync(path.join(tmpdir(), 'post-files-'));
afterAll(() => rmSync(folder, { recursive: true }));

const NOW_S = 1.8e9;
/** 2012-09-05T14:42:08Z. */
const AT_S = 1_346_856_128;

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
}

async function parsed(content: string | Buffer): Promise<ParsedFrame[] | null> {
  const file = path.join(folder, 'posts');
  writeFileSync(file, content);
  const posts = await readPosts({ path: file, nowS: NOW_S });
  return posts === null ? null : await all(posts);
}

async function onlyPost(content: string | Buffer): Promise<FeedPost> {
  const [one, ...more] = (await parsed(content)) ?? [];
  expect(more).toEqual([]);
  if (one?.ok !== true || one.event.kind !== 'post') throw new Error(JSON.stringify(one));
  return one.event;
}

const TWEET = {
  created_at: 'Wed Sep 05 14:42:08 +0000 2012',
  id: 243_000_000_000_000_000,
  id_str: '243000000000000001',
  text: 'temblor!',
  user: { id_str: '7', screen_name: 'x' },
  coordinates: { type: 'Point', coordinates: [-84.1, 9.9] },
  geo: { type: 'Point', coordinates: [9.9, -84.1] },
  lang: 'es',
};

describe('times of posts', () => {
  it.each([
    ['2012-09-05T14:42:08Z', AT_S],
    ['2012-09-05T08:42:08.250-06:00', AT_S + 0.25],
    ['2012-09-05 14:42:08+0000', AT_S],
    ['2012-09-05 14:42:08 UTC', AT_S],
    ['2012-09-05T14:42Z', AT_S - 8],
    ['Wed Sep 05 14:42:08 +0000 2012', AT_S],
    ['Wed, 05 Sep 2012 16:42:08 +0200', AT_S],
    ['5 Sep 2012 14:42:08 GMT', AT_S],
    [AT_S, AT_S],
    [String(AT_S * 1000 + 5), AT_S + 0.005],
    [AT_S * 1e6, AT_S],
    ['2012-09-05T14:42:08', null],
    ['2012-02-30T14:42:08Z', null],
    ['05/09/2012 14:42', null],
    ['yesterday', null],
    [12, null],
    [null, null],
  ])('%j', (value, expected) => {
    expect(postTimeS(value)).toBe(expected);
  });

  it('a column that says UTC needs no zone', () => {
    expect(postTimeS('2012-09-05 14:42:08', true)).toBe(AT_S);
  });
});

describe('posts of dumps', () => {
  it('tweets of the first API: id as text, place from either form, retweets and quotes', async () => {
    const expected = {
      id: '243000000000000001',
      author: '7',
      timeS: AT_S,
      text: 'temblor!',
      languages: ['es'],
      place: { latitude: 9.9, longitude: -84.1 },
      isRepeat: false,
    };
    expect(await onlyPost(JSON.stringify(TWEET))).toMatchObject(expected);
    expect(await onlyPost(JSON.stringify({ ...TWEET, coordinates: null }))).toMatchObject(expected);
    const retweet = { ...TWEET, retweeted_status: TWEET };
    expect((await onlyPost(JSON.stringify(retweet))).isRepeat).toBe(true);
    const long = { ...TWEET, text: 'tem…', full_text: 'temblor fuerte' };
    expect((await onlyPost(JSON.stringify(long))).text).toBe('temblor fuerte');
  });

  it('tweets of the second API, alone or in data; deletions of both forms', async () => {
    const tweet = {
      ...{ id: '9', text: 'sismo', created_at: '2012-09-05T14:42:08.000Z', author_id: '3' },
      geo: { coordinates: { type: 'Point', coordinates: [-84.1, 9.9] } },
      referenced_tweets: [{ type: 'replied_to', id: '1' }],
    };
    const expected = { id: '9', author: '3', place: { latitude: 9.9 }, isRepeat: false };
    for (const form of [tweet, { data: tweet, includes: {} }]) {
      expect(await onlyPost(JSON.stringify(form))).toMatchObject(expected);
    }
    const retweet = { ...tweet, referenced_tweets: [{ type: 'retweeted', id: '1' }] };
    expect((await onlyPost(JSON.stringify(retweet))).isRepeat).toBe(true);
    const gone = '{"delete":{"status":{"id":9,"id_str":"9"}}}\n{"delete":9}\n';
    expect(await parsed(gone)).toEqual(
      Array(2).fill({ ok: true, event: { kind: 'delete', id: '9' }, cursor: null }),
    );
  });

  it('one list in a file, bare or in data, and a list that is cut', async () => {
    const tweets = [TWEET, { ...TWEET, id_str: '2' }, 5];
    for (const list of [tweets, { data: tweets, meta: {} }]) {
      const found = await parsed(JSON.stringify(list, null, 1));
      expect(found?.map((one) => (one.ok ? 'ok' : one.reason))).toEqual([
        ...['ok', 'ok', 'not a JSON object'],
      ]);
    }
    expect(await parsed('[1, 2]')).toBeNull();
    const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
    expect((await parsed(`[${JSON.stringify(TWEET)}, ${deep}]`))?.[1]).toEqual({
      ...{ ok: false, reason: 'nested too deep' },
    });
    await expect(parsed(JSON.stringify(tweets).slice(0, -9))).rejects.toMatchObject({
      _tag: 'CorruptSource',
    });
  });

  it('statuses of Mastodon', async () => {
    const status = {
      id: '1',
      uri: 'https://m.example/users/a/statuses/1',
      created_at: '2012-09-05T14:42:08.000Z',
      content: '<p>temblor</p>',
      account: { acct: 'a', bot: true },
      language: 'es',
    };
    expect(await onlyPost(JSON.stringify(status))).toMatchObject({
      ...{ id: '1', sharedId: status.uri, timeS: AT_S, isBot: true },
    });
  });

  it('CSV with quotes, line breaks and any order of columns; times alone are for another reader', async () => {
    const text = 'omg "earthquake",\nhere';
    const csv = `Tweet_ID,Text,Created_At,Lat,Lon\r\n5,"${text.replaceAll('"', '""')}",2012-09-05 14:42:08+00:00,9.9,-84.1\r\n`;
    expect(await onlyPost(csv)).toMatchObject({
      ...{ id: '5', text, timeS: AT_S, place: { latitude: 9.9, longitude: -84.1 } },
    });
    expect(await parsed('time_utc,lat,lon\n2012-09-05T14:42:08Z,1,2\n')).toBeNull();
    expect(await parsed('')).toBeNull();
  });

  it('CSV divided by semicolons or tabs, with decimal commas', async () => {
    const rows = {
      ';': '5;"a; b, c";2012-09-05T14:42:08Z;9,9;-84,1',
      '\t': '5\ta; b, c\t2012-09-05T14:42:08Z\t9,9\t-84.1',
    };
    for (const [mark, row] of Object.entries(rows)) {
      const header = ['id', 'text', 'created_at', 'lat', 'lon'].join(mark);
      expect(await onlyPost(`${header}\n${row}\n`)).toMatchObject({
        ...{ id: '5', text: 'a; b, c', timeS: AT_S, place: { latitude: 9.9, longitude: -84.1 } },
      });
    }
  });

  it('UTF-16 and byte order marks', async () => {
    const line = `${JSON.stringify(TWEET)}\r\n`;
    const little = Buffer.from(`\uFEFF${line}`, 'utf16le');
    const big = Buffer.from(little).swap16();
    for (const bytes of [`\uFEFF${line}`, little, big]) {
      expect(await onlyPost(bytes)).toMatchObject({ id: TWEET.id_str, text: TWEET.text });
    }
  });

  it('what is wrong is named: text, time, zone, the future, broken rows', async () => {
    const lines = [
      { time: '2012-09-05T14:42:08Z' },
      { text: 'a' },
      { text: 'a', time: '2012-09-05T14:42:08' },
      { text: 'a', time: '2112-09-05T14:42:08Z' },
      { text: 5, time: AT_S },
    ];
    const found = await parsed(lines.map((line) => JSON.stringify(line)).join('\n'));
    expect(found?.map((one) => (one.ok ? 'ok' : one.reason))).toEqual([
      'text: missing',
      'time: missing',
      'time: not ISO-8601 with a zone',
      'time: in the future',
      'text: missing',
    ]);
    const rows = await parsed('time,text\n1346856128\n1346856128,"a"b\n1346856128,fine\n');
    expect(rows?.map((one) => (one.ok ? 'ok' : one.reason))).toEqual([
      'not as many fields as the header has',
      'not readable as CSV',
      'ok',
    ]);
  });

  it('no line makes the reader throw', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.json(), { maxLength: 20 }), async (lines) => {
        const found = await parsed(`{"text":1}\n${lines.join('\n')}`);
        expect(found?.length).toBeGreaterThan(0);
      }),
      { numRuns: 50 },
    );
  });
});

describe('records of CSV', () => {
  it('come back however they were quoted', async () => {
    const field = fc.string({ unit: fc.constantFrom('a', '"', ',', '\n', ' ') });
    await fc.assert(
      fc.asyncProperty(fc.array(fc.array(field, { minLength: 2, maxLength: 3 })), async (rows) => {
        const file = path.join(folder, 'rows.csv');
        const quoted = rows.map((row) => row.map((one) => `"${one.replaceAll('"', '""')}"`).join());
        writeFileSync(file, quoted.map((row) => `${row}\n`).join(''));
        const found = await all(csvRecords({ path: file, mark: ',' }));
        expect(found.map(({ fields }) => fields)).toEqual(rows);
      }),
      { numRuns: 50 },
    );
  });

  it('a quote that is never closed costs its own line', async () => {
    const file = path.join(folder, 'open.csv');
    const rows = Array.from({ length: 1000 }, (_, i) => `${i},b`);
    writeFileSync(file, ['1,"open', ...rows].join('\n'));
    const found = await all(csvRecords({ path: file, mark: ',' }));
    expect(found).toHaveLength(1001);
    expect(found.filter(({ fields }) => fields === null)).toEqual([{ line: 1, fields: null }]);
  });
});
