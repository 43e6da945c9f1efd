import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { parseJetstream } from '../../../connectors/reports/feeds/jetstream.js';
import { parsePostLine } from '../../../connectors/reports/feeds/json-lines.js';
import { parseMastodonFrame } from '../../../connectors/reports/feeds/mastodon.js';
import { sseFrames } from '../../../connectors/reports/feeds/transports.js';
import { readFeed, type FeedSource } from '../../../connectors/reports/feeds/reader.js';
import { createSseDecoder } from '../../../connectors/reports/feeds/sse.js';

const NOW_S = 1_800_000_000;

function commit(rkey: number, timeUs: number): string {
  const record = { text: `earthquake ${rkey}`, langs: ['en'] };
  return JSON.stringify({
    ...{ did: 'did:plc:x', time_us: timeUs, kind: 'commit' },
    commit: { operation: 'create', collection: 'app.bsky.feed.post', rkey: String(rkey), record },
  });
}

describe('frames made to harm', () => {
  it('a payload nested without end is refused', () => {
    const deep = '['.repeat(400_000) + ']'.repeat(400_000);
    for (const parse of [parsePostLine, parseMastodonFrame]) {
      const frame = `{"event":"update","payload":${deep}}`;
      expect(parse(frame, NOW_S, 'host')).toEqual({
        ok: false,
        reason: expect.any(String) as string,
      });
    }
  });
});

describe('server-sent events that trickle in', () => {
  it('are the same byte by byte, and a line without end is dropped', () => {
    const text = ': beat\r\nevent: update\r\ndata: {"a":1}\r\n\r\ndata: b\rdata: c\n\n';
    const whole = createSseDecoder().push(text);
    const decoder = createSseDecoder();
    expect([...text].flatMap((character) => decoder.push(character))).toEqual(whole);
    expect(whole).toHaveLength(2);
    const small = createSseDecoder(100);
    for (let i = 0; i < 1000; i++) expect(small.push('x')).toEqual([]);
    expect(small.push('\n\ndata: d\n\n')).toEqual([{ event: 'message', data: 'd' }]);
    expect(small.dropped()).toBe(1);
  });
});

describe('a frame of long ago', () => {
  it('does not take the cursor back', async () => {
    const asked: (string | null)[] = [];
    const taken: (string | null)[] = [];
    const stop = new AbortController();
    const source: FeedSource = {
      name: 'test',
      replays: true,
      parse: parseJetstream,
      cursorS: (cursor) => Number(cursor) / 1e6,
      connect: async function* ({ cursor }) {
        asked.push(cursor);
        await Promise.resolve();
        for (const timeUs of [9_000_000, 1, 9_500_000, 2]) yield commit(timeUs, timeUs);
      },
    };
    await readFeed({
      source,
      cursor: null,
      signal: stop.signal,
      take: (_, cursor) => void taken.push(cursor),
      wait: () => {
        if (asked.length === 2) stop.abort();
        return Promise.resolve();
      },
    });
    expect(asked).toEqual([null, '9500000']);
    expect(taken.slice(0, 4)).toEqual(['9000000', '9000000', '9500000', '9500000']);
  });
});

describe('servers that are no feed', () => {
  it.each([
    ['a page', 200, { 'content-type': 'text/html' }, 'answered with text/html', 500],
    ['too many requests', 429, { 'retry-after': '7' }, 'HTTP 429', 7000],
    ['a year of waiting', 503, { 'retry-after': '31536000' }, 'HTTP 503', 900_000],
    ['a date', 503, { 'retry-after': 'Wed, 21 Oct 2026 07:28:00 GMT' }, 'HTTP 503', 500],
  ])('%s: said, no sign of life, waited for', async (_, status, headers, reason, waitMs) => {
    const server = createServer((_request, response) => {
      response.writeHead(status, headers);
      response.end('<html>no</html>');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    const stop = new AbortController();
    const [lost, waits]: [string[], number[]] = [[], []];
    const { uptime } = await readFeed({
      source: {
        name: 'test',
        replays: false,
        parse: (frame, nowS) => parseMastodonFrame(frame, nowS, 'h'),
        connect: ({ signal }) => sseFrames({ url, signal }),
      },
      cursor: null,
      signal: stop.signal,
      take: () => undefined,
      onLost: (text) => void lost.push(text),
      wait: (ms) => {
        waits.push(ms);
        stop.abort();
        return Promise.resolve();
      },
    });
    server.close();
    server.closeAllConnections();
    expect(lost[0]).toContain(reason);
    expect(waits).toEqual([waitMs]);
    expect(uptime.intervals()).toEqual([]);
  });

  it('one that repeats the same frame and closes is asked ever more seldom', async () => {
    const stop = new AbortController();
    const waits: number[] = [];
    let timeUs = 5_000_000;
    await readFeed({
      source: {
        name: 'test',
        replays: true,
        parse: parseJetstream,
        cursorS: (cursor) => Number(cursor) / 1e6,
        connect: async function* () {
          yield await Promise.resolve(commit(1, timeUs));
        },
      },
      cursor: null,
      signal: stop.signal,
      take: () => undefined,
      wait: (ms) => {
        waits.push(ms);
        if (waits.length === 4) timeUs++;
        if (waits.length === 5) stop.abort();
        return Promise.resolve();
      },
    });
    expect(waits).toEqual([500, 1000, 2000, 4000, 500]);
  });
});
