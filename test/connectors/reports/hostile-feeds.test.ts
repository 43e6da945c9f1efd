import { describe, expect, it } from 'vitest';
import { parseJetstream } from '../../../connectors/reports/feeds/jetstream.js';
import { parsePostLine } from '../../../connectors/reports/feeds/json-lines.js';
import { parseMastodonFrame } from '../../../connectors/reports/feeds/mastodon.js';
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
